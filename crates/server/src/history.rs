//! `GET …/history/{type}/{id}` and `GET …/history/op/{op_id}`: what was done to a record, or by an op.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use fieldbook_model::{OpId, RecordId, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::history::HistoryReply;
use fieldbook_server_sync::Call;

use crate::caller::Caller;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::reply;
use crate::state::App;

/// Answers with every change of a record. No type is called `op`: that path is the other one's.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/history/{type}/{id}", params(("workspace" = String, Path, description = "The workspace's id"), ("type" = String, Path, description = "A record type"), ("id" = String, Path, description = "A record's id")), responses((status = 200, description = "Every change of it, oldest first", body = HistoryReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn of_record(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, of, record)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, named(&id)?, Call::Pull)?;
    let record = RecordId::parse(&record).map_err(|error| wrong(&error.to_string()))?;
    let schema = workspace.schema().await?;
    if schema.find(&of).is_none() {
        let names = schema.types.iter().filter(|ty| !ty.system).map(|ty| ty.name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        return Err(wrong(&format!("there is no record type {of:?}; there are {names}")));
    }
    let lines = workspace.history(caller.principal, of, record).await?;
    Ok(reply::document(&HistoryReply { lines }))
}

/// Answers with every change that an op made or wanted to make.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/history/op/{op}", params(("workspace" = String, Path, description = "The workspace's id"), ("op" = String, Path, description = "An op's id")), responses((status = 200, description = "Every change that it made or wanted to make", body = HistoryReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn of_op(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, op)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, named(&id)?, Call::Pull)?;
    let op = OpId::parse(&op).map_err(|error| wrong(&error.to_string()))?;
    let lines = workspace.history_of_op(caller.principal, op).await?;
    Ok(reply::document(&HistoryReply { lines }))
}

/// What is no id names no workspace.
fn named(id: &str) -> Result<WorkspaceId, Refused> {
    WorkspaceId::parse(id).map_err(|_| Refused::not_found())
}

fn wrong(words: &str) -> Refused {
    Refused::new(ProblemCode::BadRequest, format!("This is no question about a history: {words}."))
}
