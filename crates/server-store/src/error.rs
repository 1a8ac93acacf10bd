//! What can go wrong in a store: split by what the caller does next. Holds no data of a user: SQLite's words
//! name tables and columns, never values.

use fieldbook_model::schema::succession::Finding;
use rusqlite::ErrorCode;

/// The world failed; nothing that was not acknowledged has happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Try again later: busy, out of space, an I/O error.
    #[error("the database cannot write or read just now: {0}")]
    Retry(String),
    /// Nobody can go on with this file: damaged, of another program, or of a newer version.
    #[error("the database cannot be used: {0}")]
    Unusable(String),
}

impl StoreError {
    /// The same with the name of the file that it is about.
    pub(crate) fn of(self, name: &str) -> Self {
        let named = |words: String| if words.contains(name) { words } else { format!("{name}: {words}") };
        match self {
            Self::Retry(words) => Self::Retry(named(words)),
            Self::Unusable(words) => Self::Unusable(named(words)),
        }
    }
}

/// What to do about what SQLite says.
fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "; free some space, then try again",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "; make the folder writable for the user who runs this, then try again"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "; stop the server, keep a copy of the folder, and put the last backup in its place"
        }
        _ => "",
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let words = format!("{error}{}", advice(&error));
        match error.sqlite_error_code() {
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OperationInterrupted,
            ) => Self::Retry(words),
            _ => Self::Unusable(words),
        }
    }
}

/// Why a workspace stays at its version.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// The newer one may not follow. Each finding says why.
    #[error("this schema cannot follow the one in force")]
    Refused(Vec<Finding>),
    /// A record holds what the new kind does not take.
    #[error("{0}")]
    Misfit(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for UpgradeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Retry(error.to_string())
    }
}

/// A stored thing that does not read back: only damage or another program's hand can have made it.
pub(crate) fn damaged(what: &str) -> StoreError {
    StoreError::Unusable(format!("{what} in the database does not read back; restore it from a backup"))
}
