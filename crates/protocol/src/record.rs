//! One record, by its id: what a device asks for that does not hold it.
//!
//! `GET /v2/workspaces/{w}/records/{type}/{id}?schema=N`.

use fieldbook_model::{Fields, RecordId, Scope, Version, WallTime};
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
