//! A wipe on the device: what it holds of its workspace goes, the secret first.
//!
//! ```text
//!   an order ──► ours? ──► wipe.json ──► the secret ──► the files ──► the server knows ──► wiped.txt
//!                 no: said   durable      overwritten,   the same      wipe.json goes       stays, for the person
//!                                         removed
//! ```
//!
//! From `wipe.json` on there is no way back. Each step may be cut off and may be done again: the next start goes on with it,
//! before anything of the home is opened. What the device says to the server in the end is signed while there is a secret to
//! sign with, and lies in `wipe.json` until it was heard.
//!
//! Only files go that a home is known to have. What else lies in the folder stays, and so does what was put aside of another
//! workspace.

mod disk;
#[cfg(test)]
mod tests;

use std::io;

use fieldbook_crypto::{DeviceKeys, WipeOrder};
use fieldbook_device_store::Store;
use fieldbook_device_sync::wipe::{At, FILE, Held, NOTE, Pinned, Stands, WipeFile};
pub use fieldbook_device_sync::wipe::{FalseOrder, Known};
use fieldbook_device_sync::{Trouble, wipe};
use fieldbook_model::WallTime;
use fieldbook_protocol::Ordered;

use crate::error::DeviceError;
use crate::home::Home;
use crate::http::Server;
use crate::keys::{Asked, Holders, InHome, KeyTrouble, KeysFile};
use crate::{clock, watch};
use disk::Folder;

/// What an open database knows.
pub fn known(store: &mut Store) -> Known {
    let (unsent, heard) = (store.waiting().unwrap_or_default(), store.served().unwrap_or_default());
    Known { unsent, heard }
}

/// What a locked home noted of it when it was locked; nothing where it did not, or where there is no such home.
pub fn known_at_lock(home: &Home) -> Known {
    let noted = KeysFile::read(home).ok().flatten().and_then(|file| file.known);
    noted.map_or_else(Known::default, |noted| Known { unsent: noted.unsent, heard: noted.heard })
}

/// Says whether an order is this home's server's, for this device, and of now.
pub fn check(home: &Home, ordered: &Ordered, heard: WallTime) -> Result<(), FalseOrder> {
    let Ok(Some(keys)) = KeysFile::read(home) else { return Err(FalseOrder::NoKeys) };
    let pinned = Pinned { server: keys.server, workspace: keys.workspace_id, device: keys.device_id };
    wipe::judge(&pinned, ordered, heard)
}

/// Who carries an order out.
pub struct By<'a> {
    /// What signs the device's word, where it has a secret.
    pub signs: Option<DeviceKeys>,
    /// Who forgets a secret that lies outside of the folder.
    pub of: &'a dyn Holders,
}

impl<'a> By<'a> {
    /// Of a home that is not open.
    pub fn asked(home: &Home, asked: &Asked<'a>) -> Self {
        let file = KeysFile::read(home).ok().flatten();
        let secret = file.and_then(|file| asked.secret(&file).ok());
        Self { signs: secret.map(|secret| secret.keys()), of: asked.of }
    }
}

/// Carries an order out, and tells the server if it can be told now. Gives what is told of it; an order that is not obeyed is
/// told so too.
pub async fn obey(home: &Home, at: At<'_>, by: &By<'_>, (ordered, known): (&Ordered, Known)) -> DeviceError {
    match carry_out(home, at, by, (ordered, known)) {
        Err(wiped @ DeviceError::Wiped { .. }) => told(home, by.of).await.unwrap_or(wiped),
        Err(error) => error,
        Ok(()) => gone(home, NOTHING_LEFT.to_owned()),
    }
}

const NOTHING_LEFT: &str = "this device was wiped";

/// All of it that takes no network.
fn carry_out(
    home: &Home,
    at: At<'_>,
    by: &By<'_>,
    (ordered, known): (&Ordered, Known),
) -> Result<(), DeviceError> {
    // Another process of this home may have been faster.
    go_on(home, by.of)?;
    check(home, ordered, known.heard).map_err(|why| refused(home, why))?;
    begin(home, at, by, (&ordered.order, known))?;
    watch::ring(home.path());
    go_on(home, by.of)
}

/// Writes down what is going to happen, and what is said of it then. From here on there is no way back.
fn begin(
    home: &Home,
    at: At<'_>,
    by: &By<'_>,
    (order, known): (&WipeOrder, Known),
) -> Result<(), DeviceError> {
    // The secret is enough, also where nothing else of the keys opens.
    let (Some(file), Some(keys)) = (KeysFile::read(home)?, &by.signs) else {
        return Err(refused(home, FalseOrder::NoKeys));
    };
    let held = Held { sure: file.sure(), entries: file.entries() };
    let begun = wipe::begin(&Folder::of(home.path()), (order, known.unsent), (keys, held), at);
    begun.map(drop).map_err(|error| failed(home, error))
}

/// Goes on with a wipe, if one is under way here: before anything of the home is opened. An error says that this device was
/// wiped.
pub fn go_on(home: &Home, of: &dyn Holders) -> Result<(), DeviceError> {
    let folder = Folder::of(home.path());
    match wipe::look(&folder).map_err(|error| failed(home, error))? {
        Stands::None => Ok(()),
        Stands::Wiped(words) => Err(gone(home, words)),
        Stands::UnderWay(wipe) => {
            all_of(home, &folder, &wipe, of)?;
            Err(gone(home, wipe.words(clock::wall())))
        }
    }
}

/// What another process of this home has begun, or one that was cut off.
pub fn is_under_way(home: &Home) -> Option<DeviceError> {
    let wipe = WipeFile::read(&Folder::of(home.path())).ok().flatten()?;
    Some(gone(home, wipe.words(clock::wall())))
}

/// The secret first, wherever it is, then everything else. A store that does not answer holds nothing else up, and is asked again
/// at the next start.
fn all_of(home: &Home, folder: &Folder, under_way: &WipeFile, of: &dyn Holders) -> Result<(), DeviceError> {
    let forgotten: Result<Vec<()>, KeyTrouble> =
        under_way.entries.iter().map(|entry| of.forget(entry)).collect();
    wipe::destroy(folder, under_way).map_err(|error| failed(home, error))?;
    let unasked = |why| DeviceError::Keys { path: home.path().join(FILE), why };
    forgotten.map(drop).map_err(unasked)
}

/// Tells the server that this device was wiped, if it has not been told, and gives what is told to a person then. Nothing where
/// the server was not reached.
pub async fn told(home: &Home, of: &dyn Holders) -> Option<DeviceError> {
    match tell(home, of).await {
        Ok(()) => go_on(home, of).err(),
        Err(error) => {
            tracing::info!(%error, "the server has not been told yet that this device was wiped");
            None
        }
    }
}

/// Tells the server that a wipe was carried out, if it has not been told. Then only a note is left, for the person.
async fn tell(home: &Home, of: &dyn Holders) -> Result<(), DeviceError> {
    let folder = Folder::of(home.path());
    let io = |error| failed(home, error);
    let Some(wipe) = WipeFile::read(&folder).map_err(io)? else { return Ok(()) };
    all_of(home, &folder, &wipe, of)?;
    let server = Server::new(&wipe.server, wipe.fingerprint)?;
    match server.wiped(&wipe::said(&folder, &wipe).map_err(io)?).await {
        Ok(_) => {}
        // A server that knows of no such order will not learn of it.
        Err(error) if error.is_absent() => tracing::warn!(%error, "the server knows no such order"),
        Err(error) => return Err(error),
    }
    wipe::finish(&folder, &wipe, clock::wall()).map_err(io)
}

/// A sign-in has made a new device here: the note of the one before goes.
pub fn forget(home: &Home) {
    let _ = std::fs::remove_file(home.path().join(NOTE));
}

/// The order in what a call failed with.
pub fn order_in(error: &DeviceError) -> Option<&Ordered> {
    match error {
        DeviceError::Call { trouble: Trouble::Wiped(ordered), .. } => Some(ordered),
        _ => None,
    }
}

fn gone(home: &Home, words: String) -> DeviceError {
    DeviceError::Wiped { home: home.path().to_owned(), words }
}

/// What is told of an order that is not obeyed.
pub fn refused(home: &Home, why: FalseOrder) -> DeviceError {
    DeviceError::FalseOrder { home: home.path().to_owned(), why }
}

fn failed(home: &Home, error: io::Error) -> DeviceError {
    DeviceError::File { path: home.path().to_owned(), error }
}
