//! The record types of these tests: one of each way to merge, each verb, and a type that is written once.

use fieldbook_model::schema::{Action, Field, Kind, Merge, RecordType};
use fieldbook_model::{Json, Schema};

fn field(name: &str, kind: Kind) -> Field {
    Field { name: name.into(), kind, merge: Merge::LastSynced, required: false, default: None }
}

fn item() -> RecordType {
    let text = || Kind::Text { max: 20 };
    let to_item = Kind::Ref { to: "item".into(), owner: false };
    let money = Kind::Money { currency: "EUR".into(), scale: 2 };
    let fields = vec![
        Field { required: true, ..field("name", text()) },
        field("x", text()),
        field("y", text()),
        Field { merge: Merge::Delta, default: Some(Json::Int(0)), ..field("n", Kind::Integer) },
        Field { merge: Merge::Delta, ..field("cash", money.clone()) },
        field("price", money),
        field("tags", Kind::Set { max: 3 }),
        field("up", to_item),
    ];
    RecordType { name: "item".into(), label: Some("name".into()), insert_only: false, fields }
}

fn note() -> RecordType {
    let about = Kind::Ref { to: "item".into(), owner: true };
    let fields = vec![field("text", Kind::Text { max: 20 }), field("about", about)];
    RecordType { name: "note".into(), label: Some("text".into()), insert_only: true, fields }
}

/// The schema.
pub fn schema() -> Schema {
    let action = |name: &str, key: &[&str]| Action {
        name: name.into(),
        key: key.iter().map(|path| (*path).to_owned()).collect(),
    };
    let actions = vec![
        action("sale", &["note.text"]),
        action("open", &["item.price", "item.up"]),
        action("label", &["item.x", "item.y"]),
        action("plain", &["item.y"]),
        action("bare", &[]),
    ];
    Schema { name: "plan".into(), version: 3, types: vec![item(), note()], actions }
}

/// The same without the fields that no small world uses: there are millions of them.
pub fn slim() -> Schema {
    let mut schema = schema();
    for ty in &mut schema.types {
        ty.fields.retain(|field| !["cash", "price"].contains(&field.name.as_str()));
    }
    schema
}
