//! Opens a server's own files from outside, as nobody but a benchmark does: to count in them.

use std::fs;
use std::path::Path;

use fieldbook_crypto::{DataKey, OuterKey, WrappedDataKey};
use rusqlite::{Connection, OpenFlags};

/// Opens a workspace's file in a data folder whose key lies beside it.
///
/// # Errors
/// What is wrong, in words.
pub fn open(data: &Path, name: &str) -> Result<Connection, String> {
    let text = |name: &str| fs::read_to_string(data.join(name)).map_err(|error| format!("{name}: {error}"));
    let outer = OuterKey::read(&text("server.key")?).map_err(|error| error.to_string())?;
    let wrapped = WrappedDataKey::read(&text("keys.json")?).map_err(|error| error.to_string())?;
    let key = DataKey::unwrap(&wrapped, &outer).map_err(|error| error.to_string())?;
    let name = format!("workspaces/{name}");
    let opened = Connection::open_with_flags(data.join(&name), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let opened = opened.map_err(|error| error.to_string())?;
    let pragma = format!("PRAGMA key = \"{}\"", *key.file(&name).sqlcipher());
    opened.execute_batch(&pragma).map_err(|error| error.to_string())?;
    Ok(opened)
}
