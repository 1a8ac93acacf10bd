//! What the server says to an offer.

use fieldbook_model::{Code, DeviceId, OpId, RecordId, Seq, Value, Version};

/// The reply to one offer.
#[derive(Debug, Clone, PartialEq)]
pub enum Said<'s> {
    /// A new op: it got a place, and a verdict that never changes.
    Answered(Answered<'s>),
    /// Seen before: the same answer again.
    Again(Answered<'s>),
    /// Its id was used with other bytes, and its place in the log is taken.
    Altered,
    /// Out of turn: this seq is next.
    Expected(Seq),
    /// Another history of this device's log.
    Forked,
}

/// A verdict and all that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered<'s> {
    /// The place in the total order.
    pub version: Version,
    /// The verdict.
    pub ruling: Ruling,
    /// What became of each unit that the op writes, in the order of the op.
    pub parts: Vec<Part<'s>>,
}

/// A verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Its changes are made.
    Committed,
    /// It is refused for good.
    Rejected {
        /// Why.
        code: Code,
        /// The refused op that it builds upon, if that is why.
        depends_on: Option<OpId>,
    },
    /// It is the same act as an earlier op.
    DuplicateOf {
        /// The earlier op.
        op: OpId,
        /// Its own ids, and the ids in force.
        ids: Vec<Same>,
    },
}

/// Two ids of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Same {
    /// The type.
    pub of: String,
    /// What the duplicate calls it.
    pub own: RecordId,
    /// What everybody calls it.
    pub existing: RecordId,
}

/// What became of one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'s> {
    /// The record's type.
    pub of: &'s str,
    /// The record.
    pub id: RecordId,
    /// The field; `None` for the record's life.
    pub field: Option<&'s str>,
    /// What the field held.
    pub before: Value,
    /// What the write makes of it.
    pub after: Value,
    /// What became of the write.
    pub fate: Fate,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Done; nothing unseen was there.
    Applied,
    /// Done; an unseen change counts as well.
    Merged(Author),
    /// Done; an unseen change is replaced and stands in the history.
    Over(Author),
    /// Not done: the record is deleted.
    LostToDelete(Author),
    /// It was so already.
    Already,
}

/// Whose change, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// In the total order.
    pub version: Version,
    /// The device.
    pub device: DeviceId,
}
