//! What the calls of a loop hear of the offline lease: how long it is, and when the server answered.

use std::sync::{Arc, Mutex, PoisonError};

use fieldbook_device_store::{Store, StoreError, lease};
use fieldbook_model::WallTime;

use crate::clock;

/// What the calls of a loop hear of it.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<Mutex<Last>>);

/// When the server was last heard, and what it said of the lease, if it did.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    seconds: Option<u64>,
    at: Option<WallTime>,
}

impl Heard {
    /// The server has answered, and perhaps said how long the lease is.
    pub fn now(&self, seconds: Option<u64>) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Last { seconds: seconds.or(last.seconds), at: Some(clock::wall()) };
    }

    /// Has it noted, if anything was heard since the last time.
    pub fn keep(&self, store: &mut Store) -> Result<(), StoreError> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (seconds, at) = (last.seconds, last.at.take());
        drop(last);
        at.map_or(Ok(()), |at| lease::hears(store, (at, seconds)))
    }
}
