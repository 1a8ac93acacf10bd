//! Runs the cases of all scripts, or a share of them, on some threads, and gathers what did not hold.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

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
            Self::Spread(max) if cases.len() > max => {
                let steps = max.saturating_sub(1).max(1);
                (0..max).map(|place| cases[place * (cases.len() - 1) / steps]).collect()
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

/// A script, and its course once somebody has needed it.
struct Played<'a> {
    script: &'a Script,
    course: OnceLock<Result<Course, String>>,
}

/// Plays a share of the cases of some kinds, on so many threads.
pub fn run_all(scripts: &[Script], kinds: &[Kind], share: Share, jobs: usize) -> Vec<Report> {
    let played: Vec<Played<'_>> =
        scripts.iter().map(|script| Played { script, course: OnceLock::new() }).collect();
    let reports: Vec<Mutex<Report>> = scripts.iter().map(|script| Mutex::new(empty(script))).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let unit = next.fetch_add(1, Ordering::Relaxed);
                    let (place, kind) = (unit / kinds.len().max(1), unit % kinds.len().max(1));
                    let Some(script) = played.get(place) else { return };
                    script.run(kinds[kind], share, &reports[place]);
                }
            });
        }
    });
    reports.into_iter().map(|report| report.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn empty(script: &Script) -> Report {
    Report { name: script.name, ..Report::default() }
}

/// What is done with a panic caught.
fn caught<T>(does: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(does)).map_err(|panic| words(panic.as_ref()))
}

impl Played<'_> {
    /// Plays a share of the cases of one kind.
    fn run(&self, kind: Kind, share: Share, report: &Mutex<Report>) {
        let tell = || report.lock().unwrap_or_else(PoisonError::into_inner);
        let course = match self.course.get_or_init(|| caught(|| Course::of(self.script))) {
            Ok(course) => course,
            Err(words) => return tell().broken = Some(words.clone()),
        };
        tell().points = course.counts.points;
        for case in share.of(course.cases(self.script.side, kind).collect()) {
            let held = caught(|| course.holds(self.script, case));
            let mut report = tell();
            match held {
                Ok(true) if kind.loss().is_none() => report.faults += 1,
                // Nothing was left that it could befall.
                Ok(_) if kind.loss().is_none() => {}
                Ok(_) => report.cuts += 1,
                Err(words) => report.failed.push((case, words)),
            }
        }
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").chars().take(1_000).collect()
}
