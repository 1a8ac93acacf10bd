//! What asks a database and never writes it: the guard lets nothing through but a SELECT on what is shown, and a query that
//! takes too long is stopped.

use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Rows};

use crate::error::StoreError;
use crate::guard::{self, Denied, Guard};
use crate::identity::Identity;
use crate::table::{Cell, Table};

/// How long a query may run.
const QUERY_TIME: Duration = Duration::from_secs(5);

/// What a connection is asked with.
#[derive(Debug)]
pub(crate) struct Queries {
    guard: Guard,
    pub tables: Vec<String>,
    pub time: Duration,
}

/// Why a query gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It would change something.
    #[error("This command only reads. To change something use `fieldbook act`.")]
    Writes,
    /// It is more than one statement, or none.
    #[error("One statement at a time: write a single SELECT.")]
    NotOne,
    /// It asks for what is not offered.
    #[error("{0}")]
    Forbidden(String),
    /// It ran into the time limit.
    #[error("The query took longer than {0} seconds and was stopped. Ask for less, or add a WHERE.")]
    TooLong(u64),
    /// SQLite does not understand it.
    #[error("The query does not work: {0}")]
    Wrong(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Queries {
    /// Sets a connection's rules. They hold while a query is asked.
    pub fn on(conn: &mut Connection, identity: &Identity) -> Result<Self, StoreError> {
        let tables: Vec<String> = identity.schema.types.iter().map(|ty| ty.name.clone()).collect();
        let guard = Guard::set(conn, tables.iter().cloned().collect())?;
        Ok(Self { guard, tables, time: QUERY_TIME })
    }

    /// Runs one SELECT. With a limit, the table says whether rows were left out.
    pub fn query(
        &self,
        conn: &mut Connection,
        sql: &str,
        limit_rows: Option<u32>,
    ) -> Result<Table, QueryError> {
        guard::limited(conn, self.time).map_err(StoreError::from)?;
        self.guard.begin(sql);
        let table = self.run(conn, sql, limit_rows);
        self.guard.end();
        guard::unlimited(conn).map_err(StoreError::from)?;
        table
    }

    fn run(&self, conn: &Connection, sql: &str, limit_rows: Option<u32>) -> Result<Table, QueryError> {
        let mut statement = conn.prepare(sql).map_err(|error| self.why(sql, &error))?;
        if !statement.readonly() {
            return Err(QueryError::Writes);
        }
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        if columns.is_empty() {
            return Err(QueryError::NotOne);
        }
        let mut rows = statement.query([]).map_err(|error| self.why(sql, &error))?;
        let mut table = Table { columns, ..Table::default() };
        while let Some(row) = self.next(sql, &mut rows, table.columns.len())? {
            if limit_rows.is_some_and(|limit| table.rows.len() >= limit as usize) {
                table.cut = true;
                break;
            }
            table.rows.push(row);
        }
        Ok(table)
    }

    fn next(&self, sql: &str, rows: &mut Rows<'_>, columns: usize) -> Result<Option<Vec<Cell>>, QueryError> {
        let Some(row) = rows.next().map_err(|error| self.why(sql, &error))? else { return Ok(None) };
        let cell = |place| row.get_ref(place).map(cell).map_err(|error| self.why(sql, &error));
        (0..columns).map(cell).collect::<Result<_, _>>().map(Some)
    }

    fn why(&self, sql: &str, error: &rusqlite::Error) -> QueryError {
        match (self.guard.take(), error.sqlite_error_code()) {
            (Some(Denied::Write), _) | (None, Some(ErrorCode::ReadOnly)) => QueryError::Writes,
            (Some(Denied::Table(name)), _) => QueryError::Forbidden(format!(
                "The table {name} is the engine's own; there are: {}.",
                self.tables.join(", ")
            )),
            (Some(Denied::Function(name)), _) => {
                QueryError::Forbidden(format!("The function {name} is not offered here."))
            }
            (Some(Denied::Other), _) => QueryError::Forbidden(
                "This command only runs SELECT: no PRAGMA, ATTACH or transaction.".to_owned(),
            ),
            (None, Some(ErrorCode::OperationInterrupted)) => QueryError::TooLong(self.time.as_secs()),
            (None, Some(ErrorCode::Unknown)) | (None, None) => self.wrong(sql, error),
            (None, Some(_)) => QueryError::Store(StoreError::from(clone(error))),
        }
    }

    fn wrong(&self, sql: &str, error: &rusqlite::Error) -> QueryError {
        let words = match error {
            rusqlite::Error::MultipleStatement => return QueryError::NotOne,
            _ if sql.trim().is_empty() => return QueryError::NotOne,
            rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
            rusqlite::Error::SqliteFailure(_, Some(msg)) => msg.clone(),
            other => other.to_string(),
        };
        match words.starts_with("no such table") {
            true => QueryError::Wrong(format!("{words}; there are: {}", self.tables.join(", "))),
            false => QueryError::Wrong(words),
        }
    }
}

/// An error of SQLite with its code and words only.
fn clone(error: &rusqlite::Error) -> rusqlite::Error {
    match error.sqlite_error() {
        Some(code) => rusqlite::Error::SqliteFailure(*code, Some(error.to_string())),
        None => rusqlite::Error::InvalidQuery,
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
    }
}
