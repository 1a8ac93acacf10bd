//! In which scopes a record lies, as far as this device knows, and where a change would take it: what decides by which role
//! somebody acts there. The server asks the same of all records (`server-sync/src/home.rs`).

use fieldbook_device_sync::Key;
use fieldbook_merge::{Checked, Row, Verb};
use fieldbook_model::{RecordId, Scope, Value};

use crate::error::StoreError;
use crate::lies;
use crate::open::Tx;
use crate::pending;
use crate::shown;

/// The scopes around a record as it is shown, the innermost first.
pub(crate) fn around(tx: Tx<'_>, of: usize, id: RecordId) -> Result<Vec<Scope>, StoreError> {
    match row(tx, Key { of, id })? {
        Some(row) => match leads_to(tx, of, |field| reference(&row[field])) {
            Some((to, parent)) => within(tx, to, parent),
            None => Ok(Vec::new()),
        },
        None => Ok(Vec::new()),
    }
}

/// The same as a change leaves it, which may be one of several that make what it lies in: `None` where it neither makes
/// nor moves it.
pub(crate) fn destination(
    tx: Tx<'_>,
    change: &Checked,
    all: &[Checked],
) -> Result<Option<Vec<Scope>>, StoreError> {
    let insert = matches!(change.verb, Verb::Insert(_));
    let written = |field: usize| match &change.verb {
        Verb::Revert(deeds) => {
            deeds.iter().find(|deed| deed.field == field).and_then(|deed| reference(&deed.before))
        }
        verb => verb.references().find(|(place, _)| *place == field).map(|(_, id)| id),
    };
    let Some((to, parent)) = leads_to(tx, change.of, written) else { return Ok(insert.then(Vec::new)) };
    let makes = |it: &&Checked| (it.of, it.id) == (to, parent) && matches!(it.verb, Verb::Insert(_));
    let Some(made) = all.iter().find(makes).filter(|made| made.of != change.of) else {
        return within(tx, to, parent).map(Some);
    };
    let mut scopes = destination(tx, made, all)?.unwrap_or_default();
    if tx.schema.types[to].scope {
        scopes.insert(0, Scope { of: tx.schema.types[to].name.clone(), id: parent });
    }
    Ok(Some(scopes))
}

/// The scopes around what lies with a record, that which it opens included.
fn within(tx: Tx<'_>, of: usize, id: RecordId) -> Result<Vec<Scope>, StoreError> {
    let ty = &tx.schema.types[of];
    if !ty.scope {
        return around(tx, of, id);
    }
    let scope = Scope { of: ty.name.clone(), id };
    if row(tx, Key { of, id })?.is_none() {
        // Its record is not here, but what lies in it may be.
        let mut path = lies::path_of(tx, &scope)?;
        path.reverse();
        return Ok(path);
    }
    let mut scopes = around(tx, of, id)?;
    scopes.insert(0, scope);
    Ok(scopes)
}

/// The record that a type's records lie with, by the reference that says so.
fn leads_to(
    tx: Tx<'_>,
    of: usize,
    written: impl FnOnce(usize) -> Option<RecordId>,
) -> Option<(usize, RecordId)> {
    let (field, to) = tx.schema.types[of].inside_of()?;
    Some((tx.schema.place(to)?, written(field)?))
}

fn reference(value: &Value) -> Option<RecordId> {
    match value {
        Value::Ref(id) => Some(*id),
        _ => None,
    }
}

/// What a record holds, or held when it was deleted.
fn row(tx: Tx<'_>, key: Key) -> Result<Option<Row>, StoreError> {
    if let Some((row, _)) = shown::find(tx, key)? {
        return Ok(Some(row));
    }
    if let Some(image) = pending::touched(tx, key)?.image {
        return Ok(image.row.or(image.gone));
    }
    Ok(shown::gone(tx, key)?.and_then(|gone| gone.row))
}
