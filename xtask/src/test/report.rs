//! What a test run comes to: a time per phase, then a closing line per runner.

use std::fmt;
use std::time::Duration;

use super::{Phase, failures};
use crate::clock::minutes;
use crate::tally::Tally;

/// The runners, in the order of their closing lines.
const RUNNERS: [&str; 9] =
    ["cargo", "tree", "walk-through", "api", "sqlcipher", "web", "world", "torture", "mutants"];

/// The rows so far.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    /// What failed, in the words of those who found it.
    failures: Vec<(Phase, String)>,
}

struct Row {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

enum Outcome {
    /// Nothing to count.
    Ready,
    Counted(Phase, Tally),
    Skipped,
}

impl Report {
    /// A phase came to its end.
    pub fn add(&mut self, name: &'static str, took: Duration, counted: Option<(Phase, Tally)>) {
        let outcome = counted.map_or(Outcome::Ready, |(phase, tally)| Outcome::Counted(phase, tally));
        self.rows.push(Row { name, took, outcome });
    }

    /// What the programs of a phase said that failed.
    pub fn failed_with(&mut self, phase: Phase, said: &str) {
        self.failures.push((phase, failures::excerpt(said)));
    }

    /// A phase had nothing to run.
    pub fn skip(&mut self, phase: Phase) {
        self.rows.push(Row { name: phase.name(), took: Duration::ZERO, outcome: Outcome::Skipped });
    }

    /// Whether later phases have anything to run.
    pub fn build_failed(&self) -> bool {
        self.counted().any(|(phase, tally)| phase == Phase::Build && tally.failed > 0)
    }

    /// Whether anything failed.
    pub fn failed(&self) -> bool {
        self.counted().any(|(_, tally)| tally.failed > 0)
    }

    fn counted(&self) -> impl Iterator<Item = (Phase, Tally)> {
        self.rows.iter().filter_map(|row| match row.outcome {
            Outcome::Counted(phase, tally) => Some((phase, tally)),
            Outcome::Ready | Outcome::Skipped => None,
        })
    }

    /// None for a runner that did not run.
    fn sum(&self, runner: &str) -> Option<Tally> {
        let mut of_runner = self.counted().filter(|(phase, _)| phase.runner() == runner).peekable();
        of_runner.peek()?;
        let mut sum = Tally::default();
        of_runner.for_each(|(_, tally)| sum += tally);
        Some(sum)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (phase, failures) in &self.failures {
            writeln!(f, "{} failed:\n{failures}\n", phase.name())?;
        }
        for row in &self.rows {
            let outcome = match row.outcome {
                Outcome::Counted(_, tally) if tally.failed > 0 => "FAILED",
                Outcome::Counted(..) | Outcome::Ready => "ok",
                Outcome::Skipped => "not run: the build failed",
            };
            writeln!(f, "{:>6}  {:<13} {outcome}", minutes(row.took), row.name)?;
        }
        writeln!(f)?;
        let lines = RUNNERS.iter().filter_map(|runner| Some(self.sum(runner)?.closing(runner)));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(rows: &[(Phase, u64, u64)]) -> Report {
        let mut report = Report::default();
        for (phase, passed, failed) in rows {
            let tally = Tally { passed: *passed, failed: *failed };
            report.add(phase.name(), Duration::from_secs(61), Some((*phase, tally)));
        }
        report
    }

    #[test]
    fn a_whole_run_ends_with_one_line_per_runner() {
        let report = report(&[
            (Phase::Format, 1, 0),
            (Phase::Tree, 7, 0),
            (Phase::Lint, 1, 0),
            (Phase::Build, 0, 0),
            (Phase::Cargo, 312, 0),
            (Phase::WalkThrough, 12, 0),
            (Phase::Api, 1, 0),
            (Phase::World, 2000, 0),
            (Phase::Torture, 21, 0),
        ]);
        let text = report.to_string();
        let closing = "cargo: 312 passed, 0 failed\ntree: 9 passed, 0 failed\n\
                       walk-through: 12 passed, 0 failed\napi: 1 passed, 0 failed\nworld: 2000 passed, 0 failed\n\
                       torture: 21 passed, 0 failed";
        assert!(text.ends_with(&format!("\n\n{closing}")), "{text}");
        assert!(text.starts_with("  1:01  format        ok\n"), "{text}");
        assert!(!report.failed());
    }

    #[test]
    fn a_failed_lint_fails_the_run_and_leaves_the_others_standing() {
        let report = report(&[(Phase::Tree, 7, 0), (Phase::Lint, 0, 1), (Phase::Cargo, 5, 0)]);
        assert!(report.failed() && !report.build_failed());
        assert!(report.to_string().ends_with("cargo: 5 passed, 0 failed\ntree: 7 passed, 1 failed"));
    }

    #[test]
    fn what_failed_is_said_again_at_the_end() {
        let mut report = report(&[(Phase::Web, 74, 1)]);
        report.failed_with(Phase::Web, "ok 1 - a\nnot ok 2 - b\n  error: 'no'\nok 3 - c");
        let text = report.to_string();
        assert!(text.starts_with("web failed:\nnot ok 2 - b\n  error: 'no'\n\n  1:01  web "), "{text}");
        assert!(text.ends_with("web: 74 passed, 1 failed"), "{text}");
    }

    #[test]
    fn a_failed_build_counts_and_says_what_was_not_run() {
        let mut report = report(&[(Phase::Build, 0, 1)]);
        assert!(report.failed() && report.build_failed());
        report.skip(Phase::World);
        let text = report.to_string();
        assert!(text.contains("world         not run: the build failed"), "{text}");
        assert!(text.ends_with("cargo: 0 passed, 1 failed"), "{text}");
    }

    #[test]
    fn a_runner_that_did_not_run_has_no_line() {
        assert!(report(&[(Phase::Tree, 9, 0)]).to_string().ends_with("\n\ntree: 9 passed, 0 failed"));
    }

    #[test]
    fn no_phase_is_counted_without_a_closing_line() {
        for phase in Phase::ALL {
            assert!(RUNNERS.contains(&phase.runner()), "{}", phase.name());
        }
    }
}
