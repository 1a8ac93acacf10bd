//! Tests of a schema's life: its steps, the way up and down, and what may follow what.

mod ladder;
mod printing;
mod succession;

use std::sync::Arc;

use super::{Ladder, Schema, toml};

/// Reads a schema, whose text must be right.
fn schema(text: &str) -> Schema {
    match toml::read("test.toml", text) {
        Ok(schema) => schema,
        Err(mistakes) => panic!("{mistakes:#?}"),
    }
}

/// A shop in three versions.
fn shop() -> Ladder {
    let one = r#"
        schema = "shop"
        version = 1
        [type.client]
        label = "name"
        [type.client.field]
        name   = { kind = "text", max = 100 }
        since  = { kind = "date" }
        status = { kind = "enum", values = ["new", "old"] }
        points = { kind = "integer", merge = "delta", default = 0 }
        fax    = { kind = "text", max = 20 }
        colour = { kind = "text", max = 20 }
    "#;
    let two = r#"
        schema = "shop"
        version = 2
        [type.customer]
        [type.customer.field]
        name   = { kind = "text", max = 100 }
        since  = { kind = "timestamp" }
        state  = { kind = "enum", values = ["fresh", "old", "gone"] }
        points = { kind = "decimal", scale = 2, merge = "delta", default = "0" }
        email  = { kind = "text", default = "none" }
        colour = { kind = "enum", values = ["red", "other"] }
        [[step]]
        to = 2
        rename-type = { from = "client", to = "customer" }
        [[step]]
        to = 2
        rename-field = { type = "customer", from = "status", to = "state" }
        [[step]]
        to = 2
        change-kind = { type = "customer", field = "state", values = { new = "fresh" } }
        [[step]]
        to = 2
        change-kind = { type = "customer", field = "since" }
        [[step]]
        to = 2
        change-kind = { type = "customer", field = "points" }
        [[step]]
        to = 2
        change-kind = { type = "customer", field = "colour", values = { rot = "red" } }
        [[step]]
        to = 2
        drop-field = { type = "customer", field = "fax" }
    "#;
    let three = r#"
        schema = "shop"
        version = 3
        [type.customer]
        label = "first"
        [type.customer.field]
        first  = { kind = "text", max = 100 }
        last   = { kind = "text", max = 100 }
        since  = { kind = "timestamp" }
        state  = { kind = "enum", values = ["fresh", "old", "gone"] }
        points = { kind = "decimal", scale = 2, merge = "delta", default = "0" }
        email  = { kind = "text", default = "none" }
        colour = { kind = "enum", values = ["red", "other"] }
        [[step]]
        to = 3
        split = { type = "customer", field = "name", into = ["first", "last"], by = " " }
    "#;
    let mut schemas = vec![Arc::new(schema(one))];
    for text in [two, three] {
        let next = super::succession::succeed(schemas.last().expect("one"), &schema(text));
        schemas.push(Arc::new(next.unwrap_or_else(|wrong| panic!("{wrong:#?}"))));
    }
    Ladder::new(schemas)
}
