//! Identities. Each is a UUID in its hyphenated form; the ones that a device makes are version 7,
//! so that what was made later sorts later and lands at the end of an index.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::json::Words;

/// A text that should have been an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not an id (36 characters such as 0198c0de-7a11-7000-8000-00000000002a)")]
pub struct IdError {
    /// What stood there, cut to 48 characters.
    pub found: String,
}

/// What a JSON text is told that has something else where an id belongs.
const FORM: Words = Words("an id has 36 characters such as 0198c0de-7a11-7000-8000-00000000002a");

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A version 7 id from a time in milliseconds since 1970 and ten random bytes.
            pub fn v7(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }
            /// From the sixteen bytes that [`Self::bytes`] gives.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
            /// The sixteen bytes, most significant first: the form in databases.
            pub const fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
            /// Reads the hyphenated form, and only that one.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                if text.len() == 36
                    && let Ok(id) = Uuid::try_parse(text)
                {
                    return Ok(Self(id));
                }
                Err(IdError { found: text.chars().take(48).collect() })
            }
            /// Writes the hyphenated form into a buffer of the caller's, without allocating.
            pub fn encode<'a>(&self, buffer: &'a mut [u8; 36]) -> &'a str {
                self.0.as_hyphenated().encode_lower(buffer)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.as_hyphenated())
            }
        }
        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.encode(&mut [0; 36]))
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an id in its hyphenated form")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        // Not the error's own words: they repeat the text.
                        $name::parse(text).map_err(|_| E::custom(FORM))
                    }
                }
                d.deserialize_str(Text)
            }
        }
    };
}

id!(/// A tenant: the unit of total order, of keys, of a database file.
    WorkspaceId);
id!(/// A person with an account.
    UserId);
id!(/// One install of one user.
    DeviceId);
id!(/// One user action.
    OpId);
id!(/// A record, unique together with its type.
    RecordId);

impl OpId {
    /// The id of the record that stands for this op: its conflict.
    pub const fn as_record(&self) -> RecordId {
        RecordId::from_bytes(*self.bytes())
    }
    /// The id of the `place`-th record that is made because of this op and not named in it, the same wherever
    /// it is worked out.
    pub fn derived(&self, place: u32) -> RecordId {
        let mut bytes = self.bytes().to_vec();
        bytes.extend(place.to_be_bytes());
        let hash = crate::chain::Hash::of(&bytes);
        let mut random = [0; 10];
        random.copy_from_slice(&hash.0[..10]);
        let time = self.bytes()[..6].iter().fold(0, |time, byte| time << 8 | u64::from(*byte));
        RecordId::v7(time, random)
    }
}

impl RecordId {
    /// The id of what a text names, the same wherever it is worked out.
    pub fn named(text: &str) -> Self {
        let hash = crate::chain::Hash::of(text.as_bytes());
        let mut random = [0; 10];
        random.copy_from_slice(&hash.0[..10]);
        Self::v7(0, random)
    }
    /// The op that this record stands for, where it is a conflict.
    pub const fn as_op(&self) -> OpId {
        OpId::from_bytes(*self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_other_spellings_are_refused() {
        let id = RecordId::v7(1_700_000_000_000, [7; 10]);
        assert_eq!(RecordId::parse(&id.to_string()), Ok(id));
        assert_eq!(id.to_string().len(), 36);
        for wrong in ["", "x", "0198c0de7a1170008000000000000002", "{0198c0de-7a11-7000-8000-00000000002a}"] {
            assert!(RecordId::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn later_ids_sort_later() {
        assert!(OpId::v7(1, [255; 10]) < OpId::v7(2, [0; 10]));
    }
}
