//! A server's data folder: `accounts.db`, a file for each workspace in `workspaces/` and one for each of its blobs in `blobs/`; each
//! under a key of its own, which follows from `keys.json` and the outer key.
//!
//! One server at a time serves a folder, and says so by a lock. Administering beside it is fine: that touches
//! `accounts.db` and makes new workspace files, never one that is served.

use std::fs::{DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fieldbook_crypto::{DataKey, FileKey};
use fieldbook_model::{Schema, Version, WallTime, WorkspaceId};

use crate::accounts::FILE as ACCOUNTS;
use crate::accounts::{AccountError, Accounts, By, PasswordRules, WorkspaceRow};
use crate::blobs::Blobs;
use crate::encrypt;
use crate::error::StoreError;
use crate::keys::{self, KeysError, Unlock};
use crate::sqlite::SqliteStore;
use crate::store::{Head, Store};

/// The folder with a file for each workspace.
pub(crate) const WORKSPACES: &str = "workspaces";
/// Locked by the server that serves the folder. Empty; it stays when the server ends.
const LOCK: &str = "serve.lock";

/// A data folder.
#[derive(Debug)]
pub struct Data {
    folder: PathBuf,
    accounts: Accounts,
    key: Arc<DataKey>,
}

/// The workspace files of a data folder: for any number of threads, none of which waits for another.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
    key: Arc<DataKey>,
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
    /// Something with its keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
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
        [ACCOUNTS.to_owned(), format!("{ACCOUNTS}.clear")].iter().any(|name| folder.join(name).is_file())
    }

    /// Whether a folder is of an earlier program, whose files are in clear.
    pub fn is_clear(folder: &Path) -> Result<bool, DataError> {
        Ok(encrypt::is_wanted(folder)?)
    }

    /// Opens a data folder, and makes it where there is none: readable by its owner only. One of an earlier program, which is
    /// in clear, is refused.
    pub fn open(folder: &Path, unlock: &Unlock) -> Result<Self, DataError> {
        make_folder(&folder.join(WORKSPACES))?;
        if encrypt::is_wanted(folder)? {
            return Err(KeysError::Clear(folder.to_owned()).into());
        }
        let key = Arc::new(unlock.data_key(folder)?);
        let accounts = Accounts::open(folder, &key.file(ACCOUNTS))?;
        Ok(Self { folder: folder.to_owned(), accounts, key })
    }

    /// Opens a data folder and takes it for this server alone. One in clear is brought under its key first. No database of
    /// it may be open in this process.
    pub fn open_to_serve(folder: &Path, unlock: &Unlock) -> Result<(Self, Served), DataError> {
        if encrypt::is_unfinished(folder)? {
            let alone = hold(folder)?;
            encrypt::all(folder, &unlock.data_key(folder)?, &mut |_| ())?;
            return Ok((Self::open(folder, unlock)?, alone));
        }
        let data = Self::open(folder, unlock)?;
        let alone = data.serve()?;
        Ok((data, alone))
    }

    /// Holds new passwords against these from now on.
    pub fn hold_passwords_against(&mut self, rules: PasswordRules) {
        self.accounts.hold_against(rules);
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes the folder for this server alone.
    pub fn serve(&self) -> Result<Served, DataError> {
        hold(&self.folder)
    }

    /// The accounts once more, for whoever needs a connection of their own.
    pub fn accounts_again(&self) -> Result<Accounts, StoreError> {
        let mut accounts = Accounts::open(&self.folder, &self.key.file(ACCOUNTS))?;
        accounts.hold_against(self.accounts.rules().clone());
        Ok(accounts)
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
        by: &By,
        now: WallTime,
    ) -> Result<WorkspaceRow, DataError> {
        if let Some(row) = self.accounts.workspace(name)? {
            return Err(AccountError::WorkspaceTaken(row.name).into());
        }
        self.files().create(id, schema)?;
        Ok(self.accounts.add_workspace(name, id, by, now)?)
    }

    /// Copies the accounts and all workspaces into a new data folder, while they may be served, and looks whether each copy is
    /// whole. Gives the workspaces with what their copies have. The copy is under the same data key, with `keys.json` and
    /// without the outer key.
    pub fn copy_to(&self, folder: &Path) -> Result<Vec<(WorkspaceRow, Head)>, StoreError> {
        let failed = |error: DataError| StoreError::Unusable(error.to_string());
        make_folder(&folder.join(WORKSPACES)).map_err(failed)?;
        keys::copy(&self.folder, folder)?;
        let accounts = self.key.file(ACCOUNTS);
        self.accounts.copy_to(&folder.join(ACCOUNTS), &accounts)?;
        let to = Files { folder: folder.join(WORKSPACES), key: Arc::clone(&self.key) };
        let mut copied = Vec::new();
        // Of the copied accounts: whoever is made meanwhile is in neither.
        for row in Accounts::open(folder, &accounts)?.workspaces()? {
            let head = self.open_store(row.id)?.copy_to(&to.path(row.id), &to.key(row.id))?;
            // After the records: a blob came before whatever names it.
            self.blobs().copy_to(&Blobs::of(folder, Arc::clone(&self.key)), row.id)?;
            copied.push((row, head));
        }
        Ok(copied)
    }

    /// The workspaces' files.
    pub fn files(&self) -> Files {
        Files { folder: self.folder.join(WORKSPACES), key: Arc::clone(&self.key) }
    }

    /// The workspaces' blobs. Whoever serves the folder asks once and hands it on: what comes and goes is counted there.
    pub fn blobs(&self) -> Blobs {
        Blobs::of(&self.folder, Arc::clone(&self.key))
    }

    /// [`Files::open_store`], for whoever has the folder.
    pub fn open_store(&self, id: WorkspaceId) -> Result<SqliteStore, StoreError> {
        self.files().open_store(id)
    }
}

impl Files {
    /// The same in the place of what a try left that was cut off: a file in which nothing was ever written is made anew.
    pub fn create_again(&self, id: WorkspaceId, schema: &Schema) -> Result<(), StoreError> {
        if self.path(id).exists() {
            let head = self.open_store(id)?.reader()?.head()?;
            if head.version != Version::ZERO {
                return Err(StoreError::Unusable(format!("{id}.db is full, and no workspace has it")));
            }
            self.remove(id)?;
        }
        self.create(id, schema)
    }

    /// Makes the file of a workspace that is none yet.
    pub fn create(&self, id: WorkspaceId, schema: &Schema) -> Result<(), StoreError> {
        SqliteStore::create(&self.path(id), self.key(id), schema, id).map(drop)
    }

    /// Opens the store of a workspace, and sees that the file is that workspace's.
    pub fn open_store(&self, id: WorkspaceId) -> Result<SqliteStore, StoreError> {
        let store = SqliteStore::open(&self.path(id), self.key(id))?;
        match store.workspace() == id {
            true => Ok(store),
            false => {
                let words = format!("{id}.db belongs to workspace {}", store.workspace());
                Err(StoreError::Unusable(words))
            }
        }
    }

    /// Removes the files of a workspace, which nobody may have open. Those that are not there are as they should be.
    pub fn remove(&self, id: WorkspaceId) -> Result<(), StoreError> {
        for end in ["db-wal", "db-shm", "db"] {
            let path = self.folder.join(format!("{id}.{end}"));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::Retry(format!("cannot remove {}: {error}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn key(&self, id: WorkspaceId) -> Arc<FileKey> {
        Arc::new(self.key.file(&format!("{WORKSPACES}/{id}.db")))
    }

    fn path(&self, id: WorkspaceId) -> PathBuf {
        self.folder.join(format!("{id}.db"))
    }
}

fn hold(folder: &Path) -> Result<Served, DataError> {
    let path = folder.join(LOCK);
    let failed = |error| DataError::Folder(path.clone(), error);
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let lock = options.open(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Served { _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(DataError::Served(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn make_folder(path: &Path) -> Result<(), DataError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| DataError::Folder(path.to_owned(), error))
}
