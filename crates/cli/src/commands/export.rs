//! `fieldbook export`: all records of this device, for comparing it with the server or another device; or one
//! action with all its data, to take along what was refused.

use clap::Args;
use fieldbook_device::{Device, store};
use fieldbook_model::json;

use super::log;
use super::retry::entry;
use super::undo::seq;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;

/// Print all records of this device as canonical JSON lines
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook export --home till-a --confirmed

--op prints one action of the log as it was made, with what became of it.")]
pub struct Export {
    /// As the server confirmed them, without what waits to be sent
    #[arg(long)]
    confirmed: bool,
    /// One action: its number in the log, or its id
    #[arg(long, value_name = "SEQ|ID", conflicts_with = "confirmed")]
    op: Option<String>,
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
        let lines = device.store().export(what)?;
        output::lines(lines)?;
        Ok(Exit::Done)
    }
}

/// An op as it was made, in one piece, behind what became of it.
fn one(device: &Device, typed: &str) -> Result<Exit, Failure> {
    let seq = seq(device, typed)?;
    let entry = entry(device, seq)?;
    let text = device.store().op_text(seq)?;
    let text =
        text.ok_or_else(|| Failure::wrong(format!("there is no action {seq} in this device's log")))?;
    let [state, words] =
        [Some(log::name(entry.state)), entry.words.as_deref()].map(|text| json::write(&text));
    let code = json::write(&entry.code);
    output::line(&format!(r#"{{"state":{state},"code":{code},"words":{words},"op":{text}}}"#))?;
    Ok(Exit::Done)
}
