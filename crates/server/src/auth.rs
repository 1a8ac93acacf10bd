//! `POST /v2/auth/sign-in`, `POST /v2/auth/keys` for whoever is signed in, and `POST /v2/auth/wiped` for whoever was wiped. A wrong name, a wrong workspace and a wrong
//! password get one answer after one amount of work, so that nobody learns which of them exist.
//!
//! Passwords are verified a few at a time, with few that wait, so that a flood of wrong ones leaves the other
//! cores to those who work. Tries are counted for each name from each address, and for each address whatever
//! the names; they come back with time.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use fieldbook_crypto::{DevicePublic, Fresh};
use fieldbook_model::chain::Hash;
use fieldbook_model::{DeviceId, WorkspaceId, json};
use fieldbook_protocol::auth::{KeysReply, KeysRequest, SignInReply, SignInRequest};
use fieldbook_protocol::{Ordered, ProblemCode, WipedReply, WipedRequest};
use fieldbook_server_store::{AccountError, FreshKeys, GivenKeys, SignedIn, check_sign_in};
use fieldbook_server_sync::{Call, Principal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::caller::Caller;
use crate::config::SignInLimits;
use crate::connections::Peer;
use crate::lock::lock;
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::throttle::Throttle;
use crate::{body, clock, reply, tasks};

/// The bytes of a request.
const REQUEST_BYTES_MAX: usize = 8 << 10;
/// After this it may go better when too many sign in at once.
const FULL_MS: u64 = 1000;

/// What stands before the verification of passwords.
pub struct Gate {
    tries: Mutex<Tries>,
    waiting: Arc<Semaphore>,
    verifying: Arc<Semaphore>,
}

/// The two counts of tries.
struct Tries {
    names: Throttle,
    addresses: Throttle,
}

/// By what the tries of a sign-in are counted.
#[derive(Clone, Copy)]
struct Keys {
    name: Hash,
    address: Hash,
}

impl Tries {
    /// Takes an attempt of both, or of neither.
    fn take(&mut self, keys: Keys, now: Instant) -> Result<(), Duration> {
        self.addresses.take(keys.address, now)?;
        self.names.take(keys.name, now).inspect_err(|_| self.addresses.give_back(keys.address))
    }

    fn give_back(&mut self, keys: Keys) {
        self.names.give_back(keys.name);
        self.addresses.give_back(keys.address);
    }
}

impl Gate {
    /// With its limits.
    pub fn new(limits: SignInLimits) -> Self {
        let tries = Tries {
            names: Throttle::new(limits.burst, limits.refill, limits.table_max),
            addresses: Throttle::new(limits.address_burst, limits.address_refill, limits.table_max),
        };
        Self {
            tries: Mutex::new(tries),
            waiting: Arc::new(Semaphore::new(limits.waiting_max + limits.verifying_max)),
            verifying: Arc::new(Semaphore::new(limits.verifying_max)),
        }
    }

    /// Does slow work for a sign-in. The attempt is taken after the place, since whom others keep out has not
    /// tried; the places are held until the work ends, also when nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        keys: Keys,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let waiting = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| full())?;
        lock(&self.tries).take(keys, clock::mono()).map_err(too_many)?;
        let verifying = Arc::clone(&self.verifying).acquire_owned().await;
        let places: [OwnedSemaphorePermit; 2] = [waiting, verifying.map_err(|_| Refused::unavailable())?];
        let done = tasks::blocking(move || {
            let _places = places;
            work()
        });
        done.await.map_err(|_| Refused::internal())
    }
}

fn full() -> Refused {
    let words = "Too many sign in just now; wait a moment, then try again.";
    Refused::new(ProblemCode::Unavailable, words).after(FULL_MS)
}

fn too_many(wait: Duration) -> Refused {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    Refused::new(ProblemCode::TooMany, "Too many tries to sign in; wait a little, then try again.").after(ms)
}

/// Answers a sign-in.
#[utoipa::path(post, path = "/v2/auth/sign-in", request_body = SignInRequest, responses((status = 200, description = "What a device needs to begin", body = SignInReply, content_type = "application/json"), Problems))]
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(Peer(address)): Extension<Peer>,
    body: Body,
) -> Result<Response, Refused> {
    let body = body::read(body, REQUEST_BYTES_MAX, app.config.body_time_max).await?;
    let request = read(&body)?;
    let keys = keys(&request, address);
    let (device, told) = (request.device_id, request.keys);
    // Whatever the password: who found the device may not know it, and a device that is told is one that obeys.
    if let Some(ordered) = app.sessions.wipe_of(device)? {
        // Who signs in has nothing to push with.
        return Err(Refused::wiped(Ordered { rescue: false, ..ordered }));
    }
    let signed_in = verify(&app, keys, request).await?;
    lock(&app.gate.tries).give_back(keys);
    let of = (signed_in.workspace, device);
    let given = match told {
        Some(told) => Some(give(&app, of, (told, GivenKeys::WithPassword)).await?),
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
    let given = give(&app, (workspace, device), (request.keys, GivenKeys::WithToken)).await?;
    Ok(reply::document(&given))
}

/// Answers a device that was wiped, which has no token any more: it signs.
#[utoipa::path(post, path = "/v2/auth/wiped", request_body = WipedRequest, responses((status = 200, description = "When it was heard first", body = WipedReply, content_type = "application/json"), Problems))]
pub async fn wiped(State(app): State<Arc<App>>, body: Body) -> Result<Response, Refused> {
    let said: WipedRequest =
        body::document(body, REQUEST_BYTES_MAX, app.config.body_time_max, "word of a device").await?;
    let sessions = Arc::clone(&app.sessions);
    let noted = tasks::blocking(move || sessions.confirm_wipe(&said)).await;
    let confirmed_at = noted.map_err(|_| Refused::internal())?.map_err(refused)?;
    Ok(reply::document(&WipedReply { confirmed_at }))
}

/// Has the keys noted and the content key sealed to them, where it holds nobody up.
async fn give(
    app: &Arc<App>,
    of: (WorkspaceId, DeviceId),
    (keys, given): (DevicePublic, GivenKeys),
) -> Result<KeysReply, Refused> {
    let sessions = Arc::clone(&app.sessions);
    let fresh = FreshKeys { content: fresh()?, seal: fresh()?, server: fresh()?, support: fresh()? };
    let done = tasks::blocking(move || sessions.give_keys(of, (&keys, given), fresh));
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

/// Names are counted as they are looked up: without the blanks around them, large and small letters alike.
fn keys(request: &SignInRequest, address: IpAddr) -> Keys {
    let address = network(address).to_string();
    let name = |text: &str| text.trim().to_ascii_lowercase();
    let who = json::write(&[&name(&request.workspace), &name(&request.user), &address]);
    Keys { name: Hash::of(who.as_bytes()), address: Hash::of(address.as_bytes()) }
}

/// An address, as far as one household cannot change it: of IPv6 the first 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

async fn verify(app: &Arc<App>, keys: Keys, request: SignInRequest) -> Result<SignedIn, Refused> {
    let sessions = Arc::clone(&app.sessions);
    let token = fresh_token()?;
    app.gate.run(keys, move || sessions.sign_in(&request, token)).await?.map_err(refused)
}

fn fresh_token() -> Result<[u8; 32], Refused> {
    let mut token = [0; 32];
    getrandom::fill(&mut token).map_err(|_| Refused::unavailable())?;
    Ok(token)
}

/// Randomness for one operation with a key.
fn fresh() -> Result<Fresh, Refused> {
    fresh_token().map(Fresh::new)
}

fn refused(error: AccountError) -> Refused {
    match error {
        AccountError::Store(error) => error.into(),
        AccountError::DeviceTaken => Refused::new(ProblemCode::LogForked, sentence(&error)),
        AccountError::OtherKeys => Refused::new(ProblemCode::OtherKeys, sentence(&error)),
        AccountError::NoWipe => Refused::not_found(),
        AccountError::NotSigned => Refused::new(ProblemCode::NotSigned, sentence(&error)),
        AccountError::BadName(_) | AccountError::BadPassword | AccountError::UselessKeys => {
            Refused::new(ProblemCode::BadRequest, sentence(&error))
        }
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
        keys,
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc;

    use futures_util::future::{join, select};

    use super::*;

    fn keys(name: &str, address: &str) -> Keys {
        Keys { name: Hash::of(name.as_bytes()), address: Hash::of(address.as_bytes()) }
    }

    fn gate(change: impl FnOnce(&mut SignInLimits)) -> Gate {
        let mut limits = SignInLimits { verifying_max: 1, waiting_max: 0, ..SignInLimits::default() };
        change(&mut limits);
        Gate::new(limits)
    }

    fn code<T>(outcome: Result<T, Refused>) -> Option<ProblemCode> {
        outcome.err().map(|Refused(problem)| problem.code)
    }

    #[tokio::test]
    async fn an_abandoned_sign_in_keeps_its_place_until_its_work_ends() {
        let gate = gate(|_| {});
        let ((began, begun), (end, ended)) = (tokio::sync::oneshot::channel(), mpsc::channel::<()>());
        let slow = gate.run(keys("ann", "one"), move || {
            let _ = began.send(());
            let _ = ended.recv();
        });
        // Its client goes away while the work goes on.
        drop(select(pin!(slow), begun).await);
        let refused = gate.run(keys("bob", "two"), || ()).await.expect_err("no place");
        assert_eq!(refused.0.code, ProblemCode::Unavailable);
        assert_eq!(refused.0.retry_after_ms, Some(FULL_MS));
        drop(end);
        let _waiting = gate.waiting.acquire().await.expect("a place, when the work has ended");
        let _verifying = gate.verifying.acquire().await.expect("this one too");
    }

    #[tokio::test]
    async fn one_address_that_varies_its_names_runs_out_of_tries_and_another_address_does_not() {
        let gate = gate(|limits| {
            limits.address_burst = 3;
            limits.address_refill = Duration::from_secs(600);
        });
        for name in ["ann", "bob", "cem"] {
            assert_eq!(code(gate.run(keys(name, "one"), || ()).await), None);
        }
        assert_eq!(code(gate.run(keys("dan", "one"), || ()).await), Some(ProblemCode::TooMany));
        assert_eq!(code(gate.run(keys("ann", "two"), || ()).await), None);
        lock(&gate.tries).give_back(keys("cem", "one"));
        assert_eq!(code(gate.run(keys("dan", "one"), || ()).await), None);
    }

    #[tokio::test]
    async fn whom_others_keep_out_has_not_tried() {
        let gate = gate(|limits| (limits.burst, limits.refill) = (1, Duration::from_secs(600)));
        let (goes_on, waits) = mpsc::channel();
        let first = gate.run(keys("ann", "one"), move || waits.recv().expect("a word"));
        let kept_out = async {
            let answer = gate.run(keys("bob", "two"), || ()).await;
            goes_on.send(()).expect("the first waits");
            answer
        };
        let (first, kept_out) = join(first, kept_out).await;
        assert_eq!((code(first), code(kept_out)), (None, Some(ProblemCode::Unavailable)));
        assert_eq!(code(gate.run(keys("bob", "two"), || ()).await), None);
        assert_eq!(code(gate.run(keys("bob", "two"), || ()).await), Some(ProblemCode::TooMany));
    }

    #[test]
    fn an_attempt_that_its_name_is_refused_costs_its_address_none() {
        let (second, now) = (Duration::from_secs(1), clock::mono());
        let mut tries = Tries { names: Throttle::new(1, second, 9), addresses: Throttle::new(2, second, 9) };
        assert_eq!(tries.take(keys("ann", "one"), now), Ok(()));
        assert_eq!(tries.take(keys("ann", "one"), now), Err(second));
        assert_eq!(tries.take(keys("bob", "one"), now), Ok(()));
        assert_eq!(tries.take(keys("cem", "one"), now), Err(second));
    }
}
