//! Sign-in: makes a home, or renews the token of one.

use std::path::PathBuf;

use fieldbook_device_store::{Identity, Store};
use fieldbook_model::DeviceId;
use fieldbook_protocol::auth::{SignInReply, SignInRequest};

use crate::clock;
use crate::device::TOKEN;
use crate::error::DeviceError;
use crate::home::{Home, HomeFile};
use crate::http::Server;
use crate::key;

/// What a person gives to sign in. Its `Debug` shows no password.
pub struct SignIn {
    /// The device's folder.
    pub home: PathBuf,
    /// The address of the server.
    pub server: String,
    /// The workspace's name.
    pub workspace: String,
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// What a person calls this device.
    pub device_name: String,
}

/// Who signed in where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The workspace's name, as the server spells it.
    pub workspace: String,
    /// The user's name.
    pub user: String,
    /// The user's role.
    pub role: String,
    /// The device.
    pub device_id: DeviceId,
    /// Whether the home was there before, and only its token is new.
    pub renewed: bool,
}

/// Signs in. A new home is complete or not there at all; an old one keeps its log and its data.
pub async fn sign_in(ask: SignIn) -> Result<SignedIn, DeviceError> {
    let home = Home::at(&ask.home);
    let server = Server::new(&ask.server)?;
    let old = if home.is_taken() { Some(same_home(&home, &ask)?) } else { None };
    let wall = u64::try_from(clock::wall().0).unwrap_or(0);
    let device_id = old.as_ref().map_or_else(|| DeviceId::v7(wall, clock::random()), |file| file.device_id);
    let request = SignInRequest {
        workspace: ask.workspace.clone(),
        user: ask.user.clone(),
        password: ask.password,
        device_id,
        device_name: ask.device_name,
    };
    let reply = server.sign_in(&request).await?;
    let signed_in = SignedIn {
        workspace: reply.workspace.clone(),
        user: ask.user.clone(),
        role: reply.role.clone(),
        device_id,
        renewed: old.is_some(),
    };
    match old {
        None => first(&home, &ask.server, &ask.user, device_id, &reply)?,
        Some(file) => again(&home, file, &ask.server, &reply)?,
    }
    Ok(signed_in)
}

/// A home that is taken may be signed in to again, by the same user to the same workspace.
fn same_home(home: &Home, ask: &SignIn) -> Result<HomeFile, DeviceError> {
    let file = home.read()?;
    if file.workspace.eq_ignore_ascii_case(&ask.workspace) && file.user.eq_ignore_ascii_case(&ask.user) {
        return Ok(file);
    }
    let words = format!(
        "this is the home of {} in the workspace {}; choose another folder with --home",
        file.user, file.workspace
    );
    Err(DeviceError::WrongHome { path: home.path().to_owned(), words })
}

fn first(
    home: &Home,
    server: &str,
    user: &str,
    device_id: DeviceId,
    reply: &SignInReply,
) -> Result<(), DeviceError> {
    home.create()?;
    home.clear_leftovers()?;
    let key = key::create(home.path())?;
    let identity = Identity {
        workspace_id: reply.workspace_id,
        workspace: reply.workspace.clone(),
        user_id: reply.user_id,
        user: user.to_owned(),
        device_id,
        role: reply.role.clone(),
        schema: reply.schema.clone(),
        limits: reply.limits,
        epoch: reply.epoch,
    };
    let mut store = Store::create(&home.database(), &key, &identity)?;
    store.note(TOKEN, &reply.token)?;
    drop(store);
    let workspace = (reply.workspace.clone(), reply.workspace_id);
    let user = (user.to_owned(), reply.user_id);
    home.write(&HomeFile::new(server.to_owned(), workspace, user, device_id))
}

fn again(home: &Home, file: HomeFile, server: &str, reply: &SignInReply) -> Result<(), DeviceError> {
    if file.workspace_id != reply.workspace_id || file.user_id != reply.user_id {
        let words =
            "the server at this address has another workspace or user of that name; nothing was changed";
        return Err(DeviceError::WrongHome { path: home.path().to_owned(), words: words.into() });
    }
    let mut store = Store::open(&home.database(), &key::read(home.path())?)?;
    store.renew(&reply.role, reply.limits)?;
    store.note(TOKEN, &reply.token)?;
    home.write(&HomeFile { server: server.to_owned(), ..file })
}
