//! `support.json`: to whom this device encrypts its diagnostics. Public, and told by the server.

use std::fs;
use std::io::ErrorKind;

use fieldbook_crypto::age::Recipient;
use fieldbook_model::json;
use serde::{Deserialize, Serialize};

use crate::error::DeviceError;
use crate::home::Home;

/// Its name.
pub const FILE: &str = "support.json";
/// The number of its form.
const VERSION: u64 = 1;

/// What the file holds.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SupportFile {
    v: u64,
    recipient: Recipient,
}

/// Keeps what a server told. One of an earlier program tells nothing, and what was known stays.
pub fn keep(home: &Home, told: Option<Recipient>) -> Result<(), DeviceError> {
    match told {
        Some(recipient) if read(home)? != told => {
            home.save(FILE, &json::write(&SupportFile { v: VERSION, recipient }))
        }
        _ => Ok(()),
    }
}

/// What is kept. A file that cannot be understood is none: the next sign-in brings it again.
pub fn read(home: &Home) -> Result<Option<Recipient>, DeviceError> {
    let path = home.path().join(FILE);
    match fs::read(&path) {
        Ok(bytes) => Ok(parse(&bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DeviceError::File { path, error }),
    }
}

fn parse(bytes: &[u8]) -> Option<Recipient> {
    let file: SupportFile = json::parse_bytes(bytes).ok()?;
    (file.v == VERSION).then_some(file.recipient)
}

#[cfg(test)]
mod tests {
    use fieldbook_crypto::Fresh;
    use fieldbook_crypto::age::Identity;

    use super::*;

    #[test]
    fn what_was_told_last_is_kept_and_nothing_told_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(folder.path());
        let recipient = |byte| Some(Identity::make(Fresh::new([byte; 32])).recipient());
        assert_eq!(read(&home).expect("no file"), None);
        for (told, kept) in [(1, 1), (0, 1), (2, 2)] {
            keep(&home, if told == 0 { None } else { recipient(told) }).expect("kept");
            assert_eq!(read(&home).expect("a file"), recipient(kept));
        }
        for text in ["", "{}", "{\"v\":2,\"recipient\":\"age1\"}", "{\"v\":1,\"recipient\":\"age1\"}"] {
            fs::write(folder.path().join(FILE), text).expect("written");
            assert_eq!(read(&home).expect("a file"), None, "{text}");
        }
        keep(&home, recipient(3)).expect("kept");
        assert_eq!(read(&home).expect("a file"), recipient(3));
    }
}
