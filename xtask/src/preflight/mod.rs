//! What the machine must have, looked up before anything slow begins, and asked for all at once.

mod facts;
mod install;
mod need;

use std::process::Command;

pub use need::Purpose;

use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;
use facts::Facts;
use need::Need;

/// Looks, installs where that is ours to do, and else says what is missing and stops.
pub fn check(clock: &Clock, purpose: Purpose, places: &Places) -> Result<(), Problem> {
    let lap = clock.phase("looking for what the build needs");
    let facts = facts::look(places, purpose);
    let missing = need::missing(&facts, purpose);
    if missing.is_empty() {
        lap.end("all there");
        return Ok(());
    }
    clock.say(format_args!("missing: {}", listed(&missing)));
    if !install::is_ours_to_do(&facts) {
        return Err(Problem::Needs(advice(&facts, &missing)));
    }
    install_now(clock, places, &facts, &missing)?;
    let facts = facts::look(places, purpose);
    let missing = need::missing(&facts, purpose);
    if !missing.is_empty() {
        return Err(Problem::Needs(format!("Still missing after the installation: {}", listed(&missing))));
    }
    lap.end("installed");
    Ok(())
}

fn install_now(clock: &Clock, places: &Places, facts: &Facts, missing: &[Need]) -> Result<(), Problem> {
    let commands = install::commands(facts, missing);
    clock.say(format_args!("installing, as root on this system: {}", install::line(&commands)));
    for words in &commands {
        let (program, rest) = words.split_first().expect("BUG: a command has a first word");
        let mut command: Command = places.command(program);
        command.args(rest).env("DEBIAN_FRONTEND", "noninteractive");
        let outcome =
            Step::new(command, LastLine::default()).run(clock).while_trying(format!("start {program}"))?;
        if !outcome.success {
            return Err(Problem::Needs(format!("{}\n\n{}", outcome.tail(20), advice(facts, missing))));
        }
    }
    Ok(())
}

fn advice(facts: &Facts, missing: &[Need]) -> String {
    let commands = install::commands(facts, missing);
    if commands.is_empty() {
        return format!(
            "Install these with your system's package manager, then run this again: {}",
            listed(missing)
        );
    }
    format!(
        "Install what is missing with this one command, then run this again:\n\n    {}",
        install::line(&commands)
    )
}

fn listed(missing: &[Need]) -> String {
    missing.iter().map(|need| need.says()).collect::<Vec<_>>().join(", ")
}
