//! What is worked on in long days: types of which a second opinion can be held op by op, without looking back.

use std::sync::LazyLock;

use fieldbook_model::schema::toml;
use fieldbook_model::{Json, Schema};

const TEXT: &str = r#"
schema = "long"
version = 1

# Everybody changes it, and each change counts.
[type.item]
label = "name"
[type.item.field]
name  = { kind = "text", max = 2000 }
note  = { kind = "text", max = 4000 }
stock = { kind = "integer", merge = "delta", default = 0 }
high  = { kind = "integer", merge = "max" }
marks = { kind = "set" }

# Two who change its rate without knowing of each other have to be asked.
[type.tariff]
label = "title"
[type.tariff.field]
title = { kind = "text" }
rate  = { kind = "integer", merge = "manual" }

[type.movement]
insert-only = true
counter = { negate = ["count"], of = "reverses" }
[type.movement.field]
item     = { kind = "ref", to = "item", required = true }
count    = { kind = "integer", required = true }
reverses = { kind = "ref", to = "movement" }

# It is changed and deleted by whoever made it, and by nobody else.
[type.slip.field]
text  = { kind = "text" }
count = { kind = "integer" }
"#;

/// The record types.
///
/// # Panics
/// When its text is wrong, which a test would notice.
pub fn trade() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> =
        LazyLock::new(|| toml::read("long.toml", TEXT).expect("BUG: the schema of long days is wrong"));
    &SCHEMA
}

/// A type, as the second opinion knows it.
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Its fields, each with what it holds before anybody wrote it.
    pub fields: &'static [(&'static str, Json)],
}

/// All of them.
pub const KINDS: [Kind; 4] = [
    Kind {
        name: "item",
        fields: &[
            ("name", Json::Null),
            ("note", Json::Null),
            ("stock", Json::Int(0)),
            ("high", Json::Null),
            ("marks", Json::Null),
        ],
    },
    Kind { name: "tariff", fields: &[("title", Json::Null), ("rate", Json::Null)] },
    Kind {
        name: "movement",
        fields: &[("item", Json::Null), ("count", Json::Null), ("reverses", Json::Null)],
    },
    Kind { name: "slip", fields: &[("text", Json::Null), ("count", Json::Null)] },
];

/// The place of a type among them.
pub fn kind(of: &str) -> usize {
    KINDS.iter().position(|kind| kind.name == of).expect("BUG: a type of another schema")
}

/// The place of a field among those of a type.
pub fn field(kind: usize, name: &str) -> usize {
    let place = KINDS[kind].fields.iter().position(|(field, _)| *field == name);
    place.expect("BUG: a field of another schema")
}
