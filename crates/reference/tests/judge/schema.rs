//! A schema with one type for each rule.

use fieldbook_model::schema::{Action, Counter, Field, Group, Kind, Merge, OnDelete, RecordType, Unique};
use fieldbook_model::{Json, Schema};

fn text(name: &str) -> Field {
    Field::new(name, Kind::Text { max: 100 })
}

fn manual(name: &str) -> Field {
    Field { merge: Merge::Manual, ..text(name) }
}

fn delta(name: &str) -> Field {
    Field { merge: Merge::Delta, ..Field::new(name, Kind::Integer) }
}

fn set(name: &str) -> Field {
    Field::new(name, Kind::Set { max: 9 })
}

fn owner(name: &str, to: &str, on_delete: OnDelete) -> Field {
    Field::new(name, Kind::Ref { to: to.to_owned(), owner: true, on_delete })
}

fn refers(name: &str, to: &str) -> Field {
    Field::new(name, Kind::Ref { to: to.to_owned(), owner: false, on_delete: OnDelete::Cascade })
}

fn unique(name: &str, always: bool) -> RecordType {
    let unique = vec![Unique { fields: vec!["k".to_owned()], always }];
    RecordType { unique, ..RecordType::new(name, vec![text("k"), text("x"), delta("n")]) }
}

fn person(name: &str, resolve: &[&str]) -> RecordType {
    let fields = vec![manual("x"), manual("y"), text("gx"), text("gy"), delta("n"), set("tags")];
    let group = Group {
        name: "g".into(),
        fields: vec!["gx".into(), "gy".into()],
        merge: Merge::Manual,
        order: vec![],
    };
    let resolve = resolve.iter().map(|role| (*role).to_owned()).collect();
    RecordType { merge: Merge::Manual, groups: vec![group], resolve, ..RecordType::new(name, fields) }
}

/// The schema.
pub fn schema() -> Schema {
    let item = RecordType::new("item", vec![text("x"), text("y"), delta("n"), set("tags")]);
    let keep =
        RecordType { edit_wins: true, ..RecordType::new("keep", vec![text("x"), delta("n"), set("tags")]) };
    let keepkey = RecordType { edit_wins: true, ..unique("keepkey", false) };
    let part = Field { merge: Merge::LastSynced, ..refers("pay", "pay") };
    let room = RecordType::new("room", vec![text("x"), refers("next", "room")]);
    let chair = RecordType::new("chair", vec![owner("room", "room", OnDelete::Cascade), manual("x")]);
    let desk = RecordType::new("desk", vec![owner("room", "room", OnDelete::OrphanTo(Some("next".into())))]);
    let rug = RecordType::new("rug", vec![owner("room", "room", OnDelete::OrphanTo(None))]);
    let lamp = RecordType::new("lamp", vec![owner("room", "room", OnDelete::Refuse)]);
    let counter = Counter { negate: vec!["n".to_owned()], of: "of".to_owned() };
    let moved = RecordType {
        insert_only: true,
        counter: Some(counter),
        ..RecordType::new("moved", vec![Field::new("n", Kind::Integer), text("x"), refers("of", "moved")])
    };
    let note =
        RecordType { insert_only: true, ..RecordType::new("note", vec![text("x"), refers("pay", "pay")]) };
    let bill = RecordType::new(
        "bill",
        vec![Field { series: true, ..text("number") }, text("state"), refers("pay", "pay")],
    );
    let part = RecordType::new("part", vec![part, text("x")]);
    let types = vec![
        item,
        person("man", &[]),
        person("boss", &["owner"]),
        keep,
        keepkey,
        unique("pay", false),
        unique("once", true),
        room,
        chair,
        desk,
        rug,
        lamp,
        moved,
        note,
        bill,
        part,
    ];
    let create = Action { undo: Some("bill.void".to_owned()), ..Action::new("bill.create") };
    let sets = vec![("bill.state".to_owned(), Json::Text("void".to_owned()))];
    let void = Action { sets, ..Action::new("bill.void") };
    Schema::new("judge", 1, types, vec![create, void, Action::new("pos.sale")])
}
