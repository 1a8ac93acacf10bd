//! `fieldbook admin recovery`: what a server lost that came back from an old backup, what waits for it, and the end of the
//! waiting.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fieldbook_model::op::About;
use fieldbook_model::{DeviceId, Epoch, OpId, Seq, Version, WallTime};
use fieldbook_server_store::{LostOps, Recovery, Waits};
use serde::Serialize;

use super::member::Place;
use super::store;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, plural};
use crate::server_key::{DataArgs, KeyArgs};

/// Tell what waits for what the server lost when it came back from a backup, and what nobody has any more
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example: fieldbook admin recovery --workspace shop --data shop/server\n\nWhen every device has been in touch, or is not going to be: fieldbook admin recovery close"
)]
pub struct RecoveryOf {
    #[command(subcommand)]
    command: Option<What>,
    /// The workspace
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    /// The server's data folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
}

/// What can be done about a recovery.
#[derive(Debug, Subcommand)]
enum What {
    Close(Close),
}

/// Wait no longer: what still waits for what was lost is refused, and kept on its device
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin recovery close --workspace shop --data shop/server")]
struct Close {
    #[command(flatten)]
    place: Place,
}

impl RecoveryOf {
    /// Tells, or closes.
    pub fn run(self) -> Result<Exit, Failure> {
        match (self.command, self.workspace, self.data) {
            (Some(What::Close(close)), ..) => close.run(),
            (None, Some(workspace), Some(data)) => {
                tell(&Place { workspace, data: DataArgs { data, key: self.key } })
            }
            _ => {
                let words = "name the workspace and the server's data folder: fieldbook admin recovery --workspace NAME --data DIR";
                Err(Failure::wrong(words.to_owned()))
            }
        }
    }
}

fn read(place: &Place) -> Result<(String, Recovery), Failure> {
    let of = place.open()?;
    let workspace = of.folder.open_store(of.row.id).map_err(store)?;
    Ok((of.row.name.clone(), workspace.recovery().map_err(store)?))
}

fn tell(place: &Place) -> Result<Exit, Failure> {
    let (name, found) = read(place)?;
    match output::in_json() {
        true => output::json(&Answer::of(&name, &found))?,
        false => output::lines(lines(&name, &found))?,
    }
    Ok(Exit::Done)
}

/// What was closed, for programs.
#[derive(Serialize)]
struct Closed<'a> {
    workspace: &'a str,
    refused: u64,
}

impl Close {
    fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let (name, found) = read(&self.place)?;
        let epoch = found.head.epoch;
        if found.ended.is_empty() {
            let words = format!("workspace {name} never came back from a backup: there is nothing to close");
            return Err(Failure::new(Exit::Wrong, "no-recovery", words));
        }
        of.change(About::Closes(epoch))?;
        let waited: u64 = found.waits.iter().map(|waits| 1 + waits.behind).sum();
        let words = || {
            format!(
                "workspace {name}: the recovery is closed; {} that waited {} refused, and kept on {} device",
                plural(waited, "action"),
                if waited == 1 { "is" } else { "are" },
                if waited == 1 { "its" } else { "their" }
            )
        };
        output::answer(words, &Closed { workspace: &name, refused: waited })?;
        Ok(Exit::Done)
    }
}

/// For people.
fn lines(name: &str, found: &Recovery) -> Vec<String> {
    let Recovery { head, closed, ended, waits, gaps, backup } = found;
    let mut lines = vec![format!("workspace {name} is at version {} of epoch {}", head.version, head.epoch)];
    lines.push(match backup {
        Some(version) => format!("a backup is safe up to version {version}"),
        None => "no backup is marked as safe".to_owned(),
    });
    let Some(last) = ended.last() else {
        lines.push("it never came back from a backup".to_owned());
        return lines;
    };
    lines.push(format!(
        "it came back from a backup: since {} everything after version {} counts anew{}",
        last.at,
        last.fork,
        if *closed >= head.epoch { ", and the recovery is closed" } else { "" }
    ));
    lines.push(format!("{} for what was lost", waiting(waits)));
    lines.extend(waits.iter().map(|waits| output::visible(&wait(waits))));
    let lost: u64 = gaps.iter().map(LostOps::count).sum();
    lines.push(format!("{} lost for good", plural(lost, "action")));
    lines.extend(gaps.iter().map(|gap| output::visible(&gone(gap))));
    lines
}

fn waiting(waits: &[Waits]) -> String {
    let count: u64 = waits.iter().map(|waits| 1 + waits.behind).sum();
    format!("{} {}", plural(count, "action"), if count == 1 { "waits" } else { "wait" })
}

fn wait(waits: &Waits) -> String {
    let Waits { name, device, seq, action, since, lacks, behind, .. } = waits;
    let behind = if *behind > 0 { format!(", {behind} behind it") } else { String::new() };
    format!(
        "  op {seq} of {name} ({device}), {action}, since {since}: waits for {}{behind}",
        lacks.join(", ")
    )
}

fn gone(gap: &LostOps) -> String {
    let LostOps { device, name, first, last, at, numbers } = gap;
    let which = if first == last { format!("op {first}") } else { format!("ops {first} to {last}") };
    let numbers: Vec<&str> = numbers.iter().map(|number| number.number.as_str()).collect();
    let numbers =
        if numbers.is_empty() { String::new() } else { format!("; numbers {}", numbers.join(", ")) };
    format!(
        "  {which} of {name} ({device}), told {at}: the device had let go of them, since a backup had them or they were 30 days old{numbers}"
    )
}

/// For programs.
#[derive(Serialize)]
struct Answer<'a> {
    workspace: &'a str,
    epoch: Epoch,
    version: Version,
    backup: Option<Version>,
    closed: bool,
    ended: Vec<End>,
    waits: Vec<Wait<'a>>,
    lost: Vec<Lost<'a>>,
}

#[derive(Serialize)]
struct End {
    epoch: Epoch,
    fork: Version,
    at: WallTime,
}

#[derive(Serialize)]
struct Wait<'a> {
    user: &'a str,
    device_id: DeviceId,
    seq: Seq,
    op_id: OpId,
    #[serde(rename = "type")]
    action: &'a str,
    since: WallTime,
    lacks: &'a [String],
    behind: u64,
}

#[derive(Serialize)]
struct Lost<'a> {
    user: &'a str,
    device_id: DeviceId,
    first: Seq,
    last: Seq,
    ops: u64,
    at: WallTime,
    numbers: Vec<&'a str>,
}

impl<'a> Answer<'a> {
    fn of(workspace: &'a str, found: &'a Recovery) -> Self {
        let end =
            |end: &fieldbook_server_store::EndedEpoch| End { epoch: end.epoch, fork: end.fork, at: end.at };
        let wait = |it: &'a Waits| Wait {
            user: &it.name,
            device_id: it.device,
            seq: it.seq,
            op_id: it.op_id,
            action: &it.action,
            since: it.since,
            lacks: &it.lacks,
            behind: it.behind,
        };
        let lost = |it: &'a LostOps| Lost {
            user: &it.name,
            device_id: it.device,
            first: it.first,
            last: it.last,
            ops: it.count(),
            at: it.at,
            numbers: it.numbers.iter().map(|number| number.number.as_str()).collect(),
        };
        Self {
            workspace,
            epoch: found.head.epoch,
            version: found.head.version,
            backup: found.backup,
            closed: !found.ended.is_empty() && found.closed >= found.head.epoch,
            ended: found.ended.iter().map(end).collect(),
            waits: found.waits.iter().map(wait).collect(),
            lost: found.gaps.iter().map(lost).collect(),
        }
    }
}
