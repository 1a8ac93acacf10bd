//! `GET /v2/account/export`: everything of a person as lines of JSON, for that person. First the account, where that person is
//! a member, devices and notes; then for each workspace a line that names it, and behind it the records that the person reads there,
//! each as `fieldbook export` writes it: `{"type":…,"id":…,"version":…,"fields":{…}}`; the conflicts that wait for a decision, which
//! are records of the type `conflict`; and what was done to records, a line for each change of one record by one op, in the order in
//! which the server took them. The last line counts them; without it the export was cut off.

use fieldbook_model::{DeviceId, Fields, RecordId, UserId, Version, WallTime, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::account::InWorkspace;
use crate::history::HistoryLine;

/// The version of these lines.
pub const EXPORT_FORMAT: u32 = 2;

/// A line that is no record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportLine {
    /// The first.
    Account(ExportAccount),
    /// Where the person is a member.
    Membership(InWorkspace),
    /// A device, with its session.
    Device(ExportDevice),
    /// A decision of the person, or about that person.
    Note(ExportNote),
    /// The workspace of the records, conflicts and changes behind it.
    Workspace(InWorkspace),
    /// What was done to a record, as `fieldbook history` tells it.
    Change(Box<HistoryLine>),
    /// The last.
    End(ExportEnd),
}

/// Whose export this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportAccount {
    /// [`EXPORT_FORMAT`].
    pub format: u32,
    /// Who.
    pub user_id: UserId,
    /// The user's name.
    pub user: String,
    /// When the account was made.
    pub made_at: WallTime,
    /// When this was given out.
    pub at: WallTime,
}

/// A device, with its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportDevice {
    /// The device.
    pub device_id: DeviceId,
    /// What its person calls it.
    pub device: String,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// When it signed in first.
    pub first_signed_in: WallTime,
    /// When it signed in last.
    pub signed_in: WallTime,
    /// When it last called, to the minute.
    pub last_seen: WallTime,
    /// When its session was ended by hand, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<WallTime>,
    /// How many ops it had to send, as it last said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
}

/// A decision. Of those of others it says neither who that was nor from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportNote {
    /// When.
    pub at: WallTime,
    /// In which workspace, if in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// What, as the audit log calls it.
    pub deed: String,
    /// Whom or what it is about.
    pub about: String,
    /// Whether it was done; else it was tried and refused.
    pub is_done: bool,
    /// Whether it was in this person's name.
    pub own: bool,
    /// From which device of this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// From which address it was in this person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A record: a line of its own, without a name around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportRecord {
    /// Its type.
    #[serde(rename = "type")]
    pub of: String,
    /// Its id.
    pub id: RecordId,
    /// The version at which it changed last.
    pub version: Version,
    /// The fields that the person reads.
    pub fields: Fields,
}

/// That nothing is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportEnd {
    /// How many records there were.
    pub records: u64,
    /// How many conflicts; none before format 2.
    #[serde(default)]
    pub conflicts: u64,
    /// How many changes; none before format 2.
    #[serde(default)]
    pub changes: u64,
    /// How many notes.
    pub notes: u64,
}
