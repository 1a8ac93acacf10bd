//! What an operator asks about queues: how far each device's log is here, and what waits in the workspace, since when and
//! for whom.

use fieldbook_model::{DeviceId, OpId, Seq, WallTime};

/// A device's log, as far as it is here. What a device has not sent yet the server does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// Whose log.
    pub device: DeviceId,
    /// So many of its ops are here.
    pub last: Seq,
    /// When the last of them came; `None` for a log that is empty.
    pub last_at: Option<WallTime>,
    /// So many of them wait.
    pub held: u64,
}

/// An op that waits here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// Whose log.
    pub device: DeviceId,
    /// Who wrote it.
    pub by: String,
    /// Its place there.
    pub seq: Seq,
    /// The op.
    pub op_id: OpId,
    /// Its action.
    pub action: String,
    /// When it came.
    pub since: WallTime,
    /// The op whose conflict it waits in: itself, or the one that it builds upon.
    pub conflict: OpId,
    /// Whether it waits for what the server lost, and for no person.
    pub is_lost: bool,
    /// The records that it touches, as `type/id`.
    pub records: Vec<String>,
}
