//! The one JSON parser. What two parsers could read differently is refused: duplicate keys, bad UTF-8,
//! nesting deeper than [`DEPTH_MAX`], anything behind the value.
//!
//! Types with named fields refuse a duplicate by their derive; for free-form JSON there is [`Json`].
//! `serde_json::Value` and `serde_json::from_*` are banned elsewhere by lint, since they keep the last duplicate.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

/// How deep lists and objects may stand in each other.
pub const DEPTH_MAX: usize = 32;

/// Why a text is not the JSON that was asked for. Holds no data of the user, only places and names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct JsonError {
    /// In words, with line and column.
    pub reason: String,
}

/// Reads a value from a whole text.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, JsonError> {
    parse_borrowed(text)
}

/// Reads a value that borrows from the text.
#[expect(clippy::disallowed_methods, reason = "this is the one parser")]
pub fn parse_borrowed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    depth(text.as_bytes())?;
    serde_json::from_str(text).map_err(|error| JsonError { reason: error.to_string() })
}

/// Reads a value from bytes, which must be UTF-8.
pub fn parse_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| JsonError { reason: format!("not UTF-8 at byte {}", error.valid_up_to()) })?;
    parse(text)
}

/// Writes a value in one line.
///
/// # Panics
/// When the type cannot be written as JSON, which a type of ours always can.
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("BUG: a type of ours does not serialize")
}

fn depth(bytes: &[u8]) -> Result<(), JsonError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match (in_string, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (true, false, b'"') => in_string = false,
            (true, false, _) => {}
            (false, _, b'"') => in_string = true,
            (false, _, b'[' | b'{') => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(JsonError { reason: format!("nested deeper than {DEPTH_MAX}") });
                }
            }
            (false, _, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Any JSON value, its object keys in the order of the text and each there once.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number without point or exponent that fits 64 bits.
    Int(i64),
    /// Any other number. No field type but `json` accepts one.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What it is, for a message: "a text", "a list" …
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number with a point or exponent",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => s.serialize_unit(),
            Self::Bool(value) => s.serialize_bool(*value),
            Self::Int(value) => s.serialize_i64(*value),
            Self::Float(value) => s.serialize_f64(*value),
            Self::Text(value) => s.serialize_str(value),
            Self::List(items) => {
                let mut list = s.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(entries) => {
                let mut map = s.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Int(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Int))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Float(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Json, E> {
                Ok(Json::Text(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Json::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Json, A::Error> {
                entries(map).map(Json::Object)
            }
        }
        d.deserialize_any(Any)
    }
}

/// The entries of an object in their order, a second entry of one name refused.
pub(crate) fn entries<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    mut map: A,
) -> Result<Vec<(String, T)>, A::Error> {
    let mut entries: Vec<(String, T)> = Vec::new();
    // Most objects are small: a scan beats a set. Large ones would make it quadratic.
    let mut names = std::collections::BTreeSet::new();
    while let Some(key) = map.next_key::<String>()? {
        let seen = match entries.len() {
            0..16 => entries.iter().any(|(name, _)| *name == key),
            _ => {
                if names.is_empty() {
                    names.extend(entries.iter().map(|(name, _)| name.clone()));
                }
                !names.insert(key.clone())
            }
        };
        if seen {
            return Err(de::Error::custom(format_args!("the key {key:?} stands twice in one object")));
        }
        entries.push((key, map.next_value()?));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_parsers_could_read_differently_is_refused() {
        let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
        let many =
            format!("{{{}}}", (0..40).map(|n| format!("\"k{}\":1", n % 39)).collect::<Vec<_>>().join(","));
        for wrong in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":1,"\u0061":2}"#,
            &deep,
            &many,
            "1 2",
            "[1,]",
            "01",
            "NaN",
        ] {
            assert!(parse::<Json>(wrong).is_err(), "{wrong}");
        }
        assert!(parse_bytes::<Json>(&[b'"', 0xff, b'"']).is_err());
        assert!(parse::<Json>(&format!("\"{}\"", "[".repeat(99))).is_ok());
    }

    #[test]
    fn a_value_reads_back_as_it_was_written() {
        for text in ["null", "true", "-3", "1.5", "\"é\\n\"", "[1,[]]", r#"{"b":1,"a":{"c":null}}"#] {
            assert_eq!(parse::<Json>(text).map(|json| write(&json)), Ok(text.to_owned()));
        }
    }
}
