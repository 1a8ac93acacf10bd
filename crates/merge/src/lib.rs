//! The merge rules as pure functions: of (schema, what is there, what comes in), and of nothing else.
//!
//! [`read`](read::read) checks a change against the schema, [`play`](play::play) makes it on one row (what a
//! device shows), [`merge`](merge::merge) makes it on a record that other devices changed too (what the
//! server decides). Same order in, same state out.

pub mod merge;
pub mod occasion;
pub mod play;
pub mod read;
pub mod stamp;

pub use merge::{Effect, Outcome, Record, UnitEffect};
pub use read::{Checked, Edit, Row, Verb};
pub use stamp::{Line, Stamp, Stamps};
