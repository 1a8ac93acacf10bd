//! What a run tells an outside checker, read by one that knows nothing but the lines: whole, and what its words promise.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fieldbook_model::json;
use fieldbook_sim::{history, run};
use serde::Deserialize;

type Place = (u64, u64);

#[derive(Deserialize, Clone, Copy)]
struct At {
    epoch: u64,
    version: u64,
}

impl At {
    fn place(self) -> Place {
        (self.epoch, self.version)
    }
}

#[derive(Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    Begin { devices: usize },
    Write { session: String, op: String, seen: At, writes: Vec<String> },
    Read { session: String, at: At, reads: Vec<(String, Option<u64>)> },
    Order { op: String, at: At, verdict: String, writes: Vec<String> },
    Back { at: At },
}

/// What the checker knows so far.
#[derive(Default)]
struct Checker {
    /// What each session sees, and where it is.
    sessions: BTreeMap<String, (Place, BTreeMap<String, u64>)>,
    /// The version that everybody sees of a record at a place.
    sees: BTreeMap<(Place, String), u64>,
    /// Those that saw what the server has lost since; where they are means nothing to others until a new history begins.
    astray: BTreeMap<String, u64>,
    written: BTreeMap<String, Vec<String>>,
    /// The versions that something was ordered at.
    ordered: BTreeSet<u64>,
    last: u64,
    counts: [u64; 4],
}

impl Checker {
    fn take(&mut self, line: Line) {
        match line {
            Line::Begin { devices } => {
                assert!(devices > 0);
                *self = Self { counts: self.counts, ..Self::default() };
            }
            Line::Write { session, op, seen, writes } => {
                let at = self.sessions.get(&session).map_or((0, 0), |(at, _)| *at);
                assert!(
                    seen.place() <= at.max((1, 0)),
                    "{session} wrote upon {:?} and is at {at:?}",
                    seen.place()
                );
                self.written.insert(op, writes);
                self.counts[0] += 1;
            }
            Line::Order { op, at, verdict, writes } => {
                assert_eq!(at.version, self.last + 1, "the order has no gap");
                self.last = at.version;
                self.ordered.insert(at.version);
                if let Some(own) = self.written.get(&op) {
                    assert!(verdict == "rejected" || *own == writes, "{op} is what its author wrote");
                    self.counts[1] += 1;
                }
            }
            Line::Read { session, at, reads } => self.read(session, at.place(), reads),
            Line::Back { at } => {
                self.last = at.version;
                self.counts[3] += 1;
                self.sees.retain(|(place, _), _| *place <= at.place());
                let beyond = self.sessions.iter().filter(|(_, (place, _))| *place > at.place());
                self.astray.extend(beyond.map(|(session, (place, _))| (session.clone(), place.0)));
            }
        }
    }

    /// Nobody goes back, nobody sees what nobody wrote, and who is at one place sees the same.
    fn read(&mut self, session: String, at: Place, reads: Vec<(String, Option<u64>)>) {
        let (was, sees) = self.sessions.entry(session.clone()).or_default();
        assert!(*was <= at, "{session} went back from {was:?} to {at:?}");
        *was = at;
        for (record, version) in reads {
            let Some(version) = version else {
                sees.remove(&record);
                continue;
            };
            assert!(
                version <= at.1 && self.ordered.contains(&version),
                "{session} sees {record} at {version}"
            );
            sees.insert(record, version);
        }
        if self.astray.get(&session).is_some_and(|epoch| *epoch == at.0) {
            return;
        }
        self.astray.remove(&session);
        for (record, version) in sees {
            let first = *self.sees.entry((at, record.clone())).or_insert(*version);
            assert_eq!(first, *version, "two sessions at {at:?} see {record} differently");
            self.counts[2] += 1;
        }
    }
}

fn checked(lines: &[String]) -> [u64; 4] {
    let mut checker = Checker::default();
    lines.iter().for_each(|line| checker.take(json::parse(line).expect("a line")));
    checker.counts
}

#[test]
fn what_a_run_tells_an_outside_checker_is_monotonic_and_the_same_for_all() {
    let mut counts = [0; 4];
    for seed in [1, 2, 3, 13] {
        let (_, lines) = history::recorded(|| run(seed, false));
        assert_eq!(lines, history::recorded(|| run(seed, false)).1, "a seed tells the same each time");
        counts.iter_mut().zip(checked(&lines)).for_each(|(sum, one)| *sum += one);
    }
    assert!(counts.iter().all(|count| *count > 0), "writes, orders, reads, backups: {counts:?}");
}

#[test]
fn the_outside_checker_notices_a_line_that_is_not_true() {
    let (_, lines) = history::recorded(|| run(1, false));
    // The first op is put elsewhere in the order; the first record is seen at a version that never was.
    for (is, behind) in [(r#"{"is":"order""#, "},\"verdict\""), (r#"{"is":"read""#, "]")] {
        let mut spoiled = lines.clone();
        let number = |line: &String| line.starts_with(is).then(|| number_before(line, behind)).flatten();
        let found = spoiled.iter().enumerate().find_map(|(at, line)| Some((at, number(line)?)));
        let (at, number) = found.expect("such a line");
        spoiled[at].replace_range(number, "999");
        assert!(std::panic::catch_unwind(|| checked(&spoiled)).is_err(), "{}", spoiled[at]);
    }
}

/// Where a number stands in a line, before some words.
fn number_before(line: &str, behind: &str) -> Option<Range<usize>> {
    let ends = |end: &usize| line[..*end].ends_with(|letter: char| letter.is_ascii_digit());
    let end = line.match_indices(behind).map(|(at, _)| at).find(ends)?;
    let start = line[..end].trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    Some(start..end)
}
