//! `fieldbook device`: this device as a thing.

pub mod sign_in;

use clap::Subcommand;

/// Set up this device
#[derive(Debug, Subcommand)]
pub enum Device {
    SignIn(sign_in::SignIn),
}
