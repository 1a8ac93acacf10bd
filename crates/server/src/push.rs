//! `POST …/push`: read, parsed and hashed here, on the calling task; decided and committed by the writer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use fieldbook_crypto::Signature;
use fieldbook_model::Hash;
use fieldbook_protocol::{ProblemCode, PushReply, PushRequest, SIGNATURE};
use fieldbook_server_store::Push;
use fieldbook_server_sync::policy::is_own;
use fieldbook_server_sync::{Call, Principal};

use crate::caller::{At, Pusher};
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::{body, clock, reply};

/// A body may have this much more than a push, so that a device that counts a little otherwise still gets in.
const SLACK: usize = 4 << 10;

/// Answers a push.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/push", request_body = PushRequest, params(("workspace" = String, Path, description = "The workspace's id"), ("fieldbook-signature" = Option<String>, Header, description = "The device's signature of the body, as it is before it is packed, in 128 hexadecimal digits; needed of a device that told its keys")), responses((status = 200, description = "An answer for each op", body = PushReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn push(
    State(app): State<Arc<App>>,
    Pusher(caller): Pusher,
    At(id): At,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let workspace = caller.enter(&app, id, Call::Push)?;
    let limits = app.config.limits;
    let bytes_max = limits.push_bytes_max as usize + SLACK;
    let body = body::read(body, bytes_max, app.config.body_time_max).await?;
    signed(&app, &caller.principal, &headers, &body)?;
    let request = read(&body, limits.push_ops_max as usize)?;
    let (ops, start) = (request.ops.len(), clock::mono());
    let device = caller.principal.device;
    let push = Push { principal: caller.principal, request };
    let pushed = workspace.push(push, body.len()).await;
    app.metrics.pushed(ops, body.len(), start.elapsed());
    let pushed = pushed?;
    app.sessions.sent(device, pushed.answers.len() as u64);
    Ok(reply::document(&pushed))
}

/// Refuses a push that is not its device's own.
fn signed(app: &App, from: &Principal, headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
    let push =
        fieldbook_crypto::Push { workspace: from.workspace, device: from.device, body: Hash::of(body) };
    let signature = headers.get(SIGNATURE).and_then(|value| Signature::parse(value.to_str().ok()?));
    match is_own(app.sessions.keys_of(from.device)?.as_ref(), &push, signature.as_ref()) {
        true => Ok(()),
        false => {
            let words =
                "This push is not signed with the keys of its device; sign in again, nothing is lost.";
            Err(Refused::new(ProblemCode::NotSigned, words))
        }
    }
}

fn read(body: &[u8], ops_max: usize) -> Result<PushRequest, Refused> {
    let request = PushRequest::read(body).map_err(|error| {
        Refused::new(ProblemCode::BadRequest, format!("This is no push: {}.", error.reason))
    })?;
    let ops = request.ops.len();
    if ops > ops_max {
        let words = format!("{ops} ops in one push; the server takes at most {ops_max}.");
        return Err(Refused::new(ProblemCode::TooLarge, words));
    }
    Ok(request)
}
