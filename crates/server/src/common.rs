//! `POST …/common`: which of a log's ops does the server have? For a device that was restored from a backup or copied.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use fieldbook_protocol::{CommonReply, CommonRequest};
use fieldbook_server_sync::Call;

use crate::caller::{At, Caller};
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::{body, reply};

/// The bytes of a request: some 150 for each op that waits.
const REQUEST_BYTES_MAX: usize = 8 << 20;

/// Answers with the last of them.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/common", request_body = CommonRequest, params(("workspace" = String, Path, description = "The workspace's id")), responses((status = 200, description = "The last op that both have", body = CommonReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn common(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    body: Body,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Push)?;
    let request: CommonRequest =
        body::document(body, REQUEST_BYTES_MAX, app.config.body_time_max, "log").await?;
    Ok(reply::document(&workspace.common(caller.principal.user, request).await?))
}
