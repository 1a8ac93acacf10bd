//! Typed values of fields, and the one reading of JSON into them.

use std::collections::BTreeSet;
use std::fmt;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use crate::clock::WallTime;
use crate::decimal::{self, DecimalError, Scaled};
use crate::id::RecordId;
use crate::json::{self, Json};
use crate::limits::ROW_JSON_DEPTH_MAX;
use crate::schema::{Field, Kind};

/// The value of one field. Which variant a field has follows from its [`Kind`]; any may be `Null`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Of `boolean`.
    Bool(bool),
    /// Of `integer`.
    Int(i64),
    /// Of `decimal` and `money`: in units of 10^-scale, and the scale.
    Decimal(Scaled),
    /// Of `text`, `enum`, `date`, `timestamp`, `blob`: in the one spelling of its kind.
    Text(String),
    /// Of `ref`.
    Ref(RecordId),
    /// Of `set`.
    Set(BTreeSet<String>),
    /// Of `json`.
    Json(Json),
}

/// Why a JSON value does not fit a field: what was found and what is allowed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit(pub String);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value {
    /// As it is written: the JSON that [`Value::read`] reads back.
    pub fn to_json(&self) -> Json {
        json::parse(&json::write(self)).expect("BUG: a value that is no JSON")
    }

    /// About how many bytes it takes, for limits.
    pub fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Decimal(_) => 8,
            Self::Ref(_) => 38,
            Self::Text(text) => text.len() + 2,
            Self::Set(set) => set.iter().map(|element| element.len() + 3).sum::<usize>() + 2,
            Self::Json(json) => json.weight(),
        }
    }

    /// Reads a JSON value as what `field` holds. `null` is fine here; whether it may stay is `required`'s.
    pub fn read(field: &Field, json: &Json) -> Result<Self, Misfit> {
        if *json == Json::Null {
            return Ok(Self::Null);
        }
        let wants = |what: &str| Err(Misfit(format!("{} where {what} belongs", json.noun())));
        match (&field.kind, json) {
            (Kind::Text { max }, Json::Text(text)) => {
                let chars = text.chars().count();
                if chars > *max as usize {
                    return Err(Misfit(format!("{chars} characters where at most {max} fit")));
                }
                Ok(Self::Text(text.clone()))
            }
            (Kind::Text { .. }, _) => wants("a text"),
            (Kind::Integer, Json::Int(number)) => match number.unsigned_abs() <= decimal::SCALED_MAX as u64 {
                true => Ok(Self::Int(*number)),
                false => Err(Misfit("a number of more than 18 digits".to_owned())),
            },
            (Kind::Integer, _) => wants("a whole number"),
            (Kind::Decimal { scale } | Kind::Money { scale, .. }, Json::Text(text)) => scaled(text, *scale),
            (Kind::Decimal { scale } | Kind::Money { scale, .. }, Json::Int(number)) => {
                scaled(&number.to_string(), *scale)
            }
            (Kind::Decimal { .. } | Kind::Money { .. }, _) => {
                wants("an exact decimal in quotes, such as \"118.50\",")
            }
            (Kind::Boolean, Json::Bool(value)) => Ok(Self::Bool(*value)),
            (Kind::Boolean, _) => wants("true or false"),
            (Kind::Date, Json::Text(text)) => match text.parse::<jiff::civil::Date>() {
                Ok(date) if text.len() == 10 => Ok(Self::Text(date.to_string())),
                _ => Err(Misfit("is no date; write it like 2026-05-19".to_owned())),
            },
            (Kind::Date, _) => wants("a date such as \"2026-05-19\""),
            (Kind::Timestamp, Json::Text(text)) => match WallTime::parse(text) {
                Some(time) => Ok(Self::Text(time.to_string())),
                None => Err(Misfit("is no time; write it like 2026-05-19T09:14:23Z".to_owned())),
            },
            (Kind::Timestamp, _) => wants("a time such as \"2026-05-19T09:14:23Z\""),
            (Kind::Enum { values }, Json::Text(text)) if values.contains(text) => {
                Ok(Self::Text(text.clone()))
            }
            (Kind::Enum { values }, _) => Err(Misfit(format!("none of {}", values.join(", ")))),
            (Kind::Ref { .. }, Json::Text(text)) => {
                RecordId::parse(text).map(Self::Ref).map_err(|error| Misfit(error.to_string()))
            }
            (Kind::Ref { to, .. }, _) => wants(&format!("the id of a {to}")),
            (Kind::Blob, Json::Text(text)) => {
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                match text.len() == 64 && text.bytes().all(hex) {
                    true => Ok(Self::Text(text.clone())),
                    false => Err(Misfit(
                        "is no SHA-256; write it as 64 hexadecimal digits, a to f small".to_owned(),
                    )),
                }
            }
            (Kind::Blob, _) => wants("the SHA-256 of a blob"),
            (Kind::Set { max }, Json::List(items)) => {
                let mut set = BTreeSet::new();
                for item in items {
                    let Json::Text(text) = item else {
                        return Err(Misfit(format!("{} in a set of texts", item.noun())));
                    };
                    set.insert(text.clone());
                }
                match set.len() <= *max as usize {
                    true => Ok(Self::Set(set)),
                    false => Err(Misfit(format!("{} elements where at most {max} fit", set.len()))),
                }
            }
            (Kind::Set { .. }, _) => wants("a list of texts"),
            (Kind::Json, json) if json.depth() > ROW_JSON_DEPTH_MAX => Err(Misfit(format!(
                "JSON nested {} deep where at most {ROW_JSON_DEPTH_MAX} fit",
                json.depth()
            ))),
            (Kind::Json, json) => Ok(Self::Json(json.clone())),
        }
    }

    /// Reads a value that was judged before; `None` when it is of another kind than the field. How many elements a set
    /// takes, and which words an enum has, is no question any more: an older version shows words and lengths that only a
    /// newer one knows.
    pub fn judged(field: &Field, json: &Json) -> Option<Self> {
        match (&field.kind, json) {
            (Kind::Set { .. }, Json::List(items)) => {
                let elements = items.iter().map(|item| match item {
                    Json::Text(text) => Some(text.clone()),
                    _ => None,
                });
                elements.collect::<Option<_>>().map(Self::Set)
            }
            (Kind::Text { .. } | Kind::Enum { .. }, Json::Text(text)) => Some(Self::Text(text.clone())),
            // A person may write 3 for 3.00, what was judged does not.
            (Kind::Decimal { .. } | Kind::Money { .. }, Json::Int(_)) => None,
            _ => Self::read(field, json).ok(),
        }
    }
}

fn scaled(text: &str, scale: u8) -> Result<Value, Misfit> {
    decimal::parse(text, scale).map(|number| Value::Decimal(Scaled(number, scale))).map_err(|why| {
        Misfit(match why {
            DecimalError::Form => "no decimal; write it like 118.50".to_owned(),
            DecimalError::Places => format!("more than {scale} places behind the point"),
            DecimalError::Range => format!("more than {} digits", decimal::DIGITS_MAX),
        })
    })
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => s.serialize_unit(),
            Self::Bool(value) => s.serialize_bool(*value),
            Self::Int(number) => s.serialize_i64(*number),
            Self::Decimal(scaled) => s.collect_str(scaled),
            Self::Text(text) => s.serialize_str(text),
            Self::Ref(id) => id.serialize(s),
            Self::Set(set) => {
                let mut list = s.serialize_seq(Some(set.len()))?;
                for element in set {
                    list.serialize_element(element)?;
                }
                list.end()
            }
            Self::Json(json) => json.serialize(s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn check(kind: Kind, text: &str, expected: Result<&str, &str>) {
        let field = Field::new("f", kind);
        let read = Value::read(&field, &json::parse(text).expect("JSON"));
        let shown = read.map(|value| json::write(&value)).map_err(|misfit| misfit.0);
        assert_eq!(shown.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn each_kind_has_one_spelling_and_says_what_it_wants() {
        let id = "0198c0de-7a11-7000-8000-00000000002a";
        check(Kind::Text { max: 3 }, r#""abc""#, Ok(r#""abc""#));
        check(Kind::Text { max: 3 }, r#""abcd""#, Err("4 characters where at most 3 fit"));
        check(Kind::Text { max: 3 }, "1", Err("a whole number where a text belongs"));
        check(Kind::Integer, "-7", Ok("-7"));
        check(Kind::Integer, "7.5", Err("a number with a point or exponent where a whole number belongs"));
        check(Kind::Integer, "1000000000000000000", Err("a number of more than 18 digits"));
        check(Kind::Decimal { scale: 2 }, r#""1.5""#, Ok(r#""1.50""#));
        check(Kind::Decimal { scale: 2 }, "3", Ok(r#""3.00""#));
        check(Kind::Decimal { scale: 2 }, r#""1.555""#, Err("more than 2 places behind the point"));
        check(
            Kind::Money { currency: "EUR".into(), scale: 2 },
            "1.5",
            Err(
                "a number with a point or exponent where an exact decimal in quotes, such as \"118.50\", belongs",
            ),
        );
        check(Kind::Decimal { scale: 2 }, r#""x""#, Err("no decimal; write it like 118.50"));
        check(Kind::Timestamp, r#""x""#, Err("is no time; write it like 2026-05-19T09:14:23Z"));
        check(Kind::Boolean, "true", Ok("true"));
        check(Kind::Boolean, "1", Err("a whole number where true or false belongs"));
        check(Kind::Date, r#""2026-02-29""#, Err("is no date; write it like 2026-05-19"));
        check(Kind::Date, r#""2024-02-29""#, Ok(r#""2024-02-29""#));
        check(Kind::Timestamp, r#""2026-05-19T09:14:23+01:00""#, Ok(r#""2026-05-19T08:14:23.000Z""#));
        check(Kind::Enum { values: vec!["a".into(), "b".into()] }, r#""c""#, Err("none of a, b"));
        check(
            Kind::Ref { to: "x".into(), owner: false, on_delete: Default::default() },
            &format!("\"{id}\""),
            Ok(&format!("\"{id}\"")),
        );
        check(
            Kind::Ref { to: "x".into(), owner: false, on_delete: Default::default() },
            "5",
            Err("a whole number where the id of a x belongs"),
        );
        check(Kind::Set { max: 9 }, r#"["b","a","b"]"#, Ok(r#"["a","b"]"#));
        check(Kind::Set { max: 1 }, r#"["b","a"]"#, Err("2 elements where at most 1 fit"));
        check(Kind::Json, r#"{"b":[1.5]}"#, Ok(r#"{"b":[1.5]}"#));
        let deep = format!("{}1{}", "[".repeat(17), "]".repeat(17));
        check(Kind::Json, &deep, Err("JSON nested 17 deep where at most 16 fit"));
        check(Kind::Blob, r#""00""#, Err("is no SHA-256; write it as 64 hexadecimal digits, a to f small"));
        check(Kind::Integer, "null", Ok("null"));
    }
}
