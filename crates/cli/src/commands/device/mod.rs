//! `fieldbook device`: this device as a thing.

pub mod holder;
pub mod lock;
pub mod rotate_key;
pub mod sign_in;
pub mod sign_out;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;

/// Set up this device
#[derive(Debug, Subcommand)]
pub enum Device {
    SignIn(sign_in::SignIn),
    SignOut(sign_out::SignOut),
    Lock(lock::Lock),
    Unlock(lock::Unlock),
    RotateKey(rotate_key::RotateKey),
    Holder(holder::Holder),
}

impl Device {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::SignIn(command) => command.run(),
            Self::SignOut(command) => command.run(),
            Self::Lock(command) => command.run(),
            Self::Unlock(command) => command.run(),
            Self::RotateKey(command) => command.run(),
            Self::Holder(command) => command.run(),
        }
    }
}
