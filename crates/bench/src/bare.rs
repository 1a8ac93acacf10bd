//! The physical limit: the same encrypted SQLite, with nothing of a sync engine in the way.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::figures::watch;
use crate::shop::Product;

const KEY: &str = "PRAGMA key = \"x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'\"";
const TABLE: &str = "CREATE TABLE product(id TEXT PRIMARY KEY NOT NULL, name TEXT, sku TEXT, price INTEGER, \
                     stock INTEGER, updated_at INTEGER, notes TEXT, _version INTEGER NOT NULL)";
const INSERT: &str = "INSERT INTO product VALUES(?1,?2,?3,?4,?5,?6,?7,?8)";

/// How a database keeps what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Encrypted, and on the disk when a commit returns: as a device does it.
    Durable,
    /// Encrypted; a power cut takes the last commits.
    Unsynced,
    /// Plain SQLite, and a power cut takes the last commits: as most peers do it.
    Plain,
}

/// An encrypted database with the table that a device has for the same records.
///
/// # Panics
/// When the disk fails.
pub fn open(path: &Path) -> Connection {
    open_as(path, Keeping::Durable)
}

/// The same, kept in another way.
///
/// # Panics
/// When the disk fails.
pub fn open_as(path: &Path, keeping: Keeping) -> Connection {
    let connection = Connection::open(path).expect("a database");
    if keeping != Keeping::Plain {
        connection.execute_batch(KEY).expect("a key");
    }
    connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(())).expect("WAL");
    let synchronous = if keeping == Keeping::Durable { "FULL" } else { "NORMAL" };
    connection.execute_batch(&format!("PRAGMA synchronous={synchronous}")).expect("a mode");
    connection.execute_batch(TABLE).expect("a table");
    connection
}

fn insert(connection: &Connection, product: &Product) {
    let row = params![
        product.id.to_string(),
        product.name,
        product.sku,
        product.price,
        product.stock,
        product.updated_at,
        product.notes,
        1
    ];
    connection.prepare_cached(INSERT).and_then(|mut insert| insert.execute(row)).expect("a row");
}

/// Commits per second, one durable commit per row.
pub fn commits_per_s(connection: &Connection, rows: std::ops::Range<u64>) -> f64 {
    let (count, begin) = (rows.end - rows.start, watch());
    rows.for_each(|n| insert(connection, &Product::nth(n)));
    count as f64 / begin.elapsed().as_secs_f64()
}

/// Rows per second, all rows in one durable commit.
///
/// # Panics
/// When the disk fails.
pub fn bulk_rows_per_s(connection: &Connection, rows: u64) -> f64 {
    let begin = watch();
    connection.execute_batch("BEGIN IMMEDIATE").expect("begin");
    (0..rows).for_each(|n| insert(connection, &Product::nth(n)));
    connection.execute_batch("COMMIT").expect("commit");
    rows as f64 / begin.elapsed().as_secs_f64()
}
