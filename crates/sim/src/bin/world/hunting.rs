//! Hunts for a planted defect, told in lines that a program reads: what there is, and which seed found what. It never draws
//! the table.

#![expect(clippy::print_stdout, reason = "the lines are what the program is for")]

use std::ops::Range;
use std::process::ExitCode;

use fieldbook_model::planted::{self, Defect};
use fieldbook_sim::{Family, hunt, play};

/// All defects, with what is known of each: area, name, what it breaks, when, and what it does, between tabs.
pub fn list() -> ExitCode {
    for it in Defect::ALL.iter().map(|defect| defect.facts()).filter(|it| it.elsewhere.is_none()) {
        let when = it.when.unwrap_or("-");
        println!("{}\t{}\t{}\t{when}\t{}", it.area, it.name, it.breaks, it.says.trim());
    }
    ExitCode::SUCCESS
}

/// Runs seeds in their order with a rule taken out, until one fails.
pub fn hunt(defect: Defect, family: Family, seeds: Range<u64>) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let name = defect.facts().name;
    match hunt::hunt(defect, family, seeds.clone()) {
        Some(kill) => {
            println!("killed\t{name}\t{}\t{}\t{}", kill.seed, kill.seed - seeds.start + 1, kill.words);
            ExitCode::SUCCESS
        }
        None => {
            println!("survived\t{name}\t{}", seeds.end - seeds.start);
            ExitCode::FAILURE
        }
    }
}

/// Replays a seed with a rule taken out, and tells its story.
pub fn replay(defect: Defect, (family, seed): (Family, u64)) -> ExitCode {
    let outcome = planted::with(defect, || play(&family.plan(seed), true));
    eprintln!("seed {seed} does not notice {defect:?}: {} ops, story {:016x}", outcome.ops, outcome.hash);
    ExitCode::FAILURE
}
