//! The one JSON parser. What two parsers could read differently is refused: duplicate keys, bad UTF-8,
//! nesting deeper than [`DEPTH_MAX`], anything behind the value.
//!
//! Types with named fields refuse a duplicate by their derive; for free-form JSON there is [`Json`].
//! `serde_json::Value` and `serde_json::from_*` are banned elsewhere by lint, since they keep the last duplicate.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use self::reader::Reader;

mod reader;

/// How deep lists and objects may stand in each other.
pub const DEPTH_MAX: usize = 32;

/// Why a text is not the JSON that was asked for. Holds no data of the user, only places and names: what is
/// wrong is said in constant words, and a key is named only if it looks like a key of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct JsonError {
    /// What kind of fault it is.
    pub category: Category,
    /// Where it was noticed, if it has one place.
    pub place: Option<Place>,
    /// In words, with line and column.
    pub reason: String,
}

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// It is no JSON, or no UTF-8, or nested too deep.
    Syntax,
    /// It stops too early.
    CutOff,
    /// It is JSON of another shape: a wrong type, a missing key, a value that is not allowed.
    Shape,
    /// A key stands twice in one object.
    DuplicateKey,
    /// A key that the type does not have.
    UnknownKey,
}

/// A place in a text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The byte in it.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " at line {} column {}", self.line, self.column)
    }
}

impl JsonError {
    /// A fault without a place, in words that repeat nothing of the input.
    pub fn new(category: Category, reason: impl Into<String>) -> Self {
        Self { category, place: None, reason: reason.into() }
    }

    /// Text that is no UTF-8.
    pub fn not_utf8(error: std::str::Utf8Error) -> Self {
        Self::new(Category::Syntax, format!("not UTF-8 at byte {}", error.valid_up_to()))
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let place = (error.line() > 0).then(|| Place { line: error.line(), column: error.column() });
        let at = place.map(|place| place.to_string()).unwrap_or_default();
        let told = error.to_string();
        let told = told.strip_suffix(&at).unwrap_or(&told);
        let (category, words) = match error.classify() {
            // serde_json's texts for these two are constants.
            serde_json::error::Category::Syntax => (Category::Syntax, told.to_owned()),
            serde_json::error::Category::Eof => (Category::CutOff, told.to_owned()),
            _ => without_input(told),
        };
        Self { category, place, reason: words + &at }
    }
}

/// Words for the error of a `Deserialize` of ours. They are constant, so they cannot repeat the input, and are
/// the only ones that [`JsonError`] passes on as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub &'static str);

/// Stands before [`Words`] on their way through serde, which knows errors as texts only.
const MARK: char = '\u{1}';

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}", self.0)
    }
}

/// What serde said, without what it repeats of the input. What is not recognised is not repeated at all.
fn without_input(told: &str) -> (Category, String) {
    let quoted = |intro: &str| told.strip_prefix(intro)?.strip_suffix('`');
    // What is expected is a constant of the type, and the last of its kind in the text; before it stands the input.
    let expected = |intro: &str| told.strip_prefix(intro)?.rsplit_once(", expected ");
    if let Some(words) = told.strip_prefix(MARK) {
        return (Category::Shape, words.to_owned());
    }
    if let Some(key) = quoted("duplicate field `") {
        return (Category::DuplicateKey, format!("{} stands twice in one object", named(key)));
    }
    if let Some(rest) = told.strip_prefix("unknown field `") {
        return (Category::UnknownKey, unknown_key(rest));
    }
    if let Some(key) = quoted("missing field `") {
        return (Category::Shape, format!("{} is missing", named(key)));
    }
    if let Some((_, allowed)) = expected("unknown variant `") {
        return (Category::Shape, format!("a word that does not belong here, expected {allowed}"));
    }
    if let Some((found, wanted)) = expected("invalid type: ") {
        return (Category::Shape, format!("{}, expected {wanted}", noun(found)));
    }
    if let Some((_, wanted)) = expected("invalid value: ").or_else(|| expected("invalid length ")) {
        return (Category::Shape, format!("a value out of range, expected {wanted}"));
    }
    (Category::Shape, "not of the form that belongs here".to_owned())
}

fn unknown_key(rest: &str) -> String {
    match rest.rsplit_once("`, expected ") {
        Some((key, allowed)) => format!("{} is unknown here, expected {allowed}", named(key)),
        None => {
            format!("{} is unknown here", named(rest.strip_suffix("`, there are no fields").unwrap_or("")))
        }
    }
}

/// A key, by its name if that could be one of ours; else it may be anything, a password too.
fn named(key: &str) -> String {
    match (1..=40).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        true => format!("the key {key:?}"),
        false => "a key".to_owned(),
    }
}

/// What serde found, from the first word of its description, behind which stands the value.
fn noun(found: &str) -> &'static str {
    match found.split([' ', ',']).next().unwrap_or_default() {
        "null" | "unit" => "nothing",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "floating" | "number" => "a number with a point or exponent",
        "string" | "character" => "a text",
        "sequence" => "a list",
        "map" => "an object",
        _ => "a wrong type",
    }
}

/// Reads a value from a whole text.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, JsonError> {
    parse_borrowed(text)
}

/// Reads a value that borrows from the text.
#[expect(clippy::disallowed_methods, reason = "this is the one parser")]
pub fn parse_borrowed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    depth(text.as_bytes())?;
    let mut of_text = serde_json::Deserializer::from_str(text);
    let read = T::deserialize(Reader(&mut of_text)).and_then(|value| of_text.end().map(|()| value));
    read.map_err(JsonError::from)
}

/// Reads a value from bytes, which must be UTF-8.
pub fn parse_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    parse(std::str::from_utf8(bytes).map_err(JsonError::not_utf8)?)
}

/// Writes a value in one line behind what is there.
///
/// # Panics
/// As [`write`].
pub fn append<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(bytes, value).expect("BUG: a type of ours does not serialize");
}

/// Writes a value in one line.
///
/// # Panics
/// When the type cannot be written as JSON, which a type of ours always can.
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("BUG: a type of ours does not serialize")
}

fn depth(bytes: &[u8]) -> Result<(), JsonError> {
    // Nothing is deeper than it has beginnings, and most texts have few: those are counted many at a time.
    if bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() <= DEPTH_MAX {
        return Ok(());
    }
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
                    let words = format!("nested deeper than {DEPTH_MAX}");
                    return Err(JsonError::new(Category::Syntax, words));
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
    /// How deep lists and objects stand in each other; 0 for a plain value.
    pub fn depth(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(entries) => 1 + entries.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// About how many bytes it takes when written.
    pub fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => 8,
            Self::Text(text) => text.len() + 2,
            Self::List(items) => items.iter().map(|item| item.weight() + 1).sum::<usize>() + 2,
            Self::Object(entries) => {
                entries.iter().map(|(key, value)| key.len() + value.weight() + 4).sum::<usize>() + 2
            }
        }
    }

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
            // In the words of serde's derive, so that one reading makes both safe to tell.
            return Err(de::Error::custom(format_args!("duplicate field `{key}`")));
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

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Form {
        count: u32,
        id: Option<crate::id::RecordId>,
        merge: Option<crate::schema::Merge>,
        at: Option<crate::clock::WallTime>,
        previous: Option<crate::chain::Hash>,
        free: Option<Json>,
        pair: Option<(bool, bool)>,
    }

    fn check(text: &str, category: Category, reason: &str) {
        let error = parse::<Form>(text).expect_err(text);
        assert_eq!((error.category, error.reason.as_str()), (category, reason), "{text}");
        assert_eq!(error.place.is_some(), reason.contains("line"), "{text}");
    }

    #[test]
    fn an_error_says_what_is_wrong_and_where() {
        use Category::{CutOff, DuplicateKey, Shape, Syntax, UnknownKey};
        let keys = "expected one of `count`, `id`, `merge`, `at`, `previous`, `free`, `pair`";
        check(r#"{"count":1,}"#, Syntax, "trailing comma at line 1 column 12");
        check(r#"{"count":"#, CutOff, "EOF while parsing a value at line 1 column 9");
        check("{\n \"count\":\"a\"}", Shape, "a text, expected u32 at line 2 column 12");
        check(r#"{"count":null}"#, Shape, "nothing, expected u32 at line 1 column 13");
        check(
            r#"{"count":1.5}"#,
            Shape,
            "a number with a point or exponent, expected u32 at line 1 column 12",
        );
        check(r#"{"count":-1}"#, Shape, "a value out of range, expected u32 at line 1 column 11");
        check("{}", Shape, "the key \"count\" is missing at line 1 column 2");
        check(
            r#"{"size":1}"#,
            UnknownKey,
            &format!("the key \"size\" is unknown here, {keys} at line 1 column 7"),
        );
        check(r#"{"Size 9":1}"#, UnknownKey, &format!("a key is unknown here, {keys} at line 1 column 9"));
        let twice = "the key \"count\" stands twice in one object at line 1 column 18";
        check(r#"{"count":1,"count":1}"#, DuplicateKey, twice);
        check(
            r#"{"free":{"a":1,"a":1}}"#,
            DuplicateKey,
            "the key \"a\" stands twice in one object at line 1 column 18",
        );
        check(
            r#"{"free":{"É":1,"É":1}}"#,
            DuplicateKey,
            "a key stands twice in one object at line 1 column 20",
        );
        check(
            r#"{"id":"a"}"#,
            Shape,
            "an id has 36 characters such as 0198c0de-7a11-7000-8000-00000000002a at line 1 column 9",
        );
        let merges = "a word that does not belong here, expected one of `last-synced`, `last-written`, `delta`, `min`, `max`, `priority`, `priority-by-role`, `manual` at line 1 column 12";
        check(r#"{"merge":"x"}"#, Shape, merges);
        check(r#"{"at":"x"}"#, Shape, "not a time such as 2026-05-19T09:14:23Z at line 1 column 10");
        check(r#"{"previous":"x"}"#, Shape, "a hash has 64 hexadecimal digits at line 1 column 16");
        check(
            r#"{"pair":[true]}"#,
            Shape,
            "a value out of range, expected a tuple of size 2 at line 1 column 14",
        );
    }

    #[test]
    fn named_keys_are_read_from_an_object_only() {
        let keyless = "[1,null,null,null,null,null,null]";
        check(keyless, Category::Shape, "a list, expected struct Form at line 1 column 0");
        check(
            r#"{"pair":{"a":true}}"#,
            Category::Shape,
            "an object, expected a tuple of size 2 at line 1 column 8",
        );
        assert_eq!(
            parse::<Vec<(bool, Option<u8>)>>("[[true,null],[false,1]]"),
            Ok(vec![(true, None), (false, Some(1))])
        );
    }

    #[test]
    fn no_error_repeats_what_it_was_given() {
        let canaries = [
            "Canary",
            "Canary`, expected one of `Canary`, `b",
            "Canary`, there are no fields",
            "Canary, expected Canary at line 1 column 1",
            "\\u0001Canary",
            "\\n`Canary`\\\"",
        ];
        let places = [
            r#"{"count":"@"}"#,
            r#"{"@":1}"#,
            r#"{"@":1,"@":1}"#,
            r#"{"free":{"@":1,"@":1}}"#,
            r#"{"free":{"a":1,"a":1},"count":"@"}"#,
            r#"{"id":"@"}"#,
            r#"{"merge":"@"}"#,
            r#"{"merge":{"@":null}}"#,
            r#"{"at":"@"}"#,
            r#"{"previous":"@"}"#,
            r#"{"pair":"@"}"#,
            r#"{"count":1,"@"#,
            r#""@""#,
        ];
        for text in places.iter().flat_map(|place| canaries.map(|canary| place.replace('@', canary))) {
            let error = parse::<Form>(&text).expect_err(&text);
            assert!(!format!("{error} {error:?}").contains("Canary"), "{text}: {error:?}");
        }
    }
}
