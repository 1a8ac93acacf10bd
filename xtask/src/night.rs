//! `cargo xtask sim --night`: worlds for hours, from where the ledger ends. What was played, on which state of the project
//! and with what outcome, is appended to it; it never plays a range twice and never leaves one out.

use std::fmt;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::Build;
use crate::step::Step;

/// Where the ledger is.
const PAGE: &str = "docs/guide/ledger.md";
/// So many seeds are played before anything is written.
const AT_ONCE: u64 = 200;
/// How long a night is, in minutes.
const MINUTES: u64 = 480;

const HEAD: &str = "\
# The ledger: which seeds were played

Each row is a range of seeds of the world, the state of the project on which they were played, and what came of it. `cargo xtask sim --night
[--minutes M]` goes on where the last row ends. A seed that failed is kept as a directed history in `crates/sim/tests/rules`; the row stays as it was.

| from | to | state of the project | of | outcome |
| --- | --- | --- | --- | --- |
";

/// A range of seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Range {
    from: u64,
    to: u64,
    /// The subject of the last commit, and its day.
    state: (String, String),
    failed: Vec<u64>,
}

impl Range {
    fn read(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [from, to, subject, day, outcome] = cells[..] else { return None };
        let failed = outcome.strip_prefix("failed: ").map_or("", |seeds| seeds).split(", ");
        Some(Self {
            from: from.parse().ok()?,
            to: to.parse().ok()?,
            state: (subject.to_owned(), day.to_owned()),
            failed: failed.filter_map(|seed| seed.parse().ok()).collect(),
        })
    }

    /// Takes in what came right behind it on the same state.
    fn join(&mut self, next: &Self) -> bool {
        let joins = self.state == next.state && self.to + 1 == next.from;
        if joins {
            self.to = next.to;
            self.failed.extend(&next.failed);
        }
        joins
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, state: (subject, day), failed } = self;
        let seeds: Vec<String> = failed.iter().map(u64::to_string).collect();
        let outcome =
            if failed.is_empty() { "all held".into() } else { format!("failed: {}", seeds.join(", ")) };
        write!(f, "| {from} | {to} | {subject} | {day} | {outcome} |")
    }
}

/// Plays until the time is over.
pub fn night(places: &Places, minutes: Option<u64>) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Build, places)?;
    let words = ["build", "--release", "--locked", "--package", "fieldbook-sim", "--bin", "world"];
    let built = Step::new(places.cargo(words), Build::default()).run(&clock).while_trying("start cargo")?;
    if !built.success {
        return Err(Problem::failed(built.tail(40)));
    }
    let end = Duration::from_secs(60 * minutes.unwrap_or(MINUTES));
    let mut all_held = true;
    while clock.elapsed() < end {
        let mut ledger = read(places);
        let played = played(places, ledger.last().map_or(1, |last| last.to + 1))?;
        clock.say(&played);
        all_held &= played.failed.is_empty();
        if !ledger.last_mut().is_some_and(|last| last.join(&played)) {
            ledger.push(played);
        }
        fs::write(places.root.join(PAGE), page(&ledger)).while_trying(format_args!("write {PAGE}"))?;
    }
    Ok(if all_held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn played(places: &Places, from: u64) -> Result<Range, Problem> {
    let mut command = places.command(places.target.join("release/world"));
    command.args(["--from", &from.to_string(), "--seeds", &AT_ONCE.to_string()]);
    let output = command.output().while_trying("play worlds")?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !said.lines().any(|line| line.starts_with("world: ")) {
        return Err(Problem::failed(format!("the worlds from {from} did not come to their end")));
    }
    Ok(Range { from, to: from + AT_ONCE - 1, state: state(places)?, failed: failed(&said) })
}

/// The seeds that a report names.
fn failed(said: &str) -> Vec<u64> {
    let seeds = said.lines().filter_map(|line| line.strip_prefix("seed ")?.split(' ').next()?.parse().ok());
    seeds.collect()
}

fn state(places: &Places) -> Result<(String, String), Problem> {
    let output = places.git(["log", "-1", "--format=%s%x09%cs"]).output().while_trying("ask git")?;
    let text = String::from_utf8_lossy(&output.stdout).trim().replace('|', "/");
    let (subject, day) = text.split_once('\t').unwrap_or((text.as_str(), ""));
    Ok((subject.to_owned(), day.to_owned()))
}

fn read(places: &Places) -> Vec<Range> {
    let page = fs::read_to_string(places.root.join(PAGE)).unwrap_or_default();
    page.lines().filter_map(Range::read).collect()
}

fn page(ledger: &[Range]) -> String {
    let rows: Vec<String> = ledger.iter().map(Range::to_string).collect();
    format!("{HEAD}{}\n", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: u64, to: u64, failed: &[u64]) -> Range {
        let state = ("A device says".to_owned(), "2026-05-01".to_owned());
        Range { from, to, state, failed: failed.to_vec() }
    }

    #[test]
    fn a_ledger_is_read_as_it_was_written() {
        let ledger = [range(1, 500, &[]), range(501, 1000, &[512, 700])];
        let read: Vec<Range> = page(&ledger).lines().filter_map(Range::read).collect();
        assert_eq!(read, ledger);
    }

    #[test]
    fn what_came_right_behind_on_the_same_state_is_one_range() {
        let mut first = range(1, 500, &[7]);
        assert!(first.join(&range(501, 1000, &[600])));
        assert_eq!(first, range(1, 1000, &[7, 600]));
        assert!(!first.join(&range(2000, 2500, &[])));
        let other =
            Range { state: ("Another".to_owned(), "2026-05-02".to_owned()), ..range(1001, 1500, &[]) };
        assert!(!first.join(&other));
    }

    #[test]
    fn the_seeds_that_failed_are_those_that_the_report_names() {
        let said = "seed 7 failed: I8: A\n  replay: cargo xtask sim --seed 7\nseed 9 told two stories\nworld: 498 passed, 2 failed";
        assert_eq!(failed(said), [7, 9]);
    }
}
