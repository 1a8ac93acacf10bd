//! What the server says to an offer.

use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{Code, DeviceId, OpId, RecordId, Seq, Value, Version};

use crate::history::Place;

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
    /// Of a schema that the server does not have yet: not answered until it does.
    Newer,
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
    /// What became by it of ops that were held or refused before, in order.
    pub settled: Vec<Settled>,
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
    /// It waits until a person has decided.
    Conflicted {
        /// The op whose conflict it waits in; itself where it met somebody else's change.
        conflict: OpId,
        /// The held op that it depends on, where it met nobody's change itself.
        depends_on: Option<OpId>,
    },
}

/// What became of an op that was held or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The op.
    pub op_id: OpId,
    /// Its place in its log.
    pub seq: Seq,
    /// Whose log.
    pub device: DeviceId,
    /// Where in the total order it was settled.
    pub version: Version,
    /// What became of it.
    pub state: SettledState,
    /// The op that settled it.
    pub by: OpId,
    /// Why, where it is refused.
    pub code: Option<Code>,
    /// The conflict that it waits in now, where it is held still.
    pub conflict: Option<OpId>,
}

/// What may become of an op that was held or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettledState {
    /// Its changes are made, as far as the person decided so.
    Committed,
    /// It is refused after all.
    Rejected,
    /// It is held still, in another conflict.
    Conflicted,
    /// Given up.
    Discarded,
    /// Taken back before anybody decided.
    Withdrawn,
    /// Another was sent in its place.
    Replaced,
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
    /// The held op that it is of, where it was done when that was settled.
    pub held: Option<OpId>,
    /// Which of the op's effects it belongs to: one for each change, and one for each child that a delete orphans.
    pub(crate) effect: usize,
    /// The deed by which it took hold.
    pub(crate) deed: Option<Place>,
}

impl Part<'_> {
    /// Whether an undo has anything to take back of it: elements that were there already, or were not there, are none (rule 12).
    pub(crate) fn has_inverse(&self, ty: &RecordType) -> bool {
        let is_set = |field: &Field| matches!(field.kind, Kind::Set { .. });
        let of_set = ty.fields.iter().any(|field| Some(field.name.as_str()) == self.field && is_set(field));
        self.deed.is_some() && self.fate != Fate::Already && !(of_set && self.before == self.after)
    }
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
    /// Not done: an unseen edit keeps the record.
    LostToEdit(Author),
    /// Not done: a person decided otherwise.
    LostToChoice(Author),
    /// Not done: another's change wins by the rule of the unit.
    Superseded(Author),
    /// Not taken back: it stands no longer as it was left.
    NotUndone(Author),
    /// It was so already.
    Already,
}

impl Fate {
    /// Whether it did not take hold.
    pub fn is_lost(&self) -> bool {
        matches!(
            self,
            Self::LostToDelete(_)
                | Self::LostToEdit(_)
                | Self::LostToChoice(_)
                | Self::Superseded(_)
                | Self::NotUndone(_)
        )
    }
}

/// Whose change, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// In the total order.
    pub version: Version,
    /// The device.
    pub device: DeviceId,
}
