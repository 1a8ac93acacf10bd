//! Mistakes in what a type says about all its records.

use super::{HEAD, check_each};

#[test]
fn an_insert_only_type_has_nothing_that_is_for_conflicts() {
    check_each(
        &format!(
            "{HEAD}[type.t.field]\nf = {{ kind = \"ref\", to = \"t\" }}\ng = {{ kind = \"date\" }}\n[type.t]\ninsert-only = true\n"
        ),
        r#"
merge = "manual"
    8:9: type.t.merge: found "manual"; allowed: fields, last-synced: records of an insert-only type cannot conflict
edit-wins = true
    8:1: type.t.edit-wins: found the key edit-wins; allowed: none here: records of an insert-only type cannot conflict
unique = ["f"]
    8:1: type.t.unique: found the key unique; allowed: none here: records of an insert-only type cannot conflict
one-at-a-time = "f"
    8:1: type.t.one-at-a-time: found the key one-at-a-time; allowed: none here: records of an insert-only type cannot conflict
resolve = ["owner"]
    8:1: type.t.resolve: found the key resolve; allowed: none here: records of an insert-only type cannot conflict
group.place = { fields = ["f", "g"], merge = "manual" }
    8:46: type.t.group.place.merge: found "manual"; allowed: last-synced: records of an insert-only type cannot conflict
"#,
    );
}

#[test]
fn an_edit_wins_where_no_person_decides() {
    check_each(
        &format!("{HEAD}type.t.field.f.kind = \"date\"\n"),
        r#"
type.t.merge = "manual"
type.t.edit-wins = true
    5:8: type.t.edit-wins: found the key edit-wins; allowed: none here, since the type says merge = "manual": a person decides
type.t.edit-wins = "yes"
    4:20: type.t.edit-wins: found "yes"; allowed: true or false
"#,
    );
}

#[test]
fn a_key_is_of_fields_that_can_be_compared() {
    check_each(
        &format!(
            "{HEAD}[type.t.field]\ncode = {{ kind = \"text\" }}\nsum = {{ kind = \"integer\", merge = \"delta\" }}\ntags = {{ kind = \"set\" }}\nof = {{ kind = \"ref\", to = \"t\" }}\n[type.t]\n"
        ),
        r#"
unique = "code"
    9:10: type.t.unique: found "code"; allowed: a list of fields, such as ["code"]
unique = []
    9:10: type.t.unique: found []; allowed: at least one field
unique = ["cod", "code", "code", 5]
    9:11: type.t.unique[0]: found "cod"; allowed: code, sum, tags, of (did you mean code?)
    9:26: type.t.unique[2]: found "code" a second time; allowed: each field once
    9:34: type.t.unique[3]: found 5; allowed: the name of a field that is no delta, no set and no JSON
unique = ["sum", "tags"]
    9:11: type.t.unique[0]: found "sum"; allowed: a field that is no delta, no set and no JSON
    9:18: type.t.unique[1]: found "tags"; allowed: a field that is no delta, no set and no JSON
unique = { always = true }
    9:1: type.t.unique: found no fields; allowed: a list of fields, such as ["code"]
unique = { fields = ["code"], alway = true }
    9:31: type.t.unique: found the key alway; allowed: fields, always (did you mean always?)
one-at-a-time = "code"
    9:17: type.t.one-at-a-time: found "code"; allowed: a reference
one-at-a-time = ["of"]
    9:17: type.t.one-at-a-time: found ["of"]; allowed: the name of a reference
unique = ["of"]
one-at-a-time = "of"
    10:17: type.t.one-at-a-time: found "of"; allowed: a field that is not the whole key of unique
"#,
    );
}

#[test]
fn a_group_has_fields_that_have_no_rule_of_their_own() {
    check_each(
        &format!(
            "{HEAD}[type.t.field]\nx = {{ kind = \"integer\" }}\ny = {{ kind = \"integer\" }}\nz = {{ kind = \"integer\", merge = \"last-synced\" }}\ntags = {{ kind = \"set\" }}\nn = {{ kind = \"text\", series = true }}\nkey = {{ kind = \"text\" }}\n[type.t]\nunique = [\"key\"]\n[type.t.group]\n"
        ),
        r#"
place = "x"
    13:9: type.t.group.place: found "x"; allowed: a list of fields, such as ["x", "y"]
place = ["x"]
    13:9: type.t.group.place: found ["x"]; allowed: at least two fields
place = ["x", "w"]
    13:15: type.t.group.place[1]: found "w"; allowed: x, y, z, tags, n, key
place = ["x", "x"]
    13:15: type.t.group.place[1]: found "x" a second time; allowed: each field once
place = ["x", "z", "tags", "n", "key"]
    13:15: type.t.group.place[1]: found "z"; allowed: a field without a merge of its own: it merges as its group does
    13:20: type.t.group.place[2]: found "tags"; allowed: a field that is no set and no series, and not fixed
    13:28: type.t.group.place[3]: found "n"; allowed: a field that is no set and no series, and not fixed
    13:33: type.t.group.place[4]: found "key"; allowed: a field that is no part of a key
place = ["x", "y"]
other = { fields = ["y", "x"] }
    14:21: type.t.group.other.fields[0]: found "y"; allowed: a field that is in no other group; this one is in place
    14:26: type.t.group.other.fields[1]: found "x"; allowed: a field that is in no other group; this one is in place
key = ["x", "y"]
    13:1: type.t.group.key: found the name key; allowed: another name: a field has this one
Place = ["x", "y"]
    13:1: type.t.group.Place: found the name Place; allowed: a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63
place = { merge = "manual" }
    13:1: type.t.group.place: found no fields; allowed: a list of fields, such as ["x", "y"]
place = { fields = ["x", "y"], merge = "priority", order = ["1", "2"] }
    13:40: type.t.group.place.merge: found "priority"; allowed: with by = "role": the values of a group have no order
place = { fields = ["x", "y"], order = ["owner"] }
    13:32: type.t.group.place.order: found the key order; allowed: none here: only merge = "priority" has it
place = { fields = ["x", "y"], merge = "delta" }
    13:40: type.t.group.place.merge: found "delta"; allowed: last-synced, last-written, priority, manual
place = { fields = ["x", "y"], merg = "manual" }
    13:32: type.t.group.place: found the key merg; allowed: fields, merge, by, order (did you mean merge?)
"#,
    );
    check_each(
        &format!(
            "{HEAD}[type.t.field]\nx.kind = \"date\"\ny.kind = \"date\"\n[type.t]\nmerge = \"last-synced\"\n"
        ),
        r#"
group.place = { fields = ["x", "y"], merge = "manual" }
    8:38: type.t.group.place.merge: found a merge; allowed: none here, since the type says merge = "last-synced"
"#,
    );
}

#[test]
fn a_counter_is_of_a_type_that_is_never_changed() {
    check_each(
        &format!(
            "{HEAD}[type.t.field]\ncount = {{ kind = \"integer\" }}\nof = {{ kind = \"ref\", to = \"t\" }}\nneeded = {{ kind = \"ref\", to = \"t\", required = true }}\nother = {{ kind = \"ref\", to = \"o\" }}\n[type.o.field]\nf.kind = \"date\"\n[type.t]\n"
        ),
        r#"
counter = { negate = ["count"], of = "of" }
    11:1: type.t.counter: found the key counter; allowed: none here: only records of an insert-only type need one, others are changed back
insert-only = true
counter = { negate = ["of"], of = "count" }
    12:23: type.t.counter.negate[0]: found "of"; allowed: a number that is no delta
    12:35: type.t.counter.of: found "count"; allowed: a reference to t that may be empty
insert-only = true
counter = { negate = [], of = "other" }
    12:31: type.t.counter.of: found "other"; allowed: a reference to t that may be empty
insert-only = true
counter = { negate = [], of = "needed" }
    12:31: type.t.counter.of: found "needed"; allowed: a reference to t that may be empty
insert-only = true
counter = { negat = ["count"] }
    12:1: type.t.counter: found no of; allowed: a reference to t that may be empty
    12:13: type.t.counter: found the key negat; allowed: negate, of (did you mean negate?)
insert-only = true
counter = "of"
    12:11: type.t.counter: found "of"; allowed: a table
"#,
    );
}

#[test]
fn those_who_settle_conflicts_may_change_something() {
    check_each(
        &format!("{HEAD}type.t.field.f.kind = \"date\"\n"),
        r#"
type.t.resolve = ["viewer"]
    4:19: type.t.resolve[0]: found "viewer"; allowed: admin, member, owner
type.t.resolve = ["owner", "onwer", "owner"]
    4:28: type.t.resolve[1]: found "onwer"; allowed: admin, member, owner (did you mean owner?)
    4:37: type.t.resolve[2]: found "owner" a second time; allowed: each role once
type.t.resolve = []
    4:18: type.t.resolve: found []; allowed: at least one role: admin, member, owner
type.t.resolve = "owner"
    4:18: type.t.resolve: found "owner"; allowed: a list of roles, such as ["owner"]
type.t.called = ""
    4:17: type.t.called: found ""; allowed: what people call one, such as "phone number", at most 63 characters in one line
"#,
    );
}
