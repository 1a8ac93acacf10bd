//! The share of one test run: a few minutes of mutants, of what changed last or else of a part that another run does not take.

use std::process::Command;
use std::time::Duration;

use super::table::Mutant;
use super::{Asked, CRATES, PAGE, TOOL, command, diff, page, tried};
use crate::args::MutantsOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::tally::Tally;

/// For so long mutants are tried, with the build before the first: two to five minutes is what a share takes.
const LIMIT: Duration = Duration::from_secs(360);
/// For so long other crates' tests are asked about what was missed.
const AGAIN: Duration = Duration::from_secs(240);
/// A crate that has less than this is left out: it would be built and not tried.
const WORTH: Duration = Duration::from_secs(90);
/// Into so many parts the merge is cut where nothing of it changed: about a dozen mutants each.
const PARTS: u32 = 60;

/// What there is to try.
#[derive(Debug, PartialEq, Eq)]
enum Share {
    /// What a commit changed, in these crates.
    Changed {
        /// The commit before.
        since: &'static str,
        /// By their names.
        crates: Vec<&'static str>,
    },
    /// A part of the first crate, of [`PARTS`].
    Part(u32),
}

/// Tries them. Each that some test noticed, that does not compile, or of which a sentence speaks is a check that came out.
pub fn share(clock: &Clock, places: &Places) -> Result<Tally, Problem> {
    let program = TOOL.installed(clock, places)?;
    let (part, changed) = (part(&git(places, &["rev-parse", "HEAD^{tree}"])), changed(places));
    let mut tally = Tally::default();
    for share in [chosen(&changed, part), Share::Part(part)] {
        let (crates, options, diff) = match &share {
            Share::Changed { since, crates } => {
                clock.say("mutants of what the last commit changed");
                (crates.clone(), MutantsOptions::default(), Some(diff(places, since)?))
            }
            Share::Part(part) => {
                clock.say(format_args!("mutants of the merge, part {part} of {PARTS}"));
                let shard = Some(format!("{part}/{PARTS}"));
                (vec![CRATES[0].of], MutantsOptions { shard, ..MutantsOptions::default() }, None)
            }
        };
        let begun = clock.elapsed();
        for asked in CRATES.iter().filter(|it| crates.contains(&it.of)) {
            let left = LIMIT.saturating_sub(clock.elapsed().saturating_sub(begun));
            if left < WORTH {
                clock.say(format_args!("too little time is left: none of {} is tried", asked.of));
                continue;
            }
            let trying = command(places, &program, asked, &options, diff.as_deref());
            let found = tried(clock, places, asked, trying, Some(left))?;
            let all = planned(places, asked).map_or_else(String::new, |all| format!(" of {all}"));
            clock.say(format_args!(
                "{}: {}{all} tried; the rest by `cargo xtask mutants`",
                asked.of,
                found.len()
            ));
            let again = command(places, &program, asked, &MutantsOptions::default(), None);
            let missed = missed(clock, places, asked, &found, again)?;
            tally += Tally { passed: found.len() as u64 - missed, failed: missed };
        }
        // A change of words or tests alone has no mutant; then the part is taken.
        if tally != Tally::default() {
            break;
        }
    }
    Ok(if tally == Tally::default() { Tally::FAILURE } else { tally })
}

/// How many of them no test noticed, those of other crates asked too, and no sentence explains.
fn missed(
    clock: &Clock,
    places: &Places,
    asked: &Asked,
    found: &[Mutant],
    mut again: Command,
) -> Result<u64, Problem> {
    let page = page(places);
    let mut unexplained: Vec<Mutant> = page.unexplained(found).into_iter().cloned().collect();
    if !unexplained.is_empty() && !asked.more.is_empty() {
        clock.say(format_args!("asking {} about {}", asked.more.join(", "), unexplained.len()));
        for name in asked.more {
            again.arg("--test-package").arg(format!("fieldbook-{name}"));
        }
        unexplained.iter().for_each(|mutant| _ = again.arg("--re").arg(mutant.pattern()));
        let asked_again = tried(clock, places, asked, again, Some(AGAIN))?;
        let noticed = |it: &Mutant| asked_again.iter().any(|again| again.is_noticed() && again.is_same(it));
        unexplained.retain(|it| !noticed(it));
    }
    for mutant in &unexplained {
        clock.say(format_args!("nobody noticed, and no sentence of {PAGE} says why: {mutant}"));
    }
    Ok(unexplained.len() as u64)
}

/// How many cargo-mutants meant to try: it lists them before it begins.
fn planned(places: &Places, asked: &Asked) -> Option<usize> {
    let list = super::folder(places, asked).join("mutants.out/mutants.json");
    Some(std::fs::read_to_string(list).ok()?.matches("\"genre\"").count())
}

/// The files that the last commit changed. None where the clone has no commit before it.
fn changed(places: &Places) -> Vec<String> {
    git(places, &["diff", "--name-only", "HEAD^", "HEAD"]).lines().map(str::to_owned).collect()
}

fn git(places: &Places, words: &[&str]) -> String {
    let output = places.git(words.iter().copied()).output();
    let output = output.while_trying("ask git").ok().filter(|output| output.status.success());
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn chosen(changed: &[String], part: u32) -> Share {
    let is_of = |name: &str| {
        let folder = format!("crates/{name}/src/");
        changed.iter().any(|file| file.starts_with(&folder))
    };
    // What the device's store decides is known to the worlds, and takes too long for a share.
    let crates: Vec<&str> =
        CRATES.iter().map(|it| it.of).filter(|name| *name != "device-store" && is_of(name)).collect();
    if crates.is_empty() { Share::Part(part) } else { Share::Changed { since: "HEAD^", crates } }
}

/// Which part goes with a tree.
fn part(tree: &str) -> u32 {
    let number = tree.get(..8).and_then(|start| u32::from_str_radix(start, 16).ok());
    number.unwrap_or_default() % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_in_a_deciding_crate_is_tried_and_else_a_part() {
        let chosen =
            |files: &[&str]| chosen(&files.iter().map(|&file| file.to_owned()).collect::<Vec<_>>(), 7);
        assert_eq!(chosen(&[]), Share::Part(7));
        assert_eq!(
            chosen(&["crates/merge/tests/laws.rs", "docs/a.md", "crates/device-store/src/a.rs"]),
            Share::Part(7)
        );
        let both = ["crates/server-sync/src/apply.rs", "crates/merge/src/play.rs", "README.md"];
        let crates = vec!["merge", "server-sync"];
        assert_eq!(chosen(&both), Share::Changed { since: "HEAD^", crates });
    }

    #[test]
    fn every_tree_has_a_part() {
        assert_eq!(part("0000003d01"), 1);
        assert_eq!(part("ffffffff"), u32::MAX % PARTS);
        assert_eq!(part(""), 0);
    }
}
