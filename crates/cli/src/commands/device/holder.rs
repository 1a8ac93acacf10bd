//! `fieldbook device holder`: gives the device secret to another holder, without the server.

use clap::Args;
use fieldbook_device::change_holder;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::holders::{self, Person};
use crate::home::HomeArgs;
use crate::output;

/// Change who holds this device's secret, or its passphrase
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook device holder passphrase --home till-a

On a device that has a passphrase it sets a new one. `fieldbook doctor` says who holds the secret.")]
pub struct Holder {
    /// Who holds it from now on
    #[arg(value_enum)]
    holder: holders::Holder,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Holder {
    /// Changes it.
    pub fn run(self) -> Result<Exit, Failure> {
        let home = self.home.folder()?;
        change_holder(&home, &Person, &self.holder.hold()?)?;
        self.holder.tell(&home);
        output::answer(|| format!("the device secret is held by: {}", self.holder.name()), &self.holder)?;
        Ok(Exit::Done)
    }
}
