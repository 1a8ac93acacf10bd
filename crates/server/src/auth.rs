//! `POST /v2/auth/sign-in`. A wrong name, a wrong workspace and a wrong password get one answer after one
//! amount of work, so that nobody learns which of them exist.
//!
//! Passwords are verified a few at a time, with few that wait, so that a flood of wrong ones leaves the other
//! cores to those who work. Tries are counted for each name from each address and come back with time.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use fieldbook_model::chain::Hash;
use fieldbook_model::json;
use fieldbook_model::limits::NAME_CHARS_MAX;
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::auth::{SignInReply, SignInRequest};
use fieldbook_server_store::{AccountError, SignedIn};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::SignInLimits;
use crate::connections::Peer;
use crate::lock::lock;
use crate::refused::Refused;
use crate::state::App;
use crate::throttle::Throttle;
use crate::{body, clock, reply, tasks};

/// The bytes of a request.
const REQUEST_BYTES_MAX: usize = 8 << 10;
/// The bytes of a password: enough for every passphrase, and not a book.
const PASSWORD_BYTES_MAX: usize = 1 << 10;

/// What stands before the verification of passwords.
pub struct Gate {
    tries: Mutex<Throttle>,
    waiting: Semaphore,
    verifying: Semaphore,
}

impl Gate {
    /// With its limits.
    pub fn new(limits: SignInLimits) -> Self {
        Self {
            tries: Mutex::new(Throttle::new(limits.burst, limits.refill, limits.table_max)),
            waiting: Semaphore::new(limits.waiting_max + limits.verifying_max),
            verifying: Semaphore::new(limits.verifying_max),
        }
    }

    fn take(&self, key: Hash) -> Result<(), Refused> {
        lock(&self.tries).take(key, clock::mono()).map_err(too_many)
    }

    /// A place among those who wait and one among those who are verified.
    async fn enter(&self) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>), Refused> {
        let waiting = self.waiting.try_acquire().map_err(|_| too_many(Duration::from_secs(1)))?;
        let verifying = self.verifying.acquire().await.map_err(|_| Refused::unavailable())?;
        Ok((waiting, verifying))
    }
}

fn too_many(wait: Duration) -> Refused {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    Refused::new(ProblemCode::TooMany, "Too many tries to sign in; wait a little, then try again.").after(ms)
}

/// Answers a sign-in.
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let body = body::read(body, REQUEST_BYTES_MAX, app.config.body_time_max).await?;
    let request = read(&body)?;
    let key = key(&request, address);
    app.gate.take(key)?;
    let signed_in = verify(&app, request).await?;
    lock(&app.gate.tries).give_back(key);
    Ok(reply::document(&welcome(&app, signed_in).await?))
}

/// Reads the body. What is wrong with it is not told in the parser's words, which may repeat a password.
fn read(body: &[u8]) -> Result<SignInRequest, Refused> {
    let request = json::parse_bytes::<SignInRequest>(body).ok().filter(is_within_bounds);
    let words = "This is no sign-in: workspace, user, password, device_id and device_name, each a text.";
    request.ok_or_else(|| Refused::new(ProblemCode::BadRequest, words))
}

fn is_within_bounds(request: &SignInRequest) -> bool {
    let name = |text: &str| text.chars().count() <= NAME_CHARS_MAX;
    name(&request.workspace)
        && name(&request.user)
        && request.device_name.chars().count() <= NAME_CHARS_MAX
        && request.password.len() <= PASSWORD_BYTES_MAX
}

/// Tries are counted by this.
fn key(request: &SignInRequest, address: IpAddr) -> Hash {
    let who = json::write(&[&request.workspace, &request.user, &network(address).to_string()]);
    Hash::of(who.as_bytes())
}

/// An address, as far as one household cannot change it: of IPv6 the first 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

async fn verify(app: &Arc<App>, request: SignInRequest) -> Result<SignedIn, Refused> {
    let _places = app.gate.enter().await?;
    let sessions = Arc::clone(&app.sessions);
    let token = fresh_token()?;
    let verified = tasks::blocking(move || sessions.sign_in(&request, token)).await;
    verified.map_err(|_| Refused::internal())?.map_err(refused)
}

fn fresh_token() -> Result<[u8; 32], Refused> {
    let mut token = [0; 32];
    getrandom::fill(&mut token).map_err(|_| Refused::unavailable())?;
    Ok(token)
}

fn refused(error: AccountError) -> Refused {
    match error {
        AccountError::Store(error) => error.into(),
        AccountError::DeviceTaken => Refused::new(ProblemCode::LogForked, sentence(&error)),
        AccountError::BadName(_) => Refused::new(ProblemCode::BadRequest, sentence(&error)),
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

async fn welcome(app: &App, signed_in: SignedIn) -> Result<SignInReply, Refused> {
    let SignedIn { token, user, workspace, workspace_name, role } = signed_in;
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
    })
}
