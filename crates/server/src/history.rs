//! `GET …/history/{type}/{id}` and `GET …/history/op/{op_id}`: what was done to a record, or by an op. `GET …/history`: what was done
//! last, in the workspace or in a part of it.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use fieldbook_model::{OpId, RecordId, Scope, Version, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::history::{HistoryReply, TimelineReply};
use fieldbook_server_store::Stretch;
use fieldbook_server_sync::Call;
use serde::Deserialize;

use crate::caller::{At, Caller};
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::reply;
use crate::state::App;

/// An answer about what happened last has about so many changes where nothing is said, and at most.
const CHANGES: usize = 200;
const CHANGES_MAX: usize = 1_000;

/// What is wanted of what happened last.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    scope: Option<String>,
    #[serde(default)]
    after: u64,
    before: Option<u64>,
    limit: Option<usize>,
}

/// Answers with what happened last, newest first.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/history", params(("workspace" = String, Path, description = "The workspace's id"), ("scope" = Option<String>, Query, description = "Only what happened in this part and in those within it: `floor/ID`"), ("after" = Option<u64>, Query, description = "Only what came behind this version"), ("before" = Option<u64>, Query, description = "Only what came before this version"), ("limit" = Option<usize>, Query, description = "The op that makes it so many changes is the last one: 200 where nothing is said, 1,000 at most")), responses((status = 200, description = "What each op did, newest first", body = TimelineReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn last(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    wanted: Result<Query<Last>, QueryRejection>,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let Query(Last { scope, after, before, limit }) = wanted.map_err(|_| {
        wrong("it takes ?scope=TYPE/ID, after=VERSION, before=VERSION and limit=N, and no other word")
    })?;
    let within =
        scope.map(|scope| scope.parse::<Scope>()).transpose().map_err(|error| wrong(&error.to_string()))?;
    let stretch = Stretch {
        within,
        after: Version(after),
        before: before.map(Version),
        changes_max: limit.unwrap_or(CHANGES).clamp(1, CHANGES_MAX),
    };
    let told: TimelineReply = workspace.timeline(caller.principal, stretch).await?;
    Ok(reply::document(&told))
}

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
