//! `cargo xtask fuzz`: the fuzz targets that stand beside the code, each for minutes. A target is a test in a module called
//! `fuzz`; what it plays is bolero's, and how long is told by bolero's own variables.

use std::process::{Command, ExitCode};

use crate::args::FuzzOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::{LastLine, Progress, Weight};
use crate::step::{Outcome, Step};

/// The crates that have targets.
const CRATES: [&str; 9] =
    ["model", "merge", "crypto", "protocol", "device-sync", "device-store", "device", "server-store", "cli"];
/// What the path of each target has in it.
const MODULE: &str = "fuzz::";
/// How long each target is played when nobody says.
const MINUTES: u64 = 1;

/// Lists the targets, or plays all or one of them.
pub fn fuzz(places: &Places, options: &FuzzOptions) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Build, places)?;
    let targets = targets(places, &clock)?;
    if options.list {
        targets.iter().for_each(|target| println!("{}", short(target)));
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = options.target.as_ref();
    let wanted: Vec<&String> =
        targets.iter().filter(|it| wanted.is_none_or(|name| short(it) == *name)).collect();
    if wanted.is_empty() {
        return Err(Problem::Wrong(
            "There is no such target; `cargo xtask fuzz --list` lists them.".to_owned(),
        ));
    }
    let words = ["--exact", "--nocapture", "--test-threads", "1"].into_iter();
    let mut command = tests(places, words.chain(wanted.iter().map(|target| target.as_str())));
    let ms = 60_000 * options.minutes.unwrap_or(MINUTES);
    command.env("BOLERO_RANDOM_TEST_TIME_MS", ms.to_string());
    command.env("BOLERO_RANDOM_ITERATIONS", usize::MAX.to_string());
    let outcome = Step::new(command, Told::default()).shown().run(&clock).while_trying("start cargo")?;
    if !outcome.success {
        println!("{}", outcome.tail(60));
    }
    Ok(if outcome.success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The paths of all targets.
fn targets(places: &Places, clock: &Clock) -> Result<Vec<String>, Problem> {
    let step = Step::new(tests(places, [MODULE, "--list"]), LastLine::default());
    let Outcome { success, stdout, said } = step.run(clock).while_trying("start cargo")?;
    match success {
        true => {
            Ok(stdout.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
        }
        false => Err(Problem::failed(said)),
    }
}

/// The tests of the crates with targets, asked with some words.
fn tests<'a>(places: &Places, words: impl IntoIterator<Item = &'a str>) -> Command {
    let packages = CRATES.iter().flat_map(|name| ["--package".to_owned(), format!("fieldbook-{name}")]);
    let mut command = places.cargo(["test", "--release", "--locked", "--tests", "--no-fail-fast"]);
    command.args(packages).arg("--").args(words);
    command
}

/// A target by the last word of its path.
fn short(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// Shows what each target came to, and keeps the rest for when one fails.
#[derive(Default)]
struct Told(LastLine);

impl Progress for Told {
    fn take(&mut self, line: &str) -> Weight {
        self.0.take(line);
        let is_news = line.starts_with("fuzz ") || is_failure(line);
        if is_news { Weight::News } else { Weight::Tick }
    }

    fn says(&self) -> String {
        self.0.says()
    }
}

/// The lines by which bolero tells what failed and how to play it again.
fn is_failure(line: &str) -> bool {
    let told = ["BOLERO_RANDOM_SEED=", "Input:", "Error:", "panicked at", "\"", "error"];
    told.iter().any(|start| line.starts_with(start)) || line.ends_with("FAILED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_known_by_its_last_word() {
        assert_eq!(short("fuzz::documents::json_value"), "json_value");
        assert_eq!(short("pages"), "pages");
    }

    #[test]
    fn what_targets_came_to_and_what_failed_is_shown() {
        let mut told = Told::default();
        let mut shows = |line: &str| told.take(line) == Weight::News;
        assert!(
            shows("fuzz pages: 100 cases, 20 read")
                && shows("BOLERO_RANDOM_SEED=7")
                && shows("panicked at a.rs:1")
        );
        assert!(!shows("running 3 tests") && !shows("test fuzz::pages ... ok") && !shows(""));
    }
}
