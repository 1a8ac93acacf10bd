//! The record types of the world: one of each thing that merges in its own way.

use std::sync::LazyLock;

use fieldbook_model::Schema;
use fieldbook_model::schema::toml;

const TEXT: &str = r#"
schema = "world"
version = 1
roles = ["manager", "cashier"]

[type.product]
label = "name"
[type.product.field]
name  = { kind = "text", max = 2000 }
price = { kind = "money", currency = "EUR", merge = "manual" }
stock = { kind = "integer", merge = "delta", default = 0 }
tags  = { kind = "set" }

[type.customer]
label = "note"
unique = ["code"]
[type.customer.group]
address = { fields = ["street", "city"], merge = "manual" }
[type.customer.field]
phone  = { kind = "text", merge = "manual" }
note   = { kind = "text" }
code   = { kind = "text", max = 20 }
street = { kind = "text" }
city   = { kind = "text" }

[type.line.field]
product = { kind = "ref", to = "product", required = true }
amount  = { kind = "decimal", scale = 3, default = "1" }

[type.movement]
insert-only = true
counter = { negate = ["count"], of = "reverses" }
[type.movement.field]
product  = { kind = "ref", to = "product", required = true }
count    = { kind = "integer", required = true }
reverses = { kind = "ref", to = "movement" }

# A conflict about a contract is for the owner, and a delete against an edit is one.
[type.contract]
label = "title"
merge = "manual"
resolve = ["owner"]
[type.contract.field]
title = { kind = "text" }
terms = { kind = "text" }
notes = { kind = "text", merge = "last-synced" }
copies = { kind = "integer", merge = "delta", default = 0 }
seals  = { kind = "set" }

[type.task]
label = "title"
edit-wins = true
[type.task.field]
title = { kind = "text" }
note  = { kind = "text", merge = "manual" }

# What owns what: an area its assets and boxes, an asset its remarks, a folder its folders and papers.
[type.area]
label = "name"
[type.area.field]
name = { kind = "text" }

[type.asset]
label = "name"
[type.asset.group]
placement = ["x", "y"]
[type.asset.field]
area = { kind = "ref", to = "area", owner = true }
name = { kind = "text" }
x    = { kind = "integer" }
y    = { kind = "integer" }

[type.remark]
insert-only = true
counter = { negate = [], of = "corrects" }
[type.remark.field]
asset    = { kind = "ref", to = "asset", owner = true, required = true }
text     = { kind = "text" }
corrects = { kind = "ref", to = "remark" }

[type.box]
[type.box.field]
area = { kind = "ref", to = "area", owner = true, on-delete = "refuse" }
name = { kind = "text" }

[type.folder]
label = "name"
[type.folder.field]
parent = { kind = "ref", to = "folder", owner = true, on-delete = "orphan-to", orphan-to = "parent" }
name   = { kind = "text", merge = "manual" }

[type.paper.field]
folder = { kind = "ref", to = "folder", owner = true, on-delete = "orphan-to" }
text   = { kind = "text" }

# What not everybody may write: a tariff's rate is for managers, a notice too.
[type.tariff]
label = "title"
[type.tariff.field]
title = { kind = "text" }
rate  = { kind = "integer", merge = "manual", writers = ["manager"] }
uses  = { kind = "integer", merge = "delta", default = 0 }

[type.notice]
writers = ["manager", "cashier"]
[type.notice.field]
text = { kind = "text" }

[type.badge]
unique = { fields = ["code"], always = true }
[type.badge.field]
code = { kind = "text", max = 20 }

[type.bill]
label = "number"
[type.bill.field]
number   = { kind = "text", series = true, required = true }
customer = { kind = "ref", to = "customer" }
total    = { kind = "money", currency = "EUR", merge = "manual" }
status   = { kind = "enum", values = ["open", "paid", "void"], default = "open", merge = "manual" }

[type.payment]
one-at-a-time = "bill"
[type.payment.field]
bill   = { kind = "ref", to = "bill", required = true }
amount = { kind = "money", currency = "EUR", required = true }
status = { kind = "enum", values = ["taken", "cancelled"], default = "taken" }

# What is compared: by size, by the order of values or of roles, by time.
[type.gauge]
label = "name"
[type.gauge.field]
name    = { kind = "text", merge = "last-written" }
highest = { kind = "integer", merge = "max" }
lowest  = { kind = "decimal", scale = 1, merge = "min" }
since   = { kind = "date", merge = "min" }
state   = { kind = "enum", values = ["open", "paid", "refunded", "void"], default = "open", merge = "priority", order = ["void", "refunded", "paid", "open"] }
ceiling = { kind = "money", currency = "EUR", merge = "priority", by = "role", order = ["owner", "member"] }
marks   = { kind = "set" }

[action."sale"]
key = ["line.amount"]

[action."tariff.retire"]
actors = ["manager"]

[action."bill.create"]
undo = "bill.void"
[action."bill.void"]
sets = { "bill.status" = "void" }

[action."payment.take"]
undo = "payment.cancel"
[action."payment.cancel"]
sets = { "payment.status" = "cancelled" }
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
