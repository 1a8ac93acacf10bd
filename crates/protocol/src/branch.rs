//! A device that was restored from an old backup, or copied, and the other go on in one log with different ops. The one
//! whose ops the server does not have asks how far both are the same, and goes on in a log of its own from there (rule 23).

use fieldbook_model::chain::Hash;
use fieldbook_model::{DeviceId, Epoch, OpId, Seq};
use serde::{Deserialize, Serialize};

/// A log that begins as a copy of another.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The log's own name.
    pub device: DeviceId,
    /// The other log, and the last op that both have.
    pub from: Common,
}

/// The last op that two logs have in common.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// Whose log it stands in.
    pub device: DeviceId,
    /// Its place; zero: they have none.
    pub seq: Seq,
    /// The hash of its text.
    pub hash: Hash,
}

/// `POST …/common`: which of some ops does the server have (rule 58)?
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommonRequest {
    /// Those of a device's log in their order; of a very long one the last.
    pub log: Vec<Entry>,
}

/// An op of a device's log.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// Its identity.
    pub op_id: OpId,
    /// The hash of its text.
    pub hash: Hash,
}

/// The answer: the last of them that the server has, if it has any.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommonReply {
    /// In which log, and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common: Option<Common>,
    /// What the server lost of the log before that place and goes on without: the first and the last of each part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<(Seq, Seq)>,
    /// The history that the server is in, if it ever lost one: what a device of an older one has confirmed counts for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}
