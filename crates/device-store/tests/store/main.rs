//! The device's store, on real SQLCipher files and in memory. Tests are data where they can be.

mod acting;
mod answers;
mod durability;
mod export;
mod live;
mod opening;
#[cfg(feature = "planted")]
mod planted;
mod pushing;
mod rebase;
mod sql;
mod staging;
mod world;
