//! A sign-in, step by step.

use std::path::Path;
use std::sync::Arc;

use fieldbook_crypto::{DeviceSecret, KeyError};
use fieldbook_device_sync::Head;
use fieldbook_device_sync::keys::{Held, KeysFile, Unreadable};
use fieldbook_model::{DeviceId, json};
use wasm_bindgen::prelude::*;

use super::{Engine, Thrown, fresh, random, seed, thrown, wall};
use crate::failure::Failure;
use crate::sign_in::{self, Whose};
use crate::{engine, locked};

/// Reads the keys of a device, and its secret.
pub fn kept(keys: &str, secret: &str) -> Result<(KeysFile, Arc<DeviceSecret>), Failure> {
    let file = KeysFile::parse(keys.as_bytes()).map_err(|why| match why {
        Unreadable::Damaged(what) => Failure::ask("damaged-key", format!("The keys are damaged ({what}).")),
        Unreadable::Newer(_) => {
            Failure::ask("newer-keys", "The keys are of a newer version of this app: reload.")
        }
    })?;
    let secret = DeviceSecret::read(secret)
        .map_err(|error| Failure::ask("damaged-key", format!("This is no device secret ({error}).")))?;
    Ok((file, Arc::new(secret)))
}

fn unopened(error: KeyError) -> Failure {
    Failure::ask("wrong-key", format!("The keys do not open ({error})."))
}

/// Reads the keys of a device, and opens them with its secret.
pub fn held(keys: &str, secret: &str) -> Result<Held, Failure> {
    let (file, secret) = kept(keys, secret)?;
    Held::open(file, secret)
        .map_err(unopened)?
        .ok_or_else(|| Failure::ask("locked", "The device is locked: sign in again. Nothing is lost."))
}

/// A sign-in under way.
#[wasm_bindgen]
pub struct SignIn(Option<sign_in::SignIn>);

#[wasm_bindgen]
impl SignIn {
    /// Of a new device.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        let device = DeviceId::v7(u64::try_from(wall().0).unwrap_or(0), random());
        Self(Some(sign_in::SignIn::new(device, fresh())))
    }

    /// Of a device that was here before, by what was kept.
    pub fn again(keys: &str, secret: &str, workspace: String, user: String) -> Thrown<SignIn> {
        let (file, secret) = kept(keys, secret).map_err(thrown)?;
        let again = sign_in::SignIn::again(file, secret, Whose { workspace, user });
        again.map(|again| Self(Some(again))).map_err(|error| thrown(unopened(error)))
    }

    /// The secret, to be kept before the request is sent.
    pub fn secret(&self) -> Thrown<String> {
        Ok(self.0.as_ref().ok_or_else(used)?.secret().write().to_string())
    }

    /// The body of the request, from `{"workspace", "user", "password", "device_name"}`.
    pub fn request(&mut self, wanted: &str) -> Thrown<String> {
        self.0.as_mut().ok_or_else(used)?.request(wanted).map_err(thrown)
    }

    /// Takes the answer in.
    pub fn reply(&mut self, status: u16, content_type: Option<String>, body: &[u8]) -> Thrown<SignedIn> {
        let head = Head::new(status, content_type.as_deref(), None);
        let signing_in = self.0.take().ok_or_else(used)?;
        signing_in.reply(&head, body, &mut fresh).map(SignedIn).map_err(thrown)
    }
}

fn used() -> JsValue {
    thrown(Failure::ask("wrong-call", "This sign-in was answered before: begin another."))
}

/// A sign-in that came about.
#[wasm_bindgen]
pub struct SignedIn(sign_in::SignedIn);

#[wasm_bindgen]
impl SignedIn {
    /// What is to be kept of the keys before the device is opened.
    pub fn keys(&self) -> String {
        json::write(&self.0.keys)
    }

    /// The workspace, as the server spells it.
    pub fn workspace(&self) -> String {
        self.0.whose().workspace
    }

    /// The user.
    pub fn user(&self) -> String {
        self.0.whose().user
    }

    /// Opens the device: makes its database, or renews the one that is there.
    pub fn open(&self, path: &str, server: String) -> Thrown<Engine> {
        let store = self.0.store(Path::new(path), wall()).map_err(thrown)?;
        Ok(Engine::over(engine::Engine::new(store, sign_in::caller(&self.0.held), server, seed())))
    }
}

/// A device that is locked, and what it asks its server with.
#[wasm_bindgen]
pub struct Locked(locked::Locked);

#[wasm_bindgen]
impl Locked {
    /// Reads it; nothing where the device is not locked.
    pub fn read(keys: &str, secret: &str) -> Thrown<Option<Locked>> {
        let (file, secret) = kept(keys, secret).map_err(thrown)?;
        let read = locked::Locked::read(&file, &secret).map_err(|error| thrown(unopened(error)))?;
        Ok(read.map(Locked))
    }

    /// In whose name it asks.
    pub fn asks_as(&self) -> String {
        self.0.token().to_owned()
    }

    /// The body of the request.
    pub fn request(&self) -> String {
        self.0.request()
    }

    /// What is to be written down of an order to wipe it, where the answer is one.
    pub fn wipe(
        &self,
        status: u16,
        content_type: Option<String>,
        body: &[u8],
        server: &str,
    ) -> Option<String> {
        let head = Head::new(status, content_type.as_deref(), None);
        let ordered = self.0.ordered(&head, body, server).unwrap_or_default();
        ordered.map(|wipe| json::write(&wipe))
    }
}
