//! `fieldbook export`: all records of this device, for comparing it with the server or another device; or one
//! action with all its data, to take along what was refused; or the records of one type as CSV.

use clap::Args;
use fieldbook_device::store::forms::exported;
use fieldbook_device::{Device, store};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{Json, RecordId, json};
use serde::Deserialize;

use super::retry::entry;
use super::undo::seq;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::grammar;
use crate::home::HomeArgs;
use crate::output;
use crate::progress::Waiting;

/// Print all records of this device as canonical JSON lines, or those of a type as CSV
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook export --home till-a --confirmed

--op prints one action of the log as it was made, with what became of it. What --csv prints, `fieldbook import` reads.")]
pub struct Export {
    /// As the server confirmed them, without what waits to be sent
    #[arg(long)]
    confirmed: bool,
    /// One action: its number in the log, or its id
    #[arg(long, value_name = "SEQ|ID", conflicts_with = "confirmed")]
    op: Option<String>,
    /// The records of one type, as CSV with a line of names
    #[arg(long, value_name = "TYPE", conflicts_with = "op")]
    csv: Option<String>,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Export {
    /// Prints them.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        if let Some(op) = &self.op {
            return one(&device, op);
        }
        let what = if self.confirmed { store::Export::Confirmed } else { store::Export::Shown };
        let progress = Waiting::for_what("reading the records");
        let lines = device.store().export(what)?;
        drop(progress);
        match &self.csv {
            None => output::lines(lines)?,
            Some(of) => {
                let schema = device.store().identity().schema.clone();
                output::bytes(&csv(grammar::record_type(&schema, of)?, &lines)?)?;
            }
        }
        Ok(Exit::Done)
    }
}

/// A line of an export.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    of: String,
    id: RecordId,
    #[expect(dead_code, reason = "a line has it")]
    version: u64,
    fields: Json,
}

/// The records of a type as CSV: ids, and the fields in the order of the schema.
fn csv(ty: &RecordType, lines: &[String]) -> Result<Vec<u8>, Failure> {
    let unwritten = |error: csv::Error| Failure::new(Exit::Failed, "output", error.to_string());
    let fields: Vec<&str> =
        ty.fields.iter().filter(|field| !field.retired).map(|field| field.name.as_str()).collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["id"].iter().chain(&fields)).map_err(unwritten)?;
    for line in lines {
        let line: Line = json::parse(line).expect("BUG: a line of an export");
        if line.of != ty.name {
            continue;
        }
        let Json::Object(values) = line.fields else { continue };
        let cell = |field: &&str| {
            values.iter().find(|(name, _)| name == field).map_or(String::new(), |(_, it)| cell(it))
        };
        let cells = fields.iter().map(cell);
        out.write_record(std::iter::once(line.id.to_string()).chain(cells)).map_err(unwritten)?;
    }
    out.into_inner().map_err(|error| Failure::new(Exit::Failed, "output", error.error().to_string()))
}

/// A value as an import reads it.
fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Text(text) => text.clone(),
        Json::List(items) if items.iter().all(|item| matches!(item, Json::Text(_))) => {
            items.iter().map(cell).collect::<Vec<_>>().join(",")
        }
        other => json::write(other),
    }
}

/// An op as it was made, in one piece, behind what became of it.
fn one(device: &Device, typed: &str) -> Result<Exit, Failure> {
    let seq = seq(device, typed)?;
    let entry = entry(device, seq)?;
    let text = device.store().op_text(seq)?;
    let text =
        text.ok_or_else(|| Failure::wrong(format!("there is no action {seq} in this device's log")))?;
    output::line(&exported(&entry, &text))?;
    Ok(Exit::Done)
}
