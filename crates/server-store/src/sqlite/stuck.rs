//! Ops that are held, by device and reason.

use fieldbook_model::{DeviceId, WallTime};
use rusqlite::{Connection, Row};

use super::number::nat;
use crate::error::StoreError;
use crate::stuck::{Stuck, Why};

const STUCK: &str = "SELECT held.lost, line.device, line.name, count(*), count(DISTINCT held.conflict), \
    min(op.received_at) FROM held JOIN op ON op.version = held.version JOIN line ON line.line = held.line \
    WHERE NOT held.ghost GROUP BY held.lost, held.line ORDER BY 6, held.line";

/// What waits, the longest first.
pub fn stuck(connection: &Connection) -> Result<Vec<Stuck>, StoreError> {
    let mut find = connection.prepare_cached(STUCK)?;
    let read = |row: &Row<'_>| {
        let why = if row.get(0)? { Why::LostBase } else { Why::Conflict };
        let (device, since) = (DeviceId::from_bytes(row.get(1)?), WallTime(row.get(5)?));
        Ok((why, device, row.get(2)?, row.get(3)?, row.get(4)?, since))
    };
    let rows = find.query_map([], read)?;
    rows.map(|row| {
        let (why, device, name, ops, conflicts, since) = row?;
        Ok(Stuck { why, device, name, ops: nat(ops)?, conflicts: nat(conflicts)?, since })
    })
    .collect()
}

/// When a backup was last known to be safe.
pub fn backup_at(connection: &Connection) -> Result<Option<WallTime>, StoreError> {
    let mut find = connection.prepare_cached("SELECT max(at) FROM backup_mark")?;
    Ok(find.query_row([], |row| row.get::<_, Option<i64>>(0))?.map(WallTime))
}
