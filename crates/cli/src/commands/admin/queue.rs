//! `fieldbook admin queue`: what waits in a workspace, since when and why, and what would end the waiting.

use std::collections::BTreeMap;

use clap::Args;
use fieldbook_model::{DeviceId, OpId, Seq, WallTime, json};
use fieldbook_server_store::HeldRow;
use serde::Serialize;

use super::member::Place;
use super::store;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::table::{Shown, table};

/// Tell what waits in a workspace: whose action, since when, and for what
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin queue --workspace shop --data shop/server

\"a decision\" comes from a person on a device: `fieldbook conflicts` shows it, `fieldbook resolve` gives it. \"what was
lost\" comes from the device that still has it, or ends by `fieldbook admin recovery close`. What was refused for want of
permission is in `fieldbook admin member queue`.")]
pub struct Queue {
    /// Of this device only, by its id
    #[arg(long, value_name = "ID")]
    device: Option<DeviceId>,
    #[command(flatten)]
    place: Place,
}

/// An action that waits, for programs.
#[derive(Serialize)]
struct Waits {
    device: DeviceId,
    name: Option<String>,
    user: String,
    seq: Seq,
    op_id: OpId,
    action: String,
    since: WallTime,
    /// `decision`, `lost` or `earlier`.
    waits_for: &'static str,
    /// The action whose conflict it waits in.
    conflict: OpId,
    records: Vec<String>,
}

impl Queue {
    /// Tells it.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let held = of.folder.open_store(of.row.id).and_then(|workspace| workspace.held()).map_err(store)?;
        let devices = of.folder.accounts().devices().map_err(store)?;
        let names: BTreeMap<DeviceId, String> = devices.into_iter().map(|row| (row.id, row.name)).collect();
        let wanted = |row: &HeldRow| self.device.is_none_or(|device| device == row.device);
        let waits: Vec<Waits> = held.into_iter().filter(wanted).map(|row| waits(row, &names)).collect();
        match output::in_json() {
            true => output::lines(waits.iter().map(json::write))?,
            false if waits.is_empty() => output::line("Nothing waits here.")?,
            false => output::line(&told(&waits, clock::wall()))?,
        }
        Ok(Exit::Done)
    }
}

fn waits(row: HeldRow, names: &BTreeMap<DeviceId, String>) -> Waits {
    let waits_for = match (row.is_lost, row.conflict == row.op_id) {
        (_, false) => "earlier",
        (true, true) => "lost",
        (false, true) => "decision",
    };
    let HeldRow { device, by, seq, op_id, action, since, conflict, records, .. } = row;
    let name = names.get(&device).cloned();
    Waits { device, name, user: by, seq, op_id, action, since, waits_for, conflict, records }
}

fn told(waits: &[Waits], now: WallTime) -> String {
    let row = |it: &Waits| {
        let waits_for = match it.waits_for {
            "decision" => "a decision",
            "lost" => "what was lost",
            _ => "an earlier action",
        };
        vec![
            Shown::Text(it.user.clone()),
            Shown::Text(it.name.clone().unwrap_or_default()),
            Shown::Number(it.seq.to_string()),
            Shown::Text(it.action.clone()),
            Shown::Text(clock::age(it.since, now)),
            Shown::Text(waits_for.to_owned()),
            Shown::Text(it.records.join(", ")),
        ]
    };
    let columns = ["user", "device", "op", "action", "since", "waits for", "records"].map(str::to_owned);
    table(&columns, &waits.iter().map(row).collect::<Vec<_>>())
}
