//! The parts of diagnostics. This is the list of all that they tell: names of types and fields, which are the schema's; ids, which
//! say no more than when something was made; numbers and times. No value of a record, no name of a person, no address, no path and
//! no free text, except what an op did ([`Op::payload`]) where somebody asked for it.

use fieldbook_model::schema::Merge;
use fieldbook_model::sum::Total;
use fieldbook_model::{
    Code, Cursor, DeviceId, Hash, Json, OpId, RecordId, Scope, Seq, UserId, Version, WallTime, WorkspaceId,
};
use serde::{Deserialize, Serialize};

/// A part: a line of the file, as an object with the part's name as its one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Part {
    /// Which program made this, when and on what.
    Program(Program),
    /// Whose home it is.
    Place(Place),
    /// Why parts are missing that come from the database.
    Absent(Absent),
    /// How a thing is that `fieldbook doctor` looks at.
    Finding(Finding),
    /// A file of the home.
    File(HomeFile),
    /// The database's room.
    Storage(Storage),
    /// Where the device stands.
    Stand(Stand),
    /// The op log as a whole.
    Log(Log),
    /// An op, the newest first.
    Op(Op),
    /// A conflict.
    Conflict(Conflict),
    /// A record type.
    Type(RecordType),
    /// What the records of a part of the workspace come to.
    Checksum(Checksum),
    /// What came of comparing with the server.
    Compared(Compared),
    /// A part that was not as on the server.
    Difference(Difference),
    /// A call to the server, the newest first.
    Contact(Contact),
    /// How syncing stood from a time on, the newest first.
    Status(Status),
}

impl Part {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Program(_) => "program",
            Self::Place(_) => "place",
            Self::Absent(_) => "absent",
            Self::Finding(_) => "finding",
            Self::File(_) => "file",
            Self::Storage(_) => "storage",
            Self::Stand(_) => "stand",
            Self::Log(_) => "log",
            Self::Op(_) => "op",
            Self::Conflict(_) => "conflict",
            Self::Type(_) => "type",
            Self::Checksum(_) => "checksum",
            Self::Compared(_) => "compared",
            Self::Difference(_) => "difference",
            Self::Contact(_) => "contact",
            Self::Status(_) => "status",
        }
    }
}

/// Which program made this, when and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// When, by the device's clock.
    pub made_at: WallTime,
    /// Its version.
    pub version: String,
    /// The protocol's number.
    pub protocol: u32,
    /// The operating system: `linux`, `macos`, `windows` …
    pub system: String,
    /// The processor: `x86_64`, `aarch64` …
    pub processor: String,
    /// Whether what the ops did is in.
    pub with_payloads: bool,
}

/// Whose home it is: ids, and no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The user.
    pub user: UserId,
    /// The form of the home.
    pub home_format: u32,
    /// Whether it speaks TLS with its server.
    pub tls: bool,
    /// Whether it trusts one certificate and no other.
    pub pinned: bool,
    /// Whether the server is on the same machine.
    pub near: bool,
}

/// Why parts are missing that come from the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// Which: the name of a part, or `database` for all of them.
    pub part: String,
    /// The code of the error, as commands tell it with `--json`.
    pub code: String,
}

/// How a thing is that `fieldbook doctor` looks at. Its words are not in: they name people, addresses and paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// `ok`, `warn` or `fail`.
    pub level: String,
}

/// A file of the home. Those that a home does not have of itself are one line, without their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeFile {
    /// Its name, without the folder; none of what somebody else put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many they are.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The database's room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Bytes that are free on the disk, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_free: Option<u64>,
    /// The bytes of a page.
    pub page_bytes: u64,
    /// The pages.
    pub pages: u64,
    /// The pages that nothing stands on.
    pub free_pages: u64,
    /// The number of the database's form.
    pub format: i64,
    /// The version of SQLite.
    pub sqlite: String,
    /// The version of SQLCipher; none where there is no cipher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlcipher: Option<String>,
}

/// Where the device stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stand {
    /// In whose name the log is written: another id than the device's where its home was copied or put back.
    pub log: DeviceId,
    /// Up to here everything is shown.
    pub cursor: Cursor,
    /// Up to here everything is stored but not shown yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<Version>,
    /// Ops without an answer.
    pub waiting: u64,
    /// Ops with an answer that no pull has brought yet.
    pub unconfirmed: u64,
    /// Ops that were refused and about which nobody has done anything yet.
    pub rejected: u64,
    /// Own ops that wait in a conflict.
    pub conflicted: u64,
    /// Own ops that wait for what the server lost.
    pub lost_base: u64,
    /// Ops without an answer that the server had answered, and lost.
    pub again: u64,
    /// Conflicts about which this user may decide.
    pub conflicts: u64,
    /// Ops that do not fit what is there now.
    pub in_doubt: u64,
    /// When the oldest op without an answer was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_waiting: Option<WallTime>,
    /// When the device was last level with the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<WallTime>,
    /// By how many milliseconds the server's clock was ahead when it was last heard.
    pub off_ms: i64,
    /// The op that the next push starts with, or the next to be made.
    pub next: Seq,
    /// The last op of the log.
    pub last: Seq,
    /// The version of the schema.
    pub schema_version: u32,
    /// Of the schema as JSON.
    pub schema_hash: Hash,
}

/// The op log as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How many ops it has in each state that any is in.
    pub states: Vec<State>,
    /// Ops that are not among those that follow, for want of room.
    pub left_out: u64,
}

/// How many ops are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Its name, as `fieldbook log` tells it.
    pub state: String,
    /// So many.
    pub ops: u64,
}

/// An op.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Op {
    /// Its place in the log.
    pub seq: Seq,
    /// Its id.
    pub id: OpId,
    /// The action's name, which the schema gives.
    #[serde(rename = "type")]
    pub action: String,
    /// What has become of it, as `fieldbook log` tells it.
    pub state: String,
    /// When it was made, by the device's clock.
    pub made_at: WallTime,
    /// Its bytes.
    pub bytes: u64,
    /// Whether the app named an occasion. Not which: apps put what they like there.
    pub keyed: bool,
    /// Why it was refused. The words are not in: they may repeat a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The place of its verdict in the total order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The refused or held op that it depended on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<OpId>,
    /// The conflict that it waits in, or waited in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<OpId>,
    /// The op or conflict that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<OpId>,
    /// An undo of it stands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
    /// It does not fit what is there now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_doubt: bool,
    /// Not all of it took hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partly: bool,
    /// It waits though the server had answered it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// What it changed is not kept on the device any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub let_go: bool,
    /// Its changes, without values.
    pub changes: Vec<Change>,
    /// What it did, with its values: only where somebody asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Json>,
}

/// A change of an op: which record, and which of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What was done.
    pub verb: Verb,
    /// The record's type.
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// The version of the record that its author saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Version>,
    /// The fields that it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Makes a record.
    Insert,
    /// Changes one.
    Update,
    /// Deletes one.
    Delete,
    /// Brings a deleted one back.
    Restore,
}

/// A conflict: what it is about, and no value of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// The op that is held.
    pub id: OpId,
    /// Whether somebody still has to decide.
    pub open: bool,
    /// How many ops wait.
    pub held: u64,
    /// When the held op was made, by that device's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<WallTime>,
    /// When it was settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<WallTime>,
    /// What there is to decide.
    pub units: Vec<ConflictUnit>,
}

/// What a conflict is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictUnit {
    /// The record's type.
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// The field or group; none: whether the record is there at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// A record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordType {
    /// Its name.
    pub name: String,
    /// Its fields, each with how it is merged.
    pub fields: Vec<(String, Merge)>,
    /// How many records of it the device holds.
    pub records: u64,
}

/// What the records of a part of the workspace come to, as device and server compare them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checksum {
    /// Which part; the root where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// With all that lies in it.
    pub beneath: bool,
    /// Its records.
    pub records: u64,
    /// The sum of their hashes.
    pub sum: Total,
}

/// What came of comparing with the server last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// When, by the device's clock.
    pub at: WallTime,
    /// How many parts were compared.
    pub parts: u64,
    /// Their records.
    pub records: u64,
    /// In how many parts there was a difference.
    pub differed: u64,
}

/// A part that was not as on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// When that was found, by the device's clock.
    pub at: WallTime,
    /// At which version.
    pub version: Version,
    /// Which part; the root where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// With all that lies in it.
    pub beneath: bool,
    /// The records that were here.
    pub here: u64,
    /// The records that were on the server.
    pub there: u64,
}

/// A call to the server: when, which, and what came of it. Nothing of what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// When it began, by the device's clock.
    pub at: WallTime,
    /// Which.
    pub call: Call,
    /// How long it took until its end, in milliseconds.
    pub took_ms: u64,
    /// The bytes of what was sent, before they were packed.
    pub sent: u64,
    /// The bytes that came, unpacked.
    pub received: u64,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it did not succeed: a code, as commands tell it with `--json`; `cancelled` where the device ended it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The wait that was asked for, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Sends ops.
    Push,
    /// Brings pages.
    Pull,
    /// Listens.
    Live,
    /// Asks for the versions of the schema.
    Schema,
    /// Asks what the server has of the log.
    Common,
    /// Asks for a piece of a blob.
    Blob,
}

/// How syncing stood from a time on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Since when, by the device's clock.
    pub at: WallTime,
    /// `connecting`, `connected`, `unreachable` or `no-network`.
    pub connection: String,
    /// Why nothing is tried: `signed-out` or `shut-out`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halt: Option<String>,
    /// What has made no progress for a minute: `sending` or `receiving`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<String>,
    /// Ops that no pull had confirmed.
    pub pending: u64,
    /// Conflicts to decide.
    pub conflicts: u64,
    /// Ops that were refused.
    pub rejected: u64,
}

impl Status {
    /// Whether another says the same, but for how large its numbers are.
    pub fn is_like(&self, other: &Self) -> bool {
        let needs = |it: &Self| (it.pending > 0, it.conflicts > 0, it.rejected > 0);
        let same =
            (&self.connection, &self.halt, &self.stuck) == (&other.connection, &other.halt, &other.stuck);
        same && needs(self) == needs(other)
    }
}
