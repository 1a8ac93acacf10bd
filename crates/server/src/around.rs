//! What stands around every call: one log line, the security headers, and a problem document in place of a
//! panic. A call whose client went away before the reply has its line too, without a status. The line names the path's pattern and never the path, no header, no query, no body.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fieldbook_model::WorkspaceId;
use futures_util::FutureExt;

use crate::clock;
use crate::refused::Refused;

/// What an answer may load that is no page: nothing; and nobody shows it within a page of theirs.
pub const NOTHING: &str =
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Answers a call and writes its line.
pub async fn around(request: Request, next: Next) -> Response {
    let mut line = Line {
        start: clock::mono(),
        method: known(request.method()),
        pattern: request.extensions().get::<MatchedPath>().cloned(),
        workspace: workspace(request.uri().path()).map(|id| id.to_string()),
        status: None,
    };
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|_| Refused::internal().into_response());
    secure(response.headers_mut());
    line.status = Some(response.status().as_u16());
    response
}

/// A call's line, which is written when it is dropped: the server drops a call whose client went away.
struct Line {
    start: Instant,
    method: &'static str,
    pattern: Option<MatchedPath>,
    workspace: Option<String>,
    status: Option<u16>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self { method, status, workspace, .. } = self;
        let path = self.pattern.as_ref().map_or("none", MatchedPath::as_str);
        let (ms, words) = (
            self.start.elapsed().as_secs_f64() * 1000.0,
            if status.is_some() { "call" } else { "call whose client went away" },
        );
        tracing::info!(method, path, status, ms, workspace, "{words}");
    }
}

/// A method's name, which the caller cannot have made up.
pub fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// The workspace that a path names, if what stands there is an id at all.
pub fn workspace(path: &str) -> Option<WorkspaceId> {
    let named = path.strip_prefix("/v2/workspaces/")?.split('/').next()?;
    WorkspaceId::parse(named).ok()
}

fn secure(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A page for people, and what belongs to it, says itself what it needs and for how long it is good.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let nothing = HeaderValue::from_static(NOTHING);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    for name in ["cross-origin-resource-policy", "cross-origin-opener-policy"] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static("same-origin"));
    }
}

/// Tells browsers never to come without TLS again, for a year.
pub async fn strictly(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let always = HeaderValue::from_static("max-age=31536000; includeSubDomains");
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, always);
    response
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::sync::{Arc, Mutex};
    use std::task::Poll;

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use fieldbook_model::json;
    use fieldbook_protocol::{Problem, ProblemCode};
    use tower_service::Service;

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_problem() {
        async fn defect() {
            panic!("a defect")
        }
        let mut router = Router::new().route("/", get(defect)).layer(from_fn(around));
        let request = Request::new(Body::empty());
        let response = router.call(request).await.expect("a reply");
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let body = to_bytes(response.into_body(), 9999).await.expect("a body");
        let problem: Problem = json::parse_bytes(&body).expect("a problem");
        assert_eq!(problem.code, ProblemCode::Internal);
    }

    /// What was logged.
    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("the log").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_call_whose_client_went_away_has_its_line() {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        let _here = tracing::subscriber::set_default(subscriber);
        let mut router = Router::new().route("/slow", get(pending::<()>)).layer(from_fn(around));
        let request = Request::builder().uri("/slow").body(Body::empty()).expect("a request");
        let mut call = Box::pin(router.call(request));
        assert!(poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await);
        drop(call);
        let log = String::from_utf8(captured.0.lock().expect("the log").clone()).expect("UTF-8");
        assert_eq!(log.lines().count(), 1, "{log}");
        for part in ["call whose client went away", "\"method\":\"GET\"", "\"path\":\"/slow\"", "\"ms\":"] {
            assert!(log.contains(part), "{log}");
        }
        assert!(!log.contains("\"status\""), "{log}");
    }

    #[test]
    fn only_an_id_gets_into_the_line() {
        let id = "0198c0de-7a11-7000-8000-00000000002a";
        let found = |path: &str| workspace(path).map(|id| id.to_string());
        assert_eq!(found(&format!("/v2/workspaces/{id}/push")).as_deref(), Some(id));
        assert_eq!(found("/v2/workspaces/anything-else/push"), None);
        assert_eq!(found(&format!("/v3/workspaces/{id}/push")), None);
    }
}
