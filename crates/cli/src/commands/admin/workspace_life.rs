//! `fieldbook admin workspace rename`, `delete` and `restore`.

use clap::Args;
use fieldbook_server_store::{AccountError, WorkspaceRow};
use serde::Serialize;

use super::{account, name, operator, store, workspace};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::server_key::DataArgs;
use crate::{clock, output};

/// Give a workspace another name
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin workspace rename shop \"North Street\" --data shop/server")]
pub struct Rename {
    /// The workspace
    workspace: String,
    /// Its new name
    to: String,
    #[command(flatten)]
    data: DataArgs,
}

/// Delete a workspace: nobody gets in any more; its file stays, and `restore` brings it back
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin workspace delete shop --typed shop --data shop/server")]
pub struct Delete {
    /// The workspace
    workspace: String,
    /// Its name once more, since this takes it from everybody
    #[arg(long, value_name = "NAME")]
    typed: String,
    #[command(flatten)]
    data: DataArgs,
}

/// Bring a deleted workspace back under its name; without a name list those that can be brought back
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin workspace restore shop --data shop/server")]
pub struct Restore {
    /// What it was called, or its id
    workspace: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Serialize)]
struct Named<'a> {
    workspace: &'a str,
}

impl Rename {
    /// Renames it.
    pub fn run(self) -> Result<Exit, Failure> {
        name("workspace", &self.to)?;
        let folder = self.data.open()?;
        let row = workspace(&folder, &self.workspace)?;
        let renamed = folder.accounts().rename_workspace(row.id, &self.to, &operator(), clock::wall());
        let WorkspaceRow { name, .. } = renamed.map_err(account)?;
        output::answer(|| format!("{} is called {name} now", row.name), &Named { workspace: &name })?;
        Ok(Exit::Done)
    }
}

impl Delete {
    /// Deletes it.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        let row = workspace(&folder, &self.workspace)?;
        if self.typed != row.name {
            let words =
                format!("--typed is not the workspace's name, which is {:?}; nothing was done", row.name);
            return Err(Failure::wrong(words));
        }
        folder.accounts().delete_workspace(row.id, &operator(), clock::wall()).map_err(account)?;
        let words = || {
            format!("{0} is deleted; bring it back with: fieldbook admin workspace restore {0:?}", row.name)
        };
        output::answer(words, &Named { workspace: &row.name })?;
        Ok(Exit::Done)
    }
}

impl Restore {
    /// Brings it back.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        let gone = folder.accounts().deleted_workspaces().map_err(store)?;
        let Some(named) = self.workspace else {
            let now = clock::wall();
            for row in &gone {
                let words =
                    || format!("{}, deleted {} ago, {}", row.name, clock::age(row.deleted_at, now), row.id);
                output::answer(words, &Named { workspace: &row.name })?;
            }
            return Ok(Exit::Done);
        };
        let is_named = |row: &&_| {
            let row: &fieldbook_server_store::DeletedRow = row;
            row.name.eq_ignore_ascii_case(named.trim()) || row.id.to_string() == named
        };
        // The one that was deleted last, where several had the name.
        let found = gone.iter().rfind(is_named);
        let found = found.ok_or_else(|| account(AccountError::NoWorkspace(named.clone())))?;
        let back = folder.accounts().restore_workspace(found.id, &operator(), clock::wall());
        let WorkspaceRow { name, .. } = back.map_err(account)?;
        output::answer(|| format!("{name} is there again"), &Named { workspace: &name })?;
        Ok(Exit::Done)
    }
}
