//! Gives SQLCipher the key of a file, as the raw key that it is. What was written down on the way is wiped.

use fieldbook_crypto::FileKey;
use rusqlite::{Connection, params};
use zeroize::Zeroizing;

use crate::error::StoreError;

/// What every database in clear begins with. An encrypted one begins with its salt, which is noise.
pub(crate) const CLEAR: &[u8; 16] = b"SQLite format 3\0";

/// Puts a connection under the key of its file, before the first page is read or written.
pub(crate) fn unlock(connection: &Connection, key: &FileKey) -> Result<(), StoreError> {
    // SQLCipher would write its own log lines to the standard error stream.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    let pragma = Zeroizing::new(["PRAGMA key = \"", &key.sqlcipher(), "\""].concat());
    connection.execute_batch(&pragma)?;
    // Settles the codec.
    Ok(connection.query_row("PRAGMA cipher_salt", [], |_| Ok(()))?)
}

/// Puts another file beside the one of a connection, under its own key, as `keyed`.
pub(crate) fn attach(connection: &Connection, path: &str, key: &FileKey) -> Result<(), StoreError> {
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    connection.execute("ATTACH DATABASE ? AS keyed KEY ?", params![path, *key.sqlcipher()])?;
    Ok(())
}
