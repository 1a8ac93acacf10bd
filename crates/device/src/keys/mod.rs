//! The keys of a home: what opens with what, and how a home of the earlier form comes to have them.
//!
//! ```text
//!   device.secret  the device secret as it is, and a note beside it (the holder `file`)
//!   keys.json      the content key sealed to it, the database key wrapped under both, the server's public key; who holds the
//!                  secret; with the holder `passphrase` the secret itself, under it
//!   device.key     of a home of the earlier form, and until its database has a new key: the database key as it is
//!
//!   earlier form ──► enrolled ────► re-keyed ──────► at rest
//!   device.key       keys.json      the database     keys.json names the new key,
//!                    names both     has the new      device.key is overwritten and gone
//! ```
//!
//!   at rest ◄──────► locked: keys.json has the device's token, sealed to it, in place of the content key
//!
//! Each arrow can be cut off anywhere: until the new key is known to open, `keys.json` names the old one too. Nothing here
//! calls a server.

mod earlier;
mod enrol;
mod file;
mod holder;
mod locking;
mod open;
mod rekey;
mod secret;
#[cfg(test)]
mod tests;

pub use earlier::create as create_earlier;
pub use enrol::{Enrolled, ServerPin, enrol, first, renew, reopened};
pub use file::{FILE, InHome, KeysFile};
pub use holder::{Asked, Hold, Holders, NoHolders, change_holder, leave, try_store};
pub use locking::{Locked, lock, lock_for};
pub use open::{Held, KeyPlace, Keys, Opened, open};
pub use rekey::{Rotated, rotate};
pub use secret::{NOTE_FILE, kept_or_made, made, public, signs};

/// Every file of a home that has to do with keys.
pub const FILES: [&str; 3] = [FILE, secret::FILE, earlier::FILE];

/// What is wrong with the keys of a home.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyTrouble {
    /// `keys.json` is not there.
    #[error(
        "the keys are missing, and without them the database does not open; bring the file back from a backup of this folder"
    )]
    NoKeys,
    /// It is not what it should be.
    #[error("the keys are damaged ({0}); bring the file back from a backup of this folder")]
    Damaged(String),
    /// It is a newer program's.
    #[error("form {0} of a newer program; update this one")]
    Newer(u64),
    /// `device.secret` is not there.
    #[error(
        "the device secret is missing, and nothing opens without it; bring the file back from a backup of this folder"
    )]
    NoSecret,
    /// It is not what it should be.
    #[error("this is no device secret ({0}); bring the file back from where it was changed")]
    BadSecret(String),
    /// It is another device's.
    #[error(
        "this is the secret of another device than the keys in keys.json; nothing was changed: put both back as they were, or from one backup of this folder"
    )]
    OtherSecret,
    /// The one key of a home of the earlier form is not there.
    #[error(
        "the key is missing, and without it the database does not open; bring the file back from a backup of this folder"
    )]
    NoKey,
    /// It is not what it should be.
    #[error("this is not a key of 64 hexadecimal digits; bring the file back from where it was changed")]
    BadKey,
    /// A home of the earlier form has no secret yet.
    #[error(
        "this home has no device secret yet: an earlier program made it. Sync once with its server, then try again"
    )]
    Earlier,
    /// The server is too old to know of keys.
    #[error(
        "the server is too old to know of keys, so the database's key would lie in this folder as it is; sign in with --keys file if that will do"
    )]
    OldServer,
    /// The home has forgotten its content key.
    #[error("the device is locked, and nothing here opens without the server")]
    Locked,
    /// The device has not heard from its server for as long as its workspace allows, in seconds.
    #[error(
        "this device has not heard from its server for longer than its workspace allows ({0} seconds): it is locked, and nothing in it is lost"
    )]
    LeaseOver(u64),
    /// What the server gave again is not what the home was locked with.
    #[error(
        "the server has another content key than the one that this device's data are under: it is another server, or one that was set up anew; nothing was changed"
    )]
    OtherContent,
    /// Nobody typed a passphrase.
    #[error("{0}")]
    NoPassphrase(String),
    /// What was typed is none.
    #[error("{0}")]
    BadPassphrase(String),
    /// Nobody said who is to hold the secret of a new home.
    #[error("{0}")]
    NoChoice(String),
    /// It is another passphrase.
    #[error("the passphrase is wrong; nothing was changed, and nothing is lost: try again")]
    WrongPassphrase,
    /// The system has no secure store, or it cannot be reached.
    #[error(
        "the system's secure store, the holder of the device secret, does not answer ({0}); nothing was changed: run this in the session of whoever signed in here"
    )]
    NoStore(String),
    /// It lets nobody in.
    #[error(
        "the system's secure store, the holder of the device secret, is locked; nothing was changed: unlock it, as by logging in to the desktop, then try again"
    )]
    StoreLocked,
    /// It has no entry for this home.
    #[error(
        "the system's secure store has no entry {0} of the service fieldbook, and nothing here opens without it; bring it back from a backup of the store, or sign in into another folder"
    )]
    NoEntry(String),
    /// It failed.
    #[error(
        "the system's secure store, the holder of the device secret, failed ({0}); nothing was changed: try again"
    )]
    StoreFailed(String),
    /// There is too little memory to try a passphrase.
    #[error(
        "there is no room for the {0} MiB of memory that the passphrase takes; end something else, then try again"
    )]
    NoMemory(u32),
    /// A server's signature would be checked with another key than at the first sign-in.
    #[error(
        "the server signs with another key than when this device signed in first: it is another server, or one that was set up anew; nothing was changed. If whoever runs it says that it is the right one, sign in again with --new-server-key"
    )]
    OtherServer,
}

impl KeyTrouble {
    /// Whether nothing that a person brings or waits for opens this home: only then is it put aside for a new one.
    pub fn is_final(&self) -> bool {
        match self {
            Self::NoKeys | Self::NoSecret | Self::NoKey | Self::OtherSecret => true,
            Self::Damaged(_) | Self::BadSecret(_) | Self::BadKey => true,
            Self::Newer(_) | Self::Earlier | Self::OldServer | Self::OtherServer => false,
            Self::Locked | Self::LeaseOver(_) | Self::OtherContent => false,
            Self::NoStore(_) | Self::StoreLocked | Self::NoEntry(_) | Self::StoreFailed(_) => false,
            Self::NoPassphrase(_) | Self::BadPassphrase(_) | Self::WrongPassphrase => false,
            Self::NoChoice(_) | Self::NoMemory(_) => false,
        }
    }
}
