//! How large a page gets. While others write it is at least as large as what they wrote since the page before it (rule
//! 28), and never more than [`GROWTH_MAX`] times as large as any.

use fieldbook_model::Version;
use rusqlite::{Connection, params};

use super::number::int;
use crate::error::StoreError;
use crate::store::{GROWTH_MAX, PageLimit};

/// Rows that were written since a version, however often, and no more than are of interest.
const WRITTEN: &str = "SELECT count(*) FROM (SELECT 1 FROM record INDEXED BY record_by_version \
    WHERE version > ? LIMIT ?)";

/// How large a page gets.
#[derive(Clone, Copy)]
pub struct Size {
    limit: PageLimit,
    /// It ends with no fewer, unless their bytes are too many.
    rows_min: u32,
}

impl Size {
    /// As a limit says.
    pub fn plain(limit: PageLimit) -> Self {
        Self { limit, rows_min: 0 }
    }

    /// At least as many rows as were written since a version, whoever sees them.
    pub fn since(
        connection: &Connection,
        limit: PageLimit,
        since: Option<Version>,
    ) -> Result<Self, StoreError> {
        let Some(since) = since else { return Ok(Self::plain(limit)) };
        let most = limit.rows_max.saturating_mul(GROWTH_MAX);
        let mut count = connection.prepare_cached(WRITTEN)?;
        let rows_min = count.query_row(params![int(since.0), most], |row| row.get(0))?;
        Ok(Self { limit, rows_min })
    }

    /// Whether so much fills a page.
    pub fn is_filled_by(&self, rows: usize, bytes: usize) -> bool {
        let PageLimit { rows_max, bytes_max } = self.limit;
        let enough = rows >= rows_max as usize || bytes >= bytes_max;
        let too_much = bytes >= bytes_max.saturating_mul(GROWTH_MAX as usize);
        too_much || enough && rows >= self.rows_min as usize
    }

    /// So many rows fill it, whatever their bytes.
    pub fn rows_max(&self) -> u32 {
        self.limit.rows_max.max(self.rows_min)
    }
}
