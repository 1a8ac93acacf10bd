//! From a home's files to its open database.

use fieldbook_crypto::{ContentKey, DatabaseKey, DeviceKeys, DeviceSecret, KeyError};
use fieldbook_device_store::{Store, StoreError};

use super::file::{self, Database, KeysFile};
use super::{KeyTrouble, earlier, rekey, secret};
use crate::error::DeviceError;
use crate::home::{Home, Told};

/// A home's database, open.
pub struct Opened {
    /// The database.
    pub store: Store,
    /// What it opened with.
    pub key: DatabaseKey,
    /// What its device signs with, where it has a secret.
    pub signs: Option<DeviceKeys>,
    /// Whether the home is of the earlier form: it wants keys.
    pub is_earlier: bool,
}

/// Keys that opened.
pub struct Held {
    pub file: KeysFile,
    pub secret: DeviceSecret,
    /// As the file names them: the last is the newest.
    pub database: Vec<DatabaseKey>,
}

/// Where a home's keys lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// The database key as it is, in `device.key`, as an earlier program left it.
    Earlier,
    /// The device secret in a file, as it is; the database waits for its new key.
    Changing,
    /// The device secret in a file, as it is.
    File,
}

impl KeyPlace {
    /// Of a home that opens.
    pub fn of(home: &Home) -> Result<Self, DeviceError> {
        Ok(match KeysFile::read(home)? {
            None => Self::Earlier,
            Some(file) if file.database.len() > 1 => Self::Changing,
            Some(_) => Self::File,
        })
    }

    /// The file that opens everything.
    pub fn file(self) -> &'static str {
        match self {
            Self::Earlier => earlier::FILE,
            Self::Changing | Self::File => secret::FILE,
        }
    }
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
    pub fn read(home: &Home) -> Result<Self, DeviceError> {
        if let Some(file) = KeysFile::read(home)? {
            return Held::open(home, file).map(|held| Self::Held(Box::new(held)));
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

impl Held {
    /// Opens what a file holds with the secret beside it.
    pub fn open(home: &Home, file: KeysFile) -> Result<Self, DeviceError> {
        let secret = secret::read(home)?;
        let told = |error| told(home, error);
        let place = file.place(file.content.number);
        let content = ContentKey::open(&file.content.sealed, &secret.keys(), &place).map_err(told)?;
        let open = |key: &Database| {
            DatabaseKey::unwrap(&key.wrapped, &secret, &content, &file.place(key.number)).map_err(told)
        };
        let database = file.database.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { file, secret, database })
    }
}

/// The keys that do not open, in the words of a home: another secret, or a file that was changed.
fn told(home: &Home, error: KeyError) -> DeviceError {
    let (name, why) = match error {
        KeyError::WrongKey(_) => (secret::FILE, KeyTrouble::OtherSecret),
        error => (file::FILE, KeyTrouble::Damaged(error.to_string())),
    };
    DeviceError::Keys { path: home.path().join(name), why }
}

/// Opens a home's database. One that is to have a new key gets it, if nobody else has the home open.
pub fn open(home: &Home) -> Result<Opened, DeviceError> {
    if matches!(KeysFile::read(home)?, Some(file) if file.database.len() > 1)
        && let Err(error) = rekey::go_on(home)
    {
        tracing::info!(%error, "the database keeps its key for now");
    }
    match once(home) {
        // Another process may have given it a new key since the file was read.
        Err(DeviceError::Store(StoreError::WrongKey)) => once(home),
        opened => opened,
    }
}

fn once(home: &Home) -> Result<Opened, DeviceError> {
    let held = match Keys::read(home)? {
        Keys::Held(held) => held,
        Keys::Earlier(key) => {
            let store = Store::open(&home.database(), &key)?;
            return Ok(Opened { store, key, signs: secret::signs(home), is_earlier: true });
        }
    };
    let signs = Some(held.secret.keys());
    let is_settled = held.database.len() == 1;
    for key in held.database.into_iter().rev() {
        match Store::open(&home.database(), &key) {
            Ok(store) => {
                if is_settled && let Err(error) = earlier::remove(home) {
                    tracing::warn!(%error, "the earlier key stays for now");
                }
                return Ok(Opened { store, key, signs, is_earlier: false });
            }
            Err(StoreError::WrongKey) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // Somebody put a database back from before it had a new key, with its file.
    match earlier::read(home) {
        Ok(Some(key)) => {
            let store = Store::open(&home.database(), &key)?;
            Ok(Opened { store, key, signs, is_earlier: true })
        }
        _ => Err(StoreError::WrongKey.into()),
    }
}
