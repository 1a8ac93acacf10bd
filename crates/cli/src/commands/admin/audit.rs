//! `fieldbook admin audit`: what was decided about who may come in and what they may.

use std::time::Duration;

use clap::Args;
use fieldbook_model::json;
use fieldbook_server_store::Entry;
use tokio::time::timeout;

use super::{store, workspace};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::server_key::DataArgs;
use crate::table::{Shown, table};
use crate::{clock, interrupt, output};

/// How many entries are read at once.
const ENTRIES: u32 = 1000;
/// With `--follow`, how often is looked for new ones.
const LOOK: Duration = Duration::from_secs(1);

/// List every security decision of this server: who, when, from where, what
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin audit --json --data shop/server > audit.jsonl

fieldbook admin audit --follow --after 1204 --data shop/server | logger  goes on where the last line of the one before stopped.")]
pub struct Audit {
    /// Only of this workspace
    #[arg(long, value_name = "NAME")]
    workspace: Option<String>,
    /// Only what comes after this place
    #[arg(long, value_name = "PLACE", default_value_t = 0)]
    after: u64,
    /// Go on with each new entry, as JSON lines, until Ctrl-C: for whatever keeps logs elsewhere
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    data: DataArgs,
}

impl Audit {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        let of = self.workspace.map(|name| workspace(&folder, &name).map(|row| row.id)).transpose()?;
        let (mut after, mut rows) = (self.after, Vec::new());
        let is_json = self.follow || output::in_json();
        let runtime = interrupt::runtime()?;
        let stop = self.follow.then(|| interrupt::stop(&runtime));
        loop {
            let entries = folder.accounts().audit(of, after, ENTRIES).map_err(store)?;
            let Some(last) = entries.last() else {
                let Some(stop) = &stop else { break };
                let stopped = runtime.block_on(async { timeout(LOOK, stop.bell.notified()).await });
                match stopped {
                    Ok(()) => break,
                    Err(_) => continue,
                }
            };
            after = last.place;
            match is_json {
                true => output::lines(entries.iter().map(json::write))?,
                false => rows.extend(entries.into_iter().map(row)),
            }
        }
        if !is_json {
            let columns = ["", "when", "by", "what", "about", "", "from"].map(str::to_owned);
            output::line(&table(&columns, &rows))?;
        }
        Ok(Exit::Done)
    }
}

fn row(entry: Entry) -> Vec<Shown> {
    let deed = entry.deed.name();
    let tried = if entry.is_done { "" } else { "refused" };
    let when = format!("{} ago", clock::age(entry.at, clock::wall()));
    let from = entry.by.address.unwrap_or_default();
    let cells = [entry.place.to_string(), when, entry.by.name, deed, entry.about, tried.to_owned(), from];
    cells.map(Shown::Text).to_vec()
}
