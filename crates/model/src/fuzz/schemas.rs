//! Schemas, as a file and as JSON.

use super::is_document;
use crate::Schema;

const JSON: &str = include_str!("../../../protocol/golden/schema.json");

#[test]
fn schema_json() {
    fieldbook_fuzz::texts("schema_json", &[JSON], |made| is_document::<Schema>(&made.text()));
}

#[cfg(feature = "toml")]
mod file {
    use crate::schema::{lint, print, toml};

    const COUNTER: &str = include_str!("../../../../apps/counter/schema.toml");
    const SMALL: &str = r#"schema = "site"
version = 3
status = "site"
roles = ["lead"]

[type.floor]
scope = true
[type.floor.field]
name = { kind = "text", max = 40, required = true }
key = { kind = "text", readers = ["lead"] }

[type.job]
in = "floor"
prune = "day"
resolve = ["lead"]
unique = ["floor", "day"]
[type.job.group]
place = { fields = ["x", "y"], merge = "manual" }
[type.job.field]
floor = { kind = "ref", to = "floor", owner = true, required = true, fixed = true }
day = { kind = "date", fixed = true, required = true }
x = { kind = "integer" }
y = { kind = "integer" }
state = { kind = "enum", values = ["open", "done"], merge = "priority", order = ["done", "open"] }
hours = { kind = "decimal", scale = 2, merge = "delta", default = "0.25" }
seen = { kind = "timestamp", merge = "max" }
tags = { kind = "set" }

[action."job.done"]
says = "finished {job} on {job.floor}"
undo = "job.open"
[action."job.open"]
sets = { "job.state" = "open" }

[[step]]
to = 2
rename-field = { type = "job", from = "status", to = "state" }
[[step]]
to = 3
change-kind = { type = "job", field = "state", values = { ready = "done" } }
"#;

    #[test]
    fn the_seeds_are_schemas() {
        for seed in [COUNTER, SMALL] {
            assert_eq!(toml::read("seed", seed).err(), None);
        }
    }

    /// A file is a schema that is printed in one spelling, or it has mistakes, each at a place in it.
    #[test]
    fn schema_file() {
        fieldbook_fuzz::slow_texts("schema_file", 150, &[COUNTER, SMALL], |made| {
            let text = made.text();
            let schema = match toml::read("schema.toml", &text) {
                Ok(schema) => schema,
                Err(mistakes) => {
                    assert!(!mistakes.is_empty());
                    let lines = text.lines().count() + 1;
                    for mistake in mistakes {
                        assert!((1..=lines).contains(&mistake.line) && mistake.column > 0, "{mistake}");
                        assert!(!mistake.found.is_empty() && !mistake.allowed.is_empty(), "{mistake}");
                    }
                    return false;
                }
            };
            let printed = print::print(&schema);
            assert_eq!(toml::read("printed", &printed).as_ref(), Ok(&schema), "{printed}");
            super::is_document::<crate::Schema>(&crate::json::write(&schema));
            lint::lint(&schema);
            true
        });
    }
}
