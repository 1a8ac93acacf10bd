//! `fieldbook admin diagnostics`: what devices sent. It lies here as it came, encrypted to the support key.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fieldbook_model::{DeviceId, WallTime, json};
use fieldbook_server_store::{DeviceRow, Inbox, Sent};
use serde::Serialize;

use super::store;
use crate::commands::diagnostics::save;
use crate::exit::Exit;
use crate::failure::{Failure, of_file};
use crate::server_key::DataArgs;
use crate::table::{Shown, table};
use crate::{clock, output};

/// What can be done about diagnostics.
#[derive(Debug, Subcommand)]
pub enum Diagnostics {
    List(List),
    Get(Get),
    Remove(Remove),
}

/// List the diagnostics that devices sent, the newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin diagnostics list --data shop/server

The last five of each device are kept, for 90 days.")]
pub struct List {
    #[command(flatten)]
    data: DataArgs,
}

/// Copy one into a file, encrypted as it is; `fieldbook diagnostics open` opens it
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin diagnostics get NAME --out till-a.age --data shop/server
         fieldbook diagnostics open till-a.age --data shop/server")]
pub struct Get {
    /// Its name, as the list tells it
    name: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// Remove one
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin diagnostics remove NAME --data shop/server")]
pub struct Remove {
    /// Its name, as the list tells it
    name: String,
    #[command(flatten)]
    data: DataArgs,
}

/// One that came, for programs.
#[derive(Serialize)]
struct Listed {
    name: String,
    device: DeviceId,
    device_name: Option<String>,
    user: Option<String>,
    at: WallTime,
    bytes: u64,
}

/// One that something was done with, for programs.
#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

impl Diagnostics {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(),
            Self::Get(command) => command.run(),
            Self::Remove(command) => command.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<Exit, Failure> {
        let devices = self.data.open()?.accounts().devices().map_err(store)?;
        let devices: BTreeMap<DeviceId, DeviceRow> = devices.into_iter().map(|row| (row.id, row)).collect();
        let listed = |sent: Sent| {
            let device = devices.get(&sent.device);
            Listed {
                name: sent.name(),
                device: sent.device,
                device_name: device.map(|row| row.name.clone()),
                user: device.map(|row| row.user_name.clone()),
                at: sent.at,
                bytes: sent.bytes,
            }
        };
        let sent = Inbox::of(&self.data.data).list().map_err(|error| failed(&self.data.data, &error))?;
        let listed: Vec<Listed> = sent.into_iter().map(listed).collect();
        match output::in_json() {
            true => output::lines(listed.iter().map(json::write))?,
            false => output::line(&told(&listed, clock::wall()))?,
        }
        Ok(Exit::Done)
    }
}

fn told(listed: &[Listed], now: WallTime) -> String {
    let text = |text: &Option<String>| Shown::Text(text.clone().unwrap_or_else(|| "?".to_owned()));
    let row = |it: &Listed| {
        let ago = format!("{} ago", clock::age(it.at, now));
        let bytes = Shown::Number(it.bytes.to_string());
        vec![text(&it.user), text(&it.device_name), Shown::Text(ago), bytes, Shown::Text(it.name.clone())]
    };
    let columns = ["user", "device", "came", "bytes", "name"].map(str::to_owned);
    table(&columns, &listed.iter().map(row).collect::<Vec<_>>())
}

impl Get {
    fn run(self) -> Result<Exit, Failure> {
        let (inbox, sent) = find(&self.data, &self.name)?;
        let bytes = inbox.read(&sent).map_err(|error| failed(&self.data.data, &error))?;
        save(&self.out, &bytes)?;
        output::answer(|| format!("saved in {}", self.out.display()), &Named { name: &self.name })?;
        Ok(Exit::Done)
    }
}

impl Remove {
    fn run(self) -> Result<Exit, Failure> {
        let (inbox, sent) = find(&self.data, &self.name)?;
        inbox.remove(&sent).map_err(|error| failed(&self.data.data, &error))?;
        output::answer(|| format!("removed {}", self.name), &Named { name: &self.name })?;
        Ok(Exit::Done)
    }
}

fn find(data: &DataArgs, name: &str) -> Result<(Inbox, Sent), Failure> {
    data.open()?;
    let inbox = Inbox::of(&data.data);
    let found = inbox.find(name).map_err(|error| failed(&data.data, &error))?;
    found.map(|sent| (inbox, sent)).ok_or_else(|| {
        let words = format!("there are no diagnostics {name:?} here; see: fieldbook admin diagnostics list");
        Failure::new(Exit::Wrong, "no-such-diagnostics", words)
    })
}

fn failed(folder: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, of_file(error), format!("{}: {error}", folder.display()))
}
