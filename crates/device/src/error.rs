//! What can go wrong on a device, with words that say what to do.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fieldbook_crypto::age::Recipient;
use fieldbook_device_store::{ActError, QueryError, StoreError};
use fieldbook_device_sync::Trouble;
use fieldbook_model::{Refusal, WallTime};

use crate::keys::KeyTrouble;
use crate::wipe::FalseOrder;

/// Why something on the device did not work. Nothing that was shown as saved is lost by any of these.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no device here.
    #[error(
        "{0} is no device's home yet. Sign in first: fieldbook device sign-in --server URL --workspace NAME --user NAME --home {0}"
    )]
    NoHome(PathBuf),
    /// There is a device here, whose `home.json` is gone or broken.
    #[error(
        "{home}/home.json does not say whose home this is ({why}). Sign in again, and nothing is lost: fieldbook device sign-in --server URL --workspace NAME --user NAME --home {home}"
    )]
    LostHomeFile {
        /// The folder.
        home: PathBuf,
        /// What is wrong with the file.
        why: String,
    },
    /// Another process signs in here.
    #[error("{0}: another sign-in into this folder is under way; wait until it has ended")]
    SigningIn(PathBuf),
    /// The folder belongs to somebody or something else.
    #[error("{path}: {words}")]
    WrongHome {
        /// The folder.
        path: PathBuf,
        /// What is wrong and what to do.
        words: String,
    },
    /// Something is wrong with the keys of the home.
    #[error("{path}: {why}{}", unlocking(path, why))]
    Keys {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: KeyTrouble,
    },
    /// The device was wiped: what it held is gone.
    #[error("{home}: {words}")]
    Wiped {
        /// The folder.
        home: PathBuf,
        /// When, by whose order, and what went.
        words: String,
    },
    /// Somebody orders that the device is wiped who may not.
    #[error("{home}: an order to wipe this device came, and is not obeyed: {why}; nothing was changed")]
    FalseOrder {
        /// The folder.
        home: PathBuf,
        /// What is wrong with it.
        why: FalseOrder,
    },
    /// A file of the home cannot be read or written.
    #[error("{path}: {error}{}", advice(error))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The action does not fit; nothing was done.
    #[error("{0}")]
    Refused(Refusal),
    /// The query does not fit.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Another process syncs this home.
    #[error(
        "{home} is already synced by process {pid}, since {since}. Its news shows here all the same; stop that one to sync from here."
    )]
    AlreadySyncing {
        /// The folder.
        home: PathBuf,
        /// The other process.
        pid: u32,
        /// Since when.
        since: WallTime,
    },
    /// Nobody can have the identity of a recipient.
    #[error("{0} is no recipient: nobody can have what opens its files")]
    NoReader(Recipient),
    /// A call failed.
    #[error("{}", said.clone().unwrap_or_else(|| trouble.to_string()))]
    Call {
        /// What kind of failure.
        trouble: Trouble,
        /// The server's words, or ours with the address: better than the trouble's own.
        said: Option<String>,
    },
    /// The address of the server is no address.
    #[error("{0:?} is no address of a server, such as http://127.0.0.1:4180")]
    Address(String),
    /// A certificate's fingerprint is of no use for a server that is called in clear.
    #[error("{0} is called without TLS; a fingerprint belongs to an address that begins with https://")]
    InClear(String),
}

impl DeviceError {
    /// Whether the server says that there is no such thing, or none for this person.
    pub fn is_absent(&self) -> bool {
        let code = match self {
            Self::Call { trouble: Trouble::Problem { code, .. }, .. } => *code,
            _ => return false,
        };
        code == fieldbook_protocol::ProblemCode::NotFound
    }

    /// A failed call, with the address that was called and what to look at where the server said nothing.
    pub fn call(trouble: Trouble, said: Option<String>, address: &str) -> Self {
        let words = match &trouble {
            Trouble::NoAnswer => "does not answer",
            Trouble::TimedOut => "did not answer in time",
            Trouble::Cut => "broke the connection off",
            Trouble::Foreign(what) => {
                let said = said.unwrap_or_else(|| format!("{trouble}: {}", look(what)));
                return Self::Call { trouble, said: Some(said) };
            }
            Trouble::Wiped(_) | Trouble::Problem { .. } => return Self::Call { trouble, said },
        };
        let check = "is the server started, and is the address right (http or https)?";
        Self::Call { trouble, said: Some(format!("{address} {words}: {check}")) }
    }
}

/// What opens a home that is locked. No sync does it by itself: whoever unlocks a device is there, and knows that it was locked.
fn unlocking(path: &Path, why: &KeyTrouble) -> String {
    match (why, path.parent()) {
        (KeyTrouble::Locked | KeyTrouble::LeaseOver(_), Some(home)) => {
            format!("; with a connection: fieldbook device unlock --home {}", home.display())
        }
        _ => String::new(),
    }
}

/// What to do where something else answers, by what it said.
fn look(what: &str) -> &'static str {
    match what.as_bytes() {
        [b'5', b'0'..=b'9', b'0'..=b'9', b' ', ..] => {
            "whatever stands in front of the server does not reach it; try again later, or look there"
        }
        _ => {
            "sign in to this network in a browser if it asks for that, and look at the address and the proxy"
        }
    }
}

/// What to do where a file cannot be read or written. Nothing was changed: it is the whole of the act that failed.
fn advice(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ReadOnlyFilesystem => {
            "; nothing was changed: make it writable, or name a folder on another disk"
        }
        ErrorKind::PermissionDenied => "; nothing was changed: run this as the user whose folder it is",
        ErrorKind::StorageFull => "; nothing was changed: free some space, then try again",
        _ => "",
    }
}

impl From<ActError> for DeviceError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Refused(refusal) => Self::Refused(refusal),
            ActError::Store(error) => Self::Store(error),
        }
    }
}
