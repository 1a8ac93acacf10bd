//! `keys.json`: what of the keys may lie on a disk, since none of it opens without the device secret.

use std::fs;
use std::io::ErrorKind;

use fieldbook_crypto::{Binding, Sealed, SealedToken, ServerPublic, Sure, Wrapped};
use fieldbook_model::json;
use fieldbook_model::{DeviceId, WallTime, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::KeyTrouble;
use super::holder::{Holder, Holding, Left};
use crate::error::DeviceError;
use crate::home::Home;

/// Its name.
pub const FILE: &str = "keys.json";
/// The number of its form.
const VERSION: u64 = 1;

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysFile {
    v: u64,
    /// Where the device secret is.
    pub holder: Holder,
    /// Where it was before, until that copy is destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    /// What the keys are bound to.
    pub workspace_id: WorkspaceId,
    /// The device that signed in. Its log may have another name by now.
    pub device_id: DeviceId,
    /// The workspace's content key. A locked device has forgotten it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Of a locked device: what it asks for its content key with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SealedToken>,
    /// Of a device that locked itself: the lease that was over, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<u64>,
    /// Of a locked device: what its database said when it was locked, for an order to wipe that comes before it opens again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<AtLock>,
    /// What the server's orders are checked with.
    pub server: ServerPublic,
    /// The database's key; while it is being changed, the old one and the new one.
    pub database: Vec<Database>,
}

/// What the database of a device said when it was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtLock {
    /// How many ops the server had not answered.
    pub unsent: u64,
    /// What the server's clock said when it last let the device in.
    pub heard: WallTime,
}

/// A content key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Which of the workspace's.
    pub number: u32,
    /// Sealed to the device.
    pub sealed: Sealed,
}

/// A database key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Which of the device's.
    pub number: u32,
    /// Under device secret and content key.
    pub wrapped: Wrapped,
}

/// As much of the file as every form of it has.
#[derive(Deserialize)]
struct Form {
    v: u64,
}

impl KeysFile {
    /// How sure it is that the secret is gone when this home is wiped. Each holder so far has it in some file, as it is or under a
    /// password, and what a disk keeps of a file nobody knows.
    pub fn sure(&self) -> Sure {
        match self.holder {
            Holder::File | Holder::Passphrase(_) | Holder::Keyring(_) => Sure::Removed,
        }
    }

    /// Under which names the system's secure store has the secret.
    pub fn entries(&self) -> Vec<String> {
        let holder = match &self.holder {
            Holder::Keyring(entry) => Some(entry.clone()),
            Holder::File | Holder::Passphrase(_) => None,
        };
        let left = match &self.left {
            Some(Left::Keyring(entry)) => Some(entry.clone()),
            Some(Left::File) | None => None,
        };
        holder.into_iter().chain(left).collect()
    }

    /// A file of the present form.
    pub fn new(
        Holding { holder, left }: Holding,
        (workspace_id, device_id): (WorkspaceId, DeviceId),
        content: Content,
        server: ServerPublic,
        database: Vec<Database>,
    ) -> Self {
        let (v, content) = (VERSION, Some(content));
        let (token, lease, known) = (None, None, None);
        Self { v, holder, left, workspace_id, device_id, content, token, lease, known, server, database }
    }

    /// Reads it, if there is one.
    pub fn read(home: &Home) -> Result<Option<Self>, DeviceError> {
        let path = home.path().join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(DeviceError::File { path, error }),
        };
        Self::parse(&bytes).map(Some).map_err(|why| DeviceError::Keys { path, why })
    }

    fn parse(bytes: &[u8]) -> Result<Self, KeyTrouble> {
        let damaged = |error: json::JsonError| KeyTrouble::Damaged(error.reason);
        let Form { v } = json::parse_bytes(bytes).map_err(damaged)?;
        if v != VERSION {
            return Err(KeyTrouble::Newer(v));
        }
        let file: Self = json::parse_bytes(bytes).map_err(damaged)?;
        if file.content.is_some() == file.token.is_some() {
            return Err(KeyTrouble::Damaged("neither open nor locked".to_owned()));
        }
        match file.database.len() {
            1 | 2 => Ok(file),
            count => Err(KeyTrouble::Damaged(format!("{count} database keys"))),
        }
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, home: &Home) -> Result<(), DeviceError> {
        home.save(FILE, &json::write(self))
    }

    /// Whether the home has forgotten its content key.
    pub fn is_locked(&self) -> bool {
        self.token.is_some()
    }

    /// Writes it over what was before, for a file that is to be without something from now on.
    pub fn write_over(&self, home: &Home) -> Result<(), DeviceError> {
        home.save_over(FILE, &json::write(self))
    }

    /// What a key of the given number is bound to.
    pub fn place(&self, number: u32) -> Binding {
        Binding { workspace: self.workspace_id, device: self.device_id, number }
    }
}
