//! What a device signs of a diagnostics bundle.

use fieldbook_model::{DeviceId, Hash};

use super::{Claim, Signature};
use crate::{DeviceKeys, DevicePublic, KeyError, What};

/// What a device says of a diagnostics bundle: that it wrote what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    /// Who made it.
    pub device: DeviceId,
    /// Of what it holds, as it was before it was encrypted.
    pub hash: Hash,
}

impl Claim for Bundle {
    const NAME: &'static str = "fieldbook diagnostics v1";
    const WHAT: What = What::Bundle;
    fn fields(&self) -> Vec<u8> {
        [self.device.bytes().as_slice(), &self.hash.0].concat()
    }
}

impl DeviceKeys {
    /// Signs a diagnostics bundle.
    pub fn sign_bundle(&self, bundle: &Bundle) -> Signature {
        bundle.sign(&self.sign)
    }
}

impl DevicePublic {
    /// Whether this device made this bundle.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when it did not.
    pub fn check_bundle(&self, bundle: &Bundle, signature: &Signature) -> Result<(), KeyError> {
        bundle.check(&self.sign, signature)
    }
}
