//! Queries beside the writer, on a connection of their own that never writes: SQLite is told so
//! (`query_only`), and the guard lets nothing through but a SELECT.

use std::path::Path;
use std::time::Duration;

use fieldbook_crypto::DatabaseKey;
use rusqlite::{Connection, OpenFlags};

use crate::connect;
use crate::error::StoreError;
use crate::identity::Identity;
use crate::queries::{Queries, QueryError};
use crate::table::Table;

const VERSION: &str = "SELECT schema FROM fb_marks";

/// Reads what is shown. Sees each commit as soon as it is there.
#[derive(Debug)]
pub struct Reader {
    conn: Connection,
    queries: Queries,
    /// The version of the schema that the queries are for.
    schema: u32,
}

impl Reader {
    /// Opens a database for reading.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, StoreError> {
        let mut conn = connect::existing(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.execute_batch("PRAGMA query_only = ON")?;
        let identity = Identity::read(&conn)?;
        let queries = Queries::on(&mut conn, &identity)?;
        Ok(Self { conn, queries, schema: identity.schema.version })
    }

    /// The same with another time limit.
    #[must_use]
    pub fn with_time(mut self, time: Duration) -> Self {
        self.queries.time = time;
        self
    }

    /// The record types' tables.
    pub fn table_names(&self) -> &[String] {
        &self.queries.tables
    }

    /// Changes when another connection, of this process or another, has committed.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }

    /// Runs one SELECT. With a limit, the table says whether rows were left out.
    pub fn query(&mut self, sql: &str, limit_rows: Option<u32>) -> Result<Table, QueryError> {
        self.renew()?;
        let told = self.queries.query(&mut self.conn, sql, limit_rows);
        // What was brought to another version since the look has other tables.
        match told.is_err() && self.renew()? {
            true => self.queries.query(&mut self.conn, sql, limit_rows),
            false => told,
        }
    }

    /// Takes in the tables of another version of the schema, to which the database was brought meanwhile. Says whether there was one.
    fn renew(&mut self) -> Result<bool, StoreError> {
        let version: u32 = self.conn.prepare_cached(VERSION)?.query_row([], |row| row.get(0))?;
        if version == self.schema {
            return Ok(false);
        }
        let identity = Identity::read(&self.conn)?;
        let time = self.queries.time;
        self.queries = Queries::on(&mut self.conn, &identity)?;
        self.queries.time = time;
        self.schema = identity.schema.version;
        Ok(true)
    }
}
