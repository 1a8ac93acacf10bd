//! Runs the cases of all scripts, or a share of them, on some threads, and gathers what did not hold.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::course::{Case, Course, Kind};
use super::script::Script;

/// How many cases are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Each.
    All,
    /// At most so many of each script and kind, spread evenly, the first and the last among them.
    Spread(usize),
}

impl Share {
    fn of(self, cases: Vec<Case>) -> Vec<Case> {
        match self {
            Self::Spread(max) if cases.len() > max && max > 1 => {
                (0..max).map(|place| cases[place * (cases.len() - 1) / (max - 1)]).collect()
            }
            _ => cases,
        }
    }
}

/// What came of one script.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Its name.
    pub name: &'static str,
    /// The points at which something can go wrong.
    pub points: u64,
    /// Cases in which the power was cut.
    pub cuts: u64,
    /// Cases in which something else failed.
    pub faults: u64,
    /// Cases that did not hold, with the words.
    pub failed: Vec<(Case, String)>,
    /// The script does not even play undisturbed.
    pub broken: Option<String>,
}

/// Plays a share of the cases of some kinds, on so many threads.
pub fn run_all(scripts: &[Script], kinds: &[Kind], share: Share, jobs: usize) -> Vec<Report> {
    let found: Mutex<Vec<(usize, Report)>> = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(script) = scripts.get(place) else { return };
                    let report = run(script, kinds, share);
                    found.lock().unwrap_or_else(PoisonError::into_inner).push((place, report));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, report)| report).collect()
}

/// Plays a share of the cases of one script.
pub fn run(script: &Script, kinds: &[Kind], share: Share) -> Report {
    let mut report = Report { name: script.name, ..Report::default() };
    let course = match catch_unwind(AssertUnwindSafe(|| Course::of(script))) {
        Ok(course) => course,
        Err(panic) => return Report { broken: Some(words(panic.as_ref())), ..report },
    };
    report.points = course.counts.points;
    for kind in kinds {
        for case in share.of(course.cases(script.side, *kind).collect()) {
            let held = catch_unwind(AssertUnwindSafe(|| course.holds(script, case)));
            match held {
                Ok(true) if kind.loss().is_none() => report.faults += 1,
                Ok(_) if kind.loss().is_some() => report.cuts += 1,
                // Nothing was left that it could befall.
                Ok(_) => {}
                Err(panic) => report.failed.push((case, words(panic.as_ref()))),
            }
        }
    }
    report
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").chars().take(1_000).collect()
}
