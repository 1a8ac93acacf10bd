//! `GET …/size?scope=TYPE/ID`: how much a part of the workspace is, before somebody loads it.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use fieldbook_model::Scope;
use fieldbook_model::scope::NoScope;
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::record::SizeReply;
use fieldbook_server_sync::Call;
use serde::Deserialize;

use crate::caller::{At, Caller};
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::reply;
use crate::state::App;

/// Which part is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    scope: String,
}

/// Answers with how much a part is, as far as the person reads it.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/size", params(("workspace" = String, Path, description = "The workspace's id"), ("scope" = String, Query, description = "The part: `floor/ID`")), responses((status = 200, description = "How much the part is by itself, and with the parts within it", body = SizeReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn size(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let Query(Part { scope }) = part.map_err(|_| wrong("it takes ?scope=TYPE/ID, and no other word"))?;
    let part: Scope = scope.parse().map_err(|error: NoScope| wrong(&error.to_string()))?;
    let Some(amounts) = workspace.amount(caller.principal, part).await? else {
        return Err(Refused::not_found());
    };
    let [own, beneath] = app.blobs.measured(id, amounts).await?;
    Ok(reply::document(&SizeReply { own, beneath }))
}

fn wrong(words: &str) -> Refused {
    Refused::new(ProblemCode::BadRequest, format!("This is no question about a size: {words}."))
}
