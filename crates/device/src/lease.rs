//! What the calls of a loop hear of the offline lease: how long it is, and when the server answered.

use std::sync::{Arc, Mutex, PoisonError};

use fieldbook_device_store::lease::Kept;
use fieldbook_device_store::{Store, StoreError};
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

    /// Has it noted, if anything was heard.
    pub fn keep(&self, kept: &mut Kept, store: &mut Store) -> Result<(), StoreError> {
        let Last { seconds, at } = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.map_or(Ok(()), |at| kept.keep(store, (at, seconds)))
    }
}
