//! The command as its users meet it: real processes of the built binary, real files, a real network with
//! somebody's hand on the cable. One binary, one module for each matter.

mod acting;
mod backup;
mod beside;
mod canary;
mod comparing;
mod conflicts;
mod doctor;
mod errors;
mod flood;
mod forgetting;
mod guides;
mod importing;
mod json;
mod keys;
mod lost;
mod members;
mod operating;
mod prices;
mod proxy;
mod pruning;
mod recorder;
mod recovery;
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
mod world;
