//! The store: one read-write connection to a device's database.

use std::path::{Path, PathBuf};

use fieldbook_crypto::DatabaseKey;
use fieldbook_model::chain::Hash;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Ladder;
use fieldbook_model::{Limits, Schema};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::coming::Slices;
use crate::connect;
use crate::error::StoreError;
use crate::files;
use crate::identity::Identity;
use crate::queries::{Queries, QueryError};
use crate::schema_sql::{self, Tables};
use crate::table::Table;
use crate::upgrade;

/// A device's database, with the one door for writing: `act`.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    known: Known,
    durability: Durability,
    /// What a query is asked with, and for which version of the schema.
    queries: Option<(u32, Queries)>,
    /// Where the database lies, and what opens it, where nobody else can: for [`Self::aside`].
    pub(crate) place: Option<(PathBuf, DatabaseKey)>,
    /// What a page is taken in with that comes slice by slice.
    pub(crate) slices: Slices,
    /// How many bytes there is room for, where somebody has said so.
    pub(crate) room: Option<u64>,
    /// The blob that the disk did not take, nor a note of that.
    pub(crate) unfit: Option<Hash>,
}

/// What follows from the schema, as of the last transaction.
#[derive(Debug)]
pub(crate) struct Known {
    pub identity: Identity,
    pub ladder: Ladder,
    pub tables: Tables,
}

impl Known {
    pub fn of(conn: &Connection, identity: Identity) -> Result<Self, StoreError> {
        let ladder = upgrade::ladder(conn, &identity.schema)?;
        let tables = Tables::of(&identity.schema);
        Ok(Self { identity, ladder, tables })
    }

    /// Reads everything again if another process has brought the database to another version of the schema, or given the
    /// log another name.
    fn renew(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let mut select = conn.prepare_cached(
            "SELECT schema, (SELECT value FROM fb_meta WHERE name = 'device_id') FROM fb_marks",
        )?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?));
        let (version, device) = select.query_row([], row)?;
        if version != self.identity.schema.version || device != self.identity.device_id.to_string() {
            *self = Self::of(conn, Identity::read(conn)?)?;
        }
        Ok(())
    }

    fn parts(&self) -> Parts<'_> {
        Parts { identity: &self.identity, ladder: &self.ladder, tables: &self.tables }
    }
}

/// When a commit has reached the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// When it returns: what a user was shown as saved.
    Full,
    /// Some time later, in order: what can be fetched again.
    Later,
}

/// An open transaction with what is needed to read it.
#[derive(Clone, Copy)]
pub(crate) struct Tx<'a> {
    pub conn: &'a Connection,
    pub identity: &'a Identity,
    pub schema: &'a Schema,
    /// The versions that the schema had.
    pub ladder: &'a Ladder,
    pub tables: &'a Tables,
}

impl Store {
    /// Makes a new database. Refuses a path where something is.
    pub fn create(path: &Path, key: &DatabaseKey, identity: &Identity) -> Result<Self, StoreError> {
        files::make(path)?;
        let conn = connect::keyed(path, key, files::NEW)?;
        connect::settings(&conn)?;
        conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        files::keep_names(path)?;
        let place = files::is_alone().then(|| (files::beside(path), DatabaseKey::from_bytes(*key.expose())));
        Ok(Self { place, ..Self::begin(conn, identity)? })
    }

    /// A private database in memory, without a cipher: for the simulator.
    pub fn memory(identity: &Identity) -> Result<Self, StoreError> {
        let conn = Connection::open_in_memory()?;
        connect::settings(&conn)?;
        Self::begin(conn, identity)
    }

    /// A copy of the whole database in memory: what a backup, or a cloned device, has.
    #[cfg(feature = "planted")]
    pub fn copy(&self) -> Result<Self, StoreError> {
        let mut conn = Connection::open_in_memory()?;
        rusqlite::backup::Backup::new(&self.conn, &mut conn)?.step(-1)?;
        connect::settings(&conn)?;
        Self::over(conn, self.known.identity.clone())
    }

    /// A copy of the whole database in a new file under a key, as a device has it; on the way one in clear, at another path.
    #[cfg(feature = "planted")]
    pub fn sealed_copy(&self, path: &Path, key: &DatabaseKey, clear: &str) -> Result<Self, StoreError> {
        self.conn.execute("VACUUM INTO ?", [clear])?;
        let conn =
            connect::keyed(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connect::settings(&conn)?;
        conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        conn.execute("ATTACH DATABASE ? AS clear KEY ''", [clear])?;
        conn.query_row("SELECT sqlcipher_export('main', 'clear')", [], |_| Ok(()))?;
        conn.execute_batch("DETACH DATABASE clear")?;
        for mark in ["application_id", "user_version"] {
            let value: i64 = self.conn.query_row(&format!("PRAGMA {mark}"), [], |row| row.get(0))?;
            conn.pragma_update(None, mark, value)?;
        }
        Self::over(conn, self.known.identity.clone())
    }

    /// Opens a database that is there.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, StoreError> {
        let conn = connect::existing(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.execute_batch("PRAGMA synchronous = FULL")?;
        files::keep_names(path)?;
        let identity = Identity::read(&conn)?;
        let place = files::is_alone().then(|| (files::beside(path), DatabaseKey::from_bytes(*key.expose())));
        Ok(Self { place, ..Self::over(conn, identity)? })
    }

    /// Opens a database with one of the keys that it may have, the last of them first: a key that is being changed has another
    /// before it. Says which it was.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`] where none opens it; any other at once.
    pub fn open_by_any(path: &Path, keys: &[DatabaseKey]) -> Result<(Self, usize), StoreError> {
        for (place, key) in keys.iter().enumerate().rev() {
            match Self::open(path, key) {
                Err(StoreError::WrongKey) => {}
                opened => return Ok((opened?, place)),
            }
        }
        Err(StoreError::WrongKey)
    }

    /// Whose database it is.
    pub fn identity(&self) -> &Identity {
        &self.known.identity
    }

    /// Takes in what a new sign-in says of the user and the server.
    pub fn renew(&mut self, role: &str, limits: Limits) -> Result<(), StoreError> {
        let identity = Identity { role: role.to_owned(), limits, ..self.known.identity.clone() };
        let (conn, _) = self.write(Durability::Full)?;
        identity.write(&conn)?;
        conn.commit()?;
        self.known.identity = identity;
        Ok(())
    }

    /// Changes when another connection, of this process or another, has committed.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.conn.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// Runs one SELECT on what is shown, under the rules of a [`crate::Reader`], on the store's own connection: where there can be
    /// no other, as in a browser. With a limit, the table says whether rows were left out. While a page is on its way in, what was there before it.
    pub fn query(&mut self, sql: &str, limit_rows: Option<u32>) -> Result<Table, QueryError> {
        if let Some((conn, queries)) = self.aside()? {
            return queries.query(conn, sql, limit_rows);
        }
        let version = self.known.identity.schema.version;
        let queries = match self.queries.take().filter(|(made_for, _)| *made_for == version) {
            Some((_, queries)) => queries,
            None => Queries::on(&mut self.conn, &self.known.identity)?,
        };
        let (_, queries) = self.queries.insert((version, queries));
        queries.query(&mut self.conn, sql, limit_rows)
    }

    fn begin(mut conn: Connection, identity: &Identity) -> Result<Self, StoreError> {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        schema_sql::create(&tx, &identity.schema, identity.epoch)?;
        identity.write(&tx)?;
        tx.commit()?;
        Self::over(conn, identity.clone())
    }

    fn over(conn: Connection, identity: Identity) -> Result<Self, StoreError> {
        let known = Known::of(&conn, identity)?;
        Ok(Self {
            conn,
            known,
            durability: Durability::Full,
            queries: None,
            place: None,
            slices: Slices::default(),
            room: None,
            unfit: None,
        })
    }

    /// Starts a write transaction. Dropped, it leaves nothing behind.
    pub(crate) fn write(
        &mut self,
        durability: Durability,
    ) -> Result<(Transaction<'_>, Parts<'_>), StoreError> {
        self.slices.file_tells = false;
        let durability = match durability {
            Durability::Full if planted(Defect::ActsUnsynced) => Durability::Later,
            as_asked => as_asked,
        };
        if self.durability != durability {
            self.conn.execute_batch(match durability {
                Durability::Full => "PRAGMA synchronous = FULL",
                Durability::Later => "PRAGMA synchronous = NORMAL",
            })?;
            self.durability = durability;
        }
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.known.renew(&tx)?;
        Ok((tx, self.known.parts()))
    }

    /// Stops whatever is done after so many of the database's steps, as a kill would.
    #[cfg(feature = "planted")]
    pub fn stop_after(&mut self, steps: i32) -> Result<(), StoreError> {
        self.watch(steps, || true)
    }

    /// After a stop: what a program finds that starts again. A statement may have been told to stop when it had just been
    /// done; what it had begun is taken back as when the file is opened.
    #[cfg(feature = "planted")]
    pub fn start_again(&mut self) -> Result<(), StoreError> {
        self.watch(0, || false)?;
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.known = Known::of(&self.conn, Identity::read(&self.conn)?)?;
        Ok(())
    }

    /// Calls whoever looks on each time after so many of the database's steps; `true` stops what is done.
    #[cfg(feature = "planted")]
    pub fn watch(
        &mut self,
        steps: i32,
        look: impl FnMut() -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        Ok(self.conn.progress_handler(steps, Some(look))?)
    }

    /// The transaction that [`Self::open_for_slices`] began.
    pub(crate) fn within(&self) -> (&Connection, Parts<'_>) {
        (&self.conn, self.known.parts())
    }

    /// The connection, outside of any transaction.
    pub(crate) fn connection(&self) -> &Connection {
        &self.conn
    }

    /// What is known from now on: the database was just brought to another version of the schema.
    pub(crate) fn know(&mut self, known: Known) {
        self.known = known;
    }

    /// Starts a read transaction: all that is read in it is of one moment.
    pub(crate) fn read(&mut self) -> Result<(Transaction<'_>, Parts<'_>), StoreError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Deferred)?;
        self.known.renew(&tx)?;
        Ok((tx, self.known.parts()))
    }
}

/// What a transaction is read with.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub identity: &'a Identity,
    pub ladder: &'a Ladder,
    pub tables: &'a Tables,
}

impl<'a> Parts<'a> {
    pub fn on(self, conn: &'a Connection) -> Tx<'a> {
        let Self { identity, ladder, tables } = self;
        Tx { conn, identity, schema: &identity.schema, ladder, tables }
    }
}
