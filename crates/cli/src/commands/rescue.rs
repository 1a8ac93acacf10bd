//! `fieldbook rescue`: what a folder with a damaged database had not sent, brought over into another.

use std::path::PathBuf;

use clap::Args;
use fieldbook_device::store::Rescued;
use fieldbook_device::{Device, DeviceError, HomeFile};
use fieldbook_model::{SealedOp, Seq};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Bring over what a folder with a damaged database had not sent; or print it
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook rescue till-a --into till-a-new

Sign in with the new folder first, and sync it. The damaged folder is only read: run it as often as you like, each action is
done once. Without --into the actions are printed as they were made, one a line.")]
pub struct Rescue {
    /// The damaged folder
    #[arg(value_name = "DIR")]
    from: PathBuf,
    /// The folder that takes them
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// What became of one action.
#[derive(Serialize)]
struct Line<'a> {
    /// Its place in the damaged log.
    seq: Seq,
    action: &'a str,
    /// Its place in the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<Seq>,
    /// Why it stays out.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

impl Rescue {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        let (file, rescued) = fieldbook_device::rescue(&self.from)?;
        told(&rescued);
        let Some(into) = &self.into else {
            output::lines(rescued.ops.iter().map(|op| op.text.clone()))?;
            return Ok(Exit::Done);
        };
        let device = Device::open(into)?;
        same(&file, device.file())?;
        if device.store().facts()?.cursor.version.0 == 0 {
            return Err(Failure::wrong("sync the new folder first: fieldbook sync --wait --home DIR"));
        }
        let mut left = 0;
        for op in &rescued.ops {
            let (here, words) = match device.write(|store, moment| store.take_rescued(moment, op)) {
                Ok(acted) => (Some(acted.seq), None),
                Err(DeviceError::Refused(refusal)) => (None, Some(refusal.words)),
                Err(error) => return Err(error.into()),
            };
            left += u64::from(here.is_none());
            line(op, here, words)?;
        }
        let whole = left == 0 && rescued.unreadable.is_empty();
        if left > 0 {
            let actions = output::plural(left, "action");
            output::note(&format!(
                "{actions} stayed out: `fieldbook rescue` without --into prints them, to be done by hand"
            ));
        }
        Ok(if whole { Exit::Done } else { Exit::Refused })
    }
}

fn line(op: &SealedOp, here: Option<Seq>, words: Option<String>) -> Result<(), Failure> {
    let line = Line { seq: op.op.seq, action: &op.op.action, here, words };
    let words = || match (&line.here, &line.words) {
        (Some(here), _) => format!("op {} is op {here} here", line.seq),
        (None, words) => format!("op {} stays out: {}", line.seq, words.as_deref().unwrap_or_default()),
    };
    output::answer(words, &line)
}

/// What can be read, and what cannot.
fn told(rescued: &Rescued) {
    output::note(&format!("{} not sent can be read", output::plural(rescued.ops.len() as u64, "action")));
    for (from, to) in &rescued.unreadable {
        output::note(&match to {
            Some(to) if to == from => format!("op {from} cannot be read any more"),
            Some(to) => format!("ops {from} to {to} cannot be read any more"),
            None => format!("nothing can be read any more from op {from} on"),
        });
    }
}

/// What one person did in one workspace is done in no other name.
fn same(from: &HomeFile, into: &HomeFile) -> Result<(), Failure> {
    if (from.workspace_id, from.user_id) == (into.workspace_id, into.user_id) {
        return Ok(());
    }
    Err(Failure::wrong(format!(
        "the damaged folder is that of {} in {}, and the new one that of {} in {}: sign in as the same person",
        from.user, from.workspace, into.user, into.workspace
    )))
}
