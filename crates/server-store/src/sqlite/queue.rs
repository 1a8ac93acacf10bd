//! How far each device's log is, and what waits in the workspace: each of one moment.

use fieldbook_model::{DeviceId, Op, OpId, RecordId, Seq, WallTime, json};
use rusqlite::{Connection, Row};

use super::number::nat;
use crate::error::{StoreError, damaged};
use crate::queue::{HeldRow, LogRow};

/// A line of the server's own ops is no device's log: no device signed in under its id, and the caller passes it over.
const LOGS: &str = "SELECT line.device, line.last_seq, \
    (SELECT op.received_at FROM op WHERE op.line = line.line ORDER BY op.version DESC LIMIT 1), \
    (SELECT count(*) FROM held WHERE held.line = line.line AND NOT held.ghost) FROM line ORDER BY line.line";
const HELD: &str = "SELECT line.device, line.name, op.seq, op.op_id, op.received_at, op.text, held.conflict, held.lost \
    FROM held JOIN op ON op.version = held.version JOIN line ON line.line = held.line \
    WHERE NOT held.ghost ORDER BY held.version";
const TOUCHED: &str = "SELECT type.name, held_touch.id FROM held_touch JOIN type USING (of) \
    WHERE held_touch.op = ? ORDER BY 1, 2";

/// How far each log is.
pub fn logs(connection: &Connection) -> Result<Vec<LogRow>, StoreError> {
    let mut find = connection.prepare_cached(LOGS)?;
    let mut rows = find.query([])?;
    let mut logs = Vec::new();
    while let Some(row) = rows.next()? {
        logs.push(LogRow {
            device: DeviceId::from_bytes(row.get(0)?),
            last: Seq(nat(row.get(1)?)?),
            last_at: row.get::<_, Option<i64>>(2)?.map(WallTime),
            held: nat(row.get(3)?)?,
        });
    }
    Ok(logs)
}

/// What waits, oldest first.
pub fn held(connection: &Connection) -> Result<Vec<HeldRow>, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let mut find = snapshot.prepare_cached(HELD)?;
    let mut rows = find.query([])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(5)?;
        let op: Op = json::parse(&text).map_err(|_| damaged("an op"))?;
        let op_id = OpId::from_bytes(row.get(3)?);
        held.push(HeldRow {
            device: DeviceId::from_bytes(row.get(0)?),
            by: row.get(1)?,
            seq: Seq(nat(row.get(2)?)?),
            op_id,
            action: op.action,
            since: WallTime(row.get(4)?),
            conflict: OpId::from_bytes(row.get(6)?),
            is_lost: row.get(7)?,
            records: touched(&snapshot, op_id)?,
        });
    }
    Ok(held)
}

fn touched(connection: &Connection, op: OpId) -> Result<Vec<String>, StoreError> {
    let mut find = connection.prepare_cached(TOUCHED)?;
    let name =
        |row: &Row<'_>| Ok(format!("{}/{}", row.get::<_, String>(0)?, RecordId::from_bytes(row.get(1)?)));
    Ok(find.query_map([op.bytes()], name)?.collect::<Result<_, _>>()?)
}
