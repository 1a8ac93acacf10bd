//! Which record a flag is about: `T`, `T:ID` or `T:FIELD=VALUE`.

use fieldbook_model::RecordId;

use crate::failure::Failure;

/// A record as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its type.
    pub of: String,
    /// Which of them.
    pub which: Which,
}

/// Which record of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// None was named.
    Unnamed,
    /// The one with this id.
    Id(RecordId),
    /// The only one whose field has this value.
    Field(String, String),
}

impl Target {
    /// Reads one.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let (of, which) = match text.split_once(':') {
            None => (text, Which::Unnamed),
            Some((of, which)) => (of, Which::read(which)?),
        };
        if of.is_empty() {
            return Err(Failure::wrong(format!("{text:?} names no type; write TYPE:ID or TYPE:FIELD=VALUE")));
        }
        Ok(Self { of: of.to_owned(), which })
    }
}

impl Which {
    /// Reads an id or `FIELD=VALUE`.
    pub fn read(text: &str) -> Result<Self, Failure> {
        if let Ok(id) = RecordId::parse(text) {
            return Ok(Self::Id(id));
        }
        match text.split_once('=') {
            Some((field, value)) if !field.is_empty() => Ok(Self::Field(field.to_owned(), value.to_owned())),
            _ => Err(Failure::wrong(format!(
                "{text:?} names no record; write its id, or FIELD=VALUE that only one record has"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c0de-7a11-7000-8000-00000000002a";

    #[test]
    fn a_record_is_named_by_its_id_or_by_a_field() {
        let check = |text: &str, of: &str, which: Which| {
            assert_eq!(Target::read(text), Ok(Target { of: of.to_owned(), which }), "{text}");
        };
        check("product", "product", Which::Unnamed);
        check(&format!("product:{ID}"), "product", Which::Id(RecordId::parse(ID).expect("an id")));
        check("customer:name=A: b=c", "customer", Which::Field("name".into(), "A: b=c".into()));
        check("customer:note=", "customer", Which::Field("note".into(), String::new()));
    }

    #[test]
    fn half_a_name_is_refused() {
        for text in ["", ":x=1", "product:", "product:17", "product:=3"] {
            assert!(Target::read(text).is_err(), "{text}");
        }
    }
}
