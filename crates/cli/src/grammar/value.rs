//! A value as a person types it, as the JSON that an op carries. The kind of the field decides.

use std::num::IntErrorKind;

use fieldbook_model::schema::Kind;
use fieldbook_model::{Json, json};

/// What a text means for a kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// This value.
    Value(Json),
    /// A record of this type, which the text names.
    Record(String),
}

/// Reads a text. `None` never comes; an `Err` says what belongs there.
pub fn meaning(kind: &Kind, text: &str) -> Result<Meaning, String> {
    if text.is_empty() {
        return Ok(Meaning::Value(Json::Null));
    }
    let value = match kind {
        Kind::Ref { to, .. } => return Ok(Meaning::Record(to.clone())),
        Kind::Integer => {
            let wrong = |error: std::num::ParseIntError| match error.kind() {
                IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
                    format!("{text} has more than 18 digits")
                }
                _ => format!("{text:?} is no whole number such as -2"),
            };
            Json::Int(text.parse().map_err(wrong)?)
        }
        Kind::Boolean => Json::Bool(text.parse().map_err(|_| format!("{text:?} is neither true nor false"))?),
        Kind::Json => json::parse(text).map_err(|error| format!("no JSON: {error}"))?,
        Kind::Set { .. } => Json::List(text.split(',').map(|element| Json::from(element.trim())).collect()),
        Kind::Text { .. }
        | Kind::Decimal { .. }
        | Kind::Money { .. }
        | Kind::Date
        | Kind::Timestamp
        | Kind::Enum { .. }
        | Kind::Blob => Json::from(text),
    };
    Ok(Meaning::Value(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, text: &str, expected: Result<&str, &str>) {
        let read = meaning(&kind, text).map(|meaning| match meaning {
            Meaning::Value(value) => json::write(&value),
            Meaning::Record(of) => format!("a {of}"),
        });
        assert_eq!(read.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn the_kind_of_the_field_decides_what_a_text_means() {
        check(Kind::Text { max: 9 }, "12", Ok(r#""12""#));
        check(Kind::Text { max: 9 }, "", Ok("null"));
        check(Kind::Integer, "-2", Ok("-2"));
        check(Kind::Integer, "two", Err(r#""two" is no whole number such as -2"#));
        check(Kind::Decimal { scale: 2 }, "18.50", Ok(r#""18.50""#));
        check(Kind::Boolean, "true", Ok("true"));
        check(Kind::Boolean, "yes", Err(r#""yes" is neither true nor false"#));
        check(Kind::Date, "2026-05-19", Ok(r#""2026-05-19""#));
        check(Kind::Json, r#"{"a":[1]}"#, Ok(r#"{"a":[1]}"#));
        check(
            Kind::Json,
            r#"{"a":1,"a":2}"#,
            Err("no JSON: the key \"a\" stands twice in one object at line 1 column 10"),
        );
        check(Kind::Set { max: 9 }, "red, blue", Ok(r#"["red","blue"]"#));
        check(
            Kind::Ref { to: "supplier".into(), owner: false, on_delete: Default::default() },
            "name=X",
            Ok("a supplier"),
        );
    }
}
