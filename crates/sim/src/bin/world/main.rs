//! `world`: runs seeds on all cores, and prints what was checked. `--seed N` replays one and tells its story, `--defect`
//! hunts for one that notices a rule taken out. It decides nothing about a world; it says which are played.

mod hunting;
mod many;
mod smaller;
mod words;

use std::process::ExitCode;

use fieldbook_sim::{Family, Plan, history, play, run};

use words::{Words, Wrong};

const USAGE: &str = "usage: world [--seeds COUNT] [--from FIRST]   runs COUNT seeds (2000) from FIRST (1)
       world --seed N                        replays one seed and tells its story
       world --long …                        the same of worlds of long days: [--seeds COUNT] [--from FIRST], --seed N [--shrink]
       world --seed N --history FILE         replays one seed and writes what was read and written
       world --seed N [--defect NAME] --shrink
                                             makes a seed that fails smaller, and prints what is left as a test
       world --plan 'NAME=NUMBER …' [--defect NAME]
                                             plays what --shrink has left, and tells its story
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
    let family = if words.has("--long") { Family::Long } else { Family::Short };
    let shrinks = words.has("--shrink");
    let plan = words.value("--plan")?.map(|text| Plan::read(&text).map_err(Wrong)).transpose()?;
    let (seed, seeds, from) = (words.number("--seed")?, words.number("--seeds")?, words.number("--from")?);
    let (defect, history) = (words.defect("--defect")?, words.value("--history")?);
    words.end()?;
    if let Some(file) = history {
        if family == Family::Long {
            return Err(Wrong("--history is of worlds of short days".to_owned()));
        }
        let seed = seed.ok_or_else(|| Wrong("--history is of one seed: --seed N".to_owned()))?;
        return write_history(seed, &file);
    }
    if shrinks {
        let seed = seed.ok_or_else(|| Wrong("--shrink is of one seed: --seed N".to_owned()))?;
        return Ok(smaller::shrink(&plan.unwrap_or_else(|| family.plan(seed)), defect));
    }
    if let Some(plan) = plan {
        return Ok(smaller::replay(&plan, defect));
    }
    let (from, seeds) = (from.unwrap_or(1), seeds.unwrap_or(2000));
    Ok(match (seed, defect) {
        (Some(seed), None) => replay(family, seed),
        (Some(seed), Some(defect)) => hunting::replay(defect, (family, seed)),
        (None, Some(defect)) => hunting::hunt(defect, family, from..from + seeds),
        (None, None) => many::many(family, from, seeds),
    })
}

fn write_history(seed: u64, file: &str) -> Result<ExitCode, Wrong> {
    let (outcome, lines) = history::recorded(|| run(seed, false));
    let text = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
    std::fs::write(file, text).map_err(|error| Wrong(format!("cannot write {file}: {error}")))?;
    eprintln!("seed {seed}: {} ops, {} lines in {file}", outcome.ops, lines.len());
    Ok(ExitCode::SUCCESS)
}

fn replay(family: Family, seed: u64) -> ExitCode {
    let outcome = play(&family.plan(seed), true);
    eprintln!("seed {seed}: {} ops, story {:016x}", outcome.ops, outcome.hash);
    ExitCode::SUCCESS
}
