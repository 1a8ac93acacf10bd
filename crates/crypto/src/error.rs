//! What can be wrong with a key. No sentence repeats anything of a key, a passphrase or a text that was read.

use std::fmt;

use fieldbook_model::json::JsonError;

/// Why something did not open, could not be read, or is not signed by whom it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It was made for another key, and nothing else is known to be wrong: bring the right one.
    #[error("{0} does not open: {why}", why = .0.wrong_key())]
    WrongKey(What),
    /// The key is right and what it opens is not: changed since it was written, or taken from another place.
    #[error("{0} is damaged, or was made for another {place}", place = .0.place())]
    Damaged(What),
    /// It is not of the form that it should have.
    #[error("{what} cannot be read: {error}")]
    Form {
        /// What was to be read.
        what: What,
        /// Where it differs.
        error: JsonError,
    },
    /// It was written by a newer program.
    #[error("{what} has the form of version {found}, and this program knows version 1")]
    Version {
        /// What was to be read.
        what: What,
        /// The version that it names.
        found: u64,
    },
    /// It asks for more memory or time than any program of ours writes, or for so little that it protects nothing.
    #[error("{0} asks for memory or time beyond what is allowed")]
    Cost(What),
    /// It is not long enough to be a passphrase, or too long.
    #[error("a passphrase has at least {chars_min} characters and at most {bytes_max} bytes")]
    Passphrase {
        /// The least, in characters.
        chars_min: usize,
        /// The most, in bytes.
        bytes_max: usize,
    },
    /// The memory that the passphrase's derivation takes is not there.
    #[error("there is no room for the {mib} MiB of memory that the passphrase takes")]
    Memory {
        /// How much.
        mib: u32,
    },
    /// The signature is not by this key over this.
    #[error("the signature under {0} is not by the key that it should be by, or is for something else")]
    Signature(What),
    /// No one can have the secret that belongs to it.
    #[error("{0} is not a public key")]
    Public(What),
}

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A device's secret as it is.
    DeviceSecret,
    /// A device's secret under its passphrase.
    LockedSecret,
    /// A browser's keys under the secret that a passphrase opens.
    Guarded,
    /// A device's public keys.
    DevicePublic,
    /// A content key that is sealed to a device.
    ContentKey,
    /// A token that is sealed to the device whose it is.
    Token,
    /// A database key under device secret and content key.
    DatabaseKey,
    /// A server's outer key.
    OuterKey,
    /// A server's data key under its outer key.
    DataKey,
    /// A server's public key.
    ServerPublic,
    /// A signature.
    Signature,
    /// A device's push.
    Push,
    /// A server's order to wipe.
    WipeOrder,
    /// A device's word that it was wiped.
    Wiped,
    /// A diagnostics bundle.
    Bundle,
    /// To whom a bundle is encrypted.
    Recipient,
    /// By what a bundle is opened.
    Identity,
}

impl What {
    /// What a wrong key looks like from outside.
    const fn wrong_key(self) -> &'static str {
        match self {
            Self::LockedSecret => "the passphrase is wrong",
            Self::Guarded => "it lies under another secret",
            Self::ContentKey | Self::Token => "it was sealed to another device",
            Self::DatabaseKey => "it was wrapped under another device secret or content key",
            Self::Bundle => "it was encrypted to somebody else",
            _ => "it was made under another key",
        }
    }

    /// What it is bound to besides its key.
    const fn place(self) -> &'static str {
        match self {
            Self::ContentKey | Self::Token | Self::DatabaseKey => "workspace, device or number",
            _ => "purpose",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeviceSecret => "the device secret",
            Self::LockedSecret => "the device secret under its passphrase",
            Self::Guarded => "what is kept of the keys under a passphrase",
            Self::DevicePublic => "the device's public key",
            Self::ContentKey => "the sealed content key",
            Self::Token => "the sealed token",
            Self::DatabaseKey => "the wrapped database key",
            Self::OuterKey => "the server's outer key",
            Self::DataKey => "the server's data key",
            Self::ServerPublic => "the server's public key",
            Self::Signature => "the signature",
            Self::Push => "the push",
            Self::WipeOrder => "the order to wipe",
            Self::Wiped => "the confirmation of a wipe",
            Self::Bundle => "the diagnostics bundle",
            Self::Recipient => "the recipient of diagnostics",
            Self::Identity => "the identity that opens diagnostics",
        })
    }
}
