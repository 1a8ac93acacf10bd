//! `fieldbook conflicts`: what waits for a person, theirs and mine side by side.

use clap::Args;
use fieldbook_device::store::{Conflict, ConflictUnit, Which};
use fieldbook_model::{Fields, Json, OpId, RecordId, Schema, WallTime, json};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::{output, short};

/// List the conflicts that wait for a decision, theirs and mine side by side
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook conflicts --home till-a

\"mine\" is what the action that waits would write, \"theirs\" what is in force meanwhile. Settle one with
`fieldbook resolve ID`, or give the action up with `fieldbook discard ID`.")]
pub struct Conflicts {
    /// Those that are settled too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// A conflict for programs.
#[derive(Serialize)]
struct Answer<'a> {
    id: OpId,
    state: &'a str,
    #[serde(rename = "type")]
    of: &'a str,
    record: Option<RecordId>,
    label: &'a str,
    action: &'a str,
    by: &'a str,
    made_at: Option<WallTime>,
    theirs_by: &'a str,
    units: Vec<Unit<'a>>,
    held: u64,
    choice: Option<&'a str>,
    settled_by: Option<&'a str>,
    settled_at: Option<WallTime>,
}

#[derive(Serialize)]
struct Unit<'a> {
    #[serde(rename = "type")]
    of: &'a str,
    id: RecordId,
    label: &'a str,
    unit: Option<&'a str>,
    kind: &'a str,
    base: &'a Fields,
    theirs: Option<&'a Fields>,
    mine: Option<&'a Fields>,
}

impl Conflicts {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let which = if self.all { Which::All } else { Which::Open };
        let mut conflicts = device.store().conflicts(which)?;
        if self.home.json {
            output::lines(conflicts.iter().map(|conflict| json::write(&answer(conflict))))?;
            return Ok(Exit::Done);
        }
        // Several on one record are one matter for a person.
        conflicts.sort_by(|a, b| (&a.of, a.record, a.made_at).cmp(&(&b.of, b.record, b.made_at)));
        if conflicts.is_empty() {
            output::note("No conflict waits for a decision.");
        }
        let schema = device.store().identity().schema.clone();
        let ids: Vec<OpId> = conflicts.iter().map(|conflict| conflict.id).collect();
        let cards =
            conflicts.iter().flat_map(|conflict| card(&schema, conflict, &short::end(conflict.id, &ids)));
        output::lines(cards.map(|line| output::visible(&line)))?;
        Ok(Exit::Done)
    }
}

fn answer(conflict: &Conflict) -> Answer<'_> {
    Answer {
        id: conflict.id,
        state: &conflict.state,
        of: &conflict.of,
        record: conflict.record,
        label: &conflict.label,
        action: &conflict.action,
        by: &conflict.by,
        made_at: conflict.made_at,
        theirs_by: &conflict.theirs_by,
        units: conflict.units.iter().map(unit_answer).collect(),
        held: conflict.held,
        choice: conflict.choice.as_deref(),
        settled_by: conflict.settled_by.as_deref(),
        settled_at: conflict.settled_at,
    }
}

fn unit_answer(unit: &ConflictUnit) -> Unit<'_> {
    Unit {
        of: &unit.of,
        id: unit.id,
        label: &unit.label,
        unit: unit.unit.as_deref(),
        kind: &unit.kind,
        base: &unit.base,
        theirs: unit.theirs.as_ref(),
        mine: unit.mine.as_ref(),
    }
}

/// The widths of a card's columns: the field, theirs, mine.
const FIELD: usize = 20;
const SIDE: usize = 25;

fn card(schema: &Schema, conflict: &Conflict, id: &str) -> Vec<String> {
    let of = schema.find(&conflict.of).map_or_else(|| conflict.of.clone(), |ty| ty.spoken());
    let when = conflict.made_at.map(|at| format!(", made {at}")).unwrap_or_default();
    let mut lines = vec![
        format!("{id}  {of} {}: {} by {}{when}", conflict.label, conflict.action, conflict.by),
        row("", &format!("theirs ({})", conflict.theirs_by), &format!("mine ({})", conflict.by)),
    ];
    for unit in &conflict.units {
        lines.extend(rows(schema, conflict, unit));
    }
    match conflict.held {
        0 | 1 => {}
        2 => lines.push("    1 other action waits with it.".to_owned()),
        held => lines.push(format!("    {} other actions wait with it.", held - 1)),
    }
    lines.push(match (conflict.settled_by.as_deref(), conflict.state.as_str()) {
        (Some(who), state) => {
            let choice = conflict.choice.as_deref().map(|choice| format!(": {choice}")).unwrap_or_default();
            format!("    {state} by {who}{choice}")
        }
        (None, "open") => {
            format!("    fieldbook resolve {id} --mine | --theirs{}", by_field(schema, conflict))
        }
        (None, state) => format!("    {state}"),
    });
    lines.push(String::new());
    lines
}

/// How a value of one's own is given, where there is a field to give it to.
fn by_field(schema: &Schema, conflict: &Conflict) -> String {
    let mut units = conflict.units.iter().filter_map(|unit| {
        let ty = schema.find(&unit.of)?;
        unit.unit.as_deref().filter(|name| ty.position(name).is_some())
    });
    units.next().map(|field| format!(" | --field {field}=VALUE")).unwrap_or_default()
}

fn rows(schema: &Schema, conflict: &Conflict, unit: &ConflictUnit) -> Vec<String> {
    let mut lines = Vec::new();
    let same = (&unit.of, Some(unit.id)) == (&conflict.of, conflict.record);
    if !same {
        let of = schema.find(&unit.of).map_or_else(|| unit.of.clone(), |ty| ty.spoken());
        lines.push(format!("    of {of} {}", unit.label));
    }
    if unit.theirs.is_none() || unit.mine.is_none() || unit.unit.is_none() {
        let there = |side: &Option<Fields>| if side.is_some() { "is there" } else { "is deleted" };
        lines.push(row("the record", there(&unit.theirs), there(&unit.mine)));
    }
    let names = unit.theirs.iter().chain(&unit.mine).flat_map(|fields| &fields.0).map(|(name, _)| name);
    let mut told: Vec<&String> = Vec::new();
    for name in names {
        let [theirs, mine] = [&unit.theirs, &unit.mine].map(|side| value(side.as_ref(), name));
        if told.contains(&name) || (unit.unit.is_none() && theirs == mine) {
            continue;
        }
        told.push(name);
        let spoken = schema.find(&unit.of).and_then(|ty| Some(ty.fields[ty.position(name)?].spoken()));
        lines.push(row(&spoken.unwrap_or_else(|| name.clone()), &theirs, &mine));
        let was = value(Some(&unit.base), name);
        if unit.unit.is_some() && ![&theirs, &mine].contains(&&was) && unit.base.find(name).is_some() {
            lines.push(format!("    {:FIELD$}was {was}", ""));
        }
    }
    lines
}

fn row(field: &str, theirs: &str, mine: &str) -> String {
    let [field, theirs, mine] = [cut(field, FIELD - 1), cut(theirs, SIDE - 1), cut(mine, SIDE)];
    format!("    {field:FIELD$}{theirs:SIDE$}{mine}").trim_end().to_owned()
}

fn value(fields: Option<&Fields>, name: &str) -> String {
    match fields.and_then(|fields| fields.find(name)) {
        None | Some(Json::Null) => "nothing".to_owned(),
        Some(Json::Text(text)) => text.clone(),
        Some(other) => json::write(other),
    }
}

fn cut(text: &str, chars: usize) -> String {
    match text.chars().count() > chars {
        true => text.chars().take(chars - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
