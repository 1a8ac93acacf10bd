//! The device in a browser's worker.
//!
//! The engine and the store are the same as everywhere. What is here lifts and lowers: [`engine`] is the device as one object that is
//! told the time and what the network did, [`sign_in`] makes one, and in a browser `web` gives both to JavaScript. Whoever calls
//! from there brings `fetch`, a place for the keys, and one worker that holds the files (`packages/client`).

pub mod call;
pub mod engine;
pub mod failure;
pub mod help;
pub mod locked;
mod recent;
pub mod sign_in;
#[cfg(target_family = "wasm")]
mod web;
pub mod wipe;
#[cfg(target_family = "wasm")]
mod wishes;
