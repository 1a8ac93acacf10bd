//! `GET …/schema?from=N`: the versions of a workspace's schema behind one that a device has, so that it can bring its
//! own database to the newest.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Epoch, Schema, Version};
use serde::{Deserialize, Serialize};

/// The versions of a schema behind one, oldest first. None where there is no newer one.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaReply {
    /// The history in which the places count.
    pub epoch: Epoch,
    /// The versions, without a gap.
    pub schemas: Vec<Released>,
}

/// A version of a schema, and where in the total order it came into force.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The place that the change took; zero for the version that the workspace was made with.
    pub at: Version,
    /// The running hash of the server's log there.
    pub hash: Hash,
    /// What devices have of it.
    pub schema: Schema,
}

/// What asks for the versions of the schema behind one, behind the path of its workspace.
pub fn path(behind: u32) -> String {
    format!("schema?behind={behind}")
}
