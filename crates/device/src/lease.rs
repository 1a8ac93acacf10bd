//! The offline lease: for how long a device may be opened without hearing from its server. When it is over the device locks
//! itself, until the server has unlocked it.
//!
//! It goes by the device's own clock. One that is put back does not lengthen it: the latest time that was ever seen counts.
//! Whoever runs another program than this one is not held off by it.

use std::sync::{Arc, Mutex, PoisonError};

use fieldbook_device_store::{Store, StoreError};

use crate::clock;

/// The name of the note.
const NOTE: &str = "lease";
/// That time passes, and that the server was heard, is noted so often, in milliseconds; more often in a short lease.
const EVERY_MS: i64 = 3_600_000;

/// What is noted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Lease {
    /// For how long it is; 0: without an end.
    seconds: u64,
    /// When the server was last heard, in milliseconds of the device's clock.
    heard_ms: i64,
    /// The latest time that the device's clock ever told.
    seen_ms: i64,
}

impl Lease {
    fn read(store: &mut Store) -> Result<Option<Self>, StoreError> {
        let Some(note) = store.noted(NOTE)? else { return Ok(None) };
        let mut words = note.split(' ');
        let lease = words.next().and_then(|seconds| {
            let seconds = seconds.parse().ok()?;
            Some(Self {
                seconds,
                heard_ms: words.next()?.parse().ok()?,
                seen_ms: words.next()?.parse().ok()?,
            })
        });
        Ok(lease)
    }

    fn write(self, store: &mut Store) -> Result<(), StoreError> {
        store.note(NOTE, &format!("{} {} {}", self.seconds, self.heard_ms, self.seen_ms))
    }

    fn is_over(self, now_ms: i64) -> bool {
        let length_ms = i64::try_from(self.seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        self.seconds > 0 && now_ms.max(self.seen_ms).saturating_sub(self.heard_ms) > length_ms
    }

    /// How much time may pass without being noted.
    fn every_ms(self) -> i64 {
        EVERY_MS.min(i64::try_from(self.seconds.saturating_mul(50)).unwrap_or(EVERY_MS))
    }
}

/// The lease that is over, in seconds, if it is. Notes that time has passed.
pub fn over(store: &mut Store) -> Result<Option<u64>, StoreError> {
    let Some(lease) = Lease::read(store)?.filter(|lease| lease.seconds > 0) else { return Ok(None) };
    let now_ms = clock::wall().0;
    if lease.is_over(now_ms) {
        return Ok(Some(lease.seconds));
    }
    if now_ms - lease.seen_ms >= lease.every_ms() {
        Lease { seen_ms: now_ms, ..lease }.write(store)?;
    }
    Ok(None)
}

/// The server has let the device in just now: the lease begins anew.
pub fn begin(store: &mut Store) -> Result<(), StoreError> {
    let now_ms = clock::wall().0;
    match Lease::read(store)? {
        Some(lease) => Lease { heard_ms: now_ms, seen_ms: now_ms, ..lease }.write(store),
        None => Ok(()),
    }
}

/// What the calls of a loop hear of it.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<Mutex<Last>>);

/// When the server was last heard, and what it said of the lease, if it did.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    seconds: Option<u64>,
    at_ms: Option<i64>,
}

impl Heard {
    /// The server has answered, and perhaps said how long the lease is.
    pub fn now(&self, seconds: Option<u64>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Last { seconds: seconds.or(last.seconds), at_ms: Some(clock::wall().0) };
    }

    fn last(&self) -> Last {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is noted of it, as far as a loop has looked.
#[derive(Debug, Default)]
pub struct Kept(Option<Option<Lease>>);

impl Kept {
    /// Notes what was heard, if it is new enough to be worth a write. Where there never was a lease nothing is.
    pub fn keep(&mut self, heard: &Heard, store: &mut Store) -> Result<(), StoreError> {
        let Last { seconds, at_ms: Some(at_ms) } = heard.last() else { return Ok(()) };
        let kept = match self.0 {
            Some(kept) => kept,
            None => *self.0.insert(Lease::read(store)?),
        };
        let seconds = seconds.or(kept.map(|kept| kept.seconds)).unwrap_or(0);
        let lease = Lease { seconds, heard_ms: at_ms, seen_ms: at_ms };
        let is_new = kept.map_or(seconds > 0, |kept| {
            kept.seconds != seconds || (seconds > 0 && at_ms - kept.heard_ms >= lease.every_ms())
        });
        if is_new {
            lease.write(store)?;
            self.0 = Some(Some(lease));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_put_back_lengthens_nothing() {
        let lease = Lease { seconds: 10, heard_ms: 1_000, seen_ms: 5_000 };
        for (now_ms, over) in [(1_000, false), (11_000, false), (11_001, true), (0, false)] {
            assert_eq!(lease.is_over(now_ms), over, "{now_ms}");
        }
        let seen = Lease { seen_ms: 11_001, ..lease };
        assert!(seen.is_over(0), "it was later before");
        assert!(!Lease { seconds: 0, ..seen }.is_over(i64::MAX), "without an end");
    }
}
