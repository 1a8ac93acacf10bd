//! A browser's files: SQLite has them from its file system there, and nobody else sees them. Whoever holds that file system is
//! the only one of all tabs.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::StoreError;

/// How a database is opened that is not there yet.
pub(crate) const NEW: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE);

/// Whether nobody else can have a database open: the index of its log then lies in memory, where this system wants it.
pub(crate) fn is_alone() -> bool {
    true
}

/// Refuses a path where something is.
pub(crate) fn make(path: &Path) -> Result<(), StoreError> {
    match there(path) {
        Ok(()) => Err(StoreError::Exists),
        Err(StoreError::Missing) => Ok(()),
        Err(error) => Err(error),
    }
}

/// An error unless there is a file. That it is empty shows when it is read.
pub(crate) fn there(path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match Connection::open_with_flags(path, flags) {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) => Err(StoreError::Missing),
        Err(error) => Err(error.into()),
    }
}

/// The log's index is no file here: none has to be covered.
pub(crate) fn has_log(_: &Path) -> bool {
    false
}

/// The file system sees to its names itself.
pub(crate) fn keep_names(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// Why the first page does not open. Nothing else writes here.
pub(crate) fn unopened(_: &Path) -> StoreError {
    StoreError::WrongKey
}

/// A database as its file has it, whatever its log has: nothing else may write that file while it is open so.
pub(crate) fn beside(path: &Path) -> PathBuf {
    PathBuf::from(format!("file:{}?immutable=1", path.display()))
}
