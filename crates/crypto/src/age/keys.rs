//! Who an age file is for, and what opens it: X25519 keys in Bech32 (BIP 173).

use std::fmt;

use base64ct::{Base64Unpadded, Encoding};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use fieldbook_model::json::Words;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::header::{Stanza, decoded};
use crate::derive::derive;
use crate::secret::key;
use crate::{Fresh, KeyError, Secret, What, form};

/// What a file key is wrapped under a key of.
const LABEL: &[u8] = b"age-encryption.org/v1/X25519";
/// What a recipient begins with.
const RECIPIENT: Hrp = Hrp::parse_unchecked("age");
/// Told of what is no recipient.
const NO_RECIPIENT: Words = Words("a recipient is age1 and 58 letters and digits");
/// What an identity begins with.
const IDENTITY: Hrp = Hrp::parse_unchecked("age-secret-key-");

key!(/// What opens files of the age format. Whoever reads diagnostics has it, and no device.
    Identity);

/// Who a file is encrypted to, as `age1…`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient([u8; 32]);

/// A stanza that says `X25519` and is none.
#[derive(Debug)]
pub struct NoStanza;

impl Identity {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(fresh.key("age identity"))
    }

    /// Reads `AGE-SECRET-KEY-1…`, also out of a file of `age-keygen`: lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// [`KeyError::Form`] for anything else, and for more than one identity.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let [line]: [&str; 1] = lines.collect::<Vec<_>>().try_into().map_err(|_| no_identity())?;
        let read = Self(Secret::new(unbech(line, IDENTITY).ok_or_else(no_identity)?));
        // In one spelling only: capitals.
        if read.write().trim_end() == line { Ok(read) } else { Err(no_identity()) }
    }

    /// As `AGE-SECRET-KEY-1…` and the end of the line.
    pub fn write(&self) -> Zeroizing<String> {
        // With room from the start: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(80));
        let written = bech32::encode_upper_to_fmt::<Bech32, _>(&mut *text, IDENTITY, self.expose());
        written.expect("BUG: 32 bytes are too much for Bech32");
        text.push('\n');
        text
    }

    /// Who this opens files of.
    pub fn recipient(&self) -> Recipient {
        Recipient(PublicKey::from(&self.secret()).to_bytes())
    }

    /// The file key in a stanza, if it is wrapped for this identity.
    pub(super) fn unwrap(&self, stanza: &Stanza) -> Result<Option<Secret<16>>, NoStanza> {
        let [_, share] = stanza.words.as_slice() else { return Err(NoStanza) };
        let share: [u8; 32] = decoded(share).and_then(|share| share.try_into().ok()).ok_or(NoStanza)?;
        if stanza.body.len() != 32 {
            return Err(NoStanza);
        }
        let key = wrapping(&self.secret(), &share, &share, &self.recipient().0).ok_or(NoStanza)?;
        let opened =
            ChaCha20Poly1305::new(key.expose().into()).decrypt(&[0; 12].into(), stanza.body.as_slice());
        let Ok(opened) = opened.map(Zeroizing::new) else { return Ok(None) };
        Ok(Some(Secret::filled(|bytes| bytes.copy_from_slice(&opened))))
    }

    fn secret(&self) -> StaticSecret {
        StaticSecret::from(*self.expose())
    }
}

impl Recipient {
    /// Reads `age1…`.
    ///
    /// # Errors
    /// [`KeyError::Form`] for anything else.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let read = unbech(text, RECIPIENT).map(Self).filter(|read| read.to_string() == text);
        read.ok_or_else(|| form::not(What::Recipient, NO_RECIPIENT.0))
    }

    /// Wraps a file key for it; `None` where no one can have its identity.
    pub(super) fn wrap(&self, file_key: &Secret<16>, ephemeral: &Secret<32>) -> Option<Stanza> {
        let ephemeral = StaticSecret::from(*ephemeral.expose());
        let share = PublicKey::from(&ephemeral).to_bytes();
        let key = wrapping(&ephemeral, &self.0, &share, &self.0)?;
        let cipher = ChaCha20Poly1305::new(key.expose().into());
        let body = cipher.encrypt(&[0; 12].into(), file_key.expose().as_slice());
        let body = body.expect("BUG: 16 bytes are too much for ChaCha20-Poly1305");
        Some(Stanza { words: vec!["X25519".to_owned(), Base64Unpadded::encode_string(&share)], body })
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_lower_to_fmt::<Bech32, _>(f, RECIPIENT, &self.0).map_err(|_| fmt::Error)
    }
}

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).map_err(|_| de::Error::custom(NO_RECIPIENT))
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

/// The key that a file key is wrapped under; `None` for a point of low order.
fn wrapping(
    own: &StaticSecret,
    other: &[u8; 32],
    share: &[u8; 32],
    recipient: &[u8; 32],
) -> Option<Secret<32>> {
    let shared = own.diffie_hellman(&PublicKey::from(*other));
    let salt = [share.as_slice(), recipient].concat();
    shared.was_contributory().then(|| derive(&[shared.as_bytes()], Some(&salt), &[LABEL]))
}

fn unbech(text: &str, begin: Hrp) -> Option<[u8; 32]> {
    let checked = CheckedHrpstring::new::<Bech32>(text).ok()?;
    if checked.hrp() != begin || checked.byte_iter().len() != 32 {
        return None;
    }
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(checked.byte_iter()).for_each(|(to, from)| *to = from);
    Some(bytes)
}

fn no_identity() -> KeyError {
    form::not(What::Identity, "an identity is one line: AGE-SECRET-KEY-1 and 58 capitals and digits")
}
