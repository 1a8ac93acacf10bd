//! Cut-offs: what a device holds no more of, by age. A type names the field that says how old its records are; a cut-off
//! is a value of that field, and every record below it, with all that it owns, is none of the device's.
//!
//! The field is fixed, and so are the references by which a record is owned: whether a record is cut off stays the same
//! for as long as it lies where it does.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::chain::Hash;
use crate::json::{self, Json};
use crate::schema::{Field, Kind, RecordType, Schema};
use crate::scope::Scope;
use crate::value::Value;

/// A cut-off: records of a type from before a value of the field by which the type is pruned.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// The record type.
    #[serde(rename = "type")]
    pub of: String,
    /// The first value that stays.
    pub before: Age,
    /// Only what lies in this scope, and in all beneath it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

/// A value of the field by which a type is pruned: a number, or a date or time in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Age {
    /// Of an integer.
    Number(i64),
    /// Of a date or a timestamp.
    Text(String),
}

impl Age {
    /// As what the field holds; `None` where it is no such value.
    pub fn value(&self, field: &Field) -> Option<Value> {
        let json = match self {
            Self::Number(number) => Json::Int(*number),
            Self::Text(text) => Json::Text(text.clone()),
        };
        Value::read(field, &json).ok()
    }

    /// What a person typed. A day is also the time at which it begins.
    pub fn read(field: &Field, typed: &str) -> Option<Self> {
        match &field.kind {
            Kind::Integer => {
                typed.parse().ok().map(Self::Number).filter(|number| number.value(field).is_some())
            }
            Kind::Timestamp => {
                [typed.to_owned(), format!("{typed}T00:00:00Z")].into_iter().find_map(Self::text(field))
            }
            _ => Self::text(field)(typed.to_owned()),
        }
    }

    fn text(field: &Field) -> impl Fn(String) -> Option<Self> {
        |text| match Self::Text(text).value(field) {
            Some(Value::Text(text)) => Some(Self::Text(text)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// By which page and device know that they speak of the same cut-offs; `None` of none.
pub fn mark(cuts: &[Cut]) -> Option<String> {
    let text = Hash::of(json::write(cuts).as_bytes()).to_string();
    (!cuts.is_empty()).then(|| text[..8].to_owned())
}

/// Whether a value of the field by which a type is pruned lies before another. Nothing lies before anything.
pub fn is_before(value: &Value, limit: &Value) -> bool {
    match (value, limit) {
        (Value::Int(value), Value::Int(limit)) => value < limit,
        // Dates and times have one spelling each, whose order is theirs.
        (Value::Text(value), Value::Text(limit)) => value < limit,
        _ => false,
    }
}

/// The owning references of a type: the field's place, and the place of the owner's type.
pub fn owners(schema: &Schema, ty: &RecordType) -> Vec<(usize, usize)> {
    let fields = ty.fields.iter().enumerate();
    let owners = fields.filter_map(|(place, field)| match &field.kind {
        Kind::Ref { to, owner: true, .. } => Some((place, schema.place(to)?)),
        _ => None,
    });
    owners.collect()
}

/// The types of which records go with those of some types: these, and all that they own.
pub fn taken_along(schema: &Schema, of: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
    let above: BTreeMap<usize, Vec<(usize, usize)>> =
        schema.types.iter().enumerate().map(|(of, ty)| (of, owners(schema, ty))).collect();
    let mut taken: BTreeSet<usize> = of.into_iter().collect();
    loop {
        let more = above.iter().filter(|(of, _)| !taken.contains(of));
        let more = more.filter(|(_, owners)| owners.iter().any(|(_, owner)| taken.contains(owner)));
        let more: Vec<usize> = more.map(|(of, _)| *of).collect();
        if more.is_empty() {
            return taken;
        }
        taken.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::OnDelete;

    #[test]
    fn what_has_no_age_is_never_cut_off() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert!(is_before(&text("2025-12-31"), &text("2026-01-01")));
        assert!(!is_before(&text("2026-01-01"), &text("2026-01-01")));
        assert!(is_before(&Value::Int(-3), &Value::Int(0)));
        assert!(!is_before(&Value::Null, &Value::Int(0)));
    }

    #[test]
    fn a_day_is_read_as_what_the_field_holds() {
        let check = |kind, typed, expected: Option<&str>| {
            let age = Age::read(&Field::new("at", kind), typed).map(|age| age.to_string());
            assert_eq!(age.as_deref(), expected, "{typed}");
        };
        check(Kind::Date, "2026-01-01", Some("2026-01-01"));
        check(Kind::Date, "2026", None);
        check(Kind::Timestamp, "2026-01-01", Some("2026-01-01T00:00:00.000Z"));
        check(Kind::Timestamp, "2026-01-01T08:00:00+01:00", Some("2026-01-01T07:00:00.000Z"));
        check(Kind::Integer, "17", Some("17"));
        check(Kind::Integer, "2026-01-01", None);
        check(Kind::Integer, "9223372036854775807", None);
    }

    #[test]
    fn what_is_owned_goes_along() {
        let owned = |by: &str| {
            let kind = Kind::Ref { to: by.to_owned(), owner: true, on_delete: OnDelete::Cascade };
            vec![Field::new("owner", kind)]
        };
        let types = vec![
            RecordType::new("line", owned("sale")),
            RecordType::new("sale", vec![Field::new("at", Kind::Date)]),
            RecordType::new("tax", owned("line")),
            RecordType::new("product", vec![Field::new("name", Kind::Text { max: 9 })]),
        ];
        let schema = Schema::new("s", 1, types, Vec::new());
        assert_eq!(taken_along(&schema, [1]), BTreeSet::from([0, 1, 2]));
        assert_eq!(taken_along(&schema, [3]), BTreeSet::from([3]));
    }

    #[test]
    fn cut_offs_have_one_mark() {
        let cut = Cut { of: "sale".to_owned(), before: Age::Text("2026-01-01".to_owned()), scope: None };
        assert_eq!(mark(&[]), None);
        let marked = mark(std::slice::from_ref(&cut));
        assert_eq!(marked.as_ref().map(String::len), Some(8));
        assert_ne!(marked, mark(&[Cut { of: "line".to_owned(), ..cut }]));
    }
}
