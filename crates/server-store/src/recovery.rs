//! What an operator is told after a server came back from an old backup.

use fieldbook_model::{Cursor, DeviceId, Epoch, OpId, Seq, Version, WallTime};
use fieldbook_protocol::push::Number;

/// What was lost, what waits for it, and what nobody has any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Where the workspace stands.
    pub head: Cursor,
    /// Nobody waits any longer for what was lost with the epochs before this one.
    pub closed: Epoch,
    /// The histories that ended, oldest first.
    pub ended: Vec<Ended>,
    /// What waits for a record that was lost.
    pub waits: Vec<Waits>,
    /// What nobody has any more.
    pub gaps: Vec<LostOps>,
    /// Up to where a backup is known to be safe.
    pub backup: Option<Version>,
}

/// A history that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Its number.
    pub epoch: Epoch,
    /// Up to here it is the same as the one in force.
    pub fork: Version,
    /// When the server learned of it.
    pub at: WallTime,
}

/// An op that waits for records that were lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Whose log.
    pub device: DeviceId,
    /// Whose device.
    pub name: String,
    /// Its place there.
    pub seq: Seq,
    /// The op.
    pub op_id: OpId,
    /// Its action.
    pub action: String,
    /// When it came.
    pub since: WallTime,
    /// The records that it names, as `type/id`.
    pub lacks: Vec<String>,
    /// How many ops wait behind it.
    pub behind: u64,
}

/// Ops that nobody has any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostOps {
    /// Whose log.
    pub device: DeviceId,
    /// Whose device.
    pub name: String,
    /// The first.
    pub first: Seq,
    /// The last.
    pub last: Seq,
    /// When the device said so.
    pub at: WallTime,
    /// The numbers of series that they gave out.
    pub numbers: Vec<Number>,
}

impl LostOps {
    /// How many they are.
    pub fn count(&self) -> u64 {
        (self.last.0 + 1).saturating_sub(self.first.0)
    }
}
