//! All that a browser keeps of a device's keys, once it has a passphrase: one text, under a secret that never lay there in clear.
//!
//! The passphrase opens that secret ([`crate::LockedSecret`]), and that secret opens this. XChaCha20-Poly1305 with a random nonce.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::derive::{derive, fingerprint};
use crate::device::DeviceSecret;
use crate::form::{self, Bytes, Text, V1, form};
use crate::{Fresh, KeyError, Secret, What};

/// The name of the purpose.
const NAME: &[u8] = b"fieldbook keys of a browser under a secret v1";

/// A text that whoever has the secret reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guarded {
    v: V1,
    /// By what the key is known.
    key: Bytes<16>,
    nonce: Bytes<24>,
    /// The text and the tag.
    text: Text,
}

form!(Guarded, What::Guarded);

impl Guarded {
    /// Puts a text under a secret.
    pub fn put(text: &str, secret: &DeviceSecret, fresh: Fresh) -> Self {
        let key = key(secret);
        let nonce = *fresh.draw::<24>("nonce").expose();
        let payload = Payload { msg: text.as_bytes(), aad: NAME };
        let text = XChaCha20Poly1305::new(key.expose().into()).encrypt(&nonce.into(), payload);
        let text = text.expect("BUG: a text of more than 256 GiB");
        Self { v: V1, key: Bytes(fingerprint(&key)), nonce: Bytes(nonce), text: Text(text) }
    }

    /// Opens it again.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] when it lies under another secret, [`KeyError::Damaged`] when it was changed.
    pub fn open(&self, secret: &DeviceSecret) -> Result<Zeroizing<String>, KeyError> {
        let key = key(secret);
        if self.key.0 != fingerprint(&key) {
            return Err(KeyError::WrongKey(What::Guarded));
        }
        let payload = Payload { msg: &self.text.0, aad: NAME };
        let opened = XChaCha20Poly1305::new(key.expose().into()).decrypt(&self.nonce.0.into(), payload);
        let opened = Zeroizing::new(opened.map_err(|_| KeyError::Damaged(What::Guarded))?);
        let text = std::str::from_utf8(&opened).map_err(|_| form::not(What::Guarded, "keys are a text"))?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

fn key(secret: &DeviceSecret) -> Secret<32> {
    derive(&[secret.expose()], None, &[NAME])
}
