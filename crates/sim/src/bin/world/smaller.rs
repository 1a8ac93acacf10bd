//! A seed that fails, made smaller: what is left is printed as a plan and as a test. It judges nothing by itself.

use std::process::ExitCode;

use fieldbook_model::planted::{self, Defect};
use fieldbook_sim::{Plan, play, shrink};

/// Worlds that are played at most.
const WORLDS_MAX: u32 = 1_000;

/// Makes a plan smaller that fails, and prints what is left.
#[expect(clippy::print_stdout, reason = "what is left is what the program is for")]
pub fn shrink(plan: &Plan, defect: Option<Defect>) -> ExitCode {
    let Some(shrunk) = shrink::shrink(plan, defect, WORLDS_MAX) else {
        eprintln!("{plan}\ndoes not fail");
        return ExitCode::FAILURE;
    };
    let (before, after) = (&shrunk.before, &shrunk.after);
    println!("{}\n  at {}\n", after.words, after.place);
    println!(
        "{} of {} steps, {} of {} lines of its story, after {} worlds:\n",
        shrunk.plan.played().len(),
        plan.steps,
        after.lines,
        before.lines,
        shrunk.played
    );
    let named = defect.map(|defect| format!(" --defect {}", defect.facts().name)).unwrap_or_default();
    println!("world --plan '{}'{named}\n\n{}", shrunk.plan, shrunk.test());
    ExitCode::SUCCESS
}

/// Plays a plan and tells its story.
pub fn replay(plan: &Plan, defect: Option<Defect>) -> ExitCode {
    let outcome = match defect {
        Some(defect) => planted::with(defect, || play(plan, true)),
        None => play(plan, true),
    };
    eprintln!("it holds: {} ops, story {:016x}", outcome.ops, outcome.hash);
    if defect.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
