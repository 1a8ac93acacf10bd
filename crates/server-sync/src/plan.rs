//! What to do about an op, as data.

use fieldbook_merge::{Effect, Record};
use fieldbook_model::{OpId, RecordId, Seq, Version};
use fieldbook_protocol::Answer;
use fieldbook_protocol::push::SameRecord;

use crate::view::Log;

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
    /// Where in the total order the refusal stands.
    pub version: Version,
    /// The refused op.
    pub op: OpId,
    /// Whether the record would have been made by it.
    pub made: bool,
}
