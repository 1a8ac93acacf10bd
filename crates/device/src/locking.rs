//! Locks a device, unlocks it with its server's help, and gives its database a new key.

use std::path::Path;

use fieldbook_device_store::lease;
use fieldbook_device_sync::Trouble;
use fieldbook_protocol::auth::KeysRequest;

use crate::clock;
use crate::error::DeviceError;
use crate::home::Home;
use crate::http::Server;
use crate::keys::{self, Asked, Holders, Locked};
use crate::lock::{Running, SignInLock, running};
use crate::wipe::{self, By};

/// Locks a home: from now on nothing in it opens without its server. Gives who syncs it meanwhile, and goes on until it ends.
pub fn lock(home: &Path, holders: &dyn Holders) -> Result<Option<Running>, DeviceError> {
    let home = Home::at(home);
    wipe::go_on(&home, holders)?;
    home.read()?;
    keys::lock(&home, &Asked::new(&home, holders))?;
    Ok(running(&home))
}

/// What an unlocking found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocked {
    /// The home was locked, and opens again.
    Now,
    /// It was not locked.
    Before,
}

/// Asks the server for the content key of a locked home, in the name of the device.
pub async fn unlock(home: &Path, holders: &dyn Holders) -> Result<Unlocked, DeviceError> {
    let home = Home::at(home);
    wipe::go_on(&home, holders)?;
    let file = home.read()?;
    let _lock = SignInLock::take(&home)?;
    let asked = Asked::new(&home, holders);
    let Some(locked) = Locked::read(&home, &asked)? else { return Ok(Unlocked::Before) };
    let server = Server::new(&file.server, file.fingerprint)?;
    let request = KeysRequest { keys: keys::public(&locked.secret) };
    let reply = match server.keys(&locked.token, &request).await {
        Ok(reply) => reply,
        Err(DeviceError::Call { trouble: Trouble::Wiped(ordered), .. }) => {
            let at = (file.server.as_str(), file.fingerprint);
            // How much waits is in a database that nobody can open: it was noted before.
            let (by, known) = (By::asked(&home, &asked), wipe::known_at_lock(&home));
            return Err(wipe::obey(&home, at, &by, (&ordered, known)).await);
        }
        Err(DeviceError::Call { trouble, said }) => {
            return Err(DeviceError::call(trouble, said, &file.server));
        }
        Err(error) => return Err(error),
    };
    locked.unlock(&home, holders, &reply)?;
    lease::begin(&mut keys::open(&home, &asked)?.store, clock::wall())?;
    Ok(Unlocked::Now)
}
