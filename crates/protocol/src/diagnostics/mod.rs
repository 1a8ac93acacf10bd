//! A device's diagnostics: what goes into them, and the file in which they travel to whoever helps.
//!
//! ```text
//!   age file to the support key ──► head, signed by the device
//!                                   part
//!                                   part …          one JSON object a line
//! ```
//!
//! Pure, as all of the wire. What a part may say is in `parts`: each field is named there, so that nothing is told because
//! it happened to stand beside something else.

mod file;
#[cfg(test)]
mod fuzz;
mod parts;
mod sum;
#[cfg(test)]
mod tests;

pub use file::{
    DiagnosticsReply, FILE_BYTES_MAX, OpenError, Opened, Signed, begins_as_one, open, read, seal, text,
};
pub use parts::{
    Absent, Call, Change, Checksum, Compared, Conflict, ConflictUnit, Contact, Difference, Finding, HomeFile,
    Log, Op, Part, Place, Program, RecordType, Stand, State, Status, Storage, Verb,
};
pub use sum::{Sum, sums};
