//! The system's secure store: the Secret Service of a desktop, the Keychain, the Credential Manager. One entry for each home.

use fieldbook_device::KeyTrouble;
use keyring::Error;
use keyring::v1::Entry;
use zeroize::Zeroizing;

/// What all entries of ours are called.
const SERVICE: &str = "fieldbook";

/// Keeps a text, in place of what is there.
pub fn keep(name: &str, text: &str) -> Result<(), KeyTrouble> {
    entry(name)?.set_password(text).map_err(|error| trouble(name, &error))
}

/// What is there.
pub fn kept(name: &str) -> Result<Zeroizing<String>, KeyTrouble> {
    let kept = entry(name)?.get_password().map(Zeroizing::new);
    kept.map_err(|error| trouble(name, &error))
}

/// Forgets what is there, if there is anything.
pub fn forget(name: &str) -> Result<(), KeyTrouble> {
    match entry(name)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(trouble(name, &error)),
    }
}

fn entry(name: &str) -> Result<Entry, KeyTrouble> {
    if let Err(error) = Entry::store_status() {
        return Err(KeyTrouble::NoStore(error.to_string()));
    }
    Entry::new(SERVICE, name).map_err(|error| trouble(name, &error))
}

fn trouble(name: &str, error: &Error) -> KeyTrouble {
    match error {
        Error::NoEntry => KeyTrouble::NoEntry(name.to_owned()),
        Error::NoStorageAccess(_) => KeyTrouble::StoreLocked,
        // Of these the words may hold what was read.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => KeyTrouble::StoreFailed("it gave no text".into()),
        Error::Ambiguous(_) => KeyTrouble::StoreFailed("it has more than one entry of that name".into()),
        error => KeyTrouble::StoreFailed(error.to_string()),
    }
}
