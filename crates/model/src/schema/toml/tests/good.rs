//! A file without a mistake, with one of each thing that a schema has.

use super::read;
use crate::json::Json;
use crate::schema::{
    Action, Counter, Field, Group, Kind, Merge, OnDelete, RecordType, Schema, Unique, Vocabulary,
};

fn field(name: &str, kind: Kind) -> Field {
    Field::new(name, kind)
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
        field("category", Kind::Ref { to: "category".to_owned(), owner: true, on_delete: OnDelete::Cascade }),
        field("photo", Kind::Blob),
    ];
    let product = RecordType { label: Some("name".to_owned()), ..RecordType::new("product", fields) };
    let code = vec![field("code", text(10_000))];
    let category = RecordType { insert_only: true, ..RecordType::new("category", code) };
    let key = vec!["product.name".to_owned(), "category.code".to_owned()];
    let actions = vec![Action { key, ..Action::new("pos.bill.create") }, Action::new("recount")];
    Schema::new("counter", 3, vec![product, category], actions)
}

#[test]
fn a_good_file_is_its_schema_and_travels_as_json() {
    let schema = read("s.toml", GOOD).expect("a schema");
    assert_eq!(schema, good());
    assert_eq!(crate::json::parse::<Schema>(&crate::json::write(&schema)), Ok(schema));
}

/// What belongs to conflicts and undo.
const DECIDED: &str = r#"
schema = "site"
version = 1
status = "site"

[type.asset]
called = "pump or valve"
merge = "manual"
unique = { fields = ["code", "floor"], always = true }
one-at-a-time = "part_of"
resolve = ["member", "owner"]

[type.asset.group]
placement = ["x", "y"]
size = { fields = ["width", "height"], merge = "last-synced" }

[type.asset.field]
number  = { kind = "text", series = true, required = true }
code    = { kind = "text", called = "asset code" }
tags    = { kind = "set" }
hours   = { kind = "integer", merge = "delta" }
seen_at = { kind = "timestamp", merge = "last-synced" }
floor   = { kind = "ref", to = "floor", owner = true, on-delete = "orphan-to", orphan-to = "below" }
part_of = { kind = "ref", to = "asset", owner = true, on-delete = "refuse" }
x.kind = "integer"
y.kind = "integer"
width.kind = "integer"
height.kind = "integer"

[type.floor]
edit-wins = true
unique = ["name"]
[type.floor.field]
name  = { kind = "text", merge = "manual" }
below = { kind = "ref", to = "floor" }
of    = { kind = "ref", to = "asset", owner = true, on-delete = "orphan-to" }

[type.reading]
insert-only = true
counter = { negate = ["value"], of = "corrects" }
[type.reading.field]
value    = { kind = "decimal", scale = 3 }
corrects = { kind = "ref", to = "reading" }

[action."asset.place"]
says = "moved {asset} on {asset.floor}"
undo = "asset.scrap"

[action."asset.scrap"]
sets = { "floor.name" = "scrap", "asset.code" = "none" }
"#;

fn decided() -> Schema {
    let manual = |name, kind| Field { merge: Merge::Manual, ..field(name, kind) };
    let text = || Kind::Text { max: 10_000 };
    let refers = |to: &str, on_delete: Option<OnDelete>| Kind::Ref {
        to: to.to_owned(),
        owner: on_delete.is_some(),
        on_delete: on_delete.unwrap_or_default(),
    };
    let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let mut fields = vec![
        Field { series: true, required: true, ..field("number", text()) },
        Field { called: Some("asset code".to_owned()), ..manual("code", text()) },
        field("tags", Kind::Set { max: 1000 }),
        Field { merge: Merge::Delta, ..field("hours", Kind::Integer) },
        field("seen_at", Kind::Timestamp),
        manual("floor", refers("floor", Some(OnDelete::OrphanTo(Some("below".to_owned()))))),
        manual("part_of", refers("asset", Some(OnDelete::Refuse))),
    ];
    fields.extend(["x", "y", "width", "height"].map(|name| manual(name, Kind::Integer)));
    let group = |name: &str, fields, merge| Group {
        name: name.to_owned(),
        fields: names(fields),
        merge,
        order: vec![],
    };
    let asset = RecordType {
        called: Some("pump or valve".to_owned()),
        merge: Merge::Manual,
        groups: vec![
            group("placement", ["x", "y"], Merge::Manual),
            group("size", ["width", "height"], Merge::LastSynced),
        ],
        unique: vec![
            Unique { fields: names(["code", "floor"]), always: true },
            Unique { fields: vec!["part_of".to_owned()], always: false },
        ],
        resolve: names(["member", "owner"]),
        ..RecordType::new("asset", fields)
    };
    let fields = vec![
        manual("name", text()),
        field("below", refers("floor", None)),
        field("of", refers("asset", Some(OnDelete::OrphanTo(None)))),
    ];
    let unique = vec![Unique { fields: vec!["name".to_owned()], always: false }];
    let floor = RecordType { edit_wins: true, unique, ..RecordType::new("floor", fields) };
    let fields = vec![field("value", Kind::Decimal { scale: 3 }), field("corrects", refers("reading", None))];
    let counter = Counter { negate: vec!["value".to_owned()], of: "corrects".to_owned() };
    let reading =
        RecordType { insert_only: true, counter: Some(counter), ..RecordType::new("reading", fields) };
    let place = Action {
        says: Some("moved {asset} on {asset.floor}".to_owned()),
        undo: Some("asset.scrap".to_owned()),
        ..Action::new("asset.place")
    };
    let sets = [("floor.name", "scrap"), ("asset.code", "none")];
    let sets = sets.map(|(path, value)| (path.to_owned(), value.into())).to_vec();
    let scrap = Action { sets, ..Action::new("asset.scrap") };
    let types = vec![asset, floor, reading];
    Schema { status: Vocabulary::Site, ..Schema::new("site", 1, types, vec![place, scrap]) }
}

#[test]
fn a_good_file_with_conflicts_and_undo_is_its_schema_and_travels_as_json() {
    let schema = read("s.toml", DECIDED).expect("a schema");
    assert_eq!(schema, decided());
    assert_eq!(crate::json::parse::<Schema>(&crate::json::write(&schema)), Ok(schema));
}

/// One of each rule.
const MERGED: &str = r#"
schema = "plant"
roles = ["engineer"]
version = 1

[type.meter]
[type.meter.group]
place = { fields = ["x", "y"], merge = "priority", by = "role", order = ["owner", "engineer"] }
[type.meter.field]
x.kind = "integer"
y.kind = "integer"
highest = { kind = "decimal", scale = 1, merge = "max" }
first   = { kind = "date", merge = "min" }
state   = { kind = "enum", values = ["ok", "broken"], merge = "priority", order = ["broken", "ok"] }
sealed  = { kind = "boolean", merge = "priority", order = ["true", "false"] }
ceiling = { kind = "integer", merge = "priority", by = "role", order = ["owner", "engineer"] }
note    = { kind = "text", merge = "last-written" }

[type.memo]
merge = "last-written"
[type.memo.field]
text = { kind = "text" }
"#;

#[test]
fn a_good_file_with_each_rule_is_its_schema_and_travels_as_json() {
    let schema = read("s.toml", MERGED).expect("a schema");
    let order = |words: [&str; 2]| words.map(str::to_owned).to_vec();
    let with = |merge, order, it: Field| Field { merge, order, ..it };
    let plain = |merge, name, kind| with(merge, vec![], field(name, kind));
    let state = Kind::Enum { values: order(["ok", "broken"]) };
    let roles = || order(["owner", "engineer"]);
    let text = || Kind::Text { max: 10_000 };
    let meter = vec![
        field("x", Kind::Integer),
        field("y", Kind::Integer),
        plain(Merge::Max, "highest", Kind::Decimal { scale: 1 }),
        plain(Merge::Min, "first", Kind::Date),
        with(Merge::Priority, order(["broken", "ok"]), field("state", state)),
        with(Merge::Priority, order(["true", "false"]), field("sealed", Kind::Boolean)),
        with(Merge::PriorityByRole, roles(), field("ceiling", Kind::Integer)),
        plain(Merge::LastWritten, "note", text()),
    ];
    let place = Group {
        name: "place".to_owned(),
        fields: order(["x", "y"]),
        merge: Merge::PriorityByRole,
        order: roles(),
    };
    let meter = RecordType { groups: vec![place], ..RecordType::new("meter", meter) };
    let memo = vec![plain(Merge::LastWritten, "text", text())];
    let memo = RecordType { merge: Merge::LastWritten, ..RecordType::new("memo", memo) };
    let plant = Schema::new("plant", 1, vec![meter, memo], vec![]);
    assert_eq!(schema, Schema { roles: vec!["engineer".to_owned()], ..plant });
    assert_eq!(crate::json::parse::<Schema>(&crate::json::write(&schema)), Ok(schema));
}
