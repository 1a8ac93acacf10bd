//! The record types that every app has. The server writes them as part of what ops do, and they reach devices
//! as any record does; no op changes them by itself.

use super::{Field, Kind, RecordType};

/// The type of conflicts. A conflict's id is that of the op that is held.
pub const CONFLICT: &str = "conflict";
/// The type of entries in the gap list: numbers of a series that no record has (rule 30).
pub const GAP: &str = "gap";

/// The type of members. A member's id is that of the user.
pub const MEMBER: &str = "member";
/// The type of grants: what a member is in one scope.
pub const GRANT: &str = "grant";
/// The types that every app has, in the order in which they stand behind an app's.
pub const NAMES: [&str; 4] = [CONFLICT, GAP, MEMBER, GRANT];

/// The fields of a conflict, in their order.
pub const CONFLICT_FIELDS: [&str; 15] = [
    "state",
    "type",
    "record",
    "label",
    "action",
    "by",
    "device",
    "made_at",
    "theirs_by",
    "units",
    "pair",
    "held",
    "choice",
    "settled_by",
    "settled_at",
];

/// The types, in the order of [`NAMES`].
pub(super) fn types() -> [RecordType; 4] {
    [
        system(CONFLICT, conflict()),
        system(GAP, gap()),
        system(MEMBER, ["user", "name", "role"].map(text).to_vec()),
        system(GRANT, ["user", "scope", "role"].map(text).to_vec()),
    ]
}

fn system(name: &str, fields: Vec<Field>) -> RecordType {
    RecordType { system: true, ..RecordType::new(name, fields) }
}

fn text(name: &str) -> Field {
    Field::new(name, Kind::Text { max: 10_000 })
}

/// `units` is a list with an object for each unit that a person has to decide about: see `docs/guide/wire.md`.
fn conflict() -> Vec<Field> {
    let states = ["open", "settled", "withdrawn", "discarded"].map(str::to_owned).to_vec();
    vec![
        Field::new("state", Kind::Enum { values: states }),
        text("type"),
        text("record"),
        text("label"),
        text("action"),
        text("by"),
        text("device"),
        Field::new("made_at", Kind::Timestamp),
        text("theirs_by"),
        Field::new("units", Kind::Json),
        Field::new("pair", Kind::Integer),
        Field::new("held", Kind::Integer),
        text("choice"),
        text("settled_by"),
        Field::new("settled_at", Kind::Timestamp),
    ]
}

/// A number that was given out and that no record has, with the reason.
fn gap() -> Vec<Field> {
    vec![text("type"), text("field"), text("number"), text("reason"), text("by"), text("op")]
}
