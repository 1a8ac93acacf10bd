//! What a device remembers of the server's log, so that a server which came back from an old backup is noticed (rule 4).
//!
//! The server's log has a running hash: that of a version is the hash of the one before, taken together with the hash
//! of the op's text. Whoever has the same hash at a version has the same history up to there.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Version};
use serde::{Deserialize, Serialize};

/// The server's log at one version.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Up to here …
    pub version: Version,
    /// … the log had this running hash.
    pub hash: Hash,
}

/// What a device remembers of the server's log, beside its cursor.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// At the cursor.
    pub hash: Hash,
    /// The furthest head that came with an answer to this device's ops, or with a page that it keeps, where that is beyond the
    /// cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Mark>,
    /// Some places before the cursor, oldest first, for a server that has to find out where two histories part. Only
    /// with a pull.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// Where a device is, and by what the server knows that this is a place of its own history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Where the device is.
    pub cursor: Cursor,
    /// What it remembers; a client that keeps nothing is asked for nothing.
    pub trail: Option<Box<Trail>>,
}

impl From<Cursor> for Standing {
    fn from(cursor: Cursor) -> Self {
        Self { cursor, trail: None }
    }
}
