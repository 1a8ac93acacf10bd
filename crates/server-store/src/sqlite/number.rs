//! SQLite's integers are signed; ours are not.

use crate::error::{StoreError, damaged};

/// To SQLite.
pub fn int(number: u64) -> i64 {
    i64::try_from(number).expect("BUG: a number of more than 63 bits")
}

/// From SQLite.
pub fn nat(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| damaged("a number"))
}

/// A line's number, from SQLite.
pub fn line(number: i64) -> Result<fieldbook_merge::Line, StoreError> {
    u32::try_from(number).map(fieldbook_merge::Line).map_err(|_| damaged("a line"))
}

/// A place in a log as SQLite has it, also one beyond all.
pub fn bound(seq: fieldbook_model::Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
