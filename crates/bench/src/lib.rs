//! Measurements as ratios: against a physical limit, or a peer's figure, in one run.
//!
//! A benchmark is not a test. It prints what it measured beside what it is measured against; nothing here
//! passes or fails.

pub mod bare;
pub mod doors;
pub mod figures;
pub mod light;
pub mod parts;
pub mod peer;
mod rest;
pub mod shop;
pub mod stage;
pub mod wire;
