//! Calls by web pages. A browser says in `Origin` for which page it calls: a page of this server, or one that whoever runs
//! it has let in, and else nothing is done. Programs say nothing, and are not asked.
//!
//! It keeps nobody out who is not a browser: that is the token's part.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fieldbook_protocol::{LEASE, ProblemCode, SIGNATURE, WAITING};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Config;
use crate::refused::Refused;
use crate::state::App;

/// For so long a browser remembers what a page may send.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Where a web page comes from, exactly: `https://app.example.com`, with a port where it is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WORDS: &str = "no origin; it is what the browser sends, as in https://app.example.com or https://app.example.com:8443: \
            lower case, without a path, a star or the usual port. http:// only for localhost";
        let uri: Uri = text.parse().map_err(|_| WORDS)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(WORDS) };
        let is_name =
            |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-.[]:".contains(sign);
        let usual = match scheme {
            "https" => 443,
            "http" if is_here(authority) => 80,
            _ => return Err(WORDS),
        };
        let is_exact = text == format!("{scheme}://{authority}") && !authority.host().is_empty();
        match is_exact && authority.as_str().chars().all(is_name) && authority.port_u16() != Some(usual) {
            true => HeaderValue::from_str(text).map(Self).map_err(|_| WORDS),
            false => Err(WORDS),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// Tells browsers what pages may send that were let in, and what they may read of the answer.
pub fn cors(allowed: &[Origin]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed.iter().map(|origin| origin.0.clone())))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
            header::RANGE,
            header::IF_NONE_MATCH,
            HeaderName::from_static(WAITING),
            HeaderName::from_static(SIGNATURE),
        ])
        .expose_headers([
            header::RETRY_AFTER,
            header::CONTENT_RANGE,
            header::ETAG,
            HeaderName::from_static(LEASE),
        ])
        .max_age(REMEMBERED)
}

/// Refuses a page that nobody let in, before anything is done.
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match may_call(&app.config, request.headers()) {
        true => next.run(request).await,
        false => {
            let words = "This server does not answer pages of this origin. Whoever runs it lets them in with: \
                fieldbook serve --allow-origin ORIGIN";
            Refused::new(ProblemCode::Forbidden, words).into_response()
        }
    }
}

/// Refuses every page, and on an address of this machine alone whoever calls it by a name that is not this machine's: a page
/// whose name leads here would else be taken for a program.
pub async fn no_page(State(address): State<IpAddr>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_misled = address.is_loopback() && !host(headers).is_some_and(|host| is_here(&host));
    match headers.contains_key(header::ORIGIN) || is_misled {
        false => next.run(request).await,
        true => {
            let words = "What is counted is not for web pages, nor under a name that is not this machine's.";
            Refused::new(ProblemCode::Forbidden, words).into_response()
        }
    }
}

fn may_call(config: &Config, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => {
            config.origins.iter().any(|allowed| allowed.0 == origin) || is_own(config, origin, headers)
        }
        _ => false,
    }
}

/// Whether it is a page of this server: of the host that is called, and as safely as that.
fn is_own(config: &Config, origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let parts = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let (Some((scheme, authority)), Some(host)) = (parts, host(headers)) else { return false };
    let tls = config.tls.is_some();
    let is_scheme = match scheme {
        // A proxy may speak TLS for a server that does not.
        "https" => tls || config.trusted_proxy,
        "http" => !tls,
        _ => false,
    };
    is_scheme && host.as_str().eq_ignore_ascii_case(authority)
}

/// What the caller took this server for.
fn host(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}

/// Whether a name is this machine's for itself.
fn is_here(authority: &Authority) -> bool {
    let name = authority.host();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::tls::Tls;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for good in [
            "https://app.example.com",
            "https://app.example.com:8443",
            "https://192.0.2.7",
            "https://[2001:db8::1]:8443",
            "http://localhost:5173",
            "http://127.0.0.1:5173",
            "http://[::1]",
        ] {
            assert_eq!(good.parse::<Origin>().map(|it| it.to_string()).as_deref(), Ok(good));
        }
        for wrong in [
            "",
            "*",
            "null",
            "https://*",
            "https://*.example.com",
            "https://",
            "app.example.com",
            "http://app.example.com",
            "https://app.example.com/",
            "https://app.example.com/page",
            "https://app.example.com:443",
            "http://localhost:80",
            "https://App.example.com",
            "https://ann@app.example.com",
            "https://a.example,https://b.example",
            "ftp://localhost",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_calls_its_own_server_or_one_that_lets_it_in() {
        let check = |(tls, proxy): (bool, bool), host: &str, origins: &[&str], expected: bool| {
            let mut config = Config::new(PathBuf::new(), ([127, 0, 0, 1], 0).into());
            config.tls = tls.then_some(Tls::SelfSigned);
            config.trusted_proxy = proxy;
            config.origins = vec!["https://app.example.com".parse().expect("an origin")];
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).expect("a host"));
            for origin in origins {
                headers.append(header::ORIGIN, HeaderValue::from_str(origin).expect("an origin"));
            }
            assert_eq!(may_call(&config, &headers), expected, "{tls} {proxy} {host} {origins:?}");
        };
        let (clear, tls, proxy) = ((false, false), (true, false), (false, true));
        for server in [clear, tls, proxy] {
            check(server, "shop.example", &[], true);
            check(server, "shop.example", &["https://app.example.com"], true);
            check(server, "shop.example", &["https://app.example.com:8443"], false);
            check(server, "shop.example", &["http://app.example.com"], false);
            check(server, "shop.example", &["https://evil.example"], false);
            check(server, "shop.example", &["null"], false);
            check(server, "shop.example", &[""], false);
            check(server, "shop.example", &["https://app.example.com", "https://app.example.com"], false);
            check(server, "shop.example", &["file://shop.example"], false);
        }
        check(clear, "shop.example:4180", &["http://shop.example:4180"], true);
        check(clear, "shop.example:4180", &["http://shop.example"], false);
        check(clear, "shop.example:4180", &["https://shop.example:4180"], false);
        check(tls, "Shop.example", &["https://shop.example"], true);
        check(tls, "shop.example", &["http://shop.example"], false);
        check(proxy, "shop.example", &["https://shop.example"], true);
    }

    #[test]
    fn this_machine_has_few_names_for_itself() {
        for (name, expected) in [
            ("localhost", true),
            ("LOCALHOST:9180", true),
            ("127.0.0.1:9180", true),
            ("[::1]:9180", true),
            ("localhost.evil.example", false),
            ("192.0.2.7:9180", false),
            ("evil.example", false),
        ] {
            assert_eq!(is_here(&name.parse().expect("a name")), expected, "{name}");
        }
    }
}
