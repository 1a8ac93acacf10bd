//! What the store asks of a file system beside SQLite: whether a database is there, that its name stays, why it does not open.
//! In a browser there is no such system but what SQLite itself is given, so that there SQLite is asked.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{NEW, beside, has_log, is_alone, keep_names, make, there, unopened};
#[cfg(target_family = "wasm")]
pub(crate) use web::{NEW, beside, has_log, is_alone, keep_names, make, there, unopened};
