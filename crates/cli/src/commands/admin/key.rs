//! `fieldbook admin key`: the key that opens a data folder. What it is, is never told: only its fingerprint.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fieldbook_server_store::{Outer, SERVER_KEY, keys};
use serde::Serialize;

use super::of_keys;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::server_key::DataArgs;

/// What can be done about the key.
#[derive(Debug, Subcommand)]
pub enum Key {
    Rotate(Rotate),
    Show(Show),
}

/// Put the data under a new key, also while it is served; the old key then opens nothing but older backups
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin key rotate --new-key-file /etc/fieldbook/server.key --data shop/server\n\nNo file is written anew but keys.json. A server that runs goes on; give it the new key from its next start on."
)]
pub struct Rotate {
    /// The file with the new key, which is made where there is none; without it, server.key in the data folder is made anew
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
}

/// Say by its fingerprint which key opens the data, and whether it lies beside it
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin key show --data shop/server")]
pub struct Show {
    #[command(flatten)]
    data: DataArgs,
}

/// A key, for programs.
#[derive(Serialize)]
struct Known<'a> {
    fingerprint: &'a str,
    /// Whether it lies beside the data.
    beside: bool,
}

impl Key {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Rotate(command) => command.run(),
            Self::Show(command) => command.run(),
        }
    }
}

impl Rotate {
    fn run(self) -> Result<Exit, Failure> {
        let (_, unlock) = self.data.unlocked()?;
        let fingerprint = unlock.rotate(&self.data.data, self.new_key_file.as_deref()).map_err(of_keys)?;
        let known = Known { fingerprint: &fingerprint, beside: self.new_key_file.is_none() };
        let told = || {
            let place = match (&unlock.outer, &self.new_key_file) {
                (_, None) => format!("it lies beside the data, in {SERVER_KEY}; "),
                (Outer::Beside, Some(_)) => {
                    format!("move {SERVER_KEY} out of the data folder, to where the older backups are; ")
                }
                (Outer::Named(_), Some(_)) => String::new(),
            };
            format!(
                "the data is under the key with the fingerprint {fingerprint}; {place}the old key opens only older backups"
            )
        };
        output::answer(told, &known)?;
        Ok(Exit::Done)
    }
}

impl Show {
    fn run(self) -> Result<Exit, Failure> {
        let (_, unlock) = self.data.unlocked()?;
        let fingerprint = keys::fingerprint(&self.data.data).map_err(of_keys)?;
        let beside = matches!(unlock.outer, Outer::Beside);
        let place = if beside { "lies beside the data" } else { "is kept elsewhere than the data" };
        let told = || format!("the key {place}; its fingerprint is {fingerprint}");
        output::answer(told, &Known { fingerprint: &fingerprint, beside })?;
        Ok(Exit::Done)
    }
}
