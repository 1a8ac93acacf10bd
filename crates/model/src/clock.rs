//! Time as data: wall time handed in by a shell, and the hybrid logical clock made of it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::json::Words;

/// Milliseconds since 1970 in UTC, as some clock claimed. Written as `2026-05-19T09:14:23.000Z`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(pub i64);

/// The first and the last instant that [`WallTime`] can be written for: the years 0000 to 9999.
const RANGE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

impl WallTime {
    /// Reads RFC 3339 with any offset; what is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let ms = text.parse::<Timestamp>().ok()?.as_millisecond();
        RANGE.contains(&ms).then_some(Self(ms))
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.clamp(*RANGE.start(), *RANGE.end());
        match Timestamp::from_millisecond(ms) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{ms}"),
        }
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        let words = Words("not a time such as 2026-05-19T09:14:23Z");
        Self::parse(&text).ok_or_else(|| de::Error::custom(words))
    }
}

/// A hybrid logical stamp: wall milliseconds and a counter. A later stamp of one clock is greater, also
/// when the wall clock went back. Written as twelve and four hexadecimal digits, so that texts sort alike.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hlc {
    /// Milliseconds since 1970, below 2^48.
    pub ms: u64,
    /// Distinguishes stamps of one millisecond.
    pub counter: u16,
}

impl Hlc {
    /// The next stamp of a clock whose last was `self`, when the wall clock says `now`.
    pub fn tick(self, now: WallTime) -> Self {
        let ms = u64::try_from(now.0).unwrap_or(0).min((1 << 48) - 1);
        if ms > self.ms {
            return Self { ms, counter: 0 };
        }
        match self.counter.checked_add(1) {
            Some(counter) => Self { ms: self.ms, counter },
            None => Self { ms: self.ms + 1, counter: 0 },
        }
    }

    /// The last stamp of an instant: what is stamped after it is later than all of that instant.
    pub fn last_of(now: WallTime) -> Self {
        Self { ms: u64::try_from(now.0).unwrap_or(0).min((1 << 48) - 1), counter: u16::MAX }
    }

    /// A clock whose last stamp was `self` has seen `other`: what it stamps next is later than both.
    pub fn witness(self, other: Self) -> Self {
        self.max(other)
    }

    /// The same, if it is not ahead of a clock that says `now`; else the stamp of that clock.
    pub fn bounded(self, now: WallTime) -> Self {
        let ms = u64::try_from(now.0).unwrap_or(0);
        if self.ms > ms { Self { ms, counter: 0 } } else { self }
    }

    /// Reads the seventeen characters that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (ms, counter) = text.split_once('-')?;
        let hex = |part: &str, len: usize| {
            (part.len() == len && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
                .then(|| u64::from_str_radix(part, 16).ok())
                .flatten()
        };
        Some(Self { ms: hex(ms, 12)?, counter: u16::try_from(hex(counter, 4)?).ok()? })
    }
}

impl fmt::Display for Hlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}-{:04x}", self.ms, self.counter)
    }
}

impl Serialize for Hlc {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hlc {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        let words = Words("not a hybrid stamp such as 0198c0de7a11-0000");
        Self::parse(&text).ok_or_else(|| de::Error::custom(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_went_back_still_stamps_later() {
        let a = Hlc::default().tick(WallTime(1000));
        let b = a.tick(WallTime(400));
        assert!(b > a);
        assert!(b.tick(WallTime(1001)) > b);
        let full = Hlc { ms: 5, counter: u16::MAX };
        assert_eq!(full.tick(WallTime(5)), Hlc { ms: 6, counter: 0 });
    }

    #[test]
    fn a_stamp_from_the_future_becomes_one_of_now() {
        let ahead = Hlc { ms: 9_000, counter: 3 };
        assert_eq!(ahead.bounded(WallTime(400)), Hlc { ms: 400, counter: 0 });
        assert_eq!(ahead.bounded(WallTime(9_000)), ahead);
    }

    #[test]
    fn a_stamp_reads_back_and_its_text_sorts_like_it() {
        let (a, b) = (Hlc { ms: 255, counter: 1 }, Hlc { ms: 256, counter: 0 });
        assert_eq!(Hlc::parse(&a.to_string()), Some(a));
        assert!(a.to_string() < b.to_string());
        assert_eq!(Hlc::parse("0000000000FF-0001"), None);
    }

    #[test]
    fn a_time_is_written_in_utc_with_milliseconds() {
        let time = WallTime::parse("2026-05-19T11:14:23.4567+02:00");
        assert_eq!(time.map(|t| t.to_string()).as_deref(), Some("2026-05-19T09:14:23.456Z"));
        assert_eq!(WallTime::parse("yesterday"), None);
    }
}
