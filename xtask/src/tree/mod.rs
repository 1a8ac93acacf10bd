//! Checks of the working tree itself: which crate may know which, and what no file may contain.

mod arrows;
mod calls;
mod checklist;
mod licences;
mod opening;
mod secrets;
mod text;

use crate::clock::Clock;
use crate::deny;
use crate::places::Places;
use crate::tally::Tally;

/// One check and what it found.
pub struct Finding {
    /// What should be so, as a sentence.
    pub says: String,
    /// Where it is not so; empty when all is well.
    pub wrong: Vec<String>,
}

impl Finding {
    /// A check that could not be made is a check that failed.
    fn of(says: impl Into<String>, found: Result<Vec<String>, String>) -> Self {
        Self { says: says.into(), wrong: found.unwrap_or_else(|reason| vec![reason]) }
    }
}

/// All of them. Those that failed are told with the places.
pub fn check(clock: &Clock, places: &Places) -> Tally {
    let mut tally = Tally::default();
    for finding in arrows::check(places)
        .into_iter()
        .chain(text::check(places))
        .chain(secrets::check(places))
        .chain(checklist::check(places))
        .chain([opening::check(places), pictures(places), licences::check(places)])
        .chain(calls::check(places))
        .chain(libraries(clock, places))
    {
        tally += Tally::of(finding.wrong.is_empty());
        if !finding.wrong.is_empty() {
            clock.say(format_args!("not so: {}", finding.says));
            finding.wrong.iter().for_each(|place| println!("          {place}"));
        }
    }
    tally
}

fn pictures(places: &Places) -> Finding {
    Finding::of("the guide's pictures are those that are drawn", crate::pictures::stale(places))
}

/// What cargo-deny says of the libraries.
fn libraries(clock: &Clock, places: &Places) -> Vec<Finding> {
    let found = deny::check(clock, places).map_err(|problem| problem.to_string());
    let of = |place: usize| found.clone().map(|found| found[place].clone());
    deny::CHECKS.iter().enumerate().map(|(place, (_, says))| Finding::of(*says, of(place))).collect()
}

/// What a program printed, or why there is nothing.
fn answer(mut command: std::process::Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
