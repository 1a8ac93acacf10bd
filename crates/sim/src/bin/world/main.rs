//! `world`: runs seeds on all cores, and prints what was checked. `--seed N` replays one and tells its story, `--defect`
//! hunts for one that notices a rule taken out. It decides nothing about a world; it says which are played.

mod hunting;
mod many;
mod words;

use std::process::ExitCode;

use fieldbook_sim::run;

use words::{Words, Wrong};

const USAGE: &str = "usage: world [--seeds COUNT] [--from FIRST]   runs COUNT seeds (2000) from FIRST (1)
       world --seed N                        replays one seed and tells its story
       world --defects                       lists the rules that can be taken out
       world --defect NAME [--seeds COUNT] [--from FIRST]
                                             runs seeds without a rule until one fails, and names it
       world --seed N --defect NAME          replays one seed without a rule";

fn main() -> ExitCode {
    match Words::read(std::env::args().skip(1)).and_then(does) {
        Ok(code) => code,
        Err(Wrong(words)) => {
            eprintln!("{words}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn does(mut words: Words) -> Result<ExitCode, Wrong> {
    if words.has("--defects") {
        words.end()?;
        return Ok(hunting::list());
    }
    let (seed, seeds, from) = (words.number("--seed")?, words.number("--seeds")?, words.number("--from")?);
    let defect = words.defect("--defect")?;
    words.end()?;
    let (from, seeds) = (from.unwrap_or(1), seeds.unwrap_or(2000));
    Ok(match (seed, defect) {
        (Some(seed), None) => replay(seed),
        (Some(seed), Some(defect)) => hunting::replay(defect, seed),
        (None, Some(defect)) => hunting::hunt(defect, from..from + seeds),
        (None, None) => many::many(from, seeds),
    })
}

fn replay(seed: u64) -> ExitCode {
    let outcome = run(seed, true);
    eprintln!("seed {seed}: {} ops, story {:016x}", outcome.ops, outcome.hash);
    ExitCode::SUCCESS
}
