//! Mistakes in an action.

use super::{HEAD, check, check_each};

#[test]
fn a_wrong_action_says_what_belongs_there() {
    check_each(
        HEAD,
        r#"
[type.t.field]
f = { kind = "text" }
[action.edit]
    5:9: action.edit: found the name edit; allowed: another name: edit is built in
[type.t.field]
f = { kind = "text" }
[action."conflict.resolve"]
[action.discard]
    5:9: action."conflict.resolve": found the name "conflict.resolve"; allowed: another name: conflict.resolve is built in
    6:9: action.discard: found the name discard; allowed: another name: discard is built in
[type.t.field]
f = { kind = "text" }
[action."Pos..create"]
    5:9: action."Pos..create": found the name "Pos..create"; allowed: dotted words such as pos.bill.create, each of a-z, 0-9, _ and -
[type.t.field]
f = { kind = "text" }
[action.pos.bill.create]
    5:13: action.pos.bill: found an action's name without quotes; allowed: its whole name in quotes, such as [action."pos.bill.create"]
[type.t.field]
number = { kind = "text" }
[action."t.make"]
key = ["number", "x.number", "t.numbr", 5]
    6:8: action."t.make".key[0]: found "number"; allowed: a type, a point and a field, such as "sale.number"
    6:18: action."t.make".key[1]: found "x.number"; allowed: a field of t
    6:30: action."t.make".key[2]: found "t.numbr"; allowed: of t: number (did you mean number?)
    6:41: action."t.make".key[3]: found 5; allowed: a type, a point and a field, such as "sale.number"
[type.t.field]
f = { kind = "text" }
[action."t.make"]
keys = "t.f"
    6:1: action."t.make": found the key keys; allowed: key, says, undo, sets, actors (did you mean key?)
"#,
    );
}

#[test]
fn what_an_action_says_speaks_of_what_there_is() {
    check_each(
        &format!("{HEAD}[type.asset.field]\nfloor = {{ kind = \"text\" }}\n[action.move]\n"),
        r#"
says = "moved {aset} on {asset.flor}, {asset}"
    6:8: action.move.says: found {aset}; allowed: asset (did you mean asset?)
    6:8: action.move.says: found {asset.flor}; allowed: of asset: floor (did you mean floor?)
says = "moved {room.floor}"
    6:8: action.move.says: found {room.floor}; allowed: a field of asset
says = "moved {asset"
    6:8: action.move.says: found "moved {asset"; allowed: braces in pairs, with {type} or {type.field} in them
says = "moved asset}"
    6:8: action.move.says: found "moved asset}"; allowed: braces in pairs, with {type} or {type.field} in them
says = "moved {{asset}}"
    6:8: action.move.says: found "moved {{asset}}"; allowed: braces in pairs, with {type} or {type.field} in them
says = " "
    6:8: action.move.says: found " "; allowed: what a person did, after their name, such as "moved {asset} on {asset.floor}"
says = ["moved"]
    6:8: action.move.says: found ["moved"]; allowed: what a person did, after their name, such as "moved {asset} on {asset.floor}"
"#,
    );
    let long = "x".repeat(201);
    check(
        &format!("{HEAD}type.t.field.f.kind = \"date\"\naction.move.says = \"{long}\"\n"),
        &[&format!("4:20: action.move.says: found \"{}…; allowed: at most 200 characters", &long[..39])],
    );
}

#[test]
fn an_action_is_taken_back_by_another() {
    check_each(
        &format!("{HEAD}type.t.field.f.kind = \"date\"\n"),
        r#"
[action."t.make"]
undo = "t.viod"
[action."t.void"]
    5:8: action."t.make".undo: found "t.viod"; allowed: t.void (did you mean t.void?)
[action."t.make"]
undo = "t.make"
[action."t.void"]
    5:8: action."t.make".undo: found "t.make"; allowed: the name of another action
[action."t.make"]
undo = "undo"
    5:8: action."t.make".undo: found "undo"; allowed: the name of another action
[action."t.make"]
undo = true
    5:8: action."t.make".undo: found true; allowed: the name of another action
"#,
    );
}

#[test]
fn an_action_without_a_name_is_not_offered_to_take_another_back() {
    let text = format!(
        "{HEAD}type.t.field.f.kind = \"date\"\n[action.\"t.make\"]\nundo = \"t.open\"\n[action.\"\"]\n"
    );
    let mistakes = crate::schema::toml::read("s.toml", &text).expect_err("two mistakes");
    assert!(mistakes.iter().all(|mistake| !mistake.allowed.is_empty()), "{mistakes:?}");
}

#[test]
fn what_an_action_sets_fits_its_field() {
    let types = r#"
[type.log]
insert-only = true
field.status.kind = "text"
[type.bill.field]
status = { kind = "enum", values = ["open", "void"] }
total = { kind = "integer", merge = "delta" }
number = { kind = "text", series = true }
x = { kind = "integer" }
y = { kind = "integer" }
[type.bill.group]
placement = ["x", "y"]
[action.void]
"#;
    check_each(
        &format!("{HEAD}{types}"),
        r#"
sets = { "bill.status" = "viod" }
    16:26: action.void.sets."bill.status": found "viod"; allowed: open, void
sets = { "bill.state" = "void" }
    16:10: action.void.sets."bill.state": found the name "bill.state"; allowed: of bill: status, total, number, x, y (did you mean status?)
sets = { "bil.status" = "void" }
    16:10: action.void.sets."bil.status": found the name "bil.status"; allowed: a field of bill, log (did you mean bill?)
sets = { bill.status = "void" }
    16:10: action.void.sets.bill: found the name bill; allowed: a type, a point and a field in quotes, such as "invoice.status" = "void"
sets = { "log.status" = "void" }
    16:10: action.void.sets."log.status": found the name "log.status"; allowed: a field of a type whose records may be changed
sets = { "bill.total" = 0, "bill.number" = "" }
    16:10: action.void.sets."bill.total": found the name "bill.total"; allowed: a field that is no delta and no series, and not fixed
    16:28: action.void.sets."bill.number": found the name "bill.number"; allowed: a field that is no delta and no series, and not fixed
sets = { "bill.x" = 1 }
    16:10: action.void.sets."bill.x": found the name "bill.x"; allowed: a field that is in no group: a group changes as a whole
sets = "bill.status"
    16:8: action.void.sets: found "bill.status"; allowed: a table
"#,
    );
}
