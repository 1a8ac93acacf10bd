//! A disk under SQLite that loses power, fails and fills up where a test says so. No product crate knows of it.
//!
//! It is a layer of SQLite's own kind (a VFS) over the one that the system has. The files are real, so whoever looks at
//! them sees what SQLite wrote; but what has been synced is kept apart from what was only written, file by file and
//! name by name, and a power cut leaves of the second what a [`Loss`] says. The `-shm` file is memory and passes through.
//!
//! ```text
//!   SQLite ──► vfs, handle ──► Disk ──► Medium: what is kept, what is under way      a Plan: which call fails, and how
//!                  │  (C)        └────► counts the points at which something can go wrong
//!                  └──► the system's VFS: real files, real locks, no real sync
//! ```
//!
//! What a program writes beside SQLite goes to the same disk by calls of its own (`beside`).
//!
//! SQLite calls a VFS through C function pointers with pointers of its own. That takes `unsafe`, which the rest of the
//! workspace forbids: it is in `vfs.rs` and `handle.rs` and nowhere else, and both only pass on.

mod beside;
mod dice;
mod disk;
mod handle;
mod medium;
mod plan;
mod vfs;

pub use disk::{Counts, Disk};
pub use plan::{Fault, Lasts, Loss, Plan};
pub use vfs::install;
