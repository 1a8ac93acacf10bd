//! What a decision may look at.

use fieldbook_merge::{Line, Record};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Epoch, Limits, OpId, RecordId, Schema, Seq, Version};
use fieldbook_protocol::Answer;

use crate::plan::{KeyUse, Park};
use crate::policy::Principal;

/// Reads that a store answers from the transaction that the plan will be carried out in.
pub trait View {
    /// The world failed.
    type Error;
    /// A record, deleted or not; `None` where the id was never used.
    fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, Self::Error>;
    /// Whether the id was ever used.
    fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, Self::Error>;
    /// What was decided before under an op_id: this very op if it was, else the first that used the id.
    fn known(&mut self, op: OpId, line: Line, hash: &Hash) -> Result<Option<Known>, Self::Error>;
    /// The committed op of an idempotency key that is not its own op_id.
    fn key(&mut self, key: &str) -> Result<Option<KeyUse>, Self::Error>;
    /// The id in force for an id that a duplicate made.
    fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, Self::Error>;
    /// What a refused op of this log would have done to a record.
    fn parked(&mut self, line: Line, of: usize, id: RecordId) -> Result<Option<Park>, Self::Error>;
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
    /// The record types in force.
    pub schema: &'a Schema,
    /// What is taken.
    pub limits: &'a Limits,
    /// Who pushes.
    pub principal: &'a Principal,
    /// The history that the workspace is in.
    pub epoch: Epoch,
}

impl Workspace<'_> {
    /// Whether an op made at `seen` was made before something happened at `version`.
    pub fn unseen(&self, seen: Cursor, version: Version) -> bool {
        seen.epoch != self.epoch || seen.version < version
    }
}

impl<V: View + ?Sized> View for &mut V {
    type Error = V::Error;
    fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, Self::Error> {
        (**self).record(of, id)
    }
    fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, Self::Error> {
        (**self).exists(of, id)
    }
    fn known(&mut self, op: OpId, line: Line, hash: &Hash) -> Result<Option<Known>, Self::Error> {
        (**self).known(op, line, hash)
    }
    fn key(&mut self, key: &str) -> Result<Option<KeyUse>, Self::Error> {
        (**self).key(key)
    }
    fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, Self::Error> {
        (**self).alias(of, id)
    }
    fn parked(&mut self, line: Line, of: usize, id: RecordId) -> Result<Option<Park>, Self::Error> {
        (**self).parked(line, of, id)
    }
}
