//! Measurements as ratios.
