//! What an op did to what this device showed, in the form of the server's history: for undo and redo without a
//! server, and for the device's own history. The server's history is the truth; this is what is shown until
//! then.

use std::collections::BTreeMap;

use fieldbook_device_sync::Key;
use fieldbook_merge::play::{back, edited};
use fieldbook_merge::{
    Checked, Deed, Done, DoneVerb, Effect, Held, Outcome, Row, UnitEffect, Verb, read, text,
};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{Change, Op, RecordId, Seq, Value};

use crate::error::StoreError;
use crate::open::Tx;
use crate::oplog;
use crate::shown;
use crate::standing::{Matter, Stored};

/// What a change does to a record as it is held.
pub(crate) fn effect(ty: &RecordType, before: &Held, change: &Checked) -> Effect {
    let units = match (&change.verb, &before.row) {
        (Verb::Insert(row), _) => inserted(row),
        (Verb::Update(edits) | Verb::Amend(edits), Some(row)) => {
            let mut now = row.clone();
            let mut units = Vec::with_capacity(edits.len());
            for (field, edit) in edits {
                let Some(after) = edited(&now[*field], edit) else { continue };
                units.push(unit(*field, now[*field].clone(), after.clone()));
                now[*field] = after;
            }
            units
        }
        (Verb::Revert(deeds), Some(row)) => {
            let mut units = Vec::with_capacity(deeds.len());
            for deed in deeds {
                let edit = back(ty, row, deeds, deed);
                let after = edit.and_then(|edit| edited(&row[deed.field], &edit));
                units.extend(after.map(|after| unit(deed.field, row[deed.field].clone(), after)));
            }
            units
        }
        _ => Vec::new(),
    };
    Effect { change: change.clone(), life: life(before, &change.verb), life_before: None, units, held: None }
}

fn life(before: &Held, verb: &Verb) -> Option<Outcome> {
    let live = before.row.is_some();
    let happens = match verb {
        Verb::Update(_) | Verb::Amend(_) | Verb::Revert(_) => return None,
        Verb::Insert(_) | Verb::Restore | Verb::Revive(_) => !live,
        Verb::Delete | Verb::Unmake => live,
    };
    Some(if happens { Outcome::Applied } else { Outcome::Already })
}

fn unit(field: usize, before: Value, after: Value) -> UnitEffect {
    UnitEffect { field, before, after, outcome: Outcome::Applied, stamps: None }
}

fn inserted(row: &Row) -> Vec<UnitEffect> {
    let given = row.iter().enumerate().filter(|(_, value)| **value != Value::Null);
    given.map(|(field, value)| unit(field, Value::Null, value.clone())).collect()
}

/// What an op did, as far as the device knows: nothing, if it came to nothing, or took back what did.
pub(crate) fn done(tx: Tx<'_>, seq: Seq) -> Result<Vec<Done>, StoreError> {
    let Some(matter) = oplog::matter(tx, seq)? else { return Ok(Vec::new()) };
    if matter.state.is_nothing() {
        return Ok(Vec::new());
    }
    if let Matter { about: Matter::UNDOES, target: Some(target), .. } = matter
        && oplog::matter(tx, target)?.is_some_and(|target| target.state.is_nothing())
    {
        return Ok(Vec::new());
    }
    let mut done = written(tx, seq)?;
    if matter.state == Stored::Committed {
        let mut made = Vec::with_capacity(done.len());
        for it in done {
            if !is_counted(tx, &it) || shown::exists(tx, Key { of: it.of, id: it.id })? {
                made.push(it);
            }
        }
        done = made;
    }
    Ok(done)
}

/// Whether what an op did was to make a record that nobody deletes: one that counts against it takes it back. Of an undo that came to
/// nothing it was shown, and is not there.
fn is_counted(tx: Tx<'_>, done: &Done) -> bool {
    done.verb == DoneVerb::Insert && tx.schema.types[done.of].insert_only
}

/// The text that is kept with an op. What an op of its own changes gave new records stands in its text already.
pub(crate) fn write(tx: Tx<'_>, effects: &[Effect], acts: bool) -> String {
    if !acts || !effects.iter().any(|effect| matches!(effect.change.verb, Verb::Insert(_))) {
        return text::write(tx.schema, effects);
    }
    let mut slim = effects.to_vec();
    for effect in slim.iter_mut().filter(|effect| matches!(effect.change.verb, Verb::Insert(_))) {
        effect.units.clear();
    }
    text::write(tx.schema, &slim)
}

/// What an op did when it was made, whatever has become of it.
pub(crate) fn written(tx: Tx<'_>, seq: Seq) -> Result<Vec<Done>, StoreError> {
    let done = text::read(tx.schema, &oplog::did(tx, seq)?);
    let done = done.ok_or_else(|| StoreError::unreadable("what an action did"))?;
    let mut done: Vec<Done> = done.into_iter().map(|(done, _)| done).collect();
    if done.iter().any(is_slim) {
        let rows = inserts(tx, &oplog::op(tx, seq)?);
        for done in done.iter_mut().filter(|done| is_slim(done)) {
            done.deeds = rows.get(&(done.of, done.id)).map(deeds).unwrap_or_default();
        }
    }
    Ok(done)
}

fn is_slim(done: &Done) -> bool {
    done.verb == DoneVerb::Insert && done.deeds.is_empty()
}

/// The rows that an op's own changes make.
fn inserts(tx: Tx<'_>, op: &Op) -> BTreeMap<(usize, RecordId), Row> {
    let changes = op.payload.changes.iter().filter(|change| matches!(change, Change::Insert { .. }));
    let checked = changes.filter_map(|change| read::read(tx.schema, change).ok());
    let row = |checked: Checked| match checked.verb {
        Verb::Insert(row) => Some(((checked.of, checked.id), row)),
        _ => None,
    };
    checked.filter_map(row).collect()
}

fn deeds(row: &Row) -> Vec<Deed> {
    let given = row.iter().enumerate().filter(|(_, value)| **value != Value::Null);
    let deed = |(field, value): (usize, &Value)| Deed {
        field,
        before: Value::Null,
        after: value.clone(),
        stamps: None,
    };
    given.map(deed).collect()
}
