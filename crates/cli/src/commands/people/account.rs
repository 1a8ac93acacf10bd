//! `fieldbook account`: the own account on the server.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fieldbook_device::{Asking, DeviceError, Trust};
use fieldbook_protocol::NoFingerprint;
use fieldbook_protocol::account::{
    AccountReply, DoneReply, EndReply, EndRequest, PasswordRequest, ResetRequest, SessionLine,
};

use super::{Among, Asks};
use crate::exit::Exit;
use crate::failure::{Failure, of_file};
use crate::password::{self, Asked, PasswordArgs};
use crate::table::{Shown, table};
use crate::{clock, interrupt, output};

/// Your account on the server: workspaces, sessions, password
#[derive(Debug, Subcommand)]
pub enum Account {
    Show(Show),
    Password(Password),
    End(End),
    Export(Export),
    Reset(Reset),
}

/// Show who you are, where you are a member, and which devices are signed in in your name
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook account show --home till-a")]
pub struct Show {
    #[command(flatten)]
    asks: Asks,
}

/// Change your password; every other device of yours is signed out
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook account password --home till-a

For scripts: FIELDBOOK_PASSWORD holds the password so far, FIELDBOOK_NEW_PASSWORD the new one.")]
pub struct Password {
    #[command(flatten)]
    asks: Asks,
}

/// End the session of one of your devices, or of all but this one; what they hold stays there
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook account end \"old phone\" --home till-a")]
pub struct End {
    /// The device, by its name or its id; without it all but this one
    device: Option<String>,
    #[command(flatten)]
    asks: Asks,
}

/// Save everything of yours that the server has: account, devices, what was decided, and the records that you may read with their histories and conflicts
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook account export --to mine.jsonl --home till-a

Asks for your password once more. Waits for nothing that this device has not sent: sync first.")]
pub struct Export {
    /// Where to; a file that is not there yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    asks: Asks,
}

/// Choose a new password with a code that whoever runs the server gave you
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook account reset fbr_… --server https://fieldbook.example.org --user ann"
)]
pub struct Reset {
    /// The code
    code: String,
    /// The address of the server
    #[arg(long, value_name = "URL")]
    server: String,
    /// Your name there
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Trust the one certificate with this fingerprint
    #[arg(long, value_name = "SHA-256", value_parser = trust)]
    fingerprint: Option<Trust>,
    #[command(flatten)]
    password: PasswordArgs,
}

impl Account {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Show(command) => command.run(),
            Self::Password(command) => command.run(),
            Self::End(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Reset(command) => command.run(),
        }
    }
}

impl Show {
    fn run(self) -> Result<Exit, Failure> {
        let told: AccountReply = self.asks.open("your account")?.ask(&Asking::account("account"))?;
        if output::in_json() {
            output::json(&told)?;
            return Ok(Exit::Done);
        }
        output::line(&output::visible(&told.user))?;
        let here = |id| if id == told.workspace_id { "this device's".to_owned() } else { String::new() };
        let rows = told
            .workspaces
            .iter()
            .map(|line| [line.name.clone(), line.role.clone(), here(line.id)].map(Shown::Text).to_vec());
        output::line(&table(&["workspace", "role", ""].map(str::to_owned), &rows.collect::<Vec<_>>()))?;
        let now = clock::wall();
        let rows = told.sessions.iter().map(|line| {
            let SessionLine { device, workspace, last_seen, device_id, .. } = line;
            let seen = format!("{} ago", clock::age(*last_seen, now));
            [device.clone(), workspace.clone(), seen, device_id.to_string()].map(Shown::Text).to_vec()
        });
        let columns = ["device", "workspace", "last seen", "id"].map(str::to_owned);
        output::line(&table(&columns, &rows.collect::<Vec<_>>()))?;
        Ok(Exit::Done)
    }
}

impl Password {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("changing your password")?;
        let user = voice.device.file().user.clone();
        let password = self.asks.password.read(&user, Asked::Once)?;
        let chosen = password::new(&user)?;
        let wish = PasswordRequest { password, new_password: chosen };
        let done: DoneReply = voice.ask(&Asking::account("auth/password").with(&wish))?;
        output::answer(|| "your password is changed; your other devices are signed out".to_owned(), &done)?;
        Ok(Exit::Done)
    }
}

impl End {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("ending a session")?;
        let told: AccountReply = voice.ask(&Asking::account("account"))?;
        let device_id = match &self.device {
            None => None,
            Some(named) => {
                let among = Among {
                    none: "is signed in in your name".to_owned(),
                    several: "several of your devices".to_owned(),
                    see: "fieldbook account show",
                };
                let devices = told.sessions.iter().map(|line| (line.device_id, line.device.as_str()));
                Some(among.one(named, devices)?)
            }
        };
        let wish = Asking::account("account/end").with(&EndRequest { device_id });
        let ended: EndReply = voice.ask(&wish)?;
        let words = || match ended.ended {
            1 => "1 device is signed out; what it holds stays there".to_owned(),
            count => format!("{count} devices are signed out; what they hold stays there"),
        };
        output::answer(words, &ended)?;
        Ok(Exit::Done)
    }
}

impl Export {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("an export of your account")?;
        let mut file = new_file(&self.to)?;
        let saved = voice.confirmed(|runtime| {
            let end = voice.device.export_account(runtime, (&self.to, &mut file))?;
            let synced = file.sync_all().map(|()| end);
            synced.map_err(|error| DeviceError::File { path: self.to.clone(), error })
        });
        // Half of one looks like a whole one to whoever opens it later.
        let end = saved.inspect_err(|_| drop(fs::remove_file(&self.to)))?;
        let words = || {
            let notes = output::plural(end.notes, "note");
            let records = output::plural(end.records, "record");
            let conflicts = output::plural(end.conflicts, "conflict");
            let changes = output::plural(end.changes, "change");
            let to = self.to.display();
            format!(
                "{to}: your account, {notes}, {records}, {conflicts}, {changes}; only you can read the file"
            )
        };
        output::answer(words, &end)?;
        Ok(Exit::Done)
    }
}

/// A file that was not there, readable for its owner only.
fn new_file(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        let words = format!("{}: {error}; name another place with --to FILE", path.display());
        Failure::new(Exit::Failed, of_file(&error), words)
    })
}

impl Reset {
    fn run(self) -> Result<Exit, Failure> {
        let password = self.password.read(&self.user, Asked::Twice)?;
        let request = ResetRequest { code: self.code, user: self.user, password };
        let trust = self.fingerprint.unwrap_or_default();
        let done = fieldbook_device::reset(&self.server, trust, &request);
        let done = interrupt::runtime()?.block_on(done)?;
        let words =
            || "your password is changed; sign each device in again: fieldbook device sign-in".to_owned();
        output::answer(words, &done)?;
        Ok(Exit::Done)
    }
}

/// Reads a fingerprint.
pub fn trust(text: &str) -> Result<Trust, String> {
    text.parse().map(Trust::Only).map_err(|error: NoFingerprint| error.to_string())
}
