//! What was done to a record, or by an op, as a person reads it. The server has all of it, a device its own part.
//!
//! `GET /v2/workspaces/{w}/history/{type}/{id}` and `GET /v2/workspaces/{w}/history/op/{op_id}`; of a whole workspace, or a part
//! of one, `GET /v2/workspaces/{w}/history`.

use fieldbook_model::{DeviceId, Json, OpId, RecordId, Scope, UserId, Version, WallTime};
use serde::{Deserialize, Serialize};

/// The reply: oldest first.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryReply {
    /// A line for each change of a record by an op.
    pub lines: Vec<HistoryLine>,
}

/// One change of one record by one op.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Its place in the total order; none while the server has not ordered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The op.
    pub op_id: OpId,
    /// The op that let it happen, where it was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<OpId>,
    /// The action.
    pub action: String,
    /// Who.
    pub user: UserId,
    /// The user's name.
    pub name: String,
    /// Where.
    pub device: DeviceId,
    /// What the device's clock said when the user acted.
    pub edited_at: WallTime,
    /// When the server took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_at: Option<WallTime>,
    /// Its device's clock was ahead of the server's: where edits are compared by time, this one counts as written when
    /// the server took it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_ahead: bool,
    /// The record's type.
    #[serde(rename = "type")]
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// What a person knows the record by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `insert`, `update`, `delete` or `restore`.
    pub verb: String,
    /// What became of making, deleting or bringing it back: see `docs/guide/wire.md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The other change that it met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Version>,
    /// The fields that it wrote.
    pub units: Vec<HistoryUnit>,
    /// The op as a sentence: "Priya moved Pump 3 on Floor 3".
    pub says: String,
}

/// One field of a change.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryUnit {
    /// Its name.
    pub field: String,
    /// What it held.
    pub before: Json,
    /// What it was to hold.
    pub after: Json,
    /// What became of it.
    pub outcome: String,
    /// The other change that it met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Version>,
}

/// What happened last in a workspace, or in a part of it: newest first.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineReply {
    /// What each op did, whole.
    pub entries: Vec<TimelineEntry>,
    /// What is older comes to whoever asks for what was `before` this; without it there is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Version>,
}

/// What one op did.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Its place in the total order; of one that was held that of the op that let it happen.
    pub version: Version,
    /// The op.
    pub op_id: OpId,
    /// The action.
    pub action: String,
    /// Who.
    pub user: UserId,
    /// The user's name.
    pub name: String,
    /// Where.
    pub device: DeviceId,
    /// What the device's clock said when the user acted.
    pub edited_at: WallTime,
    /// When the server took it.
    pub synced_at: WallTime,
    /// The op as a sentence.
    pub says: String,
    /// What it did to each record.
    pub changes: Vec<TimelineChange>,
}

/// What an op did to one record.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineChange {
    /// `insert`, `update`, `delete` or `restore`.
    pub verb: String,
    /// The record's type.
    #[serde(rename = "type")]
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// What a person knows the record by.
    pub label: String,
    /// The part of the workspace in which it lies by now; none of one that lies in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The fields that it wrote.
    pub fields: Vec<String>,
}
