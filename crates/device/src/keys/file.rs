//! `keys.json`: what of the keys may lie on a disk, since none of it opens without the device secret.

use std::fs;
use std::io::ErrorKind;

use fieldbook_device_sync::keys::Unreadable;
pub use fieldbook_device_sync::keys::{AtLock, Database, KeysFile};
use fieldbook_model::json;

use super::KeyTrouble;
use crate::error::DeviceError;
use crate::home::Home;

/// Its name.
pub const FILE: &str = "keys.json";

/// What lies in a home under its name.
pub trait InHome: Sized {
    /// Reads it, if there is one.
    fn read(home: &Home) -> Result<Option<Self>, DeviceError>;
    /// Writes it, whole or not at all.
    fn write(&self, home: &Home) -> Result<(), DeviceError>;
    /// Writes it over what was before, for a file that is to be without something from now on.
    fn write_over(&self, home: &Home) -> Result<(), DeviceError>;
}

impl InHome for KeysFile {
    fn read(home: &Home) -> Result<Option<Self>, DeviceError> {
        let path = home.path().join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(DeviceError::File { path, error }),
        };
        Self::parse(&bytes).map(Some).map_err(|why| DeviceError::Keys { path, why: why.into() })
    }

    fn write(&self, home: &Home) -> Result<(), DeviceError> {
        home.save(FILE, &json::write(self))
    }

    fn write_over(&self, home: &Home) -> Result<(), DeviceError> {
        home.save_over(FILE, &json::write(self))
    }
}

impl From<Unreadable> for KeyTrouble {
    fn from(why: Unreadable) -> Self {
        match why {
            Unreadable::Damaged(what) => Self::Damaged(what),
            Unreadable::Newer(version) => Self::Newer(version),
        }
    }
}
