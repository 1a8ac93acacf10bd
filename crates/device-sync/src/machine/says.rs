//! What the machine is told, and what it says to do.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Seq, Version, WallTime};
use fieldbook_protocol::PushReply;
use fieldbook_protocol::live::Event;

use super::Conditions;
use crate::backoff::Backoff;
use crate::trouble::Trouble;

/// The time, as a driver hands it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of a clock that only goes forward.
    pub mono_ms: u64,
    /// What the device's wall clock says.
    pub wall: WallTime,
}

/// Names a call, so that the late answer to an old one is known as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What the machine is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The store is open. Everything else comes after this.
    Begin {
        /// Where the device is.
        cursor: Cursor,
        /// A wait that was going on when the last session ended.
        backoff: Option<Backoff>,
        /// Whether a scope is asked for that is not on the device.
        wants: bool,
    },
    /// There is something new in the op log.
    Wrote,
    /// The answer to `Collect`: a batch, or nothing is waiting.
    Collected(Option<Collected>),
    /// The answer to `Push`.
    Pushed(CallId, Result<PushReply, Trouble>),
    /// `Record` is done.
    Recorded,
    /// More of a pull's next page, or of a push's reply, arrived, and it is not whole yet. Once a second is enough.
    Progress(CallId),
    /// A page of a pull or of a load.
    Page(CallId, String),
    /// The answer to `Keep`.
    Kept(Kept),
    /// The answer to `Load` where there is nothing to load, or nothing yet.
    NothingToLoad(CallId),
    /// The answer to `LookApart`.
    Apart(Apart),
    /// The scopes that a person asks for are others now.
    Scopes,
    /// A pull, or a load, is over.
    PullEnded(CallId, Result<(), Trouble>),
    /// The answer to `Apply`.
    Applied(Applied),
    /// The answer to `FetchSchema`, as text.
    Schema(CallId, Result<String, Trouble>),
    /// The answer to `Upgrade`: where the store is now, or why it could not be done.
    Upgraded(Result<Cursor, String>),
    /// The answer to `AskCommon`, as text.
    Common(CallId, Result<String, Trouble>),
    /// The answer to `Part`, or why it could not be done.
    Parted(Result<(), String>),
    /// So many blobs are wanted that are not here: the answer to `Level` and to `KeepBlob`.
    Blobs(u64),
    /// What came of a `FetchBlob`.
    Blob(CallId, Result<Brought, Trouble>),
    /// The answer to `FetchBlob` where none is wanted.
    NoBlob(CallId),
    /// An event of the live stream.
    Live(CallId, Event),
    /// The live stream is over.
    LiveEnded(CallId, Trouble),
    /// Somebody asked to sync now: waiting is over. Without a network it changes nothing.
    SyncNow,
    /// What surrounds the device has changed. A network that came back ends waiting too.
    Conditions(Conditions),
    /// Time has passed.
    Tick,
}

/// What a server gave of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// Some of its bytes.
    Piece(Piece),
    /// It has none of this sum for this device.
    Nothing(Hash),
    /// It does not give this one out, for a reason that waiting does not mend.
    Refused(Hash),
}

/// Some bytes of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which blob.
    pub sum: Hash,
    /// The place of the first of them.
    pub first: u64,
    /// How many the blob has.
    pub total: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A batch of ops, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The body of the push.
    pub body: String,
    /// Its first op.
    pub first: Seq,
    /// Its last op.
    pub last: Seq,
    /// How many.
    pub ops: u32,
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It is shown; the device has everything up to here, and the head was there.
    Shown {
        /// The device's cursor.
        cursor: Cursor,
        /// The last version of the workspace that the page knew of.
        head: Version,
        /// Whether a scope is shown now that was not before.
        joined: bool,
        /// Ops that were answered have to be offered again: the server has lost them.
        again: bool,
    },
    /// The same, and the workspace has a newer version of the schema, which the device wants.
    Outgrown {
        /// The device's cursor.
        cursor: Cursor,
        /// The last version of the workspace that the page knew of.
        head: Version,
        /// As in `Shown`.
        joined: bool,
        /// As in `Shown`.
        again: bool,
    },
    /// The same, and the device holds something else than the server.
    Differs {
        /// The device's cursor.
        cursor: Cursor,
        /// The last version of the workspace that the page knew of.
        head: Version,
        /// As in `Shown`.
        joined: bool,
        /// As in `Shown`.
        again: bool,
        /// What is done about it.
        repair: Repair,
    },
    /// It is of a server that does not know the device's version of the schema yet.
    TooOld,
    /// It is kept until the rest is there.
    Staged {
        /// Up to here everything is stored.
        upto: Version,
        /// The last version of the workspace that the page knew of.
        head: Version,
    },
    /// Nothing in it was new.
    Known,
    /// It does not join what the device has.
    Gap,
    /// It tells of ops that stand in the log's places and are not the log's: this device was restored or copied.
    Forked,
    /// It is not a page, or not of this workspace.
    Unusable(String),
}

/// What is done about a difference between device and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// The next pull fetches everything again.
    Fetch,
    /// That did not help: nothing, until a person wants it.
    Vain,
}

/// What became of a page of a scope's snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is kept until the rest is there.
    Part,
    /// The rest is there: the next pull joins it.
    Whole,
    /// It does not join what is there; the load has to be asked for again.
    Useless,
    /// It is not a page, or not of this workspace.
    Unusable(String),
}

/// What of the scopes that are asked for is not shown after a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// Nothing.
    Nothing,
    /// A scope is whole, and the next pull joins it.
    Whole,
    /// A scope is to be loaded, also one that the pull did not join.
    Wanted,
}

/// What a driver is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Take ops from the log, and tell `Collected`.
    Collect {
        /// From this seq; else from the first without an answer.
        from: Option<Seq>,
        /// At most so many ops; `None`: as the limits say.
        ops_max: Option<u32>,
        /// Only the head of one op, because it is too large to send.
        head_only: bool,
    },
    /// Send a push, and tell `Pushed`.
    Push(CallId, String),
    /// Store answers, and tell `Recorded`.
    Record(PushReply),
    /// Pull from where the store is, and tell `Page` for each page and `PullEnded`.
    Pull(CallId),
    /// Fetch the versions of the schema behind the store's, and tell `Schema`.
    FetchSchema(CallId),
    /// Bring the store to the newest of these versions, and tell `Upgraded`.
    Upgrade(String),
    /// Ask what the server has of the log, and tell `Common`.
    AskCommon(CallId),
    /// Begin a log of its own behind what the server has, under a name made of this randomness, and tell `Parted`.
    Part(String, [u8; 10]),
    /// Take in a page, and tell `Applied`.
    Apply(String),
    /// Load the next scope that is asked for, and tell `Page` for each page and `PullEnded`; or tell `NothingToLoad`.
    Load(CallId),
    /// Keep a page of a scope's snapshot, and tell `Kept`.
    Keep(String),
    /// A pull is at its end: a scope that it was asked to join is wanted anew. Tell `Apart`.
    LookApart,
    /// Ask for the next piece of the blob that is wanted most, and tell `Blob`; or tell `NoBlob`.
    FetchBlob(CallId),
    /// Keep what came of a blob, and tell `Blobs`.
    KeepBlob(Brought),
    /// Open a live stream at a cursor, and tell `Live` and `LiveEnded`.
    OpenLive(CallId, Cursor),
    /// Stop a call; nothing more of it is wanted.
    Cancel(CallId),
    /// Keep this wait, or that there is none, beyond a restart.
    Remember(Option<Backoff>),
    /// The device is level with the server as far as it knows. Tell `Blobs` where a record names one that is not here.
    Level,
}
