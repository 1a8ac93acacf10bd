//! What can go wrong in the store. Each sentence says what to do; none holds data of the user.

use fieldbook_model::Seq;
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE};

/// The world failed, or the file is not what it should be. What was acknowledged before is safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no file.
    #[error(
        "the database is missing; put it back from a backup of this folder, or sign in with another folder"
    )]
    Missing,
    /// There is a file where a new one should be made.
    #[error("there is a file here already; choose another folder, or open what is there")]
    Exists,
    /// The file was begun and never finished.
    #[error(
        "the database is empty: its setup was cut off, or something emptied it; put it back from a backup of this folder, or sign in with another folder"
    )]
    Empty,
    /// The first page does not open.
    #[error(
        "this key does not open the database: its beginning is damaged, or it or the keys beside it belong to another device; nothing was changed: put all back as they were, or from one backup of this folder"
    )]
    WrongKey,
    /// Pages are missing or changed.
    #[error(
        "the database is damaged, or could not be read just now ({0}); start the program again, and if it says this once more, keep a copy of the folder, sign in with another folder, and bring over what was not sent with `fieldbook rescue`"
    )]
    Damaged(String),
    /// Another program's file.
    #[error(
        "what lies in the database's place is no Fieldbook database but another program's file; nothing was changed: put the right one back, or choose another folder"
    )]
    Foreign,
    /// A later program's file.
    #[error("the database has format {found} and this program knows {known}; update the program")]
    Newer {
        /// The format of the file.
        found: i64,
        /// The newest format that this program reads.
        known: i64,
    },
    /// An earlier program's file.
    #[error(
        "the database has format {found} and this program reads {known}; send what waits with the program that made it, then set the device up again"
    )]
    Older {
        /// The format of the file.
        found: i64,
        /// The only format that this program reads.
        known: i64,
    },
    /// Another process holds the write lock.
    #[error("another process is writing to the database; try again")]
    Busy,
    /// No room.
    #[error("the disk is full; nothing was changed: free some space, then try again")]
    Full,
    /// The disk or the folder takes no writing.
    #[error(
        "the database cannot be written: its disk or folder is read-only, or another user's; nothing was changed: make it writable, then try again"
    )]
    ReadOnly,
    /// An answer names another op than ours at that place: this device was cloned, or restored from a backup.
    #[error(
        "the server knows another action at place {seq} of this device's log: the device was cloned or restored"
    )]
    NotOurOp {
        /// The place.
        seq: Seq,
    },
    /// The caller asked for something that does not exist.
    #[error("{0}")]
    Asked(String),
    /// Anything else that the disk or SQLite said.
    #[error("the database cannot read or write just now ({0}); try again")]
    Failed(String),
}

/// What a caller does next about a [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The same again, later.
    Retry,
    /// Ask for something else.
    Ask,
    /// This device's log and the server's do not belong together.
    Resync,
    /// A person has to look at the file.
    Fatal,
}

impl StoreError {
    /// Its name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "no-database",
            Self::Exists => "database-exists",
            Self::Empty => "empty-database",
            Self::WrongKey => "wrong-key",
            Self::Damaged(_) => "damaged-database",
            Self::Foreign => "foreign-file",
            Self::Newer { .. } => "newer-database",
            Self::Older { .. } => "older-database",
            Self::Busy => "busy-database",
            Self::Full => "disk-full",
            Self::ReadOnly => "read-only",
            Self::NotOurOp { .. } | Self::Asked(_) | Self::Failed(_) => "store",
        }
    }

    /// What a caller does next.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Busy | Self::Full | Self::ReadOnly | Self::Failed(_) => Kind::Retry,
            Self::Asked(_) | Self::Exists | Self::Missing => Kind::Ask,
            Self::NotOurOp { .. } => Kind::Resync,
            Self::Empty | Self::WrongKey | Self::Damaged(_) | Self::Foreign => Kind::Fatal,
            Self::Newer { .. } | Self::Older { .. } => Kind::Fatal,
        }
    }

    /// A value in the database that this program never writes.
    pub(crate) fn unreadable(what: &str) -> Self {
        Self::Damaged(format!("{what} is not readable"))
    }
}

/// What a disk without room comes to beside `SQLITE_FULL`. Everywhere: the index of the write-ahead log, which whoever comes first makes, does
/// not fit. In a browser, which does not say why: a file cannot be written, or made longer, while its space is not used up.
const NO_ROOM: &[i32] = if cfg!(target_family = "wasm") {
    &[SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE]
} else {
    &[SQLITE_IOERR_SHMSIZE]
};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            _ if error.sqlite_error().is_some_and(|said| NO_ROOM.contains(&said.extended_code)) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            // A log, or its index, that cannot be made.
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            Some(_) => Self::Failed(error.to_string()),
            None => Self::Damaged(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi::{self, SQLITE_FULL, SQLITE_IOERR_READ};

    #[test]
    fn a_full_disk_is_told_wherever_the_room_was_missing() {
        let told = |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(told(SQLITE_FULL), StoreError::Full));
        assert!(matches!(told(SQLITE_IOERR_SHMSIZE), StoreError::Full));
        assert!(matches!(told(SQLITE_IOERR_READ), StoreError::Failed(_)));
    }

    #[test]
    fn a_disk_that_takes_no_writing_is_told_from_one_that_fails() {
        for code in [ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN] {
            let told = StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
            assert!(matches!(told, StoreError::ReadOnly) && told.kind() == Kind::Retry, "{code}");
        }
    }
}
