//! `fieldbook diagnostics`: what whoever helps needs to know of a device, in a file that only they open.

mod make;
mod open;
mod send;
mod sum;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
pub use make::save;

/// Make a file for whoever helps, send it, or open one
#[derive(Debug, Subcommand)]
pub enum Diagnostics {
    Make(make::Make),
    Send(send::Send),
    Open(open::Open),
}

impl Diagnostics {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Make(command) => command.run(),
            Self::Send(command) => command.run(),
            Self::Open(command) => command.run(),
        }
    }
}
