//! Notes of this device: small things that stand alone, by name.

use rusqlite::OptionalExtension;

use crate::error::StoreError;
use crate::open::Tx;

/// A note by its name.
pub(crate) fn read(tx: Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT value FROM fb_note WHERE name = ?1")?;
    Ok(select.query_row([name], |row| row.get(0)).optional()?)
}

/// Writes a note, or takes it away.
pub(crate) fn write(tx: Tx<'_>, name: &str, value: Option<&str>) -> Result<(), StoreError> {
    match value {
        Some(value) => {
            let mut insert = tx.conn.prepare_cached("INSERT OR REPLACE INTO fb_note VALUES (?1, ?2)")?;
            insert.execute((name, value))?
        }
        None => tx.conn.prepare_cached("DELETE FROM fb_note WHERE name = ?1")?.execute([name])?,
    };
    Ok(())
}
