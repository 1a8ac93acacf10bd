//! `GET /healthz`: whether the server answers, for whoever watches it and for devices that look for it.

use axum::response::Response;
use fieldbook_model::WallTime;
use fieldbook_protocol::PROTOCOL;
use serde::Serialize;

use crate::{clock, reply};

#[derive(Serialize, utoipa::ToSchema)]
struct Health {
    status: &'static str,
    version: &'static str,
    protocol: u32,
    time: WallTime,
}

/// Answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "The server answers", body = Health, content_type = "application/json")))]
pub async fn health() -> Response {
    let version = env!("CARGO_PKG_VERSION");
    reply::document(&Health { status: "ok", version, protocol: PROTOCOL, time: clock::now() })
}
