//! The demo shop: the CSV files of `apps/counter/demo` turned into ops, as an app would write them. One
//! op for each row of the catalogue and each person, one for each order with all its lines, in an order
//! in which whatever a record refers to is there before it.
//!
//! Never random and never of today: two runs give the same ids, keys and bytes. Never a float: a price
//! goes from the file into the op as the text that it is.

pub mod estate;
mod sheet;
mod shop;

use std::path::{Path, PathBuf};

use fieldbook_model::{Change, json};
use serde::Serialize;

/// One op of the demo, without what a device fills in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DemoOp {
    /// An action of `apps/counter/schema.toml`.
    #[serde(rename = "type")]
    pub action: String,
    /// Its idempotency key, such as `northwind:product:11`: to import twice is to import once.
    pub key: String,
    /// Inserts only.
    pub changes: Vec<Change>,
}

/// Why the files of the demo could not be turned into ops.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file that is not there or is no CSV.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the reader of CSV says.
        source: csv::Error,
    },
    /// A cell, or a whole column, that is not what it should be.
    #[error("{}:{line}: {column}: found {found:?}; allowed: {allowed}", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line at which its row starts, from 1.
        line: u64,
        /// The column's name in the file.
        column: &'static str,
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: &'static str,
    },
}

/// The ops of the whole shop, in the order in which they have to be written.
///
/// # Errors
/// When a file of `folder` is missing or is not what this crate knows.
pub fn ops(folder: &Path) -> Result<Vec<DemoOp>, DemoError> {
    shop::ops(folder)
}

/// An op in one line of JSON: the form that `fieldbook act -` reads.
pub fn json_line(op: &DemoOp) -> String {
    json::write(op)
}
