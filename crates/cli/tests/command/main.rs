//! The command as its users meet it: real processes of the built binary, real files, a real network with
//! somebody's hand on the cable. One binary, one module for each matter.

mod acting;
mod backup;
mod beside;
mod canary;
#[cfg(target_os = "linux")]
mod choice;
mod comparing;
mod conflicts;
mod diagnostics;
mod doctor;
mod errors;
mod flood;
mod forgetting;
mod guides;
mod holders;
mod importing;
mod json;
#[cfg(target_os = "linux")]
mod keyring;
mod keys;
mod locking;
mod lost;
mod members;
mod operating;
mod people;
mod plain;
mod prices;
mod proxy;
mod pruning;
mod recorder;
mod recovery;
mod rescue;
mod rest;
mod run;
mod schemas;
mod secrets;
mod status;
mod story;
mod terminal;
mod tls;
mod troubles;
mod unit;
mod wait;
mod wipe;
#[cfg(target_os = "linux")]
mod wiped_disk;
mod world;
