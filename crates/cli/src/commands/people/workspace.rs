//! `fieldbook workspace`: what the owners and admins of this device's workspace do.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fieldbook_device::store::Facts;
use fieldbook_device::{Asking, Hold, ServerPin, SignIn, Trust};
use fieldbook_model::schema::print::print;
use fieldbook_model::{WallTime, WorkspaceId, json};
use fieldbook_protocol::account::{AccountReply, DoneReply, EndReply, InWorkspace, NameRequest};
use fieldbook_protocol::people::{AuditReply, DeviceState, DevicesReply, WipeRequest};
use serde::Serialize;

use super::Asks;
use crate::commands::device::sign_in;
use crate::commands::schema;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::holders::Person;
use crate::password::Asked;
use crate::table::{Shown, table};
use crate::{clock, interrupt, output};

/// The workspace of this device: its name, its devices, what was decided
#[derive(Debug, Subcommand)]
pub enum Workspace {
    New(New),
    List(List),
    Switch(Switch),
    Rename(Rename),
    Delete(Delete),
    Devices(Devices),
    End(End),
    Wipe(Wipe),
    Audit(Audit),
}

/// Make a workspace on this device's server, and own it
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook workspace new \"South Street shop\" --home till-a

Only where whoever runs the server lets people make workspaces: fieldbook serve --workspaces-by. This device stays in its own; to work in the new one: fieldbook workspace switch.")]
pub struct New {
    /// Its name
    name: String,
    /// The file that describes its records; without it they are as in this device's workspace
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    asks: Asks,
}

/// List the workspaces that you are in, with your role, and which one this device holds
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook workspace list --home till-a")]
pub struct List {
    #[command(flatten)]
    asks: Asks,
}

/// Sign in to another workspace, in a folder of its own; this one stays as it is
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook workspace switch \"South Street shop\" --to till-south --home till-a

A folder holds one workspace. What is in this one stays there, also what was not sent, and is sent from there.")]
pub struct Switch {
    /// The workspace's name
    name: String,
    /// The folder for it: a new one, or one that holds this workspace already
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    asks: Asks,
}

/// Give the workspace another name
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook workspace rename \"North Street shop\" --home till-a")]
pub struct Rename {
    /// The name
    name: String,
    #[command(flatten)]
    asks: Asks,
}

/// Delete the workspace for everybody
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook workspace delete --typed shop --home till-a

Nobody gets in any more. What is on devices stays there. Whoever runs the server can bring it back for a while.")]
pub struct Delete {
    /// The workspace's name, typed as it is written
    #[arg(long, value_name = "NAME")]
    typed: String,
    #[command(flatten)]
    asks: Asks,
}

/// List the devices that have signed in
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook workspace devices --home till-a")]
pub struct Devices {
    #[command(flatten)]
    asks: Asks,
}

/// End the session of a device; what it holds stays there
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook workspace end \"old phone\" --home till-a")]
pub struct End {
    /// The device, by its name or its id
    device: String,
    #[command(flatten)]
    asks: Asks,
}

/// Order that a lost device is wiped when it calls next
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook workspace wipe \"ann's phone\" --home till-a")]
pub struct Wipe {
    /// The device, by its name or its id
    device: String,
    /// Let it send first what it has to send
    #[arg(long)]
    rescue: bool,
    #[command(flatten)]
    asks: Asks,
}

/// List what was decided about who may come in and what they may
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook workspace audit --json --home till-a > audit.jsonl")]
pub struct Audit {
    /// Only what comes after this place
    #[arg(long, value_name = "PLACE", default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    asks: Asks,
}

impl Workspace {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::New(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Switch(command) => command.run(),
            Self::Rename(command) => command.run(),
            Self::Delete(command) => command.run(),
            Self::Devices(command) => command.run(),
            Self::End(command) => command.run(),
            Self::Wipe(command) => command.run(),
            Self::Audit(command) => command.run(),
        }
    }
}

impl New {
    fn run(self) -> Result<Exit, Failure> {
        let schema = match &self.schema {
            None => None,
            Some(file) => match schema::read(file)? {
                None => return Ok(Exit::Wrong),
                Some(schema) => Some(print(&schema)),
            },
        };
        let voice = self.asks.open("a new workspace")?;
        let id = WorkspaceId::v7(clock::wall_ms(), clock::random());
        let wish = (self.name.as_str(), schema.as_deref());
        let made = voice.confirmed(|runtime| voice.device.make_workspace(runtime, wish, id))?;
        let words = || {
            let name = &made.name;
            format!(
                "workspace {name} is there, and you are its {}; to work in it: fieldbook workspace switch {name:?} --to DIR",
                made.role
            )
        };
        output::answer(words, &made)?;
        Ok(Exit::Done)
    }
}

/// A workspace of a person, for programs.
#[derive(Serialize)]
struct Listed<'a> {
    id: WorkspaceId,
    workspace: &'a str,
    role: &'a str,
    here: bool,
}

impl List {
    fn run(self) -> Result<Exit, Failure> {
        let told: AccountReply = self.asks.open("your workspaces")?.ask(&Asking::account("account"))?;
        let listed = told.workspaces.iter().map(|InWorkspace { id, name, role }| Listed {
            id: *id,
            workspace: name,
            role,
            here: *id == told.workspace_id,
        });
        if output::in_json() {
            output::lines(listed.map(|line| json::write(&line)))?;
            return Ok(Exit::Done);
        }
        output::line(&output::visible(&format!("workspaces of {}", told.user)))?;
        let rows = listed.map(|line| {
            let here = if line.here { "this device's" } else { "" };
            [line.workspace, line.role, here].map(|cell| Shown::Text(cell.to_owned())).to_vec()
        });
        output::line(&table(&["workspace", "role", ""].map(str::to_owned), &rows.collect::<Vec<_>>()))?;
        Ok(Exit::Done)
    }
}

impl Switch {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("another workspace")?;
        let told: AccountReply = voice.ask(&Asking::account("account"))?;
        let file = voice.device.file();
        let found = told.workspaces.iter().find(|line| line.name.eq_ignore_ascii_case(self.name.trim()));
        let Some(found) = found else {
            let words =
                format!("{} is in no workspace {:?}; see: fieldbook workspace list", told.user, self.name);
            return Err(Failure::new(Exit::Wrong, "no-workspace", words));
        };
        let here = self.asks.home.folder()?;
        if found.id == told.workspace_id {
            let words = format!("{} holds {} already: nothing is to be done", here.display(), found.name);
            return Err(Failure::wrong(words));
        }
        if self.to == here {
            let words = format!(
                "{} holds another workspace, and a folder holds one: name another with --to DIR",
                here.display()
            );
            return Err(Failure::wrong(words));
        }
        let waits = voice.device.store().facts()?;
        let ask = SignIn {
            password: self.asks.password.read(&file.user, Asked::Once)?,
            device_name: sign_in::name(&self.to),
            home: self.to.clone(),
            server: file.server.clone(),
            trust: file.fingerprint.map_or(Trust::System, Trust::Only),
            workspace: found.name.clone(),
            user: file.user.clone(),
            keys: Hold::default(),
            server_key: ServerPin::AsBefore,
        };
        let signed_in = interrupt::runtime()?.block_on(fieldbook_device::sign_in(ask, &Person))?;
        sign_in::tell(&signed_in, &self.to, None)?;
        if let Some(words) = left_behind(&waits, &here, clock::wall()) {
            output::note(&words);
        }
        Ok(Exit::Done)
    }
}

/// What waits in a folder that somebody goes on from, and how it is sent; nothing where nothing does.
fn left_behind(facts: &Facts, home: &Path, now: WallTime) -> Option<String> {
    let count = output::plural(Some(facts.waiting).filter(|waiting| *waiting > 0)?, "action");
    let (waits, them) = if facts.waiting == 1 { ("waits", "it") } else { ("wait", "them") };
    let home = home.display();
    let oldest = facts.oldest_waiting.map(|made| format!(", the oldest for {}", clock::age(made, now)));
    let oldest = oldest.unwrap_or_default();
    Some(format!(
        "{count} {waits} in {home}{oldest}, not sent yet; to send {them}: fieldbook sync --home {home}"
    ))
}

impl Rename {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("another name")?;
        let wish = NameRequest { name: self.name };
        let done: DoneReply = voice.ask(&Asking::here("rename").with(&wish))?;
        output::answer(|| format!("the workspace is called {} now", wish.name), &done)?;
        Ok(Exit::Done)
    }
}

impl Delete {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("deleting a workspace")?;
        let wish = NameRequest { name: self.typed };
        let done: DoneReply = voice.ask(&Asking::here("delete").with(&wish))?;
        let words = || {
            format!(
                "{} is deleted; what is on devices stays there, and whoever runs the server can bring it back",
                wish.name
            )
        };
        output::answer(words, &done)?;
        Ok(Exit::Done)
    }
}

impl Devices {
    fn run(self) -> Result<Exit, Failure> {
        let told: DevicesReply = self.asks.open("the list of devices")?.ask(&Asking::here("devices"))?;
        if output::in_json() {
            output::lines(told.devices.iter().map(json::write))?;
            return Ok(Exit::Done);
        }
        output::line(&output::visible(&format!("devices of {}", told.workspace)))?;
        let now = clock::wall();
        let rows = told.devices.iter().map(|line| {
            let waiting = line.waiting.map_or("unknown".to_owned(), |waiting| waiting.to_string());
            let seen = format!("{} ago", clock::age(line.last_seen, now));
            let cells = [line.name.clone(), line.user.clone(), seen, waiting, state(line.state).to_owned()];
            let cells = cells.into_iter().chain([line.device_id.to_string()]);
            cells.map(Shown::Text).collect::<Vec<_>>()
        });
        let columns = ["device", "user", "last seen", "to send", "state", "id"].map(str::to_owned);
        output::line(&table(&columns, &rows.collect::<Vec<_>>()))?;
        Ok(Exit::Done)
    }
}

fn state(state: DeviceState) -> &'static str {
    match state {
        DeviceState::SignedIn => "signed in",
        DeviceState::SignedOut => "signed out",
        DeviceState::WipeOrdered => "to be wiped, not reached yet",
        DeviceState::WipeReached => "told to wipe, not confirmed yet",
        DeviceState::Wiped => "wiped",
    }
}

impl End {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("ending a session")?;
        let device = voice.device(&self.device)?;
        let ended: EndReply = voice.ask(&Asking::here(format!("devices/{device}/end")).done())?;
        output::answer(|| format!("{} is signed out; what it holds stays there", self.device), &ended)?;
        Ok(Exit::Done)
    }
}

impl Wipe {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("an order to wipe")?;
        let told: DevicesReply = voice.ask(&Asking::here("devices"))?;
        let device = voice.device(&self.device)?;
        let line = told.devices.into_iter().find(|line| line.device_id == device);
        let waiting = line.and_then(|line| line.waiting);
        let unsent = match (waiting, self.rescue) {
            (_, true) => "what it has not sent it may send first".to_owned(),
            (Some(0), _) => "it had nothing to send when it was last seen".to_owned(),
            (Some(count), _) => {
                format!("what it had to send when it was last seen goes with it: {count}")
            }
            (None, _) => "whether it has something to send is unknown; that goes with it".to_owned(),
        };
        let wish = Asking::here(format!("devices/{device}/wipe")).with(&WipeRequest { rescue: self.rescue });
        let done: DoneReply = voice.ask(&wish)?;
        let words = || format!("{} is told to wipe itself when it calls next; {unsent}", self.device);
        output::answer(words, &done)?;
        Ok(Exit::Done)
    }
}

impl Audit {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("what was decided")?;
        let (mut after, mut rows, mut is_first) = (self.after, Vec::new(), true);
        loop {
            let told: AuditReply = voice.ask(&Asking::here(format!("audit?after={after}")))?;
            if output::in_json() {
                output::lines(told.entries.iter().map(json::write))?;
            } else if std::mem::take(&mut is_first) {
                output::line(&output::visible(&format!("what was decided in {}", told.workspace)))?;
            }
            for line in &told.entries {
                after = line.place;
                let tried = if line.is_done { "" } else { "refused" };
                let from = line.address.clone().unwrap_or_default();
                let cells = [
                    line.place.to_string(),
                    format!("{} ago", clock::age(line.at, clock::wall())),
                    line.by.clone(),
                    line.deed.clone(),
                ];
                let cells = cells.into_iter().chain([line.about.clone(), tried.to_owned(), from]);
                rows.push(cells.map(Shown::Text).collect::<Vec<_>>());
            }
            if !told.more {
                break;
            }
        }
        if !output::in_json() {
            let columns = ["", "when", "by", "what", "about", "", "from"].map(str::to_owned);
            output::line(&table(&columns, &rows))?;
        }
        Ok(Exit::Done)
    }
}
