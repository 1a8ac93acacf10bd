//! What waits in a workspace, since when, and why: for whoever runs the server.

use fieldbook_model::{DeviceId, WallTime};

/// Why ops wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A person has to decide a conflict.
    Conflict,
    /// They name records that the server lost, and that may still come from another device.
    LostBase,
}

/// The ops of one device that wait for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Why.
    pub why: Why,
    /// Whose log.
    pub device: DeviceId,
    /// Who pushed them.
    pub name: String,
    /// How many ops.
    pub ops: u64,
    /// In how many conflicts.
    pub conflicts: u64,
    /// When the oldest of them came.
    pub since: WallTime,
}
