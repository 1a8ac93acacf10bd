//! What a device signs of a push.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{DeviceId, Hash, WorkspaceId};

use super::{Claim, Signature};
use crate::{DeviceKeys, DevicePublic, KeyError, What};

/// What a device says of a push: this is all of it. The ops in it name those before by their hashes; what a push says
/// beside its ops, that some are lost or that the log is a copy, has no other proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push {
    /// Where it goes.
    pub workspace: WorkspaceId,
    /// Who sends it.
    pub device: DeviceId,
    /// The hash of its body, as it is before it is packed.
    pub body: Hash,
}

impl Claim for Push {
    const NAME: &'static str = "fieldbook push v1";
    const WHAT: What = What::Push;
    fn fields(&self) -> Vec<u8> {
        let body = if planted(Defect::PushSignedUnread) { Hash::ZERO } else { self.body };
        [self.workspace.bytes().as_slice(), self.device.bytes(), &body.0].concat()
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
