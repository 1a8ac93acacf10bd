//! Live queries: run again when something was committed, and heard of only when the result is another.

use fieldbook_model::chain::Hash;

use crate::error::StoreError;
use crate::open::Store;
use crate::queries::QueryError;
use crate::reader::Reader;
use crate::table::Table;

/// A query that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveQuery {
    sql: String,
    /// Of the result that was given out last.
    hash: Option<Hash>,
    /// When that result was looked at.
    seen: Option<Seen>,
}

/// Up to which commits something was looked at: of other connections, and how many rows this one has changed.
type Seen = (i64, u64);

impl LiveQuery {
    /// Takes a result in. Gives it if it is another than the last.
    fn took(&mut self, now: Seen, table: Table) -> Option<Table> {
        let hash = table.hash();
        self.seen = Some(now);
        (self.hash.replace(hash) != Some(hash)).then_some(table)
    }
}

/// What live queries are asked of.
trait Asked {
    /// Runs one SELECT.
    fn ask(&mut self, sql: &str, limit_rows: Option<u32>) -> Result<Table, QueryError>;
    /// Up to where it has seen.
    fn seen(&self) -> Result<Seen, StoreError>;

    /// A query to watch, after a look at whether it is one.
    fn start(&mut self, sql: &str) -> Result<LiveQuery, QueryError> {
        self.ask(sql, Some(0))?;
        Ok(LiveQuery { sql: sql.to_owned(), hash: None, seen: None })
    }

    /// Its new result; `None` when it is as it was.
    fn again(&mut self, live: &mut LiveQuery) -> Result<Option<Table>, QueryError> {
        // Looked at before the query: a commit in between is seen the next time rather than missed.
        let now = self.seen()?;
        if live.seen == Some(now) {
            return Ok(None);
        }
        let table = self.ask(&live.sql, None)?;
        Ok(live.took(now, table))
    }
}

impl Asked for Reader {
    fn ask(&mut self, sql: &str, limit_rows: Option<u32>) -> Result<Table, QueryError> {
        self.query(sql, limit_rows)
    }

    fn seen(&self) -> Result<Seen, StoreError> {
        Ok((self.data_version()?, 0))
    }
}

impl Asked for Store {
    fn ask(&mut self, sql: &str, limit_rows: Option<u32>) -> Result<Table, QueryError> {
        self.query(sql, limit_rows)
    }

    fn seen(&self) -> Result<Seen, StoreError> {
        Ok((self.data_version()?, self.connection().total_changes()))
    }
}

impl Reader {
    /// Starts to watch a query, after a look at whether it is one. Its first refresh gives the first result.
    pub fn live(&mut self, sql: &str) -> Result<LiveQuery, QueryError> {
        Asked::start(self, sql)
    }

    /// The new result; `None` when it is as it was. However much one commit changed, it is one result.
    pub fn refresh(&mut self, live: &mut LiveQuery) -> Result<Option<Table>, QueryError> {
        Asked::again(self, live)
    }
}

impl Store {
    /// Starts to watch a query, as [`Reader::live`] does, where the store has the only connection.
    pub fn live(&mut self, sql: &str) -> Result<LiveQuery, QueryError> {
        Asked::start(self, sql)
    }

    /// The new result; `None` when it is as it was.
    pub fn refresh(&mut self, live: &mut LiveQuery) -> Result<Option<Table>, QueryError> {
        Asked::again(self, live)
    }
}
