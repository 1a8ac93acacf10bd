//! What the server lost and nobody has any more, what waits for what may still come, and up to where a backup is safe
//! (rules 5 and 6).

use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, DeviceId, Epoch, Op, OpId, Seq, Version, WallTime, json};
use fieldbook_protocol::push::{Gap, Number};
use fieldbook_server_sync::{Log, LostNumber};
use rusqlite::{Connection, OptionalExtension, params};

use super::number::{int, nat};
use super::{batch, epoch};
use crate::error::{StoreError, damaged};
use crate::recovery::{Ended, LostOps, Recovery, Waits};

const GAP_INSERT: &str = "INSERT OR REPLACE INTO gap (line, first, next, epoch, version, at, numbers) VALUES (?, ?, ?, ?, ?, ?, ?)";
const NUMBERS: &str =
    "SELECT gap.numbers, line.name FROM gap JOIN line USING (line) ORDER BY gap.line, gap.first";
const GAPS: &str = "SELECT line.device, line.name, gap.first, gap.next, gap.at, gap.numbers FROM gap \
    JOIN line USING (line) ORDER BY gap.at, gap.line, gap.first";
const WAITS: &str = "SELECT line.device, line.name, op.seq, op.op_id, op.received_at, op.text, \
    (SELECT count(*) FROM held AS other WHERE other.conflict = held.op) FROM held \
    JOIN op ON op.version = held.version JOIN line ON line.line = held.line \
    WHERE held.lost AND held.op = held.conflict ORDER BY held.version";
const LACKS: &str =
    "SELECT type.name, lack.id FROM lack JOIN type USING (of) WHERE lack.op = ? ORDER BY 1, 2";
const ENDED: &str = "SELECT epoch, fork, ended_at FROM epoch ORDER BY epoch";
const MARK: &str = "SELECT epoch, version, at FROM backup_mark";
const MARK_INSERT: &str = "INSERT OR REPLACE INTO backup_mark (one, epoch, version, at) VALUES (1, ?, ?, ?)";

/// Takes in that a device does not have what the server expects next of its log, if the server can have lost it. The log goes
/// on behind it.
pub fn gap(
    connection: &Connection,
    log: &Log,
    gap: &Gap,
    (now, head, at): (Epoch, Version, WallTime),
) -> Result<Option<Log>, StoreError> {
    let lost_something = epoch::epochs(connection, now)?.ended().next().is_some();
    if gap.first <= log.last_seq.next() || !lost_something {
        return Ok(None);
    }
    let (first, next) = (int(log.last_seq.next().0), int(gap.first.0));
    let numbers = json::write(&gap.numbers);
    let row = params![log.line.0, first, next, now.0, int(head.0), at.0, numbers];
    connection.prepare_cached(GAP_INSERT)?.execute(row)?;
    Ok(Some(Log { last_seq: Seq(gap.first.0 - 1), last_hash: gap.previous, ..*log }))
}

/// The numbers that lost ops gave out, with the name of who did.
pub fn numbers(connection: &Connection) -> Result<Vec<LostNumber>, StoreError> {
    let mut find = connection.prepare_cached(NUMBERS)?;
    let mut rows = find.query([])?;
    let mut lost = Vec::new();
    while let Some(row) = rows.next()? {
        let by: String = row.get(1)?;
        let told = read_numbers(&row.get::<_, String>(0)?)?.into_iter();
        lost.extend(told.map(|number| LostNumber { number, by: by.clone() }));
    }
    Ok(lost)
}

fn read_numbers(text: &str) -> Result<Vec<Number>, StoreError> {
    json::parse(text).map_err(|_| damaged("a gap"))
}

/// Up to where a backup of the history in force is safe.
pub fn mark(connection: &Connection) -> Result<Option<Version>, StoreError> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let Some((epoch, version)) = connection.prepare_cached(MARK)?.query_row([], read).optional()? else {
        return Ok(None);
    };
    let now = batch::head(connection)?.epoch;
    let seen = Cursor { epoch: Epoch(epoch), version: Version(nat(version)?) };
    Ok(Some(epoch::epochs(connection, now)?.counts(seen)))
}

/// Notes up to where a backup is safe.
pub fn set_mark(connection: &Connection, upto: Cursor, at: WallTime) -> Result<(), StoreError> {
    connection.execute(MARK_INSERT, params![upto.epoch.0, int(upto.version.0), at.0])?;
    Ok(())
}

/// What was lost and what became of it, of one moment.
pub fn recovery(connection: &Connection) -> Result<Recovery, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let head = batch::head(&snapshot)?;
    let closed = epoch::closed(&snapshot)?;
    let mut found = Recovery { head: head.cursor(), closed, ..Recovery::default() };
    let mut find = snapshot.prepare_cached(ENDED)?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let (epoch, fork) = (Epoch(row.get(0)?), Version(nat(row.get(1)?)?));
        found.ended.push(Ended { epoch, fork, at: WallTime(row.get(2)?) });
    }
    let mut find = snapshot.prepare_cached(WAITS)?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let op_id = OpId::from_bytes(row.get(3)?);
        let op: Op = json::parse(row.get_ref(5)?.as_str().map_err(|_| damaged("an op"))?)
            .map_err(|_| damaged("an op"))?;
        let behind: i64 = row.get(6)?;
        found.waits.push(Waits {
            device: DeviceId::from_bytes(row.get(0)?),
            name: row.get(1)?,
            seq: Seq(nat(row.get(2)?)?),
            op_id,
            action: op.action,
            since: WallTime(row.get(4)?),
            lacks: lacks(&snapshot, op_id)?,
            behind: nat(behind)?.saturating_sub(1),
        });
    }
    let mut find = snapshot.prepare_cached(GAPS)?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let next = nat(row.get(3)?)?;
        found.gaps.push(LostOps {
            device: DeviceId::from_bytes(row.get(0)?),
            name: row.get(1)?,
            first: Seq(nat(row.get(2)?)?),
            last: Seq(next.saturating_sub(1)),
            at: WallTime(row.get(4)?),
            numbers: read_numbers(&row.get::<_, String>(5)?)?,
        });
    }
    found.backup = mark(&snapshot)?;
    Ok(found)
}

fn lacks(connection: &Connection, op: OpId) -> Result<Vec<String>, StoreError> {
    let mut find = connection.prepare_cached(LACKS)?;
    let name = |row: &rusqlite::Row<'_>| {
        let id = fieldbook_model::RecordId::from_bytes(row.get(1)?);
        Ok(format!("{}/{id}", row.get::<_, String>(0)?))
    };
    Ok(find.query_map([op.bytes()], name)?.collect::<Result<_, _>>()?)
}

/// Whether the hash at the head is the one that its ops come to: for a copy that is to be trusted.
pub fn is_whole(connection: &Connection) -> Result<bool, StoreError> {
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    let head = batch::head(connection)?;
    let last: Option<Hash> = connection
        .query_row(
            "SELECT log FROM op WHERE version = ?1 UNION ALL SELECT log FROM schema WHERE at = ?1",
            [int(head.version.0)],
            |row| row.get(0).map(Hash),
        )
        .optional()?;
    Ok(check == "ok" && (head.version == Version::ZERO || last == Some(head.hash)))
}
