//! The record types of these tests: one of each way to merge, each verb, and a type that is written once.

use fieldbook_model::schema::{Action, Counter, Field, Group, Kind, Merge, OnDelete, RecordType, Unique};
use fieldbook_model::{Json, Schema};

fn field(name: &str, kind: Kind) -> Field {
    Field::new(name, kind)
}

fn item() -> RecordType {
    let text = || Kind::Text { max: 20 };
    let to_item = Kind::Ref { to: "item".into(), owner: false, on_delete: Default::default() };
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
        Field { merge: Merge::Max, ..field("top", Kind::Integer) },
    ];
    RecordType { label: Some("name".into()), insert_only: false, ..RecordType::new("item", fields) }
}

fn note() -> RecordType {
    let about = Kind::Ref { to: "item".into(), owner: true, on_delete: Default::default() };
    let fields = vec![field("text", Kind::Text { max: 20 }), field("about", about)];
    RecordType { label: Some("text".into()), insert_only: true, ..RecordType::new("note", fields) }
}

/// Types about which a person may have to decide, and types that own others.
fn asked_about() -> Vec<RecordType> {
    let text = |name: &str| field(name, Kind::Text { max: 20 });
    let manual = |it: Field| Field { merge: Merge::Manual, ..it };
    let delta =
        |name: &str| Field { merge: Merge::Delta, default: Some(Json::Int(0)), ..field(name, Kind::Integer) };
    let group = |name: &str, fields: [&str; 2], merge| Group {
        name: name.into(),
        fields: fields.map(str::to_owned).to_vec(),
        merge,
        order: vec![],
    };
    let to =
        |name: &str, of: &str, owner, on_delete| field(name, Kind::Ref { to: of.into(), owner, on_delete });
    let unique = |fields: &[&str], always| Unique {
        fields: fields.iter().map(|it| (*it).to_owned()).collect(),
        always,
    };
    let ty = |name: &str, fields| RecordType { label: None, ..RecordType::new(name, fields) };
    let deal = vec![
        manual(text("a")),
        manual(text("b")),
        text("c"),
        delta("n"),
        field("tags", Kind::Set { max: 3 }),
    ];
    let pin = vec![text("x"), text("y"), text("w"), text("h")];
    let bill = vec![
        Field { series: true, ..text("number") },
        field("state", Kind::Enum { values: vec!["open".into(), "void".into()] }),
    ];
    let pay = vec![to("bill", "bill", false, OnDelete::Cascade), text("sum")];
    let moved = vec![field("count", Kind::Integer), to("of", "moved", false, OnDelete::Cascade)];
    let room = vec![text("t"), to("next", "room", false, OnDelete::Cascade)];
    let lamp = OnDelete::OrphanTo(Some("next".into()));
    let counter = Counter { negate: vec!["count".into()], of: "of".into() };
    vec![
        RecordType { merge: Merge::Manual, ..ty("deal", deal) },
        RecordType {
            groups: vec![
                group("place", ["x", "y"], Merge::Manual),
                group("size", ["w", "h"], Merge::LastSynced),
            ],
            ..ty("pin", pin)
        },
        RecordType { edit_wins: true, ..ty("task", vec![text("t"), delta("n")]) },
        ty("bill", bill),
        RecordType { unique: vec![unique(&["bill"], false)], ..ty("pay", pay) },
        RecordType { unique: vec![unique(&["code"], true)], ..ty("badge", vec![text("code"), text("t")]) },
        RecordType { insert_only: true, counter: Some(counter), ..ty("moved", moved) },
        ty("room", room),
        ty("desk", vec![to("room", "room", true, OnDelete::Refuse)]),
        ty("lamp", vec![to("room", "room", true, lamp)]),
        RecordType {
            merge: Merge::Manual,
            ..ty("book", vec![to("room", "room", true, OnDelete::Cascade), manual(text("t"))])
        },
        RecordType {
            merge: Merge::Manual,
            resolve: vec!["owner".into()],
            ..ty("law", vec![manual(text("t"))])
        },
    ]
}

/// Types that not everybody writes, and one that opens scopes.
fn for_some() -> Vec<RecordType> {
    let text = |name: &str| field(name, Kind::Text { max: 20 });
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let ware = vec![
        text("t"),
        Field { merge: Merge::Manual, writers: names(&["manager"]), ..field("price", Kind::Integer) },
        Field { merge: Merge::Delta, default: Some(Json::Int(0)), ..field("n", Kind::Integer) },
        Field { readers: names(&["manager"]), default: Some("low".into()), ..text("margin") },
        Field { writers: names(&["manager"]), ..field("tags", Kind::Set { max: 3 }) },
    ];
    let slip = vec![
        field("count", Kind::Integer),
        field("of", Kind::Ref { to: "slip".into(), owner: false, on_delete: OnDelete::Cascade }),
    ];
    let counter = Counter { negate: vec!["count".into()], of: "of".into() };
    let ty = |name: &str, fields| RecordType { label: None, ..RecordType::new(name, fields) };
    vec![
        ty("ware", ware),
        RecordType { writers: names(&["manager", "cashier"]), ..ty("rule", vec![text("t")]) },
        RecordType {
            writers: names(&["cashier"]),
            insert_only: true,
            counter: Some(counter),
            ..ty("slip", slip)
        },
        RecordType { readers: names(&["manager"]), ..ty("secret", vec![text("t")]) },
        RecordType { scope: true, ..ty("shop", vec![text("t")]) },
    ]
}

/// Types with fields that merge by comparison: a lowest and a highest, by the order of values or roles, by time.
fn compared() -> Vec<RecordType> {
    let text = |name: &str| field(name, Kind::Text { max: 20 });
    let order = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let by = |merge, words: &[&str], it: Field| Field { merge, order: order(words), ..it };
    let states = ["open", "paid", "refunded", "void"];
    let state = field("st", Kind::Enum { values: order(&states) });
    let roles = ["owner", "manager", "cashier"];
    let meter = vec![
        by(Merge::Max, &[], field("top", Kind::Integer)),
        by(Merge::Min, &[], field("low", Kind::Decimal { scale: 1 })),
        by(Merge::Min, &[], field("since", Kind::Date)),
        text("note"),
    ];
    let bond = vec![
        by(Merge::Priority, &["void", "refunded", "paid", "open"], state),
        by(Merge::Priority, &["true", "false"], field("shut", Kind::Boolean)),
        by(Merge::PriorityByRole, &roles, field("price", Kind::Integer)),
        by(Merge::LastWritten, &[], text("memo")),
        text("x"),
        text("y"),
        by(Merge::Manual, &[], text("asked")),
    ];
    let spot = Group {
        name: "spot".into(),
        fields: order(&["x", "y"]),
        merge: Merge::PriorityByRole,
        order: order(&roles),
    };
    vec![RecordType::new("meter", meter), RecordType { groups: vec![spot], ..RecordType::new("bond", bond) }]
}

/// The schema.
pub fn schema() -> Schema {
    let action = |name: &str, key: &[&str]| Action {
        key: key.iter().map(|path| (*path).to_owned()).collect(),
        ..Action::new(name)
    };
    let actions = vec![
        action("sale", &["note.text"]),
        action("open", &["item.price", "item.up"]),
        action("label", &["item.x", "item.y"]),
        action("plain", &["item.y"]),
        action("bare", &[]),
        Action { actors: vec!["manager".into()], ..action("reprice", &[]) },
        Action { undo: Some("bill.void".into()), ..action("bill.make", &[]) },
        Action { sets: vec![("bill.state".into(), "void".into())], ..action("bill.void", &[]) },
    ];
    let mut types = vec![item(), note()];
    types.extend(asked_about());
    types.extend(for_some());
    types.extend(compared());
    let roles = vec!["manager".to_owned(), "cashier".to_owned()];
    Schema { roles, ..Schema::new("plan", 3, types, actions) }
}

/// The same without the fields that no small world uses: there are millions of them.
pub fn slim() -> Schema {
    let mut schema = schema();
    let few = schema.types.drain(..2).collect();
    let mut schema = Schema::new("plan", 3, few, schema.actions);
    for ty in &mut schema.types {
        ty.fields.retain(|field| !["cash", "price"].contains(&field.name.as_str()));
    }
    schema
}
