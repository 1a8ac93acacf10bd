//! `fieldbook admin device list`: the devices of a workspace, how far each one's log is here, and how much each had to send
//! when it was last heard.

use std::collections::BTreeMap;

use clap::Args;
use fieldbook_model::{DeviceId, Seq, WallTime, json};
use fieldbook_server_store::{DeviceRow, LogRow, WipeRow};
use serde::Serialize;

use super::device_wipe::Wipe;
use super::member::Place;
use super::store;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::table::{Shown, table};

/// List the devices of a workspace: whose they are, when each was last seen, and what it sent
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin device list --workspace shop --data shop/server

\"to send\" is what the device said when it was last seen. One that was not seen for long may have more by now. \"lease ends\"
stands there where the workspace has a lease: the device locks itself about then, by its own clock, if it is not seen before.")]
pub struct DeviceList {
    #[command(flatten)]
    place: Place,
}

/// A device, for programs.
#[derive(Serialize)]
struct Listed {
    device: DeviceId,
    name: String,
    user: String,
    /// Nothing where only an order to wipe it is left of the device.
    signed_in: Option<WallTime>,
    last_seen: WallTime,
    /// The actions of its log that are here.
    actions: u64,
    last_action: Option<WallTime>,
    /// How many of them wait.
    waits: u64,
    /// How many it had to send, as it last said.
    to_send: Option<u64>,
    /// When it locks itself, if it is not seen before and its workspace has a lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_ends: Option<WallTime>,
    /// How far an order to wipe it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    wipe: Option<Wipe>,
}

impl DeviceList {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let logs = of.folder.open_store(of.row.id).and_then(|workspace| workspace.logs()).map_err(store)?;
        let mut logs: BTreeMap<DeviceId, LogRow> = logs.into_iter().map(|log| (log.device, log)).collect();
        let mut devices = of.folder.accounts().devices().map_err(store)?;
        devices.retain(|row| row.workspace == of.row.id);
        devices.sort_by(|a, b| (&a.user_name, &a.name, a.id).cmp(&(&b.user_name, &b.name, b.id)));
        let wipes = of.folder.accounts().wipes(of.row.id).map_err(store)?;
        // The last order of each counts.
        let mut wipes: BTreeMap<DeviceId, WipeRow> =
            wipes.into_iter().map(|wipe| (wipe.order.device, wipe)).collect();
        let lease = of.folder.accounts().lease(of.row.id).map_err(store)?;
        let mut listed: Vec<Listed> = devices
            .into_iter()
            .map(|row| listed(&row, logs.remove(&row.id), wipes.remove(&row.id), lease))
            .collect();
        listed.extend(wipes.into_values().map(only_ordered));
        match output::in_json() {
            true => output::lines(listed.iter().map(json::write))?,
            false => output::line(&told(&listed, clock::wall()))?,
        }
        Ok(Exit::Done)
    }
}

fn listed(row: &DeviceRow, log: Option<LogRow>, wipe: Option<WipeRow>, lease_s: Option<u64>) -> Listed {
    let lease_ms = lease_s.map(|seconds| i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX));
    Listed {
        device: row.id,
        name: row.name.clone(),
        user: row.user_name.clone(),
        signed_in: Some(row.signed_in),
        last_seen: row.last_seen,
        actions: log.as_ref().map_or(Seq(0), |log| log.last).0,
        last_action: log.as_ref().and_then(|log| log.last_at),
        waits: log.map_or(0, |log| log.held),
        to_send: row.waiting,
        lease_ends: lease_ms.map(|ms| WallTime(row.last_seen.0.saturating_add(ms))),
        wipe: wipe.as_ref().map(Wipe::of),
    }
}

/// A device of which nothing is left but the order.
fn only_ordered(row: WipeRow) -> Listed {
    let wipe = Some(Wipe::of(&row));
    let WipeRow { order, device_name, user_name, last_seen, waiting, .. } = row;
    Listed {
        device: order.device,
        name: device_name,
        user: user_name,
        signed_in: None,
        last_seen,
        actions: 0,
        last_action: None,
        waits: 0,
        to_send: waiting,
        lease_ends: None,
        wipe,
    }
}

fn told(listed: &[Listed], now: WallTime) -> String {
    let ago = |then: WallTime| format!("{} ago", clock::age(then, now));
    let ends = |then: WallTime| match then > now {
        true => format!("in {}", clock::age(now, then)),
        false => format!("ended {}", ago(then)),
    };
    let any_lease = listed.iter().any(|it| it.lease_ends.is_some());
    let any_wipe = listed.iter().any(|it| it.wipe.is_some());
    let row = |it: &Listed| {
        let last_action = it.last_action.map_or_else(String::new, ago);
        let wipe = it.wipe.as_ref().map_or_else(String::new, |wipe| wipe.words(now));
        let mut cells = vec![
            Shown::Text(it.user.clone()),
            Shown::Text(it.name.clone()),
            Shown::Text(ago(it.last_seen)),
            Shown::Number(it.actions.to_string()),
            Shown::Text(last_action),
            Shown::Number(it.waits.to_string()),
            Shown::Number(it.to_send.map_or_else(|| "?".to_owned(), |ops| ops.to_string())),
            Shown::Text(it.device.to_string()),
        ];
        cells.extend(any_lease.then(|| Shown::Text(it.lease_ends.map_or_else(String::new, ends))));
        cells.extend(any_wipe.then_some(Shown::Text(wipe)));
        cells
    };
    let columns = ["user", "device", "last seen", "actions", "last action", "waits", "to send", "id"];
    let more = any_lease.then_some("lease ends").into_iter().chain(any_wipe.then_some("wipe"));
    let columns: Vec<String> = columns.into_iter().chain(more).map(str::to_owned).collect();
    table(&columns, &listed.iter().map(row).collect::<Vec<_>>())
}
