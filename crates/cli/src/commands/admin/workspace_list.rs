//! `fieldbook admin workspace list`: what a data folder serves.

use clap::Args;
use fieldbook_model::{Epoch, Version, WorkspaceId, json};
use fieldbook_server_store::{Store, WorkspaceRow};
use serde::Serialize;

use super::store;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::server_key::DataArgs;
use crate::table::{Shown, table};

/// List the workspaces of a data folder: their schemas, how far their order is, how many members they have
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin workspace list --data shop/server")]
pub struct WorkspaceList {
    #[command(flatten)]
    data: DataArgs,
}

/// A workspace, for programs.
#[derive(Serialize)]
struct Listed {
    workspace: String,
    id: WorkspaceId,
    schema: String,
    schema_version: u32,
    version: Version,
    epoch: Epoch,
    members: usize,
}

impl WorkspaceList {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        let listed = |row: WorkspaceRow| {
            let members = folder.accounts().members(row.id).map_err(store)?.len();
            let open = folder.open_store(row.id).map_err(store)?;
            let head = open.reader().and_then(|mut reader| reader.head()).map_err(store)?;
            let (schema, schema_version) = (open.schema().name.clone(), open.schema().version);
            let (version, epoch) = (head.version, head.epoch);
            Ok(Listed { workspace: row.name, id: row.id, schema, schema_version, version, epoch, members })
        };
        let rows = folder.accounts().workspaces().map_err(store)?;
        let listed = rows.into_iter().map(listed).collect::<Result<Vec<_>, Failure>>()?;
        match output::in_json() {
            true => output::lines(listed.iter().map(json::write))?,
            false => output::line(&words(&listed))?,
        }
        Ok(Exit::Done)
    }
}

fn words(listed: &[Listed]) -> String {
    let row = |it: &Listed| {
        let schema = format!("{} version {}", it.schema, it.schema_version);
        let cells = [
            it.workspace.clone(),
            schema,
            format!("{} of epoch {}", it.version, it.epoch),
            it.members.to_string(),
        ];
        cells.map(Shown::Text).to_vec()
    };
    let columns = ["name", "schema", "version", "members"].map(str::to_owned);
    table(&columns, &listed.iter().map(row).collect::<Vec<_>>())
}
