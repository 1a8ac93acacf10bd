//! `GET /openapi.json`: every call in the words of OpenAPI 3.1, made from the handlers and the types themselves; and `GET /docs`,
//! the same as a page for people, which needs no script and nothing from elsewhere.

use std::fmt::Write;
use std::sync::OnceLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, PathItem, RefOr};
use utoipa::{Modify, OpenApi};

use crate::around::NOTHING;

/// The name under which the document knows the token.
pub const TOKEN: &str = "token";

#[derive(OpenApi)]
#[openapi(
    info(title = "Fieldbook", description = "sync-v2: what devices and servers say to each other", license(name = "MIT OR Apache-2.0")),
    paths(
        crate::health::health,
        openapi_json,
        docs,
        crate::auth::sign_in,
        crate::auth::keys_of,
        crate::auth::wiped,
        crate::account::join,
        crate::account::join_page,
        crate::account::reset,
        crate::account::password,
        crate::account::confirm,
        crate::account::sign_out,
        crate::account::account,
        crate::account::end,
        crate::export::export,
        crate::new_workspace::new_workspace,
        crate::people::members,
        crate::people::role,
        crate::people::grant,
        crate::people::invites,
        crate::people::invite,
        crate::people::revoke,
        crate::people::devices,
        crate::people::end,
        crate::people::wipe,
        crate::people::audit,
        crate::people::rename,
        crate::people::delete,
        crate::push::push,
        crate::pull::pull,
        crate::live::live,
        crate::common::common,
        crate::diagnostics::diagnostics,
        crate::blobs::put,
        crate::blobs::get,
        crate::schema::schemas,
        crate::history::last,
        crate::history::of_op,
        crate::history::of_record,
        crate::records::record,
        crate::records::records,
        crate::size::size,
        crate::seen::seen,
    ),
    components(schemas(fieldbook_protocol::Problem, fieldbook_protocol::ProblemCode)),
    modifiers(&Whole)
)]
struct Api;

/// What every call has: a token where it needs one, and a problem document in place of a success.
struct Whole;

impl Modify for Whole {
    fn modify(&self, document: &mut Document) {
        let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(TOKEN, bearer);
    }
}

fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(Api::openapi)
}

/// Answers with the document.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, description = "This document", body = Object, content_type = "application/json")))]
pub async fn openapi_json() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| fieldbook_model::json::write(document()));
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], text.as_str()).into_response()
}

/// Answers with the document as a page.
#[utoipa::path(get, path = "/docs", responses((status = 200, description = "This document as a page for people", body = String, content_type = "text/html")))]
pub async fn docs() -> Response {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| page(document()));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy())], page.as_str())
        .into_response()
}

/// A page has this one style within, and nothing else.
pub fn policy() -> HeaderValue {
    let hash = Base64::encode_string(&Sha256::digest(STYLE));
    let text = format!("style-src 'sha256-{hash}'; {NOTHING}");
    HeaderValue::try_from(text).expect("BUG: a policy that is no header")
}

/// How pages look.
pub const STYLE: &str = "\
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}\
code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow-x:auto;padding:.75rem;border:1px solid #8886;border-radius:.4rem}\
h2{margin-top:2.5rem;border-top:1px solid #8886;padding-top:1rem}h2 b{font-weight:600;color:#06c}\
td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}summary{cursor:pointer}";

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<title>Fieldbook: calls</title>";

/// The document as HTML.
fn page(document: &Document) -> String {
    let mut html = format!("{HEAD}<style>{STYLE}</style>");
    let info = &document.info;
    let words = info.description.as_deref().unwrap_or_default();
    let _ =
        write!(html, "<h1>{} {}</h1><p>{}</p>", escaped(&info.title), escaped(&info.version), escaped(words));
    html.push_str("<p>The same for programs: <a href=\"/openapi.json\">openapi.json</a></p>");
    for (path, item) in &document.paths.paths {
        for (method, operation) in operations(item) {
            call(&mut html, method, path, operation);
        }
    }
    html.push_str("<h2 id=\"types\">Types</h2>");
    for (name, schema) in document.components.iter().flat_map(|components| &components.schemas) {
        let (name, text) = (escaped(name), escaped(&shape(schema)));
        let _ = write!(
            html,
            "<details id=\"{name}\"><summary><code>{name}</code></summary><pre>{text}</pre></details>"
        );
    }
    html
}

/// The methods of a path, with what they do.
fn operations(item: &PathItem) -> Vec<(&'static str, &Operation)> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    let all = [
        ("GET", get),
        ("PUT", put),
        ("POST", post),
        ("DELETE", delete),
        ("OPTIONS", options),
        ("HEAD", head),
        ("PATCH", patch),
        ("TRACE", trace),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?))).collect()
}

fn call(html: &mut String, method: &str, path: &str, operation: &Operation) {
    let _ = write!(html, "<h2><b>{method}</b> <code>{}</code></h2>", escaped(path));
    let words = [&operation.summary, &operation.description];
    for words in words.into_iter().flatten() {
        let _ = write!(html, "<p>{}</p>", escaped(words));
    }
    if operation.security.is_some() {
        html.push_str("<p>With the header <code>Authorization: Bearer …</code>.</p>");
    }
    for parameter in operation.parameters.iter().flatten().filter_map(here) {
        let place = match parameter.parameter_in {
            ParameterIn::Path => "in the path",
            ParameterIn::Query => "in the query",
            _ => "as a header",
        };
        let words = parameter.description.as_deref().unwrap_or_default();
        let _ = write!(html, "<p><code>{}</code> {place}: {}</p>", escaped(&parameter.name), escaped(words));
    }
    if let Some(body) = operation.request_body.as_ref().and_then(here) {
        bodies(html, "Takes", body.content.iter());
    }
    for (status, response) in &operation.responses.responses {
        if let Some(response) = here(response) {
            let _ =
                write!(html, "<p><code>{}</code> {}</p>", escaped(status), escaped(&response.description));
            bodies(html, "Gives", response.content.iter());
        }
    }
}

fn bodies<'a>(
    html: &mut String,
    verb: &str,
    contents: impl Iterator<Item = (&'a String, &'a RefOr<Content>)>,
) {
    for (kind, content) in contents {
        let text = here(content).and_then(|content| content.schema.as_ref()).map(shape).unwrap_or_default();
        let _ = write!(html, "<p>{verb} <code>{}</code></p><pre>{}</pre>", escaped(kind), escaped(&text));
    }
}

/// What stands in its place; nothing in this document is told of elsewhere but schemas.
fn here<T>(it: &RefOr<T>) -> Option<&T> {
    match it {
        RefOr::T(it) => Some(it),
        RefOr::Ref(_) => None,
    }
}

/// A schema as people read it: a reference by its name, everything else as JSON.
fn shape(schema: &RefOr<utoipa::openapi::Schema>) -> String {
    match schema {
        RefOr::Ref(to) => to.ref_location.rsplit('/').next().unwrap_or_default().to_owned(),
        RefOr::T(schema) => fieldbook_model::json::write(schema).replace("#/components/schemas/", ""),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What every call may answer in place of a success.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "the document is made from the type, and no value of it")]
pub enum Problems {
    /// A problem: its code says which
    #[response(status = "default", content_type = "application/problem+json")]
    Any(#[to_schema] fieldbook_protocol::Problem),
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use fieldbook_protocol::problem::PROBLEM_JSON;
    use fieldbook_server_store::Data;
    use tower_service::Service;

    use super::*;
    use crate::config::Config;
    use crate::routes;
    use crate::state::App;

    const METHODS: [&str; 7] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"];

    /// Whether a path is only for whoever is signed in.
    fn needs(path: &str) -> bool {
        let open = ["sign-in", "wiped", "join", "reset"].map(|call| format!("/v2/auth/{call}"));
        path.starts_with("/v2/") && !open.iter().any(|open| open == path)
    }

    /// What the document has: methods and paths.
    fn documented() -> Vec<(String, String)> {
        let paths = document().paths.paths.iter();
        let all = paths.flat_map(|(path, item)| {
            operations(item).into_iter().map(|(method, _)| (method.to_owned(), path.clone()))
        });
        all.collect()
    }

    /// What the router takes: it is asked with every method for every path that it was made of.
    async fn taken() -> Vec<(String, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let data = Data::open(folder.path(), &crate::state::unlock()).expect("a data folder");
        let config = Config::new(folder.path().to_owned(), ([127, 0, 0, 1], 0).into());
        let mut router = routes::app(App::open(config, &data).expect("a server"));
        let mut taken = Vec::new();
        for (path, _) in routes::calls() {
            for method in METHODS {
                let filled = path.replace(['{', '}'], "");
                let request = Request::builder().method(method).uri(filled).body(Body::empty());
                let response = router.call(request.expect("a request")).await.expect("a reply");
                assert_ne!(response.status(), 404, "{method} {path}");
                if response.status() != 405 {
                    assert_eq!(response.status() == 401, needs(path), "{method} {path} without a token");
                    taken.push((method.to_owned(), path.to_owned()));
                }
            }
        }
        taken
    }

    #[tokio::test]
    async fn every_route_is_in_the_document_and_nothing_else() {
        let (mut documented, mut taken) = (documented(), taken().await);
        documented.sort();
        taken.sort();
        assert_eq!(documented, taken);
        assert!(taken.len() > 10, "{taken:?}");
    }

    #[test]
    fn every_call_says_whether_it_needs_a_token_and_what_a_problem_looks_like() {
        for (path, item) in &document().paths.paths {
            for (method, operation) in operations(item) {
                assert_eq!(operation.security.is_some(), needs(path), "{method} {path}");
                let bare = !path.starts_with("/v2/");
                let problem = operation.responses.responses.get("default");
                assert_eq!(problem.is_none(), bare, "{method} {path}");
                if let Some(RefOr::T(problem)) = problem {
                    assert!(problem.content.contains_key(PROBLEM_JSON));
                }
            }
        }
    }

    #[test]
    fn the_page_has_every_call_and_every_type_that_it_names() {
        let html = page(document());
        for (method, path) in documented() {
            assert!(html.contains(&format!("<b>{method}</b> <code>{path}</code>")), "{method} {path}");
        }
        for name in ["SignInRequest", "PushReply", "Problem", "PullRequest"] {
            assert!(html.contains(&format!("id=\"{name}\"")), "{name}");
        }
        assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
        let (_, style) = html.split_once("<style>").expect("a style");
        let (style, rest) = style.split_once("</style>").expect("its end");
        let hash = Base64::encode_string(&Sha256::digest(style));
        let policy = policy();
        let policy = policy.to_str().expect("words");
        assert!(policy.starts_with(&format!("style-src 'sha256-{hash}'; default-src 'none'; ")), "{policy}");
        assert!(!rest.contains("<style") && !html.contains(" style=") && !policy.contains("unsafe"));
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }

    #[test]
    fn every_type_that_is_named_is_there() {
        let text = fieldbook_model::json::write(document());
        let components = document().components.as_ref().expect("types");
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(components.schemas.contains_key(name), "{name}");
        }
    }
}
