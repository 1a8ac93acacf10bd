//! The earlier form of a home's keys: one file with the database key as it is. A home keeps it until its database has a new
//! key, and gets it where the server is too old to know of keys.

use std::fs;
use std::io::ErrorKind;

use fieldbook_crypto::DatabaseKey;
use zeroize::Zeroizing;

use super::KeyTrouble;
use super::secret::fresh;
use crate::error::DeviceError;
use crate::home::Home;

/// Its name.
pub const FILE: &str = "device.key";

/// Makes a key and writes it down, readable for its owner only.
pub fn create(home: &Home) -> Result<DatabaseKey, DeviceError> {
    let key = DatabaseKey::make(fresh());
    let text = key.sqlcipher();
    home.save_private(FILE, text.trim_start_matches("x'").trim_end_matches('\''))?;
    Ok(key)
}

/// Reads the key, if there is one.
pub fn read(home: &Home) -> Result<Option<DatabaseKey>, DeviceError> {
    let path = home.path().join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => Zeroizing::default(),
        Err(error) => return Err(DeviceError::File { path, error }),
    };
    let key = bytes(text.trim()).map(DatabaseKey::from_bytes);
    key.map(Some).ok_or(DeviceError::Keys { path, why: KeyTrouble::BadKey })
}

/// Destroys the file. Done once more, it does nothing.
pub fn remove(home: &Home) -> Result<(), DeviceError> {
    home.destroy(FILE)
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}
