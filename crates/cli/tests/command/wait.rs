//! Waiting for what another process does, never for a time: a limit only ends a test that would hang.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
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

/// Looks again and again until there is something: only where nothing tells.
#[expect(clippy::disallowed_methods, reason = "a test's limit")]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    // Nobody ever sends: the wait between two looks.
    let (_sender, silence) = channel::<()>();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < LIMIT, "waited {LIMIT:?} for {what}");
        let _ = silence.recv_timeout(Duration::from_millis(20));
    }
}
