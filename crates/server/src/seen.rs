//! `POST …/records/{type}/{id}/seen`: "I look at this record now", and who else does. Nothing of it is written down.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use fieldbook_model::{RecordId, WorkspaceId};
use fieldbook_protocol::seen::{SeenReply, SeenRequest};
use fieldbook_server_sync::Call;

use crate::caller::Caller;
use crate::openapi::Problems;
use crate::presence::Look;
use crate::refused::Refused;
use crate::state::App;
use crate::{body, clock, reply};

/// More than any such body has.
const BYTES_MAX: usize = 1 << 10;

/// Takes a look, and answers who else looks. Of a record that is not for the person there is nothing to say or to hear.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/records/{type}/{id}/seen", request_body = SeenRequest, params(("workspace" = String, Path, description = "The workspace's id"), ("type" = String, Path, description = "A record type"), ("id" = String, Path, description = "A record's id")), responses((status = 200, description = "Who else looks at it, or did a short while ago", body = SeenReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn seen(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, of, record)): Path<(String, String, String)>,
    body: Body,
) -> Result<Response, Refused> {
    let id = WorkspaceId::parse(&id).map_err(|_| Refused::not_found())?;
    let workspace = caller.enter(&app, id, Call::Pull)?;
    let SeenRequest { looking } =
        body::document(body, BYTES_MAX, app.config.body_time_max, "word about a record").await?;
    let record = RecordId::parse(&record).map_err(|_| Refused::not_found())?;
    let principal = &caller.principal;
    let found = workspace.record(of.clone(), record, principal.clone(), None).await?;
    found.ok_or_else(Refused::not_found)?;
    let look = Look::of(principal, (of, record), looking);
    let people = workspace.seen(look, (clock::mono(), clock::now()));
    Ok(reply::document(&SeenReply { people }))
}
