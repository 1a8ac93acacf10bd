//! `fieldbook admin workspace schema`: brings a workspace to the next version of its schema, also while it is served.

use std::path::PathBuf;

use clap::Args;
use fieldbook_model::Version;
use fieldbook_server_store::{Store, UpgradeError};
use serde::Serialize;

use super::{store, workspace};
use crate::commands::schema::{finding, read};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::server_key::DataArgs;

/// Bring a workspace to the next version of its schema; devices follow by themselves
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin workspace schema shop apps/counter/schema.toml --data shop/server\n\nfieldbook schema diff OLD NEW tells beforehand what is different. Keep the older files: they are the past of the workspace."
)]
pub struct WorkspaceSchema {
    /// Its name
    name: String,
    /// The file that describes its records from now on
    file: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// What a workspace has now, for programs.
#[derive(Serialize)]
struct Has<'a> {
    workspace: &'a str,
    schema: &'a str,
    version: u32,
    /// The place in its order from which on it has it.
    from: Version,
}

impl WorkspaceSchema {
    /// Does it, in one transaction.
    pub fn run(self) -> Result<Exit, Failure> {
        let Some(schema) = read(&self.file)? else { return Ok(Exit::Wrong) };
        let folder = self.data.open()?;
        let row = workspace(&folder, &self.name)?;
        let mut open = folder.open_store(row.id).map_err(store)?;
        match open.upgrade(&schema) {
            Ok(version) => {
                let (app, number) = (&schema.name, schema.version);
                let workspace = &row.name;
                let words = || {
                    format!(
                        "workspace {workspace} has {app} version {number} from version {version} of its order on"
                    )
                };
                output::answer(words, &Has { workspace, schema: app, version: number, from: version })?;
                Ok(Exit::Done)
            }
            Err(UpgradeError::Refused(findings)) => {
                findings.iter().for_each(|it| output::note(&finding(it)));
                let words =
                    format!("workspace {} stays as it was: this schema cannot follow its own", row.name);
                Err(Failure::new(Exit::Wrong, "schema-refused", words))
            }
            Err(UpgradeError::Misfit(words)) => Err(Failure::new(Exit::Wrong, "schema-misfit", words)),
            Err(UpgradeError::Store(error)) => Err(store(error)),
        }
    }
}
