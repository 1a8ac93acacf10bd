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
mod files;
mod form;
#[cfg(test)]
mod tests;

use std::io;

use fieldbook_crypto::{DeviceKeys, KeyError, Sure, WipeOrder, Wiped};
use fieldbook_device_store::Store;
use fieldbook_device_sync::Trouble;
use fieldbook_model::WallTime;
use fieldbook_protocol::{Fingerprint, Ordered};

use crate::error::DeviceError;
use crate::home::Home;
use crate::http::Server;
use crate::keys::{Asked, Holders, KeyTrouble, KeysFile};
use crate::{clock, watch};
use disk::{Disk, Folder};
use form::{FILE, NOTE, WipeFile};

/// Why an order is not obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FalseOrder {
    /// The home is of an earlier program, and knows no server by its key.
    #[error("this home has no keys yet, and cannot tell whether it was its server that gave it")]
    NoKeys,
    /// The signature is not the server's.
    #[error("it is not signed by the server of the first sign-in")]
    Forged,
    /// It is about something else.
    #[error("it is for another device or workspace")]
    NotOurs,
    /// The server has let the device in since.
    #[error("it is older than the last time that the server let this device in")]
    Old,
}

/// What a device knows of itself when an order comes; nothing, where its database does not open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// How many ops the server has not answered.
    pub unsent: u64,
    /// What the server's clock said when it last let the device in.
    pub heard: WallTime,
}

impl Known {
    /// By an open database.
    pub fn of(store: &mut Store) -> Self {
        let (unsent, heard) = (store.waiting().unwrap_or_default(), store.served().unwrap_or_default());
        Self { unsent, heard }
    }
}

/// Says whether an order is this home's server's, for this device, and of now.
pub fn check(home: &Home, ordered: &Ordered, heard: WallTime) -> Result<(), FalseOrder> {
    let Ok(Some(keys)) = KeysFile::read(home) else { return Err(FalseOrder::NoKeys) };
    judge(&keys, ordered, heard)
}

fn judge(keys: &KeysFile, ordered: &Ordered, heard: WallTime) -> Result<(), FalseOrder> {
    let Ordered { order, signature, .. } = ordered;
    keys.server.check_wipe(order, signature).map_err(|_: KeyError| FalseOrder::Forged)?;
    if (order.workspace, order.device) != (keys.workspace_id, keys.device_id) {
        return Err(FalseOrder::NotOurs);
    }
    if order.issued_at < heard {
        return Err(FalseOrder::Old);
    }
    Ok(())
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

/// Where a server is called: its address, and the one certificate that is trusted.
pub type At<'a> = (&'a str, Option<Fingerprint>);

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
    let folder = Folder::of(home.path());
    let files = files::ours(&folder, order.workspace).map_err(|error| failed(home, error))?;
    let wiped = Wiped::new(order, files.len() as u64, known.unsent, file.sure());
    let mut wipe = WipeFile::new(wiped, keys.sign_wiped(&wiped), files, at);
    wipe.entries = file.entries();
    wipe.write(&folder).map_err(|error| failed(home, error))
}

/// Goes on with a wipe, if one is under way here: before anything of the home is opened. An error says that this device was
/// wiped.
pub fn go_on(home: &Home, of: &dyn Holders) -> Result<(), DeviceError> {
    let folder = Folder::of(home.path());
    let wiped = |words| Err(gone(home, words));
    let Some(wipe) = WipeFile::read(&folder).map_err(|error| failed(home, error))? else {
        return match folder.read(NOTE).map_err(|error| failed(home, error))? {
            Some(note) if !home.path().join("home.json").exists() => wiped(form::first_line(&note)),
            _ => Ok(()),
        };
    };
    all_of(home, &folder, &wipe, of)?;
    wiped(wipe.words(clock::wall()))
}

/// What another process of this home has begun, or one that was cut off.
pub fn is_under_way(home: &Home) -> Option<DeviceError> {
    let wipe = WipeFile::read(&Folder::of(home.path())).ok().flatten()?;
    Some(gone(home, wipe.words(clock::wall())))
}

/// The secret first, wherever it is, then everything else. A store that does not answer holds nothing else up, and is asked again
/// at the next start.
fn all_of(home: &Home, folder: &Folder, wipe: &WipeFile, of: &dyn Holders) -> Result<(), DeviceError> {
    let forgotten: Result<Vec<()>, KeyTrouble> = wipe.entries.iter().map(|entry| of.forget(entry)).collect();
    destroy(folder, wipe).map_err(|error| failed(home, error))?;
    let unasked = |why| DeviceError::Keys { path: home.path().join(FILE), why };
    forgotten.map(drop).map_err(unasked)
}

/// The secret first, then everything else of the home. Done once more, it does nothing.
fn destroy(disk: &impl Disk, wipe: &WipeFile) -> io::Result<()> {
    let (secrets, others): (Vec<&String>, Vec<&String>) =
        wipe.files.iter().partition(|name| files::opens_something(name));
    for names in [secrets, others] {
        for name in names {
            remove(disk, name)?;
        }
        disk.sync()?;
    }
    Ok(())
}

/// Overwrites a file and removes it. What cannot be overwritten is removed all the same.
fn remove(disk: &impl Disk, name: &str) -> io::Result<()> {
    if let Err(error) = disk.overwrite(name)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, name, "removed without being overwritten");
    }
    gone_or_removed(disk.remove(name))
}

fn gone_or_removed(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
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
    match server.wiped(&wipe.request()).await {
        Ok(_) => {}
        // A server that knows of no such order will not learn of it.
        Err(error) if error.is_absent() => tracing::warn!(%error, "the server knows no such order"),
        Err(error) => return Err(error),
    }
    finish(&folder, &wipe, clock::wall()).map_err(io)
}

/// The note for the person is there before what has not been told goes.
fn finish(disk: &impl Disk, wipe: &WipeFile, now: WallTime) -> io::Result<()> {
    let others = files::others(disk)?;
    form::save(disk, NOTE, wipe.note(now, &others).as_bytes())?;
    for name in files::LEFTOVERS.into_iter().chain([FILE]) {
        // Not overwritten: between that and its end it would be a file that nobody can read.
        gone_or_removed(disk.remove(name))?;
    }
    disk.sync()
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

/// How sure it is, in words.
fn sure(sure: Sure) -> &'static str {
    match sure {
        Sure::Destroyed => "its secret is destroyed",
        Sure::Removed => {
            "removed, not provably destroyed: the secret lay in a file, and what a disk keeps of a file that was overwritten is beyond a program"
        }
    }
}
