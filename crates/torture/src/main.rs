//! `torture`: the real command in real processes, on real files and sockets, with real faults; what came of it is read
//! with the same commands that everybody has.
//!
//! ```text
//!   seed ──► plan ──► stage ──► actors ┐
//!                               player ┴──► heal ──► level? ──► checks ──► a row of the table
//! ```
//!
//! It knows nothing of the engine but the form of its JSON: what it cannot see from outside it does not check.

mod actor;
mod args;
mod campaign;
mod checks;
mod clock;
mod deed;
mod device;
mod dice;
mod disk;
mod family;
mod fault;
mod finding;
mod journal;
mod ledger;
mod look;
mod plan;
mod player;
mod program;
mod prove;
mod proxy;
mod report;
mod run;
mod service;
mod settle;
mod shop;
mod stage;

use std::env;
use std::process::ExitCode;

use family::Family;

fn main() -> ExitCode {
    let args = match args::read(env::args().skip(1)) {
        Ok(args) => args,
        Err(words) => {
            eprintln!("{words}\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    if args.families.contains(&Family::DiskFull) && !disk::is_inside() && disk::can_enter() {
        return match disk::enter() {
            Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
            Err(error) => failed(&format!("cannot run in a namespace of its own: {error}")),
        };
    }
    match campaign::play(&args) {
        Ok(report) => {
            campaign::say(&report);
            if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(words) => failed(&words),
    }
}

fn failed(words: &str) -> ExitCode {
    eprintln!("{words}");
    ExitCode::FAILURE
}
