//! Sentences as tables: what an op did, and how it is told.

use std::collections::BTreeMap;

use super::says::{Part, parts};
use super::{Labels, Told, Touched, a, label, sentence};
use crate::json::{self, Json};
use crate::schema::{Action, Field, Group, Kind, Merge, RecordType};
use crate::{RecordId, Schema};

/// Names of records in these tests, as ids.
fn id(name: &str) -> RecordId {
    RecordId::named(name)
}

fn text(name: &str) -> Field {
    Field::new(name, Kind::Text { max: 1000 })
}

fn refers(name: &str, to: &str) -> Field {
    Field::new(name, Kind::Ref { to: to.to_owned(), owner: false, on_delete: Default::default() })
}

fn usd(name: &str, scale: u8) -> Field {
    Field::new(name, Kind::Money { currency: "USD".to_owned(), scale })
}

fn labelled(name: &str, label: &str, fields: Vec<Field>) -> RecordType {
    RecordType { label: Some(label.to_owned()), ..RecordType::new(name, fields) }
}

fn customer() -> RecordType {
    let address = ["street", "city"].map(str::to_owned).to_vec();
    let mut fields: Vec<Field> = ["name", "phone", "note", "fax", "mail"].map(text).to_vec();
    fields[1].called = Some("phone number".to_owned());
    fields.extend(["street", "city"].map(text));
    fields.push(refers("seller", "employee"));
    fields.push(Field::new("active", Kind::Boolean));
    fields.push(Field::new("tags", Kind::Set { max: 9 }));
    fields.push(Field::new("met", Kind::Timestamp));
    fields.push(Field::new("born", Kind::Date));
    fields.push(Field::new("extra", Kind::Json));
    fields.push(Field::new("photo", Kind::Blob));
    let groups = vec![Group {
        name: "postal_address".to_owned(),
        fields: address,
        merge: Merge::Manual,
        order: vec![],
    }];
    RecordType { groups, ..labelled("customer", "name", fields) }
}

fn schema() -> Schema {
    let delta = |field| Field { merge: Merge::Delta, ..field };
    let product = vec![
        text("name"),
        delta(Field::new("stock", Kind::Integer)),
        delta(usd("owed", 2)),
        usd("price", 4),
        Field::new("share", Kind::Decimal { scale: 2 }),
    ];
    let movement = vec![refers("product", "product"), Field::new("count", Kind::Integer)];
    let called = |called: &str, ty| RecordType { called: Some(called.to_owned()), ..ty };
    let says = |name: &str, says: &str| Action { says: Some(says.to_owned()), ..Action::new(name) };
    let types = vec![
        customer(),
        labelled("product", "name", product),
        labelled("employee", "name", vec![text("name")]),
        labelled("badge", "of", vec![refers("of", "employee")]),
        labelled("loop", "next", vec![refers("next", "loop")]),
        RecordType::new("order_line", vec![refers("product", "product")]),
        called("category", RecordType::new("kind_of", vec![text("name")])),
        RecordType { insert_only: true, ..RecordType::new("stock_movement", movement) },
    ];
    let actions = vec![
        says("assign", "gave {customer} to {customer.seller}"),
        says("adjust", "adjusted {product.name} by {stock_movement.count} ({stock_movement.product})"),
        says("reprice", "set the price of {product} to {product.price}"),
        says("visit", "met {customer} on {customer.met}, {customer.active}, {customer.note}"),
        Action::new("plain"),
    ];
    Schema::new("s", 1, types, actions)
}

/// What is known besides what the op touched.
#[derive(Default)]
struct Known(BTreeMap<(String, RecordId, String), Json>);

impl Known {
    fn new(known: &[(&str, &str, &str, Json)]) -> Self {
        let entry = |(of, name, field, value): &(&str, &str, &str, Json)| {
            (((*of).to_owned(), id(name), (*field).to_owned()), value.clone())
        };
        Self(known.iter().map(entry).collect())
    }

    /// Ann, ALFKI and Chai by their names, and a badge of Ann's.
    fn usual() -> Self {
        Self::new(&[
            ("employee", "ann", "name", "Ann Lee".into()),
            ("customer", "alfki", "name", "ALFKI".into()),
            ("product", "chai", "name", "Chai".into()),
            ("badge", "b", "of", id("ann").to_string().as_str().into()),
            ("loop", "l", "next", id("l").to_string().as_str().into()),
            ("customer", "alfki", "met", "2026-05-19T09:14:23.000Z".into()),
            ("customer", "alfki", "active", Json::Bool(true)),
            ("customer", "alfki", "note", Json::Null),
            ("conflict", "c", "label", "ALFKI".into()),
        ])
    }
}

impl Labels for Known {
    fn value(&mut self, of: &str, id: RecordId, field: &str) -> Option<Json> {
        self.0.get(&(of.to_owned(), id, field.to_owned())).cloned()
    }
}

/// A record's type, name and verb, and fields with before and after as JSON.
type Row<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str, &'a str)]);

fn tell(action: &str, rows: &[Row<'_>]) -> String {
    let read = |text: &str| json::parse::<Json>(&text.replace('\'', "\"")).expect("JSON");
    let values: Vec<Vec<(&str, Json, Json)>> = rows
        .iter()
        .map(|(.., fields)| fields.iter().map(|(name, was, is)| (*name, read(was), read(is))).collect())
        .collect();
    let touched = rows.iter().zip(&values).map(|((of, name, verb, _), fields)| Touched {
        of,
        id: id(name),
        verb,
        fields: fields.iter().map(|(name, was, is)| (*name, was, is)).collect(),
    });
    let told = Told { name: "Ann", action, touched: touched.collect() };
    sentence(&schema(), &told, &mut Known::usual())
}

fn check(action: &str, rows: &[Row<'_>], expected: &str) {
    assert_eq!(tell(action, rows), expected, "{action} {rows:?}");
}

#[test]
fn a_change_of_one_field_says_from_what_to_what() {
    let long = format!("'{}'", "word ".repeat(12));
    let other = format!("'{}!'", "word ".repeat(12));
    let ann = format!("'{}'", id("ann"));
    let unknown = format!("'{}'", id("nobody"));
    for (of, field, before, after, expected) in [
        ("customer", "phone", "'030'", "'040'", "changed phone number of ALFKI from 030 to 040"),
        ("customer", "phone", "null", "'040'", "changed phone number of ALFKI from nothing to 040"),
        ("customer", "phone", "'030'", "''", "changed phone number of ALFKI from 030 to nothing"),
        ("customer", "name", "'ALFKI'", "'Alfred'", "changed name of ALFKI from ALFKI to Alfred"),
        (
            "customer",
            "note",
            "'a\\n b'",
            &long,
            "changed note of ALFKI from a b to word word word word word word word word…",
        ),
        ("customer", "note", &long, &other, "changed note of ALFKI"),
        ("customer", "active", "true", "false", "changed active of ALFKI from yes to no"),
        ("customer", "tags", "[]", "['b','a']", "changed tags of ALFKI from nothing to a, b"),
        ("customer", "seller", "null", &ann, "changed seller of ALFKI from nothing to Ann Lee"),
        ("customer", "seller", &ann, &unknown, "changed seller of ALFKI from Ann Lee to an employee"),
        ("customer", "born", "null", "'1970-01-02'", "changed born of ALFKI from nothing to 1970-01-02"),
        (
            "customer",
            "met",
            "null",
            "'2026-05-19T09:14:23Z'",
            "changed met of ALFKI from nothing to 2026-05-19 09:14 UTC",
        ),
        ("customer", "extra", "null", "{'id':1}", "changed extra of ALFKI"),
        ("customer", "photo", "null", "'x'", "changed photo of ALFKI"),
        ("customer", "city", "'Rome'", "'Oslo'", "changed city of ALFKI from Rome to Oslo"),
        ("customer", "phone", "'030'", "'030'", "changed phone number of ALFKI"),
        ("product", "price", "'18'", "'18.125'", "changed price of Chai from 18.00 USD to 18.125 USD"),
        ("product", "share", "'0.5'", "'-1'", "changed share of Chai from 0.50 to -1.00"),
        ("product", "stock", "5", "7", "added 2 to stock of Chai"),
        ("product", "stock", "5", "-7", "took 12 from stock of Chai"),
        ("product", "owed", "'0.00'", "'18.00'", "added 18.00 USD to owed of Chai"),
        ("product", "price", "'cheap'", &ann, "changed price of Chai from cheap to some data"),
        ("product", "share", "1.5", "7", "changed share of Chai from some data to 7.00"),
        ("product", "stock", "5", "5", "changed stock of Chai"),
        ("product", "gone", "5", "6", "changed Chai"),
    ] {
        let name = if of == "customer" { "alfki" } else { "chai" };
        check("edit", &[(of, name, "update", &[(field, before, after)])], &format!("Ann {expected}"));
    }
}

#[test]
fn several_fields_are_named_and_many_counted() {
    let of = |names: &[&'static str]| names.iter().map(|name| (*name, "null", "'x'")).collect::<Vec<_>>();
    for (fields, expected) in [
        (&[][..], "changed ALFKI"),
        (&["phone", "note"], "changed phone number and note of ALFKI"),
        (&["phone", "note", "fax"], "changed phone number, note and fax of ALFKI"),
        (&["phone", "note", "fax", "mail", "street"], "changed phone number, note and 3 more of ALFKI"),
        (&["street", "city"], "changed postal address of ALFKI"),
        (&["street", "note", "city"], "changed postal address and note of ALFKI"),
    ] {
        check("edit", &[("customer", "alfki", "update", &of(fields))], &format!("Ann {expected}"));
    }
    // A group comes whole; only one of its members is another.
    let carried = [("street", "'a'", "'a'"), ("city", "'Rome'", "'Oslo'")];
    check(
        "edit",
        &[("customer", "alfki", "update", &carried)],
        "Ann changed city of ALFKI from Rome to Oslo",
    );
}

#[test]
fn what_became_of_records_is_said_by_their_labels() {
    let name = [("name", "null", "'New'")];
    for (rows, expected) in [
        (&[("customer", "new", "insert", &name[..])][..], "added customer New"),
        (&[("customer", "new", "insert", &[])], "added a customer"),
        (&[("order_line", "x", "insert", &[])], "added an order line"),
        (&[("customer", "alfki", "delete", &[])], "deleted customer ALFKI"),
        (&[("customer", "old", "delete", &[("name", "'Old'", "null")])], "deleted customer Old"),
        (&[("customer", "old", "delete", &[])], "deleted a customer"),
        (&[("customer", "alfki", "restore", &[])], "restored customer ALFKI"),
        (&[("ghost", "x", "insert", &[])], "added a record"),
        (&[("ghost", "x", "update", &[("a", "1", "2")])], "changed a record"),
        (&[], "changed nothing"),
    ] {
        check("plain", rows, &format!("Ann {expected}"));
    }
}

#[test]
fn many_records_are_counted() {
    let many = |of, verb, count: usize| -> Vec<Row<'static>> {
        ["a", "b", "c", "d"][..count].iter().map(|name| (of, *name, verb, &[][..])).collect()
    };
    check("edit", &many("order_line", "insert", 4), "Ann added 4 order lines");
    check("edit", &many("kind_of", "delete", 2), "Ann deleted 2 categories");
    check("edit", &many("customer", "update", 3), "Ann changed 3 customers");
    check("edit", &many("customer", "restore", 3), "Ann restored 3 customers");
    let mixed = [many("customer", "update", 2), many("order_line", "update", 2)].concat();
    check("edit", &mixed, "Ann changed 4 records");
    let verbs = [many("customer", "insert", 1), vec![("customer", "b", "delete", &[][..])]].concat();
    check("edit", &verbs, "Ann changed 2 records");
}

#[test]
fn a_record_that_is_changed_twice_is_told_once() {
    let insert = ("customer", "new", "insert", &[("name", "null", "'New'")][..]);
    let update = ("customer", "new", "update", &[("name", "'New'", "'Newer'"), ("fax", "null", "'1'")][..]);
    check("edit", &[insert, update], "Ann added customer Newer");
    check("edit", &[update, ("customer", "new", "delete", &[])], "Ann deleted customer New");
    let stock = |before, after| [("stock", before, after)];
    check(
        "edit",
        &[("product", "chai", "update", &stock("1", "3")), ("product", "chai", "update", &stock("3", "2"))],
        "Ann added 1 to stock of Chai",
    );
}

#[test]
fn an_action_says_what_it_does_in_its_own_words() {
    let seller = format!("'{}'", id("ann"));
    let chai = format!("'{}'", id("chai"));
    let given = [("seller", "null", seller.as_str())];
    check("assign", &[("customer", "alfki", "update", &given)], "Ann gave ALFKI to Ann Lee");
    check(
        "assign",
        &[("customer", "alfki", "update", &[("seller", &seller, "null")])],
        "Ann gave ALFKI to nothing",
    );
    check("assign", &[("customer", "x", "insert", &given)], "Ann gave a customer to Ann Lee");
    check("assign", &[("customer", "alfki", "delete", &given)], "Ann gave ALFKI to nothing");
    let movement =
        ("stock_movement", "m", "insert", &[("product", "null", chai.as_str()), ("count", "null", "-2")][..]);
    let product = ("product", "chai", "update", &[("stock", "5", "3")][..]);
    check("adjust", &[movement, product], "Ann adjusted Chai by -2 (Chai)");
    check(
        "reprice",
        &[("product", "chai", "update", &[("price", "'1'", "'18.0000'")])],
        "Ann set the price of Chai to 18.00 USD",
    );
    check(
        "visit",
        &[("customer", "alfki", "update", &[])],
        "Ann met ALFKI on 2026-05-19 09:14 UTC, yes, nothing",
    );
}

#[test]
fn words_about_what_was_not_touched_are_not_used() {
    check(
        "adjust",
        &[("product", "chai", "update", &[("stock", "5", "3")])],
        "Ann took 2 from stock of Chai",
    );
    // The note of this one is nowhere to be found.
    check(
        "visit",
        &[("customer", "x", "update", &[("fax", "null", "'1'")])],
        "Ann changed fax of a customer from nothing to 1",
    );
    check("unheard-of", &[("customer", "alfki", "delete", &[])], "Ann deleted customer ALFKI");
}

#[test]
fn an_undo_tells_what_it_took_back_and_a_redo_what_it_did_again() {
    let phone = [("phone", "'040'", "'030'")];
    for (action, rows, expected) in [
        (
            "undo",
            &[("customer", "alfki", "update", &phone[..])][..],
            "undid: changed phone number of ALFKI from 030 to 040",
        ),
        (
            "redo",
            &[("customer", "alfki", "update", &phone)],
            "redid: changed phone number of ALFKI from 040 to 030",
        ),
        ("undo", &[("customer", "alfki", "delete", &[])], "undid: added customer ALFKI"),
        ("undo", &[("customer", "alfki", "restore", &[])], "undid: deleted customer ALFKI"),
        ("redo", &[("customer", "alfki", "restore", &[])], "redid: restored customer ALFKI"),
        (
            "undo",
            &[("product", "chai", "update", &[("stock", "3", "5")])],
            "undid: took 2 from stock of Chai",
        ),
        ("undo", &[("stock_movement", "m", "insert", &[])], "undid: added a stock movement"),
        ("undo", &[], "undid what had no effect"),
        ("redo", &[], "redid what had no effect"),
    ] {
        check(action, rows, &format!("Ann {expected}"));
    }
}

#[test]
fn an_op_about_another_names_the_record_that_it_is_about() {
    let (conflict, record) = (("conflict", "c", "update", &[][..]), ("customer", "alfki", "update", &[][..]));
    for (action, rows, expected) in [
        ("conflict.resolve", &[conflict, record][..], "settled the conflict on ALFKI"),
        ("conflict.resolve", &[conflict], "settled the conflict on ALFKI"),
        ("conflict.resolve", &[("customer", "x", "update", &[])], "settled the conflict on a customer"),
        ("conflict.resolve", &[], "settled a conflict"),
        ("discard", &[record], "discarded a change of ALFKI"),
        ("discard", &[], "discarded a change"),
    ] {
        check(action, rows, &format!("Ann {expected}"));
    }
}

#[test]
fn a_label_is_followed_and_never_an_id() {
    for (of, name, expected) in [
        ("employee", "ann", "Ann Lee"),
        ("badge", "b", "Ann Lee"),
        ("badge", "x", "a badge"),
        ("loop", "l", "a loop"),
        ("order_line", "x", "an order line"),
        ("kind_of", "x", "a category"),
        ("conflict", "c", "ALFKI"),
        ("ghost", "x", "a record"),
    ] {
        assert_eq!(label(&schema(), of, id(name), &mut Known::usual()), expected, "{of} {name}");
    }
}

#[test]
fn no_sentence_holds_an_id() {
    let bare = format!("'{}'", id("nobody"));
    let fields = [("seller", bare.as_str(), "null"), ("extra", "null", bare.as_str())];
    for verb in ["insert", "update", "delete", "restore"] {
        for action in ["edit", "assign", "undo", "redo", "conflict.resolve", "discard", "unheard-of"] {
            for fields in [&fields[..], &fields[..1], &fields[1..]] {
                let told = tell(action, &[("customer", "nobody", verb, fields)]);
                assert!(!told.contains(&id("nobody").to_string()), "{told}");
            }
        }
    }
}

#[test]
fn wording_is_read_in_pieces() {
    use Part::{Record, Value, Words};
    for (says, expected) in [
        ("moved", Some(&[Words("moved")][..])),
        ("{a}", Some(&[Words(""), Record("a"), Words("")])),
        ("on {a.b}!", Some(&[Words("on "), Value("a", "b"), Words("!")])),
        ("{a", None),
        ("a}", None),
        ("{a} b}", None),
        ("}{a}", None),
        ("{{a}}", None),
    ] {
        assert_eq!(parts(says).as_deref(), expected, "{says}");
    }
}

#[test]
fn a_noun_has_its_article() {
    assert_eq!([a("estate"), a("price"), a("Order")], ["An estate", "A price", "An Order"]);
}
