//! Blobs that records name, and what of them is here.

use fieldbook_model::RecordId;
use fieldbook_model::chain::Hash;
use serde::Serialize;

use crate::blobs::{BlobState, BlobsHere, NamedBlob};

/// A blob for programs.
#[derive(Serialize)]
pub struct BlobForm {
    /// The SHA-256 of its bytes.
    pub sum: Hash,
    /// The type of the record that names it.
    #[serde(rename = "type")]
    pub of: String,
    /// Its id.
    pub id: RecordId,
    /// The field.
    pub field: String,
    /// How many bytes it has, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Whether its bytes are here.
    pub here: bool,
    /// Why they are not: `not-yet`, `no-room`, `not-on-server`, `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
    /// What was left where it did not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<u64>,
}

impl From<NamedBlob> for BlobForm {
    fn from(NamedBlob { sum, of, id, field, bytes: size, state }: NamedBlob) -> Self {
        let (why, room) = match state {
            BlobState::Here => (None, None),
            BlobState::NotYet { .. } => (Some("not-yet"), None),
            BlobState::NoRoom { room } => (Some("no-room"), room),
            BlobState::NotOnServer => (Some("not-on-server"), None),
            BlobState::Failed => (Some("failed"), None),
        };
        Self { sum, of, id, field, size, here: why.is_none(), why, room }
    }
}

/// The blobs of a part, for programs.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct BlobsForm {
    /// How many its records name.
    pub named: u64,
    /// How many of them are here.
    pub here: u64,
    /// The bytes of those.
    pub bytes: u64,
}

impl From<BlobsHere> for BlobsForm {
    fn from(BlobsHere { named, here, bytes }: BlobsHere) -> Self {
        Self { named, here, bytes }
    }
}
