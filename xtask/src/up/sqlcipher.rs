//! A device's and a server's files, opened by another SQLCipher than ours with keys that are derived anew from what the guide
//! says, and by nothing else.

use std::time::Duration;

use super::ground::Ground;
use super::python;
use super::shop::Till;
use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;
use crate::tally::Tally;

const PACKAGES: &[(&str, &str)] =
    &[("sqlcipher3-wheels", "0.5.7"), ("cryptography", "50.0.2"), ("pynacl", "1.6.2")];
/// What it checks of a shop and the checklist beside it.
const CHECKS: u64 = 18;
/// It takes some seconds.
const LIMIT: Duration = Duration::from_secs(120);
/// A name that the shop's data have.
const WORD: &str = "Alfreds Futterkiste";

/// Opens the files of a shop that stands open.
pub fn opened(clock: &Clock, places: &Places, ground: &Ground) -> Result<Tally, Problem> {
    let python = python::installed(clock, places, "sqlcipher", PACKAGES)?.join("bin/python");
    let mut command = places.command(python);
    command.arg(places.root.join("xtask/sqlcipher/opens.py"));
    command.args([Till::A.folder(), Till::B.folder(), "server"].map(|name| ground.path(name))).arg(WORD);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let lap = clock.phase("opening the files with another SQLCipher");
    let step = Step::new(command, LastLine::default()).shown().within(LIMIT);
    let outcome = step.run(clock).while_trying("start python3")?;
    let tally = Tally::of_closing(&outcome.stdout, "sqlcipher", CHECKS, outcome.success);
    match tally.failed {
        0 => lap.done(),
        _ => {
            println!("{}", outcome.tail(20));
            lap.end("FAILED");
        }
    }
    Ok(tally)
}
