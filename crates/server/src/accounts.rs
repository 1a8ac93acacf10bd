//! Who is signed in, asked anew by every call: a session that ended lets nothing more through.
//!
//! Two connections, so that no lookup ever waits behind a write. One only reads, on the calling task, in some
//! microseconds. The other writes (a new token, when a device was last seen) where it holds nobody up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fieldbook_crypto::{DevicePublic, WipeOrder};
use fieldbook_model::{DeviceId, WallTime, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::auth::{KeysReply, SignInRequest};
use fieldbook_protocol::{Ordered, WipedRequest};
use fieldbook_server_store::accounts::SEEN_EVERY;
use fieldbook_server_store::{
    AccountError, Accounts, By, Data, Deed, DeviceRow, FreshKeys, GivenKeys, MemberRow, Outcome,
    PasswordRules, Session, SessionLimits, SignedIn, StandingWipe, StoreError, Wanted, WorkspaceRow,
};
use fieldbook_server_sync::Call;
use fieldbook_server_sync::wipe;

use crate::lock::lock;
use crate::refused::Refused;
use crate::{clock, tasks};

/// A bearer token. It has no `Debug`, and ends where it came from.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// As a header brought it.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The sessions of a server.
pub struct Sessions {
    reading: Mutex<Accounts>,
    writing: Mutex<Accounts>,
    limits: SessionLimits,
    notes: Mutex<Notes>,
}

/// Who was seen. One at a time is written, so that a thousand devices that come back at once do not take all threads that
/// read pages.
#[derive(Default)]
struct Notes {
    seen: BTreeMap<DeviceId, Seen>,
    /// What is to be written of them.
    due: BTreeSet<DeviceId>,
    writing: bool,
}

/// How often another number of ops that wait is written.
const WAITING_EVERY: Duration = Duration::from_secs(1);

/// What is known of a device's last calls, and what of it is written.
#[derive(Default)]
struct Seen {
    written: Option<Instant>,
    written_waiting: Option<u64>,
    /// How many ops it has to send, as it last said.
    waiting: Option<u64>,
}

impl Seen {
    fn is_due(&self, now: Instant) -> bool {
        let Some(age) = self.written.map(|last| now.duration_since(last)) else { return true };
        let (told, written) = (self.waiting, self.written_waiting);
        // Whether there is anything at all is written at once; how many, while much is sent, now and then.
        let turned = (told == Some(0)) != (written == Some(0));
        turned || age >= SEEN_EVERY || (told != written && age >= WAITING_EVERY)
    }
}

impl Sessions {
    /// Opens the accounts of a data folder.
    pub fn open(data: &Data, limits: SessionLimits) -> Result<Self, StoreError> {
        let open = || data.accounts_again().map(Mutex::new);
        Ok(Self { reading: open()?, writing: open()?, limits, notes: Mutex::default() })
    }

    /// The session of a token. Its device may say how many ops it has to send.
    pub fn session(self: &Arc<Self>, token: &Token, waiting: Option<u64>) -> Result<Session, Refused> {
        self.whose(token, (Call::Pull, waiting))
    }

    /// The same for a push, which a device may still make that is to be wiped, where somebody wants what it has not sent.
    pub fn session_that_pushes(self: &Arc<Self>, token: &Token) -> Result<Session, Refused> {
        self.whose(token, (Call::Push, None))
    }

    fn whose(
        self: &Arc<Self>,
        token: &Token,
        (call, waiting): (Call, Option<u64>),
    ) -> Result<Session, Refused> {
        let found = {
            let reading = lock(&self.reading);
            let found = reading.session(&token.0)?;
            let found = found.filter(|session| session.lasts(self.limits, clock::now()));
            if let Some(StandingWipe { ordered, is_reached }) =
                reading.wipe_of_token(&token.0, clock::now())?
            {
                let session = if found.is_some() { wipe::Session::Stands } else { wipe::Session::Ended };
                if let Some(told) = wipe::told(&ordered, session, call) {
                    if !is_reached {
                        self.reached(ordered.order);
                    }
                    return Err(Refused::wiped(told));
                }
            }
            found
        };
        let session = found.ok_or_else(|| {
            Refused::new(ProblemCode::SignInNeeded, "The session has ended; sign in again, nothing is lost.")
        })?;
        self.note(session.principal.device, waiting);
        Ok(session)
    }

    /// A device has sent some of what it said that it has to send.
    pub fn sent(self: &Arc<Self>, device: DeviceId, ops: u64) {
        let told = lock(&self.notes).seen.get(&device).and_then(|seen| seen.waiting);
        self.note(device, told.map(|told| told.saturating_sub(ops)));
    }

    /// Signs a device in. Slow on purpose; no lock is held while the password is verified.
    pub fn sign_in(
        &self,
        request: &SignInRequest,
        token: [u8; 32],
        by: &By,
    ) -> Result<SignedIn, AccountError> {
        let candidate = lock(&self.reading).candidate(request)?;
        let (workspace, tried) = candidate.tried(by);
        let signed_in = candidate
            .verify(&request.password)
            .and_then(|verified| lock(&self.writing).register(&verified, token, by, clock::now()));
        if let Err(AccountError::WrongSignIn | AccountError::DeviceTaken) = &signed_in {
            lock(&self.writing).refused((Deed::SignedIn, workspace), &tried, "", clock::now())?;
        }
        signed_in
    }

    /// Whether the device of a sign-in has signed in before, there and in that name. Its id is a secret of its home as far as strangers go.
    pub fn knows(&self, request: &SignInRequest) -> Result<bool, StoreError> {
        lock(&self.reading).knows(request)
    }

    /// What new passwords are held against.
    pub fn rules(&self) -> PasswordRules {
        lock(&self.reading).rules().clone()
    }

    /// Does something quick that reads.
    pub fn read<T, E>(&self, work: impl FnOnce(&Accounts) -> Result<T, E>) -> Result<T, E> {
        work(&lock(&self.reading))
    }

    /// Does something that writes. To be called where it holds nobody up.
    pub fn write<T, E>(&self, work: impl FnOnce(&Accounts) -> Result<T, E>) -> Result<T, E> {
        work(&lock(&self.writing))
    }

    /// Notes a device's public keys, and seals its workspace's content key to them.
    pub fn give_keys(
        &self,
        of: (WorkspaceId, DeviceId),
        keys: (&DevicePublic, GivenKeys),
        fresh: FreshKeys,
        by: &By,
    ) -> Result<KeysReply, AccountError> {
        lock(&self.writing).give_keys(of, keys, fresh, (by, clock::now()))
    }

    /// The order to wipe that stands for a device, which is told to whoever signs in as it: from then on it is reached.
    pub fn wipe_of(self: &Arc<Self>, device: DeviceId) -> Result<Option<Ordered>, StoreError> {
        let standing = lock(&self.reading).wipe_of_device(device, clock::now())?;
        if let Some(wipe) = standing.filter(|wipe| !wipe.is_reached) {
            self.reached(wipe.ordered.order);
        }
        Ok(standing.map(|wipe| wipe.ordered))
    }

    /// A number that grows whenever a session is ended.
    pub fn last_end(&self) -> Result<u64, StoreError> {
        lock(&self.reading).last_end()
    }

    /// How many orders to wipe stand.
    pub fn wipes_standing(&self) -> Result<u64, StoreError> {
        lock(&self.reading).wipes_standing()
    }

    /// Notes a device's word that it was wiped, and gives when it was heard first.
    pub fn confirm_wipe(&self, said: &WipedRequest, by: &By) -> Result<WallTime, AccountError> {
        lock(&self.writing).confirm_wipe(said, by, clock::now())
    }

    /// Has it written that an order was given to its device, where that holds nobody up.
    fn reached(self: &Arc<Self>, order: WipeOrder) {
        let sessions = Arc::clone(self);
        tasks::blocking(move || {
            // Not known to be reached, it is told again at the next call.
            let _ = lock(&sessions.writing).note_reached(&order, clock::now());
        });
    }

    /// For how many seconds devices of a workspace may be opened without hearing from the server, if that has an end.
    pub fn lease(&self, workspace: WorkspaceId) -> Result<Option<u64>, StoreError> {
        lock(&self.reading).lease(workspace)
    }

    /// The public keys of a device, if it told any.
    pub fn keys_of(&self, device: DeviceId) -> Result<Option<DevicePublic>, StoreError> {
        lock(&self.reading).keys_of(device)
    }

    /// A number that changes when the accounts do, also by another process's hand.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        lock(&self.reading).data_version()
    }

    /// What waits to be carried into logs.
    pub fn wanted(&self) -> Result<Vec<Wanted>, StoreError> {
        lock(&self.reading).wanted()
    }

    /// The members of a workspace.
    pub fn members(&self, workspace: WorkspaceId) -> Result<Vec<MemberRow>, StoreError> {
        lock(&self.reading).members(workspace)
    }

    /// Notes what became of changes of members.
    pub fn settle(&self, wanted: &[Wanted], outcomes: &[Outcome]) -> Result<(), StoreError> {
        lock(&self.writing).settle(wanted, outcomes)
    }

    /// Every device that signed in.
    pub fn devices(&self) -> Result<Vec<DeviceRow>, StoreError> {
        lock(&self.reading).devices()
    }

    /// Every workspace.
    pub fn workspaces(&self) -> Result<Vec<WorkspaceRow>, StoreError> {
        lock(&self.reading).workspaces()
    }

    /// Has it written that a device is here, if that is due. One writes at a time, and whatever comes meanwhile after it.
    fn note(self: &Arc<Self>, device: DeviceId, waiting: Option<u64>) {
        let mut notes = lock(&self.notes);
        let seen = notes.seen.entry(device).or_default();
        seen.waiting = waiting.or(seen.waiting);
        if !seen.is_due(clock::mono()) {
            return;
        }
        notes.due.insert(device);
        if std::mem::replace(&mut notes.writing, true) {
            return;
        }
        let sessions = Arc::clone(self);
        tasks::blocking(move || {
            while let Some((device, waiting)) = sessions.next_note() {
                // For people to look at: a failure is not worth more than the next try.
                let _ = lock(&sessions.writing).note_device(device, clock::now(), waiting);
            }
        });
    }

    /// What is to be written next; when nothing is, nobody writes any more.
    fn next_note(&self) -> Option<(DeviceId, Option<u64>)> {
        let mut notes = lock(&self.notes);
        let Some(device) = notes.due.pop_first() else {
            notes.writing = false;
            return None;
        };
        let seen = notes.seen.entry(device).or_default();
        (seen.written, seen.written_waiting) = (Some(clock::mono()), seen.waiting);
        Some((device, seen.waiting))
    }
}
