//! Figures of a run: medians and percentiles, printed beside what they are compared with.

use std::time::{Duration, Instant};

/// Starts a stopwatch.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub fn watch() -> Instant {
    Instant::now()
}

/// Waits a little, where a benchmark waits for another thread or paces its own.
#[expect(clippy::disallowed_methods, reason = "a benchmark paces its load")]
pub fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// The value at a share (0.5 is the median) of some measurements.
pub fn at(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.clamp(1, values.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

/// Prints one line: what, its figure, and its ratio to the limit with the aim.
#[expect(clippy::print_stdout, reason = "a benchmark prints")]
pub fn line(what: &str, figure: &str, against: &str, ratio: &str, aim: &str) {
    println!("{what:<34} {figure:>22}   {against:<44} {ratio:>8}   aim {aim}");
}

/// Prints a plain line.
#[expect(clippy::print_stdout, reason = "a benchmark prints")]
pub fn say(words: &str) {
    println!("{words}");
}
