//! A file without a mistake, with one of each thing that a schema has.

use super::read;
use crate::json::Json;
use crate::schema::{Action, Field, Kind, Merge, RecordType, Schema};

fn field(name: &str, kind: Kind) -> Field {
    Field { name: name.to_owned(), kind, merge: Merge::LastSynced, required: false, default: None }
}

const GOOD: &str = r#"
schema = "counter"
version = 3

[type.product]
label = "name"

[type.product.field]
name     = { kind = "text", max = 200, required = true }
note     = { kind = "text" }
price    = { kind = "money", currency = "USD", scale = 4 }
cost     = { kind = "money", currency = "EUR" }
discount = { kind = "decimal", scale = 2, default = "0" }
stock    = { kind = "integer", merge = "delta", default = 0 }
active   = { kind = "boolean", default = true }
due      = { kind = "date", merge = "last-synced" }
at       = { kind = "timestamp" }
status   = { kind = "enum", values = ["open", "paid"], default = "open" }
extra    = { kind = "json", default = { a = [1, 0.5] } }
tags     = { kind = "set", max = 100, default = ["new"] }
keywords = { kind = "set" }
category = { kind = "ref", to = "category", owner = true }
photo    = { kind = "blob" }

[type.category]
insert-only = true
merge = "last-synced"
field.code.kind = "text"

[action."pos.bill.create"]
key = ["product.name", "category.code"]

[action.recount]
"#;

fn good() -> Schema {
    let text = |max| Kind::Text { max };
    let money = |currency: &str, scale| Kind::Money { currency: currency.to_owned(), scale };
    let with = |default: Json, field: Field| Field { default: Some(default), ..field };
    let status = Kind::Enum { values: vec!["open".to_owned(), "paid".to_owned()] };
    let extra = vec![("a".to_owned(), Json::List(vec![Json::Int(1), Json::Float(0.5)]))];
    let fields = vec![
        Field { required: true, ..field("name", text(200)) },
        field("note", text(10_000)),
        field("price", money("USD", 4)),
        field("cost", money("EUR", 2)),
        with("0".into(), field("discount", Kind::Decimal { scale: 2 })),
        with(0.into(), Field { merge: Merge::Delta, ..field("stock", Kind::Integer) }),
        with(Json::Bool(true), field("active", Kind::Boolean)),
        field("due", Kind::Date),
        field("at", Kind::Timestamp),
        with("open".into(), field("status", status)),
        with(Json::Object(extra), field("extra", Kind::Json)),
        with(Json::List(vec!["new".into()]), field("tags", Kind::Set { max: 100 })),
        field("keywords", Kind::Set { max: 1000 }),
        field("category", Kind::Ref { to: "category".to_owned(), owner: true }),
        field("photo", Kind::Blob),
    ];
    let product =
        RecordType { name: "product".to_owned(), label: Some("name".to_owned()), insert_only: false, fields };
    let code = vec![field("code", text(10_000))];
    let category = RecordType { name: "category".to_owned(), label: None, insert_only: true, fields: code };
    let key = vec!["product.name".to_owned(), "category.code".to_owned()];
    let actions = vec![
        Action { name: "pos.bill.create".to_owned(), key },
        Action { name: "recount".to_owned(), key: Vec::new() },
    ];
    Schema { name: "counter".to_owned(), version: 3, types: vec![product, category], actions }
}

#[test]
fn a_good_file_is_its_schema_and_travels_as_json() {
    let schema = read("s.toml", GOOD).expect("a schema");
    assert_eq!(schema, good());
    assert_eq!(crate::json::parse::<Schema>(&crate::json::write(&schema)), Ok(schema));
}
