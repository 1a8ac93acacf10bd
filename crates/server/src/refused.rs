//! Replies that are no success: problem documents, whatever the reason.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldbook_model::json;
use fieldbook_protocol::problem::PROBLEM_JSON;
use fieldbook_protocol::{Ordered, Problem, ProblemCode};
use fieldbook_server_store::StoreError;
use fieldbook_server_sync::Call;

use crate::clock;

/// After this a device may try again when the store failed.
const RETRY_MS: u64 = 1000;

/// A call that is refused.
#[derive(Debug)]
pub struct Refused(pub Problem);

impl Refused {
    /// For a reason.
    pub fn new(code: ProblemCode, title: impl Into<String>) -> Self {
        Self(Problem::new(code, title, clock::now()))
    }
    /// With a time after which it may go better.
    pub fn after(mut self, ms: u64) -> Self {
        self.0.retry_after_ms = Some(ms);
        self
    }
    /// The server cannot just now.
    pub fn unavailable() -> Self {
        Self::new(ProblemCode::Unavailable, "The server cannot do this just now; nothing is lost, try again.")
            .after(RETRY_MS)
    }
    /// A defect of the server.
    pub fn internal() -> Self {
        Self::new(ProblemCode::Internal, "The server failed; nothing that it confirmed is lost.")
    }
    /// A database that nobody can go on with: the operator has to look.
    pub fn unusable() -> Self {
        let words = "This workspace's database cannot be used; the server's log says why. Nothing on your \
            device is lost.";
        Self::new(ProblemCode::Internal, words)
    }
    /// The caller is no member any more.
    pub fn revoked() -> Self {
        let words = "You are no member of this workspace any more. What is on your device stays there.";
        Self::new(ProblemCode::Revoked, words)
    }
    /// Somebody else's to do, of those who are in the workspace.
    pub fn forbidden(call: Call) -> Self {
        let who = if call == Call::Own { "owner" } else { "owner, admin" };
        Self::new(ProblemCode::Forbidden, format!("This is for: {who}."))
    }
    /// For whoever may change something, which the caller may not.
    pub fn idle() -> Self {
        Self::new(ProblemCode::Forbidden, "This is for members who may change something.")
    }
    /// The device is to be wiped, by this order.
    pub fn wiped(ordered: Ordered) -> Self {
        let words = "This device is to be wiped: whoever runs the server has ordered it.";
        let Self(problem) = Self::new(ProblemCode::Wiped, words);
        Self(Problem { wipe: Some(Box::new(ordered)), ..problem })
    }
    /// There is no such thing, or the caller may not know of it: one answer for both.
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound, "There is nothing here for you.")
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::Retry(_) => Self::unavailable(),
            StoreError::Unusable(_) => Self::unusable(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = HeaderValue::from_static(PROBLEM_JSON);
        let mut response = (status, [(header::CONTENT_TYPE, kind)], json::write(&self.0)).into_response();
        response.extensions_mut().insert(self.0.code);
        if let Some(ms) = self.0.retry_after_ms {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
