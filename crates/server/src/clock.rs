//! The one place where the server looks at a clock.

use std::time::{Instant, SystemTime};

use fieldbook_model::WallTime;

/// The wall clock.
#[expect(clippy::disallowed_methods, reason = "the shell's one look at the wall clock")]
pub fn now() -> WallTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The milliseconds since 1970, for new ids.
pub fn wall_ms() -> u64 {
    u64::try_from(now().0).unwrap_or(0)
}

/// The clock that never goes back, for measuring.
#[expect(clippy::disallowed_methods, reason = "the shell's one look at the monotonic clock")]
pub fn mono() -> Instant {
    Instant::now()
}
