//! The world: some devices and a server from one seed, in one thread, under a virtual clock, on the real
//! crates and real SQLite in memory. Invented are only the network, time, randomness and crashes.
//!
//! A world is run by a seed (`fieldbook_sim::run`) or told what happens (the directed scenarios in
//! `tests/`). After each step the checks look at what changed; at the end everything must drain and agree.

pub mod accounts;
pub mod anyone;
pub mod apps;
pub mod checks;
pub mod device;
pub mod disk;
pub mod energy;
pub mod estate;
pub mod folder;
pub mod forgetting;
pub mod history;
pub mod home;
pub mod hunt;
pub mod life;
pub mod long;
pub mod losses;
pub mod network;
pub mod oracle;
pub mod pair;
pub mod people;
pub mod pictures;
pub mod plan;
pub mod run;
pub mod schema;
pub mod server;
pub mod shrink;
pub mod speaking;
pub mod story;
pub mod tempting;
pub mod wiping;
pub mod world;

pub use plan::Plan;
pub use run::{Family, Outcome, play, run};
pub use world::World;
