//! Sign-in: what is sent, and what becomes of the reply. A new device gets its keys and its database; one that was here before keeps
//! its log, its data and its keys under what the server gave.

use std::path::Path;
use std::sync::Arc;

use fieldbook_crypto::{DatabaseKey, DeviceSecret, Fresh, KeyError, SealedToken};
use fieldbook_device_store::{Identity, Store, lease};
use fieldbook_device_sync::keys::{AtLock, Given, Held, Holder, Holding, KeysFile};
use fieldbook_device_sync::{Head, Trouble};
use fieldbook_model::{DeviceId, WallTime, json};
use fieldbook_protocol::auth::{SignInReply, SignInRequest};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::call::Caller;
use crate::failure::Failure;
use crate::help::SUPPORT;

/// The name under which the store keeps the session's token.
pub const TOKEN: &str = "token";

/// What a person gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The workspace's name.
    workspace: String,
    /// The user's name.
    user: String,
    /// The user's password.
    password: String,
    /// What a person calls this device.
    device_name: String,
}

/// A sign-in under way.
pub struct SignIn {
    secret: Arc<DeviceSecret>,
    /// The keys of a device that was here before.
    before: Before,
    device_id: DeviceId,
    /// The workspace and the user of a device that was here before; of a new one the user, once somebody has said who.
    whose: Whose,
}

/// What is kept of a device's keys.
pub enum Before {
    /// Nothing: it is new.
    Nothing,
    /// Keys that open.
    Held(Box<Held>),
    /// Those of a device that is locked: it has forgotten its content key, and the server gives that again.
    Locked(Box<KeysFile>),
}

impl Before {
    fn file(&self) -> Option<&KeysFile> {
        match self {
            Self::Nothing => None,
            Self::Held(held) => Some(&held.file),
            Self::Locked(file) => Some(file),
        }
    }
}

/// Whose device it is, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whose {
    /// The workspace.
    pub workspace: String,
    /// The user.
    pub user: String,
}

/// A sign-in that came about.
pub struct SignedIn {
    /// What is kept of the keys. It has to be on the disk before the database is made.
    pub keys: KeysFile,
    /// The keys, open.
    pub held: Held,
    reply: SignInReply,
    user: String,
    is_new: bool,
}

impl SignIn {
    /// Of a device that is made just now.
    pub fn new(device_id: DeviceId, fresh: Fresh) -> Self {
        let secret = Arc::new(DeviceSecret::make(fresh));
        Self { secret, before: Before::Nothing, device_id, whose: Whose::default() }
    }

    /// Of a device that was here before.
    pub fn again(file: KeysFile, secret: Arc<DeviceSecret>, whose: Whose) -> Result<Self, KeyError> {
        let device_id = file.device_id;
        let before = match file.is_locked() {
            true => Before::Locked(Box::new(file)),
            false => match Held::open(file, Arc::clone(&secret))? {
                Some(held) => Before::Held(Box::new(held)),
                None => Before::Nothing,
            },
        };
        Ok(Self { secret, before, device_id, whose })
    }

    /// The secret. It has to be on the disk before the server is told of it.
    pub fn secret(&self) -> &DeviceSecret {
        &self.secret
    }

    /// The body of `POST /v2/auth/sign-in`.
    pub fn request(&mut self, wanted: &str) -> Result<String, Failure> {
        let Wanted { workspace, user, password, device_name } = json::parse(wanted)?;
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let Whose { workspace: here, user: owner } = &self.whose;
        if self.before.file().is_some() && !(same(here, &workspace) && same(owner, &user)) {
            let words = format!(
                "This browser holds the data of {owner} in the workspace {here}; nothing was changed. Another person signs in in another profile of the browser."
            );
            return Err(Failure::ask("wrong-home", words));
        }
        self.whose = Whose { workspace: workspace.clone(), user: user.clone() };
        let keys = Some(self.secret.keys().public());
        let device_id = self.device_id;
        Ok(json::write(&SignInRequest { workspace, user, password, device_id, device_name, keys }))
    }

    /// Takes the reply in.
    pub fn reply(
        self,
        head: &Head,
        body: &[u8],
        fresh: &mut dyn FnMut() -> Fresh,
    ) -> Result<SignedIn, Failure> {
        if !head.is("application/json") {
            return Err(head.trouble(body).into());
        }
        let foreign = |why: String| Failure::from((Trouble::Foreign(why), None));
        let reply: SignInReply = json::parse_bytes(body).map_err(|error| foreign(error.reason))?;
        let Some(told) = &reply.keys else {
            return Err(Failure::ask("old-server", "The server is too old to know of keys: update it."));
        };
        if let Some(file) = self.before.file() {
            if file.workspace_id != reply.workspace_id {
                let words = "This browser holds the data of another workspace; nothing was changed.";
                return Err(Failure::ask("wrong-home", words));
            }
            if file.server != told.server {
                let words = "The server signs with another key than when this device signed in first: it is another server, or one that was set up anew; nothing was changed.";
                return Err(Failure::ask("other-server", words));
            }
        }
        let place = (reply.workspace_id, self.device_id);
        let given = Given::open(place, &self.secret, told).map_err(|error| foreign(error.to_string()))?;
        let is_new = matches!(self.before, Before::Nothing);
        let held = match self.before {
            Before::Nothing => None,
            Before::Held(held) => Some(*held),
            Before::Locked(file) => {
                let content = Given::open(place, &self.secret, told).map(|given| given.content);
                let open =
                    content.and_then(|content| Held::open_by(*file, Arc::clone(&self.secret), content));
                Some(open.map_err(|error| Failure::ask("wrong-key", error.to_string()))?)
            }
        };
        let (database, holding) = match &held {
            Some(held) => {
                let numbers = held.file.database.iter().map(|key| key.number);
                let wrapped = numbers.zip(&held.database).map(|key| given.wrapped(key, fresh()));
                let (holder, left) = (held.file.holder.clone(), held.file.left.clone());
                (wrapped.collect(), Holding { holder, left })
            }
            None => {
                let key = DatabaseKey::make(fresh());
                (vec![given.wrapped((1, &key), fresh())], Holding { holder: Holder::File, left: None })
            }
        };
        let keys = given.file(holding, database);
        let held = Held::open_by(keys.clone(), Arc::clone(&self.secret), given.content)
            .map_err(|error| foreign(error.to_string()))?;
        Ok(SignedIn { keys, held, reply, user: self.whose.user, is_new })
    }
}

impl SignedIn {
    /// Whose device it is, by name, as the server spells the workspace.
    pub fn whose(&self) -> Whose {
        Whose { workspace: self.reply.workspace.clone(), user: self.user.clone() }
    }

    /// The store of the device: a new one, or the one that is there with what the server said now.
    pub fn store(&self, path: &Path, now: WallTime) -> Result<Store, Failure> {
        let Some(key) = self.held.database.last() else {
            return Err(Failure::ask("keys-damaged", "The keys name no database key."));
        };
        let reply = &self.reply;
        let mut store = match self.is_new {
            true => Store::create(path, key, &Identity::of(reply, &self.user, self.held.file.device_id))?,
            false => open(path, &self.held)?,
        };
        if store.identity().user_id != reply.user_id {
            let words = "This browser holds the data of another person; nothing was changed.";
            return Err(Failure::ask("wrong-home", words));
        }
        if !self.is_new {
            store.renew(&reply.role, reply.limits)?;
            lease::begin(&mut store, now)?;
        }
        store.note(TOKEN, &reply.token)?;
        if let Some(support) = reply.keys.as_ref().and_then(|keys| keys.support) {
            store.note(SUPPORT, &support.to_string())?;
        }
        Ok(store)
    }
}

/// Opens the store of a device with its keys: the newest that opens it.
pub fn open(path: &Path, held: &Held) -> Result<Store, Failure> {
    let (store, _) = Store::open_by_any(path, &held.database)?;
    Ok(store)
}

/// What is kept of the keys of a device whose lease is over: it forgets what the server gave to open its data.
pub fn lock(held: Held, store: &mut Store, seconds: u64, fresh: Fresh) -> Result<KeysFile, Failure> {
    let token = Zeroizing::new(store.noted(TOKEN)?.unwrap_or_default());
    let known = AtLock { unsent: store.waiting()?, heard: store.served()? };
    let sealed = SealedToken::seal(&token, &held.secret.keys(), &held.file.place_of_token(), fresh);
    Ok(held.file.locked((sealed, Some(seconds)), known))
}

/// Who calls for a device.
pub fn caller(held: &Held) -> Caller {
    let file = &held.file;
    let (workspace, device) = (file.workspace_id, file.device_id);
    Caller { workspace, device, keys: held.secret.keys(), server: file.server }
}
