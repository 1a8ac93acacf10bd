//! `cargo xtask test`: every check there is, a time per phase, and a closing line per runner.
//!
//! A phase that fails does not hide the later ones; only after a failed build there is nothing to run.

mod failures;
mod phase;
mod report;

use std::process::ExitCode;

pub use phase::Phase;

use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::Problem;
use report::Report;

/// Runs all phases, or one.
pub fn test(places: &Places, only: Option<Phase>) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    let mut report = Report::default();
    report.add("preflight", clock.elapsed(), None);
    for phase in Phase::ALL.into_iter().filter(|phase| only.is_none_or(|only| only == *phase)) {
        if report.build_failed() && phase.needs_the_build() {
            report.skip(phase);
            continue;
        }
        let lap = clock.phase(phase.says());
        let tally = phase.run(&clock, places)?;
        let said = clock.recall();
        if tally.failed > 0 {
            report.failed_with(phase, &said);
        }
        report.add(phase.name(), lap.took(), Some((phase, tally)));
        lap.end(if tally.failed == 0 { "done" } else { "FAILED" });
    }
    println!("\n{report}");
    Ok(if report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
