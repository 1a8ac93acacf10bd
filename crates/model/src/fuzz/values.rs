//! Values of fields: whatever JSON comes for a field, it is of the field's kind in its one spelling, or it says what it wants.

use crate::cut::Age;
use crate::json::{self, Json};
use crate::limits::ROW_JSON_DEPTH_MAX;
use crate::schema::{Field, Kind, OnDelete};
use crate::value::Value;

fn kinds() -> [Kind; 12] {
    [
        Kind::Text { max: 5 },
        Kind::Integer,
        Kind::Decimal { scale: 2 },
        Kind::Money { currency: "EUR".to_owned(), scale: 4 },
        Kind::Boolean,
        Kind::Date,
        Kind::Timestamp,
        Kind::Enum { values: vec!["a".to_owned(), "b".to_owned()] },
        Kind::Json,
        Kind::Set { max: 3 },
        Kind::Ref { to: "a".to_owned(), owner: false, on_delete: OnDelete::default() },
        Kind::Blob,
    ]
}

const SEEDS: &[&str] = &[
    "[\"abc\",7,\"118.50\",\"1.5\",true,\"2026-05-19\",\"2026-05-19T09:14:23+01:00\",\"a\"]",
    "[{\"b\":[1.5,null]},[\"b\",\"a\",\"b\"],\"0198c0de-7a11-7000-8000-00000000002a\",-3,null]",
    "[\"b4caeabaaf2e3995a859bd8a1741e4dec55aa357d6b80137071fecea554bc188\"]",
];

/// Whether a value is one of some kind; if so it has one spelling, which was judged.
fn is_value(field: &Field, json: &Json) -> bool {
    let value = match Value::read(field, json) {
        Ok(value) => value,
        Err(misfit) => {
            assert!(!misfit.0.is_empty(), "a misfit says why");
            return false;
        }
    };
    let spelled = value.to_json();
    assert_eq!(Value::read(field, &spelled).as_ref(), Ok(&value), "{:?}: {json:?}", field.kind);
    assert_eq!(Value::judged(field, &spelled).as_ref(), Some(&value), "{:?}: {json:?}", field.kind);
    match &value {
        Value::Json(json) => assert!(json.depth() <= ROW_JSON_DEPTH_MAX),
        Value::Set(set) => assert!(set.len() <= 3),
        Value::Text(text) if matches!(field.kind, Kind::Text { .. }) => assert!(text.chars().count() <= 5),
        Value::Text(text) if matches!(field.kind, Kind::Date) => assert_eq!(text.len(), 10, "{text}"),
        _ => {}
    }
    true
}

#[test]
fn values_of_fields() {
    let fields = kinds().map(|kind| Field::new("f", kind));
    fieldbook_fuzz::texts("values_of_fields", SEEDS, |made| {
        let Ok(values) = json::parse_bytes::<Vec<Json>>(made.bytes()) else { return false };
        fields
            .iter()
            .flat_map(|field| values.iter().map(move |json| is_value(field, json)))
            .filter(|read| *read)
            .count()
            > 0
    });
}

/// A cut-off as a person types it is a value of its field, in its one spelling.
#[test]
fn ages() {
    let fields = [Kind::Integer, Kind::Date, Kind::Timestamp].map(|kind| Field::new("at", kind));
    fieldbook_fuzz::texts("ages", &["2026-01-01", "17", "2026-01-01T08:00:00+01:00"], |made| {
        let typed = made.text();
        let read: Vec<bool> = fields
            .iter()
            .map(|field| {
                let Some(age) = Age::read(field, &typed) else { return false };
                assert!(age.value(field).is_some(), "{typed:?} as {:?}", field.kind);
                assert_eq!(Age::read(field, &age.to_string()).as_ref(), Some(&age), "{typed:?}");
                true
            })
            .collect();
        read.contains(&true)
    });
}
