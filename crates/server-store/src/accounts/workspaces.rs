//! The workspaces of a server: made, renamed, deleted for a while, brought back.

use fieldbook_model::{UserId, WallTime, WorkspaceId};
use fieldbook_server_sync::Role;
use rusqlite::{OptionalExtension, Row, params};

use super::audit::{self, By, Deed, Note};
use super::{AccountError, Accounts, is_taken, name, role, taken};
use crate::error::StoreError;

const INSERT: &str = "INSERT INTO workspace (id, name, file, created_at) VALUES (?, ?, ?, ?)";
const ALL: &str = "SELECT id, name, file, created_at FROM workspace WHERE deleted_at IS NULL ORDER BY name";
const NAMED: &str = "SELECT id, name, file, created_at FROM workspace WHERE name = ? AND deleted_at IS NULL";
const OF: &str = "SELECT id, name, file, created_at FROM workspace WHERE id = ? AND deleted_at IS NULL";
const RENAME: &str = "UPDATE workspace SET name = ?2 WHERE id = ?1";
const DELETE: &str = "UPDATE workspace SET deleted_at = ?2, deleted_name = name, name = ?3 WHERE id = ?1";
const DELETED: &str = "SELECT id, deleted_name, deleted_at FROM workspace WHERE deleted_at IS NOT NULL \
    AND deleted_name IS NOT NULL ORDER BY deleted_at, id";
// What is left of a forgotten workspace is its id: its name goes, and with it who was there.
const FORGET: &str = "UPDATE workspace SET deleted_name = NULL WHERE id = ?";
const FORGET_PEOPLE: [&str; 4] = [
    "DELETE FROM member WHERE workspace = ?",
    "DELETE FROM device WHERE workspace = ?",
    "DELETE FROM invite WHERE workspace = ?",
    "DELETE FROM wanted WHERE workspace = ?",
];
// Nobody gets the server's half of what opens a device any more (decision 0031); also of those that an earlier program forgot.
const FORGET_KEYS: &str = "DELETE FROM content_key WHERE workspace IN \
    (SELECT id FROM workspace WHERE deleted_at IS NOT NULL AND deleted_name IS NULL)";
// An order outlives the workspace: its device may come back after years. It needs nobody's name for that.
const FORGET_WIPES: [&str; 2] = [
    "DELETE FROM wipe WHERE workspace = ? AND withdrawn_at IS NOT NULL",
    "UPDATE wipe SET device_name = '', user_name = '', ordered_by = '' WHERE workspace = ?",
];
const FORGOTTEN: &str = "SELECT id FROM workspace WHERE deleted_at IS NOT NULL AND deleted_name IS NULL";
const RESTORE: &str = "UPDATE workspace SET deleted_at = NULL, deleted_name = NULL, name = ?2 WHERE id = ?1";
const OF_USER: &str = "SELECT w.id, w.name, w.file, w.created_at, m.role FROM workspace w JOIN member m \
    ON m.workspace = w.id WHERE m.user = ? AND m.role <> 'nobody' AND w.deleted_at IS NULL ORDER BY w.name";

const OF_BOTH: &str = "SELECT w.id, w.name, w.file, w.created_at, m.role FROM workspace w JOIN member m \
    ON m.workspace = w.id WHERE w.id = ? AND m.user = ? AND m.role <> 'nobody' AND w.deleted_at IS NULL";

/// A workspace of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRow {
    /// Its id.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Its file, relative to the data folder.
    pub file: String,
    /// When it was made.
    pub created_at: WallTime,
}

/// A workspace that was deleted, and whose file is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRow {
    /// Its id.
    pub id: WorkspaceId,
    /// What people called it.
    pub name: String,
    /// When it was deleted.
    pub deleted_at: WallTime,
}

impl Accounts {
    /// Notes a workspace, whose file is there already.
    pub fn add_workspace(
        &self,
        name: &str,
        id: WorkspaceId,
        by: &By,
        now: WallTime,
    ) -> Result<WorkspaceRow, AccountError> {
        name::check("workspace", name)?;
        let name = name.trim();
        let row =
            WorkspaceRow { id, name: name.to_owned(), file: format!("workspaces/{id}.db"), created_at: now };
        let values = params![id.bytes(), row.name, row.file, now.0];
        let transaction = self.write()?;
        let or = |error| taken(error, || AccountError::WorkspaceTaken(row.name.clone()));
        transaction.execute(INSERT, values).map_err(or)?;
        let note = Note { workspace: Some(id), by, deed: Deed::WorkspaceMade, about: name, is_done: true };
        audit::note(&transaction, note, now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(row)
    }

    /// The workspace of a name.
    pub fn workspace(&self, name: &str) -> Result<Option<WorkspaceRow>, StoreError> {
        let mut find = self.connection.prepare_cached(NAMED)?;
        Ok(find.query_row([name.trim()], row).optional()?)
    }

    /// The workspace of an id.
    pub fn workspace_of(&self, id: WorkspaceId) -> Result<Option<WorkspaceRow>, StoreError> {
        let mut find = self.connection.prepare_cached(OF)?;
        Ok(find.query_row([id.bytes()], row).optional()?)
    }

    /// Every workspace, by name.
    pub fn workspaces(&self) -> Result<Vec<WorkspaceRow>, StoreError> {
        let mut find = self.connection.prepare_cached(ALL)?;
        Ok(find.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// The workspaces of a user, by name, with what the accounts say that the user is there.
    pub fn workspaces_of(&self, user: UserId) -> Result<Vec<(WorkspaceRow, Role)>, StoreError> {
        let mut find = self.connection.prepare_cached(OF_USER)?;
        let mut rows = find.query([user.bytes()])?;
        let mut found = Vec::new();
        while let Some(it) = rows.next()? {
            found.push(joined(it)?);
        }
        Ok(found)
    }

    /// One of them, if it is one.
    pub fn workspace_in(
        &self,
        id: WorkspaceId,
        user: UserId,
    ) -> Result<Option<(WorkspaceRow, Role)>, StoreError> {
        let mut find = self.connection.prepare_cached(OF_BOTH)?;
        let mut rows = find.query(params![id.bytes(), user.bytes()])?;
        rows.next()?.map(joined).transpose()
    }

    /// Gives a workspace another name.
    ///
    /// # Errors
    /// [`AccountError::WorkspaceTaken`], [`AccountError::BadName`].
    pub fn rename_workspace(
        &self,
        id: WorkspaceId,
        to: &str,
        by: &By,
        now: WallTime,
    ) -> Result<WorkspaceRow, AccountError> {
        name::check("workspace", to)?;
        let to = to.trim();
        let transaction = self.write()?;
        let before = self.workspace_of(id)?.ok_or_else(|| AccountError::NoWorkspace(id.to_string()))?;
        match transaction.prepare_cached(RENAME)?.execute(params![id.bytes(), to]) {
            Ok(_) => {}
            Err(error) if is_taken(&error) => return Err(AccountError::WorkspaceTaken(to.to_owned())),
            Err(error) => return Err(error.into()),
        }
        let about = format!("{} to {to}", before.name);
        let (deed, workspace) = (Deed::WorkspaceRenamed, Some(id));
        audit::note(&transaction, Note { workspace, by, deed, about: &about, is_done: true }, now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(WorkspaceRow { name: to.to_owned(), ..before })
    }

    /// Deletes a workspace: nobody gets in any more, and its name is free. Its file stays until it is forgotten.
    ///
    /// # Errors
    /// [`AccountError::NoWorkspace`].
    pub fn delete_workspace(
        &self,
        id: WorkspaceId,
        by: &By,
        now: WallTime,
    ) -> Result<WorkspaceRow, AccountError> {
        let transaction = self.write()?;
        let before = self.workspace_of(id)?.ok_or_else(|| AccountError::NoWorkspace(id.to_string()))?;
        let row = params![id.bytes(), now.0, format!("deleted {id}")];
        transaction.prepare_cached(DELETE)?.execute(row)?;
        let (deed, workspace) = (Deed::WorkspaceDeleted, Some(id));
        audit::note(&transaction, Note { workspace, by, deed, about: &before.name, is_done: true }, now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(before)
    }

    /// The deleted workspaces whose files are still there, the longest deleted first.
    pub fn deleted_workspaces(&self) -> Result<Vec<DeletedRow>, StoreError> {
        let mut find = self.connection.prepare_cached(DELETED)?;
        let read = |row: &Row<'_>| {
            let (id, name) = (WorkspaceId::from_bytes(row.get(0)?), row.get(1)?);
            Ok(DeletedRow { id, name, deleted_at: WallTime(row.get(2)?) })
        };
        Ok(find.query_map([], read)?.collect::<Result<_, _>>()?)
    }

    /// Gives up for good what was deleted before a time: nothing brings it back, and its files are to be removed.
    pub fn forget_workspaces(&self, before: WallTime, by: &By, now: WallTime) -> Result<(), StoreError> {
        let transaction = self.write()?;
        for row in self.deleted_workspaces()?.into_iter().filter(|row| row.deleted_at < before) {
            transaction.execute(FORGET, [row.id.bytes()])?;
            for of_it in FORGET_PEOPLE.into_iter().chain(FORGET_WIPES) {
                transaction.execute(of_it, [row.id.bytes()])?;
            }
            let (deed, workspace) = (Deed::WorkspaceForgotten, Some(row.id));
            audit::note(&transaction, Note { workspace, by, deed, about: &row.name, is_done: true }, now)?;
        }
        transaction.execute(FORGET_KEYS, [])?;
        Ok(transaction.commit()?)
    }

    /// The workspaces that were given up for good.
    pub fn forgotten_workspaces(&self) -> Result<Vec<WorkspaceId>, StoreError> {
        let mut find = self.connection.prepare_cached(FORGOTTEN)?;
        let read = |row: &Row<'_>| Ok(WorkspaceId::from_bytes(row.get(0)?));
        Ok(find.query_map([], read)?.collect::<Result<_, _>>()?)
    }

    /// Brings a deleted workspace back under its name.
    ///
    /// # Errors
    /// [`AccountError::NoWorkspace`], and [`AccountError::WorkspaceTaken`] where another has its name by now.
    pub fn restore_workspace(
        &self,
        id: WorkspaceId,
        by: &By,
        now: WallTime,
    ) -> Result<WorkspaceRow, AccountError> {
        let transaction = self.write()?;
        let gone = self.deleted_workspaces()?.into_iter().find(|row| row.id == id);
        let gone = gone.ok_or_else(|| AccountError::NoWorkspace(id.to_string()))?;
        let or = |error| taken(error, || AccountError::WorkspaceTaken(gone.name.clone()));
        transaction.execute(RESTORE, params![id.bytes(), gone.name]).map_err(or)?;
        let (deed, workspace) = (Deed::WorkspaceRestored, Some(id));
        audit::note(&transaction, Note { workspace, by, deed, about: &gone.name, is_done: true }, now)?;
        transaction.commit().map_err(StoreError::from)?;
        self.workspace_of(id)?.ok_or_else(|| AccountError::NoWorkspace(id.to_string()))
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<WorkspaceRow> {
    let id = WorkspaceId::from_bytes(row.get(0)?);
    Ok(WorkspaceRow { id, name: row.get(1)?, file: row.get(2)?, created_at: WallTime(row.get(3)?) })
}

/// A workspace with what somebody is there.
fn joined(it: &Row<'_>) -> Result<(WorkspaceRow, Role), StoreError> {
    Ok((row(it)?, role::read(&it.get::<_, String>(4)?)?))
}
