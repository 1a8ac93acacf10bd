//! From a home's files to its open database.

use std::sync::Arc;

use fieldbook_crypto::{DatabaseKey, DeviceSecret, KeyError};
use fieldbook_device_store::{Store, StoreError};
pub use fieldbook_device_sync::keys::Held;

use super::file::{self, InHome, KeysFile};
use super::holder::{self, Asked, Holder};
use super::{KeyTrouble, earlier, rekey, secret};
use crate::error::DeviceError;
use crate::home::{Home, Told};

/// A home's database, open.
pub struct Opened {
    /// The database.
    pub store: Store,
    /// What it opened with.
    pub key: DatabaseKey,
    /// The device secret, unless the home has none yet.
    pub secret: Option<Arc<DeviceSecret>>,
    /// Whether the home is of the earlier form: it wants keys.
    pub is_earlier: bool,
}

/// Where a home's keys lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// The database key as it is, in `device.key`, as an earlier program left it.
    Earlier,
    /// The database waits for its new key.
    Changing,
    /// The device secret in a file, as it is.
    File,
    /// The device secret under a passphrase.
    Passphrase,
    /// The device secret in the system's secure store.
    Keyring,
}

impl KeyPlace {
    /// Of a home that opens.
    pub fn of(home: &Home) -> Result<Self, DeviceError> {
        Ok(match KeysFile::read(home)? {
            None => Self::Earlier,
            Some(file) if file.database.len() > 1 => Self::Changing,
            Some(KeysFile { holder: Holder::File, .. }) => Self::File,
            Some(KeysFile { holder: Holder::Passphrase(_), .. }) => Self::Passphrase,
            Some(KeysFile { holder: Holder::Keyring(_), .. }) => Self::Keyring,
        })
    }

    /// The files that open everything, where there are any.
    pub const OPEN_ALL: [&'static str; 2] = [secret::FILE, earlier::FILE];
}

/// What lies in a home.
pub enum Keys {
    /// One key as it is.
    Earlier(DatabaseKey),
    /// A secret, and what it opens.
    Held(Box<Held>),
}

impl Keys {
    /// Reads and opens the keys of a home.
    pub fn read(home: &Home, asked: &Asked<'_>) -> Result<Self, DeviceError> {
        if let Some(file) = KeysFile::read(home)? {
            // Nobody types a passphrase for nothing.
            if file.is_locked() {
                return Err(locked(home, &file));
            }
            let secret = asked.secret(&file)?;
            return held(home, file, secret).map(|held| Self::Held(Box::new(held)));
        }
        match earlier::read(home)? {
            Some(key) => Ok(Self::Earlier(key)),
            None => Err(missing(home)?),
        }
    }
}

/// Which file a home without any key should have.
fn missing(home: &Home) -> Result<DeviceError, DeviceError> {
    let is_earlier = matches!(home.look()?, Told::Whole(file) if file.is_earlier());
    let is_earlier = is_earlier && !home.path().join(secret::FILE).exists();
    let (name, why) =
        if is_earlier { (earlier::FILE, KeyTrouble::NoKey) } else { (file::FILE, KeyTrouble::NoKeys) };
    Ok(DeviceError::Keys { path: home.path().join(name), why })
}

/// Opens what a home's file holds with its secret.
pub fn held(home: &Home, file: KeysFile, secret: Arc<DeviceSecret>) -> Result<Held, DeviceError> {
    let (holder, is_locked) = (file.holder.clone(), locked(home, &file));
    Held::open(file, secret).map_err(|error| told(home, &holder, error))?.ok_or(is_locked)
}

fn locked(home: &Home, file: &KeysFile) -> DeviceError {
    let why = file.lease.map_or(KeyTrouble::Locked, KeyTrouble::LeaseOver);
    DeviceError::Keys { path: home.path().join(file::FILE), why }
}

/// The keys that do not open, in the words of a home: another secret, or a file that was changed.
fn told(home: &Home, holder: &Holder, error: KeyError) -> DeviceError {
    let (name, why) = match error {
        KeyError::WrongKey(_) if *holder == Holder::File => (secret::FILE, KeyTrouble::OtherSecret),
        KeyError::WrongKey(_) if matches!(holder, Holder::Keyring(_)) => {
            (file::FILE, KeyTrouble::OtherSecret)
        }
        error => (file::FILE, KeyTrouble::Damaged(error.to_string())),
    };
    DeviceError::Keys { path: home.path().join(name), why }
}

/// Opens a home's database. One that is to have a new key gets it, if nobody else has the home open.
pub fn open(home: &Home, asked: &Asked<'_>) -> Result<Opened, DeviceError> {
    let found = KeysFile::read(home)?;
    if let Some(file) = &found {
        if file.database.len() > 1
            && let Err(error) = rekey::go_on(home, asked)
        {
            tracing::info!(%error, "the database keeps its key for now");
        }
        if file.left.is_some()
            && let Err(error) = holder::go_on(home, asked)
        {
            tracing::warn!(%error, "a copy of the device secret stays for now");
        }
    }
    match once(home, asked) {
        // Another process may have given it a new key since the file was read.
        Err(DeviceError::Store(StoreError::WrongKey)) => once(home, asked),
        // Or its secret another holder: what one has is destroyed when the file names the other.
        Err(DeviceError::Keys { .. }) if KeysFile::read(home)? != found => once(home, asked),
        opened => opened,
    }
}

fn once(home: &Home, asked: &Asked<'_>) -> Result<Opened, DeviceError> {
    let (mut held, by) = match Keys::read(home, asked)? {
        Keys::Held(held) => (held.database, Some(held.secret)),
        Keys::Earlier(key) => return by_earlier(home, key, None),
    };
    let is_settled = held.len() == 1;
    match Store::open_by_any(&home.database(), &held) {
        Ok((store, place)) => {
            if is_settled && let Err(error) = earlier::remove(home) {
                tracing::warn!(%error, "the earlier key stays for now");
            }
            Ok(Opened { store, key: held.swap_remove(place), secret: by, is_earlier: false })
        }
        // Somebody put a database back from before it had a new key, with its file.
        Err(StoreError::WrongKey) => match earlier::read(home) {
            Ok(Some(key)) => by_earlier(home, key, by),
            _ => Err(StoreError::WrongKey.into()),
        },
        Err(error) => Err(error.into()),
    }
}

fn by_earlier(
    home: &Home,
    key: DatabaseKey,
    secret: Option<Arc<DeviceSecret>>,
) -> Result<Opened, DeviceError> {
    let store = Store::open(&home.database(), &key)?;
    Ok(Opened { store, key, secret, is_earlier: true })
}
