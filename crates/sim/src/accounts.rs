//! The accounts of a world's server: the real ones, in memory, with orders to wipe and a lease. Only worlds have them in which
//! devices are lost or locked.

use std::collections::BTreeMap;

use fieldbook_crypto::{DevicePublic, Fresh};
use fieldbook_model::op::About;
use fieldbook_model::{DeviceId, Hash, OpId, Refusal, Role, UserId, WallTime, WorkspaceId};
use fieldbook_protocol::auth::KeysReply;
use fieldbook_protocol::{Ordered, WipedRequest};
use fieldbook_server_store::accounts::Proven;
use fieldbook_server_store::{
    AccountError, Accounts as Store, By, Deed, FreshKeys, FreshOrder, GivenKeys, MadeInvite, NewInvite,
    Outcome, Taken, Taking, Unsent, Wanted, WipeRow,
};
use fieldbook_server_sync::Call;
use fieldbook_server_sync::wipe::{self, Session};

use crate::world::keys;

/// The accounts of one workspace.
pub struct Accounts {
    store: Store,
    workspace: WorkspaceId,
    drawn: u64,
    /// How often something was really decided, or tried in vain.
    decided: Decided,
    /// Somebody in another workspace.
    stranger: Stranger,
}

/// Somebody in another workspace of the same server, who has nothing to do with the world's.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// The other workspace.
    pub workspace: WorkspaceId,
    /// What that person's device was given when it signed in.
    pub given: KeysReply,
    /// That device.
    pub device: DeviceId,
    /// What it shows with each call.
    pub token: String,
}

/// How often each thing was decided, or tried in vain.
pub type Decided = BTreeMap<(Deed, bool), u64>;

/// Who signs in: the user, the device, its public keys.
pub type Who<'a> = (UserId, DeviceId, &'a DevicePublic);

impl Accounts {
    /// Of a workspace without members.
    pub fn new(workspace: WorkspaceId, now: WallTime) -> Self {
        let store = Store::memory().expect("BUG: accounts in memory");
        store.add_workspace("world", workspace, &By::default(), now).expect("BUG: accounts in memory");
        let stranger = stranger(&store, workspace, now);
        let decided = [(Deed::WorkspaceMade, 2), (Deed::SignedIn, 1), (Deed::KeysTold, 1)];
        let decided = decided.into_iter().map(|(deed, times)| ((deed, true), times)).collect();
        Self { store, workspace, drawn: 0, decided, stranger }
    }

    /// Somebody in another workspace of the same server.
    pub fn stranger(&self) -> &Stranger {
        &self.stranger
    }

    /// All that whoever runs a workspace is told of it, in one text: the world's workspace, or that of the stranger.
    pub fn told_of(&self, workspace: WorkspaceId, now: WallTime) -> String {
        let audit = self.store.audit(Some(workspace), 0, u32::MAX).expect("BUG: accounts in memory");
        let members = self.store.members(workspace).expect("BUG: accounts in memory");
        let invites = self.store.invites(workspace, now).expect("BUG: accounts in memory");
        let wipes = self.store.wipes(workspace).expect("BUG: accounts in memory");
        format!("{audit:?} {members:?} {invites:?} {wipes:?}")
    }

    /// Of which workspace a token is.
    pub fn workspace_of(&self, token: &str) -> Option<WorkspaceId> {
        let session = self.store.session(token).expect("BUG: accounts in memory");
        session.map(|session| session.principal.workspace)
    }

    /// Randomness that nothing else gets; it follows from the workspace, and takes no chance from the world.
    pub fn fresh(&mut self) -> Fresh {
        Fresh::new(self.bytes())
    }

    fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Hash::of(format!("{} {}", self.workspace, self.drawn).as_bytes()).0
    }

    /// Adds a member.
    pub fn add(&self, user: UserId, name: &str, role: &Role, now: WallTime) {
        let added = self.store.vouch_member((self.workspace, user), (name, role), now);
        added.expect("BUG: accounts in memory");
    }

    /// Signs a device in, and gives its token. Nothing where its person is no member any more.
    pub fn sign_in(&mut self, (user, device, keys): Who<'_>, now: WallTime) -> Option<(String, KeysReply)> {
        let token = self.bytes();
        let signed_in = match self.store.vouch((self.workspace, user, device), token, now) {
            Ok(signed_in) => signed_in,
            Err(AccountError::WrongSignIn) => return None,
            Err(error) => panic!("BUG: accounts in memory: {error}"),
        };
        self.decides(Deed::SignedIn, true);
        Some((signed_in.token, self.keys(device, (keys, GivenKeys::WithPassword), now)))
    }

    /// Gives a device its content key.
    pub fn keys(
        &mut self,
        device: DeviceId,
        (keys, given): (&DevicePublic, GivenKeys),
        now: WallTime,
    ) -> KeysReply {
        let fresh = FreshKeys {
            content: self.fresh(),
            seal: self.fresh(),
            server: self.fresh(),
            support: self.fresh(),
        };
        if self.store.keys_of(device).expect("BUG: accounts in memory").as_ref() != Some(keys) {
            self.decides(Deed::KeysTold, true);
        }
        self.store
            .give_keys((self.workspace, device), (keys, given), fresh, (&By::default(), now))
            .expect("BUG: keys of our own")
    }

    /// What is answered to a call, or to a sign-in, of a device for which an order stands; and that it was.
    pub fn told(&self, (token, session): (&str, Session), call: Call, now: WallTime) -> Option<Ordered> {
        let standing = self.store.wipe_of_token(token, now).expect("BUG: accounts in memory")?;
        let told = wipe::told(&standing.ordered, session, call)?;
        self.reached(&told, now);
        Some(told)
    }

    /// The same to a sign-in.
    pub fn told_at_sign_in(&self, device: DeviceId, now: WallTime) -> Option<Ordered> {
        let standing = self.store.wipe_of_device(device, now).expect("BUG: accounts in memory")?;
        self.reached(&standing.ordered, now);
        Some(Ordered { rescue: false, ..standing.ordered })
    }

    fn reached(&self, told: &Ordered, now: WallTime) {
        self.store.note_reached(&told.order, now).expect("BUG: accounts in memory");
    }

    /// Whether a token is that of a session.
    pub fn knows(&self, token: &str) -> bool {
        self.store.session(token).expect("BUG: accounts in memory").is_some()
    }

    /// Notes that a device called, and how many ops it then had to send.
    pub fn saw(&self, device: DeviceId, waiting: u64, now: WallTime) {
        self.store.note_device(device, now, Some(waiting)).expect("BUG: accounts in memory");
    }

    /// Orders a wipe, and gives the order as its device gets it.
    pub fn order(&mut self, device: DeviceId, unsent: Unsent, now: WallTime) -> Option<(WipeRow, Ordered)> {
        let fresh = FreshOrder { nonce: self.fresh(), server: self.fresh() };
        let given =
            self.store.order_wipe((self.workspace, device), (&By::operator("the world"), unsent), fresh, now);
        let row = match given {
            Ok(row) => row,
            Err(AccountError::NoDevice(_)) => return None,
            Err(error) => panic!("BUG: accounts in memory: {error}"),
        };
        self.decides(Deed::WipeOrdered, true);
        let standing = self.store.wipe_of_device(device, now).expect("BUG: accounts in memory");
        Some((row, standing.expect("I30: an order that was given does not stand").ordered))
    }

    /// Takes an order back. Tells whether it was not too late.
    pub fn withdraw(&mut self, device: DeviceId, now: WallTime) -> bool {
        match self.store.withdraw_wipe((self.workspace, device), &By::operator("the world"), now) {
            Ok(_) => {
                self.decides(Deed::WipeWithdrawn, true);
                true
            }
            Err(AccountError::WipeReached) => false,
            Err(error) => panic!("BUG: accounts in memory: {error}"),
        }
    }

    /// A device says that it was wiped.
    pub fn confirm(&mut self, said: &WipedRequest, now: WallTime) -> Result<WallTime, AccountError> {
        let is_first =
            self.rows().iter().all(|row| row.order.nonce != said.wiped.nonce || row.confirmed.is_none());
        let heard = self.store.confirm_wipe(said, &By::default(), now);
        if is_first && heard.is_ok() {
            self.decides(Deed::WipeConfirmed, true);
        }
        heard
    }

    /// Every order, as whoever looks is told.
    pub fn rows(&self) -> Vec<WipeRow> {
        self.store.wipes(self.workspace).expect("BUG: accounts in memory")
    }

    /// Says how long the lease is.
    pub fn set_lease(&mut self, seconds: u64) {
        self.decides(Deed::LeaseSet, true);
        self.store
            .set_lease(self.workspace, Some(seconds), &By::operator("the world"), WallTime(0))
            .expect("BUG: accounts in memory");
    }

    /// How long it is; 0: for ever.
    pub fn lease(&self) -> u64 {
        self.store.lease(self.workspace).expect("BUG: accounts in memory").unwrap_or(0)
    }

    /// What became of what an owner wanted; every fourth is told twice, as after a crash.
    pub fn settle(&mut self, (op, about, at): (OpId, About, WallTime), outcome: Result<(), Refusal>) {
        let deed = match about {
            About::Member(_) => Deed::MemberRole,
            About::Grant(_) => Deed::MemberGrant,
            _ => Deed::RecoveryClosed,
        };
        self.decides(deed, outcome.is_ok());
        let times = if op.bytes()[15].is_multiple_of(4) { 2 } else { 1 };
        let wanted =
            [Wanted { op, workspace: self.workspace, about, at, by: By::default(), rights_of: None }];
        // Who takes an invitation up has it wanted already.
        if self.store.wanted().expect("BUG: accounts in memory").iter().all(|known| known.op != op) {
            self.store.want(&wanted[0]).expect("BUG: accounts in memory");
        }
        for _ in 0..times {
            self.store.settle(&wanted, &[(op, outcome.clone())]).expect("BUG: accounts in memory");
        }
    }

    /// Queues what a member wants, as the server's route does.
    pub fn want(&self, wanted: &Wanted) {
        self.store.want(wanted).expect("BUG: accounts in memory");
    }

    /// What waits to be carried into the log, in its order.
    pub fn waiting(&self) -> Vec<Wanted> {
        self.store.wanted().expect("BUG: accounts in memory")
    }

    /// What became of members' changes of roles.
    pub fn settle_roles(&mut self, wanted: &[Wanted], outcomes: &[Outcome]) {
        for (_, outcome) in outcomes {
            self.decides(Deed::MemberRole, outcome.is_ok());
        }
        self.store.settle(wanted, outcomes).expect("BUG: accounts in memory");
    }

    /// Invites somebody.
    pub fn invite(&mut self, role: &Role, expires_at: WallTime, now: WallTime) -> MadeInvite {
        let (workspace, role, code) = (self.workspace, role.clone(), self.bytes());
        let new = NewInvite { workspace, role, grants: Vec::new(), address: None, expires_at };
        self.decides(Deed::InviteMade, true);
        self.store.invite(&new, code, &By::default(), now).expect("BUG: accounts in memory")
    }

    /// Somebody who holds a code is looked up, and gives a password that fits.
    pub fn invitee(&self, code: &str, name: &str, now: WallTime) -> Proven {
        let (code, name) = (code.to_owned(), name.to_owned());
        let taking = Taking { code, name, password: String::new(), address: None };
        self.store.vouch_invitee(&taking, now).expect("BUG: accounts in memory")
    }

    /// Somebody takes an invitation up, or hears that it does not work.
    pub fn take(&mut self, who: Proven, ids: (UserId, OpId), now: WallTime) -> Option<Taken> {
        let taken = match self.store.take_invite(who, ids, &By::default(), now) {
            Ok(taken) => Some(taken),
            Err(AccountError::UselessCode) => None,
            Err(error) => panic!("I34: {error}"),
        };
        self.decides(Deed::InviteTaken, taken.is_some());
        taken
    }

    /// Takes an invitation back.
    pub fn revoke(&mut self, id: &str, now: WallTime) {
        self.decides(Deed::InviteRevoked, true);
        self.store.revoke_invite((self.workspace, id), &By::default(), now).expect("BUG: accounts in memory");
    }

    fn decides(&mut self, deed: Deed, is_done: bool) {
        *self.decided.entry((deed, is_done)).or_default() += 1;
    }

    /// How often each thing was really decided, and how often that is noted.
    pub fn decided(&self) -> (&Decided, Decided) {
        let mut noted = Decided::new();
        for entry in self.store.audit(None, 0, u32::MAX).expect("BUG: accounts in memory") {
            *noted.entry((entry.deed, entry.is_done)).or_default() += 1;
        }
        (&self.decided, noted)
    }

    /// A copy.
    pub fn copy(&self) -> Self {
        let store = self.store.copy().expect("BUG: accounts in memory");
        let (decided, stranger) = (self.decided.clone(), self.stranger.clone());
        Self { store, workspace: self.workspace, drawn: self.drawn, decided, stranger }
    }

    /// A copy takes the place of all that is there. What is random stays so.
    pub fn put_back(&mut self, copy: &Self) {
        let drawn = self.drawn;
        *self = Self { drawn, ..copy.copy() };
    }
}

/// Makes another workspace with somebody in it. All of it follows from the first one, and takes nothing of its randomness.
fn stranger(store: &Store, beside: WorkspaceId, now: WallTime) -> Stranger {
    let bytes = |what: &str| Hash::of(format!("{beside} stranger {what}").as_bytes()).0;
    let id = |what: &str| bytes(what)[..10].try_into().expect("BUG: a hash has ten bytes");
    let workspace = WorkspaceId::v7(2, id("workspace"));
    let (user, device) = (UserId::v7(2, id("user")), DeviceId::v7(2, id("device")));
    store.add_workspace("elsewhere", workspace, &By::default(), now).expect("BUG: accounts in memory");
    store
        .vouch_member((workspace, user), ("a stranger", &Role::Owner), now)
        .expect("BUG: accounts in memory");
    let signed_in = store.vouch((workspace, user, device), bytes("token"), now);
    let token = signed_in.expect("BUG: accounts in memory").token;
    let fresh = |what: &str| Fresh::new(bytes(what));
    let all = FreshKeys {
        content: fresh("content"),
        seal: fresh("seal"),
        server: fresh("server"),
        support: fresh("support"),
    };
    let own = keys(device).public();
    let given =
        store.give_keys((workspace, device), (&own, GivenKeys::WithPassword), all, (&By::default(), now));
    Stranger { workspace, given: given.expect("BUG: keys of our own"), device, token }
}
