//! What a device signs of a push.

use fieldbook_model::{DeviceId, Hash, Seq, WorkspaceId};

use super::{Claim, Signature};
use crate::{DeviceKeys, DevicePublic, KeyError, What};

/// What a device says of a push: up to which op its log goes with it. The chain of hashes carries all ops before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push {
    /// Where it goes.
    pub workspace: WorkspaceId,
    /// Whose log it is.
    pub device: DeviceId,
    /// The place of its last op.
    pub seq: Seq,
    /// The hash of that op.
    pub hash: Hash,
}

impl Claim for Push {
    const NAME: &'static str = "fieldbook push v1";
    const WHAT: What = What::Push;
    fn fields(&self) -> Vec<u8> {
        let seq = self.seq.0.to_be_bytes();
        [self.workspace.bytes().as_slice(), self.device.bytes(), &seq, &self.hash.0].concat()
    }
}

impl DeviceKeys {
    /// Signs a push.
    pub fn sign_push(&self, push: &Push) -> Signature {
        push.sign(&self.sign)
    }
}

impl DevicePublic {
    /// Whether this device signed this push.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when it did not.
    pub fn check_push(&self, push: &Push, signature: &Signature) -> Result<(), KeyError> {
        push.check(&self.sign, signature)
    }
}
