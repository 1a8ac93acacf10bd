//! Notes calls that were refused: who asked for what somebody else may, came with a token that is none, called from a web page that was
//! not let in, sent too much or what is no request. A bounded number: of one kind from one caller one a minute, which says how many it
//! stands for, and of all together a few a minute. A note names the path's pattern and the code of the answer, and nothing that was sent.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use fieldbook_model::chain::Hash;
use fieldbook_model::{WorkspaceId, json};
use fieldbook_protocol::ProblemCode;
use fieldbook_server_store::{By, Deed};
use fieldbook_server_sync::Principal;

use crate::around::{known, workspace};
use crate::connections::Peer;
use crate::gate::network;
use crate::lock::lock;
use crate::state::App;
use crate::throttle::Throttle;
use crate::{clock, tasks};

/// How often refusals of one kind from one caller are noted.
const KIND_EVERY: Duration = Duration::from_secs(60);
/// Kinds that are remembered.
const KINDS_MAX: usize = 4096;
/// Notes at once, of whatever kind.
const BURST: u32 = 100;
/// The time that gives one note back.
const REFILL: Duration = Duration::from_secs(10);

/// Whom a token stood for, told by whoever looked.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Option<(WorkspaceId, By)>>>);

impl Heard {
    /// Tells of a caller, whatever then becomes of the call.
    pub fn tell(parts: &Parts, principal: &Principal, by: &By) {
        if let Some(Self(heard)) = parts.extensions.get::<Self>() {
            *lock(heard) = Some((principal.workspace, by.clone()));
        }
    }
}

/// What was noted a short while ago.
pub struct Refusals(Mutex<Counts>);

struct Counts {
    all: Throttle,
    kinds: BTreeMap<Hash, Kind>,
}

/// Refusals of one kind, from one caller.
struct Kind {
    noted: Instant,
    /// How many came since, without a note.
    since: u64,
}

impl Refusals {
    /// Nothing was.
    pub fn new() -> Self {
        Self(Mutex::new(Counts::new()))
    }
}

impl Counts {
    fn new() -> Self {
        Self { all: Throttle::new(BURST, REFILL, 1), kinds: BTreeMap::new() }
    }

    /// Counts a refusal; when a note is due, for how many it stands.
    fn due(&mut self, kind: Hash, now: Instant) -> Option<u64> {
        let recent = |kind: &Kind| now.duration_since(kind.noted) < KIND_EVERY;
        if let Some(kind) = self.kinds.get_mut(&kind).filter(|kind| recent(kind)) {
            kind.since += 1;
            return None;
        }
        if self.kinds.len() >= KINDS_MAX && !self.kinds.contains_key(&kind) {
            self.kinds.retain(|_, kind| recent(kind));
        }
        let has_room = self.kinds.len() < KINDS_MAX || self.kinds.contains_key(&kind);
        if !has_room || self.all.take(Hash::of(b"all"), now).is_err() {
            self.kinds.get_mut(&kind).into_iter().for_each(|kind| kind.since += 1);
            return None;
        }
        let before = self.kinds.insert(kind, Kind { noted: now, since: 0 });
        Some(before.map_or(0, |before| before.since) + 1)
    }
}

/// Whether an answer is worth a note: somebody may not, or sent what a device of ours does not send.
fn is_noted(code: ProblemCode, is_foreign: bool) -> bool {
    use ProblemCode::{
        BadRequest, Forbidden, NotFound, NotSigned, OtherKeys, Revoked, SessionEnded, SignInNeeded, TooLarge,
        TooMany,
    };
    match code {
        // What may not be known is answered as what is not there.
        NotFound => is_foreign,
        Forbidden | NotSigned | OtherKeys | Revoked | SessionEnded | SignInNeeded => true,
        BadRequest | TooLarge | TooMany => true,
        _ => false,
    }
}

/// Answers a call, and notes that it was refused before whoever called learns of it.
pub async fn noted(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let heard = Heard::default();
    request.extensions_mut().insert(heard.clone());
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let address = request.extensions().get::<Peer>().map(|Peer(address)| *address);
    let (method, named) = (known(request.method()), workspace(request.uri().path()));
    let response = next.run(request).await;
    let Some(code) = response.extensions().get::<ProblemCode>().copied() else { return response };
    let caller = lock(&heard.0).take();
    let own = caller.as_ref().map(|(workspace, _)| *workspace);
    let foreign = named.filter(|named| own.is_some_and(|own| own != *named));
    if !is_noted(code, foreign.is_some()) {
        return response;
    }
    let path = pattern.as_ref().map_or("none", MatchedPath::as_str);
    let mut about = format!("{method} {path}: {}", code.name());
    if let Some(foreign) = foreign {
        about = format!("{about}, in the workspace {foreign}");
    }
    let (workspace, by) = match caller {
        Some((workspace, by)) => (Some(workspace), by),
        None => (None, address.map_or_else(By::default, By::stranger)),
    };
    let due = lock(&app.refusals.0).due(kind(&by, address, &about), clock::mono());
    if let Some(count) = due {
        let about = if count > 1 { format!("{about}, {count} times") } else { about };
        let sessions = Arc::clone(&app.sessions);
        let written = tasks::blocking(move || {
            let deed = (Deed::CallRefused, workspace);
            sessions.write(|accounts| accounts.refused(deed, &by, &about, clock::now()))
        });
        if !written.await.is_ok_and(|written| written.is_ok()) {
            tracing::warn!("a refusal could not be noted");
        }
    }
    response
}

/// One caller, as far as it cannot be changed at will, and what was refused.
fn kind(by: &By, address: Option<IpAddr>, about: &str) -> Hash {
    let who = match by.device {
        Some(device) => device.to_string(),
        None => address.map(|address| network(address).to_string()).unwrap_or_default(),
    };
    Hash::of(json::write(&[who.as_str(), about]).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_is_noted_once_a_minute_with_its_number_and_all_together_a_few_times() {
        let (mut counts, now) = (Counts::new(), clock::mono());
        let one = Hash::of(b"one");
        assert_eq!(counts.due(one, now), Some(1));
        assert_eq!(counts.due(one, now), None);
        assert_eq!(counts.due(one, now + KIND_EVERY / 2), None);
        assert_eq!(counts.due(Hash::of(b"another"), now), Some(1));
        assert_eq!(counts.due(one, now + KIND_EVERY), Some(3));

        let (mut counts, mut notes) = (Counts::new(), 0);
        for place in 0..2 * KINDS_MAX {
            let kind = Hash::of(place.to_string().as_bytes());
            notes += u32::from(counts.due(kind, now).is_some());
        }
        assert_eq!(notes, BURST);
        assert!(counts.kinds.len() <= KINDS_MAX);
        assert_eq!(counts.due(Hash::of(b"later"), now + REFILL), Some(1));
    }
}
