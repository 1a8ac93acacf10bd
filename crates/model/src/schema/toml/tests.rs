//! What each mistake in a file is told as. `fields` has those in a field, `types` those in what a type says
//! besides, `actions` those in an action; `good`, a file without any.

mod actions;
mod fields;
mod good;
mod people;
mod types;

use super::actions::ACTION_KEYS;
use super::counters::COUNTER_KEYS;
use super::groups::GROUP_KEYS;
use super::keys::UNIQUE_KEYS;
use super::kinds::{FIELD_KEYS, KINDS};
use super::suggestions::{distance, is_near};
use super::types::TYPE_KEYS;
use super::{BYTES_MAX, FIELDS_MAX, FILE_KEYS, TYPES_MAX, read};

const HEAD: &str = "schema = \"s\"\nversion = 1\n";

fn check(text: &str, expected: &[&str]) {
    let errors = read("s.toml", text).expect_err(text);
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let expected: Vec<String> = expected.iter().map(|line| format!("s.toml:{line}")).collect();
    assert_eq!(lines, expected, "{text}");
}

/// Cases under each other: what follows `head` in the file, then the errors, indented.
fn check_each(head: &str, cases: &str) {
    let (mut text, mut expected) = (head.to_owned(), Vec::new());
    for line in cases.trim_start().lines() {
        if let Some(error) = line.strip_prefix("    ") {
            expected.push(error);
            continue;
        }
        if !expected.is_empty() {
            check(&text, &expected);
            (text, expected) = (head.to_owned(), Vec::new());
        }
        text += &format!("{line}\n");
    }
    check(&text, &expected);
}

#[test]
fn a_wrong_type_says_what_belongs_there() {
    check_each(
        HEAD,
        r#"
[type.order.field]
f = { kind = "text" }
    3:7: type.order: found order, a reserved word of SQL; allowed: a name that is no word of SQL, such as sales_order in place of order
[type.fb_op.field]
f = { kind = "text" }
[type.sqlite_x.field]
f = { kind = "text" }
    3:7: type.fb_op: found the name fb_op; allowed: a name that does not start with fb_
    5:7: type.sqlite_x: found the name sqlite_x; allowed: a name that does not start with sqlite_
[type.t]
label = "f"
    3:7: type.t: found no field; allowed: at least one field, such as name = { kind = "text" }
[type.t.field]
    3:9: type.t.field: found no field; allowed: at least one field, such as name = { kind = "text" }
[type.conflict.field]
f = { kind = "text" }
[type.gap.field]
f = { kind = "text" }
    3:7: type.conflict: found the name conflict; allowed: another name: every app has a type conflict
    5:7: type.gap: found the name gap; allowed: another name: every app has a type gap
[type.op.field]
f = { kind = "text" }
    3:7: type.op: found the name op; allowed: another name: histories are asked for by type or by op
type.t = 5
    3:10: type.t: found 5; allowed: a table
[type.t]
label = "nam"
[type.t.field]
name = { kind = "text" }
    4:9: type.t.label: found "nam"; allowed: name (did you mean name?)
[type.t]
label = "f"
[type.t.field]
f = { kind = "integer" }
    4:9: type.t.label: found "f"; allowed: a text field
[type.t]
insert-only = true
[type.t.field]
f = { kind = "integer", merge = "delta" }
    6:33: type.t.field.f.merge: found "delta"; allowed: "last-synced": records of an insert-only type never change
[type.t]
merge = "last-synced"
[type.t.field]
f = { kind = "integer", merge = "delta" }
    6:25: type.t.field.f.merge: found a merge; allowed: none here, since the type says merge = "last-synced"
[type.t]
merge = "first"
insert_only = true
[type.t.field]
f = { kind = "integer" }
    4:9: type.t.merge: found "first"; allowed: fields, last-synced, last-written, manual
    5:1: type.t: found the key insert_only; allowed: label, called, insert-only, merge, edit-wins, field, group, unique, one-at-a-time, counter, resolve, readers, writers, in, scope (did you mean insert-only?)
[[type.t]]
[type.t.field]
f = { kind = "text" }
    3:8: type.t: found a list of tables; allowed: a table
[type.t.field]
f = { kind = "text" }
f = { kind = "date" }
    5:1: the file: found no TOML (duplicate key); allowed: TOML, as on https://toml.io
"#,
    );
}

#[test]
fn a_wrong_file_says_what_belongs_there() {
    check_each(
        "",
        r#"
schema = "s"
    1:1: the file: found no version; allowed: a whole number from 1 to 4294967295
    1:1: the file: found no type; allowed: at least one [type.NAME] with fields
schem = "s"
version = 1
[types.t.field]
f = { kind = "text" }
    1:1: the file: found the key schem; allowed: schema, version, status, roles, type, action, step (did you mean schema?)
    3:2: the file: found the key types; allowed: schema, version, status, roles, type, action, step (did you mean type?)
schema = "My App"
version = 0
[type.t.field]
f = { kind = "text" }
    1:10: schema: found "My App"; allowed: a name such as counter: a letter a-z, then a-z, 0-9 and -, at most 63
    2:11: version: found 0; allowed: a whole number from 1 to 4294967295
schema = "s"
version = "1"
[type.t.field]
f = { kind = "text" }
    2:11: version: found "1"; allowed: a whole number from 1 to 4294967295
schema = "s"
version = 1
status = "countr"
[type.t.field]
f = { kind = "text" }
    3:10: status: found "countr"; allowed: site, capture, counter (did you mean counter?)
"#,
    );
}

#[test]
fn an_empty_file_lacks_all_that_a_schema_needs() {
    check(
        "",
        &[
            "1:1: the file: found no schema; allowed: a name such as counter: a letter a-z, then a-z, 0-9 and -, at most 63",
            "1:1: the file: found no version; allowed: a whole number from 1 to 4294967295",
            "1:1: the file: found no type; allowed: at least one [type.NAME] with fields",
        ],
    );
}

#[test]
fn a_column_counts_characters() {
    let name = "a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63";
    check_each(
        &format!("{HEAD}type.t.field = {{ \"ééé\" = {{ kind = \"date\" }}, "),
        &format!(
            "A = 5 }}
    3:18: type.t.field.\"ééé\": found the name \"ééé\"; allowed: {name}
    3:45: type.t.field.A: found the name A; allowed: {name}
    3:49: type.t.field.A: found 5; allowed: a table
"
        ),
    );
}

#[test]
fn five_mistakes_in_one_file_are_five_errors_in_its_order() {
    check(
        r#"schema = "shop"
version = 1

[type.product]
label = "nmae"

[type.product.field]
name = { kind = "text", mx = 200 }
price = { kind = "money", currency = "dollars" }
supplier = { kind = "ref", to = "suplier" }

[type.supplier.field]
name = { kind = "text", merge = "delta" }
"#,
        &[
            r#"5:9: type.product.label: found "nmae"; allowed: name, price, supplier (did you mean name?)"#,
            r#"8:25: type.product.field.name: found the key mx; allowed: kind, called, required, default, merge, by, order, readers, writers, max, series (did you mean max?)"#,
            r#"9:38: type.product.field.price.currency: found "dollars"; allowed: three letters of ISO 4217, such as "USD""#,
            r#"10:33: type.product.field.supplier.to: found "suplier"; allowed: product, supplier (did you mean supplier?)"#,
            r#"13:33: type.supplier.field.name.merge: found "delta"; allowed: "last-synced"; delta is for integer, decimal and money"#,
        ],
    );
}

#[test]
fn a_file_too_large_is_refused_unread() {
    let text = format!("{HEAD}#{}\n", "x".repeat(BYTES_MAX));
    let expected = format!("1:1: the file: found {} bytes; allowed: at most 1048576 bytes", text.len());
    check(&text, &[&expected]);
}

#[test]
fn more_types_and_fields_than_allowed_are_one_error_each() {
    let fields: String = (0..=FIELDS_MAX).map(|n| format!("f{n} = {{ kind = \"date\" }}\n")).collect();
    let types: String =
        (0..TYPES_MAX).map(|n| format!("[type.t{n}.field]\nf = {{ kind = \"date\" }}\n")).collect();
    check(
        &format!("{HEAD}[type.a.field]\n{fields}{types}"),
        &[
            "204:1: type.a.field: found 201 fields; allowed: at most 200",
            "603:7: type: found 201 types; allowed: at most 200",
        ],
    );
}

/// Else the one that stands there could hide that the other is missing.
#[test]
fn no_key_is_near_one_that_must_be_there() {
    let of_fields: Vec<&str> =
        FIELD_KEYS.into_iter().chain(KINDS.iter().flat_map(|kind| kind.1.to_vec())).collect();
    for (keys, needed) in [
        (&FILE_KEYS[..], &["schema", "version", "type"][..]),
        (&TYPE_KEYS, &["field"]),
        (&of_fields, &["kind", "scale", "currency", "values", "to"]),
        (&UNIQUE_KEYS, &["fields"]),
        (&GROUP_KEYS, &["fields"]),
        (&COUNTER_KEYS, &["negate", "of"]),
        (&ACTION_KEYS, &[]),
    ] {
        for key in needed {
            let mut near: Vec<&str> = keys.iter().copied().filter(|other| is_near(other, key)).collect();
            near.dedup();
            assert_eq!(near, [*key]);
        }
    }
}

#[test]
fn a_misspelled_word_is_at_most_two_letters_off() {
    for (a, b, expected) in [
        ("kind", "kind", 0),
        ("knd", "kind", 1),
        ("knid", "kind", 2),
        ("", "kind", 4),
        ("kitten", "sitting", 3),
    ] {
        assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
    }
    assert!(is_near("txt", "text") && is_near("suplier", "supplier"));
    assert!(!is_near("x", "to") && !is_near("floating", "boolean"));
}
