//! Each rule as a directed history, played in the world with every check on; and the proof that the history
//! needs its rule: with the rule taken out, something fails.

mod blobs;
mod compared;
mod conflicts;
mod delivery;
mod energy;
mod forgetting;
mod formats;
mod joining;
mod keys;
mod kill_rate;
mod kills;
mod leasing;
mod lingering;
mod long_days;
mod merging;
mod outside;
mod owners;
mod parts;
mod pending;
mod people;
mod pruning;
mod pulling;
mod recovering;
mod restoring;
mod schemas;
mod seeds;
mod shop;
mod sight;
mod sums;
mod tools;
mod undo;
mod upgrades;
mod values;
mod wiping;
mod wire;
