//! The `fieldbook` command: the server, its administration, and everything that a device can do, one file
//! for each command in `commands/`.
//!
//! It decides nothing about data. It reads what a person or a program wrote, calls the device or the server,
//! and says what came of it: results on standard output, everything else on standard error.

mod args;
mod clock;
mod commands;
mod exit;
mod failure;
mod grammar;
mod home;
mod interrupt;
mod logging;
mod output;
mod password;
mod progress;
mod short;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let told = match args::read() {
        Ok(cli) => {
            logging::start(&cli.command);
            let json = cli.command.is_json();
            commands::run(cli.command).map_err(|failure| (failure, json))
        }
        Err(failure) => Err((failure, args::asks_for_json())),
    };
    match told {
        Ok(exit) => exit.into(),
        Err((failure, json)) => failure.tell(json).into(),
    }
}
