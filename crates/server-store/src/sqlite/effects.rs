//! What an op did, as the history keeps it: a JSON list with an entry for each change,
//! `["update","product","<id>",null,[["stock",5,3],["name","Chai","Tea","over",1311]]]`: verb, type, record, what
//! became of inserting, deleting or restoring it, and the fields with before, after and, where it was not plainly
//! done, the outcome with the version of the other change.
//!
//! An op that only makes new records keeps none: its own text says it all.

use std::io::Write as _;

use fieldbook_merge::{Effect, Outcome, Verb};
use fieldbook_model::{Change, Schema, Value};
use fieldbook_protocol::Pushed;
use serde::Serialize;

/// The effects as the history keeps them; `None` for plain inserts.
pub fn write(schema: &Schema, pushed: &Pushed, effects: &[Effect]) -> Option<Vec<u8>> {
    if effects.is_empty() || plain(schema, pushed, effects) {
        return None;
    }
    let mut text = Vec::with_capacity(128 * effects.len());
    for (place, effect) in effects.iter().enumerate() {
        text.push(if place == 0 { b'[' } else { b',' });
        push(&mut text, schema, effect);
    }
    text.push(b']');
    Some(text)
}

/// Whether the op's text says all that happened: it only makes records, and none of its references was turned to
/// the record that is in force for it.
fn plain(schema: &Schema, pushed: &Pushed, effects: &[Effect]) -> bool {
    let Pushed::Whole(sealed) = pushed else { return false };
    let changes = &sealed.op.payload.changes;
    changes.len() == effects.len()
        && changes.iter().zip(effects).all(|(change, effect)| as_written(schema, change, effect))
}

fn as_written(schema: &Schema, change: &Change, effect: &Effect) -> bool {
    let (Change::Insert { fields, .. }, Verb::Insert(row)) = (change, &effect.change.verb) else {
        return false;
    };
    let ty = &schema.types[effect.change.of];
    effect.life == Some(Outcome::Applied)
        && ty.fields.iter().zip(row).all(|(field, value)| match value {
            Value::Ref(_) => {
                fields.find(&field.name).is_some_and(|json| Value::read(field, json).as_ref() == Ok(value))
            }
            _ => true,
        })
}

fn push(text: &mut Vec<u8>, schema: &Schema, effect: &Effect) {
    let ty = &schema.types[effect.change.of];
    let verb = match effect.change.verb {
        Verb::Insert(_) => "insert",
        Verb::Update(_) => "update",
        Verb::Delete => "delete",
        Verb::Restore => "restore",
    };
    // Writing to memory cannot fail. Names are of the schema and hold nothing that JSON would escape.
    let _ = write!(text, "[\"{verb}\",\"{}\",\"{}\",", ty.name, effect.change.id);
    match effect.life {
        None => text.extend(b"null"),
        Some(life) => {
            text.push(b'[');
            push_outcome(text, life);
            text.push(b']');
        }
    }
    text.extend(b",[");
    for (place, unit) in effect.units.iter().enumerate() {
        text.extend(if place == 0 { &b"[\""[..] } else { b",[\"" });
        text.extend(ty.fields[unit.field].name.as_bytes());
        text.extend(b"\",");
        push_json(text, &unit.before);
        text.push(b',');
        push_json(text, &unit.after);
        if unit.outcome != Outcome::Applied {
            text.push(b',');
            push_outcome(text, unit.outcome);
        }
        text.push(b']');
    }
    text.extend(b"]]");
}

fn push_outcome(text: &mut Vec<u8>, outcome: Outcome) {
    let _ = match outcome {
        Outcome::Applied => write!(text, "\"applied\""),
        Outcome::Already => write!(text, "\"already\""),
        Outcome::Merged(other) => write!(text, "\"merged\",{}", other.version),
        Outcome::Over(other) => write!(text, "\"over\",{}", other.version),
        Outcome::LostToDelete(other) => write!(text, "\"lost-to-delete\",{}", other.version),
    };
}

fn push_json(text: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(text, value).expect("BUG: a value does not serialize");
}
