//! Programs that speak to the person themselves: the measurements, the worlds, the torture and the disk. Passed through as
//! they are.

use std::process::{Command, ExitCode};

use crate::args::{DiskOptions, SimOptions, TortureOptions};
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

/// The scripts on a disk that fails.
pub fn disk(places: &Places, options: &DiskOptions) -> Result<ExitCode, Problem> {
    let mut command = places.cargo(DISK);
    command.args(disk_words(options));
    through(places, command)
}

const DISK: [&str; 8] = ["run", "--release", "--locked", "--package", "fieldbook-sim", "--bin", "disk", "--"];

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
    let asked = [
        ("--family", family.clone()),
        ("--runs", text(*runs)),
        ("--seed", text(*seed)),
        ("--jobs", text(*jobs)),
    ];
    command.args(given(asked));
    through(places, command)
}

/// How cargo is asked for the torture; its own words follow.
pub const TORTURE: [&str; 8] =
    ["run", "--release", "--locked", "--package", "fieldbook-torture", "--bin", "torture", "--"];

fn words(options: &SimOptions) -> Vec<String> {
    let mut words = given([
        ("--seeds", text(options.seeds)),
        ("--seed", text(options.seed)),
        ("--history", options.history.clone()),
        ("--defect", options.defect.clone()),
    ]);
    words.extend(options.long.then(|| "--long".to_owned()));
    words.extend(options.shrink.then(|| "--shrink".to_owned()));
    words
}

fn disk_words(options: &DiskOptions) -> Vec<String> {
    given([
        ("--script", options.script.clone()),
        ("--kind", options.kind.clone()),
        ("--point", text(options.point)),
        ("--share", text(options.share)),
        ("--jobs", text(options.jobs)),
    ])
}

/// The options that have a value, each with it.
fn given<const N: usize>(options: [(&str, Option<String>); N]) -> Vec<String> {
    options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?])).flatten().collect()
}

fn text(number: Option<u64>) -> Option<String> {
    number.map(|number| number.to_string())
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

    #[test]
    fn the_disk_gets_only_what_was_asked() {
        assert!(disk_words(&DiskOptions::default()).is_empty());
        let some = DiskOptions { script: Some("undo".into()), point: Some(3), ..DiskOptions::default() };
        assert_eq!(disk_words(&some), ["--script", "undo", "--point", "3"]);
    }
}
