//! The record types of the world: one of each thing that merges in its own way.

use std::sync::LazyLock;

use fieldbook_model::Schema;
use fieldbook_model::schema::toml;

const TEXT: &str = r#"
schema = "world"
version = 1

[type.product]
label = "name"
[type.product.field]
name  = { kind = "text", max = 2000 }
price = { kind = "money", currency = "EUR" }
stock = { kind = "integer", merge = "delta", default = 0 }
tags  = { kind = "set" }

[type.customer.field]
phone = { kind = "text" }
note  = { kind = "text" }

[type.line.field]
product = { kind = "ref", to = "product", required = true }
amount  = { kind = "decimal", scale = 3, default = "1" }

[type.movement]
insert-only = true
[type.movement.field]
product = { kind = "ref", to = "product", required = true }
count   = { kind = "integer", required = true }

[action."sale"]
key = ["line.amount"]
"#;

/// The world's schema.
///
/// # Panics
/// When its text is wrong, which a test would notice.
pub fn schema() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> =
        LazyLock::new(|| toml::read("world.toml", TEXT).expect("BUG: the world's schema is wrong"));
    &SCHEMA
}
