//! What is signed, each thing under a name of its own, with Ed25519 (RFC 8032).
//!
//! ```text
//!   name of the purpose, 00, SHA-256 of its fields one after the other, each of a fixed width
//! ```
//!
//! A signature is checked strictly: no key and no point of small order, no second spelling of a signature.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use fieldbook_model::{DeviceId, Hash, Seq, WallTime, WorkspaceId};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::device::{DeviceKeys, DevicePublic};
use crate::form::{Bytes, V1};
use crate::server::{ServerKey, ServerPublic};
use crate::{KeyError, What};

/// An Ed25519 public key that a signature can be trusted under: a point, and none of small order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SignPublic(Bytes<32>);

impl SignPublic {
    /// The 32 bytes of RFC 8032.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0.0
    }

    /// From 32 bytes, if they are such a key.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        (!key.is_weak()).then_some(Self(Bytes(bytes)))
    }
}

impl fmt::Debug for SignPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignPublic({})", self.0)
    }
}

impl<'de> Deserialize<'de> for SignPublic {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        const WORDS: fieldbook_model::json::Words = fieldbook_model::json::Words("not an Ed25519 public key");
        Self::from_bytes(Bytes::deserialize(d)?.0).ok_or_else(|| de::Error::custom(WORDS))
    }
}

/// An Ed25519 signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(Bytes<64>);

impl Signature {
    /// The 64 bytes of RFC 8032.
    pub const fn bytes(&self) -> &[u8; 64] {
        &self.0.0
    }

    /// From 64 bytes. Whether they are a signature of anything is seen when they are checked.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(Bytes(bytes))
    }
}

/// What belongs to a key that signs.
pub fn public(key: &SigningKey) -> SignPublic {
    SignPublic(Bytes(key.verifying_key().to_bytes()))
}

/// What can be signed.
trait Claim {
    /// Its name, which no other kind of thing has.
    const NAME: &'static str;
    const WHAT: What;
    /// Its fields, each of a fixed width.
    fn fields(&self) -> Vec<u8>;

    fn message(&self) -> Vec<u8> {
        let hash = Hash::of(&self.fields());
        [Self::NAME.as_bytes(), &[0], &hash.0].concat()
    }

    fn sign(&self, key: &SigningKey) -> Signature {
        Signature(Bytes(key.sign(&self.message()).to_bytes()))
    }

    fn check(&self, key: &SignPublic, signature: &Signature) -> Result<(), KeyError> {
        is_signed(&self.message(), key, signature).then_some(()).ok_or(KeyError::Signature(Self::WHAT))
    }
}

/// Whether a key signed a message, strictly.
pub fn is_signed(message: &[u8], key: &SignPublic, signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature.bytes());
    VerifyingKey::from_bytes(key.bytes()).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

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

/// By what an order is known, which no other has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(pub Bytes<16>);

impl Nonce {
    /// A new one.
    pub fn make(fresh: crate::Fresh) -> Self {
        Self(Bytes(*fresh.draw("order").expose()))
    }
}

/// A server's order that a device destroys what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WipeOrder {
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

crate::form::form!(WipeOrder, What::WipeOrder);

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// The secret was in the operating system's secure store, or under a passphrase, and is gone from there.
    Destroyed,
    /// The secret lay in a file as it was, which was overwritten and removed. The disk may still hold it.
    Removed,
}

/// A device's word that an order was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wiped {
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

crate::form::form!(Wiped, What::Wiped);

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

/// What a device says of a diagnostics bundle: that it made this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    /// Who made it.
    pub device: DeviceId,
    /// Of the encrypted file.
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
    /// Signs a push.
    pub fn sign_push(&self, push: &Push) -> Signature {
        push.sign(&self.sign)
    }

    /// Signs that it was wiped.
    pub fn sign_wiped(&self, wiped: &Wiped) -> Signature {
        wiped.sign(&self.sign)
    }

    /// Signs a diagnostics bundle.
    pub fn sign_bundle(&self, bundle: &Bundle) -> Signature {
        bundle.sign(&self.sign)
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

    /// Whether this device says that it was wiped.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when it does not.
    pub fn check_wiped(&self, wiped: &Wiped, signature: &Signature) -> Result<(), KeyError> {
        wiped.check(&self.sign, signature)
    }

    /// Whether this device made this bundle.
    ///
    /// # Errors
    /// [`KeyError::Signature`] when it did not.
    pub fn check_bundle(&self, bundle: &Bundle, signature: &Signature) -> Result<(), KeyError> {
        bundle.check(&self.sign, signature)
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
