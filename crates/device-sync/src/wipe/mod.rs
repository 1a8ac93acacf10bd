//! A wipe, as far as it takes neither network nor keys: whose order is obeyed, what goes, in which order, and what the next start
//! makes of one that was cut off. What carries it out is a [`Disk`], which the shell brings.
//!
//! ```text
//!   an order ──► ours? ──► wipe.json ──► the secret ──► the files ──► the server knows ──► wiped.txt
//!                 no: said   durable      overwritten,   the same      wipe.json goes       stays, for the person
//!                                         removed
//! ```

mod disk;
pub mod files;
mod form;

use std::{fmt, io};

use fieldbook_crypto::{DeviceKeys, KeyError, ServerPublic, Sure, WipeOrder, Wiped};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{DeviceId, WallTime, WorkspaceId};
use fieldbook_protocol::{Fingerprint, Ordered, WipedRequest};

pub use disk::Disk;
pub use form::{FILE, NOTE, WipeFile};

/// Why an order is not obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FalseOrder {
    /// The home is of an earlier program, and knows no server by its key.
    NoKeys,
    /// The signature is not the server's.
    Forged,
    /// It is about something else.
    NotOurs,
    /// The server has let the device in since.
    Old,
}

impl fmt::Display for FalseOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKeys => {
                "this home has no keys yet, and cannot tell whether it was its server that gave it"
            }
            Self::Forged => "it is not signed by the server of the first sign-in",
            Self::NotOurs => "it is for another device or workspace",
            Self::Old => "it is older than the last time that the server let this device in",
        })
    }
}

/// What a device knows of itself when an order comes; nothing, where its database does not open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// How many ops the server has not answered.
    pub unsent: u64,
    /// What the server's clock said when it last let the device in.
    pub heard: WallTime,
}

/// Whose orders a device obeys, and about what: as it was at its first sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pinned {
    /// The server's key.
    pub server: ServerPublic,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The device.
    pub device: DeviceId,
}

/// Says whether an order is this device's server's, for this device, and of now.
pub fn judge(pinned: &Pinned, ordered: &Ordered, heard: WallTime) -> Result<(), FalseOrder> {
    let Ordered { order, signature, .. } = ordered;
    let signed = pinned.server.check_wipe(order, signature).map_err(|_: KeyError| FalseOrder::Forged);
    if !planted(Defect::WipeByAnyServer) {
        signed?;
    }
    let is_device = order.device == pinned.device || planted(Defect::WipeOfOthersObeyed);
    if order.workspace != pinned.workspace || !is_device {
        return Err(FalseOrder::NotOurs);
    }
    if order.issued_at < heard && !planted(Defect::WipeByOldOrder) {
        return Err(FalseOrder::Old);
    }
    Ok(())
}

/// Whether the device sends first what it has to send. The server says when that has taken too long.
pub fn sends_first(ordered: &Ordered, unsent: u64) -> bool {
    ordered.rescue && unsent > 0 && !planted(Defect::WipeBeforeRescue)
}

/// Where a server is called: its address, and the one certificate that is trusted.
pub type At<'a> = (&'a str, Option<Fingerprint>);

/// What a wipe knows of the secret: how sure it is that it is gone afterwards, and what a secure store has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// How sure.
    pub sure: Sure,
    /// By their names there.
    pub entries: Vec<String>,
}

/// Writes down what is going to happen, and what is said of it then. From here on there is no way back.
pub fn begin(
    disk: &impl Disk,
    (order, unsent): (&WipeOrder, u64),
    (keys, held): (&DeviceKeys, Held),
    at: At<'_>,
) -> io::Result<WipeFile> {
    let files = files::ours(disk, order.workspace)?;
    let unsent = if planted(Defect::WipeMiscounts) { 0 } else { unsent };
    let wiped = Wiped::new(order, files.len() as u64, unsent, held.sure);
    let mut wipe = WipeFile::new(wiped, keys.sign_wiped(&wiped), files, at);
    wipe.entries = held.entries;
    wipe.write(disk)?;
    Ok(wipe)
}

/// How it stands with a wipe in a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// There is none.
    None,
    /// It is under way: it goes on before anything is opened.
    UnderWay(Box<WipeFile>),
    /// The device was wiped, in a line for a person.
    Wiped(String),
}

/// Looks whether a wipe is under way in a home: what every start does first.
pub fn look(disk: &impl Disk) -> io::Result<Stands> {
    let under_way = WipeFile::read(disk)?.filter(|_| !planted(Defect::WipeForgottenAtStart));
    if let Some(wipe) = under_way {
        return Ok(Stands::UnderWay(Box::new(wipe)));
    }
    match disk.read(NOTE)? {
        Some(note) if disk.read("home.json")?.is_none() => Ok(Stands::Wiped(form::first_line(&note))),
        _ => Ok(Stands::None),
    }
}

/// The secret first, then everything else of the home. Done once more, it does nothing.
pub fn destroy(disk: &impl Disk, wipe: &WipeFile) -> io::Result<()> {
    let (secrets, others): (Vec<&String>, Vec<&String>) =
        wipe.files.iter().partition(|name| files::opens_something(name));
    let stages = match () {
        () if planted(Defect::WipeSecretLast) => [others, secrets],
        () if planted(Defect::WipeToldEarly) => [others, Vec::new()],
        () => [secrets, others],
    };
    for names in stages {
        for name in names {
            remove(disk, name)?;
        }
        disk.sync()?;
    }
    Ok(())
}

/// What the server is told: nothing before all of it is gone.
pub fn said(disk: &impl Disk, wipe: &WipeFile) -> io::Result<WipedRequest> {
    destroy(disk, wipe)?;
    Ok(wipe.request())
}

/// Overwrites a file and removes it. What cannot be overwritten is removed all the same.
fn remove(disk: &impl Disk, name: &str) -> io::Result<()> {
    // What failed here the disk has told.
    drop(disk.overwrite(name));
    gone_or_removed(disk.remove(name))
}

fn gone_or_removed(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The server knows. The note for the person is there before what has not been told goes.
pub fn finish(disk: &impl Disk, wipe: &WipeFile, now: WallTime) -> io::Result<()> {
    let others = files::others(disk)?;
    form::save(disk, NOTE, wipe.note(now, &others).as_bytes())?;
    for name in files::LEFTOVERS.into_iter().chain([FILE]) {
        // Not overwritten: between that and its end it would be a file that nobody can read.
        gone_or_removed(disk.remove(name))?;
    }
    disk.sync()
}
