//! Waiting for what another process does, never for a time: a limit only ends a test that would hang.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// More than anything here takes, on the slowest machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The next thing that a channel brings.
pub fn next<T>(from: &Receiver<T>, what: &str) -> T {
    match from.recv_timeout(LIMIT) {
        Ok(thing) => thing,
        Err(RecvTimeoutError::Timeout) => panic!("waited {LIMIT:?} for {what}"),
        Err(RecvTimeoutError::Disconnected) => panic!("the other side ended before {what}"),
    }
}

/// When something of another process was seen.
#[expect(clippy::disallowed_methods, reason = "what another process does takes real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Time passes, where that is what a test is about.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing happens by which it could be known that it has passed"
)]
pub fn time_passes(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
