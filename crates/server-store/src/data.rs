//! A server's data folder: `accounts.db`, and a file for each workspace in `workspaces/`.
//!
//! One server at a time serves a folder, and says so by a lock. Administering beside it is fine: that touches
//! `accounts.db` and makes new workspace files, never one that is served.

use std::fs::{DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};

use fieldbook_model::{Schema, WallTime, WorkspaceId};

use crate::accounts::{AccountError, Accounts, WorkspaceRow};
use crate::error::StoreError;
use crate::sqlite::SqliteStore;
use crate::store::Head;

/// The folder with a file for each workspace.
const WORKSPACES: &str = "workspaces";
/// The file of the accounts.
const ACCOUNTS: &str = "accounts.db";
/// Locked by the server that serves the folder. Empty; it stays when the server ends.
const LOCK: &str = "serve.lock";

/// A data folder.
#[derive(Debug)]
pub struct Data {
    folder: PathBuf,
    accounts: Accounts,
}

/// The workspace files of a data folder: for any number of threads, none of which waits for another.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
}

/// Why a data folder cannot be used as one wants to.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another server serves it.
    #[error("another server serves {}; stop that one, or name another folder", .0.display())]
    Served(PathBuf),
    /// The folder cannot be made or written.
    #[error("{}: {}", .0.display(), .1)]
    Folder(PathBuf, std::io::Error),
    /// Something with an account or a database.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for DataError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

/// Holds a folder for one server until it is dropped.
#[derive(Debug)]
pub struct Served {
    _lock: File,
}

impl Data {
    /// Whether a folder has been made a data folder. Makes nothing.
    pub fn is_there(folder: &Path) -> bool {
        folder.join(ACCOUNTS).is_file()
    }

    /// Opens a data folder, and makes it where there is none: readable by its owner only.
    pub fn open(folder: &Path) -> Result<Self, DataError> {
        make_folder(&folder.join(WORKSPACES))?;
        Ok(Self { folder: folder.to_owned(), accounts: Accounts::open(folder)? })
    }

    /// Takes the folder for this server alone.
    pub fn serve(&self) -> Result<Served, DataError> {
        let path = self.folder.join(LOCK);
        let failed = |error| DataError::Folder(path.clone(), error);
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Served { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataError::Served(self.folder.clone())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Who may come in.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Makes a workspace: first its file, then its row. A crash in between leaves a file that nobody names.
    pub fn create_workspace(
        &self,
        name: &str,
        schema: &Schema,
        id: WorkspaceId,
        now: WallTime,
    ) -> Result<WorkspaceRow, DataError> {
        if let Some(row) = self.accounts.workspace(name)? {
            return Err(AccountError::WorkspaceTaken(row.name).into());
        }
        SqliteStore::create(&self.files().path(id), schema, id)?;
        Ok(self.accounts.add_workspace(name, id, now)?)
    }

    /// Copies the accounts and all workspaces into a new data folder, while they may be served, and looks whether each copy is
    /// whole. Gives the workspaces with what their copies have.
    pub fn copy_to(&self, folder: &Path) -> Result<Vec<(WorkspaceRow, Head)>, StoreError> {
        let failed = |error: DataError| StoreError::Unusable(error.to_string());
        make_folder(&folder.join(WORKSPACES)).map_err(failed)?;
        self.accounts.copy_to(&folder.join(ACCOUNTS))?;
        let to = Files { folder: folder.join(WORKSPACES) };
        let mut copied = Vec::new();
        // Of the copied accounts: whoever is made meanwhile is in neither.
        let accounts = Accounts::open(folder)?;
        for row in accounts.workspaces()? {
            let head = self.open_store(row.id)?.copy_to(&to.path(row.id))?;
            copied.push((row, head));
        }
        Ok(copied)
    }

    /// The workspaces' files.
    pub fn files(&self) -> Files {
        Files { folder: self.folder.join(WORKSPACES) }
    }

    /// [`Files::open_store`], for whoever has the folder.
    pub fn open_store(&self, id: WorkspaceId) -> Result<SqliteStore, StoreError> {
        self.files().open_store(id)
    }
}

impl Files {
    /// Opens the store of a workspace, and sees that the file is that workspace's.
    pub fn open_store(&self, id: WorkspaceId) -> Result<SqliteStore, StoreError> {
        let store = SqliteStore::open(&self.path(id))?;
        match store.workspace() == id {
            true => Ok(store),
            false => {
                let words = format!("{id}.db belongs to workspace {}", store.workspace());
                Err(StoreError::Unusable(words))
            }
        }
    }

    fn path(&self, id: WorkspaceId) -> PathBuf {
        self.folder.join(format!("{id}.db"))
    }
}

fn make_folder(path: &Path) -> Result<(), DataError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| DataError::Folder(path.to_owned(), error))
}
