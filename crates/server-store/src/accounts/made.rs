//! Workspaces that people make over the network: who made one, and how many one person may. Those of an operator are nobody's.

use fieldbook_model::{UserId, WallTime, WorkspaceId};
use fieldbook_server_sync::Role;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit::{self, By, Deed, Note};
use super::workspaces::WorkspaceRow;
use super::{AccountError, Accounts, MEMBER_INSERT, name, taken};
use crate::error::StoreError;

const MAKER: &str = "SELECT made_by FROM workspace WHERE id = ?";
// An id that is a user's or a device's would make that one the server's own in the workspace.
const TAKEN: &str = "SELECT 1 FROM user WHERE id = ?1 UNION ALL SELECT 1 FROM device WHERE id = ?1 LIMIT 1";
// One that was deleted counts for as long as its file is there.
const COUNT: &str =
    "SELECT count(*) FROM workspace WHERE made_by = ? AND (deleted_at IS NULL OR deleted_name IS NOT NULL)";
const INSERT: &str = "INSERT INTO workspace (id, name, file, created_at, made_by) VALUES (?, ?, ?, ?, ?)";

/// What version 9 has and version 8 had not: the user who made a workspace; NULL: an operator.
pub(super) fn column(connection: &Connection) -> Result<(), StoreError> {
    let words = "ALTER TABLE workspace ADD COLUMN made_by BLOB; CREATE INDEX workspace_made_by ON workspace (made_by);";
    Ok(connection.execute_batch(words)?)
}

/// A workspace that somebody wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkspace {
    /// The id that whoever wants it has made for it.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Who makes it, and owns it then.
    pub maker: UserId,
    /// How many one person may make.
    pub made_max: u32,
}

impl Accounts {
    /// The workspace, where the same person has made it under this id before, with what that person is there; nothing where it
    /// may be made.
    ///
    /// # Errors
    /// [`AccountError::IdTaken`], [`AccountError::WorkspaceTaken`], [`AccountError::BadNewName`],
    /// [`AccountError::TooManyWorkspaces`].
    pub fn made_before(&self, new: &NewWorkspace) -> Result<Option<(WorkspaceRow, Role)>, AccountError> {
        let read = |row: &Row<'_>| Ok(row.get::<_, Option<[u8; 16]>>(0)?.map(UserId::from_bytes));
        let maker = self.connection.prepare_cached(MAKER)?.query_row([new.id.bytes()], read).optional()?;
        if let Some(maker) = maker {
            let own = self.workspace_in(new.id, new.maker)?;
            return own.filter(|_| maker == Some(new.maker)).map(Some).ok_or(AccountError::IdTaken);
        }
        if self.connection.prepare_cached(TAKEN)?.exists([new.id.bytes()])? {
            return Err(AccountError::IdTaken);
        }
        name::new_name("workspace", &new.name)?;
        if let Some(row) = self.workspace(&new.name)? {
            return Err(AccountError::WorkspaceTaken(row.name));
        }
        let made: u32 =
            self.connection.prepare_cached(COUNT)?.query_row([new.maker.bytes()], |row| row.get(0))?;
        match made < new.made_max {
            true => Ok(None),
            false => Err(AccountError::TooManyWorkspaces(made)),
        }
    }

    /// Notes a workspace whose file is there already, and its maker as its owner. Asked again it answers the same.
    ///
    /// # Errors
    /// Those of [`Accounts::made_before`].
    pub fn make_workspace(
        &self,
        new: &NewWorkspace,
        by: &By,
        now: WallTime,
    ) -> Result<(WorkspaceRow, Role), AccountError> {
        let transaction = self.write()?;
        if let Some(made) = self.made_before(new)? {
            return Ok(made);
        }
        let NewWorkspace { id, name, maker, .. } = new;
        let row = WorkspaceRow {
            id: *id,
            name: name.clone(),
            file: format!("workspaces/{id}.db"),
            created_at: now,
        };
        let or = |error| taken(error, || AccountError::WorkspaceTaken(row.name.clone()));
        let values = params![id.bytes(), row.name, row.file, now.0, maker.bytes()];
        transaction.execute(INSERT, values).map_err(or)?;
        let owner = params![id.bytes(), maker.bytes(), Role::Owner.to_string()];
        transaction.execute(MEMBER_INSERT, owner)?;
        let note = Note { workspace: Some(*id), by, deed: Deed::WorkspaceMade, about: name, is_done: true };
        audit::note(&transaction, note, now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok((row, Role::Owner))
    }
}
