//! What an op did, as the history keeps it: the text of `fieldbook_merge::text`.
//!
//! An op that only makes new records keeps none: its own text says it all.

use std::borrow::Cow;

use fieldbook_merge::read;
use fieldbook_merge::{Checked, Deed, Done, DoneVerb, Effect, Outcome, Verb, text};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Change, Op, OpId, Schema, Value, Version};
use fieldbook_protocol::Pushed;

use super::frame::Frame;

/// The effects as the history keeps them; `None` for plain inserts.
pub fn write(schema: &Schema, pushed: &Pushed, effects: &[Effect]) -> Option<Vec<u8>> {
    if effects.is_empty() || plain(schema, pushed, effects) {
        return None;
    }
    Some(text::write(schema, effects).into_bytes())
}

/// What an op did at a version, as the schema in force has it, each with the held op that it is of; `None` where that is
/// damaged. The op is one of the schema in force already.
pub fn read_back(
    frame: &Frame,
    version: Version,
    kept: Option<&[u8]>,
    op: &Op,
) -> Option<Vec<(Done, Option<OpId>)>> {
    let schema = &frame.schema;
    match kept {
        Some(kept) => text::read(schema, &in_force(frame, version, kept)?),
        None => op.payload.changes.iter().map(|change| Some((made(schema, change)?, None))).collect(),
    }
}

/// What is kept of what happened at a version, in the names and values of the schema in force (rule 48).
pub fn in_force<'k>(frame: &Frame, version: Version, kept: &'k [u8]) -> Option<Cow<'k, str>> {
    let kept = std::str::from_utf8(kept).ok()?;
    let written = frame.schema_at(version);
    match frame.ladder.moves(written) && !planted(Defect::HistoryStaysUntranslated) {
        true => text::up(&frame.ladder, written, kept).map(Cow::Owned),
        false => Some(Cow::Borrowed(kept)),
    }
}

/// What an insert did that its op's text tells.
fn made(schema: &Schema, change: &Change) -> Option<Done> {
    let Ok(Checked { of, id, verb: Verb::Insert(row), .. }) = read::read(schema, change) else { return None };
    let written = row.into_iter().enumerate().filter(|(_, value)| *value != Value::Null);
    let deed = |(field, after)| Deed { field, before: Value::Null, after, stamps: None };
    let deeds = written.map(deed).collect();
    Some(Done { of, id, verb: DoneVerb::Insert, life: true, life_before: None, deeds })
}

/// Whether the op's text says all that happened: it only makes records, and none of its references was turned to
/// the record that is in force for it.
fn plain(schema: &Schema, pushed: &Pushed, effects: &[Effect]) -> bool {
    let Pushed::Whole(sealed) = pushed else { return false };
    // The text of an older version says it in other words.
    if sealed.op.schema != schema.version {
        return false;
    }
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
        && effect.held.is_none()
        && ty.fields.iter().zip(row).all(|(field, value)| match value {
            Value::Ref(_) => {
                fields.find(&field.name).is_some_and(|json| Value::read(field, json).as_ref() == Ok(value))
            }
            // A reference that was emptied because its owner is gone.
            Value::Null => fields.find(&field.name).is_none_or(|json| *json == fieldbook_model::Json::Null),
            _ => true,
        })
}
