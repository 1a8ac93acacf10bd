//! Databases of older formats, brought to this program's by numbered steps, all in one transaction: a kill leaves the
//! database as it was, and the next opening begins again.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::connect::FORMAT;
use crate::error::StoreError;

/// The statements that make a database of one format one of the next, and the format that they begin with.
type Step = (i64, &'static str);

/// From the oldest format that was written to today's.
const STEPS: &[Step] = &[(4, EPOCHS), (5, KEPT), (6, RECENT), (7, AGAIN), (8, BLOBS)];

/// What a device remembers of the server's log. It knows nothing of what it has read: the next pull begins to tell.
const EPOCHS: &str = "
ALTER TABLE fb_marks ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE fb_marks ADD COLUMN hash BLOB;
ALTER TABLE fb_marks ADD COLUMN acknowledged INTEGER;
ALTER TABLE fb_marks ADD COLUMN acknowledged_hash BLOB;
CREATE TABLE fb_trail(version INTEGER PRIMARY KEY, hash BLOB NOT NULL);
";

/// What a device remembers of what the server no longer has, and where it found that it held something else than the server.
const KEPT: &str = "
CREATE TABLE fb_lay(
    of INTEGER NOT NULL, id BLOB NOT NULL, scope INTEGER NOT NULL, PRIMARY KEY (of, id)) WITHOUT ROWID;
CREATE TABLE fb_difference(
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, version INTEGER NOT NULL, scope TEXT, beneath INTEGER NOT NULL,
    here INTEGER NOT NULL, there INTEGER NOT NULL, next INTEGER NOT NULL);
ALTER TABLE fb_op ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fb_op ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fb_op ADD COLUMN settled_at INTEGER NOT NULL DEFAULT 0;
";

/// What a device tells in its diagnostics of the last while.
const RECENT: &str = "
CREATE TABLE fb_recent(n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX fb_recent_kind ON fb_recent(kind, n);
";

/// What waits again is counted without a look at all that waits. Up to where verdicts were told each op says itself.
const AGAIN: &str = "
CREATE INDEX fb_op_again ON fb_op(seq) WHERE state = 0 AND again = 1;
ALTER TABLE fb_marks DROP COLUMN told;
";

/// Blobs lie in the database, in parts.
const BLOBS: &str = crate::schema_sql::BLOBS;

/// Whether a step begins at a format.
pub(crate) fn begins_at(format: i64) -> bool {
    STEPS.iter().any(|(from, _)| *from == format)
}

/// Does all steps that are left.
pub(crate) fn renew(conn: &Connection) -> Result<(), StoreError> {
    take(conn, STEPS, FORMAT)
}

fn take(conn: &Connection, steps: &[Step], to: i64) -> Result<(), StoreError> {
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited for the lock.
    let mut format: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    while let Some((from, step)) = steps.iter().find(|(from, _)| *from == format) {
        tx.execute_batch(step)?;
        format = from + 1;
        tx.execute_batch(&format!("PRAGMA user_version = {format}"))?;
    }
    assert_eq!(format, to, "BUG: the steps end before today's format");
    Ok(tx.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Connection {
        let conn = Connection::open_in_memory().expect("a database");
        conn.execute_batch("CREATE TABLE t(a); INSERT INTO t VALUES (1); PRAGMA user_version = 1")
            .expect("SQL");
        conn
    }

    fn told(conn: &Connection) -> (i64, i64) {
        let number = |sql: &str| conn.query_row(sql, [], |row| row.get(0)).expect("a number");
        (number("PRAGMA user_version"), number("SELECT sum(a) FROM t"))
    }

    #[test]
    fn the_steps_are_done_in_their_order_and_once() {
        let conn = made();
        let steps = [(2, "UPDATE t SET a = a * 10"), (1, "UPDATE t SET a = a + 1")];
        take(&conn, &steps, 3).expect("steps");
        assert_eq!(told(&conn), (3, 20));
        take(&conn, &steps, 3).expect("nothing to do");
        assert_eq!(told(&conn), (3, 20));
    }

    #[test]
    fn a_step_that_fails_leaves_the_format_as_it_was() {
        let conn = made();
        let steps = [(1, "UPDATE t SET a = a + 1"), (2, "UPDATE missing SET a = 1")];
        assert!(take(&conn, &steps, 3).is_err());
        assert_eq!(told(&conn), (1, 1));
    }
}
