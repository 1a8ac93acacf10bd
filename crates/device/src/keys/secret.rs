//! The holder `file`: the device secret as it is, in a file that only its owner can read, with a note beside it that says so.

use std::fs;
use std::io::ErrorKind;

use fieldbook_crypto::{DeviceKeys, DevicePublic, DeviceSecret, Fresh};
use zeroize::Zeroizing;

use super::KeyTrouble;
use crate::clock::random;
use crate::error::DeviceError;
use crate::home::Home;

/// Its name.
pub const FILE: &str = "device.secret";
/// The note beside it.
pub const NOTE_FILE: &str = "THE-KEY-LIES-IN-THIS-FOLDER.txt";
const NOTE: &str = "\
The database in this folder is encrypted, but what opens it lies beside it in device.secret.
Whoever can read this folder can read the data: the encryption protects a copy of the
database alone, not this folder, this account or a stolen disk without disk encryption.
Do not copy device.secret anywhere, and do not delete it: without it the data is unreadable.
";

/// The secret of a home that has keys.
pub fn read(home: &Home) -> Result<DeviceSecret, DeviceError> {
    let path = home.path().join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(DeviceError::Keys { path, why: KeyTrouble::NoSecret });
        }
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            let why = KeyTrouble::BadSecret("it is no text".into());
            return Err(DeviceError::Keys { path, why });
        }
        Err(error) => return Err(DeviceError::File { path, error }),
    };
    DeviceSecret::read(text.trim())
        .map_err(|error| DeviceError::Keys { path, why: KeyTrouble::BadSecret(error.to_string()) })
}

/// What a home signs with that has its secret and no more: a server may have been told of it before the power failed.
pub fn signs(home: &Home) -> Option<DeviceKeys> {
    read(home).ok().map(|secret| secret.keys())
}

/// The secret that is there, or a new one, which is on the disk before anybody is told of it.
pub fn made_or_kept(home: &Home) -> Result<DeviceSecret, DeviceError> {
    match read(home) {
        // Half of one opens nothing, and nothing was made with it.
        Err(DeviceError::Keys { .. }) => {}
        kept => return kept,
    }
    let made = made();
    keep(home, &made)?;
    Ok(made)
}

/// A new secret, which nobody keeps yet.
pub fn made() -> DeviceSecret {
    DeviceSecret::make(fresh())
}

/// Keeps a secret.
pub fn keep(home: &Home, secret: &DeviceSecret) -> Result<(), DeviceError> {
    home.save_private(FILE, &secret.write())?;
    let path = home.path().join(NOTE_FILE);
    fs::write(&path, NOTE).map_err(|error| DeviceError::File { path, error })
}

/// What a server may know of it.
pub fn public(secret: &DeviceSecret) -> DevicePublic {
    secret.keys().public()
}

/// Randomness for one operation.
pub fn fresh() -> Fresh {
    Fresh::new(random())
}
