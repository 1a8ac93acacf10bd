//! The offline lease: for how long a device may be opened without hearing from its server. When it is over the device locks
//! itself, until the server has unlocked it.
//!
//! It goes by the device's own clock, which is handed in. To put that back lengthens nothing: what had passed before has passed,
//! and what passes from there on comes to it. Whoever runs another program than this one is not held off by it.

use fieldbook_model::WallTime;
use fieldbook_model::planted::{Defect, planted};

use crate::{Store, StoreError};

/// The name of the note.
const NOTE: &str = "lease";
/// That time passes, and that the server was heard, is noted so often, in milliseconds; more often in a short lease.
const EVERY_MS: i64 = 3_600_000;

/// What is noted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Lease {
    /// For how long it is; 0: without an end.
    seconds: u64,
    /// When the server was last heard, in milliseconds of the device's clock; as much earlier as that was put back since.
    heard_ms: i64,
    /// When it was last looked how much has passed.
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

    /// The same, looked at now: a clock that was put back goes on from there, with all that had passed.
    fn at(self, now_ms: i64) -> Self {
        let back_ms = self.seen_ms.saturating_sub(now_ms).max(0);
        let back_ms = if planted(Defect::LeaseByTheClock) { 0 } else { back_ms };
        Self { heard_ms: self.heard_ms.saturating_sub(back_ms), seen_ms: now_ms, ..self }
    }

    fn is_over(self) -> bool {
        let length_ms = i64::try_from(self.seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        self.seconds > 0 && self.seen_ms.saturating_sub(self.heard_ms) > length_ms
    }

    /// How much time may pass without being noted.
    fn every_ms(self) -> i64 {
        EVERY_MS.min(i64::try_from(self.seconds.saturating_mul(50)).unwrap_or(EVERY_MS))
    }
}

/// The lease that is over, in seconds, if it is. Notes that time has passed.
pub fn over(store: &mut Store, now: WallTime) -> Result<Option<u64>, StoreError> {
    let Some(before) = Lease::read(store)?.filter(|lease| lease.seconds > 0) else { return Ok(None) };
    let lease = before.at(now.0);
    if lease.is_over() && !planted(Defect::LeaseNeverOver) {
        return Ok(Some(lease.seconds));
    }
    if now.0.saturating_sub(before.seen_ms).saturating_abs() >= lease.every_ms() {
        lease.write(store)?;
    }
    Ok(None)
}

/// The server has let the device in just now: the lease begins anew.
pub fn begin(store: &mut Store, now: WallTime) -> Result<(), StoreError> {
    match Lease::read(store)? {
        Some(lease) => Lease { heard_ms: now.0, seen_ms: now.0, ..lease }.write(store),
        None => Ok(()),
    }
}

/// Notes when the server was heard, and how many seconds it then said that the lease has, if it is new enough to be worth a
/// write. Where there never was a lease nothing is. What is noted is read each time: whoever opens the device notes too.
pub fn hears(store: &mut Store, (at, seconds): (WallTime, Option<u64>)) -> Result<(), StoreError> {
    let noted = Lease::read(store)?;
    let seconds = seconds.or(noted.map(|noted| noted.seconds)).unwrap_or(0);
    let lease = Lease { seconds, heard_ms: at.0, seen_ms: at.0 };
    // A clock that was put back is worth it too: by the earlier note the lease would be longer by as much.
    let apart_ms = |noted: Lease| at.0.saturating_sub(noted.heard_ms).saturating_abs();
    let is_new = noted.map_or(seconds > 0, |noted| {
        noted.seconds != seconds || (seconds > 0 && apart_ms(noted) >= lease.every_ms())
    });
    if is_new { lease.write(store) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lease of ten seconds, opened at these times: at which of them it is over.
    fn check(opened_ms: &[i64], over: &[bool]) {
        let mut lease = Lease { seconds: 10, heard_ms: 1_000, seen_ms: 1_000 };
        let told: Vec<bool> = opened_ms
            .iter()
            .map(|now_ms| {
                lease = lease.at(*now_ms);
                lease.is_over()
            })
            .collect();
        assert_eq!(told, over, "{opened_ms:?}");
    }

    #[test]
    fn a_clock_that_is_put_back_lengthens_nothing() {
        check(&[5_000, 11_000, 11_001], &[false, false, true]);
        // Nine of ten seconds had passed: the tenth does, by whatever clock.
        check(&[10_000, 2_000, 3_000, 3_001], &[false, false, false, true]);
        check(&[10_000, -500_000, -499_000, -498_999], &[false, false, false, true]);
        // What a clock was ahead has passed for it.
        check(&[900_000, 2_000], &[true, true]);
        let endless = Lease { seconds: 0, heard_ms: 1_000, seen_ms: 1_000 };
        assert!(!endless.at(i64::MAX).is_over(), "without an end");
    }
}
