//! Thirty-two secret bytes under a key: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce.
//!
//! Beside it stands the fingerprint of the key, so that a wrong key and a damaged text are told apart, and so that no text
//! opens under two keys.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::derive::fingerprint;
use crate::form::Bytes;
use crate::{Fresh, KeyError, Secret, What};

/// A secret of 32 bytes under a key, for one purpose and place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// By what the key is known.
    key: Bytes<16>,
    nonce: Bytes<24>,
    /// The 32 bytes and the tag.
    text: Bytes<48>,
}

impl Locked {
    /// The nonce: no two of anything under one key have the same.
    pub const fn nonce(&self) -> &[u8; 24] {
        &self.nonce.0
    }

    /// By what the key is known that opens it.
    pub const fn key(&self) -> &[u8; 16] {
        &self.key.0
    }

    pub(crate) fn lock(secret: &Secret<32>, key: &Secret<32>, place: &[u8], fresh: &Fresh) -> Self {
        let nonce = *fresh.draw::<24>("nonce").expose();
        let payload = Payload { msg: secret.expose(), aad: place };
        let text = XChaCha20Poly1305::new(key.expose().into()).encrypt(&nonce.into(), payload);
        let text = text.ok().and_then(|text| text.try_into().ok());
        let text = text.expect("BUG: 32 bytes and a tag are not 48 bytes");
        Self { key: Bytes(fingerprint(key)), nonce: Bytes(nonce), text: Bytes(text) }
    }

    pub(crate) fn open(&self, what: What, key: &Secret<32>, place: &[u8]) -> Result<Secret<32>, KeyError> {
        if self.key.0 != fingerprint(key) {
            return Err(KeyError::WrongKey(what));
        }
        let payload = Payload { msg: &self.text.0, aad: place };
        let opened = XChaCha20Poly1305::new(key.expose().into()).decrypt(&self.nonce.0.into(), payload);
        let opened = Zeroizing::new(opened.map_err(|_| KeyError::Damaged(what))?);
        Ok(Secret::filled(|bytes| bytes.copy_from_slice(&opened)))
    }
}
