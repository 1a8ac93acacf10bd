//! `POST /v2/auth/{join,reset,password,confirm,sign-out}`, `GET /v2/account`, `POST /v2/account/end`: what a person does with the own
//! account. Everything slow goes through the gate, like a sign-in.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldbook_model::{DeviceId, OpId, Refusal, UserId, WallTime, WorkspaceId, json};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::account::{
    AccountReply, ConfirmReply, ConfirmRequest, DoneReply, EndReply, EndRequest, InWorkspace, JoinReply,
    JoinRequest, PasswordRequest, ResetRequest, SessionLine,
};
use fieldbook_server_store::{
    AccountError, Accounts, By, CONFIRMED_FOR, Deed, DeviceRow, Taking, WorkspaceRow, new_name,
};
use fieldbook_server_sync::Role;
use serde::de::DeserializeOwned;

use crate::accounts::Sessions;
use crate::auth::{REQUEST_BYTES_MAX, random, refused};
use crate::caller::Caller;
use crate::connections::Peer;
use crate::gate::Keys;
use crate::openapi::{Problems, STYLE, policy};
use crate::refused::Refused;
use crate::state::App;
use crate::{body, clock, members, reply, tasks};

/// Answers a browser that opens the link of an invitation. The code stands behind the `#`, which this never sees.
#[utoipa::path(get, path = "/join", responses((status = 200, description = "What to do with an invitation, for people", body = String, content_type = "text/html")))]
pub async fn join_page() -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let page = format!("{JOIN_HEAD}<style>{STYLE}</style>{JOIN_PAGE}");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy())], page).into_response()
}

/// A workspace with what somebody is there, as it is told.
pub fn in_workspace((row, role): &(WorkspaceRow, Role)) -> InWorkspace {
    InWorkspace { id: row.id, name: row.name.clone(), role: role.to_string() }
}

const JOIN_HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>You are invited</title>";

const JOIN_PAGE: &str = "<h1>You are invited</h1>\
<p>This link makes you a member of a workspace on this server. It works once: give it to nobody else.</p>\
<ol><li>Copy the whole address of this page, with what stands behind the <code>#</code>.</li>\
<li>In an app: choose <b>Join</b> and paste it. On a computer with the <code>fieldbook</code> command, with the address in quotes:\
<br><code>fieldbook join 'ADDRESS' --user NAME</code></li></ol>\
<p>Does it say that the link does not work? It was used, taken back, or is too old: ask whoever gave it to you for a new one.</p>";

/// Answers whoever takes an invitation up. The workspace's log says who that is before this is answered.
#[utoipa::path(post, path = "/v2/auth/join", request_body = JoinRequest, responses((status = 200, description = "Who that is there now", body = JoinReply, content_type = "application/json"), Problems))]
pub async fn join(
    State(app): State<Arc<App>>,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let asked: JoinRequest = secret(&app, body).await?;
    new_name("user", &asked.user).map_err(refused)?;
    let keys = Keys::of(&["join", &asked.user], address);
    let (sessions, by, salt) = (Arc::clone(&app.sessions), By::stranger(address), random()?);
    let JoinRequest { code, user: name, password, address } = asked;
    let taking = Taking { code, name, password, address };
    let ids = (UserId::v7(clock::wall_ms(), random()?), OpId::v7(clock::wall_ms(), random()?));
    let taken = app.gate.run(keys, move || {
        let now = clock::now();
        let invitee = sessions.read(|accounts| accounts.invitee(&taking, now))?;
        let proven = invitee.prove(&sessions.rules(), &taking.password, salt);
        sessions.write(|accounts| accounts.take_invite(proven, ids, &by, now))
    });
    let taken = taken.await?.map_err(refused)?;
    app.gate.give_back(keys);
    members::carry_now(&app).await?;
    let outcome = app.sessions.read(|accounts| accounts.outcome(taken.op))?;
    if let Some(Err(Refusal { words, .. })) = outcome {
        return Err(Refused::new(ProblemCode::Conflict, words));
    }
    let role = taken.role.to_string();
    Ok(reply::document(&JoinReply { workspace: taken.workspace_name, user: taken.name, role }))
}

/// Answers whoever chooses a new password with a code.
#[utoipa::path(post, path = "/v2/auth/reset", request_body = ResetRequest, responses((status = 200, description = "It is chosen, and every session of the user has ended", body = DoneReply, content_type = "application/json"), Problems))]
pub async fn reset(
    State(app): State<Arc<App>>,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let asked: ResetRequest = secret(&app, body).await?;
    let keys = Keys::of(&["reset", &asked.user], address);
    let (sessions, by, salt) = (Arc::clone(&app.sessions), By::stranger(address), random()?);
    let done = app.gate.run(keys, move || {
        let now = clock::now();
        let resetter = sessions.read(|accounts| accounts.resetter(&asked.code, &asked.user, now))?;
        let hash = resetter.hash(&sessions.rules(), &asked.password, salt)?;
        sessions.write(|accounts| accounts.reset(&resetter, &hash, &by, now))?;
        Ok(now)
    });
    let at = done.await?.map_err(refused)?;
    app.gate.give_back(keys);
    app.people.send_replace(());
    Ok(reply::document(&DoneReply { at }))
}

/// Answers whoever changes the own password.
#[utoipa::path(post, path = "/v2/auth/password", request_body = PasswordRequest, responses((status = 200, description = "It is changed, and every other session of the user has ended", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn password(
    State(app): State<Arc<App>>,
    caller: Caller,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let asked: PasswordRequest = secret(&app, body).await?;
    let (user, keep, workspace) =
        (caller.principal.user, caller.principal.device, caller.principal.workspace);
    let keys = Keys::of(&["password", &user.to_string()], address).known(true);
    let (sessions, by, salt) = (Arc::clone(&app.sessions), caller.by.clone(), random()?);
    let done = app.gate.run(keys, move || {
        let (now, claim) = (clock::now(), sessions.read(|accounts| accounts.claim(user))?);
        let changed = claim.verify(&asked.password).and_then(|()| {
            let hash = claim.hash(&sessions.rules(), &asked.new_password, salt)?;
            sessions.write(|accounts| accounts.change_password(&claim, &hash, keep, &by, now))
        });
        tried(&sessions, &changed, (Deed::PasswordChanged, workspace, &by), now)?;
        changed.map(|()| now)
    });
    let at = done.await?.map_err(refused)?;
    app.gate.give_back(keys);
    app.people.send_replace(());
    Ok(reply::document(&DoneReply { at }))
}

/// Answers whoever gives the password once more.
#[utoipa::path(post, path = "/v2/auth/confirm", request_body = ConfirmRequest, responses((status = 200, description = "Until when dangerous things need no other", body = ConfirmReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let asked: ConfirmRequest = secret(&app, body).await?;
    let principal = caller.principal.clone();
    let keys = Keys::of(&["password", &principal.user.to_string()], address).known(true);
    let (sessions, by) = (Arc::clone(&app.sessions), caller.by.clone());
    let done = app.gate.run(keys, move || {
        let (now, claim) = (clock::now(), sessions.read(|accounts| accounts.claim(principal.user))?);
        let verified = claim.verify(&asked.password);
        tried(&sessions, &verified, (Deed::Confirmed, principal.workspace, &by), now)?;
        verified?;
        sessions.write(|accounts| accounts.confirm(&principal, &by, now))?;
        Ok(now)
    });
    let at = done.await?.map_err(refused)?;
    app.gate.give_back(keys);
    let ms = i64::try_from(CONFIRMED_FOR.as_millis()).unwrap_or(i64::MAX);
    Ok(reply::document(&ConfirmReply { until: WallTime(at.0.saturating_add(ms)) }))
}

/// Answers a device that gives up its session. What it holds stays there.
#[utoipa::path(post, path = "/v2/auth/sign-out", responses((status = 200, description = "The session has ended", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn sign_out(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refused> {
    let (device, by) = (caller.principal.device, caller.by.clone());
    let at = clock::now();
    written(&app, move |accounts| accounts.end_session(device, (&by, Deed::SignedOut), at)).await?;
    app.people.send_replace(());
    Ok(reply::document(&DoneReply { at }))
}

/// Answers with what a person has on this server. Whoever was removed from a workspace still sees the own account.
#[utoipa::path(get, path = "/v2/account", responses((status = 200, description = "Who calls, where that person is a member, and the sessions that last", body = AccountReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn account(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refused> {
    let principal = &caller.principal;
    let found = app.sessions.read(|accounts| accounts.workspaces_of(principal.user))?;
    let all = app.sessions.workspaces()?;
    let name = |id| all.iter().find(|row| row.id == id).map(|row| row.name.clone());
    let line = |row: DeviceRow| {
        Some(SessionLine {
            device_id: row.id,
            device: row.name,
            workspace: name(row.workspace)?,
            signed_in: row.session_at,
            last_seen: row.last_seen,
            waiting: row.waiting,
        })
    };
    let mut devices = app.sessions.read(|accounts| accounts.devices_of(principal.user))?;
    devices.retain(|row| row.ended_at.is_none());
    let workspaces = found.iter().map(in_workspace).collect();
    Ok(reply::document(&AccountReply {
        user_id: principal.user,
        user: principal.name.clone(),
        workspace_id: principal.workspace,
        workspaces,
        sessions: devices.into_iter().filter_map(line).collect(),
    }))
}

/// Answers whoever ends sessions of the own account: one, or all but the one that asks.
#[utoipa::path(post, path = "/v2/account/end", request_body = EndRequest, responses((status = 200, description = "How many ended", body = EndReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn end(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Refused> {
    let asked: EndRequest =
        body::document(body, REQUEST_BYTES_MAX, app.config.body_time_max, "wish to end a session").await?;
    let (user, here, by) = (caller.principal.user, caller.principal.device, caller.by.clone());
    let now = clock::now();
    let ended = match asked.device_id {
        Some(device) => {
            let own = app.sessions.read(|accounts| accounts.devices_of(user))?;
            if !own.iter().any(|row| row.id == device) {
                return Err(refused(AccountError::NoSession(device)));
            }
            let one = move |accounts: &_| end_one(accounts, device, &by, now);
            written(&app, one).await?
        }
        None => written(&app, move |accounts| accounts.end_others(user, here, &by, now)).await?,
    };
    app.people.send_replace(());
    Ok(reply::document(&EndReply { ended }))
}

fn end_one(accounts: &Accounts, device: DeviceId, by: &By, now: WallTime) -> Result<u64, AccountError> {
    accounts.end_session(device, (by, Deed::SessionEnded), now).map(|()| 1)
}

/// Notes a wrong password, in the name of whoever is signed in and in the workspace of that session.
fn tried<T>(
    sessions: &Sessions,
    outcome: &Result<T, AccountError>,
    (deed, workspace, by): (Deed, WorkspaceId, &By),
    now: WallTime,
) -> Result<(), AccountError> {
    match outcome {
        Err(AccountError::WrongPassword) => {
            Ok(sessions.write(|accounts| accounts.refused((deed, Some(workspace)), by, "", now))?)
        }
        _ => Ok(()),
    }
}

/// Writes to the accounts where that holds nobody up.
pub async fn written<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&Accounts) -> Result<T, AccountError> + Send + 'static,
) -> Result<T, Refused> {
    let sessions = Arc::clone(&app.sessions);
    let done = tasks::blocking(move || sessions.write(work)).await;
    done.map_err(|_| Refused::internal())?.map_err(refused)
}

/// Reads a body that holds a secret. What is wrong with it is not told in the parser's words, which may repeat it.
async fn secret<T: DeserializeOwned>(app: &App, body: Body) -> Result<T, Refused> {
    let body = body::read(body, REQUEST_BYTES_MAX, app.config.body_time_max).await?;
    json::parse_bytes(&body).map_err(|_| {
        let words = "This is not what this call takes; see /docs.";
        Refused::new(ProblemCode::BadRequest, words)
    })
}
