//! Ids of records that turned out to be others: what a duplicate made has the id of what the first act made.

use fieldbook_device_sync::Key;
use fieldbook_merge::{Checked, Edit, Verb};
use fieldbook_model::schema::Kind;
use fieldbook_model::{RecordId, Value};
use rusqlite::OptionalExtension;

use crate::error::StoreError;
use crate::open::Tx;

/// The id in force for one that a duplicate made.
pub(crate) fn find(tx: Tx<'_>, key: Key) -> Result<Option<RecordId>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT existing FROM fb_alias WHERE of = ?1 AND own = ?2")?;
    let found = select.query_row((key.of, key.id.bytes()), |row| row.get(0)).optional()?;
    Ok(found.map(RecordId::from_bytes))
}

/// Keeps that two ids name one record.
pub(crate) fn keep(tx: Tx<'_>, own: Key, existing: RecordId) -> Result<(), StoreError> {
    let mut insert = tx.conn.prepare_cached("INSERT OR REPLACE INTO fb_alias VALUES (?1, ?2, ?3)")?;
    insert.execute((own.of, own.id.bytes(), existing.bytes()))?;
    Ok(())
}

/// The record in force: the one named, unless a duplicate made it.
pub(crate) fn in_force(tx: Tx<'_>, key: Key) -> Result<Key, StoreError> {
    Ok(Key { id: find(tx, key)?.unwrap_or(key.id), ..key })
}

/// Replaces ids by those in force, in the record and in the references. An op's text stays as it is.
pub(crate) fn rename(tx: Tx<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    if !matches!(checked.verb, Verb::Insert(_)) {
        checked.id = in_force(tx, Key { of: checked.of, id: checked.id })?.id;
    }
    for (field, id) in checked.verb.references().collect::<Vec<_>>() {
        let Some(to) = target(tx, checked.of, field) else { continue };
        if let Some(existing) = find(tx, Key { of: to, id })? {
            refer(&mut checked.verb, field, existing);
        }
    }
    Ok(())
}

/// The type that a reference field refers to.
pub(crate) fn target(tx: Tx<'_>, of: usize, field: usize) -> Option<usize> {
    match &tx.schema.types[of].fields[field].kind {
        Kind::Ref { to, .. } => tx.schema.types.iter().position(|ty| ty.name == *to),
        _ => None,
    }
}

fn refer(verb: &mut Verb, field: usize, id: RecordId) {
    match verb {
        Verb::Insert(row) => row[field] = Value::Ref(id),
        Verb::Update(edits) => {
            for (place, edit) in edits {
                if *place == field && matches!(edit, Edit::Set(Value::Ref(_))) {
                    *edit = Edit::Set(Value::Ref(id));
                }
            }
        }
        _ => {}
    }
}
