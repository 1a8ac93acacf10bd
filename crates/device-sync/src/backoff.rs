//! How long to wait after trouble: exponential with full jitter, stored, so that a restart neither hammers
//! nor forgets.

use fieldbook_model::WallTime;

/// The first wait is drawn from 0 to this, in milliseconds; each further trouble doubles it.
const FIRST_MS: u64 = 250;
/// No wait is drawn above this while the app is open and powered.
pub const CAP_MS: u64 = 30_000;

/// A live stream that ends waits as if after so many troubles more, so from 0 to 2 s at first: when a server starts
/// again, all its streams have ended together.
pub const LIVE_HEAD_START: u32 = 3;

/// The pace at which a server that shuts the device out is asked again, in milliseconds.
const SLOW_MS: u64 = 300_000;

/// A wait after trouble, in the form that survives a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Troubles in a row.
    pub attempt: u32,
    /// When to try again, by the device's wall clock.
    pub until: WallTime,
}

/// The wait after the `attempt`-th trouble in a row (1 is the first), up to a cap, in milliseconds, from a random
/// number.
pub fn wait_ms(attempt: u32, cap_ms: u64, random: u64) -> u64 {
    let ceiling = FIRST_MS.saturating_mul(1 << attempt.saturating_sub(1).min(20)).min(cap_ms);
    random % (ceiling + 1)
}

/// The wait before a server that shuts the device out is asked again: five minutes, a fifth more or less, so
/// that devices which were shut out together do not come back together.
pub fn slow_wait_ms(random: u64) -> u64 {
    SLOW_MS - SLOW_MS / 5 + random % (SLOW_MS / 5 * 2 + 1)
}

impl Backoff {
    /// How long still to wait. A clock that jumped cannot make it longer than the cap.
    pub fn rest_ms(&self, now: WallTime) -> u64 {
        u64::try_from(self.until.0.saturating_sub(now.0)).unwrap_or(0).min(CAP_MS)
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (attempt, until) = text.split_once(' ')?;
        Some(Self { attempt: attempt.parse().ok()?, until: WallTime(until.parse().ok()?) })
    }
}

impl std::fmt::Display for Backoff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.attempt, self.until.0)
    }
}

/// A small random sequence from a seed that the driver hands in (SplitMix64, public domain, S. Vigna 2015).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_are_spread() {
        let ceilings: Vec<u64> = (1..12)
            .map(|attempt| (0..500).map(|n| wait_ms(attempt, CAP_MS, n * 7919)).max().unwrap_or(0))
            .collect();
        assert!(ceilings[0] <= 250 && ceilings[1] <= 500, "{ceilings:?}");
        assert!(ceilings.iter().all(|wait| *wait <= CAP_MS), "{ceilings:?}");
        assert!(wait_ms(60, CAP_MS, u64::MAX) <= CAP_MS);
    }

    #[test]
    fn a_wait_may_be_any_up_to_its_ceiling() {
        assert_eq!([250, 251].map(|random| wait_ms(1, CAP_MS, random)), [250, 0]);
        assert_eq!([0, 120_000, 120_001].map(slow_wait_ms), [240_000, 360_000, 240_000]);
    }

    /// The numbers of the algorithm that is named, from its seed 0.
    #[test]
    fn the_dice_are_those_that_everybody_knows() {
        let mut dice = Dice(0);
        let rolled = [dice.roll(), dice.roll(), dice.roll()];
        assert_eq!(rolled, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    #[test]
    fn a_clock_that_jumped_does_not_stretch_a_wait() {
        let backoff = Backoff { attempt: 3, until: WallTime(10_000_000) };
        assert_eq!(backoff.rest_ms(WallTime(0)), CAP_MS);
        assert_eq!(backoff.rest_ms(WallTime(10_000_001)), 0);
        assert_eq!(Backoff::parse(&backoff.to_string()), Some(backoff));
    }
}
