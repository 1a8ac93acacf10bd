//! Fuzz targets of what a person types: it is the change that it says, in the one spelling of ops, or words say what is wrong.

use fieldbook_model::schema::{Field, Kind, RecordType, toml};
use fieldbook_model::{Change, Json, RecordId, Value, json};

use super::flag::{Flag, Verb};
use super::{Find, Meaning, meaning, read};
use crate::failure::Failure;

const SCHEMA: &str = include_str!("../../../../apps/counter/schema.toml");

/// Every value names one record, which is the same for all.
struct Shelf;

impl Find for Shelf {
    fn find(&self, _: &RecordType, _: &Field, _: &Json) -> Result<Vec<RecordId>, Failure> {
        Ok(vec![RecordId::from_bytes([7; 16])])
    }
}

const FLAGS: &[&str] = &[
    "insert\nproduct\nname=Tea\nprice=18.50\nsupplier=name=X",
    "set\nproduct:name=Chai\nnote=a=b",
    "add\nproduct:0198c0de-7a11-7000-8000-00000000002a\nstock=-2",
    "delete\ncustomer:code=A",
    "restore\ncustomer:0198c0de-7a11-7000-8000-00000000002a",
];

fn verb(word: &str) -> Option<Verb> {
    let verbs = [
        Verb::Insert,
        Verb::Set,
        Verb::Add,
        Verb::Count,
        Verb::Include,
        Verb::Exclude,
        Verb::Reset,
        Verb::Delete,
        Verb::Restore,
    ];
    verbs.into_iter().find(|verb| verb.flag() == word)
}

#[test]
fn flags() {
    let schema = toml::read("schema.toml", SCHEMA).expect("a schema");
    fieldbook_fuzz::texts("flags", FLAGS, |made| {
        let text = made.text();
        let mut words = text.split('\n').map(str::to_owned);
        let (Some(verb), Some(target)) = (words.next().and_then(|word| verb(&word)), words.next()) else {
            return false;
        };
        let flag = Flag { verb, target, pairs: words.collect() };
        match read(&[flag], &schema, &Shelf, || RecordId::from_bytes([9; 16])) {
            Ok(wish) => {
                let [change] = &wish.changes[..] else { panic!("a flag is one change: {text:?}") };
                let written = json::write(change);
                assert_eq!(json::parse::<Change>(&written).as_ref(), Ok(change), "{text:?}");
                assert!(schema.find(change.of()).is_some());
                true
            }
            Err(Failure::Said(said)) => {
                assert!(!said.words.is_empty(), "{text:?}");
                false
            }
            Err(Failure::OutputClosed) => panic!("nothing was printed"),
        }
    });
}

/// A value as it is shown is typed again as the same.
#[test]
fn typed_values() {
    let kinds =
        [Kind::Integer, Kind::Decimal { scale: 2 }, Kind::Boolean, Kind::Date, Kind::Timestamp, Kind::Json];
    let fields = kinds.map(|kind| Field::new("f", kind));
    let seeds = ["-2", "18.50", "true", "2026-05-19", "2026-05-19T09:14:23+01:00", r#"{"a":[1,"b"]}"#];
    fieldbook_fuzz::texts("typed_values", &seeds, |made| {
        let typed = made.text();
        let is_read = |field: &Field| {
            let Ok(Meaning::Value(json)) = meaning(&field.kind, &typed) else { return false };
            let Ok(value) = Value::read(field, &json) else { return false };
            let shown = match value.to_json() {
                Json::Text(text) if field.kind != Kind::Json => text,
                Json::Null => String::new(),
                other => json::write(&other),
            };
            let Ok(Meaning::Value(again)) = meaning(&field.kind, &shown) else { panic!("{shown:?}") };
            assert_eq!(Value::read(field, &again), Ok(value), "{typed:?} is shown as {shown:?}");
            true
        };
        fields.iter().filter(|field| is_read(field)).count() > 0
    });
}
