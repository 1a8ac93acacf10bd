//! `fieldbook history` and `fieldbook restore`: what was done to a record or by an action, and a way back to it.

use std::collections::BTreeMap;

use clap::Args;
use fieldbook_device::store::forms::{ActedForm, written_at};
use fieldbook_device::store::{Acted, Action, LogFilter};
use fieldbook_device::{About, Device, DeviceError};
use fieldbook_model::schema::{EDIT, Kind};
use fieldbook_model::{Change, Json, OpId, RecordId, Version, json};
use fieldbook_protocol::history::{HistoryLine, HistoryUnit};

use super::act::Shelf;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::grammar;
use crate::home::HomeArgs;
use crate::{interrupt, output, short};

/// Tell every change of a record, or of an action: who, when, what stood there before, what became of it
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook history --home till-a product:name=Chai

The server knows all of it. Where it cannot be reached, or with --own, this device tells its own part.")]
pub struct History {
    /// The record: TYPE:ID, or TYPE:FIELD=VALUE that only one has
    #[arg(required_unless_present = "op")]
    record: Option<String>,
    /// An action of this device, by its number in the log, or any by its id
    #[arg(long, value_name = "SEQ|ID", conflicts_with = "record")]
    op: Option<String>,
    /// Only what was done on this device
    #[arg(long)]
    own: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Bring back a deleted record, or the value that a field once had
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook restore --home till-a product:name=Chai --field note --version 1311"
)]
pub struct Restore {
    /// The record: TYPE:ID, or TYPE:FIELD=VALUE that only one has
    record: String,
    /// The field
    #[arg(long, requires = "version")]
    field: Option<String>,
    /// Gives it the value that this version of the history wrote, or wanted to write
    #[arg(long, requires = "field")]
    version: Option<u64>,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl History {
    /// Tells it.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let about = match (&self.op, &self.record) {
            (Some(op), _) => About::Op(op_id(&device, op)?),
            (None, Some(record)) => {
                let (of, id) = named(&device, record)?;
                About::Record(of, id)
            }
            (None, None) => return Err(Failure::wrong("of what? Write TYPE:ID, or --op SEQ")),
        };
        let (lines, _) = lines(&device, &about, self.own || self.home.offline)?;
        if lines.is_empty() && !output::in_json() {
            output::note(&format!(
                "Nothing is known of it here, in the workspace {}.",
                device.file().workspace
            ));
        }
        match output::in_json() {
            true => output::lines(lines.iter().map(json::write))?,
            false => {
                let mut told_of = Vec::new();
                for line in &lines {
                    told_of.extend(told(line, &names(&device, line)?));
                }
                output::lines(told_of.iter().map(|line| output::visible(line)))?;
            }
        }
        Ok(Exit::Done)
    }
}

impl Restore {
    /// Brings it back.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let (of, id) = named(&device, &self.record)?;
        let change = match (&self.field, self.version) {
            (Some(field), Some(version)) => {
                let about = About::Record(of.clone(), id);
                let (lines, all) = lines(&device, &about, self.home.offline)?;
                let value = value(&lines, field, Version(version), all)?;
                device.store().back(of, id, field, value)
            }
            _ => Change::Restore { of, id, base: Version::ZERO },
        };
        let acted = device.act(Action { action: EDIT.into(), key: None, changes: vec![change] })?;
        match output::in_json() {
            true => output::json(&ActedForm::from(acted))?,
            false => output::line(&restored(&acted))?,
        }
        Ok(Exit::Done)
    }
}

fn restored(acted: &Acted) -> String {
    format!("restored as op {}", acted.seq)
}

/// What a field was given at a version, or was to be given.
fn value(lines: &[HistoryLine], field: &str, version: Version, all: bool) -> Result<Json, Failure> {
    written_at(lines, field, version).ok_or_else(|| {
        Failure::wrong(match all {
            true => format!("version {version} wrote no {field}; `fieldbook history` tells which did"),
            false => format!(
                "what version {version} wrote is known to the server, which is out of reach; try again with a network"
            ),
        })
    })
}

fn named(device: &Device, record: &str) -> Result<(String, RecordId), Failure> {
    let schema = device.store().identity().schema.clone();
    grammar::record(record, &schema, &Shelf::new(device)?)
}

fn op_id(device: &Device, typed: &str) -> Result<OpId, Failure> {
    if let Ok(id) = OpId::parse(typed) {
        return Ok(id);
    }
    if let Ok(seq) = typed.parse() {
        return Ok(super::retry::entry(device, fieldbook_model::Seq(seq))?.op_id);
    }
    let filter = LogFilter { state: None, from: None, max: u32::MAX, newest_first: true };
    let ids: Vec<OpId> = device.store().log(filter)?.iter().map(|entry| entry.op_id).collect();
    short::find("action", typed, &ids)
}

/// From the server, which knows all; else from this device, and says so. Beside them whether they are all.
fn lines(device: &Device, about: &About, own: bool) -> Result<(Vec<HistoryLine>, bool), Failure> {
    if !own {
        let runtime = interrupt::runtime()?;
        match device.history(runtime.handle(), about) {
            Ok(mut lines) => {
                lines.extend(waiting(device, about)?);
                return Ok((lines, true));
            }
            Err(wiped @ DeviceError::Wiped { .. }) => return Err(wiped.into()),
            Err(error) => {
                let error = error.to_string();
                output::note(&format!(
                    "{}. This is what this device did itself:",
                    error.trim_end_matches('.')
                ));
            }
        }
    }
    Ok((own_lines(device, about)?, false))
}

fn own_lines(device: &Device, about: &About) -> Result<Vec<HistoryLine>, Failure> {
    Ok(match about {
        About::Record(of, id) => device.store().own_history(of, *id)?,
        About::Op(op) => device.store().own_history_of(*op)?,
    })
}

/// What this device did and the server has not ordered yet.
fn waiting(device: &Device, about: &About) -> Result<impl Iterator<Item = HistoryLine>, Failure> {
    Ok(own_lines(device, about)?.into_iter().filter(|line| line.version.is_none()))
}

/// What people call the records that a line's values refer to, by id.
fn names(device: &Device, line: &HistoryLine) -> Result<BTreeMap<String, String>, Failure> {
    let schema = device.store().identity().schema.clone();
    let mut names = BTreeMap::new();
    let Some(ty) = schema.find(&line.of) else { return Ok(names) };
    for unit in &line.units {
        let kind = ty.position(&unit.field).map(|place| &ty.fields[place].kind);
        let Some(Kind::Ref { to, .. }) = kind else { continue };
        for value in [&unit.before, &unit.after] {
            if let Json::Text(text) = value
                && let Ok(id) = RecordId::parse(text)
            {
                names.insert(text.clone(), device.store().label(to, id)?);
            }
        }
    }
    Ok(names)
}

fn told(line: &HistoryLine, names: &BTreeMap<String, String>) -> Vec<String> {
    let version = line.version.map_or_else(|| "-".to_owned(), |version| version.to_string());
    let synced = line.synced_at.map(|at| format!(", synced {at}")).unwrap_or_default();
    let ahead = if line.clock_ahead { " (that device's clock was ahead)" } else { "" };
    let life = line.outcome.as_deref().filter(|outcome| *outcome != "applied");
    let life = life.map(|outcome| format!(" ({})", spoken(outcome, line.other))).unwrap_or_default();
    let mut lines = vec![
        format!("{version:>8}  {}{life}", line.says),
        format!("          edited {}{synced}{ahead}", line.edited_at),
    ];
    let telling = |unit: &&HistoryUnit| unit.before != unit.after || unit.outcome != "applied";
    lines.extend(line.units.iter().filter(telling).map(|it| unit(it, names)));
    lines
}

fn unit(unit: &HistoryUnit, names: &BTreeMap<String, String>) -> String {
    let outcome = match unit.outcome.as_str() {
        "applied" => String::new(),
        other => format!("   ({})", spoken(other, unit.other)),
    };
    let [before, after] = [&unit.before, &unit.after].map(|value| shown(value, names));
    format!("          {}: {before} -> {after}{outcome}", unit.field)
}

/// What became of a write, for people.
fn spoken(outcome: &str, other: Option<Version>) -> String {
    let at = other.map(|version| format!(" version {version}")).unwrap_or_default();
    match outcome {
        "over" => format!("over{at}, which it had not seen"),
        "merged" => format!("together with{at}"),
        "lost-to-delete" => format!("not done: deleted by{at}"),
        "lost-to-edit" => format!("not done: edited by{at}"),
        "lost-to-choice" => format!("not done: decided otherwise at{at}"),
        "superseded" => format!("not done: outdone by{at}"),
        "not-undone" => format!("not undone: changed by{at}"),
        "already" => "it was so already".to_owned(),
        other => other.to_owned(),
    }
}

fn shown(value: &Json, names: &BTreeMap<String, String>) -> String {
    match value {
        Json::Null => "nothing".to_owned(),
        Json::Text(text) => names.get(text).unwrap_or(text).clone(),
        other => json::write(other),
    }
}
