//! Programs that speak to the person themselves: the measurements, the worlds and the torture. Passed through as they are.

use std::process::{Command, ExitCode};

use crate::args::{SimOptions, TortureOptions};
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::up;

/// The measurements.
pub fn bench(places: &Places, name: Option<&str>) -> Result<ExitCode, Problem> {
    let mut words = vec!["bench", "--locked", "--package", "fieldbook-bench", "--"];
    words.extend(name);
    through(places, places.cargo(words))
}

/// The worlds.
pub fn sim(places: &Places, options: &SimOptions) -> Result<ExitCode, Problem> {
    if options.night {
        return crate::night::night(places, options.minutes);
    }
    let mut command = places.cargo(WORLD);
    command.args(words(options));
    through(places, command)
}

/// How cargo is asked for the worlds; their own words follow.
pub const WORLD: [&str; 8] =
    ["run", "--release", "--locked", "--package", "fieldbook-sim", "--bin", "world", "--"];

/// Real processes of the program, which is built for them.
pub fn torture(places: &Places, options: &TortureOptions) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Build, places)?;
    up::build(&clock, places)?;
    let mut command = places.cargo(TORTURE);
    let TortureOptions { family, runs, seed, jobs } = options;
    command.args(family.iter().flat_map(|family| ["--family", family]));
    for (name, number) in [("--runs", runs), ("--seed", seed), ("--jobs", jobs)] {
        command.args(number.map(|number| [name.to_owned(), number.to_string()]).into_iter().flatten());
    }
    through(places, command)
}

/// How cargo is asked for the torture; its own words follow.
pub const TORTURE: [&str; 8] =
    ["run", "--release", "--locked", "--package", "fieldbook-torture", "--bin", "torture", "--"];

fn words(options: &SimOptions) -> Vec<String> {
    let mut words = Vec::new();
    for (name, number) in [("--seeds", options.seeds), ("--seed", options.seed)] {
        words.extend(number.map(|number| [name.to_owned(), number.to_string()]).into_iter().flatten());
    }
    words
}

fn through(places: &Places, mut command: Command) -> Result<ExitCode, Problem> {
    preflight::check(&Clock::start(), Purpose::Build, places)?;
    let status = command.status().while_trying("start cargo")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worlds_get_only_what_was_asked() {
        assert!(words(&SimOptions::default()).is_empty());
        let all = SimOptions { seeds: Some(50), seed: Some(7), ..SimOptions::default() };
        assert_eq!(words(&all), ["--seeds", "50", "--seed", "7"]);
    }
}
