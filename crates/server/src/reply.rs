//! Replies that are one JSON document.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldbook_model::json;
use serde::Serialize;

/// A document with status 200.
pub fn document<T: Serialize>(value: &T) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], json::write(value)).into_response()
}
