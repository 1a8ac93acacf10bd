//! Replies that are one JSON document.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldbook_model::{WorkspaceId, json};
use fieldbook_protocol::LEASE;
use serde::Serialize;

use crate::refused::Refused;
use crate::state::App;

/// How long the lease of a workspace's devices is, as a header.
pub fn lease(app: &App, workspace: WorkspaceId) -> Result<(HeaderName, HeaderValue), Refused> {
    let seconds = app.sessions.lease(workspace)?.unwrap_or(0);
    Ok((HeaderName::from_static(LEASE), HeaderValue::from(seconds)))
}

/// A document with status 200.
pub fn document<T: Serialize>(value: &T) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], json::write(value)).into_response()
}
