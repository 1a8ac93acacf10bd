//! `fieldbook device lock` and `fieldbook device unlock`: forgets what the server gave to open this device's data, and asks for it again.

use clap::Args;
use fieldbook_device::Unlocked;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::holders::Person;
use crate::home::HomeArgs;
use crate::{interrupt, output};

/// Lock this device: nothing here opens any more until the server is asked
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook device lock --home till-a

What waits to be sent stays here, and is sent after `fieldbook device unlock`. Who copied the folder before has a copy that
is not locked.")]
pub struct Lock {
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Unlock this device, with the server's help
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook device unlock --home till-a")]
pub struct Unlock {
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Answer {
    locked: bool,
}

impl Lock {
    /// Locks it.
    pub fn run(self) -> Result<Exit, Failure> {
        let home = self.home.folder()?;
        if let Some(running) = fieldbook_device::lock(&home, &Person)? {
            output::note(&format!(
                "ATTENTION: process {} has this device open, and goes on until it ends.",
                running.pid
            ));
        }
        let words = || "locked; `fieldbook device unlock` with a connection opens it".to_owned();
        output::answer(words, &Answer { locked: true })?;
        Ok(Exit::Done)
    }
}

impl Unlock {
    /// Unlocks it.
    pub fn run(self) -> Result<Exit, Failure> {
        let home = self.home.folder()?;
        self.home.needs_connection("unlocking")?;
        let unlocked = interrupt::runtime()?.block_on(fieldbook_device::unlock(&home, &Person))?;
        let words = || match unlocked {
            Unlocked::Now => "unlocked".to_owned(),
            Unlocked::Before => "it is not locked".to_owned(),
        };
        output::answer(words, &Answer { locked: false })?;
        Ok(Exit::Done)
    }
}
