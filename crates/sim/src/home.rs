//! The home of a device: what opens its database, really sealed and wrapped, in a folder in memory. It stands beside the store of
//! the device, which a world has open in memory; whether the home still opens is what a wipe is about.

use fieldbook_crypto::{
    Binding, ContentKey, DatabaseKey, DevicePublic, DeviceSecret, Fresh, Sealed, ServerPublic, Wrapped,
};
use fieldbook_device_sync::wipe::Pinned;
use fieldbook_model::{DeviceId, Hash, WorkspaceId, json};
use fieldbook_protocol::auth::KeysReply;
use serde::{Deserialize, Serialize};

use crate::folder::{Files, Folder};
use crate::world::secret;

/// What lies in a home and is none of the device's: it stays, whatever is wiped.
pub const OF_OTHERS: [(&str, &str); 3] = [
    ("holiday.jpg", "a picture"),
    ("keys.json.aside-8", "{\"workspace_id\":\"00000000-03e8-7909-8909-090909090909\"}"),
    ("fieldbook.db.aside-8", "another workspace's"),
];
/// What a home has beside what opens it.
const MORE: [&str; 6] =
    ["fieldbook.db-wal", "sync.json", "sync.lock", "bell", "support.json", "THE-KEY-LIES-IN-THIS-FOLDER.txt"];

/// What `keys.json` of a world's home says.
#[derive(Serialize, Deserialize)]
struct Keys {
    workspace_id: WorkspaceId,
    device_id: DeviceId,
    /// Nothing, where the device is locked.
    content: Option<Sealed>,
    database: Wrapped,
}

/// The home of a device.
#[derive(Debug, Clone)]
pub struct Home {
    /// The folder.
    pub folder: Folder,
    /// Whose orders the device obeys.
    pub pinned: Pinned,
    /// What it shows with each call.
    pub token: String,
}

/// The place for which a device's keys are.
pub fn place(pinned: &Pinned) -> Binding {
    Binding { workspace: pinned.workspace, device: pinned.device, number: 1 }
}

/// By what it is known which key a database is under.
fn fingerprint(key: &DatabaseKey) -> Vec<u8> {
    Hash::of(key.sqlcipher().as_bytes()).0.to_vec()
}

impl Home {
    /// That of a device which signs in for the first time: what the server gave it is sealed to it.
    pub fn new(
        (workspace, device): (WorkspaceId, DeviceId),
        (given, token): (&KeysReply, String),
        [key, nonce]: [Fresh; 2],
    ) -> Self {
        let pinned = Pinned { server: given.server, workspace, device };
        let secret = secret(device);
        let content = ContentKey::open(&given.sealed, &secret.keys(), &place(&pinned));
        let content = content.expect("BUG: what is sealed to a device does not open");
        let database = DatabaseKey::make(key);
        let wrapped = database.wrap(&secret, &content, &place(&pinned), nonce);
        let keys = Keys {
            workspace_id: workspace,
            device_id: device,
            content: Some(given.sealed.clone()),
            database: wrapped,
        };
        let mut files: Files =
            MORE.into_iter().map(|name| (name.to_owned(), name.as_bytes().to_vec())).collect();
        files.extend(OF_OTHERS.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())));
        files.insert("home.json".to_owned(), b"{}".to_vec());
        files.insert("fieldbook.db".to_owned(), fingerprint(&database));
        files.insert("device.secret".to_owned(), secret.write().as_bytes().to_vec());
        files.insert("keys.json".to_owned(), json::write(&keys).into_bytes());
        Self { folder: Folder::of(files), pinned, token }
    }

    /// The server's key.
    pub fn server(&self) -> &ServerPublic {
        &self.pinned.server
    }

    /// Whether whoever has all of the folder opens the database with it.
    pub fn opens(&self) -> bool {
        self.key().is_some()
    }

    fn keys(&self) -> Option<Keys> {
        json::parse_bytes(self.folder.files().get("keys.json")?).ok()
    }

    /// What was sealed to the device, unless it is locked.
    pub fn sealed(&self) -> Option<Sealed> {
        self.keys()?.content
    }

    /// Whether the database key comes out under a content key and the device's own secret.
    pub fn opens_under(&self, content: &ContentKey) -> bool {
        let own = (secret(self.pinned.device), place(&self.pinned));
        self.keys().is_some_and(|keys| DatabaseKey::unwrap(&keys.database, &own.0, content, &own.1).is_ok())
    }

    /// The key of the database, where the folder has all that it takes.
    pub fn key(&self) -> Option<DatabaseKey> {
        let files = self.folder.files();
        let secret = DeviceSecret::read(std::str::from_utf8(files.get("device.secret")?).ok()?).ok()?;
        let keys = self.keys()?;
        let content = ContentKey::open(&keys.content?, &secret.keys(), &place(&self.pinned)).ok()?;
        let key = DatabaseKey::unwrap(&keys.database, &secret, &content, &place(&self.pinned)).ok()?;
        (files.get("fieldbook.db") == Some(&fingerprint(&key))).then_some(key)
    }

    /// Whether the secret is there.
    pub fn has_secret(&self) -> bool {
        let files = self.folder.files();
        let text = files.get("device.secret").and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.is_some_and(|text| DeviceSecret::read(text).is_ok())
    }

    /// Forgets the content key: only the server gives it again.
    pub fn lock(&self) {
        if let Some(keys) = self.keys() {
            self.folder.put("keys.json", json::write(&Keys { content: None, ..keys }).as_bytes());
        }
    }

    /// The server has given the content key again.
    pub fn unlock(&self, given: &KeysReply) {
        if let Some(keys) = self.keys() {
            let keys = Keys { content: Some(given.sealed.clone()), ..keys };
            self.folder.put("keys.json", json::write(&keys).as_bytes());
        }
    }

    /// What of it may be there only once in a world (I32).
    pub fn once(&self) -> Option<([u8; 32], [u8; 24], DevicePublic)> {
        let keys = self.keys()?;
        let enc = *keys.content?.enc();
        Some((enc, *keys.database.locked().nonce(), secret(self.pinned.device).keys().public()))
    }
}
