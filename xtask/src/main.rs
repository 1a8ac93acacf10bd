//! The project's own commands: `cargo xtask help` tells them.
//!
//! It builds in seconds and needs no C compiler for its dependencies, so that it can say what a machine
//! lacks before anything slow begins. It never holds a rule about data: it starts programs, tells how
//! far they are, and counts what they answered.

#![expect(clippy::print_stdout, reason = "a program of the terminal: its lines are its product")]

mod against;
mod apps;
mod args;
mod clock;
mod deny;
mod fuzz;
mod help;
mod kill;
mod mutants;
mod night;
mod peers;
mod pictures;
mod places;
mod preflight;
mod problem;
mod progress;
mod share;
mod signal;
mod step;
mod tally;
mod test;
mod tools;
mod tree;
mod up;
mod web;

use std::process::ExitCode;

use args::Command;
use places::Places;
use problem::Problem;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("{problem}");
            problem.exit_code()
        }
    }
}

fn run(words: &[String]) -> Result<ExitCode, Problem> {
    let command = args::parse(words).map_err(|wrong| Problem::Wrong(format!("{wrong}\n\n{}", help::TEXT)))?;
    if command == Command::Help {
        println!("{}", help::TEXT);
        return Ok(ExitCode::SUCCESS);
    }
    let places = Places::find()?;
    match command {
        Command::Help => Ok(ExitCode::SUCCESS),
        Command::Up(options) if options.check => up::check(&places, &options),
        Command::Up(options) => up::up(&places, &options),
        Command::Test { only } => test::test(&places, only),
        Command::Bench { name } => share::bench(&places, name.as_deref()),
        Command::BenchWeb => web::bench(&places),
        Command::BenchSite => apps::bench(&places),
        Command::Against(options) => against::against(&places, &options),
        Command::Peers(options) => peers::peers(&places, &options),
        Command::Sim(options) => share::sim(&places, &options),
        Command::Torture(options) => share::torture(&places, &options),
        Command::KillRate(options) => kill::kill_rate(&places, &options),
        Command::Disk(options) => share::disk(&places, &options),
        Command::Fuzz(options) => fuzz::fuzz(&places, &options),
        Command::Mutants(options) => mutants::mutants(&places, &options),
        Command::Audit => deny::audit(&places),
        Command::Apps => apps::apps(&places),
        Command::Screenshots => apps::screenshots(&places),
        Command::SitePictures => apps::site_pictures(&places),
        Command::Plans => apps::plans(&places),
        Command::Web { torture } => web::web(&places, torture),
        Command::Dist => apps::dist(&places),
        Command::Pack => web::pack(&places),
        Command::Pictures => pictures::refresh(&places),
    }
}
