//! Keys under a passphrase, and the key that a database gets with it.

use std::path::Path;

use fieldbook_crypto::{Cost, DatabaseKey, DeviceSecret, KeyError, Passphrase, What};
use fieldbook_device_store::Store;
use fieldbook_device_sync::guard::{self, Bare, UnderPassphrase};
use fieldbook_device_sync::keys::Unreadable;
use fieldbook_model::json;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::sign_in::held;
use super::{Thrown, fresh, thrown};
use crate::failure::Failure;

fn refused(error: KeyError) -> JsValue {
    thrown(match error {
        KeyError::Passphrase { .. } => Failure::ask("bad-passphrase", format!("{error}; choose another")),
        KeyError::WrongKey(What::LockedSecret) => {
            Failure::ask("wrong-passphrase", "This is not the passphrase of this device: type it once more.")
        }
        KeyError::Memory { .. } => {
            Failure::ask("no-memory", format!("{error}: close other pages, then try again"))
        }
        _ => Failure::ask("damaged-key", format!("What is kept of the keys does not open ({error}).")),
    })
}

fn parsed(kept: &str) -> Thrown<UnderPassphrase> {
    UnderPassphrase::parse(kept).map_err(|why| {
        thrown(match why {
            Unreadable::Damaged(what) => {
                Failure::ask("damaged-key", format!("The keys are damaged ({what})."))
            }
            Unreadable::Newer(_) => {
                Failure::ask("newer-keys", "The keys are of a newer version of this app: reload.")
            }
        })
    })
}

/// What puts a device's keys under its passphrase, with the keys as they are.
#[wasm_bindgen]
pub struct Guard {
    guard: guard::Guard,
    bare: Bare,
}

#[wasm_bindgen]
impl Guard {
    /// Of keys that had no passphrase, or another. Beside the key of the database stands from now on the one that it is to have.
    pub fn set(keys: &str, secret: &str, passphrase: String) -> Thrown<Guard> {
        let by = Passphrase::chosen(passphrase).map_err(refused)?;
        let held = held(keys, secret).map_err(thrown)?;
        let Some(keys) = held.gets(&DatabaseKey::make(fresh()), fresh()) else {
            let words = "The data are not yet written under the key that they got last: make room on this device, open this page again, then try once more.";
            return Err(thrown(Failure::ask("between-keys", words)));
        };
        let guard = guard::Guard::set(&by, Cost::DEFAULT, (fresh(), fresh())).map_err(refused)?;
        Ok(Self { guard, bare: Bare { keys, secret: held.secret.write() } })
    }

    /// By the passphrase.
    pub fn unlock(kept: &str, passphrase: String) -> Thrown<Guard> {
        let kept = parsed(kept)?;
        let guard = guard::Guard::unlock(&kept, &Passphrase::new(passphrase)).map_err(refused)?;
        let bare = guard.open(&kept).map_err(refused)?;
        Ok(Self { guard, bare })
    }

    /// By what another worker had open; nothing where that is not what opens this.
    pub fn handed(kept: &str, secret: &str) -> Thrown<Option<Guard>> {
        let kept = parsed(kept)?;
        let Ok(secret) = DeviceSecret::read(secret) else { return Ok(None) };
        let guard = guard::Guard::handed(&kept, secret);
        Ok(guard.open(&kept).ok().map(|bare| Self { guard, bare }))
    }

    /// For another worker.
    pub fn handed_on(&self) -> String {
        self.guard.secret().write().to_string()
    }

    /// Says whether it is the passphrase.
    pub fn check(&self, passphrase: String) -> Thrown<()> {
        self.guard.is_by(&Passphrase::new(passphrase)).map_err(refused)
    }

    /// The keys are others now.
    pub fn renew(&mut self, keys: &str, secret: &str) -> Thrown<()> {
        let held = super::sign_in::kept(keys, secret).map_err(thrown)?;
        self.bare = Bare { keys: held.0, secret: Zeroizing::new(secret.to_owned()) };
        Ok(())
    }

    /// What is to be kept.
    pub fn kept(&self) -> String {
        json::write(&self.guard.keep(&self.bare, fresh()))
    }

    /// The keys.
    pub fn keys(&self) -> String {
        json::write(&self.bare.keys)
    }

    /// The device secret.
    pub fn secret(&self) -> String {
        self.bare.secret.to_string()
    }
}

/// Writes a database anew under the key that it is to have, while nobody has it open. What is to be kept of the keys then; nothing
/// where it has had that key all along, or the keys are those of a locked device.
#[wasm_bindgen]
pub fn rekeyed(path: &str, keys: &str, secret: &str) -> Thrown<Option<String>> {
    let (file, _) = super::sign_in::kept(keys, secret).map_err(thrown)?;
    if file.database.len() < 2 || file.is_locked() {
        return Ok(None);
    }
    let held = held(keys, secret).map_err(thrown)?;
    if let [old, new] = &held.database[..] {
        Store::rekey(Path::new(path), old, new).map_err(thrown)?;
    }
    Ok(Some(json::write(&held.has_newest())))
}
