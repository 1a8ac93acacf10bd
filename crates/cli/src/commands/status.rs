//! `fieldbook status`: where this device stands, also while another process syncs it.

use clap::Args;
use fieldbook_device::store::Facts;
use fieldbook_device::sync::{self, status::status};
use fieldbook_device::{Device, HomeFile, Running};
use fieldbook_model::{Cursor, DeviceId, WallTime};
use serde::Serialize;

use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;

/// Say where this device stands: what waits, what was refused, when it was last level
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook status --home till-a")]
pub struct Status {
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Everything there is to say.
struct Stand {
    words: String,
    facts: Facts,
    running: Option<Running>,
}

#[derive(Serialize)]
struct Answer<'a> {
    status: &'a str,
    workspace: &'a str,
    user: &'a str,
    server: &'a str,
    device_id: DeviceId,
    pending: u64,
    oldest: Option<WallTime>,
    conflicts: u64,
    rejected: u64,
    in_doubt: u64,
    last_success: Option<WallTime>,
    cursor: Cursor,
    syncing: Option<&'a Running>,
}

impl Status {
    /// Says it.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let stand = Stand::of(&device)?;
        match self.home.json {
            true => output::json(&stand.answer(device.file()))?,
            false => output::lines(stand.lines(device.file(), clock::wall()))?,
        }
        Ok(Exit::Done)
    }
}

/// The line of status where no loop runs in this process.
pub fn words(facts: &Facts) -> String {
    let facts = sync::Facts {
        pending: facts.pending(),
        oldest: facts.oldest_waiting,
        conflicts: facts.conflicts,
        rejected: facts.rejected,
        last_success: facts.last_success,
    };
    status(&facts, None).1
}

impl Stand {
    fn of(device: &Device) -> Result<Self, Failure> {
        let running = device.running();
        let facts = device.store().facts()?;
        let words = running.as_ref().map_or_else(|| words(&facts), |running| running.status.clone());
        Ok(Self { words, facts, running })
    }

    fn answer<'a>(&'a self, file: &'a HomeFile) -> Answer<'a> {
        Answer {
            status: &self.words,
            workspace: &file.workspace,
            user: &file.user,
            server: &file.server,
            device_id: file.device_id,
            pending: self.facts.pending(),
            oldest: self.facts.oldest_waiting,
            conflicts: self.facts.conflicts,
            rejected: self.facts.rejected,
            in_doubt: self.facts.in_doubt,
            last_success: self.facts.last_success,
            cursor: self.facts.cursor,
            syncing: self.running.as_ref(),
        }
    }

    fn lines(&self, file: &HomeFile, now: WallTime) -> Vec<String> {
        let Facts { conflicts, rejected, last_success, cursor, .. } = self.facts;
        let line = |name: &str, value: String| format!("{name:<13}{value}");
        let mut lines = vec![
            self.words.clone(),
            line("workspace", file.workspace.clone()),
            line("user", file.user.clone()),
            line("server", file.server.clone()),
            line("pending", self.pending(now)),
            line("conflicts", conflicts.to_string()),
            line("refused", rejected.to_string()),
            line("last level", last_success.map_or_else(|| "never".to_owned(), |at| since(at, now))),
            line("cursor", format!("version {} of epoch {}", cursor.version, cursor.epoch)),
        ];
        if let Some(Running { pid, since: at, .. }) = &self.running {
            lines.push(line("syncing", format!("by process {pid} since {at}")));
        }
        lines
    }

    fn pending(&self, now: WallTime) -> String {
        match (self.facts.pending(), self.facts.oldest_waiting) {
            (0, _) => "nothing".to_owned(),
            (pending, None) => pending.to_string(),
            (pending, Some(oldest)) => format!("{pending}, the oldest for {}", clock::age(oldest, now)),
        }
    }
}

fn since(then: WallTime, now: WallTime) -> String {
    format!("{then}, {} ago", clock::age(then, now))
}
