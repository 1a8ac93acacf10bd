//! `fieldbook admin backup-mark`: says that a backup which was made by other means is safe. Devices keep what they did until
//! a backup has it.

use clap::Args;
use fieldbook_model::{Cursor, Epoch, Version};
use fieldbook_server_store::Store;
use serde::Serialize;

use super::member::Place;
use super::store;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Say up to which version a backup of a workspace is safe; devices may then let go of what it has
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin backup-mark --upto 1402 --workspace shop --data shop/server\n\nfieldbook admin backup sets the mark itself. Use this only for backups that are made in another way, and after one was read back."
)]
pub struct BackupMark {
    /// The last version of the workspace that the backup has; without it, the workspace's own now
    #[arg(long, value_name = "VERSION")]
    upto: Option<u64>,
    #[command(flatten)]
    place: Place,
}

/// What is safe, for programs.
#[derive(Serialize)]
struct Marked<'a> {
    workspace: &'a str,
    version: Version,
    epoch: Epoch,
}

impl BackupMark {
    /// Sets the mark.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let mut workspace = of.folder.open_store(of.row.id).map_err(store)?;
        let head = workspace.reader().and_then(|mut reader| reader.head()).map_err(store)?;
        let upto = self.upto.map_or(head.version, Version);
        if upto > head.version {
            let words = format!(
                "workspace {} is at version {}; no backup of it can have version {upto}",
                of.row.name, head.version
            );
            return Err(Failure::new(Exit::Wrong, "beyond-head", words));
        }
        let at = workspace.set_backup_mark(upto, clock::wall()).map_err(store)?;
        let Cursor { version, epoch } = at;
        let workspace = &of.row.name;
        let words =
            || format!("workspace {workspace}: a backup is safe up to version {version} of epoch {epoch}");
        output::answer(words, &Marked { workspace, version, epoch })?;
        Ok(Exit::Done)
    }
}
