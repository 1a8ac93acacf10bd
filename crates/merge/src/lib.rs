//! The merge rules as pure functions: of (schema, what is there, what comes in), and of nothing else.
//!
//! [`read`](read::read) checks a change against the schema, [`play`](play::play) makes it on one row (what a
//! device shows), [`merge`](merge::merge) makes it on a record that other devices changed too (what the
//! server decides). [`undo`] takes back what an op did, [`may`] asks a role, and [`text`] is what the history keeps of it. Same order in, same state out.

pub mod elements;
#[cfg(test)]
mod fuzz;
pub mod may;
pub mod merge;
pub mod occasion;
pub mod play;
pub mod read;
pub mod stamp;
pub mod text;
pub mod undo;
pub mod unit;
pub mod weight;

pub use elements::Elements;
pub use merge::{Clash, ClashKind, Effect, Merged, Outcome, Record, UnitEffect};
pub use play::Held;
pub use read::{Checked, Deed, Edit, Row, Verb};
pub use stamp::{Kin, Kinship, Line, Stamp, Stamps};
pub use undo::{Done, DoneVerb};
pub use unit::{Ruling, Rulings, Unit};
pub use weight::Author;
