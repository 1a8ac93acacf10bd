//! A file system with folders.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use crate::error::StoreError;

const PAGE_BYTES: u64 = 4096;

/// How a database is opened that was just made.
pub(crate) const NEW: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

/// Whether nobody else can have a database open.
pub(crate) fn is_alone() -> bool {
    false
}

/// Makes an empty file that only its owner can read. Refuses a path where something is.
pub(crate) fn make(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => StoreError::Exists,
        _ => failed(&error),
    })
}

/// An error unless there is a file with something in it.
pub(crate) fn there(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(meta) if meta.len() == 0 => Err(StoreError::Empty),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Missing),
        Err(error) => Err(failed(&error)),
    }
}

/// Whether a database has a log with something in it.
pub(crate) fn has_log(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    fs::metadata(path.with_file_name(name + "-wal")).is_ok_and(|log| log.len() > 0)
}

/// Saves the names of the folder: the log's is new whenever all had closed it. SQLite does so at the first sync of whichever
/// connection made the log, and that need not be the one that acts.
#[cfg(unix)]
pub(crate) fn keep_names(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))
}

/// Elsewhere a folder cannot be synced, and the file system sees to its names.
#[cfg(not(unix))]
pub(crate) fn keep_names(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// Why the first page does not open. An encrypted page looks like noise: what does not is another program's.
pub(crate) fn unopened(path: &Path) -> StoreError {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(PAGE_BYTES).read_to_end(&mut start));
    if let Err(error) = read {
        return failed(&error);
    }
    let distinct = start.iter().collect::<BTreeSet<_>>().len();
    let noise = start.iter().any(|byte| *byte >= 0x80) && (start.len() < 1024 || distinct > 200);
    match (start.starts_with(b"SQLite format 3\0"), noise) {
        (true, _) | (_, false) => StoreError::Foreign,
        _ if (start.len() as u64) < PAGE_BYTES => {
            StoreError::Damaged("it is cut off in its first page".to_owned())
        }
        _ => StoreError::WrongKey,
    }
}

fn failed(error: &std::io::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}

/// The same database: others can have it open.
pub(crate) fn beside(path: &Path) -> PathBuf {
    path.to_owned()
}
