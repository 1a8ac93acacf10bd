//! How often somebody may try: a bucket for each key that holds some attempts and fills up with time.
//!
//! Pure: it is told the time. Nothing is ever locked, since then anyone could lock anyone out. The table is
//! bounded; when it is full, the key that has been silent longest is forgotten.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fieldbook_model::chain::Hash;

/// Buckets by key. A key is a hash, so that its size is fixed and it names nobody.
#[derive(Debug)]
pub struct Throttle {
    burst: u32,
    refill: Duration,
    keys_max: usize,
    /// When each bucket is full again.
    full_at: BTreeMap<Hash, Instant>,
}

impl Throttle {
    /// `burst` attempts at once, and one more with each `refill`.
    pub fn new(burst: u32, refill: Duration, keys_max: usize) -> Self {
        Self { burst, refill, keys_max, full_at: BTreeMap::new() }
    }

    /// Takes one attempt, or says how long to wait for it.
    pub fn take(&mut self, key: Hash, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.get(&key).copied().unwrap_or(now).max(now) + self.refill;
        let wait = full_at.duration_since(now).saturating_sub(self.refill * self.burst);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.make_room(key, now);
        self.full_at.insert(key, full_at);
        Ok(())
    }

    /// Gives an attempt back, because it was right.
    pub fn give_back(&mut self, key: Hash) {
        if let Some(full_at) = self.full_at.get_mut(&key)
            && let Some(earlier) = full_at.checked_sub(self.refill)
        {
            *full_at = earlier;
        }
    }

    fn make_room(&mut self, key: Hash, now: Instant) {
        if self.full_at.len() < self.keys_max || self.full_at.contains_key(&key) {
            return;
        }
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= self.keys_max {
            let silent = self.full_at.iter().min_by_key(|(_, full_at)| **full_at).map(|(key, _)| *key);
            silent.map(|key| self.full_at.remove(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn attempts_run_out_and_come_back_with_time() {
        let (mut throttle, now) = (Throttle::new(2, SECOND, 9), clock::mono());
        let key = Hash::of(b"a");
        assert_eq!(throttle.take(key, now), Ok(()));
        assert_eq!(throttle.take(key, now), Ok(()));
        assert_eq!(throttle.take(key, now), Err(SECOND));
        assert_eq!(throttle.take(key, now + SECOND / 4), Err(SECOND * 3 / 4));
        assert_eq!(throttle.take(Hash::of(b"b"), now), Ok(()), "another key has its own");
        assert_eq!(throttle.take(key, now + SECOND), Ok(()));
        assert_eq!(throttle.take(key, now + SECOND), Err(SECOND));
        throttle.give_back(key);
        assert_eq!(throttle.take(key, now + SECOND), Ok(()));
    }

    #[test]
    fn the_table_stays_within_its_bound() {
        let (mut throttle, now) = (Throttle::new(1, SECOND, 3), clock::mono());
        for n in 0..100_u32 {
            let _ = throttle.take(Hash::of(&n.to_le_bytes()), now + SECOND * n / 1000);
        }
        assert_eq!(throttle.full_at.len(), 3);
    }
}
