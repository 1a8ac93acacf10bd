//! One push of a device at a time. A turn goes with its push, not with the call: when the client goes away, the
//! push is still in the queue.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use fieldbook_model::DeviceId;
use fieldbook_protocol::ProblemCode;

use crate::lock::lock;
use crate::refused::Refused;

/// After this the push that is in flight has most likely been answered.
const RETRY_MS: u64 = 200;

/// The devices whose turn it is.
#[derive(Default)]
pub struct Turns {
    taken: Mutex<BTreeSet<DeviceId>>,
}

/// A device's turn, until it is dropped.
pub struct Turn {
    device: DeviceId,
    turns: Arc<Turns>,
}

impl Turns {
    /// Takes a device's turn, unless it has it already.
    pub fn take(self: &Arc<Self>, device: DeviceId) -> Result<Turn, Refused> {
        match lock(&self.taken).insert(device) {
            true => Ok(Turn { device, turns: Arc::clone(self) }),
            false => {
                let words = "Another push of this device is not answered yet; nothing is lost, try again.";
                Err(Refused::new(ProblemCode::TooMany, words).after(RETRY_MS))
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.turns.taken).remove(&self.device);
    }
}
