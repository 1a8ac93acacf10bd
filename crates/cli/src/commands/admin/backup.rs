//! `fieldbook admin backup`: a copy of accounts and workspaces, made while they are served, looked at, and only then marked
//! as safe.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use fieldbook_model::{Epoch, Version};
use fieldbook_server_store::StoreError;
use serde::Serialize;

use super::store;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::progress::Waiting;
use crate::server_key::DataArgs;

/// Copy accounts and workspaces into a new folder, also while they are served, and look whether the copy is whole
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin backup backups/monday --data shop/server\n\nThe copy is a data folder like any: to come back from it, stop the server and put it in the place of the data folder. It opens with the key that the server has now, which is not in it. Devices are told that it is safe, and may let go of what it has: keep it where the server's disk is not."
)]
pub struct Backup {
    /// The folder that is made
    to: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// A workspace that was copied, for programs.
#[derive(Serialize)]
struct Copied<'a> {
    workspace: &'a str,
    version: Version,
    epoch: Epoch,
    /// Whether devices are told that it is safe.
    marked: bool,
}

/// Where the copy is, for programs.
#[derive(Serialize)]
struct Made<'a> {
    backup: &'a str,
}

impl Backup {
    /// Makes the copy.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        if self.to.exists() {
            let words = format!("{} is there already; name a folder that is not", self.to.display());
            return Err(Failure::new(Exit::Wrong, "exists", words));
        }
        // Under another name until it is whole, so that half a copy is never taken for one.
        let draft = self.to.with_extension("part");
        let progress = Waiting::for_what("copying, and looking whether the copy is whole");
        let copied = folder.copy_to(&draft);
        drop(progress);
        let copied = match copied {
            Ok(copied) => copied,
            Err(error) => {
                // What is left of it is of no use; the error is what matters.
                let _ = fs::remove_dir_all(&draft);
                return Err(failed(&self.to, error));
            }
        };
        fs::rename(&draft, &self.to).map_err(|error| {
            Failure::new(Exit::Failed, "folder", format!("{}: {error}", self.to.display()))
        })?;
        for (row, head) in copied {
            let mut workspace = folder.open_store(row.id).map_err(store)?;
            let mark = workspace.set_backup_mark_of(head, clock::wall()).map_err(store)?;
            let told = match mark {
                true => "",
                false => "; it began a new history meanwhile, so that nothing is marked",
            };
            let (version, epoch) = (head.version, head.epoch);
            let words = || {
                format!(
                    "workspace {}: copied up to version {version} of epoch {epoch}, and whole{told}",
                    row.name
                )
            };
            output::answer(words, &Copied { workspace: &row.name, version, epoch, marked: mark })?;
        }
        let to = self.to.display().to_string();
        output::answer(
            || format!("backup in {to}; it opens with this server's key, which is not in it"),
            &Made { backup: &to },
        )?;
        Ok(Exit::Done)
    }
}

fn failed(to: &std::path::Path, error: StoreError) -> Failure {
    Failure::new(Exit::Failed, "backup", format!("no backup was made in {}: {error}", to.display()))
}
