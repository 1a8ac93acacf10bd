//! What the libraries we stand on may be (`deny.toml`): licences, places and bans with every test run, advisories by
//! `cargo xtask audit`, for which the list of them is fetched.

use std::process::ExitCode;

use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::{Outcome, Step};
use crate::tools::Tool;

/// Built without optimising: it is built once, and runs for three seconds.
const TOOL: Tool =
    Tool { name: "cargo-deny", version: "0.20.2", with: &["--debug", "--config", "profile.dev.debug=false"] };

/// What needs no network, each as it is called and as a sentence.
pub const CHECKS: [(&str, &str); 3] = [
    ("licenses", "each library has a licence that deny.toml allows"),
    ("bans", "no library is one that deny.toml bans"),
    ("sources", "each library comes from crates.io"),
];

/// Asks for what needs no network: each check with what is wrong about it.
pub fn check(clock: &Clock, places: &Places) -> Result<[Vec<String>; 3], Problem> {
    let outcome = ran(clock, places, &CHECKS.map(|(name, _)| name))?;
    let told = || outcome.tail(60).lines().map(str::to_owned).collect::<Vec<_>>();
    Ok(CHECKS.map(|(name, _)| if is_ok(&outcome.stdout, name) { Vec::new() } else { told() }))
}

/// `cargo xtask audit`: whether anything is known against a library that we stand on.
pub fn audit(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    let lap = clock.phase("asking for advisories");
    let outcome = ran(&clock, places, &["advisories"])?;
    if !is_ok(&outcome.stdout, "advisories") {
        println!("{}", outcome.tail(200));
        lap.end("FAILED");
        return Err(Problem::failed(why(&outcome)));
    }
    lap.end("nothing is known against any library from crates.io");
    let lap = clock.phase("asking for advisories about what the web apps stand on");
    let mut npm = places.command("npm");
    npm.args(["audit", "--omit=dev"]);
    let outcome = Step::new(npm, LastLine::default()).run(&clock).while_trying("start npm")?;
    if !outcome.success {
        println!("{}", outcome.tail(200));
        lap.end("FAILED");
        return Err(Problem::failed(
            "Something is known against a library from npm, or the registry did not answer; it stands above. \
             docs/howto/release.md says what to do about an advisory.",
        ));
    }
    lap.end("nothing is known against any library from npm");
    Ok(ExitCode::SUCCESS)
}

/// What stands in the way, and what to do about it.
fn why(outcome: &Outcome) -> &'static str {
    match outcome.said.contains("failed to fetch advisory database") {
        true => {
            "The list of advisories (https://github.com/RustSec/advisory-db) cannot be fetched: this needs git and the \
             network. Nothing was checked."
        }
        false => {
            "Something is known against a library, or the program failed; it stands above. docs/howto/release.md says what to \
             do about an advisory."
        }
    }
}

fn ran(clock: &Clock, places: &Places, checks: &[&str]) -> Result<Outcome, Problem> {
    let program = TOOL.installed(clock, places)?;
    let mut command = places.command(program);
    command.args(["--locked", "--color", "never", "--log-level", "warn", "check", "--hide-inclusion-graph"]);
    command.args(checks);
    Step::new(command, LastLine::default()).run(clock).while_trying("start cargo-deny")
}

/// Of the line that it ends with: `bans ok, licenses FAILED, sources ok`.
fn is_ok(said: &str, check: &str) -> bool {
    let last = said.lines().last().unwrap_or_default();
    last.split(", ").any(|part| part == format!("{check} ok"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_well_when_the_last_line_says_so() {
        let said = "error[rejected]: failed\nbans ok, licenses FAILED, sources ok\n";
        assert!(is_ok(said, "bans") && is_ok(said, "sources") && !is_ok(said, "licenses"));
        assert!(!is_ok(said, "advisories") && !is_ok("", "bans"));
    }

    #[test]
    fn without_the_network_nothing_was_checked_and_that_is_said() {
        let outcome = |said: &str| Outcome { success: false, stdout: String::new(), said: said.to_owned() };
        let offline = outcome("[ERROR] failed to fetch advisory database https://…: failed to clone\n");
        assert!(why(&offline).ends_with("Nothing was checked."));
        assert!(why(&outcome("error[vulnerability]: …\nadvisories FAILED\n")).contains("release.md"));
    }
}
