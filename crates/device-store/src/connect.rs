//! Opens connections to an encrypted file, and tells apart why one does not open.

use std::path::Path;
use std::time::Duration;

use fieldbook_crypto::DatabaseKey;
use fieldbook_model::planted::{Defect, planted};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::files;
use crate::format;
use crate::functions;

/// Marks a file as ours: "FBdv".
pub(crate) const APPLICATION_ID: i64 = 0x4642_6476;
/// The format that this program writes, and the newest that it reads.
pub(crate) const FORMAT: i64 = 9;

/// How long one process waits for another's transaction.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// In KiB. What a flush touches stays decrypted.
pub(crate) const CACHE_KIB: u32 = 16 << 10;
/// In pages of the log. Acts write the same few pages again and again; a longer log writes them back less often.
const CHECKPOINT_PAGES: u32 = 4000;

/// Opens a file under a key without looking at what is in it.
pub(crate) fn keyed(path: &Path, key: &DatabaseKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    // SQLCipher would write its own log lines to the standard error stream.
    conn.execute_batch("PRAGMA cipher_log_level = NONE")?;
    if !planted(Defect::DatabaseInClear) {
        conn.execute_batch(&pragma("key", key))?;
        // Settles the codec before the first page is read or written.
        conn.query_row("PRAGMA cipher_salt", [], |_| Ok(()))?;
    }
    if files::is_alone() {
        conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    Ok(conn)
}

/// A statement that gives SQLCipher a key as it is, without a derivation that costs time.
pub(crate) fn pragma(name: &str, key: &DatabaseKey) -> Zeroizing<String> {
    Zeroizing::new(["PRAGMA ", name, " = \"", &key.sqlcipher(), "\""].concat())
}

/// What every connection has, encrypted or not. Reads the first page.
pub(crate) fn settings(conn: &Connection) -> Result<(), StoreError> {
    conn.busy_timeout(BUSY_WAIT)?;
    conn.set_prepared_statement_cache_capacity(1000);
    // What SQLite sorts or collects on the side must not reach the disk in clear.
    // Where an ordinary fsync stops at the drive's cache (macOS), the commit waits for the medium.
    conn.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY; PRAGMA fullfsync = ON; \
         PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};"
    ))?;
    cached(conn, CACHE_KIB)?;
    // A plan stays what it is, whatever a statement is given. Else each that is given its LIMIT is planned anew whenever it runs.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    functions::register(conn)?;
    Ok(())
}

/// So much stays decrypted in memory, in KiB.
pub(crate) fn cached(conn: &Connection, kib: u32) -> Result<(), StoreError> {
    Ok(conn.execute_batch(&format!("PRAGMA cache_size = -{kib}"))?)
}

/// Opens a database that is there, or says why not.
pub(crate) fn existing(path: &Path, key: &DatabaseKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    files::there(path)?;
    let conn = keyed(path, key, flags)?;
    let mark = |name: &str| conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let (program, format) = match mark("application_id").and_then(|id| Ok((id, mark("user_version")?))) {
        Ok(marks) => marks,
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(files::unopened(path));
        }
        Err(error) => return Err(error.into()),
    };
    match (program, format) {
        (APPLICATION_ID, FORMAT) => {
            settings(&conn)?;
            keep_what_was_left(&conn, path)?;
            Ok(conn)
        }
        (APPLICATION_ID, found) if found > FORMAT => Err(StoreError::Newer { found, known: FORMAT }),
        (APPLICATION_ID, found) if format::begins_at(found) => {
            settings(&conn)?;
            keep_what_was_left(&conn, path)?;
            format::renew(&conn)?;
            Ok(conn)
        }
        (APPLICATION_ID, found) if found > 0 => Err(StoreError::Older { found, known: FORMAT }),
        (0, 0) if tables(&conn)? == 0 => Err(StoreError::Empty),
        _ => Err(StoreError::Foreign),
    }
}

/// A program that was killed between writing a commit and syncing it leaves one that is shown from here on: it has to be
/// on the disk before. Moving the log into the file syncs it first; a full disk stops only what comes after.
fn keep_what_was_left(conn: &Connection, path: &Path) -> Result<(), StoreError> {
    match conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1)) {
        Ok(frames) => cover_index(conn, path, frames),
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::DiskFull) => return Err(error.into()),
        Err(_) => {}
    }
    Ok(())
}

/// Writes one frame where a power cut has left none. SQLite's recovery then has filled the index of the log, a file in clear, from
/// memory that it did not clear: from pages that were decrypted before. The first frame clears it. On a disk that takes no frame just
/// now it stays so until the next one. How many frames there are SQLite says itself: whoever opened the index to look and closed it
/// again would end the locks that this process holds on it.
fn cover_index(conn: &Connection, path: &Path, frames: i64) {
    if frames != 0 || !files::has_log(path) {
        return;
    }
    let version = conn.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    let Ok(version) = version else { return };
    // What fails here is tried again at the next start, and whoever holds the lock writes a frame anyway.
    let Ok(frame) = Transaction::new_unchecked(conn, TransactionBehavior::Immediate) else { return };
    if frame.pragma_update(None, "user_version", version).is_ok() {
        let _ = frame.commit();
    }
}

fn tables(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?)
}
