//! A database gets a new key: every page is written anew under it, in one transaction of the log.

use std::path::Path;
use std::time::Duration;

use fieldbook_crypto::DatabaseKey;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::connect;
use crate::error::StoreError;
use crate::files;
use crate::open::Store;

/// How long others may take to close the database.
const OTHERS_WAIT: Duration = Duration::from_millis(200);

impl Store {
    /// Gives a database a new key while nobody has it open; [`StoreError::Busy`] while somebody has. Cut off anywhere, it has
    /// the old key or the new one, with all that was in it. Where it has the new one already, nothing is done.
    pub fn rekey(path: &Path, old: &DatabaseKey, new: &DatabaseKey) -> Result<(), StoreError> {
        if opens(&alone(path, new)?)? {
            return Ok(());
        }
        let conn = alone(path, old)?;
        if !opens(&conn)? {
            return Err(StoreError::WrongKey);
        }
        conn.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA synchronous = FULL")?;
        // What stands in the log under the old key goes into the file before, so that the log is no longer than the file.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        conn.execute_batch(&connect::pragma("rekey", new))?;
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        close(conn)?;
        files::keep_names(path)?;
        // The pragma itself says of no failure.
        match opens(&alone(path, new)?)? {
            true => Ok(()),
            false => Err(StoreError::Failed("it kept its old key".to_owned())),
        }
    }
}

/// A connection that lets nobody in beside it, from its first look on.
fn alone(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    files::there(path)?;
    let conn = connect::keyed(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.busy_timeout(OTHERS_WAIT)?;
    conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    Ok(conn)
}

/// Whether the first page opens.
fn opens(conn: &Connection) -> Result<bool, StoreError> {
    match conn.query_row("PRAGMA user_version", [], |_| Ok(())) {
        Ok(()) => Ok(true),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn close(conn: Connection) -> Result<(), StoreError> {
    conn.close().map_err(|(_, error)| error.into())
}
