//! Programs that cargo installs, beside what is built, so that nothing of the person's own changes.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;

/// What is installed of crates.io, in one version.
pub struct Tool {
    /// The crate, and its program.
    pub name: &'static str,
    /// The version that is meant.
    pub version: &'static str,
    /// What else `cargo install` is told.
    pub with: &'static [&'static str],
}

impl Tool {
    /// The program. It is installed where it is missing, or another version is there.
    pub fn installed(&self, clock: &Clock, places: &Places) -> Result<PathBuf, Problem> {
        let Self { name, version, with } = self;
        let root = places.target.join("tools");
        let program = root.join("bin").join(name);
        let list = fs::read_to_string(root.join(".crates.toml")).unwrap_or_default();
        if program.is_file() && self.is_in(&list) {
            return Ok(program);
        }
        clock.say(format_args!("installing {name} {version} into {}", places.typed(&root).display()));
        let mut command = places.cargo(["install", name, "--locked", "--force", "--version", version]);
        command.args(*with).args([OsStr::new("--root"), root.as_os_str()]);
        let installed = Step::new(command, LastLine::default()).run(clock).while_trying("start cargo")?;
        match installed.success {
            true => Ok(program),
            false => Err(Problem::Needs(installed.tail(20))),
        }
    }

    /// Whether this version is in the list that cargo keeps of what it installed.
    fn is_in(&self, list: &str) -> bool {
        let Self { name, version, .. } = self;
        let line = format!("\"{name} {version} ");
        list.lines().any(|it| it.starts_with(&line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_there_in_its_version_only() {
        let list = "[v1]\n\"cargo-deny 0.20.2 (registry+https)\" = [\"cargo-deny\"]\n";
        let tool = |name, version| Tool { name, version, with: &[] };
        assert!(tool("cargo-deny", "0.20.2").is_in(list));
        assert!(!tool("cargo-deny", "0.20").is_in(list));
        assert!(!tool("deny", "0.20.2").is_in(list));
        assert!(!tool("cargo-deny", "0.20.2").is_in(""));
    }
}
