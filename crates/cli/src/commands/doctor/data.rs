//! A server's data folder, looked at on its machine, also while it is served.

use std::collections::BTreeMap;
use std::path::Path;

use fieldbook_model::{WallTime, WorkspaceId};
use fieldbook_server_store::{
    Data, DataError, DeviceRow, Outer, SERVER_KEY, Store, StoreError, Stuck, Why, WorkspaceRow, keys,
};

use super::disk;
use super::finding::Finding;
use crate::commands::admin::there;
use crate::failure::Failure;
use crate::server_key::KeyArgs;
use crate::{clock, output};

/// A device that had something to send and was not seen for so long is worth a look.
const AWAY_MS: i64 = 7 * 24 * 3_600_000;
/// What waits for longer than this waits for somebody who does not know of it.
const STUCK_MS: i64 = 24 * 3_600_000;
/// A backup that is older helps little.
const BACKUP_MS: i64 = 2 * 24 * 3_600_000;

/// What to do about a key.
const KEY: &str = "give the key as `fieldbook serve` is given it; see docs/guide/operate.md";

/// Looks at everything of a data folder.
pub fn look(folder: &Path, key: &KeyArgs, findings: &mut Vec<Finding>) {
    if let Err(Failure::Said(said)) = there(folder) {
        findings.push(Finding::fail("data", said.words, "name the folder that `fieldbook serve` has"));
        return;
    }
    let unlock = match key.unlock() {
        Ok(unlock) => unlock,
        Err(Failure::Said(said)) => return findings.push(Finding::fail("key", said.words, KEY)),
        Err(Failure::OutputClosed) => return,
    };
    let data = match Data::open(folder, &unlock) {
        Ok(data) => data,
        Err(DataError::Keys(error)) => return findings.push(Finding::fail("key", error.to_string(), KEY)),
        Err(error) => {
            let todo = "run this as the user who serves; else go back to a backup";
            findings.push(Finding::fail("data", error.to_string(), todo));
            return;
        }
    };
    findings.push(match data.serve() {
        Ok(_) => Finding::ok("data", "no server serves it just now"),
        Err(DataError::Served(_)) => Finding::ok("data", "a server serves it"),
        Err(error) => Finding::fail("data", error.to_string(), "run this as the user who serves"),
    });
    findings.push(kept(folder, &unlock.outer));
    findings.extend([disk::secret(folder), disk::room(folder)]);
    match accounts(&data) {
        Ok((workspaces, devices)) => {
            let now = clock::wall();
            let names = workspaces.iter().map(|row| (row.id, row.name.as_str())).collect();
            workspaces.iter().for_each(|row| workspace(&data, row, now, findings));
            findings.extend(away(&devices, &names, now));
        }
        Err(error) => findings.push(broken("accounts", &error)),
    }
}

/// Whether the key is elsewhere than the data.
fn kept(folder: &Path, outer: &Outer) -> Finding {
    match (outer, keys::lies_beside(folder)) {
        (Outer::Named(_), false) => Finding::ok("key", "the key is kept elsewhere than the data"),
        (Outer::Named(_), true) => {
            let says = format!("{SERVER_KEY} lies beside the data, which is under another key");
            Finding::warn("key", says, "move it to where the backups are that it opens")
        }
        (Outer::Beside, _) => {
            let says = "the key lies beside the data: whoever has this disk has both";
            Finding::warn("key", says, "fieldbook admin key rotate --new-key-file FILE")
        }
    }
}

fn accounts(data: &Data) -> Result<(Vec<WorkspaceRow>, Vec<DeviceRow>), StoreError> {
    Ok((data.accounts().workspaces()?, data.accounts().devices()?))
}

fn broken(name: &str, error: &StoreError) -> Finding {
    let todo = "stop the server, copy the folder to a safe place, and go back to the last backup";
    Finding::fail("database", format!("{name}: {error}"), todo)
}

fn workspace(data: &Data, row: &WorkspaceRow, now: WallTime, findings: &mut Vec<Finding>) {
    let looked = data.open_store(row.id).and_then(|store| {
        let whole = store.is_whole()?;
        let mut reader = store.reader()?;
        Ok((whole, reader.stuck()?, reader.backup_at()?))
    });
    match looked {
        Err(error) => findings.push(broken(&row.name, &error)),
        Ok((false, ..)) => {
            let error = StoreError::Unusable("the database is damaged".to_owned());
            findings.push(broken(&row.name, &error));
        }
        Ok((true, stuck, backup)) => {
            findings.push(Finding::ok("database", format!("{} is whole", row.name)));
            findings.push(backed_up(&row.name, backup, now));
            findings.extend(waits(&row.name, &stuck, now));
        }
    }
}

/// Whether there is a backup to go back to.
pub fn backed_up(name: &str, backup: Option<WallTime>, now: WallTime) -> Finding {
    let todo = "fieldbook admin backup DIR";
    match backup {
        None => Finding::warn("backup", format!("{name} has no backup that is known to be safe"), todo),
        Some(at) => {
            let says = format!("{name} was backed up {} ago", clock::age(at, now));
            match now.0.saturating_sub(at.0) > BACKUP_MS {
                true => Finding::warn("backup", says, todo),
                false => Finding::ok("backup", says),
            }
        }
    }
}

/// Who is stuck, since when, and why.
pub fn waits(name: &str, stuck: &[Stuck], now: WallTime) -> Vec<Finding> {
    let told = stuck.iter().map(|stuck| {
        let (ops, since) = (output::plural(stuck.ops, "action"), clock::age(stuck.since, now));
        let (why, todo) = match stuck.why {
            Why::Conflict => ("in conflict", "somebody of the workspace runs: fieldbook conflicts"),
            Why::LostBase => ("for what the server lost", "fieldbook admin recovery, then wait or close it"),
        };
        let says = format!("{name}: {ops} of {} {why}, the oldest for {since}", stuck.name);
        match now.0.saturating_sub(stuck.since.0) > STUCK_MS {
            true => Finding::warn("stuck", says, todo),
            false => Finding::ok("stuck", says),
        }
    });
    told.collect()
}

/// Devices that had something to send and did not come back.
pub fn away(devices: &[DeviceRow], names: &BTreeMap<WorkspaceId, &str>, now: WallTime) -> Vec<Finding> {
    let lost = devices.iter().filter(|device| {
        device.waiting.unwrap_or(0) > 0 && now.0.saturating_sub(device.last_seen.0) > AWAY_MS
    });
    let told = lost.map(|device| {
        let name = names.get(&device.workspace).copied().unwrap_or("an unknown workspace");
        let ops = output::plural(device.waiting.unwrap_or(0), "action");
        let since = clock::age(device.last_seen, now);
        let says = format!("{name}: {} of {} had {ops} to send, {since} ago", device.name, device.user_name);
        Finding::warn("away", says, "find the device and let it sync")
    });
    told.collect()
}
