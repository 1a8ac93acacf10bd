//! When two ops are the same act (rule 20): by the fields that their action declares, or by all that they do.

use std::convert::Infallible;

use fieldbook_merge::occasion::key_fields;
use fieldbook_model::schema::{Action, Field, Kind, RecordType};
use fieldbook_model::{Change, Json, RecordId, Schema, json};

/// A bill of two fields that say which one it is, and lines that name it.
fn schema() -> Schema {
    let text = |name: &str| Field::new(name, Kind::Text { max: 20 });
    let to = |name: &str, of: &str| {
        Field::new(name, Kind::Ref { to: of.to_owned(), owner: false, on_delete: Default::default() })
    };
    let tip = Field { default: Some(Json::Int(0)), ..Field::new("tip", Kind::Integer) };
    let total = Field::new("total", Kind::Decimal { scale: 2 });
    let bill = RecordType::new("bill", vec![total, to("guest", "guest"), tip, text("note"), text("more")]);
    let types = vec![RecordType::new("guest", vec![text("name")]), bill];
    let action = |name: &str, key: &[&str]| Action {
        name: name.to_owned(),
        key: key.iter().map(|path| (*path).to_owned()).collect(),
        says: None,
        undo: None,
        sets: Vec::new(),
        actors: Vec::new(),
    };
    let actions = vec![action("sell", &["bill.total", "bill.guest", "bill.tip"]), action("plain", &[])];
    Schema::new("shop", 1, types, actions)
}

fn id(digit: u8) -> RecordId {
    RecordId::from_bytes([digit; 16])
}

/// Changes with `$1` in the place of the first id, and so on.
fn changes(text: &str) -> Vec<Change> {
    let text = (1..=5).fold(text.to_owned(), |text, n| text.replace(&format!("${n}"), &id(n).to_string()));
    json::parse(&text).unwrap_or_else(|_| panic!("no changes: {text}"))
}

/// What an op of an action is compared by, where guest 2 is another name of guest 1.
fn compared(action: &str, text: &str) -> String {
    let in_force = |of: usize, named: RecordId| {
        assert_eq!(of, 0, "only guests are referred to");
        Ok::<_, Infallible>(if named == id(2) { id(1) } else { named })
    };
    let Ok(compared) = key_fields(&schema(), action, &changes(text), in_force);
    compared
}

/// A bill of some fields, under the third id.
fn bill(fields: &str) -> String {
    format!(r#"[{{"insert":"bill","id":"$3","fields":{{{fields}}}}}]"#)
}

#[test]
fn an_action_with_a_key_is_compared_by_its_fields_and_by_what_it_makes() {
    let one = bill(r#""total":"1.50","guest":"$1","note":"a""#);
    let same = [
        ("another note", bill(r#""total":"1.50","guest":"$1","note":"b""#)),
        ("a number has one spelling", bill(r#""total":"1.5","guest":"$1""#)),
        ("what is not given is its default", bill(r#""total":"1.50","guest":"$1","tip":0"#)),
        ("a guest under another name", bill(r#""total":"1.50","guest":"$2""#)),
        ("another id", one.replace("$3", "$4")),
        (
            "something that is deleted beside it",
            one.replace("}}]", r#"}},{"delete":"bill","id":"$5","base":3}]"#),
        ),
    ];
    for (sentence, other) in same {
        assert_eq!(compared("sell", &one), compared("sell", &other), "{sentence}");
    }
    let others = [
        ("another total", bill(r#""total":"1.51","guest":"$1""#)),
        ("another guest", bill(r#""total":"1.50","guest":"$4""#)),
        ("no guest", bill(r#""total":"1.50""#)),
        ("a tip", bill(r#""total":"1.50","guest":"$1","tip":1"#)),
        (
            "a guest that is made with it",
            one.replace("}}]", r#"}},{"insert":"guest","id":"$5","fields":{}}]"#),
        ),
        (
            "two of it",
            one.replace("}}]", r#"}},{"insert":"bill","id":"$5","fields":{"total":"1.50","guest":"$1"}}]"#),
        ),
        ("what fits nowhere is compared as it stands", bill(r#""total":"a lot","guest":"$1""#)),
    ];
    for (sentence, other) in others {
        assert_ne!(compared("sell", &one), compared("sell", &other), "{sentence}");
    }
    let guests = |ids: &[&str]| {
        let made: String =
            ids.iter().map(|id| format!(r#"}},{{"insert":"guest","id":"{id}","fields":{{}}"#)).collect();
        compared("sell", &one.replace("}}]", &format!("}}{made}}}]")))
    };
    assert_ne!(guests(&["$4"]), guests(&["$4", "$5"]), "as many guests as are made with it");
    let wrong = |total: &str| compared("sell", &bill(&format!(r#""total":"{total}""#)));
    assert_ne!(wrong("a lot"), wrong("little"));
}

#[test]
fn an_edit_counts_with_what_it_gives_the_fields_and_a_delete_gives_nothing() {
    let update = |set: &str| format!(r#"[{{"update":"bill","id":"$3","base":1,"set":{{{set}}}}}]"#);
    assert_eq!(compared("sell", &update(r#""tip":1"#)), compared("sell", &update(r#""tip":1,"note":"a""#)));
    assert_ne!(compared("sell", &update(r#""tip":1"#)), compared("sell", &update(r#""tip":2"#)));
    // An edit that names a field not gives it nothing, whatever the default of a new record is.
    assert_ne!(compared("sell", &update(r#""note":"a""#)), compared("sell", &update(r#""tip":0"#)));
    let gone = |verb: &str| format!(r#"[{{"{verb}":"bill","id":"$3","base":1}}]"#);
    assert_eq!(compared("sell", &gone("delete")), compared("sell", &gone("restore")));
    assert_ne!(compared("sell", &gone("delete")), compared("sell", &update(r#""note":"a""#)));
}

#[test]
fn an_action_without_a_key_is_compared_by_all_that_it_does() {
    let pair = |guest: &str, bill: &str, note: &str| {
        format!(
            r#"[{{"insert":"guest","id":"{guest}","fields":{{"name":"Ann"}}}},
                {{"insert":"bill","id":"{bill}","fields":{{"guest":"{guest}","note":"{note}","more":"{bill}"}}}}]"#
        )
    };
    let one = compared("plain", &pair("$3", "$4", "a"));
    assert_eq!(one, compared("plain", &pair("$5", "$1", "a")), "its own ids are no difference");
    assert_eq!(one, compared("never-declared", &pair("$3", "$4", "a")));
    assert_ne!(one, compared("plain", &pair("$3", "$4", "b")));
    let swapped = pair("$3", "$4", "a").replace(r#""more":"$4""#, r#""more":"$3""#);
    assert_ne!(one, compared("plain", &swapped), "each of them is known by its place");
    let edit = |base: u64, id: &str| {
        let known = format!(r#""id":"{id}","base":{base}"#);
        format!(
            r#"[{{"update":"bill",{known},"set":{{"note":"a"}}}},{{"delete":"bill",{known}}},{{"restore":"bill",{known}}}]"#
        )
    };
    let one = compared("plain", &edit(4, "$3"));
    assert_eq!(one, compared("plain", &edit(7, "$3")), "what it was based on is no difference");
    assert_ne!(one, compared("plain", &edit(4, "$4")), "the record that it edits is one");
}
