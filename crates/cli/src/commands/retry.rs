//! `fieldbook retry` and `fieldbook discard`: what becomes of an action that was refused, or is held.

use clap::Args;
use fieldbook_device::Device;
use fieldbook_device::store::forms::MadeForm;
use fieldbook_device::store::{LogEntry, LogFilter, Which};
use fieldbook_model::op::Wanted;
use fieldbook_model::{Change, Fields, Json, OpId, Schema, Seq, json};

use super::undo::seq;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::grammar::{Meaning, meaning};
use crate::home::HomeArgs;
use crate::{output, short};

/// Send a refused action again, as it is or edited; what depended on it follows
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook retry --home till-a 12 phone=0301234

FIELD=VALUE replaces a value that the action writes; write TYPE.FIELD=VALUE where several records of it have the
field. --changes takes all changes anew, as a JSON list.")]
pub struct Retry {
    /// The action: its number in the log, or its id
    op: String,
    /// What to write in place of what was refused
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    /// All changes, in place of the old ones
    #[arg(long, value_name = "JSON", conflicts_with = "fields")]
    changes: Option<String>,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Give up an action that was refused or waits in a conflict; its data stays in the log
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook discard --home till-a 12")]
pub struct Discard {
    /// The action: its number in the log, its id, or the id of its conflict
    op: String,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Retry {
    /// Sends it again.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let seq = seq(&device, &self.op)?;
        let changes = self.edited(&device, seq)?;
        let acted = device.write(|store, moment| store.retry(moment, seq, changes))?;
        let mut again = acted.iter();
        if output::in_json() {
            let lines = acted.iter().map(|one| json::write(&MadeForm::from(one)));
            output::lines(lines)?;
            return Ok(Exit::Done);
        }
        if let Some(first) = again.next() {
            output::line(&format!("op {seq} is sent again as op {}", first.seq))?;
        }
        output::lines(again.map(|one| format!("what depended on it follows as op {}", one.seq)))?;
        Ok(Exit::Done)
    }

    fn edited(&self, device: &Device, seq: Seq) -> Result<Option<Vec<Change>>, Failure> {
        if let Some(text) = &self.changes {
            let wanted: Vec<Wanted> = json::parse(text).map_err(|error| {
                Failure::wrong(format!("--changes is no list of changes: {}", error.reason))
            })?;
            return Ok(Some(wanted.into_iter().map(|wanted| wanted.0).collect()));
        }
        if self.fields.is_empty() {
            return Ok(None);
        }
        let schema = device.store().identity().schema.clone();
        let mut changes = entry(device, seq)?.changes;
        for pair in &self.fields {
            replace(&schema, &mut changes, pair)?;
        }
        Ok(Some(changes))
    }
}

impl Discard {
    /// Gives it up.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let target = self.target(&device)?;
        let acted = device.write(|store, moment| store.discard(moment, target))?;
        let words = || format!("given up by op {}; its data stays in the log", acted.seq);
        output::answer(words, &MadeForm::from(&acted))?;
        Ok(Exit::Done)
    }

    /// An op of this device, or any conflict that waits.
    fn target(&self, device: &Device) -> Result<OpId, Failure> {
        if let Ok(number) = self.op.parse() {
            return Ok(entry(device, Seq(number))?.op_id);
        }
        let conflicts = device.store().conflicts(Which::Open)?;
        let ids: Vec<OpId> = conflicts.iter().map(|conflict| conflict.id).collect();
        match short::find("conflict", &self.op, &ids) {
            Ok(id) => Ok(id),
            Err(none) => match seq(device, &self.op) {
                Ok(seq) => Ok(entry(device, seq)?.op_id),
                Err(_) => Err(match none {
                    Failure::Said(_) if self.op.len() >= 4 => Failure::wrong(format!(
                        "there is no action and no open conflict {} on this device; sync, if another has it",
                        self.op
                    )),
                    none => none,
                }),
            },
        }
    }
}

/// An op of this device's log.
pub fn entry(device: &Device, seq: Seq) -> Result<LogEntry, Failure> {
    let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
    let found = device.store().log(filter)?.into_iter().find(|entry| entry.seq == seq);
    found.ok_or_else(|| Failure::wrong(format!("there is no action {seq} in this device's log")))
}

/// Puts a value in the place of the one that a change writes.
fn replace(schema: &Schema, changes: &mut [Change], pair: &str) -> Result<(), Failure> {
    let (name, text) = pair
        .split_once('=')
        .ok_or_else(|| Failure::wrong(format!("{pair:?} has no value; write FIELD=VALUE")))?;
    let (of, field) = name.split_once('.').map_or((None, name), |(of, field)| (Some(of), field));
    let mut slots = Vec::new();
    for change in changes.iter_mut().filter(|change| of.is_none_or(|of| change.of() == of)) {
        let ty = schema.find(change.of()).cloned();
        let Some((ty, slot)) = ty.zip(slot(change, field)) else { continue };
        slots.push((ty, slot));
    }
    let (ty, slot) = match slots.len() {
        1 => slots.remove(0),
        0 => return Err(Failure::wrong(format!("this action writes no {name}"))),
        _ => return Err(Failure::wrong(format!("this action writes {name} several times; use --changes"))),
    };
    let kind = ty.position(field).map(|place| &ty.fields[place].kind);
    let value = kind.map_or_else(|| Ok(Meaning::Value(Json::from(text))), |kind| meaning(kind, text));
    *slot = match value.map_err(|words| Failure::wrong(format!("{name}: {words}")))? {
        Meaning::Value(json) => json,
        Meaning::Record(_) => Json::from(text),
    };
    Ok(())
}

/// Where a change writes a field.
fn slot<'a>(change: &'a mut Change, field: &str) -> Option<&'a mut Json> {
    let find = |fields: &'a mut Fields| fields.0.iter_mut().find(|(name, _)| name == field);
    let entry = match change {
        Change::Insert { fields, .. } => find(fields),
        Change::Update { set, add, count, reset, .. } => {
            find(set).or_else(|| find(add)).or_else(|| find(count)).or_else(|| find(reset))
        }
        Change::Delete { .. } | Change::Restore { .. } => None,
    };
    entry.map(|(_, value)| value)
}
