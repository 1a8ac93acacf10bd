//! `fieldbook resolve`: decides about a conflict.

use clap::Args;
use fieldbook_device::Device;
use fieldbook_device::store::{Conflict, Side, Which, Wish};
use fieldbook_model::{Json, OpId, Schema, Seq};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::grammar::{Meaning, meaning};
use crate::home::HomeArgs;
use crate::{output, short};

/// Settle a conflict: mine, theirs, or values of your own; offline too
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook resolve --home till-a 9f3c --field phone=0301234

The first decision stands; whoever comes second is told so. If what the conflict is about has changed meanwhile,
the decision is refused and `fieldbook conflicts` shows the fresh pair. With --field, say --mine or --theirs
for what is left. --mine for two records of one key keeps both.")]
pub struct Resolve {
    /// The conflict: its id, or the end of it; the only one that is open needs no name
    conflict: Option<String>,
    /// What the action that waits would write
    #[arg(long, conflicts_with = "theirs")]
    mine: bool,
    /// What is in force
    #[arg(long)]
    theirs: bool,
    /// A value of your own for a field
    #[arg(long = "field", value_name = "F=VALUE")]
    fields: Vec<String>,
    /// The same choice for every conflict about the same fields of the same type
    #[arg(long, conflicts_with = "fields")]
    alike: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Answer {
    conflict: OpId,
    seq: Seq,
    op_id: OpId,
}

impl Resolve {
    /// Settles it.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let conflicts = device.store().conflicts(Which::All)?;
        let ids: Vec<OpId> = conflicts.iter().map(|conflict| conflict.id).collect();
        let id = match &self.conflict {
            Some(typed) => short::find("conflict", typed, &ids)?,
            None => only(&device)?,
        };
        let one = conflicts.iter().find(|conflict| conflict.id == id);
        let wish = self.wish(&device.store().identity().schema, one)?;
        let mut settle = vec![id];
        if self.alike {
            settle.extend(device.store().alike(id)?.into_iter().filter(|other| *other != id));
        }
        for id in &settle {
            self.settle(&device, *id, &wish)?;
        }
        if settle.len() > 1 && !output::in_json() {
            output::line(&format!("{} conflicts settled alike", settle.len()))?;
        }
        Ok(Exit::Done)
    }

    fn settle(&self, device: &Device, conflict: OpId, wish: &Wish) -> Result<(), Failure> {
        let acted = device.write(|store, moment| store.resolve(moment, conflict, wish))?;
        let answer = Answer { conflict, seq: acted.seq, op_id: acted.op_id };
        output::answer(|| format!("settled as op {}", acted.seq), &answer)
    }

    fn wish(&self, schema: &Schema, conflict: Option<&Conflict>) -> Result<Wish, Failure> {
        let rest = match (self.mine, self.theirs) {
            (true, _) => Some(Side::Mine),
            (_, true) => Some(Side::Theirs),
            _ => None,
        };
        match (rest, self.fields.is_empty()) {
            (None, true) => Err(Failure::wrong("decide: --mine, --theirs, or --field FIELD=VALUE")),
            (Some(Side::Mine), true) => Ok(Wish::Mine),
            (Some(Side::Theirs), true) => Ok(Wish::Theirs),
            (rest, false) => {
                let name = |pair: &String| pair.split('=').next().unwrap_or_default().to_owned();
                let names: Vec<String> = self.fields.iter().map(name).collect();
                if let Some(twice) = names.iter().enumerate().find(|(at, it)| names[..*at].contains(*it)) {
                    return Err(Failure::wrong(format!("{} stands twice behind --field", twice.1)));
                }
                let values = self.fields.iter().map(|pair| value(schema, conflict, pair));
                Ok(Wish::Fields { values: values.collect::<Result<_, _>>()?, rest })
            }
        }
    }
}

/// The only conflict that is open.
fn only(device: &Device) -> Result<OpId, Failure> {
    match device.store().conflicts(Which::Open)?.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Failure::wrong("there is no conflict that is open on this device")),
        several => Err(Failure::wrong(format!(
            "which conflict? {} are open, and `fieldbook conflicts` shows them",
            several.len()
        ))),
    }
}

/// A field's value, read by the kind that the field has in one of the conflict's types.
fn value(schema: &Schema, conflict: Option<&Conflict>, pair: &str) -> Result<(String, Json), Failure> {
    let (name, text) = pair
        .split_once('=')
        .ok_or_else(|| Failure::wrong(format!("{pair:?} behind --field has no value; write FIELD=VALUE")))?;
    let own = name.rsplit_once('.').map_or(name, |(_, own)| own);
    let units = conflict.map(|conflict| conflict.units.as_slice()).unwrap_or_default();
    let kinds = units.iter().filter_map(|unit| {
        let ty = schema.find(&unit.of)?;
        ty.position(own).map(|place| &ty.fields[place].kind)
    });
    // A field that is none of the conflict's is told by the store, which knows what it is about.
    let Some(kind) = kinds.into_iter().next() else { return Ok((name.to_owned(), Json::from(text))) };
    match meaning(kind, text) {
        Ok(Meaning::Value(json)) => Ok((name.to_owned(), json)),
        Ok(Meaning::Record(_)) => Ok((name.to_owned(), Json::from(text))),
        Err(words) => Err(Failure::wrong(format!("{name}: {words}"))),
    }
}
