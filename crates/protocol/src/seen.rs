//! Who looks at a record: a device says that its person does, and is told who else does or did a short while ago.
//!
//! `POST /v2/workspaces/{w}/records/{type}/{id}/seen`. The server keeps it in memory, for minutes.

use fieldbook_model::{UserId, WallTime};
use serde::{Deserialize, Serialize};

/// What a device says. It says so again and again for as long as the record is on its screen.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenRequest {
    /// Whether its person looks at the record now; `false`: no longer.
    pub looking: bool,
}

/// The reply. A record that is not there, or not for the person, is the problem `not-found`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReply {
    /// The other people: who was heard of last comes first, and each stands here once.
    pub people: Vec<Onlooker>,
}

/// Somebody who looks at a record, or did.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onlooker {
    /// Who.
    pub user: UserId,
    /// The user's name.
    pub name: String,
    /// When the server last heard that, by its clock.
    pub last_seen: WallTime,
    /// Whether the person looks at it still.
    pub here: bool,
}
