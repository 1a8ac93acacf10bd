//! `fieldbook sync`: the loop that carries ops to the server and news back; one process for each home.

use std::time::Duration;

use clap::Args;
use fieldbook_device::store::Facts;
use fieldbook_device::sync::status::Facts as Stand;
use fieldbook_device::sync::trouble::Kind;
use fieldbook_device::sync::{Conditions, Trouble};
use fieldbook_device::{Device, DeviceError, Until};
use serde::Serialize;

use super::compare::{Comparison, not_compared};
use super::status::{WordsArgs, line};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::home::HomeArgs;
use crate::progress::Progress;
use crate::{interrupt, output};

/// Sync with the server: until Ctrl-C, or with --wait until everything is sent and here
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook sync --home till-a --wait

With --compare it says at the end how many records were compared, and which part of the workspace differed. A
device compares by itself once a day; docs/guide/recovery.md tells what becomes of a difference.")]
pub struct Sync {
    /// End when everything is sent and this device is level with the server
    #[arg(long)]
    wait: bool,
    /// As --wait, and compare all that is here with the server; where it differs, everything is fetched again
    #[arg(long, conflicts_with = "offline")]
    compare: bool,
    /// With --wait: give up when nothing was heard from the server for so long
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// The network costs by the byte: bundle lightly
    #[arg(long)]
    metered: bool,
    /// The battery is low: bundle what is sent, wait longer after trouble
    #[arg(long)]
    low_battery: bool,
    /// Nobody looks: pull now and then in place of listening
    #[arg(long)]
    hidden: bool,
    #[command(flatten)]
    words: WordsArgs,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Said once, of a folder whose log the server knows to be longer.
const PUT_BACK: &str = "note: this folder is a copy of another, or was put back to an earlier state. It goes on as a device of its own; nothing that was sent is lost.";

/// What a finished sync came to.
#[derive(Serialize)]
struct Answer<'a> {
    status: &'a str,
    sent: u64,
    versions: u64,
    pending: u64,
    rejected: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Comparison>,
}

#[derive(Serialize)]
struct Line<'a> {
    status: &'a str,
}

impl Sync {
    /// Syncs.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        if self.home.offline {
            return self.queue(&device);
        }
        let Self { metered, low_battery, hidden, .. } = self;
        device.surround(Conditions { no_network: false, metered, low_battery, hidden });
        match self.wait || self.compare {
            true => self.until_level(&device),
            false => self.until_stopped(&device),
        }
    }

    /// What would be sent.
    fn queue(&self, device: &Device) -> Result<Exit, Failure> {
        let facts = device.store().facts()?;
        self.say(&line(&facts, self.words.of(device)))?;
        Ok(Exit::Done)
    }

    fn until_stopped(&self, device: &Device) -> Result<Exit, Failure> {
        let (runtime, mut told) = (interrupt::runtime()?, Ok(()));
        let stop = interrupt::stop(&runtime);
        let (vocabulary, mut last) = (self.words.of(device), String::new());
        device.sync(runtime.handle(), Until::Stopped, &stop.bell, |facts| {
            let line = facts.line(vocabulary);
            if told.is_ok() && line != last {
                told = self.say(&line);
                last = line;
            }
            if told.is_err() {
                stop.bell.notify_one();
            }
        })?;
        told.map(|()| Exit::Done)
    }

    fn until_level(&self, device: &Device) -> Result<Exit, Failure> {
        let (before, begin) = (device.store().facts()?, clock::wall());
        let log = device.store().identity().device_id;
        let mut status = self.become_level(device)?;
        let mut compared = None;
        if self.compare {
            // Of all that was sent and came before.
            device.store().want_compare()?;
            status = self.become_level(device)?;
            if device.store().wants_compare()? {
                return Err(not_compared());
            }
            compared = Comparison::of(device, begin)?;
        }
        let after = device.store().facts()?;
        if device.store().identity().device_id != log {
            output::note(PUT_BACK);
        }
        if let Some(words) = clock::off(after.off_ms) {
            output::note(&format!("note: this device's clock is {words}."));
        }
        self.level(&before, &after, (&status, compared))
    }

    /// Syncs until everything is level; gives the last status.
    fn become_level(&self, device: &Device) -> Result<String, Failure> {
        let runtime = interrupt::runtime()?;
        let stop = interrupt::stop(&runtime);
        let until = Until::Level { patience: self.timeout };
        let (vocabulary, mut last) = (self.words.of(device), String::new());
        let progress = Progress::of_parts();
        let level = device.sync(runtime.handle(), until, &stop.bell, |facts| {
            last = facts.line(vocabulary);
            progress.part(part(facts), facts.progress());
        });
        drop(progress);
        match level {
            Err(DeviceError::Call { trouble, said }) => {
                Err(gave_up(&trouble, said, &device.store().facts()?))
            }
            // Of a device that was wiped there are no facts.
            Err(error) => Err(error.into()),
            Ok(()) if stop.is_wished() => {
                let words = format!("stopped before everything was sent; {}", safe(&device.store().facts()?));
                Err(Failure::new(Exit::Failed, "stopped", words))
            }
            Ok(()) => Ok(last),
        }
    }

    fn level(
        &self,
        before: &Facts,
        after: &Facts,
        (status, compared): (&str, Option<Comparison>),
    ) -> Result<Exit, Failure> {
        let sent = before.waiting + (after.last.0 - before.last.0) - after.waiting;
        let versions = after.cursor.version.0.saturating_sub(before.cursor.version.0);
        if output::in_json() {
            let (pending, rejected) = (after.pending(), after.rejected);
            let compared = compared.clone();
            output::json(&Answer { status, sent, versions, pending, rejected, compared })?;
        } else {
            let (head, ops) = (after.cursor.version, if sent == 1 { "op" } else { "ops" });
            output::line(&format!(
                "sent {sent} {ops}; level at version {head}, {versions} more than before"
            ))?;
            output::line(status)?;
        }
        match compared {
            Some(compared) if output::in_json() => compared.end(),
            Some(compared) => compared.tell(),
            None => Ok(Exit::Done),
        }
    }

    fn say(&self, status: &str) -> Result<(), Failure> {
        match output::in_json() {
            true => output::json(&Line { status }),
            false => output::line(status),
        }
    }
}

/// How far sending is, else receiving, of how much.
fn part(facts: &Stand) -> Option<(u64, u64)> {
    let received = facts.download.and_then(|download| download.percent()).map(|percent| (percent, 100));
    facts.upload.or(received)
}

/// Why it did not become level, and that nothing is lost by that.
fn gave_up(trouble: &Trouble, said: Option<String>, facts: &Facts) -> Failure {
    let words = match trouble.kind() {
        Kind::SignIn => "signed out: sign in again with `fieldbook device sign-in`".to_owned(),
        _ => said.unwrap_or_else(|| trouble.to_string()),
    };
    Failure::new(failure::exit(trouble), trouble.code(), format!("{words}; {}", safe(facts)))
}

fn safe(facts: &Facts) -> String {
    match facts.pending() {
        0 => "nothing waits on this device".to_owned(),
        1 => "1 op waits and is safe on this device".to_owned(),
        pending => format!("{pending} ops wait and are safe on this device"),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "a number of seconds such as 10 or 0.5".to_owned())
}
