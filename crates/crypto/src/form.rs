//! How keys are written down: bytes as lower-case hexadecimal digits, in JSON of version 1, and no other spelling of either.

use std::fmt;

use fieldbook_model::json::{self, Words};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use crate::{KeyError, What};

/// `N` bytes that may be seen, written in twice as many lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Display for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(d)?);
        let mut bytes = [0; N];
        match undigits(&text, &mut bytes) {
            true => Ok(Self(bytes)),
            false => Err(de::Error::custom(HEX)),
        }
    }
}

/// Bytes that may be seen, as many as there are, written as [`Bytes`] are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub Vec<u8>);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&digits(&self.0))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let mut bytes = vec![0; text.len() / 2];
        match undigits(&text, &mut bytes) {
            true => Ok(Self(bytes)),
            false => Err(de::Error::custom(HEX)),
        }
    }
}

/// Told of what is no [`Bytes`].
const HEX: Words = Words("bytes are lower-case hexadecimal digits, as many as belong there");

/// Reads exactly as many bytes as there is room for, in time that does not depend on them.
pub fn undigits(text: &str, bytes: &mut [u8]) -> bool {
    text.len() == 2 * bytes.len() && base16ct::lower::decode(text, bytes).is_ok()
}

/// Writes secret bytes, in time that does not depend on them.
pub fn digits(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(base16ct::lower::encode_string(bytes))
}

/// Parts of a secret text as one, which has its room from the start: a text that grows leaves copies behind.
pub fn joined(parts: &[&str]) -> Zeroizing<String> {
    Zeroizing::new(parts.concat())
}

/// The version of a form: the number 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct V1;

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match u64::deserialize(d)? {
            1 => Ok(Self),
            _ => Err(de::Error::custom(Words("a form of a version that this program does not know"))),
        }
    }
}

/// Only the version of a form, whatever else it says.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// Reads a form. One of another version is told as such, whatever keys it has.
pub fn read<T: DeserializeOwned>(what: What, text: &str) -> Result<T, KeyError> {
    json::parse(text).map_err(|error| match json::parse::<Version>(text) {
        Ok(Version { v }) if v != 1 => KeyError::Version { what, found: v },
        _ => KeyError::Form { what, error },
    })
}

/// `read` and `write` for a form of its own.
macro_rules! form {
    ($name:ident, $what:expr) => {
        impl $name {
            /// Reads the JSON text that [`Self::write`] gives.
            ///
            /// # Errors
            /// [`KeyError::Form`](crate::KeyError::Form) and [`KeyError::Version`](crate::KeyError::Version).
            pub fn read(text: &str) -> Result<Self, $crate::KeyError> {
                $crate::form::read($what, text)
            }
            /// As JSON in one line.
            pub fn write(&self) -> String {
                fieldbook_model::json::write(self)
            }
        }
    };
}
pub(crate) use form;

/// What is told of a secret that is no hexadecimal digits.
pub fn no_bytes(what: What) -> KeyError {
    not(what, HEX.0)
}

/// What is told of a text that is no JSON anyway.
pub fn not(what: What, words: &str) -> KeyError {
    KeyError::Form { what, error: json::JsonError::new(json::Category::Shape, words) }
}
