//! `cargo xtask bench against COMMIT`: the same work by the program of this tree and by that of a commit before it, in alternating
//! pairs, so that whatever the machine does meanwhile it does to both. It tells the median ratio of the pairs, and ends with 1
//! where this tree is slower by more than a tenth.
//!
//! Both programs are called alike. One that knows of no holders takes no notice of FIELDBOOK_KEYS.

mod build;
mod figures;
mod work;

use std::process::ExitCode;

use crate::args::AgainstOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::up;
use figures::Pairs;
use work::{Stage, Work};

/// Pairs of each work when nobody says.
const PAIRS: u64 = 10;

/// Measures both and prints the ratios.
pub fn against(places: &Places, options: &AgainstOptions) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    let commit = build::commit(places, &options.commit)?;
    preflight::check(&clock, Purpose::Build, places)?;
    let before = build::program_of(&clock, places, &commit)?;
    up::build(&clock, places)?;
    let folder = places.target.join("against/data");
    let lap = clock.phase("making what each run begins with, a queue of 20,000 ops among it");
    let stage = |name: &str, program| Stage::make(&clock, places, (folder.join(name), program));
    let (now, before) = (stage("now", places.program())?, stage("before", before)?);
    lap.done();
    let pairs = options.pairs.unwrap_or(PAIRS);
    let mut all_of = Vec::new();
    for work in Work::ALL {
        let lap = clock.phase(&format!("{}: {pairs} pairs", work.says()));
        let mut times = Pairs::default();
        for pair in 0..pairs {
            // Who goes first has the colder machine, so they take turns.
            let (first, second) = if pair % 2 == 0 { (&before, &now) } else { (&now, &before) };
            let (one, other) = (first.time(work)?, second.time(work)?);
            times.add(if pair % 2 == 0 { (one, other) } else { (other, one) });
        }
        lap.done();
        all_of.push((work.says(), times));
    }
    std::fs::remove_dir_all(&folder).while_trying("remove what was measured with")?;
    let is_slower = all_of.iter().any(|(_, pairs)| pairs.is_slower());
    println!("\n{}", figures::table(&commit, &load(), &all_of));
    Ok(if is_slower { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// How busy the machine is, as it says itself.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown").to_owned()
}
