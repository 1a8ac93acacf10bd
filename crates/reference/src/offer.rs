//! What is handed to the server: an op or what is left of it, its place in a log, and by whom.

use fieldbook_model::chain::Hash;
use fieldbook_model::{DeviceId, Op, OpId, SealedOp, Seq, UserId, WorkspaceId};

/// Who offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where.
    pub workspace: WorkspaceId,
    /// The person.
    pub user: UserId,
    /// The device, which has one log.
    pub device: DeviceId,
    /// What the account says that the person is, as schemas name it; it counts until an owner says something.
    pub role: String,
}

/// One op at its place.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its identity.
    pub op_id: OpId,
    /// Its place in the device's log.
    pub seq: Seq,
    /// The hash of the op before it.
    pub previous: Hash,
    /// Its own hash.
    pub hash: Hash,
    /// What it says, as far as that can be read.
    pub content: Content,
}

/// What an op says.
#[derive(Debug, Clone)]
pub enum Content {
    /// All of it, and how many bytes that are.
    Whole(Box<Op>, usize),
    /// No op of this protocol.
    Broken,
    /// It was too large to send.
    TooLarge,
}

impl From<&SealedOp> for Offer {
    fn from(sealed: &SealedOp) -> Self {
        let SealedOp { op, text, hash } = sealed;
        let content = Content::Whole(Box::new(op.clone()), text.len());
        Self { op_id: op.op_id, seq: op.seq, previous: op.previous, hash: *hash, content }
    }
}
