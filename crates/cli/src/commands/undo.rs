//! `fieldbook undo` and `fieldbook redo`: whole actions back and forth, offline too.

use clap::Args;
use fieldbook_device::store::forms::StackForm;
use fieldbook_device::store::{Asks, LogFilter, OpState, StackEntry, Undone};
use fieldbook_device::{Device, DeviceError};
use fieldbook_model::{Code, OpId, Refusal, Seq, json};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::{output, short};

/// Take an action of this device back: the last one, or the one that is named
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook undo --home till-a

When a colleague changed meanwhile what the action wrote, undo asks: nothing is done, and it says what would
stay. With --anyway the rest goes back. Receipts and movements are taken back by what the schema names.")]
pub struct Undo {
    /// The action: its number in the log, or its id
    #[arg(long, value_name = "SEQ|ID")]
    op: Option<String>,
    /// Also when others changed something in between: what can go back does
    #[arg(long)]
    anyway: bool,
    /// Say what could be undone, the next first
    #[arg(long, conflicts_with_all = ["op", "anyway"])]
    list: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Do again what was undone last
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook redo --home till-a")]
pub struct Redo {
    /// Also when others changed something in between: what can go forth does
    #[arg(long)]
    anyway: bool,
    /// Say what could be done again, the next first
    #[arg(long, conflicts_with = "anyway")]
    list: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Answer<'a> {
    seq: Seq,
    op_id: OpId,
    of: Seq,
    says: &'a str,
    not_undone: &'a [String],
}

/// So many are listed.
const LISTED_MAX: u32 = 50;

impl Undo {
    /// Undoes.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        if self.list {
            return list(&device.store().undo_stack(LISTED_MAX)?, "Nothing can be undone.");
        }
        let target = self.op.as_deref().map(|typed| seq(&device, typed)).transpose()?;
        let undone = device.write(|store, moment| store.undo(moment, target, asks(self.anyway)));
        let undone = undone.map_err(asked)?;
        tell(&undone, "undid")
    }
}

impl Redo {
    /// Does it again.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        if self.list {
            return list(&device.store().redo_stack(LISTED_MAX)?, "Nothing can be done again.");
        }
        let undone = device.write(|store, moment| store.redo(moment, None, asks(self.anyway)));
        let undone = undone.map_err(asked)?;
        tell(&undone, "did again")
    }
}

/// What undo asks, with the way to answer it.
fn asked(error: DeviceError) -> Failure {
    match error {
        DeviceError::Refused(Refusal { code: Code::ChangedSince, field, words }) => {
            let words = format!("{words} To go on all the same, say --anyway.");
            Refusal { code: Code::ChangedSince, field, words }.into()
        }
        error => error.into(),
    }
}

fn asks(anyway: bool) -> Asks {
    if anyway { Asks::Anyway } else { Asks::First }
}

/// An action by its number in the log or its id.
pub fn seq(device: &Device, typed: &str) -> Result<Seq, Failure> {
    if let Ok(seq) = typed.parse() {
        return Ok(Seq(seq));
    }
    let filter = LogFilter { state: None, from: None, max: u32::MAX, newest_first: true };
    let log = device.store().log(filter)?;
    let ids: Vec<OpId> = log.iter().map(|entry| entry.op_id).collect();
    let id = short::find("action", typed, &ids)?;
    let found = log.iter().find(|entry| entry.op_id == id);
    found.map(|entry| entry.seq).ok_or_else(|| Failure::wrong(format!("there is no action {typed}")))
}

fn tell(undone: &Undone, verb: &str) -> Result<Exit, Failure> {
    let Undone { acted, of, says, was, not_undone } = undone;
    if output::in_json() {
        let (seq, op_id) = (acted.seq, acted.op_id);
        output::json(&Answer { seq, op_id, of: *of, says, not_undone })?;
        return Ok(Exit::Done);
    }
    output::line(&output::visible(&format!("{verb} op {of}: {says}")))?;
    if let Some(words) = state(*was) {
        output::note(words);
    }
    not_undone.iter().for_each(|words| output::note(&format!("stays as it is: {words}")));
    Ok(Exit::Done)
}

/// What a person should know about what is taken back.
fn state(was: OpState) -> Option<&'static str> {
    match was {
        OpState::Waiting | OpState::InFlight => {
            Some("It had not reached the server yet; both travel together.")
        }
        OpState::Conflicted => Some("It was waiting in a conflict, and is taken out of it."),
        OpState::LostBase => Some("It was waiting for what the server lost, and waits no longer."),
        OpState::Withdrawn => Some("It had been taken out of its conflict, so it is done as something new."),
        _ => None,
    }
}

fn list(stack: &[StackEntry], none: &str) -> Result<Exit, Failure> {
    if stack.is_empty() && !output::in_json() {
        output::note(none);
    }
    let line = |entry: &StackEntry| {
        let StackEntry { seq, says, created_at, .. } = entry;
        match output::in_json() {
            true => json::write(&StackForm::from(entry)),
            false => output::visible(&format!("{seq:>6}  {created_at}  {says}")),
        }
    };
    output::lines(stack.iter().map(line))?;
    Ok(Exit::Done)
}
