//! What can go wrong in a store: split by what the caller does next.

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
