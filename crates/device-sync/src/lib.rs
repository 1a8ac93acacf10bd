//! The device's decisions: what is shown, when to push and pull, what the status is.
//!
//! Pure. It knows no SQL, no socket, no clock and no randomness: a store carries out its plans, a driver
//! runs its machine, and brings the folder of which a wipe takes everything away.

pub mod backoff;
#[cfg(test)]
mod fuzz;
pub mod guard;
pub mod keys;
pub mod machine;
pub mod rebase;
pub mod reply;
pub mod status;
pub mod trail;
pub mod trouble;
pub mod wipe;

pub use backoff::Backoff;
pub use machine::{
    Apart, Applied, Brought, CallId, Collected, Conditions, Input, Kept, Machine, Now, Output, Piece, Repair,
};
pub use rebase::{Image, Key, Need, News, Pending, Rebased, Replay, rebase};
pub use reply::{Head, Reply};
pub use status::{Facts, Link, Report, Session, Status, Stored};
pub use trouble::Trouble;
