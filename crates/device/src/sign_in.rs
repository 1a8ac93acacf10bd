//! Sign-in: makes a home, or renews the token of one.

use std::path::PathBuf;
use std::sync::Arc;

use fieldbook_crypto::DeviceSecret;
use fieldbook_device_store::lease;
use fieldbook_device_store::{Identity, Kind, Store, StoreError};
use fieldbook_device_sync::Trouble;
use fieldbook_model::DeviceId;
use fieldbook_protocol::auth::{SignInReply, SignInRequest};
use fieldbook_protocol::{Fingerprint, ProblemCode};

use crate::clock;
use crate::device::TOKEN;
use crate::error::DeviceError;
use crate::home::{Home, HomeFile, Told};
use crate::http::Server;
use crate::keys::{
    self, Asked, Held, Hold, Holders, InHome, KeyPlace, KeyTrouble, Keys, KeysFile, Locked, Opened, ServerPin,
};
use crate::lock::SignInLock;
use crate::support;
use crate::watch;
use crate::wipe::{self, By};

/// What a person gives to sign in. Its `Debug` shows no password.
pub struct SignIn {
    /// The device's folder.
    pub home: PathBuf,
    /// The address of the server.
    pub server: String,
    /// How its certificate is trusted.
    pub trust: Trust,
    /// The workspace's name.
    pub workspace: String,
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// What a person calls this device.
    pub device_name: String,
    /// Whether another server than at the first sign-in may sign what only the server may say.
    pub server_key: ServerPin,
    /// Who is to hold the device secret.
    pub keys: Hold,
}

/// How a device knows its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// As the home says, where it has this address; else as the system does.
    #[default]
    AsBefore,
    /// By the authorities that the system trusts.
    System,
    /// By one certificate.
    Only(Fingerprint),
}

impl Trust {
    /// The one certificate that is trusted from now on.
    fn pinned(self, home: &Home, server: &str) -> Result<Option<Fingerprint>, DeviceError> {
        match (self, home.look()?) {
            (Self::Only(pinned), _) => Ok(Some(pinned)),
            (Self::AsBefore, Told::Whole(file)) if same(&file.server, server) => Ok(file.fingerprint),
            _ => Ok(None),
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
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
    /// Where an older database went that nobody can open: nothing is ever deleted.
    pub put_aside: Option<PathBuf>,
    /// Where its keys lie.
    pub keys: KeyPlace,
}

/// What lies in the folder.
enum Found {
    /// Nothing of a device.
    Nothing,
    /// A home, which says itself or by its database whose it is.
    Home(HomeFile),
    /// A home that is locked, and does not say itself whose it is.
    Locked(Box<KeysFile>),
    /// Files that do not open.
    Leftovers,
}

/// Signs in. A new home is complete or not there at all; an old one keeps its log and its data, also where its
/// `home.json` is lost. One sign-in at a time works on a folder. Who holds the secret of an old home is asked once.
pub async fn sign_in(ask: SignIn, holders: &dyn Holders) -> Result<SignedIn, DeviceError> {
    let home = Home::at(&ask.home);
    let pinned = ask.trust.pinned(&home, &ask.server)?;
    let server = Server::new(&ask.server, pinned)?;
    // What is under way here comes first; a device that was wiped, and has said so, is followed by another.
    if let Err(wiped) = wipe::go_on(&home, holders)
        && wipe::told(&home, holders).await.is_none()
    {
        return Err(wiped);
    }
    let lock = SignInLock::take(&home)?;
    let address = ask.server.clone();
    let asked = Asked::new(&home, holders);
    let signed_in = locked(&home, (&server, pinned), ask, &asked).await;
    let Err(error) = signed_in else { return signed_in };
    let error = match wipe::order_in(&error) {
        Some(ordered) => {
            let known = keys::open(&home, &asked);
            let known =
                known.map_or_else(|_| wipe::known_at_lock(&home), |mut it| wipe::known(&mut it.store));
            wipe::obey(&home, (&address, pinned), &By::asked(&home, &asked), (ordered, known)).await
        }
        None => error,
    };
    lock.give_up();
    Err(error)
}

async fn locked(
    home: &Home,
    (server, pinned): (&Server, Option<Fingerprint>),
    ask: SignIn,
    asked: &Asked<'_>,
) -> Result<SignedIn, DeviceError> {
    let found = found(home, &ask, asked)?;
    // Who is to hold the secret is known, and answers, before the server is told of anything.
    let hold = hold(home, ask.keys, (&found, asked.of))?;
    let wall = u64::try_from(clock::wall().0).unwrap_or(0);
    let (device_id, own) = match &found {
        Found::Home(file) => (file.device_id, Own::of(home, &hold, asked)?),
        Found::Locked(file) => (file.device_id, Own::of(home, &hold, asked)?),
        Found::Nothing | Found::Leftovers => {
            (DeviceId::v7(wall, clock::random()), Own::Made(Arc::new(keys::made())))
        }
    };
    let request = SignInRequest {
        workspace: ask.workspace.clone(),
        user: ask.user.clone(),
        password: ask.password,
        device_id,
        device_name: ask.device_name,
        keys: Some(keys::public(own.secret())),
    };
    let reply = call(server, request).await.map_err(|error| told(error, &ask.server))?;
    if reply.keys.is_none() && matches!(hold, Hold::Passphrase(_) | Hold::Keyring) {
        return Err(DeviceError::Keys { path: home.path().join(keys::FILE), why: KeyTrouble::OldServer });
    }
    let mut signed_in = SignedIn {
        workspace: reply.workspace.clone(),
        user: ask.user.clone(),
        role: reply.role.clone(),
        device_id,
        renewed: matches!(found, Found::Home(_) | Found::Locked(_)),
        put_aside: None,
        keys: KeyPlace::File,
    };
    let at = (ask.server.as_str(), pinned);
    match found {
        Found::Home(file) => again(home, file, at, (&own, &hold, asked), (&reply, ask.server_key))?,
        Found::Locked(file) => {
            let user = (ask.user.clone(), reply.user_id);
            let workspace = (reply.workspace.clone(), file.workspace_id);
            let file = HomeFile::new((ask.server.clone(), pinned), workspace, user, device_id);
            again(home, file, at, (&own, &hold, asked), (&reply, ask.server_key))?;
        }
        Found::Nothing => first(home, at, (&ask.user, device_id), (own.secret(), &hold, asked.of), &reply)?,
        Found::Leftovers => {
            signed_in.put_aside = Some(home.put_aside(wall)?);
            first(home, at, (&ask.user, device_id), (own.secret(), &hold, asked.of), &reply)?;
        }
    }
    support::keep(home, reply.keys.as_ref().and_then(|keys| keys.support))?;
    signed_in.keys = KeyPlace::of(home)?;
    wipe::forget(home);
    // A loop that runs here takes the new token.
    watch::ring(home.path());
    Ok(signed_in)
}

/// Who is to hold the secret. For a new home somebody has to choose; a secure store is tried, since a server that has been told of
/// a secret which nobody holds would have a device that nobody has.
fn hold(home: &Home, said: Hold, (found, of): (&Found, &dyn Holders)) -> Result<Hold, DeviceError> {
    let trouble = |why| DeviceError::Keys { path: home.path().to_owned(), why };
    let hold = match (said, found) {
        (Hold::AsBefore, Found::Nothing | Found::Leftovers) => of.chosen(home.path()).map_err(trouble)?,
        (said, _) => said,
    };
    if matches!(hold, Hold::Keyring) {
        keys::try_store(of).map_err(trouble)?;
    }
    Ok(hold)
}

/// The secret with which a device signs in, and what it opens.
enum Own {
    /// Made just now, for a home that has no keys; not written down yet where there is no home.
    Made(Arc<DeviceSecret>),
    /// That of a home that has keys.
    Held(Box<Held>),
    /// That of a home that has forgotten its content key.
    Locked(Box<Locked>),
}

impl Own {
    /// Of a home. One of the earlier form gets its secret before the server is told of it, so that a sync which gets keys for
    /// it has the same; another holder than a file has it later, and what is cut off in between takes the password again.
    fn of(home: &Home, hold: &Hold, asked: &Asked<'_>) -> Result<Self, DeviceError> {
        keys::leave(home, asked.of)?;
        if let Some(locked) = Locked::read(home, asked)? {
            return Ok(Self::Locked(Box::new(locked)));
        }
        if let Keys::Held(held) = Keys::read(home, asked)? {
            return Ok(Self::Held(held));
        }
        let secret = keys::kept_or_made(home)?;
        if matches!(hold, Hold::AsBefore | Hold::File) {
            hold.hold(home, (&secret, asked.of), None)?;
        }
        Ok(Self::Made(Arc::new(secret)))
    }

    fn secret(&self) -> &Arc<DeviceSecret> {
        match self {
            Self::Made(secret) => secret,
            Self::Held(held) => &held.secret,
            Self::Locked(locked) => &locked.secret,
        }
    }
}

/// Signs in. A server that is too old to know of keys takes a sign-in without.
async fn call(server: &Server, request: SignInRequest) -> Result<SignInReply, DeviceError> {
    match server.sign_in(&request).await {
        Err(DeviceError::Call {
            trouble: Trouble::Problem { code: ProblemCode::BadRequest, .. }, ..
        }) => server.sign_in(&SignInRequest { keys: None, ..request }).await,
        replied => replied,
    }
}

/// Says which address was called, and what to look at.
fn told(error: DeviceError, address: &str) -> DeviceError {
    let DeviceError::Call { trouble, said } = error else { return error };
    let nowhere = match &trouble {
        Trouble::Problem { code, .. } => *code == ProblemCode::NotFound,
        Trouble::Foreign(what) => what.starts_with("404 "),
        _ => false,
    };
    if nowhere {
        let words = format!("{address} answers, but no Fieldbook sign-in is there: is the address right?");
        return DeviceError::Call { trouble, said: Some(words) };
    }
    DeviceError::call(trouble, said, address)
}

/// What lies in the folder; refused where it is the home of somebody else.
fn found(home: &Home, ask: &SignIn, asked: &Asked<'_>) -> Result<Found, DeviceError> {
    let told = home.look()?;
    if !matches!(told, Told::Whole(_))
        && let Ok(Some(file)) = KeysFile::read(home)
        && file.is_locked()
    {
        return Ok(Found::Locked(Box::new(file)));
    }
    let file = match told {
        Told::Whole(file) => file,
        Told::Missing | Told::Unreadable(_) if !home.has_leftovers() => return Ok(Found::Nothing),
        Told::Missing | Told::Unreadable(_) => match from_database(home, &ask.server, asked)? {
            Some(file) => file,
            None => return Ok(Found::Leftovers),
        },
    };
    if file.workspace.eq_ignore_ascii_case(&ask.workspace) && file.user.eq_ignore_ascii_case(&ask.user) {
        return Ok(Found::Home(file));
    }
    let words = format!(
        "this is the home of {} in the workspace {}; choose another folder with --home",
        file.user, file.workspace
    );
    Err(DeviceError::WrongHome { path: home.path().to_owned(), words })
}

/// Whose home it is by its database, which knows all but the server's address; `None` where it does not open
/// and never will.
fn from_database(home: &Home, server: &str, asked: &Asked<'_>) -> Result<Option<HomeFile>, DeviceError> {
    let (store, is_earlier) = match keys::open(home, asked) {
        Ok(opened) => (opened.store, opened.is_earlier),
        // It may open the next time, or with the next program.
        Err(DeviceError::Store(error)) if error.kind() == Kind::Retry => return Err(error.into()),
        Err(error @ DeviceError::Store(StoreError::Newer { .. })) => return Err(error),
        Err(DeviceError::Keys { why, .. }) if why.is_final() => return Ok(None),
        Err(DeviceError::Store(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Identity { workspace, workspace_id, user, user_id, device_id, .. } = store.identity().clone();
    let server = (server.to_owned(), None);
    let file = HomeFile::new(server, (workspace, workspace_id), (user, user_id), device_id);
    Ok(Some(if is_earlier { file.of_the_earlier_form() } else { file }))
}

fn first(
    home: &Home,
    (server, pinned): (&str, Option<Fingerprint>),
    (user, device_id): (&str, DeviceId),
    (secret, hold, of): (&Arc<DeviceSecret>, &Hold, &dyn Holders),
    reply: &SignInReply,
) -> Result<(), DeviceError> {
    let key = match &reply.keys {
        Some(given) => {
            let holding = hold.hold(home, (secret, of), None)?;
            keys::first(home, (reply.workspace_id, device_id), (secret, holding), given)?
        }
        None => keys::create_earlier(home)?,
    };
    let identity = Identity::of(reply, user, device_id);
    let mut store = Store::create(&home.database(), &key, &identity)?;
    store.note(TOKEN, &reply.token)?;
    drop(store);
    let workspace = (reply.workspace.clone(), reply.workspace_id);
    let user = (user.to_owned(), reply.user_id);
    let file = HomeFile::new((server.to_owned(), pinned), workspace, user, device_id);
    home.write(&if reply.keys.is_some() { file } else { file.of_the_earlier_form() })
}

fn again(
    home: &Home,
    file: HomeFile,
    (server, pinned): (&str, Option<Fingerprint>),
    (own, hold, asked): (&Own, &Hold, &Asked<'_>),
    (reply, server_key): (&SignInReply, ServerPin),
) -> Result<(), DeviceError> {
    if file.workspace_id != reply.workspace_id || file.user_id != reply.user_id {
        let words =
            "the server at this address has another workspace or user of that name; nothing was changed";
        return Err(DeviceError::WrongHome { path: home.path().to_owned(), words: words.into() });
    }
    let place = (file.workspace_id, file.device_id);
    // The server gives a locked home its content key again.
    if let (Own::Locked(locked), Some(given)) = (own, &reply.keys) {
        let held = keys::reopened(home, place, (locked.file.clone(), &locked.secret), given)?;
        keys::renew(home, place, (&held, (hold, asked.of)), (given, server_key))?;
    }
    let Opened { mut store, key, .. } = keys::open(home, asked)?;
    home.check(&file, store.identity())?;
    if let Some(given) = &reply.keys {
        match own {
            Own::Locked(_) => {}
            Own::Held(held) => keys::renew(home, place, (held, (hold, asked.of)), (given, server_key))?,
            Own::Made(secret) => {
                let holding = hold.hold(home, (secret, asked.of), None)?;
                keys::enrol(home, place, (secret, holding), (&key, given))?;
            }
        }
        keys::leave(home, asked.of)?;
    }
    store.renew(&reply.role, reply.limits)?;
    lease::begin(&mut store, clock::wall())?;
    store.note(TOKEN, &reply.token)?;
    home.write(&HomeFile { server: server.to_owned(), fingerprint: pinned, ..file })
}
