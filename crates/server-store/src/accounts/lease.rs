//! The offline lease of a workspace: for how long its devices may be opened without hearing from the server.

use fieldbook_model::{WallTime, WorkspaceId};
use rusqlite::{Connection, OptionalExtension};

use super::Accounts;
use super::audit::{self, By, Deed, Note};
use crate::error::StoreError;

const READ: &str = "SELECT lease_s FROM workspace WHERE id = ?";
const WRITE: &str = "UPDATE workspace SET lease_s = ?2 WHERE id = ?1";

/// What version 7 has and version 6 had not.
pub(super) fn column(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch("ALTER TABLE workspace ADD COLUMN lease_s INTEGER")?)
}

impl Accounts {
    /// How many seconds it is; nothing where devices may stay away for ever.
    pub fn lease(&self, workspace: WorkspaceId) -> Result<Option<u64>, StoreError> {
        let mut find = self.connection.prepare_cached(READ)?;
        let read = |row: &rusqlite::Row<'_>| row.get::<_, Option<i64>>(0);
        let seconds = find.query_row([workspace.bytes()], read).optional()?.flatten();
        Ok(seconds.and_then(|seconds| u64::try_from(seconds).ok()))
    }

    /// Says how many seconds it is from now on. A device learns of it with its next pull.
    pub fn set_lease(
        &self,
        workspace: WorkspaceId,
        seconds: Option<u64>,
        by: &By,
        now: WallTime,
    ) -> Result<(), StoreError> {
        let about = seconds.map_or("none".to_owned(), |seconds| format!("{seconds} seconds"));
        let seconds = seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
        let transaction = self.write()?;
        transaction.prepare_cached(WRITE)?.execute((workspace.bytes(), seconds))?;
        let (deed, of) = (Deed::LeaseSet, Some(workspace));
        audit::note(&transaction, Note { workspace: of, by, deed, about: &about, is_done: true }, now)?;
        Ok(transaction.commit()?)
    }
}
