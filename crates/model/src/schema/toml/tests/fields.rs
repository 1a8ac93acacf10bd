//! Mistakes in a field.

use super::{HEAD, check_each};

#[test]
fn a_wrong_field_says_what_belongs_there() {
    check_each(
        &format!("{HEAD}[type.t.field]\n"),
        r#"
f = { kind = "txt" }
    4:14: type.t.field.f.kind: found "txt"; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob (did you mean text?)
f = { knd = "text" }
    4:7: type.t.field.f: found the key knd; allowed: kind, called, required, fixed, default, merge, by, order, readers, writers, max, series, scale, currency, values, to, owner, on-delete, orphan-to (did you mean kind?)
f = { max = 5 }
    4:1: type.t.field.f: found no kind; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob
f = { kind = "floating" }
    4:14: type.t.field.f.kind: found "floating"; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob
f = { kind = 7 }
    4:14: type.t.field.f.kind: found 7; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob
f = "text"
    4:5: type.t.field.f: found "text"; allowed: a table
f = { kind = "text", max = 0 }
    4:28: type.t.field.f.max: found 0; allowed: a whole number from 1 to 1000000
f = { kind = "text", max = "9" }
    4:28: type.t.field.f.max: found "9"; allowed: a whole number from 1 to 1000000
f = { kind = "text", requird = true }
    4:22: type.t.field.f: found the key requird; allowed: kind, called, required, fixed, default, merge, by, order, readers, writers, max, series (did you mean required?)
f = { kind = "integer", max = 5 }
    4:25: type.t.field.f: found the key max; allowed: kind, called, required, fixed, default, merge, by, order, readers, writers
f = { kind = "text", required = "yes" }
    4:33: type.t.field.f.required: found "yes"; allowed: true or false
f = { kind = "decimal" }
    4:1: type.t.field.f: found no scale; allowed: a whole number from 0 to 9
f = { kind = "decimal", scale = 10 }
    4:33: type.t.field.f.scale: found 10; allowed: a whole number from 0 to 9
f = { kind = "money" }
    4:1: type.t.field.f: found no currency; allowed: three letters of ISO 4217, such as "USD"
f = { kind = "money", currency = "usd" }
    4:34: type.t.field.f.currency: found "usd"; allowed: three letters of ISO 4217, such as "USD"
f = { kind = "enum" }
    4:1: type.t.field.f: found no values; allowed: a list of texts, such as ["open", "paid"]
f = { kind = "enum", values = [] }
    4:31: type.t.field.f.values: found []; allowed: at least one text
f = { kind = "enum", values = ["a", 1, "", "a"] }
    4:37: type.t.field.f.values[1]: found 1; allowed: a text
    4:40: type.t.field.f.values[2]: found ""; allowed: a text of at least one character
    4:44: type.t.field.f.values[3]: found "a" a second time; allowed: each value once
f = { kind = "ref", to = "tt" }
    4:26: type.t.field.f.to: found "tt"; allowed: t
f = { kind = "ref", to = "t", owner = 1 }
    4:39: type.t.field.f.owner: found 1; allowed: true or false
f = { kind = "set", max = 10001 }
    4:27: type.t.field.f.max: found 10001; allowed: a whole number from 1 to 10000
f = { kind = "text", merge = "delta" }
    4:30: type.t.field.f.merge: found "delta"; allowed: "last-synced"; delta is for integer, decimal and money
f = { kind = "integer", merge = "sum" }
    4:33: type.t.field.f.merge: found "sum"; allowed: last-synced, last-written, delta, min, max, priority, manual
f = { kind = "integer", default = "5" }
    4:35: type.t.field.f.default: found "5"; allowed: a whole number of at most 18 digits
f = { kind = "decimal", scale = 2, default = 0.5 }
    4:46: type.t.field.f.default: found 0.5; allowed: a decimal in quotes, such as "118.50", with at most 2 places and 18 digits
f = { kind = "money", currency = "USD", default = "0.123" }
    4:51: type.t.field.f.default: found "0.123"; allowed: a decimal in quotes, such as "118.50", with at most 2 places and 18 digits
f = { kind = "boolean", default = 1 }
    4:35: type.t.field.f.default: found 1; allowed: true or false
f = { kind = "date", default = 2026-05-19 }
    4:32: type.t.field.f.default: found 2026-05-19; allowed: a date in quotes, such as "2026-05-19"
f = { kind = "enum", values = ["a", "b"], default = "c" }
    4:53: type.t.field.f.default: found "c"; allowed: a, b
f = { kind = "json", default = [nan] }
    4:32: type.t.field.f.default: found [nan]; allowed: what JSON has (no date without quotes, no inf, no nan), nested at most 16 deep
f = { kind = "set", default = ["a", 2] }
    4:31: type.t.field.f.default: found ["a", 2]; allowed: a list of at most 1000 texts
f = { kind = "json", default = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]] }
    4:32: type.t.field.f.default: found [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]; allowed: what JSON has (no date without quotes, no inf, no nan), nested at most 16 deep
id = { kind = "text" }
    4:1: type.t.field.id: found the name id; allowed: another name: every record has an id of its own
_hidden = { kind = "text" }
    4:1: type.t.field._hidden: found the name _hidden; allowed: a name that does not start with _
Name = { kind = "text" }
    4:1: type.t.field.Name: found the name Name; allowed: a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63
"it's" = { kind = "text" }
    4:1: type.t.field."it's": found the name "it's"; allowed: a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63
values = { kind = "json" }
    4:1: type.t.field.values: found values, a reserved word of SQL; allowed: a name that is no word of SQL, such as sales_order in place of order
"#,
    );
}

#[test]
fn what_people_call_a_field_is_a_line_of_text() {
    check_each(
        &format!("{HEAD}[type.t.field]\n"),
        r#"
f = { kind = "date", called = "" }
    4:31: type.t.field.f.called: found ""; allowed: what people call one, such as "phone number", at most 63 characters in one line
f = { kind = "date", called = " day" }
    4:31: type.t.field.f.called: found " day"; allowed: what people call one, such as "phone number", at most 63 characters in one line
f = { kind = "date", called = "the\nday" }
    4:31: type.t.field.f.called: found "the\nday"; allowed: what people call one, such as "phone number", at most 63 characters in one line
f = { kind = "date", called = 5 }
    4:31: type.t.field.f.called: found 5; allowed: what people call one, such as "phone number", at most 63 characters in one line
"#,
    );
}

#[test]
fn a_person_decides_about_what_is_no_set() {
    check_each(
        HEAD,
        r#"
[type.t.field]
f = { kind = "set", merge = "manual" }
    4:29: type.t.field.f.merge: found "manual"; allowed: "last-synced": elements of a set join, whoever adds them
[type.t]
insert-only = true
[type.t.field]
f = { kind = "text", merge = "manual" }
    6:30: type.t.field.f.merge: found "manual"; allowed: "last-synced": records of an insert-only type never change
[type.t]
merge = "last-synced"
[type.t.field]
f = { kind = "text", merge = "manual" }
    6:22: type.t.field.f.merge: found a merge; allowed: none here, since the type says merge = "last-synced"
"#,
    );
}

#[test]
fn a_series_is_one_text_that_the_device_numbers() {
    check_each(
        &format!("{HEAD}[type.t.field]\n"),
        r#"
f = { kind = "integer", series = true }
    4:25: type.t.field.f: found the key series; allowed: kind, called, required, fixed, default, merge, by, order, readers, writers
f = { kind = "text", series = "A3" }
    4:31: type.t.field.f.series: found "A3"; allowed: true or false
f = { kind = "text", series = true, merge = "manual" }
    4:45: type.t.field.f.merge: found "manual"; allowed: "last-synced": the device numbers a series
f = { kind = "text", series = true, default = "A3-1" }
    4:37: type.t.field.f.default: found a default; allowed: none here: the device numbers a series
f = { kind = "text", series = true }
g = { kind = "text", series = false }
h = { kind = "text", series = true }
    6:1: type.t.field.h: found a second series of one type; allowed: one, which is f
"#,
    );
}

#[test]
fn what_becomes_of_a_child_is_said_of_an_owner() {
    check_each(
        &format!(
            "{HEAD}[type.o.field]\nup = {{ kind = \"ref\", to = \"o\" }}\nt = {{ kind = \"ref\", to = \"t\" }}\nn = {{ kind = \"date\" }}\n[type.t.field]\n"
        ),
        r#"
f = { kind = "ref", to = "o", on-delete = "refuse" }
    8:31: type.t.field.f.on-delete: found an on-delete; allowed: one beside owner = true only
f = { kind = "ref", to = "o", owner = true, on-delete = "refues" }
    8:57: type.t.field.f.on-delete: found "refues"; allowed: cascade, refuse, orphan-to (did you mean refuse?)
f = { kind = "ref", to = "o", owner = true, orphan-to = "up" }
    8:45: type.t.field.f.orphan-to: found an orphan-to; allowed: one beside on-delete = "orphan-to" only
f = { kind = "ref", to = "o", owner = true, on-delete = "cascade", orphan-to = "up" }
    8:68: type.t.field.f.orphan-to: found an orphan-to; allowed: one beside on-delete = "orphan-to" only
f = { kind = "ref", to = "o", owner = true, on-delete = "orphan-to", required = true }
    8:57: type.t.field.f.on-delete: found "orphan-to"; allowed: cascade, refuse; or an orphan-to beside it, since the field may not be empty
f = { kind = "ref", to = "o", owner = true, on-delete = "orphan-to", orphan-to = "upp" }
    8:82: type.t.field.f.orphan-to: found "upp"; allowed: of o: up, t, n (did you mean up?)
f = { kind = "ref", to = "o", owner = true, on-delete = "orphan-to", orphan-to = "t" }
    8:82: type.t.field.f.orphan-to: found "t"; allowed: a field of o that refers to o
f = { kind = "ref", to = "o", owner = true, on-delete = "orphan-to", orphan-to = "n" }
    8:82: type.t.field.f.orphan-to: found "n"; allowed: a field of o that refers to o
f = { kind = "ref", to = "o", owner = true, on-delete = "orphan-to", orphan-to = 1 }
    8:82: type.t.field.f.orphan-to: found 1; allowed: a field of o that refers to o
f = { kind = "ref", to = "p", owner = true, on-delete = "orphan-to", orphan-to = "n" }
    8:26: type.t.field.f.to: found "p"; allowed: o, t
"#,
    );
}

#[test]
fn a_rule_of_merging_fits_its_kind_and_has_its_order() {
    check_each(
        &format!("{HEAD}[type.t.field]\n"),
        r#"
f = { kind = "text", merge = "max" }
    4:30: type.t.field.f.merge: found "max"; allowed: "last-synced"; min and max are for integer, decimal, money, date and timestamp
f = { kind = "enum", values = ["a"], merge = "min" }
    4:46: type.t.field.f.merge: found "min"; allowed: "last-synced"; min and max are for integer, decimal, money, date and timestamp
f = { kind = "integer", merge = "priority", order = ["1"] }
    4:33: type.t.field.f.merge: found "priority"; allowed: "last-synced"; priority of values is for enum and boolean, of roles it takes by = "role"
f = { kind = "enum", values = ["a", "b"], merge = "priority" }
    4:1: type.t.field.f: found no order; allowed: the values, the one that wins first, such as ["void", "paid", "open"]
f = { kind = "enum", values = ["a", "b", "c"], merge = "priority", order = ["a", "d", "a"] }
    4:82: type.t.field.f.order[1]: found "d"; allowed: a, b, c
    4:87: type.t.field.f.order[2]: found "a" a second time; allowed: each value once
f = { kind = "enum", values = ["a", "b", "c"], merge = "priority", order = ["a", "c"] }
    4:68: type.t.field.f.order: found no b; allowed: each value once
f = { kind = "boolean", merge = "priority", order = [true, "false"] }
    4:54: type.t.field.f.order[0]: found true; allowed: true, false
f = { kind = "money", currency = "EUR", merge = "priority", by = "user", order = ["owner"] }
    4:66: type.t.field.f.by: found "user"; allowed: role
f = { kind = "text", merge = "priority", by = "role" }
    4:1: type.t.field.f: found no order; allowed: the roles, the one that wins first, such as ["owner", "member"]
f = { kind = "text", merge = "priority", by = "role", order = ["owner", "viewer", "owner"] }
    4:73: type.t.field.f.order[1]: found "viewer"; allowed: admin, member, owner
    4:83: type.t.field.f.order[2]: found "owner" a second time; allowed: each role once
f = { kind = "text", merge = "priority", by = "role", order = [] }
    4:63: type.t.field.f.order: found []; allowed: at least one role: admin, member, owner
f = { kind = "text", order = ["a"] }
    4:22: type.t.field.f.order: found the key order; allowed: none here: only merge = "priority" has it
f = { kind = "text", merge = "manual", by = "role" }
    4:40: type.t.field.f.by: found the key by; allowed: none here: only merge = "priority" has it
f = { kind = "set", merge = "last-written" }
    4:29: type.t.field.f.merge: found "last-written"; allowed: "last-synced": elements of a set join, whoever adds them
"#,
    );
}
