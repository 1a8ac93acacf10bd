//! All keys, and the only crate that knows what is done with one: what is derived, sealed, wrapped, locked, signed.
//!
//! Pure: no clock, socket, file, thread or randomness. What has to be random comes from [`Fresh`], which the shell fills and
//! which is used up by the one operation that takes it. Nothing here shows a key in a `Debug`, a `Display` or an error.
//!
//! ```text
//!   on a device                                                    on a server
//!   DeviceSecret ──HKDF──► Ed25519: signs pushes, wipes, bundles   OuterKey ──wraps──► DataKey ──HKDF──► a key for each file
//!        │       ──HKDF──► X25519 ◄──seals── ContentKey (HPKE)     ServerKey: Ed25519, signs orders to wipe
//!        │                                       │
//!        └───────────────┬───────────────────────┘
//!                      HKDF ──wraps──► DatabaseKey ──► SQLCipher
//!
//!   Passphrase ──Argon2id──locks──► DeviceSecret                   support: a bundle is encrypted to an age recipient
//!        in a browser: ──locks──► a secret of its own ──Guarded──► all that is kept of the device's keys
//! ```
//!
//! Each form that is written down is JSON with a version, `"v":1`, and bytes in lower-case hexadecimal digits. A form of another
//! version is [`KeyError::Version`]; see `docs/decisions/0026-keys.md` for why what is wrapped by what.

pub mod age;
mod binding;
mod content;
mod database;
mod derive;
mod device;
mod error;
mod form;
mod fresh;
#[cfg(test)]
mod fuzz;
mod guarded;
mod locked;
#[cfg(feature = "openapi")]
mod openapi;
mod passphrase;
pub mod pieces;
mod rest;
mod secret;
mod server;
mod sign;
#[cfg(test)]
mod tests;
mod token;

pub use binding::Binding;
pub use content::{ContentKey, Sealed};
pub use database::{DatabaseKey, Wrapped};
pub use device::{DeviceKeys, DevicePublic, DeviceSecret, SealPublic};
pub use error::{KeyError, What};
pub use form::Bytes;
pub use fresh::Fresh;
pub use guarded::Guarded;
pub use locked::Locked;
pub use passphrase::{Cost, LockedSecret, Passphrase};
pub use rest::{DataKey, FileKey, OuterKey, WrappedDataKey};
pub use secret::Secret;
pub use server::{ServerKey, ServerPublic};
pub use sign::{Bundle, Nonce, Push, SignPublic, Signature, Sure, WipeOrder, Wiped};
pub use token::SealedToken;
