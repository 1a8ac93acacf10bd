//! The native driver of the device: a home folder with its encrypted database, one sync loop, live queries.
//!
//! It decides nothing. What to do next comes from `fieldbook_device_sync::Machine`, what is stored is done by
//! `fieldbook_device_store::Store`; here are the clock, the randomness, the sockets and the threads.

mod account;
mod calls;
mod clock;
mod cut;
mod device;
mod diagnostics;
mod driver;
mod error;
#[cfg(test)]
mod fuzz;
mod health;
mod home;
mod http;
mod keys;
mod lease;
mod lock;
mod locking;
mod making;
mod numbers;
mod recent;
mod rescue;
mod sign_in;
mod signer;
mod support;
mod trust;
mod watch;
mod wipe;

pub use account::{Asking, join, reset};
pub use device::{About, Device, Until};
pub use diagnostics::{Added, Diagnostics, support_recipient};
pub use error::DeviceError;
pub use health::{Health, health};
pub use home::{Home, HomeFile};
pub use http::is_near;
pub use keys::{
    Hold, Holders, KeyPlace, KeyTrouble, NoHolders, Rotated, ServerPin, change_holder, rotate, try_store,
};
pub use lock::Running;
pub use locking::{Unlocked, lock, unlock};
pub use rescue::rescue;
pub use sign_in::{SignIn, SignedIn, Trust, sign_in};

pub use fieldbook_crypto::{KeyError, Passphrase};
pub use watch::Changes;
pub use wipe::FalseOrder;

pub use fieldbook_device_store as store;
pub use fieldbook_device_sync as sync;

/// Tells the server that the device of a folder was wiped, if it has not been told, and gives what is told to a person then.
/// Nothing where the server was not reached, or nothing was wiped.
pub async fn tell_wiped(home: &std::path::Path, holders: &dyn Holders) -> Option<DeviceError> {
    wipe::told(&Home::at(home), holders).await
}
