//! A workspace that is brought to the next version of its schema beside the server that serves it, while an action waits on
//! a till that is offline.

use std::fs;

use crate::proxy::Mode;
use crate::run::{fieldbook, run, text};
use crate::world::{WORKSPACE, World, file};

/// The counter's schema with a renamed field, a wider number and a new field, as its next version.
fn next() -> String {
    let old = fs::read_to_string(file("apps/counter/schema.toml")).expect("the schema");
    let version = old.lines().find_map(|line| line.strip_prefix("version = ")).expect("a version");
    let version: u32 = version.split_whitespace().next().and_then(|it| it.parse().ok()).expect("a number");
    let new = old
        .replacen(&format!("version = {version}"), &format!("version = {}", version + 1), 1)
        .replacen(
            "fax           = { kind = \"text\", max = 50 }",
            "telefax       = { kind = \"text\", max = 50 }",
            1,
        )
        .replacen("home_page     =", "email         = { kind = \"text\", max = 100 }\nhome_page     =", 1);
    let to = version + 1;
    format!(
        "{new}\n[[step]]\nto = {to}\nrename-field = {{ type = \"supplier\", from = \"fax\", to = \"telefax\" }}\n"
    )
}

#[test]
fn a_till_that_was_offline_during_an_upgrade_sends_what_waited_and_follows() {
    let world = World::new(11);
    let till = world.device("a", "ann");
    till.sync();
    world.proxy.set(Mode::Cut);
    till.run(&["act", "--insert", "supplier", "name=Exotic", "fax=030-1"]).well();

    let (old, new, data) = (file("apps/counter/schema.toml"), world.path("next.toml"), world.path("server"));
    fs::write(&new, next()).expect("written");
    let diff = run(&mut fieldbook(["schema", "diff", text(&old), text(&new)])).lines();
    assert!(diff.contains(&"step: supplier.fax: supplier.fax is called telefax".to_owned()), "{diff:?}");
    assert!(diff.contains(&"additive: supplier.email: the field is new".to_owned()), "{diff:?}");
    let back = run(&mut fieldbook(["schema", "diff", text(&new), text(&old)]));
    assert_ne!(back.exit, 0, "{back:?}");
    let printed = run(&mut fieldbook(["schema", "print", text(&new)])).well();
    let canonical = world.path("printed.toml");
    fs::write(&canonical, &printed).expect("written");
    assert_eq!(run(&mut fieldbook(["schema", "print", text(&canonical)])).well(), printed);

    let upgrade = ["admin", "workspace", "schema", WORKSPACE, text(&new), "--data", text(&data)];
    let line = run(&mut fieldbook(upgrade)).well();
    assert!(line.starts_with("workspace shop has counter version "), "{line}");
    let again = run(&mut fieldbook(upgrade));
    assert!(again.err.contains("each released change grows it by one"), "{again:?}");
    assert_ne!(again.exit, 0);

    world.proxy.set(Mode::Open);
    till.sync();
    till.sync();
    assert_eq!(till.cell("select telefax from supplier where name = 'Exotic'"), "030-1");
    till.run(&["act", "--insert", "supplier", "name=Tokyo", "email=a@b", "telefax=2"]).well();
    till.sync();
    let export = world.export().join("\n");
    assert!(export.contains(r#""telefax":"030-1""#) && export.contains(r#""email":"a@b""#), "{export}");
    let late = world.device("b", "ben");
    late.sync();
    assert_eq!(late.cell("select count(telefax) from supplier"), "2");
}

#[test]
fn the_schemas_of_site_and_capture_check_clean() {
    for (app, told) in
        [("site", "site version 1: 10 record types"), ("capture", "capture version 1: 12 record types")]
    {
        let schema = file(&format!("apps/{app}/schema.toml"));
        let outcome = run(&mut fieldbook(["schema", "check", text(&schema)]));
        assert_eq!(outcome.err, "", "{app} is warned of nothing");
        let lines = outcome.well();
        assert!(lines.starts_with(told), "{lines}");
    }
}
