//! A device as it is met from outside: its home, and the commands that say how it stands.

use std::path::PathBuf;
use std::process::Command;

use fieldbook_model::json;
use serde::Deserialize;

use crate::program::{self, Outcome, Program, text};

/// The workspace of every run.
pub const WORKSPACE: &str = "shop";
/// The password of every user.
pub const PASSWORD: &str = "correct horse battery";

/// A device's home.
#[derive(Debug, Clone)]
pub struct Device {
    pub name: String,
    pub home: PathBuf,
    pub program: Program,
}

/// Of `fieldbook status --json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Status {
    pub pending: u64,
    pub cursor: Cursor,
    pub says: String,
}

/// How far a device has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Cursor {
    pub epoch: u64,
    pub version: u64,
}

/// Of `fieldbook log --json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    pub seq: u64,
    pub op_id: String,
    pub key: Option<String>,
    pub state: String,
    pub code: Option<String>,
}

impl Device {
    /// A call on this device.
    pub fn call(&self, words: &[&str]) -> Command {
        let mut command = self.program.call(words);
        command.args(["--home", text(&self.home)]);
        command
    }

    /// Runs a call to its end.
    pub fn run(&self, words: &[&str]) -> Result<Outcome, String> {
        program::run(&mut self.call(words), "", None).map_err(|error| error.to_string())
    }

    /// Signs in.
    pub fn sign_in(&self, url: &str, user: &str) -> Result<(), String> {
        let words = ["device", "sign-in", "--server", url, "--workspace", WORKSPACE, "--user", user];
        let mut command = self.call(&words);
        let outcome = program::run(command.env("FIELDBOOK_PASSWORD", PASSWORD), "", None);
        well(outcome.map_err(|error| error.to_string())?, "sign-in").map(drop)
    }

    /// The lines of a call that must end well.
    pub fn lines(&self, words: &[&str]) -> Result<Vec<String>, String> {
        let out = well(self.run(words)?, words[0])?;
        Ok(out.lines().map(str::to_owned).collect())
    }

    /// What it shows, as canonical JSON lines.
    pub fn export(&self) -> Result<Vec<String>, String> {
        self.lines(&["export"])
    }

    /// How it stands.
    pub fn status(&self) -> Result<Status, String> {
        let lines = self.lines(&["status", "--json"])?;
        parsed(lines.first().map_or("", String::as_str))
    }

    /// Its whole log.
    pub fn log(&self) -> Result<Vec<Entry>, String> {
        let lines = self.lines(&["log", "--json", "--max", "1000000"])?;
        lines.iter().map(|line| parsed(line)).collect()
    }

    /// The conflicts that wait for a decision, by id.
    pub fn conflicts(&self) -> Result<Vec<String>, String> {
        #[derive(Deserialize)]
        struct Conflict {
            id: String,
        }
        let lines = self.lines(&["conflicts", "--json"])?;
        let mut ids = Vec::new();
        for line in &lines {
            ids.push(parsed::<Conflict>(line)?.id);
        }
        ids.sort();
        Ok(ids)
    }
}

/// The output of a call that must have ended well.
pub fn well(outcome: Outcome, what: &str) -> Result<String, String> {
    match outcome.is_well() {
        true => Ok(outcome.out),
        false => Err(format!("{what} ended with {:?}: {}", outcome.end, outcome.why())),
    }
}

/// A line of output.
pub fn parsed<T: serde::de::DeserializeOwned>(line: &str) -> Result<T, String> {
    json::parse(line).map_err(|error| format!("{} in {line:?}", error.reason))
}
