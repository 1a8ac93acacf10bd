//! Fuzz targets: what a history keeps of an op, and the changes of ops that come from anywhere.

use std::sync::Arc;

use fieldbook_model::schema::Ladder;
use fieldbook_model::{Change, Schema, json};

use crate::{read, text};

const SCHEMA: &str = include_str!("../../protocol/golden/schema.json");

const KEPT: &[&str] = &[
    r#"[["update","thing","0198c0de-7a11-7000-8000-00000000002a",null,[["count",5,3],["title","Chai","Tea","over",1311,2,[1300,1]]]]]"#,
    r#"[["insert","thing","0198c0de-7a11-7000-8000-00000000002a",["applied"],[["title",null,"Tea"]],"0198c0de-7a11-7000-8000-000000000106"]]"#,
    r#"[["delete","thing","0198c0de-7a11-7000-8000-00000000002a",["over",7,1,[5,2,9,4,1,0]],[]]]"#,
    r#"[["update","thing","0198c0de-7a11-7000-8000-00000000002a",null,[["title","a","b",[1300,1,77,1200,2,5]],["title","b","c","lost-to-delete",9,1]]]]"#,
];

const CHANGES: &[&str] = &[
    r#"[{"insert":"thing","id":"0198c0de-7a11-7000-8000-00000000002a","fields":{"title":"Tea","weight":"1.5","day":"2026-05-19"}}]"#,
    r#"[{"update":"thing","id":"0198c0de-7a11-7000-8000-00000000002a","base":7,"set":{"title":"Chai"},"add":{"count":-2}}]"#,
    r#"[{"delete":"thing","id":"0198c0de-7a11-7000-8000-00000000002a","base":7},{"restore":"thing","id":"0198c0de-7a11-7000-8000-00000000002a","base":8}]"#,
];

fn schema() -> Schema {
    json::parse(SCHEMA).expect("a schema")
}

/// What is kept is read, or it is none; brought up to the version that it has, it says the same.
#[test]
fn kept_effects() {
    let schema = schema();
    let ladder = Ladder::new(vec![Arc::new(schema.clone())]);
    fieldbook_fuzz::texts("kept_effects", KEPT, |made| {
        let kept = made.text();
        let Some(done) = text::read(&schema, &kept) else { return false };
        let up = text::up(&ladder, schema.version, &kept).expect("what is read is a list of entries");
        assert_eq!(text::read(&schema, &up).as_ref(), Some(&done), "{kept}");
        for (done, _) in &done {
            assert!(done.deeds.iter().all(|deed| deed.field < schema.types[done.of].fields.len()), "{kept}");
        }
        true
    });
}

/// A change fits the schema, and reads the same as it was written; or it is refused with a code and words.
#[test]
fn changes_under_a_schema() {
    let schema = schema();
    fieldbook_fuzz::texts("changes_under_a_schema", CHANGES, |made| {
        let Ok(changes) = json::parse::<Vec<Change>>(&made.text()) else { return false };
        let fits = |change: &Change| match read::read(&schema, change) {
            Ok(checked) => {
                assert_eq!((checked.id, checked.base), (change.id(), change.base().unwrap_or_default()));
                let again: Change = json::parse(&json::write(change)).expect("a change");
                assert_eq!(read::read(&schema, &again), Ok(checked));
                true
            }
            Err(refusal) => {
                assert!(!refusal.words.is_empty());
                false
            }
        };
        changes.iter().filter(|change| fits(change)).count() > 0
    });
}
