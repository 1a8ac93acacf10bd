//! `GET …/schema?behind=N`: the versions of the schema behind one that a device has.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::schema::SchemaReply;
use fieldbook_server_sync::Call;
use serde::Deserialize;

use crate::caller::{At, Caller};
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::reply;
use crate::state::App;

/// What the device has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behind {
    behind: u32,
}

/// Answers with the versions, oldest first; with none where there is no newer one.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/schema", params(("workspace" = String, Path, description = "The workspace's id"), ("behind" = u32, Query, description = "The version that the device has")), responses((status = 200, description = "The versions behind it, oldest first", body = SchemaReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn schemas(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    behind: Result<Query<Behind>, QueryRejection>,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let Query(Behind { behind }) = behind
        .map_err(|_| Refused::new(ProblemCode::BadRequest, "A device's schema is asked for by ?behind=N."))?;
    Ok(reply::document(&workspace.schemas(behind).await?))
}
