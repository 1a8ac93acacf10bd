//! What to do about an op, as data.

use fieldbook_merge::{Effect, Line, Record};
use fieldbook_model::{Access, Epoch, OpId, RecordId, Seq, UserId, Version};
use fieldbook_protocol::push::SameRecord;
use fieldbook_protocol::{Answer, Settlement};

use crate::view::{Log, Toggle};

/// What an op gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Seen before: the stored answer again.
    Again(Answer),
    /// Refused without taking a place: an op_id that was used before with other bytes (rule 39).
    Altered(Answer),
    /// Out of turn: this seq is next.
    Expected(Seq),
    /// Another op stands at this place of the log, or the chain is broken: the device is a clone or was restored.
    Forked,
    /// Written under a version of the schema that the workspace does not have yet: it waits on its device.
    Newer,
    /// A new op, with all that follows from it.
    Fresh(Box<Plan>),
}

/// All that a new op changes on the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What the device is told, always the same from now on.
    pub answer: Answer,
    /// The device's log with this op at its end.
    pub log: Log,
    /// Records as they are now.
    pub writes: Vec<Write>,
    /// For the history.
    pub effects: Vec<Effect>,
    /// Ids that name the same record from now on: (type, own, existing).
    pub aliases: Vec<(usize, SameRecord)>,
    /// The idempotency key that is taken from now on.
    pub key: Option<(String, KeyUse)>,
    /// Records that later ops of this log may wrongly build upon.
    pub parks: Vec<Park>,
    /// Refused ops that nothing builds upon any longer: another was sent in their place, or they were given up.
    pub unparked: Vec<OpId>,
    /// Ops that are held from now on, this one or one that waited elsewhere. A row for each in the store.
    pub holds: Vec<Hold>,
    /// Ops whose rows of [`Plan::holds`] go, before the new ones come.
    pub released: Vec<OpId>,
    /// What became of ops that were held or refused: for the feed of their devices.
    pub settled: Vec<(Line, Settlement)>,
    /// Idempotency keys that are free again.
    pub freed: Vec<String>,
    /// Pairs of records that may share a key, since a person said so: the type, and both ids.
    pub accepted: Vec<(usize, RecordId, RecordId)>,
    /// Ops that an undo or redo took back or did again: which, by which, and whether it is taken back now.
    pub toggled: Vec<(OpId, Toggle)>,
    /// What people may from now on.
    pub access: Vec<(UserId, Access)>,
    /// Nobody waits any longer for what was lost with the epochs before this one.
    pub closes: Option<Epoch>,
}

/// An op that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Hold {
    /// The op.
    pub op: OpId,
    /// Its place in the total order.
    pub version: Version,
    /// Its log.
    pub line: Line,
    /// The conflict that it waits in: the op that met another's change.
    pub conflict: OpId,
    /// It does not wait itself: a resolution that was refused, upon which later ops may build (rule 47).
    pub ghost: bool,
    /// The role of its author at its place in the order.
    pub role: String,
    /// The records that it touches.
    pub touches: Vec<Touch>,
    /// The records that it names and that a server lost (rule 6): it waits for these, and not for a person.
    pub lacks: Vec<(usize, RecordId)>,
}

/// A record that a held op touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// The place of its type.
    pub of: usize,
    /// The record.
    pub id: RecordId,
    /// Whether the op would make it.
    pub made: bool,
}

/// A record as it is after an op.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The place of its type in the schema.
    pub of: usize,
    /// Its id.
    pub id: RecordId,
    /// Whether it is new.
    pub fresh: bool,
    /// Its state.
    pub record: Record,
    /// The scope in which it lies; `None` at the root.
    pub home: Option<(usize, RecordId)>,
}

/// Which act an idempotency key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The op that came first.
    pub op: OpId,
    /// Its action.
    pub action: String,
    /// The values of the fields that the action declares as its key, as canonical JSON.
    pub fields: String,
    /// The records that it made, in order: (type, id).
    pub made: Vec<(String, RecordId)>,
}

/// What a refused op would have done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Park {
    /// The place of the record's type.
    pub of: usize,
    /// The record.
    pub id: RecordId,
    /// The log of the refused op: mostly the pushing device's, but a settlement may refuse ops of another. The store
    /// keeps it there, and that log's `has_parked` becomes true.
    pub line: Line,
    /// Where in the total order the refusal stands.
    pub version: Version,
    /// The refused op.
    pub op: OpId,
    /// Its place in its log.
    pub seq: Seq,
    /// Whether it inserts the record.
    pub inserts: bool,
    /// Whether there was no such record when it was refused.
    pub missing: bool,
}
