//! Real time: what other processes do takes as long as it takes.

use std::time::{Duration, Instant};

/// Now.
#[expect(clippy::disallowed_methods, reason = "real processes live in real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Lets other processes go on for a while.
#[expect(clippy::disallowed_methods, reason = "a fault has a time and lasts for one; nobody could tell it")]
pub fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// A duration in milliseconds.
pub fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}
