//! A device of a world: the real store and the real machine; a kill loses the machine and keeps the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use fieldbook_crypto::{DeviceKeys, DevicePublic, Nonce};
use fieldbook_device_store::{Identity, Store};
use fieldbook_device_sync::backoff::Dice;
use fieldbook_device_sync::wipe::Known;
use fieldbook_device_sync::{CallId, Conditions, Machine, Reply};
use fieldbook_model::{Cursor, Cut, DeviceId, Op, RecordId, Seq, Version};
use fieldbook_protocol::Ordered;
use fieldbook_reference::Read;

use crate::history::Session;
use crate::home::Home;
use crate::world::{Passed, keys};

/// A request that a device made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When, by the virtual clock in milliseconds.
    pub at_ms: u64,
    /// Whether it was a push.
    pub is_push: bool,
}

/// That what a device has seen is of a history that the server has lost.
#[derive(Debug, Clone, Copy)]
pub struct Lost {
    /// Which of the histories that were lost.
    pub history: usize,
    /// The name of its log there.
    pub log: DeviceId,
    /// Up to where that history and the server's are the same.
    pub common: Version,
}

/// What a backup of a device holds, and what is known of it.
pub struct Kept {
    /// The database.
    pub store: Store,
    /// As in [`Device`].
    pub promised: Vec<(String, Arc<Op>)>,
    /// As in [`Device`].
    pub given_up: Vec<(String, Arc<Op>)>,
    /// As in [`Device`].
    pub highest: Cursor,
    /// As in [`Device`].
    pub read: Vec<Read>,
    /// As in [`Device`].
    pub narrow: Vec<Cut>,
    /// As in [`Device`].
    pub damaged: bool,
    /// As in [`Device`].
    pub log: DeviceId,
    /// As in [`Device`].
    pub trunks: Vec<(DeviceId, Seq)>,
    /// As in [`Device`].
    pub lost: Option<Lost>,
}

/// A device.
pub struct Device {
    /// Its place in the world.
    pub place: usize,
    /// What a person calls it: A, B, C …
    pub name: char,
    /// Its identity.
    pub id: DeviceId,
    /// What it signs with, and what the server knows of that.
    pub keys: (DeviceKeys, DevicePublic),
    /// The role of its person before an owner says anything.
    pub first_role: String,
    /// The name of its log: its identity, until it turns out to be a copy.
    pub log: DeviceId,
    /// The logs that it began as a copy of, each with the last common place.
    pub trunks: Vec<(DeviceId, Seq)>,
    /// Its database.
    pub store: Store,
    /// Its session.
    pub machine: Machine,
    /// Grows at each start: what was on its way to an earlier life is lost.
    pub life: u32,
    /// No network until then, in milliseconds.
    pub offline_until_ms: u64,
    /// What its shell knows of the world around it.
    pub conditions: Conditions,
    /// Every request that it made.
    pub requests: Vec<Request>,
    /// Its wall clock is off by so much.
    pub clock_off_ms: i64,
    /// The calls that this life has under way, each with what has come of its reply; none where nothing comes any more.
    pub calls: BTreeMap<CallId, Option<Reply>>,
    /// Its home, where devices may be lost or locked.
    pub home: Option<Home>,
    /// Nothing of it opens until its server has unlocked it.
    pub locked: bool,
    /// What it noted when it was locked: its database opens to nobody.
    pub at_lock: Known,
    /// What has passed of its lease.
    pub passed: Passed,
    /// The first of its lives: before it another device was in its place.
    pub born: u32,
    /// The order that it last refused to obey.
    pub refused: Option<Nonce>,
    /// What the next call is answered by somebody else.
    pub deceit: Option<Ordered>,
    /// Its session with the server has ended, and nobody has signed in again.
    pub signed_out: bool,
    /// For each op of its log, what it was when `act` returned.
    pub promised: Vec<(String, Arc<Op>)>,
    /// Those of which it says that they are lost. One that it still has may be found again: by a server that lost its loss.
    pub given_up: Vec<(String, Arc<Op>)>,
    /// What an outside checker is told of it.
    pub session: Session,
    /// What comes to it begins with nothing: of deleted records it knows no more than that they are deleted.
    pub anew: bool,
    /// The highest cursor that it ever had.
    pub highest: Cursor,
    /// What was changed since then it reads again, because it was told of it under an older version of the schema.
    pub rereads: Option<Version>,
    /// All that it has read.
    pub read: Vec<Read>,
    /// What it leaves out by age; of what it wants again, until that has come.
    pub narrow: Vec<Cut>,
    /// A backup of it.
    pub backup: Option<Kept>,
    /// Its rows were damaged, and that is not mended yet.
    pub damaged: bool,
    /// What it looked like when it was compared last.
    pub checked: Option<u64>,
    /// Whether it ever came back from a backup.
    pub came_back: bool,
    /// Whether anything of it was lost for good.
    pub lost_some: bool,
    /// The numbers that it gave out, each with the record that has it.
    pub printed: BTreeMap<String, RecordId>,
    /// The history that it is still in, by its place among those that the server has lost.
    pub lost: Option<Lost>,
}

/// The session's token, which nobody but the server is ever told.
pub const TOKEN: &str = "planted-token";

/// An empty database, of somebody who has signed in.
fn store(identity: &Identity) -> Store {
    let mut store = Store::memory(identity).expect("BUG: a store in memory");
    store.note("token", TOKEN).expect("BUG: a note in memory");
    store
}

impl Device {
    /// A device with an empty database.
    pub fn new(place: usize, identity: &Identity, dice: &mut Dice) -> Self {
        Self {
            place,
            name: char::from(b'A' + u8::try_from(place % 26).unwrap_or(0)),
            id: identity.device_id,
            keys: (keys(identity.device_id), keys(identity.device_id).public()),
            first_role: identity.role.clone(),
            log: identity.device_id,
            trunks: Vec::new(),
            backup: None,
            store: store(identity),
            machine: Machine::new(dice.roll()),
            life: 0,
            offline_until_ms: 0,
            conditions: Conditions::default(),
            requests: Vec::new(),
            clock_off_ms: 0,
            calls: BTreeMap::new(),
            home: None,
            locked: false,
            at_lock: Known::default(),
            passed: Passed::default(),
            born: 0,
            refused: None,
            deceit: None,
            signed_out: false,
            promised: Vec::new(),
            given_up: Vec::new(),
            session: Session::default(),
            anew: false,
            highest: Cursor::default(),
            rereads: None,
            read: Vec::new(),
            narrow: Vec::new(),
            checked: None,
            came_back: false,
            lost_some: false,
            printed: BTreeMap::new(),
            lost: None,
            damaged: false,
        }
    }

    /// Ends this life: the machine and all calls are gone, the database stays.
    pub fn die(&mut self, dice: &mut Dice) {
        self.life += 1;
        self.calls.clear();
        self.machine = Machine::new(dice.roll());
    }
}
