//! One record, by its id: what a device asks for that does not hold it. And the records of a type, for a screen that keeps nothing.
//!
//! `GET /v2/workspaces/{w}/records/{type}/{id}?schema=N` and `GET /v2/workspaces/{w}/records/{type}`; how much a part is that nobody loaded
//! yet, `GET /v2/workspaces/{w}/size?scope=…`.

use fieldbook_model::{Cursor, Fields, Json, RecordId, Scope, Version, WallTime};
use serde::{Deserialize, Serialize};

/// The reply. A record that is not there, or not for the person, is the problem `not-found`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordReply {
    /// Its type.
    #[serde(rename = "type")]
    pub of: String,
    /// Its id.
    pub id: RecordId,
    /// The version that changed it last.
    pub version: Version,
    /// The scopes around it, the outermost first.
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// The fields that the person reads, in the version of the schema that was asked for.
    pub fields: Fields,
    /// The server's clock.
    pub time: WallTime,
}

/// Records of a type, as a table: what a device's query of the same would give.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordsReply {
    /// Where the workspace stood when they were read: a live stream goes on from there.
    pub cursor: Cursor,
    /// How many fit, told or not.
    pub total: u64,
    /// `id`, the fields in the schema's order, `_version`.
    pub columns: Vec<String>,
    /// A list of cells for each.
    pub rows: Vec<Vec<Json>>,
}

/// How much a part of the workspace is.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeReply {
    /// What lies in the part itself.
    pub own: PartSize,
    /// That, with what lies in the parts within it.
    pub beneath: PartSize,
}

/// How much some records are.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSize {
    /// How many.
    pub records: u64,
    /// What they hold takes so many bytes; on a device it is about twice that, with indexes.
    pub bytes: u64,
    /// The blobs that they name and the server has.
    pub blobs: u64,
    /// All of those together, in bytes.
    pub blob_bytes: u64,
}
