//! A server's order that a device destroys what it has, and the device's answer.

use fieldbook_model::{DeviceId, WallTime, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{Claim, Signature};
use crate::form::{Bytes, V1, form};
use crate::{DeviceKeys, DevicePublic, Fresh, KeyError, ServerKey, ServerPublic, What};

/// By what an order is known, which no other has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(pub Bytes<16>);

impl Nonce {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(Bytes(*fresh.draw("order").expose()))
    }
}

/// A server's order that a device destroys what it has.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WipeOrder {
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 1))]
    pub(crate) v: V1,
    /// What is to go.
    pub workspace: WorkspaceId,
    /// From where.
    pub device: DeviceId,
    /// By what the order is known.
    pub nonce: Nonce,
    /// When somebody gave it, by the server's clock.
    pub issued_at: WallTime,
}

form!(WipeOrder, What::WipeOrder);

impl WipeOrder {
    /// An order.
    pub const fn new(workspace: WorkspaceId, device: DeviceId, nonce: Nonce, issued_at: WallTime) -> Self {
        Self { v: V1, workspace, device, nonce, issued_at }
    }
}

impl Claim for WipeOrder {
    const NAME: &'static str = "fieldbook order to wipe v1";
    const WHAT: What = What::WipeOrder;
    fn fields(&self) -> Vec<u8> {
        let issued_at = self.issued_at.0.to_be_bytes();
        [self.workspace.bytes().as_slice(), self.device.bytes(), &self.nonce.0.0, &issued_at].concat()
    }
}

/// How sure it is that nothing is left.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// The secret was where a system destroys it for good. No holder so far is such a place.
    Destroyed,
    /// The secret lay in a file, as it was or under a password, which was overwritten or removed. The disk may still hold it.
    Removed,
}

/// A device's word that an order was carried out.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wiped {
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 1))]
    pub(crate) v: V1,
    /// What is gone.
    pub workspace: WorkspaceId,
    /// From where.
    pub device: DeviceId,
    /// The order's.
    pub nonce: Nonce,
    /// How many files were overwritten and removed.
    pub files: u64,
    /// How many ops went that the server never saw.
    pub unsent: u64,
    /// How sure it is.
    pub sure: Sure,
}

form!(Wiped, What::Wiped);

impl Wiped {
    /// The answer to an order.
    pub const fn new(order: &WipeOrder, files: u64, unsent: u64, sure: Sure) -> Self {
        let WipeOrder { v, workspace, device, nonce, .. } = *order;
        Self { v, workspace, device, nonce, files, unsent, sure }
    }
}

impl Claim for Wiped {
    const NAME: &'static str = "fieldbook wiped v1";
    const WHAT: What = What::Wiped;
    fn fields(&self) -> Vec<u8> {
        let counts = [self.files.to_be_bytes(), self.unsent.to_be_bytes()].concat();
        let sure = match self.sure {
            Sure::Destroyed => 1,
            Sure::Removed => 2,
        };
        [self.workspace.bytes().as_slice(), self.device.bytes(), &self.nonce.0.0, &counts, &[sure]].concat()
    }
}

impl ServerKey {
    /// Signs an order to wipe.
    pub fn sign_wipe(&self, order: &WipeOrder) -> Signature {
        order.sign(&self.0)
    }
}

impl ServerPublic {
    /// Whether this server gave this order.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when it did not.
    pub fn check_wipe(&self, order: &WipeOrder, signature: &Signature) -> Result<(), KeyError> {
        order.check(&self.sign, signature)
    }
}

impl DeviceKeys {
    /// Signs that it was wiped.
    pub fn sign_wiped(&self, wiped: &Wiped) -> Signature {
        wiped.sign(&self.sign)
    }
}

impl DevicePublic {
    /// Whether this device says that it was wiped.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when it does not.
    pub fn check_wiped(&self, wiped: &Wiped, signature: &Signature) -> Result<(), KeyError> {
        wiped.check(&self.sign, signature)
    }
}
