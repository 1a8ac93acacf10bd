//! Workspace files of older formats, brought to this program's by numbered steps.

use fieldbook_model::chain::Hash;
use fieldbook_model::{RecordId, Version, WallTime};
use rusqlite::{Connection, params};

use super::frame::Frame;
use super::number::{int, nat};
use super::{epoch, keyed, records};
use crate::error::StoreError;
use crate::file::FormatStep;

/// From the oldest format that was written to today's.
pub const STEPS: &[FormatStep] = &[FormatStep { from: 4, step: epochs }, FormatStep { from: 5, step: kept }];

const TABLES: &str = "
CREATE TABLE epoch (
    epoch INTEGER PRIMARY KEY,
    fork INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
) STRICT;
ALTER TABLE op ADD COLUMN log BLOB NOT NULL DEFAULT x'';
ALTER TABLE line ADD COLUMN parent INTEGER;
ALTER TABLE line ADD COLUMN parted_seq INTEGER;
ALTER TABLE line ADD COLUMN parted_at INTEGER;
ALTER TABLE schema ADD COLUMN log BLOB NOT NULL DEFAULT x'';
";
const PLACES: &str = "SELECT version, hash, received_at, NULL FROM op \
    UNION ALL SELECT at, NULL, NULL, text FROM schema WHERE at > 0 ORDER BY 1";
const OP_UPDATE: &str = "UPDATE op SET log = ? WHERE version = ?";
const SCHEMA_UPDATE: &str = "UPDATE schema SET log = ? WHERE at = ?";
const HEAD_UPDATE: &str = "UPDATE head SET hash = ?";

/// The running hash of the log is kept with each place, and takes in when an op came.
fn epochs(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(TABLES)?;
    let mut log = Hash::ZERO;
    connection.execute(SCHEMA_UPDATE, params![log.0, 0])?;
    let mut find = connection.prepare(PLACES)?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let version = Version(nat(row.get(0)?)?);
        let update = match row.get::<_, Option<String>>(3)? {
            Some(schema) => {
                log = log.then(&Hash::of(schema.as_bytes()));
                SCHEMA_UPDATE
            }
            None => {
                log = epoch::running(&log, &Hash(row.get(1)?), WallTime(row.get(2)?));
                OP_UPDATE
            }
        };
        connection.prepare_cached(update)?.execute(params![log.0, int(version.0)])?;
    }
    connection.execute(HEAD_UPDATE, params![log.0])?;
    Ok(())
}

const KEPT: &str = "
CREATE TABLE horizon (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    rid INTEGER NOT NULL
) STRICT;
INSERT INTO horizon (one, version, rid) VALUES (1, 0, 0);
CREATE TABLE gone (
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    line INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    PRIMARY KEY (of, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_deleted ON record (version, rid) WHERE deleted;
ALTER TABLE held ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
CREATE TABLE lack (
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    op BLOB NOT NULL,
    PRIMARY KEY (of, id, op)
) STRICT, WITHOUT ROWID;
CREATE INDEX lack_by_op ON lack (op);
CREATE TABLE recovery (
    version INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL
) STRICT;
CREATE TABLE gap (
    line INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    numbers TEXT NOT NULL,
    PRIMARY KEY (line, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE backup_mark (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
";
const RECORDS: &str = "SELECT id, row FROM record WHERE of = ?";

/// What a server keeps of what is no longer there. More references are looked up than before.
fn kept(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(KEPT)?;
    let frame = Frame::read(connection)?;
    for of in (0..frame.schema.types.len()).filter(|of| !frame.ty(*of).keeps.is_empty()) {
        let mut find = connection.prepare(RECORDS)?;
        let mut rows = find.query([frame.number(of)])?;
        while let Some(found) = rows.next()? {
            let row = records::values(&frame, of, found.get_ref(1)?)?;
            keyed::insert(connection, &frame, of, RecordId::from_bytes(found.get(0)?), &row)?;
        }
    }
    Ok(())
}
