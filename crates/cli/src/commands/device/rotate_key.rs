//! `fieldbook device rotate-key`: the database gets a new key, and each page is written anew under it.

use clap::Args;
use fieldbook_device::{Rotated, rotate};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::holders::Person;
use crate::home::HomeArgs;
use crate::output;

/// Give this device's database a new key
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook device rotate-key --home till-a

It takes room on the disk for the database once more, and no server. Cut off at any point it goes on at the next command.")]
pub struct RotateKey {
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Answer {
    /// Whether the database has it already.
    done: bool,
}

impl RotateKey {
    /// Rotates it.
    pub fn run(self) -> Result<Exit, Failure> {
        let rotated = rotate(&self.home.folder()?, &Person)?;
        let words = || match rotated {
            Rotated::Now => "the database has a new key".to_owned(),
            Rotated::Later => {
                "the database gets its new key when nobody else has this device open".to_owned()
            }
        };
        output::answer(words, &Answer { done: rotated == Rotated::Now })?;
        Ok(Exit::Done)
    }
}
