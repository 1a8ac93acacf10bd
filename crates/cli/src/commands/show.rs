//! `fieldbook show`: one record, from this device where it is here, else by one request.

use clap::Args;
use fieldbook_device::DeviceError;
use fieldbook_model::{Fields, Json, RecordId, json};
use serde::Serialize;

use super::act::Shelf;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::{grammar, interrupt, output};

/// Show one record; one that is not on this device is asked of the server
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook show sale:0198c0de-7a11-7000-8000-000000000031 --home till-a

What was pruned, or lies in a part of the workspace that is not here, is shown and not kept.")]
pub struct Show {
    /// The record: TYPE:ID, or TYPE:FIELD=VALUE that only one of this device has
    record: String,
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    of: &'a str,
    id: RecordId,
    /// Whether it is on this device.
    here: bool,
    fields: &'a Fields,
}

impl Show {
    /// Shows it.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let schema = device.store().identity().schema.clone();
        let (of, id) = grammar::record(&self.record, &schema, &Shelf::new(&device)?)?;
        let found = device.store().shown_record(&of, id)?;
        let here = found.is_some();
        let fields = match found {
            Some(fields) => fields,
            None if self.home.offline => {
                return Err(absent(&format!(
                    "this {of} is not on this device; show it again with a network, or load the part in which it lies"
                )));
            }
            None => match device.record(interrupt::runtime()?.handle(), &of, id) {
                Ok(reply) => reply.fields,
                Err(error) if error.is_absent() => {
                    return Err(absent(&format!("there is no such {of} for you, here or on the server")));
                }
                Err(wiped @ DeviceError::Wiped { .. }) => return Err(wiped.into()),
                Err(error) => {
                    let why = error.to_string();
                    let why = why.trim_end_matches('.');
                    return Err(unreached(&format!("this {of} is not on this device, and {why}")));
                }
            },
        };
        match output::in_json() {
            true => output::json(&Line { of: &of, id, here, fields: &fields })?,
            false => {
                output::line(&format!("{of}:{id}{}", if here { "" } else { " (not on this device)" }))?;
                for (name, value) in &fields.0 {
                    output::line(&output::visible(&format!("  {name}: {}", told(value))))?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn told(value: &Json) -> String {
    match value {
        Json::Null => "–".to_owned(),
        Json::Text(text) => text.clone(),
        other => json::write(other),
    }
}

fn absent(words: &str) -> Failure {
    Failure::new(Exit::Wrong, "not-here", words)
}

fn unreached(words: &str) -> Failure {
    Failure::new(Exit::Unreachable, "unreachable", words)
}
