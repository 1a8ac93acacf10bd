//! How changes are written on a command line: flags in their order, each with a target and `field=value`s.
//!
//! ```text
//!   --add  product : name=Chai   stock=-2
//!   verb   type      which one   field=value
//! ```
//!
//! What a value means follows from the schema's kind of its field; whether the change may be made is for the
//! device to say.

mod changes;
mod flag;
#[cfg(test)]
mod fuzz;
mod target;
mod value;

pub use changes::{Find, Wish, field, read, record, record_type, value};
pub use flag::Flags;
pub use value::{Meaning, meaning};
