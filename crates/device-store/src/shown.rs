//! The live rows of the record tables, and what deleted records held. `_version` is the confirmed version, 0
//! where the server does not have the record yet. What is live is shown if its owners are (see `owners`).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_sync::{Image, Key};
use fieldbook_merge::Row;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{RecordId, Version};
use fieldbook_protocol::row;
use rusqlite::params;

use crate::cell;
use crate::error::StoreError;
use crate::lies;
use crate::notes;
use crate::open::Tx;
use crate::owners;
use crate::pending;

/// A live record, whether or not its owners are there; `None` where it is not live.
pub(crate) fn find(tx: Tx<'_>, key: Key) -> Result<Option<(Row, Version)>, StoreError> {
    let mut select = tx.conn.prepare_cached(&tx.tables.types[key.of].select)?;
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

/// Which records of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// All that are not deleted.
    Live,
    /// Those of which all owners are there.
    Shown,
}

/// The records of a type.
pub(crate) type Records = BTreeMap<RecordId, (Row, Version)>;

/// All records of a type.
pub(crate) fn all(tx: Tx<'_>, of: usize, which: Rows) -> Result<Records, StoreError> {
    let (ty, sql) = (&tx.schema.types[of], &tx.tables.types[of]);
    let sql = if which == Rows::Live { &sql.select_all } else { &sql.select_shown };
    let mut select = tx.conn.prepare_cached(sql)?;
    let mut rows = select.query([])?;
    let mut records = Records::new();
    while let Some(row) = rows.next()? {
        let id = row.get_ref(ty.fields.len() + 1)?;
        let id = id.as_str().ok().and_then(|text| RecordId::parse(text).ok());
        let id = id.ok_or_else(|| StoreError::unreadable("the id of a record"))?;
        records.insert(id, read(ty, row)?);
    }
    Ok(records)
}

/// Whether a record is live.
pub(crate) fn exists(tx: Tx<'_>, key: Key) -> Result<bool, StoreError> {
    Ok(tx.conn.prepare_cached(&tx.tables.types[key.of].exists)?.exists([key.id.encode(&mut [0; 36])])?)
}

/// Whether a live record is shown: all its owners are there.
pub(crate) fn is_shown(tx: Tx<'_>, key: Key) -> Result<bool, StoreError> {
    if !tx.tables.owners.is_owned(key.of) {
        return exists(tx, key);
    }
    Ok(tx.conn.prepare_cached(&tx.tables.types[key.of].is_shown)?.exists([key.id.encode(&mut [0; 36])])?)
}

/// Shows a record as it is now, or no longer.
pub(crate) fn put(tx: Tx<'_>, key: Key, image: &Image) -> Result<(), StoreError> {
    let mut buffer = [0; 36];
    let id = key.id.encode(&mut buffer);
    owners::note(tx, key.of, id, image.row.is_some())?;
    let Some(row) = &image.row else {
        if tx.tables.types[key.of].scoped {
            lies::remember(tx, key)?;
        }
        tx.conn.prepare_cached(&tx.tables.types[key.of].delete)?.execute([id])?;
        return Ok(());
    };
    let sql = &tx.tables.types[key.of];
    for sql in sql.update.iter().chain([&sql.upsert]) {
        let mut write = tx.conn.prepare_cached(sql)?;
        write.raw_bind_parameter(1, id)?;
        for (place, value) in row.iter().enumerate() {
            write.raw_bind_parameter(place + 2, cell::of_value(value))?;
        }
        write.raw_bind_parameter(row.len() + 2, image.version.0)?;
        if tx.tables.types[key.of].scoped {
            write.raw_bind_parameter(row.len() + 3, None::<i64>)?;
        }
        if write.raw_execute()? > 0 {
            break;
        }
    }
    Ok(())
}

/// A record that the server deleted.
pub(crate) struct Gone {
    /// When.
    pub version: Version,
    /// What it held, where that is known.
    pub row: Option<Row>,
}

/// What is known of a record that the server deleted.
pub(crate) fn gone(tx: Tx<'_>, key: Key) -> Result<Option<Gone>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT version, row FROM fb_gone WHERE of = ?1 AND id = ?2")?;
    let mut rows = select.query((key.of, key.id.bytes()))?;
    let Some(found) = rows.next()? else { return Ok(None) };
    let row = match found.get_ref(1)?.as_str_or_null() {
        Ok(None) => None,
        Ok(Some(text)) => Some(pending::image_row(&tx.schema.types[key.of], text)?),
        Err(_) => return Err(StoreError::unreadable("a deleted record")),
    };
    Ok(Some(Gone { version: Version(found.get(0)?), row }))
}

/// Every record of which is known that the server deleted it.
pub(crate) fn all_gone(tx: Tx<'_>) -> Result<BTreeSet<Key>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT of, id FROM fb_gone")?;
    let keys =
        select.query_map([], |row| Ok(Key { of: row.get(0)?, id: RecordId::from_bytes(row.get(1)?) }))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// Notes that a record is deleted. What it held stays known.
pub(crate) const NOTE_GONE: &str = "INSERT INTO fb_gone VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT DO UPDATE SET version = excluded.version, row = coalesce(excluded.row, row)";

/// The note of up to where the server may have forgotten what was deleted.
const HORIZON: &str = "horizon";

/// Lets go of what deleted records held that the server may have forgotten: nothing brings them back (rule 37). What pending
/// ops touch stays until they have their verdicts, and what may own something that is here: that is hidden by it.
pub(crate) fn forget_gone(tx: Tx<'_>, horizon: Option<Version>) -> Result<(), StoreError> {
    let Some(horizon) = horizon else { return Ok(()) };
    let text = horizon.0.to_string();
    if notes::read(tx, HORIZON)?.as_ref() == Some(&text) {
        return Ok(());
    }
    let mut delete = tx.conn.prepare_cached(
        "DELETE FROM fb_gone WHERE of = ?1 AND version <= ?2 AND NOT EXISTS \
         (SELECT 1 FROM fb_pending AS p WHERE p.of = fb_gone.of AND p.id = fb_gone.id)",
    )?;
    for (of, _) in tx.tables.types.iter().enumerate().filter(|(_, sql)| sql.bury.is_none()) {
        delete.execute((of, horizon.0))?;
    }
    notes::write(tx, HORIZON, Some(&text))
}

/// Notes or takes back that the server deleted a record. The server keeps the ids for good (rule 37).
pub(crate) fn note_gone(tx: Tx<'_>, key: Key, image: &Image) -> Result<(), StoreError> {
    let at = (key.of, key.id.bytes());
    if image.row.is_some() {
        tx.conn.prepare_cached("DELETE FROM fb_gone WHERE of = ?1 AND id = ?2")?.execute(at)?;
    } else if image.version > Version::ZERO {
        let mut insert = tx.conn.prepare_cached(NOTE_GONE)?;
        insert.execute(params![
            at.0,
            at.1,
            image.version.0,
            image.gone.as_ref().map(|row| row::write(row))
        ])?;
    }
    Ok(())
}

/// A record that no pending op touches, as the server has it: live, deleted, or unknown.
pub(crate) fn confirmed(tx: Tx<'_>, key: Key) -> Result<Image, StoreError> {
    if let Some((row, version)) = find(tx, key)? {
        return Ok(Image { version, row: Some(row), gone: None });
    }
    deleted(tx, key)
}

/// A record that is not live and that no pending op touches, as the server has it: deleted, or unknown.
pub(crate) fn deleted(tx: Tx<'_>, key: Key) -> Result<Image, StoreError> {
    Ok(match gone(tx, key)? {
        Some(gone) => Image { version: gone.version, row: None, gone: gone.row },
        None => Image::default(),
    })
}
