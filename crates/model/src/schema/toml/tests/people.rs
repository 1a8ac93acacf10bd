//! Mistakes in what a file says of roles, and where records lie.

use super::{HEAD, check_each, read};
use crate::schema::Schema;

const ROLES: &str = "roles = [\"manager\", \"cashier\"]\n";
const PLACES: &str = r#"
[type.site]
scope = true
field.name.kind = "text"
[type.floor]
in = "site"
field.site = { kind = "ref", to = "site", required = true }
"#;

fn types() -> String {
    let fields = "[type.t.field]\nf.kind = \"date\"\nr = { kind = \"date\", required = true }\n";
    format!("{ROLES}{HEAD}{fields}[type.t]\n")
}

#[test]
fn a_role_is_a_word_of_its_own() {
    check_each(
        &format!("{HEAD}type.t.field.f.kind = \"date\"\n"),
        r#"
roles = "manager"
    4:9: roles: found "manager"; allowed: a list of roles, such as ["manager", "cashier"]
roles = ["manager", "owner", "Boss", "manager", 5, "nobody"]
    4:21: roles[1]: found "owner"; allowed: another name: every app has a role owner
    4:30: roles[2]: found "Boss"; allowed: a word of a-z, 0-9, - and _ that begins with a letter, such as cashier, at most 40
    4:38: roles[3]: found "manager" a second time; allowed: each role once
    4:49: roles[4]: found 5; allowed: a word of a-z, 0-9, - and _ that begins with a letter, such as cashier, at most 40
    4:52: roles[5]: found "nobody"; allowed: another name: every app has a role nobody
"#,
    );
}

#[test]
fn only_roles_that_there_are_read_write_and_act() {
    check_each(
        &types(),
        r#"
readers = ["manger"]
    8:12: type.t.readers[0]: found "manger"; allowed: manager, cashier, admin, viewer, member, owner (did you mean manager?)
writers = ["viewer"]
    8:12: type.t.writers[0]: found "viewer"; allowed: manager, cashier, admin, member, owner
writers = []
    8:11: type.t.writers: found []; allowed: at least one role: manager, cashier, admin, member, owner
resolve = ["boss", "cashier"]
    8:12: type.t.resolve[0]: found "boss"; allowed: manager, cashier, admin, member, owner
scope = 1
    8:9: type.t.scope: found 1; allowed: true or false
action.a.actors = ["nobody"]
    8:1: type.t: found the key action; allowed: label, called, insert-only, merge, edit-wins, field, group, unique, one-at-a-time, counter, resolve, readers, writers, in, scope, prune
"#,
    );
    check_each(
        &format!("{}[action.a]\n", types()),
        r#"
actors = ["nobody", "manager", "manager"]
    9:11: action.a.actors[0]: found "nobody"; allowed: manager, cashier, admin, member, owner
    9:32: action.a.actors[2]: found "manager" a second time; allowed: each role once
"#,
    );
}

#[test]
fn who_writes_reads_and_can_fill_in_what_is_required() {
    check_each(
        &types(),
        r#"
readers = ["manager"]
writers = ["manager", "cashier", "owner"]
    9:23: type.t.writers[1]: found "cashier"; allowed: a writer that reads the type too: manager
"#,
    );
    check_each(
        &format!("{ROLES}{HEAD}[type.t.field]\n"),
        r#"
n = { kind = "date", required = true, writers = ["manager"] }
    5:1: type.t.field.n: found a required field that cashier cannot write; allowed: one that all who make a t write, or a default
g = { kind = "date", readers = ["manager"], writers = ["cashier"] }
    5:56: type.t.field.g.writers[0]: found "cashier"; allowed: a writer that reads the field too: manager
n = { kind = "text", series = true, readers = ["manager", "cashier"] }
    5:1: type.t.field.n: found a series field that member cannot write; allowed: one that all who make a t write, or a default
"#,
    );
}

#[test]
fn a_group_is_for_the_same_people() {
    check_each(
        &format!("{ROLES}{HEAD}type.t.group.at = [\"x\", \"y\"]\n[type.t.field]\nx.kind = \"date\"\n"),
        r#"
y = { kind = "date", writers = ["manager"] }
    7:1: type.t.field.y: found other readers or writers; allowed: the readers and writers of x: the group at changes as a whole
"#,
    );
}

#[test]
fn records_lie_in_a_record_that_is_always_there_and_never_in_a_circle() {
    check_each(
        &format!(
            "{HEAD}{PLACES}[type.t.field]\nsite = {{ kind = \"ref\", to = \"site\" }}\nt = {{ kind = \"ref\", to = \"t\", required = true }}\nn.kind = \"date\"\n[type.t]\n"
        ),
        r#"
in = "sit"
    15:6: type.t.in: found "sit"; allowed: site, t, n (did you mean site?)
in = "n"
    15:6: type.t.in: found "n"; allowed: a required reference to another type
in = "site"
    15:6: type.t.in: found "site"; allowed: a required reference to another type
in = "t"
    15:6: type.t.in: found "t"; allowed: a required reference to another type
in = 5
    15:6: type.t.in: found 5; allowed: the name of a required reference to another type
"#,
    );
    check_each(
        &format!(
            "{HEAD}[type.a]\nin = \"b\"\nfield.b = {{ kind = \"ref\", to = \"b\", required = true }}\n[type.b.field]\na = {{ kind = \"ref\", to = \"a\", required = true }}\n[type.b]\n"
        ),
        r#"
in = "a"
    4:6: type.a.in: found a circle: a lies in b, which lies in a; allowed: a chain of types that ends
    9:6: type.b.in: found a circle: b lies in a, which lies in b; allowed: a chain of types that ends
"#,
    );
}

#[test]
fn what_a_file_says_of_roles_travels_as_json() {
    let text = format!(
        "{ROLES}{HEAD}{PLACES}readers = [\"manager\", \"viewer\"]\nwriters = [\"manager\"]\nresolve = [\"manager\"]\n\
         field.cost = {{ kind = \"integer\", readers = [\"manager\"], writers = [\"manager\"] }}\n\
         [action.count]\nactors = [\"cashier\"]\n"
    );
    let schema = read("s.toml", &text).expect("a schema");
    let floor = schema.find("floor").expect("a type");
    assert_eq!(schema.roles, ["manager", "cashier"]);
    assert_eq!((floor.inside.as_deref(), floor.scope), (Some("site"), false));
    assert!(schema.find("site").expect("a type").scope);
    assert_eq!(
        (&floor.readers[..], &floor.writers[..]),
        (&["manager".to_owned(), "viewer".into()][..], &["manager".to_owned()][..])
    );
    assert_eq!(
        (&floor.fields[1].readers[..], &floor.fields[1].writers[..]),
        (&floor.writers[..], &floor.writers[..])
    );
    assert_eq!(schema.actions[0].actors, ["cashier"]);
    assert_eq!(crate::json::parse::<Schema>(&crate::json::write(&schema)), Ok(schema));
}
