//! The database key. Until the operating system's secure store takes it, it lies in a file that only its
//! owner can read, with a note beside it that says so.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use fieldbook_device_store::DatabaseKey;

use crate::clock::random;
use crate::error::DeviceError;

const KEY_FILE: &str = "device.key";
const NOTE_FILE: &str = "THE-KEY-LIES-IN-THIS-FOLDER.txt";
const NOTE: &str = "\
The database in this folder is encrypted, but its key lies beside it in device.key.
Whoever can read this folder can read the data: the encryption protects a copy of the
database alone, not this folder, this account or a stolen disk without disk encryption.
Do not copy device.key anywhere, and do not delete it: without it the data is unreadable.
";

/// Makes a key and writes it down, readable for its owner only.
pub fn create(home: &Path) -> Result<DatabaseKey, DeviceError> {
    let bytes: [u8; 32] = random();
    let path = home.join(KEY_FILE);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let written = private_file(&path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| DeviceError::File { path, error })?;
    let path = home.join(NOTE_FILE);
    fs::write(&path, NOTE).map_err(|error| DeviceError::File { path, error })?;
    Ok(DatabaseKey::from_bytes(bytes))
}

/// Reads the key of a home.
pub fn read(home: &Path) -> Result<DatabaseKey, DeviceError> {
    let path = home.join(KEY_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let words = "the key is missing, and without it the database does not open; bring the file back from a backup of this folder";
            return Err(DeviceError::WrongHome { path, words: words.into() });
        }
        Err(error) => return Err(DeviceError::File { path, error }),
    };
    let bytes = bytes(text.trim()).ok_or_else(|| DeviceError::WrongHome {
        path,
        words: "this is not a key of 64 hexadecimal digits; bring the file back from where it was changed"
            .into(),
    })?;
    Ok(DatabaseKey::from_bytes(bytes))
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

#[cfg(unix)]
fn private_file(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> std::io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}
