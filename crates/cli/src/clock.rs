//! The command's clock and randomness: the only place that asks the system for them.

use std::time::{SystemTime, UNIX_EPOCH};

use fieldbook_device::sync::status::CLOCK_OFF_MIN_MS;
use fieldbook_model::WallTime;

/// What the wall clock says. A clock before 1970 says 1970.
#[expect(clippy::disallowed_methods, reason = "the shell's clock")]
pub fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The milliseconds since 1970, for new ids.
pub fn wall_ms() -> u64 {
    u64::try_from(wall().0).unwrap_or(0)
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

/// How long ago something was, in the largest unit that says enough.
pub fn age(then: WallTime, now: WallTime) -> String {
    let seconds = now.0.saturating_sub(then.0).max(0) / 1000;
    let (number, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// How long something still lasts, rounded up: what lasts for 7 days is told so.
pub fn ahead(now: WallTime, then: WallTime) -> String {
    let ms = then.0.saturating_sub(now.0).max(0);
    let unit = match ms {
        0..60_000 => 1_000,
        60_000..3_600_000 => 60_000,
        3_600_000..86_400_000 => 3_600_000,
        _ => 86_400_000,
    };
    age(WallTime(0), WallTime(ms.saturating_add(unit - 1) / unit * unit))
}

/// What is wrong with this device's clock, in words that say what to do, where the server's is ahead by so much.
pub fn off(off_ms: i64) -> Option<String> {
    if off_ms.saturating_abs() < CLOCK_OFF_MIN_MS {
        return None;
    }
    let side = if off_ms > 0 { "behind" } else { "ahead of" };
    let by = age(WallTime(0), WallTime(off_ms.saturating_abs()));
    Some(format!(
        "{by} {side} the server's: set it. What was done here stands in its right order, and is told with wrong times"
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_clock_that_is_off_is_told_with_what_to_do() {
        assert_eq!(off(0), None);
        assert_eq!(off(-599_999), None);
        let words = off(3 * 86_400_000).expect("it is off");
        assert!(words.starts_with("3 days behind the server's: set it."), "{words}");
        assert!(off(i64::MIN).expect("far off").contains("days ahead of the server's"));
    }

    use super::*;

    #[test]
    fn what_lasts_for_a_week_minus_a_moment_lasts_for_a_week() {
        let check = |ms: i64, words: &str| assert_eq!(ahead(WallTime(1_000), WallTime(1_000 + ms)), words);
        check(7 * 86_400_000 - 5, "7 days");
        check(86_400_000, "1 day");
        check(3_599_000, "1 hour");
        check(-5, "0 seconds");
    }

    #[test]
    fn an_age_is_told_in_the_largest_unit_that_says_enough() {
        let check = |ms: i64, words: &str| assert_eq!(age(WallTime(1_000), WallTime(1_000 + ms)), words);
        check(-5, "0 seconds");
        check(1_999, "1 second");
        check(59_000, "59 seconds");
        check(61_000, "1 minute");
        check(2 * 3_600_000, "2 hours");
        check(400 * 86_400_000, "400 days");
    }
}
