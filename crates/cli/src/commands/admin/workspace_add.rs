//! `fieldbook admin workspace add`: a new workspace from a schema file.

use std::path::PathBuf;

use clap::Args;
use fieldbook_model::WorkspaceId;
use fieldbook_server_store::Data;
use serde::Serialize;

use super::{data, name, operator};
use crate::clock;
use crate::commands::schema::{read, types};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::server_key::KeyArgs;

/// Make a workspace whose records a schema file describes
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin workspace add shop --schema apps/counter/schema.toml --data shop/server"
)]
pub struct WorkspaceAdd {
    /// Its name
    name: String,
    /// The file that describes its records
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// The server's data folder; made where there is none
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

/// What was made, for programs.
#[derive(Serialize)]
struct Made<'a> {
    workspace: &'a str,
    id: WorkspaceId,
    schema: &'a str,
    version: u32,
}

impl WorkspaceAdd {
    /// Makes it.
    pub fn run(self) -> Result<Exit, Failure> {
        name("workspace", &self.name)?;
        let Some(schema) = read(&self.schema)? else { return Ok(Exit::Wrong) };
        let folder = Data::open(&self.data, &self.key.unlock()?).map_err(data)?;
        let id = WorkspaceId::v7(clock::wall_ms(), clock::random());
        let row =
            folder.create_workspace(&self.name, &schema, id, &operator(), clock::wall()).map_err(data)?;
        let (app, version) = (&schema.name, schema.version);
        let workspace = &row.name;
        let words = || format!("workspace {workspace} is there: {app} version {version}, {}", types(&schema));
        output::answer(words, &Made { workspace, id, schema: app, version })?;
        Ok(Exit::Done)
    }
}
