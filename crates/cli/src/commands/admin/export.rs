//! `fieldbook admin export`: what the server shows, for comparing it with a device.

use clap::Args;
use fieldbook_server_store::Store;

use super::{store, workspace};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::progress::Waiting;
use crate::server_key::DataArgs;

/// Print all records of a workspace as canonical JSON lines
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin export --workspace shop --data shop/server")]
pub struct Export {
    /// The workspace
    #[arg(long, value_name = "NAME")]
    workspace: String,
    #[command(flatten)]
    data: DataArgs,
}

impl Export {
    /// Prints them.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        let row = workspace(&folder, &self.workspace)?;
        let workspace = folder.open_store(row.id).map_err(store)?;
        let progress = Waiting::for_what("reading the records");
        let lines = workspace.reader().and_then(|mut reader| reader.export()).map_err(store)?;
        drop(progress);
        output::lines(lines)?;
        Ok(Exit::Done)
    }
}
