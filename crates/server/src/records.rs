//! `GET …/records/{type}/{id}?schema=N`: one record, for a device that does not hold it.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use fieldbook_model::{RecordId, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::record::RecordReply;
use fieldbook_server_sync::Call;
use serde::Deserialize;

use crate::caller::Caller;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::reply;
use crate::state::App;

/// The version of the schema in which the record is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    schema: Option<u32>,
}

/// Answers with a record as the person reads it. One that is not for that person is as one that is not there.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/records/{type}/{id}", params(("workspace" = String, Path, description = "The workspace's id"), ("type" = String, Path, description = "A record type"), ("id" = String, Path, description = "A record's id"), ("schema" = Option<u32>, Query, description = "The version of the schema in which it is wanted")), responses((status = 200, description = "The record, as the person reads it", body = RecordReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn record(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, of, record)): Path<(String, String, String)>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refused> {
    let id = WorkspaceId::parse(&id).map_err(|_| Refused::not_found())?;
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let Query(Wanted { schema }) = wanted
        .map_err(|_| Refused::new(ProblemCode::BadRequest, "A record takes no other word than ?schema=N."))?;
    let record = RecordId::parse(&record).map_err(|_| Refused::not_found())?;
    let found = workspace.record(of, record, caller.principal.clone(), schema).await?;
    found.map(|found| reply::document(&found)).ok_or_else(Refused::not_found)
}
