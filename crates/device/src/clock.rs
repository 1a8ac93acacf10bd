//! The device's clocks and randomness: the only place that asks the system for them.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use fieldbook_device_store::Moment;
use fieldbook_device_sync::Now;
use fieldbook_model::WallTime;

/// What the wall clock says. A clock before 1970 says 1970.
#[expect(clippy::disallowed_methods, reason = "the shell's clock")]
pub fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Both clocks, for the machine.
#[expect(clippy::disallowed_methods, reason = "the shell's clock")]
pub fn now() -> Now {
    static START: OnceLock<Instant> = OnceLock::new();
    let mono_ms = START.get_or_init(Instant::now).elapsed().as_millis();
    Now { mono_ms: u64::try_from(mono_ms).unwrap_or(u64::MAX), wall: wall() }
}

/// The time and fresh randomness, for one act.
pub fn moment() -> Moment {
    Moment { wall: wall(), random: random() }
}

/// Random bytes from the system.
///
/// # Panics
/// When the system has no randomness: then nothing that is made could be trusted to be unique.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("BUG: the system gives no random bytes");
    bytes
}
