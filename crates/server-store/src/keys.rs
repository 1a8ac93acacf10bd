//! The keys of a data folder: `keys.json`, in which the data key is wrapped under the outer key, and `server.key`, the outer
//! key of a server to which nobody named another.
//!
//! A key that does not fit changes nothing: what is there is read, and written only where there is no encrypted file yet, or
//! when somebody asks for a new outer key. Each file is written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use fieldbook_crypto::{DataKey, Fresh, KeyError, OuterKey, WrappedDataKey};
use zeroize::Zeroizing;

use crate::encrypt;
use crate::error::StoreError;
use crate::file::keep_names;

/// The wrapped data key.
pub(crate) const KEYS: &str = "keys.json";
/// The outer key where nobody named another.
pub const SERVER_KEY: &str = "server.key";
/// The next one, until `keys.json` is under it.
const NEXT_KEY: &str = "server.key.new";
/// Locked by whoever makes or changes these files. Empty.
const LOCK: &str = "keys.lock";
/// More than either file ever has.
const BYTES_MAX: u64 = 4096;

/// Where the outer key comes from.
#[derive(Debug)]
pub enum Outer {
    /// From `server.key` in the data folder, which is made with it.
    Beside,
    /// From somewhere else.
    Named(OuterKey),
}

/// What opens a data folder.
#[derive(Debug)]
pub struct Unlock {
    /// The key from outside.
    pub outer: Outer,
    /// Randomness for what is made.
    pub fresh: fn() -> Fresh,
}

/// Why a data folder does not open under a key, or has none. The words say what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It is under another key.
    #[error(
        "{} is under another key, with the fingerprint {fingerprint}; name that one with --key-file FILE, \
        FIELDBOOK_SERVER_KEY or --key-command CMD", .folder.display()
    )]
    Wrong {
        /// Which.
        folder: PathBuf,
        /// Of the key that opens it.
        fingerprint: String,
    },
    /// Nobody named a key, and there is none beside the data.
    #[error(
        "{} is encrypted, and {SERVER_KEY} is not in it; name the key with --key-file FILE, FIELDBOOK_SERVER_KEY or \
        --key-command CMD, or put {SERVER_KEY} back", .0.display()
    )]
    None(PathBuf),
    /// What should be a key is none.
    #[error("{0} holds no key, which is 64 hexadecimal digits in lower case; put the right one there")]
    NoKey(String),
    /// `keys.json` does not read back.
    #[error("{KEYS} is damaged; put it back from the last backup: without it nothing opens the data")]
    Damaged,
    /// Of another version.
    #[error("{KEYS} was made by a newer version of the program; update this one")]
    Newer,
    /// `keys.json` is gone, and the files are encrypted.
    #[error(
        "{KEYS} is missing, and {0} is encrypted; put {KEYS} back from the last backup: without it nothing opens the data"
    )]
    Lost(String),
    /// Of an earlier program.
    #[error(
        "{} is of an earlier version of the program, and not encrypted; start the server once, which encrypts it", .0.display()
    )]
    Clear(PathBuf),
    /// A new outer key has to be named where the old one was.
    #[error("the key of {} is kept elsewhere; name where the new one is, or is to be, with --new-key-file FILE", .0.display())]
    Elsewhere(PathBuf),
    /// A file.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
}

impl From<KeysError> for StoreError {
    fn from(error: KeysError) -> Self {
        let words = error.to_string();
        match error {
            KeysError::File(_, error) if error.kind() == ErrorKind::StorageFull => {
                Self::Retry(format!("{words}; free some space, then try again"))
            }
            KeysError::File(..) => Self::Retry(words),
            _ => Self::Unusable(words),
        }
    }
}

impl Unlock {
    /// The data key of a folder, which is made where nothing is encrypted yet.
    pub(crate) fn data_key(&self, folder: &Path) -> Result<DataKey, KeysError> {
        if let Some(wrapped) = read_wrapped(folder)? {
            return self.open(folder, &wrapped);
        }
        let _alone = lock(folder)?;
        // Another program may have made it meanwhile.
        if let Some(wrapped) = read_wrapped(folder)? {
            return self.open(folder, &wrapped);
        }
        if let Some(name) = encrypt::an_encrypted_file(folder)? {
            return Err(KeysError::Lost(name));
        }
        self.make(folder)
    }

    /// Wraps the data key under another outer key; gives its fingerprint. Whoever has the folder open goes on: the data key
    /// stays what it is. The next key is that in a file, which is made where there is none; without one it is a new `server.key`.
    pub fn rotate(&self, folder: &Path, next: Option<&Path>) -> Result<String, KeysError> {
        let _alone = lock(folder)?;
        let wrapped = read_wrapped(folder)?.ok_or_else(|| KeysError::Clear(folder.to_owned()))?;
        let data = self.open(folder, &wrapped)?;
        let fresh = self.fresh;
        if let Some(path) = next {
            return wrap(folder, &data, &read_or_make(path, fresh())?, fresh());
        }
        if matches!(self.outer, Outer::Named(_)) {
            return Err(KeysError::Elsewhere(folder.to_owned()));
        }
        // Between the two renames either name may be the one that opens: `open` looks at both.
        let next = OuterKey::make(fresh());
        save(&folder.join(NEXT_KEY), next.write().as_bytes())?;
        let fingerprint = wrap(folder, &data, &next, fresh())?;
        take_next(folder)?;
        Ok(fingerprint)
    }

    fn open(&self, folder: &Path, wrapped: &WrappedDataKey) -> Result<DataKey, KeysError> {
        let opened = |outer: &OuterKey| DataKey::unwrap(wrapped, outer);
        let found = match &self.outer {
            Outer::Named(outer) => opened(outer),
            Outer::Beside => {
                let beside = read_key(&folder.join(SERVER_KEY))?;
                let next = read_key(&folder.join(NEXT_KEY))?;
                match (beside.as_ref().map(opened), next.as_ref().map(opened)) {
                    (Some(Ok(data)), _) => Ok(data),
                    (_, Some(Ok(data))) => {
                        take_next(folder)?;
                        Ok(data)
                    }
                    (Some(other), _) => other,
                    (None, _) => return Err(KeysError::None(folder.to_owned())),
                }
            }
        };
        found.map_err(|error| match error {
            KeyError::WrongKey(_) => {
                KeysError::Wrong { folder: folder.to_owned(), fingerprint: written(wrapped) }
            }
            _ => KeysError::Damaged,
        })
    }

    /// Makes a data key and, where no other outer key is named, `server.key`; one that a start which was cut off left is used.
    fn make(&self, folder: &Path) -> Result<DataKey, KeysError> {
        let fresh = self.fresh;
        let data = DataKey::make(fresh());
        match &self.outer {
            Outer::Named(outer) => drop(wrap(folder, &data, outer, fresh())?),
            Outer::Beside => {
                let path = folder.join(SERVER_KEY);
                let outer = match read_key(&path)? {
                    Some(left) => left,
                    None => {
                        let outer = OuterKey::make(fresh());
                        save(&path, outer.write().as_bytes())?;
                        outer
                    }
                };
                wrap(folder, &data, &outer, fresh())?;
            }
        }
        Ok(data)
    }
}

/// By what the outer key of a folder is known.
pub fn fingerprint(folder: &Path) -> Result<String, KeysError> {
    let wrapped = read_wrapped(folder)?.ok_or_else(|| KeysError::Clear(folder.to_owned()))?;
    Ok(written(&wrapped))
}

/// Whether the outer key lies beside the data that it opens.
pub fn lies_beside(folder: &Path) -> bool {
    folder.join(SERVER_KEY).exists()
}

/// The outer key in a file; `None` where there is no such file.
pub fn read_key(path: &Path) -> Result<Option<OuterKey>, KeysError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match read(path)? {
        None => Ok(None),
        Some(text) => OuterKey::read(&text).map(Some).map_err(|_| KeysError::NoKey(name.into_owned())),
    }
}

/// The outer key in a file, which is made where there is none. Nothing is written over, whoever makes it at the same time: what
/// the data are wrapped under is what the file holds.
fn read_or_make(path: &Path, fresh: Fresh) -> Result<OuterKey, KeysError> {
    static DRAFTS: AtomicU32 = AtomicU32::new(0);
    if let Some(there) = read_key(path)? {
        return Ok(there);
    }
    let made = OuterKey::make(fresh);
    let own = format!("part-{}-{}", std::process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed));
    let draft = path.with_added_extension(own);
    let written = private(&draft, OpenOptions::new().create_new(true)).and_then(|mut file| {
        file.write_all(made.write().as_bytes())?;
        file.sync_all()?;
        // Unlike a rename it takes no name that is taken.
        fs::hard_link(&draft, path)
    });
    drop(fs::remove_file(&draft));
    match written {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(path)(error)),
        _ => keep(path)?,
    }
    read_key(path)?.ok_or_else(|| failed(path)(ErrorKind::NotFound.into()))
}

/// Copies the wrapped data key: a backup opens with the outer key of the folder that it is of.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), KeysError> {
    let wrapped = read_wrapped(from)?.ok_or_else(|| KeysError::Clear(from.to_owned()))?;
    save(&to.join(KEYS), wrapped.write().as_bytes())
}

fn wrap(folder: &Path, data: &DataKey, outer: &OuterKey, fresh: Fresh) -> Result<String, KeysError> {
    let wrapped = data.wrap(outer, fresh);
    save(&folder.join(KEYS), wrapped.write().as_bytes())?;
    Ok(written(&wrapped))
}

fn take_next(folder: &Path) -> Result<(), KeysError> {
    let path = folder.join(SERVER_KEY);
    fs::rename(folder.join(NEXT_KEY), &path).map_err(failed(&path))?;
    keep(&path)
}

fn written(wrapped: &WrappedDataKey) -> String {
    wrapped.locked().key().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_wrapped(folder: &Path) -> Result<Option<WrappedDataKey>, KeysError> {
    let Some(text) = read(&folder.join(KEYS))? else { return Ok(None) };
    match WrappedDataKey::read(text.trim_ascii_end()) {
        Ok(wrapped) => Ok(Some(wrapped)),
        Err(KeyError::Version { .. }) => Err(KeysError::Newer),
        Err(_) => Err(KeysError::Damaged),
    }
}

/// The text of a file. One that is too long or no text reads as nothing that anybody wrote.
fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KeysError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed(path))?,
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX as usize));
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(failed(path))?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Whole or not at all, and for its owner only.
fn save(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let draft = path.with_added_extension("part");
    let written = private(&draft, OpenOptions::new().create(true).truncate(true)).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    written.map_err(failed(path))?;
    keep(path)
}

fn keep(path: &Path) -> Result<(), KeysError> {
    keep_names(path).map_err(|error| match error {
        StoreError::Retry(words) | StoreError::Unusable(words) => {
            KeysError::File(words, std::io::Error::other("its folder is not saved"))
        }
    })
}

fn private(path: &Path, options: &mut OpenOptions) -> std::io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true).open(path)
}

fn lock(folder: &Path) -> Result<File, KeysError> {
    let path = folder.join(LOCK);
    let locked = private(&path, OpenOptions::new().create(true).truncate(true))
        .and_then(|file| file.lock().map(|()| file));
    locked.map_err(failed(&path))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> KeysError {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    |error| KeysError::File(name, error)
}
