//! The demo's shop: its workspace and users, its two tills, and everything that is loaded through ops
//! like anyone's.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use super::ground::Ground;
use super::passwords::{Passwords, User};
use super::walk;
use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::{Handed, LastLine};
use crate::step::{Outcome, Step};

/// The workspace's name.
pub const WORKSPACE: &str = "shop";
const SCHEMA: &str = "apps/counter/schema.toml";
const RECORDS: &str = "apps/counter/demo";

/// One of the two devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Till {
    /// Ann's.
    A,
    /// Ben's.
    B,
}

impl Till {
    /// Its home in the demo's folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::A => "till-a",
            Self::B => "till-b",
        }
    }

    fn user(self) -> User {
        match self {
            Self::A => User::Ann,
            Self::B => User::Ben,
        }
    }
}

/// What it takes to work on the shop.
pub struct Shop<'a> {
    /// In front of each line.
    pub clock: &'a Clock,
    /// Where the program is.
    pub places: &'a Places,
    /// Where the data is.
    pub ground: &'a Ground,
    /// Of the users.
    pub passwords: &'a Passwords,
    /// The apps that the server hands out.
    pub apps: Option<PathBuf>,
}

impl Shop<'_> {
    /// The workspace and its users, before the server runs.
    pub fn found(&self) -> Result<(), Problem> {
        self.add(WORKSPACE, SCHEMA)
    }

    /// A workspace of both users.
    pub fn add(&self, workspace: &str, schema: &str) -> Result<(), Problem> {
        let data = self.text("server");
        self.run(&["admin", "workspace", "add", workspace, "--schema", schema, "--data", &data], None)?;
        [User::Ann, User::Ben].into_iter().try_for_each(|user| self.joins(workspace, user, "member"))
    }

    /// Somebody becomes a member of a workspace.
    pub fn joins(&self, workspace: &str, user: User, role: &str) -> Result<(), Problem> {
        let data = self.text("server");
        let words =
            ["admin", "user", "add", user.name(), "--workspace", workspace, "--role", role, "--data", &data];
        self.run(&words, Some(user)).map(drop)
    }

    /// Both tills, with everything on them.
    pub fn load(&self, url: &str) -> Result<(), Problem> {
        self.sign_in(Till::A, url)?;
        self.fill()?;
        self.sync(Till::A)?;
        self.sign_in(Till::B, url)?;
        self.sync(Till::B)?;
        self.count(Till::A)?;
        self.count(Till::B)
    }

    /// A till learns who uses it and where its server is, also when the server has moved.
    pub fn sign_in(&self, till: Till, url: &str) -> Result<(), Problem> {
        self.signs_in(url, WORKSPACE, till.user(), till.folder())
    }

    /// The same of any device in the demo's folder.
    pub fn signs_in(&self, url: &str, workspace: &str, user: User, folder: &str) -> Result<(), Problem> {
        let (home, name) = (self.text(folder), user.name());
        let words =
            ["device", "sign-in", "--server", url, "--workspace", workspace, "--user", name, "--home", &home];
        self.run(&words, Some(user)).map(drop)
    }

    /// The workspace has the schema of this program, also when it was made by an older one.
    pub fn follow(&self) -> Result<(), Problem> {
        self.bring(WORKSPACE, SCHEMA).map(drop)
    }

    /// Brings a workspace to the schema of this program. Whether there is such a workspace.
    pub fn bring(&self, workspace: &str, schema: &str) -> Result<bool, Problem> {
        let data = self.text("server");
        let listed = self.run(&["--json", "admin", "workspace", "list", "--data", &data], None)?.stdout;
        let name = format!("\"workspace\":\"{workspace}\"");
        let Some(line) = listed.lines().find(|line| line.contains(&name)) else { return Ok(false) };
        let ours = self.run(&["--json", "schema", "check", schema], None)?.stdout;
        if number(line, "\"schema_version\":") < number(&ours, "\"version\":") {
            let lap = self.clock.phase(&format!("bringing {workspace} to the schema of this version"));
            self.run(&["admin", "workspace", "schema", workspace, schema, "--data", &data], None)?;
            lap.done();
        }
        Ok(true)
    }

    /// A till opens in this program.
    pub fn look(&self, till: Till) -> Result<(), Problem> {
        self.run(&["status", "--home", &self.text(till.folder())], None).map(drop)
    }

    /// The server as a command that is not yet started.
    pub fn serve(&self, port: u16) -> Command {
        let mut serve = self.program(&[
            "serve",
            "--data",
            &self.text("server"),
            "--listen",
            &format!("127.0.0.1:{port}"),
        ]);
        if let Some(apps) = &self.apps {
            serve.arg("--apps").arg(apps);
        }
        serve
    }

    /// The shop's records as ops of till A, all through one process.
    fn fill(&self) -> Result<(), Problem> {
        let lap = self.clock.phase("loading the shop on till A");
        let lines = self.run(&["demo", RECORDS], None)?.stdout;
        let all = self.write(lines, Till::A.folder())?;
        lap.end(&format!("{all} actions"));
        Ok(())
    }

    /// Actions, one for each line, on a device. How many.
    pub fn write(&self, lines: String, device: &str) -> Result<usize, Problem> {
        let taken = Arc::default();
        let progress = Handed { all: lines.lines().count(), taken: Arc::clone(&taken) };
        let all = progress.all;
        let words = ["act", "-", "--home", &self.text(device)];
        let step = Step::new(self.program(&words), progress).fed(lines.into_bytes(), taken);
        came_out(&words, step.run(self.clock).while_trying("start the program")?)?;
        Ok(all)
    }

    fn sync(&self, till: Till) -> Result<(), Problem> {
        let lap = self.clock.phase(&format!("syncing {} with the server", till.folder()));
        self.run(&["sync", "--wait", "--home", &self.text(till.folder())], None)?;
        lap.done();
        Ok(())
    }

    /// The shop's control totals must be there to the last digit.
    fn count(&self, till: Till) -> Result<(), Problem> {
        let outcome = self.run(&["query", "--home", &self.text(till.folder()), walk::TOTALS], None)?;
        for total in [walk::LINE_TOTAL, walk::UNITS_LOADED] {
            if !walk::shows(&outcome.stdout, total) {
                let found = outcome.stdout;
                return Err(Problem::failed(format!("{} does not come to {total}:\n{found}", till.folder())));
            }
        }
        let (lines, units) = (walk::LINE_TOTAL, walk::UNITS_LOADED);
        self.clock
            .say(format_args!("{} holds the shop: lines of {lines}, {units} units in stock", till.folder()));
        Ok(())
    }

    /// Runs the program to its end, as a user where a password is asked for.
    pub fn run(&self, words: &[&str], user: Option<User>) -> Result<Outcome, Problem> {
        let mut command = self.program(words);
        match user {
            Some(user) => command.env("FIELDBOOK_PASSWORD", self.passwords.of(user)),
            None => command.env_remove("FIELDBOOK_PASSWORD"),
        };
        came_out(
            words,
            Step::new(command, LastLine::default()).run(self.clock).while_trying("start the program")?,
        )
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut command = self.places.command(self.places.program());
        // The demo is thrown away with its folder, and leaves nothing in anybody's keyring.
        command.args(words).env_remove("FIELDBOOK_HOME").env("FIELDBOOK_KEYS", "file");
        command
    }

    /// Where something lies in the demo's folder.
    pub fn text(&self, name: &str) -> String {
        let path: PathBuf = self.ground.path(name);
        self.places.typed(&path).display().to_string()
    }
}

/// The number behind a key, in a line of JSON.
fn number(text: &str, key: &str) -> Option<u32> {
    let rest = text.split_once(key)?.1;
    let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn came_out(words: &[&str], outcome: Outcome) -> Result<Outcome, Problem> {
    if outcome.success {
        return Ok(outcome);
    }
    Err(Problem::failed(format!("{}\n\n`fieldbook {}` failed.", outcome.tail(20), words.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_behind_its_key() {
        let line = r#"{"workspace":"shop","schema":"counter","schema_version":2,"version":31}"#;
        assert_eq!(number(line, "\"schema_version\":"), Some(2));
        assert_eq!(number(line, "\"version\":"), Some(31));
        assert_eq!(number(line, "\"epoch\":"), None);
    }
}
