//! What a decision may look at.

use fieldbook_merge::{Done, Kinship, Line, Record, Row, Stamp};
use fieldbook_model::chain::Hash;
use fieldbook_model::{
    Access, Cursor, DeviceId, Hlc, Limits, Op, OpId, RecordId, Schema, Seq, UserId, Version, WallTime,
    schema::Ladder,
};
use fieldbook_protocol::Answer;
use fieldbook_protocol::push::Number;

use crate::epoch::Epochs;
use crate::plan::KeyUse;
use crate::policy::Principal;

/// Reads that a store answers from the transaction that the plan will be carried out in. Ops and what they did are
/// told as the schema in force has them (rule 48).
pub trait View {
    /// The world failed.
    type Error;
    /// A record, deleted or not; `None` where the id was never used.
    fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, Self::Error>;
    /// Who deleted a record that is forgotten by now, and when (rule 37); `None` of one that is there, or was never made.
    fn gone(&mut self, of: usize, id: RecordId) -> Result<Option<Stamp>, Self::Error>;
    /// Whether the id was ever used.
    fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, Self::Error>;
    /// The scope in which a record lies; `None` at the root, and for an id that was never used.
    fn home(&mut self, of: usize, id: RecordId) -> Result<Option<(usize, RecordId)>, Self::Error>;
    /// What was decided before under an op_id: this very op if it was, else the first that used the id.
    fn known(&mut self, op: OpId, line: Line, hash: &Hash) -> Result<Option<Known>, Self::Error>;
    /// The committed op of an idempotency key that is not its own op_id.
    fn key(&mut self, key: &str) -> Result<Option<KeyUse>, Self::Error>;
    /// The id in force for an id that a duplicate made.
    fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, Self::Error>;
    /// What refused ops of a log would have done to a record: those before a place in it, without one of them.
    fn parked(&mut self, asked: &ParkedBefore) -> Result<Option<Parked>, Self::Error>;
    /// Whether any op of the workspace is held: only then is any held one looked up.
    fn any_held(&mut self) -> Result<bool, Self::Error>;
    /// The held ops that touch a record, in the order of their versions.
    fn held_on(&mut self, of: usize, id: RecordId) -> Result<Vec<HeldTouch>, Self::Error>;
    /// The conflicts in which ops wait.
    fn waiting(&mut self) -> Result<Vec<OpId>, Self::Error>;
    /// The held ops of a conflict, in the order of their versions; the first is the one that it is about.
    fn chain(&mut self, conflict: OpId) -> Result<Vec<HeldOp>, Self::Error>;
    /// The ops that wait for what a server lost, each the first of its chain, in the order of their versions: those that
    /// lack a record, or all.
    fn lost(&mut self, lacking: Option<(usize, RecordId)>) -> Result<Vec<HeldOp>, Self::Error>;
    /// The numbers of series that ops gave out which nobody has any more.
    fn lost_numbers(&mut self) -> Result<Vec<LostNumber>, Self::Error>;
    /// What became of an op that was decided before: the first of that id.
    fn past(&mut self, op: OpId) -> Result<Option<Past>, Self::Error>;
    /// The places of an op in the logs that offered it: copies of one log offer what had waited there, each under its name.
    fn places(&mut self, op: OpId) -> Result<Vec<(Line, Seq)>, Self::Error>;
    /// What a record held at a version, worked out from its history; `None` where it was not made yet.
    fn row_at(&mut self, of: usize, id: RecordId, version: Version) -> Result<Option<Row>, Self::Error>;
    /// What a log has in common with those that it began as a copy of.
    fn kin(&mut self, line: Line) -> Result<Kinship, Self::Error>;
    /// Who writes a log.
    fn author(&mut self, line: Line) -> Result<Author, Self::Error>;
    /// The records whose row has a value of a key, deleted ones too: see [`crate::keys`].
    fn keyed(&mut self, of: usize, key: usize, value: &str) -> Result<Vec<RecordId>, Self::Error>;
    /// Whether a person said that two records may share a key, in either order.
    fn accepted(&mut self, of: usize, a: RecordId, b: RecordId) -> Result<bool, Self::Error>;
    /// What a person may at a version, and since which; `None` where no member record says it up to there.
    fn access(&mut self, user: UserId, at: Version) -> Result<Option<(Version, Access)>, Self::Error>;
    /// Whether somebody other than a person is an owner by a member record.
    fn another_owner(&mut self, user: UserId) -> Result<bool, Self::Error>;
}

/// That a held op touches a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldTouch {
    /// The op.
    pub op: OpId,
    /// Its place in the total order.
    pub version: Version,
    /// Its log.
    pub line: Line,
    /// The conflict that it waits in.
    pub conflict: OpId,
    /// Whether it would make the record.
    pub made: bool,
}

/// An op that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOp {
    /// What it says.
    pub op: Op,
    /// Its place in the total order.
    pub version: Version,
    /// Its log.
    pub line: Line,
    /// It does not wait itself: a refused resolution upon which others build.
    pub ghost: bool,
    /// It names what a server lost, so that nobody has asked yet what its author may do to that.
    pub lost: bool,
    /// Its stamp, never ahead of the clock of the server when it came.
    pub hlc: Hlc,
    /// The role of its author at its place in the order.
    pub role: String,
}

/// A number of a series that an op gave out which nobody has any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostNumber {
    /// Which.
    pub number: Number,
    /// The name of who gave it out.
    pub by: String,
}

/// What became of an op.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// What it says; `None` where that cannot be read.
    pub op: Option<Op>,
    /// Its log.
    pub line: Line,
    /// Its place in its log.
    pub seq: Seq,
    /// Where it stands.
    pub state: PastState,
    /// The last undo or redo that took it back or did it again; of an op that is no undo itself.
    pub toggled: Option<Toggle>,
    /// Where it took effect, if it did: its own place, or that of the resolution that let it happen.
    pub at: Version,
    /// What it did, in its order: at its own place, or at that of the resolution that let it happen.
    pub done: Vec<Done>,
}

/// The last undo or redo of an op that took anything back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toggle {
    /// Which.
    pub by: OpId,
    /// Whether the op is taken back by it; else it is done again.
    pub back: bool,
}

/// Where an op stands that was decided before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastState {
    /// It happened.
    Committed,
    /// It was refused.
    Rejected,
    /// It was the same act as another.
    Duplicate,
    /// It waits in a conflict.
    Held(OpId),
    /// It was given up, taken back or replaced.
    Dropped,
}

/// Who writes a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The user.
    pub user: UserId,
    /// The user's name, when that device last pushed.
    pub name: String,
    /// The device.
    pub device: DeviceId,
}

/// An op that was decided before.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Of its text.
    pub hash: Hash,
    /// Whose.
    pub line: Line,
    /// The stored answer.
    pub answer: Answer,
}

/// Which refused ops are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParkedBefore {
    /// Their log.
    pub line: Line,
    /// The place of the record's type.
    pub of: usize,
    /// The record.
    pub id: RecordId,
    /// The place in the log before which they stand.
    pub before: Seq,
    /// One that does not count any more.
    pub but: Option<OpId>,
}

/// What refused ops would have done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parked {
    /// Where the last refusal stands.
    pub version: Version,
    /// The op that was refused last.
    pub op: OpId,
    /// Whether there was no such record then.
    pub missing: bool,
    /// Whether any of them inserts it.
    pub inserted: bool,
}

/// Where a device's log stands on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Its number.
    pub line: Line,
    /// The last seq that was decided.
    pub last_seq: Seq,
    /// The hash of that op.
    pub last_hash: Hash,
    /// Whether any op of it was refused: only then are parked records looked up.
    pub has_parked: bool,
}

impl Log {
    /// Of a device that has sent nothing yet.
    pub fn new(line: Line) -> Self {
        Self { line, last_seq: Seq::ZERO, last_hash: Hash::ZERO, has_parked: false }
    }
}

/// What is the same for all ops of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Workspace<'a> {
    /// The record types in force: the newest of the ladder.
    pub schema: &'a Schema,
    /// All versions that they had, for ops of older ones.
    pub ladder: &'a Ladder,
    /// What is taken.
    pub limits: &'a Limits,
    /// Who pushes.
    pub principal: &'a Principal,
    /// The history that the workspace is in, and where the earlier ones ended.
    pub epochs: &'a Epochs,
    /// The server's clock, for what people read; nothing is decided by it.
    pub now: WallTime,
}

impl Workspace<'_> {
    /// What somebody had seen, as a version of the history in force (rule 3).
    pub fn seen(&self, seen: Cursor) -> Version {
        self.epochs.counts(seen)
    }

    /// Whether an op made at `seen` was made before something happened at `version`.
    pub fn unseen(&self, seen: Cursor, version: Version) -> bool {
        self.seen(seen) < version
    }
}

impl<V: View + ?Sized> View for &mut V {
    type Error = V::Error;
    fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, Self::Error> {
        (**self).record(of, id)
    }
    fn gone(&mut self, of: usize, id: RecordId) -> Result<Option<Stamp>, Self::Error> {
        (**self).gone(of, id)
    }
    fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, Self::Error> {
        (**self).exists(of, id)
    }
    fn home(&mut self, of: usize, id: RecordId) -> Result<Option<(usize, RecordId)>, Self::Error> {
        (**self).home(of, id)
    }
    fn known(&mut self, op: OpId, line: Line, hash: &Hash) -> Result<Option<Known>, Self::Error> {
        (**self).known(op, line, hash)
    }
    fn key(&mut self, key: &str) -> Result<Option<KeyUse>, Self::Error> {
        (**self).key(key)
    }
    fn kin(&mut self, line: Line) -> Result<Kinship, Self::Error> {
        (**self).kin(line)
    }
    fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, Self::Error> {
        (**self).alias(of, id)
    }
    fn parked(&mut self, asked: &ParkedBefore) -> Result<Option<Parked>, Self::Error> {
        (**self).parked(asked)
    }
    fn any_held(&mut self) -> Result<bool, Self::Error> {
        (**self).any_held()
    }
    fn held_on(&mut self, of: usize, id: RecordId) -> Result<Vec<HeldTouch>, Self::Error> {
        (**self).held_on(of, id)
    }
    fn waiting(&mut self) -> Result<Vec<OpId>, Self::Error> {
        (**self).waiting()
    }
    fn chain(&mut self, conflict: OpId) -> Result<Vec<HeldOp>, Self::Error> {
        (**self).chain(conflict)
    }
    fn lost(&mut self, lacking: Option<(usize, RecordId)>) -> Result<Vec<HeldOp>, Self::Error> {
        (**self).lost(lacking)
    }
    fn lost_numbers(&mut self) -> Result<Vec<LostNumber>, Self::Error> {
        (**self).lost_numbers()
    }
    fn past(&mut self, op: OpId) -> Result<Option<Past>, Self::Error> {
        (**self).past(op)
    }
    fn places(&mut self, op: OpId) -> Result<Vec<(Line, Seq)>, Self::Error> {
        (**self).places(op)
    }
    fn row_at(&mut self, of: usize, id: RecordId, version: Version) -> Result<Option<Row>, Self::Error> {
        (**self).row_at(of, id, version)
    }
    fn author(&mut self, line: Line) -> Result<Author, Self::Error> {
        (**self).author(line)
    }
    fn keyed(&mut self, of: usize, key: usize, value: &str) -> Result<Vec<RecordId>, Self::Error> {
        (**self).keyed(of, key, value)
    }
    fn accepted(&mut self, of: usize, a: RecordId, b: RecordId) -> Result<bool, Self::Error> {
        (**self).accepted(of, a, b)
    }
    fn access(&mut self, user: UserId, at: Version) -> Result<Option<(Version, Access)>, Self::Error> {
        (**self).access(user, at)
    }
    fn another_owner(&mut self, user: UserId) -> Result<bool, Self::Error> {
        (**self).another_owner(user)
    }
}
