//! What a device signs on its way to the server.

use std::fmt;
use std::sync::Arc;

use fieldbook_crypto::DeviceKeys;
use fieldbook_device_sync::keys::sign_push;
use fieldbook_model::{DeviceId, WorkspaceId};

/// A device's keys, and as whom it signs with them.
#[derive(Clone)]
pub struct Signer {
    keys: Arc<DeviceKeys>,
    workspace: WorkspaceId,
    device: DeviceId,
}

impl Signer {
    /// The signer of one device.
    pub fn new(keys: Arc<DeviceKeys>, workspace: WorkspaceId, device: DeviceId) -> Self {
        Self { keys, workspace, device }
    }

    /// Its keys.
    pub fn keys(&self) -> Arc<DeviceKeys> {
        Arc::clone(&self.keys)
    }

    /// The signature of a push by its body, as the header brings it.
    pub fn push(&self, body: &str) -> String {
        sign_push(&self.keys, (self.workspace, self.device), body).to_string()
    }
}

impl PartialEq for Signer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.keys, &other.keys)
    }
}

impl Eq for Signer {}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.device)
    }
}
