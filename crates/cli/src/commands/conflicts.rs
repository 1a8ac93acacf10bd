//! `fieldbook conflicts`: what waits for a person, theirs and mine side by side.

use std::collections::BTreeMap;

use clap::Args;
use fieldbook_device::Device;
use fieldbook_device::store::forms::ConflictForm;
use fieldbook_device::store::{Conflict, ConflictUnit, Which};
use fieldbook_model::schema::Kind;
use fieldbook_model::{Fields, Json, OpId, RecordId, Schema, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::{output, short};

/// List the conflicts that wait for a decision, theirs and mine side by side
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook conflicts --home till-a

\"theirs\" is what is in force meanwhile, \"mine\" what the action that waits would write, whoever did it. Settle one
with `fieldbook resolve ID`, or give the action up with `fieldbook discard ID`.")]
pub struct Conflicts {
    /// Those that are settled too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Conflicts {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let which = if self.all { Which::All } else { Which::Open };
        let mut conflicts = device.store().conflicts(which)?;
        if output::in_json() {
            output::lines(conflicts.iter().map(|conflict| json::write(&ConflictForm::from(conflict))))?;
            return Ok(Exit::Done);
        }
        // Several on one record are one matter for a person.
        conflicts.sort_by(|a, b| (&a.of, a.record, a.made_at).cmp(&(&b.of, b.record, b.made_at)));
        if conflicts.is_empty() {
            output::note(&format!(
                "No conflict waits for a decision in the workspace {}.",
                device.file().workspace
            ));
        }
        let schema = device.store().identity().schema.clone();
        let ids: Vec<OpId> = conflicts.iter().map(|conflict| conflict.id).collect();
        let mut cards = Vec::new();
        for conflict in &conflicts {
            let names = names(&device, &schema, conflict)?;
            cards.extend(Card { schema: &schema, conflict, names }.lines(&short::end(conflict.id, &ids)));
        }
        output::lines(cards.iter().map(|line| output::visible(line)))?;
        Ok(Exit::Done)
    }
}

/// The widths of a card's columns: the field, theirs, mine.
const FIELD: usize = 20;
const SIDE: usize = 30;

/// What people call the records that a conflict's values refer to.
fn names(device: &Device, schema: &Schema, conflict: &Conflict) -> Result<BTreeMap<String, String>, Failure> {
    let mut names = BTreeMap::new();
    for unit in &conflict.units {
        let Some(ty) = schema.find(&unit.of) else { continue };
        for (name, value) in unit.theirs.iter().chain(&unit.mine).flat_map(|fields| &fields.0) {
            let kind = ty.position(name).map(|place| &ty.fields[place].kind);
            if let (Some(Kind::Ref { to, .. }), Json::Text(text)) = (kind, value)
                && let Ok(id) = RecordId::parse(text)
            {
                names.insert(text.clone(), device.store().label(to, id)?);
            }
        }
    }
    Ok(names)
}

/// A conflict as a person reads it.
struct Card<'c> {
    schema: &'c Schema,
    conflict: &'c Conflict,
    /// What people call the records that the values refer to, by id.
    names: BTreeMap<String, String>,
}

impl Card<'_> {
    fn lines(&self, id: &str) -> Vec<String> {
        let conflict = self.conflict;
        let when = conflict.made_at.map(|at| format!(", made {at}")).unwrap_or_default();
        if conflict.is_closed_to_reader() {
            return vec![
                format!("{id}  {} by {}{when}", conflict.action, conflict.by),
                "    You may no longer read what this is about. Somebody who may decides; until then it waits.".to_owned(),
                String::new(),
            ];
        }
        let named = self.named(&conflict.of, &conflict.label);
        let mut lines = vec![
            format!("{id}  {named}: {} by {}{when}", conflict.action, conflict.by),
            row(
                "",
                &format!("theirs: in force, {}", conflict.theirs_by),
                &format!("mine: waits, {}", conflict.by),
            ),
        ];
        for unit in &conflict.units {
            lines.extend(self.rows(unit));
        }
        match conflict.held {
            0 | 1 => {}
            2 => lines.push("    1 other action waits with it.".to_owned()),
            held => lines.push(format!("    {} other actions wait with it.", held - 1)),
        }
        lines.push(match (conflict.settled_by.as_deref(), conflict.state.as_str()) {
            (Some(who), state) => {
                let choice =
                    conflict.choice.as_deref().map(|choice| format!(": {choice}")).unwrap_or_default();
                format!("    {state} by {who}{choice}")
            }
            (None, "open") => format!("    fieldbook resolve {id} --mine | --theirs{}", self.by_field()),
            (None, state) => format!("    {state}"),
        });
        lines.push(String::new());
        lines
    }

    /// "customer Alfreds"; of a record that people do not name "a payment".
    fn named(&self, of: &str, label: &str) -> String {
        let spoken = self.schema.find(of).map_or_else(|| of.to_owned(), |ty| ty.spoken());
        match label.ends_with(&format!(" {spoken}")) {
            true => label.to_owned(),
            false => format!("{spoken} {label}"),
        }
    }

    /// How a value of one's own is given, where there is a field to give it to; and what a choice means that is not of
    /// one value or another.
    fn by_field(&self) -> String {
        let mut units = self.conflict.units.iter();
        if units.clone().any(|unit| unit.kind == "unique") {
            return "   (mine keeps both records, theirs only the first)".to_owned();
        }
        let field = units.find_map(|unit| {
            let ty = self.schema.find(&unit.of)?;
            unit.unit.as_deref().filter(|name| ty.position(name).is_some())
        });
        field.map(|field| format!(" | --field {field}=VALUE")).unwrap_or_default()
    }

    fn rows(&self, unit: &ConflictUnit) -> Vec<String> {
        let (schema, conflict) = (self.schema, self.conflict);
        let mut lines = Vec::new();
        let same = (&unit.of, Some(unit.id)) == (&conflict.of, conflict.record);
        if !same {
            lines.push(format!("    of {}", self.named(&unit.of, &unit.label)));
        }
        let both = unit.theirs.is_some() && unit.mine.is_some();
        if !both || (unit.unit.is_none() && unit.kind != "unique") {
            let there = |side: &Option<Fields>| if side.is_some() { "is there" } else { "is deleted" };
            lines.push(row("the record", there(&unit.theirs), there(&unit.mine)));
        }
        let names = unit.theirs.iter().chain(&unit.mine).flat_map(|fields| &fields.0).map(|(name, _)| name);
        let mut told: Vec<&String> = Vec::new();
        for name in names {
            let [theirs, mine] = [&unit.theirs, &unit.mine].map(|side| self.value(side.as_ref(), name));
            let key = unit.kind == "unique" && is_key(schema, &unit.of, name);
            if told.contains(&name) || (unit.unit.is_none() && theirs == mine && !key) {
                continue;
            }
            told.push(name);
            let spoken = schema.find(&unit.of).and_then(|ty| Some(ty.fields[ty.position(name)?].spoken()));
            lines.extend(sides(&spoken.unwrap_or_else(|| name.clone()), &theirs, &mine));
            let was = self.value(Some(&unit.base), name);
            if unit.unit.is_some() && ![&theirs, &mine].contains(&&was) && unit.base.find(name).is_some() {
                lines.push(format!("    {:FIELD$}was {was}", ""));
            }
        }
        lines
    }

    fn value(&self, fields: Option<&Fields>, name: &str) -> String {
        match fields.and_then(|fields| fields.find(name)) {
            None | Some(Json::Null) => "nothing".to_owned(),
            Some(Json::Text(text)) => self.names.get(text).unwrap_or(text).clone(),
            Some(other) => json::write(other),
        }
    }
}

/// Whether a field is one of those of which two records may not have the same.
fn is_key(schema: &Schema, of: &str, name: &str) -> bool {
    let ty = schema.find(of);
    ty.is_some_and(|ty| ty.unique.iter().any(|unique| unique.fields.iter().any(|field| field == name)))
}

/// Both sides beside each other; word for word below each other, where they are longer than a column.
fn sides(field: &str, theirs: &str, mine: &str) -> Vec<String> {
    let long = [theirs, mine].iter().any(|side| side.chars().count() >= SIDE);
    match long {
        false => vec![row(field, theirs, mine)],
        true => {
            vec![format!("    {field:FIELD$}theirs: {theirs}"), format!("    {:FIELD$}mine:   {mine}", "")]
        }
    }
}

fn row(field: &str, theirs: &str, mine: &str) -> String {
    format!("    {field:FIELD$}{theirs:SIDE$}{mine}").trim_end().to_owned()
}
