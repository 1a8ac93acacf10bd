//! `fieldbook export`: all records of this device, for comparing it with the server or another device.

use clap::Args;
use fieldbook_device::store;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;

/// Print all records of this device as canonical JSON lines
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook export --home till-a --confirmed")]
pub struct Export {
    /// As the server confirmed them, without what waits to be sent
    #[arg(long)]
    confirmed: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Export {
    /// Prints them.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let what = if self.confirmed { store::Export::Confirmed } else { store::Export::Shown };
        let lines = device.store().export(what)?;
        output::lines(lines)?;
        Ok(Exit::Done)
    }
}
