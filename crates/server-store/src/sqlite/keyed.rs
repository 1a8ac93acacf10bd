//! Records by their keys: kept for those few types that have any.

use fieldbook_merge::Row;
use fieldbook_model::RecordId;
use fieldbook_server_sync::{Write, keys};
use rusqlite::{Connection, params};

use super::frame::Frame;
use super::records::Records;
use crate::error::StoreError;

const FIND: &str = "SELECT id FROM key_of WHERE of = ? AND key = ? AND value = ? ORDER BY id";
const INSERT: &str = "INSERT OR IGNORE INTO key_of (of, key, value, id) VALUES (?, ?, ?, ?)";
const DELETE: &str = "DELETE FROM key_of WHERE of = ? AND key = ? AND value = ? AND id = ?";
const ACCEPTED: &str = "SELECT EXISTS (SELECT 1 FROM accepted WHERE of = ? AND a = ? AND b = ?)";

/// Keeps the keys of a record that is about to be written. Its state so far is the one in `records`.
pub fn write(
    connection: &Connection,
    frame: &Frame,
    records: &mut Records<'_>,
    write: &Write,
) -> Result<(), StoreError> {
    let ty = frame.ty(write.of);
    let now = keys::of(ty, &write.record.row);
    if now.is_empty() && keys::fields(ty).is_empty() {
        return Ok(());
    }
    let was = records.find(write.of, write.id)?.map(|record| keys::of(ty, &record.row)).unwrap_or_default();
    let of = frame.number(write.of);
    for (key, value) in was.iter().filter(|key| !now.contains(key)) {
        connection.prepare_cached(DELETE)?.execute(params![of, *key as i64, value, write.id.bytes()])?;
    }
    for (key, value) in now.iter().filter(|key| !was.contains(key)) {
        connection.prepare_cached(INSERT)?.execute(params![of, *key as i64, value, write.id.bytes()])?;
    }
    Ok(())
}

/// Keeps the keys of a record that is stored already.
pub fn insert(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
    row: &Row,
) -> Result<(), StoreError> {
    each(connection, INSERT, (frame, of), id, row)
}

/// Forgets the keys of a record.
pub fn forget(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
    row: &Row,
) -> Result<(), StoreError> {
    each(connection, DELETE, (frame, of), id, row)
}

fn each(
    connection: &Connection,
    sql: &str,
    (frame, of): (&Frame, usize),
    id: RecordId,
    row: &Row,
) -> Result<(), StoreError> {
    let mut change = connection.prepare_cached(sql)?;
    for (key, value) in keys::of(frame.ty(of), row) {
        change.execute(params![frame.number(of), key as i64, value, id.bytes()])?;
    }
    Ok(())
}

/// Whether any record has a value of a key.
pub fn any(
    connection: &Connection,
    frame: &Frame,
    (of, key): (usize, usize),
    value: &str,
) -> Result<bool, StoreError> {
    let mut find = connection.prepare_cached(FIND)?;
    Ok(find.exists(params![frame.number(of), key as i64, value])?)
}

/// The records that have a value of a key.
pub fn find(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    key: usize,
    value: &str,
) -> Result<Vec<RecordId>, StoreError> {
    let mut find = connection.prepare_cached(FIND)?;
    let ids = find.query_map(params![frame.number(of), key as i64, value], |row| row.get(0))?;
    Ok(ids.map(|id| id.map(RecordId::from_bytes)).collect::<Result<_, _>>()?)
}

/// Whether a person said that two records may share a key.
pub fn accepted(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    a: RecordId,
    b: RecordId,
) -> Result<bool, StoreError> {
    let pair = params![frame.number(of), a.bytes(), b.bytes()];
    Ok(connection.prepare_cached(ACCEPTED)?.query_row(pair, |row| row.get(0))?)
}
