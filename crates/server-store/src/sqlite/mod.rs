//! A workspace in SQLite: one file, one writer, any number of readers beside it.
//!
//! It decides nothing and keeps nothing in memory between two batches but the schema, and looks at each batch whether
//! that is still in force.

mod access;
mod amount;
mod answer;
mod batch;
mod branch;
mod bytes;
mod cuts;
mod effects;
mod epoch;
mod export;
mod formats;
mod frame;
mod given;
mod gone;
mod held;
mod history;
mod keyed;
mod list;
mod lost;
mod moves;
mod number;
mod one;
mod page;
mod past;
mod plan;
mod queue;
mod reader;
mod records;
mod rows;
mod scopes;
mod sight;
mod size;
pub mod stamps;
mod stuck;
mod sums;
mod timeline;
mod upgrade;
mod verdicts;
mod visible;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fieldbook_crypto::FileKey;
use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Schema, Version, WallTime, WorkspaceId};
#[cfg(feature = "planted")]
use rusqlite::backup::StepResult;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::{StoreError, UpgradeError};
use crate::file::{self, Mark};
use crate::queue::{HeldRow, LogRow};
use crate::recovery::Recovery;
use crate::store::{Batch, Collected, Head, Place, Reader, Store};
use batch::SqliteBatch;
use frame::Frame;
use reader::SqliteReader;
pub(crate) use upgrade::rename;

/// The letters FBws.
const MARK: Mark =
    Mark { application: 0x4642_7773, version: 6, noun: "workspace file", steps: formats::STEPS };

/// Pages that a copy takes over at a time, while others write.
const COPIED_AT_ONCE: i32 = 4096;

/// The store of one workspace.
pub struct SqliteStore {
    connection: Connection,
    place: At,
    frame: Arc<Frame>,
    fails: bool,
}

/// A copy of a workspace.
#[cfg(feature = "planted")]
#[derive(Debug)]
pub struct Backup(Connection);

/// Where a reader finds the same database.
enum At {
    File(PathBuf, Option<Arc<FileKey>>),
    Memory(String),
}

impl SqliteStore {
    /// Makes the file of a new workspace. A file that is there and not empty is left alone and refused.
    pub fn create(
        path: &Path,
        key: Arc<FileKey>,
        schema: &Schema,
        workspace: WorkspaceId,
    ) -> Result<Self, StoreError> {
        Self::created(path, Some(key), schema, workspace)
    }

    /// Opens the file of a workspace.
    pub fn open(path: &Path, key: Arc<FileKey>) -> Result<Self, StoreError> {
        Self::opened(path, Some(key))
    }

    /// The same as [`Self::create`] in clear, as an earlier program made it.
    #[cfg(feature = "planted")]
    pub fn create_clear(path: &Path, schema: &Schema, workspace: WorkspaceId) -> Result<Self, StoreError> {
        Self::created(path, None, schema, workspace)
    }

    /// The same as [`Self::open`] of a file in clear.
    #[cfg(feature = "planted")]
    pub fn open_clear(path: &Path) -> Result<Self, StoreError> {
        Self::opened(path, None)
    }

    fn created(
        path: &Path,
        key: Option<Arc<FileKey>>,
        schema: &Schema,
        workspace: WorkspaceId,
    ) -> Result<Self, StoreError> {
        let fill = |connection: &Connection| fill(connection, schema, workspace);
        let connection = file::create(path, key.as_deref(), &MARK, &fill)?;
        Self::new(connection, At::File(path.to_owned(), key))
    }

    fn opened(path: &Path, key: Option<Arc<FileKey>>) -> Result<Self, StoreError> {
        Self::new(file::open(path, key.as_deref(), &MARK)?, At::File(path.to_owned(), key))
    }

    /// Makes a workspace in memory, under a name of this process's that nobody else uses. Readers and writer
    /// share locks there: nobody may read while a batch is open.
    pub fn memory(schema: &Schema, workspace: WorkspaceId, name: &str) -> Result<Self, StoreError> {
        let connection = file::memory(name)?;
        if !file::make(&connection, &MARK, &|connection| fill(connection, schema, workspace))? {
            return Err(StoreError::Unusable(format!("{name} is in memory already")));
        }
        Self::new(connection, At::Memory(name.to_owned()))
    }

    /// Whose data it is.
    pub fn workspace(&self) -> WorkspaceId {
        self.frame.workspace
    }

    /// What was lost, what waits for it, and what nobody has any more.
    pub fn recovery(&self) -> Result<Recovery, StoreError> {
        lost::recovery(&self.connection)
    }

    /// Whether the file is whole, read from its first page to its last.
    pub fn is_whole(&self) -> Result<bool, StoreError> {
        lost::is_whole(&self.connection)
    }

    /// How far each device's log is here.
    pub fn logs(&self) -> Result<Vec<LogRow>, StoreError> {
        queue::logs(&self.connection)
    }

    /// What waits here for a person or for what was lost, oldest first.
    pub fn held(&self) -> Result<Vec<HeldRow>, StoreError> {
        queue::held(&self.connection)
    }

    /// Notes up to where a backup is known to be safe: devices may let go of what it has. Not beyond the head.
    pub fn set_backup_mark(&mut self, upto: Version, at: WallTime) -> Result<Cursor, StoreError> {
        let head = batch::head(&self.connection)?;
        let upto = Cursor { epoch: head.epoch, version: upto.min(head.version) };
        lost::set_mark(&self.connection, upto, at)?;
        Ok(upto)
    }

    /// The same of a copy that has a head of this workspace; `false` where a new history began since.
    pub fn set_backup_mark_of(&mut self, copied: Head, at: WallTime) -> Result<bool, StoreError> {
        let head = batch::head(&self.connection)?;
        if head.epoch == copied.epoch && head.version >= copied.version {
            lost::set_mark(&self.connection, copied.cursor(), at)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Copies the workspace into a new file while it is served, and looks whether the copy is whole. Gives the head that the
    /// copy has. The copy is under a key of its own.
    pub fn copy_to(&self, path: &Path, key: &FileKey) -> Result<Head, StoreError> {
        let mut copy = file::connect_new(path, Some(key))?;
        let backup = rusqlite::backup::Backup::new(&self.connection, &mut copy)?;
        backup.run_to_completion(COPIED_AT_ONCE, std::time::Duration::ZERO, None)?;
        drop(backup);
        match lost::is_whole(&copy)? {
            true => batch::head(&copy),
            false => Err(StoreError::Unusable(format!("the copy {} is not whole", path.display()))),
        }
    }

    /// Makes the commit of the next batch fail as if the disk were full.
    #[cfg(feature = "planted")]
    pub fn fail_next_commit(&mut self) {
        self.fails = true;
    }

    /// What the records take for saying who changed what last: bytes, and values that have it.
    #[cfg(feature = "planted")]
    pub fn stamp_bytes(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT coalesce(sum(length(stamps)), 0), coalesce(sum(json_array_length(row) + 1), 0) FROM record";
        Ok(self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Calls whoever looks on each time after so many of the database's steps; `true` stops what is done.
    #[cfg(feature = "planted")]
    pub fn watch(
        &mut self,
        steps: i32,
        look: impl FnMut() -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        Ok(self.connection.progress_handler(steps, Some(look))?)
    }

    /// All that the workspace holds now, as a backup has it.
    #[cfg(feature = "planted")]
    pub fn copy(&self) -> Result<Backup, StoreError> {
        let mut copy = Connection::open_in_memory()?;
        whole(rusqlite::backup::Backup::new(&self.connection, &mut copy)?.step(-1)?)?;
        Ok(Backup(copy))
    }

    /// Puts a backup back, as if a disk had been replaced. Readers have to be opened again.
    #[cfg(feature = "planted")]
    pub fn put_back(&mut self, copy: &Backup) -> Result<(), StoreError> {
        whole(rusqlite::backup::Backup::new(&copy.0, &mut self.connection)?.step(-1)?)
    }

    fn new(connection: Connection, place: At) -> Result<Self, StoreError> {
        let frame = Arc::new(Frame::read(&connection)?);
        Ok(Self { connection, place, frame, fails: false })
    }
}

/// A copy in one step is all of it, or none.
#[cfg(feature = "planted")]
fn whole(step: StepResult) -> Result<(), StoreError> {
    match step {
        StepResult::Done => Ok(()),
        other => Err(StoreError::Retry(format!("a copy in one step came to {other:?}"))),
    }
}

fn fill(connection: &Connection, schema: &Schema, workspace: WorkspaceId) -> Result<(), StoreError> {
    connection.execute_batch(include_str!("tables.sql"))?;
    let head = "INSERT INTO head (one, epoch, version, hash, schema) VALUES (1, 1, 0, ?, ?)";
    connection.execute(head, params![Hash::ZERO.0, schema.version])?;
    Frame::write(connection, schema, workspace)
}

impl Store for SqliteStore {
    fn schema(&self) -> &Arc<Schema> {
        &self.frame.schema
    }

    fn batch(&mut self) -> Result<Box<dyn Batch + '_>, StoreError> {
        let fails = std::mem::take(&mut self.fails);
        Ok(Box::new(SqliteBatch::begin(&self.connection, &mut self.frame, fails)?))
    }

    fn upgrade(&mut self, next: &Schema) -> Result<Version, UpgradeError> {
        let (version, frame) = upgrade::upgrade(&self.connection, next)?;
        self.frame = Arc::new(frame);
        Ok(version)
    }

    fn collect(&mut self, until: WallTime, after: Place) -> Result<Collected, StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        if Frame::in_force(&transaction)? != self.frame.schema.version {
            self.frame = Arc::new(Frame::read(&transaction)?);
        }
        let collected = gone::collect(&transaction, &self.frame, until, after)?;
        transaction.commit()?;
        Ok(collected)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        let connection = match &self.place {
            At::File(path, key) => file::open_reader(path, key.as_deref(), &MARK)?,
            At::Memory(name) => file::memory(name)?,
        };
        Ok(Box::new(SqliteReader::new(connection)?))
    }
}
