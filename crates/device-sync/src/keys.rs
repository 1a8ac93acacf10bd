//! What a device keeps of its keys, since none of it opens without the device secret, and how one opens another. Where it is kept,
//! and who holds the secret, is the shell's.

use std::sync::Arc;

use fieldbook_crypto::{
    Binding, ContentKey, DatabaseKey, DeviceKeys, DeviceSecret, Fresh, KeyError, LockedSecret, Push, Sealed,
    SealedToken, ServerPublic, Signature, Sure, Wrapped,
};
use fieldbook_model::json;
use fieldbook_model::{DeviceId, Hash, WallTime, WorkspaceId};
use fieldbook_protocol::auth::KeysReply;
use serde::{Deserialize, Serialize};

/// The number of its form.
const VERSION: u64 = 1;

/// What is kept.
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

/// Where a home's secret is, as `keys.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// In a file, as it is.
    File,
    /// Here, under a passphrase.
    Passphrase(LockedSecret),
    /// In the system's secure store, under this name.
    Keyring(String),
}

/// Where a copy of the secret may still lie that is to be destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// In a file, as it is.
    File,
    /// In the system's secure store, under this name.
    Keyring(String),
}

/// Who holds a secret, and whose copy is to be destroyed once that is written down.
pub struct Holding {
    /// Who holds it.
    pub holder: Holder,
    /// Whose copy is still to go.
    pub left: Option<Left>,
}

/// Why what is kept cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not what it should be.
    Damaged(String),
    /// It is a newer program's.
    Newer(u64),
}

/// Whose keys they are.
pub type Place = (WorkspaceId, DeviceId);

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

    /// Reads it from its bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let damaged = |error: json::JsonError| Unreadable::Damaged(error.reason);
        let Form { v } = json::parse_bytes(bytes).map_err(damaged)?;
        if v != VERSION {
            return Err(Unreadable::Newer(v));
        }
        let file: Self = json::parse_bytes(bytes).map_err(damaged)?;
        if file.content.is_some() == file.token.is_some() {
            return Err(Unreadable::Damaged("neither open nor locked".to_owned()));
        }
        match file.database.len() {
            1 | 2 => Ok(file),
            count => Err(Unreadable::Damaged(format!("{count} database keys"))),
        }
    }

    /// Whether the home has forgotten its content key.
    pub fn is_locked(&self) -> bool {
        self.token.is_some()
    }

    /// The same with its content key forgotten: only the server gives it again, for the token, which is sealed to the device itself
    /// meanwhile. `lease`: the one that was over, in seconds.
    pub fn locked(self, (token, lease): (SealedToken, Option<u64>), known: AtLock) -> Self {
        Self { content: None, token: Some(token), lease, known: Some(known), ..self }
    }

    /// What a token is bound to: it has no number.
    pub fn place_of_token(&self) -> Binding {
        self.place(0)
    }

    /// What a key of the given number is bound to.
    pub fn place(&self, number: u32) -> Binding {
        Binding { workspace: self.workspace_id, device: self.device_id, number }
    }
}

/// A device's signature of a push by its body, as it is before it is packed.
pub fn sign_push(keys: &DeviceKeys, (workspace, device): Place, body: &str) -> Signature {
    keys.sign_push(&Push { workspace, device, body: Hash::of(body.as_bytes()) })
}

/// What a server gave for a secret, opened.
pub struct Given<'a> {
    place: Place,
    secret: &'a DeviceSecret,
    /// The workspace's content key.
    pub content: ContentKey,
    reply: &'a KeysReply,
}

impl<'a> Given<'a> {
    /// Opens what a server gave.
    pub fn open(place: Place, secret: &'a DeviceSecret, reply: &'a KeysReply) -> Result<Self, KeyError> {
        let binding = Binding { workspace: place.0, device: place.1, number: reply.number };
        let content = ContentKey::open(&reply.sealed, &secret.keys(), &binding)?;
        Ok(Self { place, secret, content, reply })
    }

    /// A database key as it is kept.
    pub fn wrapped(&self, (number, key): (u32, &DatabaseKey), fresh: Fresh) -> Database {
        let place = Binding { workspace: self.place.0, device: self.place.1, number };
        Database { number, wrapped: key.wrap(self.secret, &self.content, &place, fresh) }
    }

    /// What is kept of it all.
    pub fn file(&self, holding: Holding, database: Vec<Database>) -> KeysFile {
        let content = Content { number: self.reply.number, sealed: self.reply.sealed.clone() };
        KeysFile::new(holding, self.place, content, self.reply.server, database)
    }
}

/// Keys that opened.
pub struct Held {
    /// Of what.
    pub file: KeysFile,
    /// With what.
    pub secret: Arc<DeviceSecret>,
    /// The workspace's content key.
    pub content: ContentKey,
    /// As the file names them: the last is the newest.
    pub database: Vec<DatabaseKey>,
}

impl Held {
    /// Opens what is kept with its secret; `None` where it has forgotten its content key.
    pub fn open(file: KeysFile, secret: Arc<DeviceSecret>) -> Result<Option<Self>, KeyError> {
        let Some(Content { number, sealed }) = &file.content else { return Ok(None) };
        let content = ContentKey::open(sealed, &secret.keys(), &file.place(*number))?;
        Self::open_by(file, secret, content).map(Some)
    }

    /// The same with a content key that came from elsewhere.
    pub fn open_by(file: KeysFile, secret: Arc<DeviceSecret>, content: ContentKey) -> Result<Self, KeyError> {
        let open =
            |key: &Database| DatabaseKey::unwrap(&key.wrapped, &secret, &content, &file.place(key.number));
        let database = file.database.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { file, secret, content, database })
    }

    /// What is kept once the database is to have another key: beside it stands the one that it has. `None` while it is getting one
    /// already.
    pub fn gets(&self, key: &DatabaseKey, fresh: Fresh) -> Option<KeysFile> {
        let [Database { number, .. }] = self.file.database[..] else { return None };
        let number = number + 1;
        let wrapped = key.wrap(&self.secret, &self.content, &self.file.place(number), fresh);
        let mut file = self.file.clone();
        file.database.push(Database { number, wrapped });
        Some(file)
    }

    /// What is kept once it has the newest.
    pub fn has_newest(&self) -> KeysFile {
        let mut file = self.file.clone();
        let older = file.database.len().saturating_sub(1);
        file.database.drain(..older);
        file
    }
}
