//! A workspace's store, in the language of sync. One conformance suite (`tests/conformance`) holds for every
//! implementation.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use fieldbook_model::chain::Hash;
use fieldbook_model::schema::Ladder;
use fieldbook_model::{
    Access, Cursor, DeviceId, Epoch, Json, OpId, RecordId, Schema, Scope, UserId, Version, WallTime,
};
use fieldbook_protocol::history::{HistoryLine, TimelineReply};
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::push::{Gap, Pushed};
use fieldbook_protocol::record::{RecordReply, RecordsReply};
use fieldbook_protocol::schema::SchemaReply;
use fieldbook_protocol::{Branch, CommonReply, CommonRequest, Standing};
use fieldbook_server_sync::{Ended, Epochs, Log, NewEpoch, Plan, Principal, Stand, View};

use crate::chase::Next;
use crate::error::{StoreError, UpgradeError};
use crate::stuck::Stuck;

/// How much some records are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub records: u64,
    /// What they hold takes so many bytes.
    pub bytes: u64,
    /// The blobs that they name.
    pub blobs: BTreeSet<Hash>,
}

/// Which records of a type are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The type.
    pub of: String,
    /// Only those in this part of the workspace, and in those within it.
    pub within: Option<Scope>,
    /// What has to hold of fields; `id` and `_version` count as such.
    pub tests: Vec<(String, Test)>,
    /// A text that one of the fields of kind `text` has to hold, in small letters or large ones.
    pub search: Option<String>,
    /// The field by which they are ordered, and whether the largest comes first.
    pub order: Option<(String, bool)>,
    /// So many are passed over.
    pub skip: usize,
    /// So many are told.
    pub limit: usize,
}

/// What has to hold of a field, in the form that a row has.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It holds one of these.
    OneOf(Vec<Json>),
    /// It holds something that is not less than the one, and less than the other.
    Between {
        /// The least.
        from: Option<Json>,
        /// What is too much.
        below: Option<Json>,
    },
}

/// What is asked for of what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// A part of the workspace, with those that lie in it; all of it where none is named.
    pub within: Option<Scope>,
    /// Only what came behind this version.
    pub after: Version,
    /// Only what came before this one.
    pub before: Option<Version>,
    /// The op that changed so many records in all is the last that is told.
    pub changes_max: usize,
}

/// Where a workspace stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The history that it is in.
    pub epoch: Epoch,
    /// Its last place.
    pub version: Version,
    /// The running hash of all ops up to there.
    pub hash: Hash,
}

impl Head {
    /// As a cursor.
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, version: self.version }
    }
}

/// How far a collection has got among the deleted records. The default is their beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Of the last that was looked at.
    pub version: Version,
    /// Its number.
    pub(crate) rid: i64,
}

/// What a part of a collection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// So many records are forgotten by it.
    pub gone: u64,
    /// Up to here deleted records may be forgotten.
    pub horizon: Version,
    /// Where the next part begins; `None` where this was the last.
    pub next: Option<Place>,
}

/// One workspace, with one writer.
pub trait Store: Send {
    /// Its record types, as far as it knows. Shared, so that whoever asks need not copy them.
    fn schema(&self) -> &Arc<Schema>;
    /// Starts a write transaction. Dropped without `commit`, it leaves nothing behind.
    fn batch(&mut self) -> Result<Box<dyn Batch + '_>, StoreError>;
    /// Brings the workspace to the next version of its schema, beside any number of readers and another writer; gives
    /// the place that this takes in the total order.
    fn upgrade(&mut self, next: &Schema) -> Result<Version, UpgradeError>;
    /// Forgets deleted records of which the server heard up to `until`, from a place on and at most so many that a push
    /// need not wait for long; all in one transaction. Their ids stay for good (rule 37).
    fn collect(&mut self, until: WallTime, after: Place) -> Result<Collected, StoreError>;
    /// A connection of its own for reading beside the writer.
    fn reader(&self) -> Result<Box<dyn Reader>, StoreError>;
}

/// A write transaction: what a decision looks at, and the carrying out of its plan.
pub trait Batch: View<Error = StoreError> {
    /// The versions of its schema; the newest is in force.
    fn ladder(&self) -> &Ladder;
    /// Where the workspace stands, plans of this batch included.
    fn head(&self) -> Head;
    /// When the last op was taken, by the clock of whichever server took it.
    fn time(&mut self) -> Result<WallTime, StoreError>;
    /// The history in force, and where the earlier ones ended.
    fn epochs(&mut self) -> Result<Epochs, StoreError>;
    /// Whether a device's place is one of this history.
    fn stands(&mut self, standing: &Standing) -> Result<Stand, StoreError>;
    /// Begins a new history. Nothing else is in its batch.
    fn part(&mut self, new: &NewEpoch, at: WallTime) -> Result<(), StoreError>;
    /// Notes that an epoch that has ended has less in common with the history in force than was known.
    fn lower(&mut self, ended: &Ended) -> Result<(), StoreError>;
    /// A device's log; a device that never pushed gets its number here. The user's name is kept for what people read.
    fn log(&mut self, device: DeviceId, user: UserId, name: &str) -> Result<Log, StoreError>;
    /// The log of a device that began as a copy of another, which gets its number here; `None` where the two have no such
    /// op in common.
    fn branch(&mut self, branch: &Branch, user: UserId, name: &str) -> Result<Option<Log>, StoreError>;
    /// Takes in that a device does not have what is expected next of its log. `None` where that is not believed: the server
    /// has lost nothing.
    fn gap(&mut self, log: &Log, gap: &Gap, at: WallTime) -> Result<Option<Log>, StoreError>;
    /// Carries a plan out at the next place of the total order.
    fn carry_out(&mut self, plan: &Plan, pushed: &Pushed, at: WallTime) -> Result<(), StoreError>;
    /// Makes it durable. Only then may anyone be answered (rule 51).
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// How large a page may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit {
    /// Rows; the page ends with the version that reaches this.
    pub rows_max: u32,
    /// Bytes; likewise.
    pub bytes_max: usize,
}

/// While others write, a page of a pull may get so many times as large: rows and bytes.
pub const GROWTH_MAX: u32 = 8;

/// Whether somebody may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// There were pages.
    Pages,
    /// The snapshot names that person as removed (rule 33).
    Nothing,
}

/// What a line is that somebody is given of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exported {
    /// A record.
    Record,
    /// A conflict that waits for a decision.
    Conflict,
    /// A change of a record.
    Change,
}

/// Reads that see one snapshot each.
pub trait Reader: Send {
    /// Where the workspace stands.
    fn head(&mut self) -> Result<Head, StoreError>;
    /// Whether a device's place is one of this history.
    fn stands(&mut self, standing: &Standing) -> Result<Stand, StoreError>;
    /// Whether a log is here that a device says to write, or the other that it began as a copy of, up to where it began. Else
    /// no answer to its ops could be found, and it has to ask again what both have in common.
    fn knows(&mut self, branch: &Branch, user: UserId) -> Result<bool, StoreError>;
    /// The last of some ops that a log of a user has (rule 58).
    fn common(&mut self, user: UserId, request: &CommonRequest) -> Result<CommonReply, StoreError>;
    /// A page of what a device asks for, in the wire's text, as far as its user may read it, with the answers to the
    /// device's own ops (rule 1), all of one read snapshot. A cursor of another epoch, or beyond the head, gets a
    /// snapshot. The rows are those of an older version of the schema if the device has one. `None` for somebody whom
    /// that snapshot names as removed (rule 33).
    fn page(
        &mut self,
        request: &PullRequest,
        principal: &Principal,
        limit: PageLimit,
        now: WallTime,
    ) -> Result<Option<String>, StoreError>;
    /// The next pages of a pull, for as long as `take` says so: one that is at least as large as what was written since
    /// the one before it, and at most [`GROWTH_MAX`] times as large as any; or all up to the head, from one snapshot,
    /// which stands for as long as `take` takes its time (rule 28).
    fn pages(
        &mut self,
        asked: (&PullRequest, &Principal),
        limit: PageLimit,
        next: Next,
        now: &dyn Fn() -> WallTime,
        take: &mut dyn FnMut(String) -> ControlFlow<()>,
    ) -> Result<Reads, StoreError>;
    /// A record as a person reads it, in the words of a version of the schema; `None` where it is not there, or not for
    /// that person.
    fn record(
        &mut self,
        of: &str,
        id: RecordId,
        reader: (&Principal, Option<u32>),
        now: WallTime,
    ) -> Result<Option<RecordReply>, StoreError>;
    /// Records of a type, as far as a person reads them by now; within, what is wrong with the wish.
    fn records_for(
        &mut self,
        reader: &Principal,
        wish: &Listed,
    ) -> Result<Result<RecordsReply, String>, StoreError>;
    /// How much a part of the workspace is, as far as a person reads it by now: by itself, and with the parts within it. `None` of one that
    /// is not there.
    fn amount_for(&mut self, reader: &Principal, part: &Scope) -> Result<Option<[Amount; 2]>, StoreError>;
    /// Whether a record that a person reads by now names a blob, in the words of a version of the schema.
    fn names_blob(
        &mut self,
        of: &str,
        id: RecordId,
        reader: (&Principal, Option<u32>),
        sum: Hash,
    ) -> Result<bool, StoreError>;
    /// Which of some blobs the ops name that were taken, whatever became of them.
    fn named_blobs(&mut self, of: &BTreeSet<Hash>) -> Result<BTreeSet<Hash>, StoreError>;
    /// What a person may at a version, and since which; `None` where no member record says it up to there.
    fn access(&mut self, user: UserId, at: Version) -> Result<Option<(Version, Access)>, StoreError>;
    /// The record types in force, as devices have them.
    fn schema(&mut self) -> Result<Arc<Schema>, StoreError>;
    /// The versions of the schema behind one that a device has, as devices have them.
    fn schemas(&mut self, behind: u32) -> Result<SchemaReply, StoreError>;
    /// Every change of a record, oldest first, those included that wait in a conflict.
    fn history(&mut self, of: &str, id: RecordId) -> Result<Vec<HistoryLine>, StoreError>;
    /// The same, as far as a person may read it by now.
    fn history_for(
        &mut self,
        reader: &Principal,
        of: &str,
        id: RecordId,
    ) -> Result<Vec<HistoryLine>, StoreError>;
    /// Every change that an op made or wanted to make.
    fn history_of_op(&mut self, op: OpId) -> Result<Vec<HistoryLine>, StoreError>;
    /// The same, as far as a person may read it by now.
    fn history_of_op_for(&mut self, reader: &Principal, op: OpId) -> Result<Vec<HistoryLine>, StoreError>;
    /// What happened in a stretch of the total order, newest first, as far as a person may read it by now.
    fn timeline_for(&mut self, reader: &Principal, stretch: &Stretch) -> Result<TimelineReply, StoreError>;
    /// What waits, by device and reason, the longest first.
    fn stuck(&mut self) -> Result<Vec<Stuck>, StoreError>;
    /// When a backup was last known to be safe.
    fn backup_at(&mut self) -> Result<Option<WallTime>, StoreError>;
    /// The whole shown state as canonical JSON lines (`{"type":…,"id":…,"version":…,"fields":{…}}`), sorted by
    /// type and id: for comparing a server with a device.
    fn export(&mut self) -> Result<Vec<String>, StoreError>;
    /// What a person may read by now, as lines of an export of everything of that person, from one snapshot, for as long as `take`
    /// says so: the records of the app's own types without those that were deleted, the conflicts that are open, and the changes of
    /// all records, also of those. Of each what a page or a history would tell that person.
    fn export_for(
        &mut self,
        reader: &Principal,
        take: &mut dyn FnMut(Exported, String) -> ControlFlow<()>,
    ) -> Result<Reads, StoreError>;
    /// The bytes of every op in the total order with its verdict, from a version on, at most `max`: for audits and tests.
    fn ops(&mut self, from: Version, max: u32) -> Result<Vec<(Version, String)>, StoreError>;
}
