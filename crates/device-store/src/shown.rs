//! What is shown: rows of the record tables. `_version` is the confirmed version, 0 where the server does
//! not have the record yet.

use fieldbook_device_sync::{Image, Key};
use fieldbook_merge::Row;
use fieldbook_model::Version;
use fieldbook_model::schema::RecordType;
use rusqlite::OptionalExtension;

use crate::cell;
use crate::error::StoreError;
use crate::open::Tx;

/// A record as it is shown; `None` where it is not.
pub(crate) fn find(tx: Tx<'_>, key: Key) -> Result<Option<(Row, Version)>, StoreError> {
    let mut select = tx.conn.prepare_cached(&tx.tables.0[key.of].select)?;
    let mut rows = select.query([key.id.encode(&mut [0; 36])])?;
    match rows.next()? {
        Some(row) => read(&tx.schema.types[key.of], row).map(Some),
        None => Ok(None),
    }
}

/// A row that begins with the fields and the version.
pub(crate) fn read(ty: &RecordType, row: &rusqlite::Row<'_>) -> Result<(Row, Version), StoreError> {
    let mut values = Vec::with_capacity(ty.fields.len());
    for (place, field) in ty.fields.iter().enumerate() {
        values.push(cell::value(field, row.get_ref(place)?)?);
    }
    Ok((values, Version(row.get(ty.fields.len())?)))
}

/// Whether a record is shown.
pub(crate) fn exists(tx: Tx<'_>, key: Key) -> Result<bool, StoreError> {
    Ok(tx.conn.prepare_cached(&tx.tables.0[key.of].exists)?.exists([key.id.encode(&mut [0; 36])])?)
}

/// Shows a record as it is now, or no longer.
pub(crate) fn put(tx: Tx<'_>, key: Key, image: &Image) -> Result<(), StoreError> {
    let mut buffer = [0; 36];
    let id = key.id.encode(&mut buffer);
    let Some(row) = &image.row else {
        tx.conn.prepare_cached(&tx.tables.0[key.of].delete)?.execute([id])?;
        return Ok(());
    };
    let mut upsert = tx.conn.prepare_cached(&tx.tables.0[key.of].upsert)?;
    upsert.raw_bind_parameter(1, id)?;
    for (place, value) in row.iter().enumerate() {
        upsert.raw_bind_parameter(place + 2, cell::of_value(value))?;
    }
    upsert.raw_bind_parameter(row.len() + 2, image.version.0)?;
    upsert.raw_execute()?;
    Ok(())
}

/// The version at which the server confirmed that a record is deleted.
pub(crate) fn gone(tx: Tx<'_>, key: Key) -> Result<Option<Version>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT version FROM fb_gone WHERE of = ?1 AND id = ?2")?;
    let version = select.query_row((key.of, key.id.bytes()), |row| row.get(0)).optional()?;
    Ok(version.map(Version))
}

/// Notes or takes back that the server deleted a record. Ids of deleted records are kept for good (rule 37).
pub(crate) fn note_gone(tx: Tx<'_>, key: Key, image: &Image) -> Result<(), StoreError> {
    let at = (key.of, key.id.bytes());
    if image.row.is_some() {
        tx.conn.prepare_cached("DELETE FROM fb_gone WHERE of = ?1 AND id = ?2")?.execute(at)?;
    } else if image.version > Version::ZERO {
        let mut insert = tx.conn.prepare_cached("INSERT OR REPLACE INTO fb_gone VALUES (?1, ?2, ?3)")?;
        insert.execute((at.0, at.1, image.version.0))?;
    }
    Ok(())
}

/// A record that no pending op touches, as the server has it: shown, deleted, or unknown.
pub(crate) fn confirmed(tx: Tx<'_>, key: Key) -> Result<Image, StoreError> {
    Ok(match find(tx, key)? {
        Some((row, version)) => Image { version, row: Some(row) },
        None => Image { version: gone(tx, key)?.unwrap_or_default(), row: None },
    })
}
