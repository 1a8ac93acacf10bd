//! The keys of a home: what opens with what, and how a home of the earlier form comes to have them.
//!
//! ```text
//!   device.secret  the device secret as it is, and a note beside it (the holder `file`)
//!   keys.json      the content key sealed to it, the database key wrapped under both, the server's public key
//!   device.key     of a home of the earlier form, and until its database has a new key: the database key as it is
//!
//!   earlier form ──► enrolled ────► re-keyed ──────► at rest
//!   device.key       keys.json      the database     keys.json names the new key,
//!                    names both     has the new      device.key is overwritten and gone
//! ```
//!
//! Each arrow can be cut off anywhere: until the new key is known to open, `keys.json` names the old one too. Nothing here
//! calls a server.

mod earlier;
mod enrol;
mod file;
mod open;
mod rekey;
mod secret;
#[cfg(test)]
mod tests;

pub use earlier::create as create_earlier;
pub use enrol::{ServerPin, enrol, first, renew};
pub use file::{FILE, KeysFile};
pub use open::{Held, KeyPlace, Keys, Opened, open};
pub use secret::{NOTE_FILE as NOTE, keep, made, made_or_kept, public, signs};

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
    /// A server's signature would be checked with another key than at the first sign-in.
    #[error(
        "the server signs with another key than when this device signed in first: it is another server, or one that was set up anew; nothing was changed. If whoever runs it says that it is the right one, sign in again with --new-server-key"
    )]
    OtherServer,
}
