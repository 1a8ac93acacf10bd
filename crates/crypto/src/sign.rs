//! What is signed, each thing under a name of its own, with Ed25519 (RFC 8032).
//!
//! ```text
//!   name of the purpose, 00, SHA-256 of its fields one after the other, each of a fixed width
//! ```
//!
//! A signature is checked strictly: no key and no point of small order, no second spelling of a signature.

mod bundle;
mod push;
mod wipe;

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use fieldbook_model::Hash;
use fieldbook_model::json::Words;
use serde::{Deserialize, Deserializer, Serialize, de};

pub use bundle::Bundle;
pub use push::Push;
pub use wipe::{Nonce, Sure, WipeOrder, Wiped};

use crate::form::{Bytes, undigits};
use crate::{KeyError, What};

/// An Ed25519 public key that a signature can be trusted under: a point in its one spelling, and none of small order.
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
        // A point can be spelled in two ways; two keys that are one would be told apart.
        let one_spelling = key.to_edwards().compress().to_bytes() == bytes;
        (one_spelling && !key.is_weak()).then_some(Self(Bytes(bytes)))
    }
}

impl fmt::Debug for SignPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignPublic({})", self.0)
    }
}

impl<'de> Deserialize<'de> for SignPublic {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        const WORDS: Words = Words("not an Ed25519 public key");
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

    /// From the digits that its `Display` writes.
    pub fn parse(digits: &str) -> Option<Self> {
        let mut bytes = [0; 64];
        undigits(digits, &mut bytes).then_some(Self(Bytes(bytes)))
    }

    /// From 64 bytes. Whether they are a signature of anything is seen when they are checked.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(Bytes(bytes))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
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
