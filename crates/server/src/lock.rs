//! A lock whose content stays good when a holder panics: what stands behind it here (pools, maps, counters)
//! is whole after each statement.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock. Never held across an `await`.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
