//! A device that is locked: it has forgotten its content key, and only the server can give it again. What it asks with, its
//! token, lies in the database that does not open, so it is kept sealed to the device itself meanwhile.

use std::sync::Arc;

use fieldbook_crypto::{DeviceSecret, SealedToken};
use fieldbook_protocol::auth::KeysReply;
use zeroize::Zeroizing;

use super::KeyTrouble;
use super::enrol::{ServerPin, renew, reopened};
use super::file::{AtLock, FILE, InHome, KeysFile};
use super::holder::{Asked, Hold, Holders, leave};
use super::open::{Keys, Opened, open};
use super::secret::fresh;
use crate::device::TOKEN;
use crate::error::DeviceError;
use crate::home::Home;
use crate::lock::SignInLock;
use crate::wipe::{self, Known};

/// Forgets the content key of a home. What else has it open goes on until it ends.
pub fn lock(home: &Home, asked: &Asked<'_>) -> Result<(), DeviceError> {
    forget(home, asked, None)
}

/// Locks a home whose lease is over, and says so. A home that cannot be locked just now is refused all the same.
pub fn lock_for(home: &Home, asked: &Asked<'_>, seconds: u64) -> DeviceError {
    if let Err(error) = forget(home, asked, Some(seconds)) {
        tracing::warn!(%error, "the lease is over, and the device is not locked yet");
    }
    DeviceError::Keys { path: home.path().join(FILE), why: KeyTrouble::LeaseOver(seconds) }
}

fn forget(home: &Home, asked: &Asked<'_>, lease: Option<u64>) -> Result<(), DeviceError> {
    // A sign-in meanwhile would bring another token than the one that is kept.
    let _lock = SignInLock::take(home)?;
    leave(home, asked.of)?;
    let Opened { mut store, .. } = open(home, asked)?;
    let Keys::Held(held) = Keys::read(home, asked)? else {
        return Err(DeviceError::Keys { path: home.path().join(FILE), why: KeyTrouble::Earlier });
    };
    let token = Zeroizing::new(store.noted(TOKEN)?.unwrap_or_default());
    let Known { unsent, heard } = wipe::known(&mut store);
    let file = held.file;
    let sealed = SealedToken::seal(&token, &held.secret.keys(), &file.place_of_token(), fresh());
    file.locked((sealed, lease), AtLock { unsent, heard }).write_over(home)
}

/// A locked home, and what it asks the server with.
pub struct Locked {
    pub file: KeysFile,
    pub secret: Arc<DeviceSecret>,
    pub token: Zeroizing<String>,
}

impl Locked {
    /// Reads it; `None` where the home is not locked.
    pub fn read(home: &Home, asked: &Asked<'_>) -> Result<Option<Self>, DeviceError> {
        let Some(file) = KeysFile::read(home)? else { return Ok(None) };
        let Some(sealed) = &file.token else { return Ok(None) };
        let secret = asked.secret(&file)?;
        let token = sealed.open(&secret.keys(), &file.place_of_token());
        let token = token.map_err(|error| DeviceError::Keys {
            path: home.path().join(FILE),
            why: KeyTrouble::Damaged(error.to_string()),
        })?;
        Ok(Some(Self { file, secret, token }))
    }

    /// Opens it for good with what the server gave.
    pub fn unlock(self, home: &Home, of: &dyn Holders, reply: &KeysReply) -> Result<(), DeviceError> {
        let place = (self.file.workspace_id, self.file.device_id);
        let held = reopened(home, place, (self.file, &self.secret), reply)?;
        renew(home, place, (&held, (&Hold::AsBefore, of)), (reply, ServerPin::AsBefore))
    }
}
