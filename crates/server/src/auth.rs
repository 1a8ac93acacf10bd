//! `POST /v2/auth/sign-in`, `POST /v2/auth/keys` for whoever is signed in, and `POST /v2/auth/wiped` for whoever was wiped. A wrong name, a wrong workspace and a wrong
//! password get one answer after one amount of work, so that nobody learns which of them exist.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use fieldbook_crypto::{DevicePublic, Fresh};
use fieldbook_model::{DeviceId, WorkspaceId, json};
use fieldbook_protocol::auth::{KeysReply, KeysRequest, SignInReply, SignInRequest};
use fieldbook_protocol::{Ordered, ProblemCode, WipedReply, WipedRequest};
use fieldbook_server_store::{AccountError, By, FreshKeys, GivenKeys, SignedIn, check_sign_in};
use fieldbook_server_sync::{Call, Principal};

use crate::caller::Caller;
use crate::connections::Peer;
use crate::gate::Keys;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::{body, clock, reply, tasks};

/// The bytes of a request.
pub const REQUEST_BYTES_MAX: usize = 8 << 10;

/// Answers a sign-in.
#[utoipa::path(post, path = "/v2/auth/sign-in", request_body = SignInRequest, responses((status = 200, description = "What a device needs to begin", body = SignInReply, content_type = "application/json"), Problems))]
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let body = body::read(body, REQUEST_BYTES_MAX, app.config.body_time_max).await?;
    let request = read(&body)?;
    let is_known = app.sessions.knows(&request)?;
    let keys = Keys::of(&[&request.workspace, &request.user], address).known(is_known);
    let (device, told, by) = (request.device_id, request.keys, By::stranger(address));
    // Whatever the password: who found the device may not know it, and a device that is told is one that obeys.
    if let Some(ordered) = app.sessions.wipe_of(device)? {
        // Who signs in has nothing to push with.
        return Err(Refused::wiped(Ordered { rescue: false, ..ordered }));
    }
    let signed_in = verify(&app, keys, request, by.clone()).await?;
    app.gate.give_back(keys);
    let of = (signed_in.workspace, device);
    let by = by.known_as(signed_in.user, &signed_in.name);
    let given = match told {
        Some(told) => Some(give(&app, of, (told, GivenKeys::WithPassword), by).await?),
        None => None,
    };
    Ok(reply::document(&welcome(&app, signed_in, given).await?))
}

/// Answers a device that tells its public keys, or wants its content key again: whoever may read may have it.
#[utoipa::path(post, path = "/v2/auth/keys", request_body = KeysRequest, responses((status = 200, description = "What the device opens its database with", body = KeysReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn keys_of(State(app): State<Arc<App>>, caller: Caller, body: Body) -> Result<Response, Refused> {
    let Principal { workspace, device, .. } = caller.principal;
    caller.enter(&app, workspace, Call::Pull)?;
    let request: KeysRequest =
        body::document(body, REQUEST_BYTES_MAX, app.config.body_time_max, "device's keys").await?;
    let given =
        give(&app, (workspace, device), (request.keys, GivenKeys::WithToken), caller.by.clone()).await?;
    Ok(reply::document(&given))
}

/// Answers a device that was wiped, which has no token any more: it signs.
#[utoipa::path(post, path = "/v2/auth/wiped", request_body = WipedRequest, responses((status = 200, description = "When it was heard first", body = WipedReply, content_type = "application/json"), Problems))]
pub async fn wiped(
    State(app): State<Arc<App>>,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let said: WipedRequest =
        body::document(body, REQUEST_BYTES_MAX, app.config.body_time_max, "word of a device").await?;
    let sessions = Arc::clone(&app.sessions);
    let noted = tasks::blocking(move || sessions.confirm_wipe(&said, &By::stranger(address))).await;
    let confirmed_at = noted.map_err(|_| Refused::internal())?.map_err(refused)?;
    Ok(reply::document(&WipedReply { confirmed_at }))
}

/// Has the keys noted and the content key sealed to them, where it holds nobody up.
async fn give(
    app: &Arc<App>,
    of: (WorkspaceId, DeviceId),
    (keys, given): (DevicePublic, GivenKeys),
    by: By,
) -> Result<KeysReply, Refused> {
    let sessions = Arc::clone(&app.sessions);
    let fresh = FreshKeys { content: fresh()?, seal: fresh()?, server: fresh()?, support: fresh()? };
    let done = tasks::blocking(move || sessions.give_keys(of, (&keys, given), fresh, &by));
    done.await.map_err(|_| Refused::internal())?.map_err(refused)
}

/// Reads the body. What is wrong with it is not told in the parser's words, which may repeat a password.
fn read(body: &[u8]) -> Result<SignInRequest, Refused> {
    let request = json::parse_bytes::<SignInRequest>(body).map_err(|_| {
        let words = "This is no sign-in: workspace, user, password, device_id and device_name, each a text.";
        Refused::new(ProblemCode::BadRequest, words)
    })?;
    check_sign_in(&request).map_err(refused)?;
    Ok(request)
}

async fn verify(app: &Arc<App>, keys: Keys, request: SignInRequest, by: By) -> Result<SignedIn, Refused> {
    let sessions = Arc::clone(&app.sessions);
    let token = random()?;
    app.gate.run(keys, move || sessions.sign_in(&request, token, &by)).await?.map_err(refused)
}

/// Random bytes from the system.
pub fn random<const N: usize>() -> Result<[u8; N], Refused> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Refused::unavailable())?;
    Ok(bytes)
}

/// Randomness for one operation with a key.
pub fn fresh() -> Result<Fresh, Refused> {
    random().map(Fresh::new)
}

/// An error of the accounts as a caller is told it.
pub fn refused(error: AccountError) -> Refused {
    match error {
        AccountError::Store(error) => error.into(),
        AccountError::DeviceTaken => Refused::new(ProblemCode::LogForked, sentence(&error)),
        AccountError::OtherKeys => Refused::new(ProblemCode::OtherKeys, sentence(&error)),
        AccountError::NoWipe => Refused::not_found(),
        AccountError::NotSigned => Refused::new(ProblemCode::NotSigned, sentence(&error)),
        AccountError::WrongPassword => Refused::new(ProblemCode::WrongPassword, sentence(&error)),
        AccountError::UselessCode => Refused::new(ProblemCode::UselessCode, sentence(&error)),
        AccountError::Breached(error) => {
            tracing::error!(%error, "new passwords cannot be held against the list");
            Refused::internal()
        }
        AccountError::NoSession(_) | AccountError::NoDevice(_) | AccountError::NoInvite(_) => {
            Refused::new(ProblemCode::NotFound, sentence(&error))
        }
        AccountError::UserTaken(_)
        | AccountError::Member(_)
        | AccountError::WorkspaceTaken(_)
        | AccountError::IdTaken
        | AccountError::TooManyWorkspaces(_)
        | AccountError::WipeReached
        | AccountError::TooManyInvites => Refused::new(ProblemCode::Conflict, sentence(&error)),
        AccountError::BadName(_)
        | AccountError::BadNewName(_)
        | AccountError::BadPassword
        | AccountError::CommonPassword
        | AccountError::BreachedPassword
        | AccountError::BadInvite
        | AccountError::UselessKeys => Refused::new(ProblemCode::BadRequest, sentence(&error)),
        _ => Refused::new(ProblemCode::WrongSignIn, sentence(&AccountError::WrongSignIn)),
    }
}

/// An error's words with a capital and a full stop.
fn sentence(error: &AccountError) -> String {
    let words = error.to_string();
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

async fn welcome(app: &App, signed_in: SignedIn, keys: Option<KeysReply>) -> Result<SignInReply, Refused> {
    let SignedIn { token, user, workspace, workspace_name, role, name: _ } = signed_in;
    let open = app.workspaces.enter(workspace, &app.config)?;
    let (schema, head) = (open.schema().await?, open.head().await?);
    Ok(SignInReply {
        token,
        user_id: user,
        workspace_id: workspace,
        workspace: workspace_name,
        role: role.to_string(),
        epoch: head.epoch,
        schema: (*schema).clone(),
        limits: app.config.limits,
        time: clock::now(),
        keys,
    })
}
