//! The phases of a test run, in their order, and what each of them runs.

use std::process::Command;

use crate::args::UpOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::problem::Problem;
use crate::progress::{Build, LastLine};
use crate::share;
use crate::step::{Outcome, Step};
use crate::tally::Tally;
use crate::{mutants, tree, up, web};

/// The worlds of one test run, of short days and of long ones: on four cores they take less than five minutes together.
const SEEDS: u64 = 500;
const LONG_SEEDS: u64 = 110;

/// The torture of one test run: runs of each family, families, and runs that are spoiled on purpose.
const TORTURED: u64 = 3;
const FAMILIES: u64 = if cfg!(target_os = "linux") { 6 } else { 5 };
const SPOILED: u64 = 3;

/// A part of the test run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// `cargo fmt`.
    Format,
    /// The working tree's own checks.
    Tree,
    /// `cargo clippy`, every warning an error.
    Lint,
    /// Everything that the later phases run.
    Build,
    /// `cargo test`.
    Cargo,
    /// `cargo xtask up --check`.
    WalkThrough,
    /// Calls that nobody would make.
    Api,
    /// Files in the hands of another SQLCipher.
    Sqlcipher,
    /// The device in a browser.
    Web,
    /// Random worlds.
    World,
    /// Real processes with real faults.
    Torture,
    /// A share of the mutants.
    Mutants,
}

impl Phase {
    /// Quick ones first.
    pub const ALL: [Self; 12] = [
        Self::Format,
        Self::Tree,
        Self::Lint,
        Self::Build,
        Self::Cargo,
        Self::WalkThrough,
        Self::Api,
        Self::Sqlcipher,
        Self::Web,
        Self::World,
        Self::Torture,
        Self::Mutants,
    ];

    /// As a person types it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Tree => "tree",
            Self::Lint => "lint",
            Self::Build => "build",
            Self::Cargo => "cargo",
            Self::WalkThrough => "walk-through",
            Self::Api => "api",
            Self::Sqlcipher => "sqlcipher",
            Self::Web => "web",
            Self::World => "world",
            Self::Torture => "torture",
            Self::Mutants => "mutants",
        }
    }

    /// The phase of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// What it does, in words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Format => "checking the format",
            Self::Tree => "checking arrows and texts",
            Self::Lint => "checking the lints",
            Self::Build => "building all tests",
            Self::Cargo => "running all tests",
            Self::WalkThrough => "walking through the shop",
            Self::Api => "making calls from the OpenAPI document",
            Self::Sqlcipher => "opening files with another SQLCipher",
            Self::Web => "running the device in a browser",
            Self::World => "playing worlds",
            Self::Torture => "killing, freezing and cutting off real processes",
            Self::Mutants => "changing the code and looking who notices",
        }
    }

    /// Under whose closing line it is counted. A build proves nothing by itself and is counted when it fails.
    pub fn runner(self) -> &'static str {
        match self {
            Self::Format | Self::Tree | Self::Lint => "tree",
            Self::Build | Self::Cargo => "cargo",
            Self::WalkThrough => "walk-through",
            Self::Api => "api",
            Self::Sqlcipher => "sqlcipher",
            Self::Web => "web",
            Self::World => "world",
            Self::Torture => "torture",
            Self::Mutants => "mutants",
        }
    }

    /// Whether it has anything to run after a failed build.
    pub fn needs_the_build(self) -> bool {
        matches!(
            self,
            Self::Cargo
                | Self::WalkThrough
                | Self::Api
                | Self::Sqlcipher
                | Self::Web
                | Self::World
                | Self::Torture
                | Self::Mutants
        )
    }

    /// Runs it to its end and counts. Only Ctrl-C is an error; all else is a failure among others.
    pub fn run(self, clock: &Clock, places: &Places) -> Result<Tally, Problem> {
        Ok(match self {
            Self::Format => one(clock, places.cargo(["fmt", "--all", "--check"])),
            Self::Tree => tree::check(clock, places),
            Self::Lint => one(clock, places.cargo(LINT)),
            Self::Build => build(clock, places),
            Self::Cargo => cargo(clock, places),
            Self::WalkThrough => counted(up::checked(clock, places, &UpOptions::default()))?,
            Self::Api => counted(up::probed(clock, places))?,
            Self::Sqlcipher => counted(up::opened_elsewhere(clock, places))?,
            Self::Web => counted(web::tested(clock, places))?,
            Self::World => world(clock, places),
            Self::Torture => torture(clock, places),
            Self::Mutants => counted(mutants::share(clock, places))?,
        })
    }
}

const LINT: [&str; 8] =
    ["clippy", "--release", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
const TEST: [&str; 5] = ["test", "--release", "--workspace", "--locked", "--no-fail-fast"];

/// One check that is made by one program.
fn one(clock: &Clock, command: Command) -> Tally {
    Tally::of(ran(clock, Step::new(command, Build::default()), 80).success)
}

fn build(clock: &Clock, places: &Places) -> Tally {
    let command = places.cargo(TEST.into_iter().chain(["--no-run"]));
    let built = ran(clock, Step::new(command, Build::default()), 80).success;
    if built { Tally::default() } else { Tally::FAILURE }
}

fn cargo(clock: &Clock, places: &Places) -> Tally {
    let outcome = ran(clock, Step::new(places.cargo(TEST), LastLine::default()).shown(), 0);
    Tally::of_tests(&outcome.stdout, outcome.success)
}

/// What stopped it is a failure among others, unless somebody pressed Ctrl-C.
fn counted(tally: Result<Tally, Problem>) -> Result<Tally, Problem> {
    match tally {
        Err(Problem::Interrupted) => Err(Problem::Interrupted),
        Err(problem) => {
            println!("{problem}");
            Ok(Tally::FAILURE)
        }
        Ok(tally) => Ok(tally),
    }
}

fn world(clock: &Clock, places: &Places) -> Tally {
    let mut tally = Tally::default();
    for (words, seeds) in [(&[][..], SEEDS), (&["--long"][..], LONG_SEEDS)] {
        let mut command = places.cargo(share::WORLD);
        command.args(words).args(["--seeds", &seeds.to_string()]);
        let outcome = ran(clock, Step::new(command, LastLine::default()).shown(), 0);
        tally += Tally::of_closing(&outcome.stdout, "world", seeds, outcome.success);
    }
    tally
}

fn torture(clock: &Clock, places: &Places) -> Tally {
    if let Err(problem) = up::build(clock, places) {
        println!("{problem}");
        return Tally::FAILURE;
    }
    let mut command = places.cargo(share::TORTURE);
    command.args(["--prove", "--runs", &TORTURED.to_string()]);
    let outcome = ran(clock, Step::new(command, LastLine::default()).shown(), 0);
    Tally::of_closing(&outcome.stdout, "torture", TORTURED * FAMILIES + SPOILED, outcome.success)
}

/// Shows the last `tail` lines when it did not come out.
fn ran(clock: &Clock, step: Step, tail: usize) -> Outcome {
    let outcome = step.run(clock).unwrap_or_else(|error| Outcome {
        success: false,
        stdout: String::new(),
        said: format!("could not be started: {error}"),
    });
    if !outcome.success && tail > 0 {
        println!("{}", outcome.tail(tail));
    }
    outcome
}
