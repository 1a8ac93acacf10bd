//! Live queries: run again when something was committed, and heard of only when the result is another.

use fieldbook_model::chain::Hash;

use crate::reader::{QueryError, Reader};
use crate::table::Table;

/// A query that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveQuery {
    sql: String,
    /// Of the result that was given out last.
    hash: Option<Hash>,
    /// When that result was looked at.
    seen: Option<i64>,
}

impl Reader {
    /// Starts to watch a query, after a look at whether it is one. Its first refresh gives the first result.
    pub fn live(&mut self, sql: &str) -> Result<LiveQuery, QueryError> {
        self.query(sql, Some(0))?;
        Ok(LiveQuery { sql: sql.to_owned(), hash: None, seen: None })
    }

    /// The new result; `None` when it is as it was. However much one commit changed, it is one result.
    pub fn refresh(&mut self, live: &mut LiveQuery) -> Result<Option<Table>, QueryError> {
        // Looked at before the query: a commit in between is seen the next time rather than missed.
        let now = self.data_version()?;
        if live.seen == Some(now) {
            return Ok(None);
        }
        let table = self.query(&live.sql, None)?;
        let hash = table.hash();
        live.seen = Some(now);
        if live.hash == Some(hash) {
            return Ok(None);
        }
        live.hash = Some(hash);
        Ok(Some(table))
    }
}
