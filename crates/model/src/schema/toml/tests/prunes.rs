//! Mistakes in what a type says of how old its records are.

use super::{HEAD, check_each, read};

const PLACES: &str = r#"
[type.site]
scope = true
prune = "at"
field.at = { kind = "date", fixed = true }
"#;

#[test]
fn a_type_is_pruned_by_a_fixed_date_time_or_number() {
    check_each(
        &format!(
            "{HEAD}[type.t.field]\nat = {{ kind = \"date\" }}\nday = {{ kind = \"date\", fixed = true }}\nsum = {{ kind = \"money\", currency = \"EUR\" }}\nown = {{ kind = \"integer\", fixed = true, readers = [\"owner\"] }}\n[type.t]\n"
        ),
        r#"
prune = "age"
    9:9: type.t.prune: found "age"; allowed: at, day, sum, own
prune = "sum"
    9:9: type.t.prune: found "sum"; allowed: a date, timestamp or integer field, which is fixed
prune = "at"
    9:9: type.t.prune: found "at"; allowed: a fixed date, timestamp or integer field; give at fixed = true
prune = "own"
    9:9: type.t.prune: found "own"; allowed: a fixed date, timestamp or integer field that all who read a t read
"#,
    );
    let text = format!("{HEAD}[type.t]\ninsert-only = true\nprune = \"at\"\nfield.at.kind = \"timestamp\"\n");
    assert!(read("s.toml", &text).is_ok(), "an insert-only record never changes");
}

#[test]
fn what_is_fixed_has_no_rule_by_which_it_merges() {
    check_each(
        &format!("{HEAD}[type.t]\n"),
        r#"
field.f = { kind = "integer", fixed = true, merge = "max" }
    4:31: type.t.field.f.fixed: found the key fixed; allowed: none beside merge: what is fixed never changes
field.f = { kind = "set", fixed = true }
    4:27: type.t.field.f.fixed: found the key fixed; allowed: none of a series or a set
"#,
    );
}

#[test]
fn what_is_owned_goes_with_its_owner() {
    check_each(
        &format!(
            "{HEAD}[type.t]\nprune = \"at\"\nfield.at = {{ kind = \"date\", fixed = true }}\n[type.l]\nfield.n.kind = \"text\"\n"
        ),
        r#"
field.t = { kind = "ref", to = "t", owner = true }
    8:11: type.l.field.t: found an owner that may change; allowed: fixed = true, since a t is pruned with what it owns
field.t = { kind = "ref", to = "t", owner = true, fixed = true, on-delete = "orphan-to" }
    8:11: type.l.field.t: found an owner that may change; allowed: on-delete = "cascade" or "refuse", since a t is pruned with what it owns
"#,
    );
    check_each(
        &format!("{HEAD}{PLACES}"),
        r#"
called = "place"
    6:1: type.site.prune: found the key prune; allowed: none here: a type that opens scopes is taken off a device by its scopes
"#,
    );
}
