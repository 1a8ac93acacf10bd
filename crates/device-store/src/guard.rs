//! What a query may do: read record tables, call functions, and be done in time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
#[cfg(not(target_family = "wasm"))]
use std::time::Instant;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
#[cfg(target_family = "wasm")]
use web_time::Instant;

use crate::error::StoreError;

/// What SQLite itself offers as tables, beside those of the records.
const ALSO_READABLE: [&str; 6] =
    ["sqlite_master", "sqlite_schema", "json_each", "json_tree", "generate_series", "sqlite_temp_master"];
/// Functions that reach outside the query.
const FORBIDDEN_FUNCTIONS: [&str; 4] = ["load_extension", "sqlcipher_export", "fts3_tokenizer", "writefile"];
/// How many steps of SQLite's machine lie between two looks at the clock.
const STEPS: i32 = 1000;

/// What a query tried and may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// To change something.
    Write,
    /// To read a table that is not the records'.
    Table(String),
    /// To call a function.
    Function(String),
    /// Pragmas, other files, transactions.
    Other,
}

/// Remembers why SQLite refused a query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    denied: Arc<Mutex<Option<Denied>>>,
    /// Whether the query at hand names a table that only views may read.
    names_inner: Arc<AtomicBool>,
    /// Whether what runs now is a query: between two the connection looks how the database stands, or writes it.
    asks: Arc<AtomicBool>,
}

impl Guard {
    /// Sets a connection's rules for good, from each [`Self::begin`] to [`Self::end`].
    pub fn set(conn: &mut Connection, tables: BTreeSet<String>) -> Result<Self, StoreError> {
        let guard = Self::default();
        let (denied, names_inner) = (Arc::clone(&guard.denied), Arc::clone(&guard.names_inner));
        let asks = Arc::clone(&guard.asks);
        conn.authorizer(Some(move |context: AuthContext<'_>| {
            if !asks.load(Ordering::Relaxed) {
                return Authorization::Allow;
            }
            // A part of a query can bear the name of a view; what its text does not name it reaches only through one.
            let through = context.accessor.is_some() && !names_inner.load(Ordering::Relaxed);
            match judged(&context, &tables, through) {
                None => Authorization::Allow,
                Some(why) => {
                    denied.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
                    Authorization::Deny
                }
            }
        }))?;
        Ok(guard)
    }

    /// Looks at a query before SQLite does.
    pub fn begin(&self, sql: &str) {
        self.take();
        self.asks.store(true, Ordering::Relaxed);
        let sql = sql.to_ascii_lowercase();
        let named = INNER.iter().any(|start| sql.contains(start));
        self.names_inner.store(named, Ordering::Relaxed);
    }

    /// The query has been answered.
    pub fn end(&self) {
        self.asks.store(false, Ordering::Relaxed);
    }

    /// What was refused since the last time.
    pub fn take(&self) -> Option<Denied> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// How the tables begin that the views of record types read.
const INNER: [&str; 2] = ["fb_row_", "fb_dead"];

fn judged(context: &AuthContext<'_>, tables: &BTreeSet<String>, through_view: bool) -> Option<Denied> {
    match context.action {
        AuthAction::Select | AuthAction::Recursive => None,
        AuthAction::Read { table_name, column_name } => {
            let known = tables.contains(table_name)
                || (through_view && INNER.iter().any(|start| table_name.starts_with(start)))
                || ALSO_READABLE.iter().any(|name| name.eq_ignore_ascii_case(table_name))
                || (column_name.is_empty() && !internal(table_name));
            (!known).then(|| Denied::Table(table_name.to_owned()))
        }
        AuthAction::Function { function_name } => {
            let forbidden = FORBIDDEN_FUNCTIONS.iter().any(|name| name.eq_ignore_ascii_case(function_name));
            forbidden.then(|| Denied::Function(function_name.to_owned()))
        }
        // How a reader looks whether anything was committed; harmless in anyone's hands.
        AuthAction::Pragma { pragma_name: "data_version", pragma_value: None } => None,
        AuthAction::Pragma { .. }
        | AuthAction::Attach { .. }
        | AuthAction::Detach { .. }
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::Unknown { .. } => Some(Denied::Other),
        _ => Some(Denied::Write),
    }
}

/// Whether a name is one that a query itself cannot have given to a part of it. Counting the rows of such a
/// part asks for leave to read no column of it.
fn internal(table: &str) -> bool {
    ["fb_", "sqlite_", "pragma_"]
        .iter()
        .any(|start| table.get(..start.len()).is_some_and(|name| name.eq_ignore_ascii_case(start)))
}

/// Stops what runs on a connection after a while, until [`unlimited`].
#[expect(
    clippy::disallowed_methods,
    reason = "a query of a person may not hang; no decision hangs on this clock"
)]
pub(crate) fn limited(conn: &mut Connection, time: Duration) -> rusqlite::Result<()> {
    let deadline = Instant::now() + time;
    conn.progress_handler(STEPS, Some(move || Instant::now() > deadline))
}

/// Takes the time limit back.
pub(crate) fn unlimited(conn: &mut Connection) -> rusqlite::Result<()> {
    conn.progress_handler(0, None::<fn() -> bool>)
}
