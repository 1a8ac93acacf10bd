//! The device's store, on real SQLCipher files and in memory. Tests are data where they can be.

mod acting;
mod answers;
mod children;
mod durability;
mod estate;
mod export;
mod filling;
mod fuzz;
mod hidden;
mod holds;
mod live;
mod opening;
mod own_history;
mod parting;
mod permitting;
#[cfg(feature = "planted")]
mod planted;
mod pushing;
mod rebase;
mod recent;
mod rescuing;
mod resolving;
mod retrying;
mod slices;
mod sql;
mod staging;
mod undo_random;
mod undoing;
mod upgrading;
mod world;
