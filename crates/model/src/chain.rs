//! The hash chain of a device's log: an op's bytes are fixed when it is made, and name the op before it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::json::{self, JsonError, Words};
use crate::op::Op;

/// A SHA-256, written in 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Before the first op of a log.
    pub const ZERO: Self = Self([0; 32]);

    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads 64 lower-case hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |b: u8| match b {
            b'0'..=b'9' => Some(b - b'0'),
            b'a'..=b'f' => Some(b - b'a' + 10),
            _ => None,
        };
        let mut hash = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(hash))
    }

    /// Of two hashes one after the other: how a running hash takes in the next entry.
    pub fn then(&self, next: &Self) -> Self {
        let mut both = [0; 64];
        both[..32].copy_from_slice(&self.0);
        both[32..].copy_from_slice(&next.0);
        Self::of(&both)
    }
}

/// The hexadecimal digits of some bytes.
fn digits<'a>(text: &'a mut [u8; 64], bytes: &[u8; 32]) -> &'a str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    std::str::from_utf8(text).expect("BUG: hexadecimal digits are UTF-8")
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(digits(&mut [0; 64], &self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(digits(&mut [0; 64], &self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(Words("a hash has 64 hexadecimal digits")))
    }
}

/// An op together with the bytes that it was made with. The hash is of the bytes, so that nobody has to
/// agree on a canonical form.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedOp {
    /// What the bytes say.
    pub op: Op,
    /// The JSON text, as stored, hashed and sent.
    pub text: String,
    /// Of the text.
    pub hash: Hash,
}

impl SealedOp {
    /// Writes an op down for good.
    pub fn seal(op: Op) -> Self {
        let text = json::write(&op);
        let hash = Hash::of(text.as_bytes());
        Self { op, text, hash }
    }

    /// Reads an op that was written down elsewhere.
    pub fn open(text: String) -> Result<Self, JsonError> {
        let op = json::parse(&text)?;
        let hash = Hash::of(text.as_bytes());
        Ok(Self { op, text, hash })
    }
}
