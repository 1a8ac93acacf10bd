//! The `fieldbook` command: the server, its administration, and everything that a device can do, one file
//! for each command in `commands/`.
//!
//! It decides nothing about data. It reads what a person or a program wrote, calls the device or the server,
//! and says what came of it: results on standard output, everything else on standard error.

mod args;
mod choice;
mod clock;
mod colour;
mod commands;
mod exit;
mod failure;
mod grammar;
mod holders;
mod home;
mod interrupt;
mod keyring;
mod logging;
mod output;
mod password;
mod progress;
mod server_key;
mod short;
mod table;

use std::process::ExitCode;

use crate::failure::Failure;

fn main() -> ExitCode {
    let told = match args::read() {
        Ok(cli) => {
            logging::start(&cli.command);
            commands::run(cli.command)
        }
        Err(failure) => Err(failure),
    };
    told.unwrap_or_else(Failure::tell).into()
}
