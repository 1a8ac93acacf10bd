//! Ops that wait for a person, and what became of those that did.

use fieldbook_model::{Op, OpId, RecordId, Version, WallTime, json};
use fieldbook_server_sync::{HeldOp, HeldTouch, Hold, Plan};
use rusqlite::{Connection, params};

use super::frame::Frame;
use super::number::{int, line, nat};
use crate::error::{StoreError, damaged};

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM held)";
const ON: &str = "SELECT held.op, held.version, held.line, held.conflict, held_touch.made FROM held_touch \
    JOIN held USING (op) WHERE held_touch.of = ? AND held_touch.id = ? ORDER BY held.version";
const CHAIN: &str = "SELECT op.text, held.version, held.line, held.ghost, held.role, \
    op.received_at, held.lost FROM held \
    JOIN op ON op.version = held.version WHERE held.conflict = ? ORDER BY held.version";
const LOST: &str = "SELECT op.text, held.version, held.line, held.ghost, held.role, \
    op.received_at, held.lost FROM held \
    JOIN op ON op.version = held.version WHERE held.lost AND held.op = held.conflict ORDER BY held.version";
/// A record has the ids too that are mapped to its own.
const LACKING: &str = "SELECT op.text, held.version, held.line, held.ghost, held.role, \
    op.received_at, held.lost FROM held \
    JOIN op ON op.version = held.version WHERE held.lost AND held.op = held.conflict AND held.op IN (\
    SELECT op FROM lack WHERE of = ?1 AND id = ?2 UNION SELECT lack.op FROM alias \
    JOIN lack ON lack.of = alias.of AND lack.id = alias.own WHERE alias.of = ?1 AND alias.existing = ?2) \
    ORDER BY held.version";
const ANY_LACK: &str = "SELECT EXISTS (SELECT 1 FROM lack)";
const LACK_DELETE: &str = "DELETE FROM lack WHERE op = ?";
const LACK_INSERT: &str = "INSERT OR IGNORE INTO lack (of, id, op) VALUES (?, ?, ?)";
const RECOVERY_INSERT: &str = "INSERT OR REPLACE INTO recovery (version, epoch) VALUES (?, ?)";
const HELD_DELETE: &str = "DELETE FROM held WHERE op = ?";
const TOUCH_DELETE: &str = "DELETE FROM held_touch WHERE op = ?";
const HELD_INSERT: &str =
    "INSERT INTO held (op, version, line, conflict, ghost, role, lost) VALUES (?, ?, ?, ?, ?, ?, ?)";
const TOUCH_INSERT: &str = "INSERT OR REPLACE INTO held_touch (of, id, op, made) VALUES (?, ?, ?, ?)";
const ATTEMPT_INSERT: &str = "INSERT OR IGNORE INTO attempt (of, id, version) VALUES (?, ?, ?)";
const ATTEMPTS: &str = "SELECT version FROM attempt WHERE of = ? AND id = ? ORDER BY version";
const SETTLED_INSERT: &str = "INSERT INTO settled (line, version, op, text) VALUES (?, ?, ?, ?)";
const TOGGLED_INSERT: &str = "INSERT OR REPLACE INTO toggled (op, by, back) VALUES (?, ?, ?)";
const ACCEPTED_INSERT: &str = "INSERT OR IGNORE INTO accepted (of, a, b) VALUES (?, ?, ?)";

/// Whether any op waits.
pub fn any(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(ANY)?.query_row([], |row| row.get(0))?)
}

/// The held ops that touch a record.
pub fn on(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
) -> Result<Vec<HeldTouch>, StoreError> {
    let mut find = connection.prepare_cached(ON)?;
    let mut rows = find.query(params![frame.number(of), id.bytes()])?;
    let mut touches = Vec::new();
    while let Some(row) = rows.next()? {
        touches.push(HeldTouch {
            op: OpId::from_bytes(row.get(0)?),
            version: Version(nat(row.get(1)?)?),
            line: line(row.get(2)?)?,
            conflict: OpId::from_bytes(row.get(3)?),
            made: row.get(4)?,
        });
    }
    Ok(touches)
}

/// Notes that an op wanted something of a record.
pub fn attempt(
    connection: &Connection,
    frame: &Frame,
    (of, id): (usize, RecordId),
    version: Version,
) -> Result<(), StoreError> {
    let row = params![frame.number(of), id.bytes(), int(version.0)];
    connection.prepare_cached(ATTEMPT_INSERT)?.execute(row)?;
    Ok(())
}

/// Where ops stand that wanted something of a record and were refused or held.
pub fn attempts(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
) -> Result<Vec<Version>, StoreError> {
    let mut find = connection.prepare_cached(ATTEMPTS)?;
    let mut rows = find.query(params![frame.number(of), id.bytes()])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        versions.push(Version(nat(row.get(0)?)?));
    }
    Ok(versions)
}

/// The conflicts in which ops wait.
pub fn conflicts(connection: &Connection) -> Result<Vec<OpId>, StoreError> {
    let mut find = connection.prepare_cached("SELECT DISTINCT conflict FROM held ORDER BY conflict")?;
    let found = find.query_map([], |row| Ok(OpId::from_bytes(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The held ops of a conflict.
pub fn chain(connection: &Connection, frame: &Frame, conflict: OpId) -> Result<Vec<HeldOp>, StoreError> {
    let mut find = connection.prepare_cached(CHAIN)?;
    read(frame, find.query([conflict.bytes()])?)
}

/// Whether any op waits for what the server lost.
pub fn any_lost(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(ANY_LACK)?.query_row([], |row| row.get(0))?)
}

/// The ops that wait for what the server lost, each the first of its chain: those that lack a record, or all.
pub fn lost(
    connection: &Connection,
    frame: &Frame,
    lacking: Option<(usize, RecordId)>,
) -> Result<Vec<HeldOp>, StoreError> {
    match lacking {
        None => read(frame, connection.prepare_cached(LOST)?.query([])?),
        Some((of, id)) => {
            let mut find = connection.prepare_cached(LACKING)?;
            read(frame, find.query(params![frame.number(of), id.bytes()])?)
        }
    }
}

fn read(frame: &Frame, mut rows: rusqlite::Rows<'_>) -> Result<Vec<HeldOp>, StoreError> {
    let mut chain = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(|_| damaged("an op"))?;
        let op: Op = json::parse(text).map_err(|_| damaged("an op"))?;
        chain.push(HeldOp {
            hlc: op.hlc.bounded(WallTime(row.get(5)?)),
            role: row.get(4)?,
            op: frame.ladder.op_up(op),
            version: Version(nat(row.get(1)?)?),
            line: line(row.get(2)?)?,
            ghost: row.get(3)?,
            lost: row.get(6)?,
        });
    }
    Ok(chain)
}

/// Writes down what a plan says about held, settled and undone ops, and about accepted pairs.
pub fn carry_out(connection: &Connection, frame: &Frame, plan: &Plan) -> Result<(), StoreError> {
    for op in &plan.released {
        connection.prepare_cached(HELD_DELETE)?.execute([op.bytes()])?;
        connection.prepare_cached(TOUCH_DELETE)?.execute([op.bytes()])?;
        connection.prepare_cached(LACK_DELETE)?.execute([op.bytes()])?;
    }
    for hold in &plan.holds {
        insert(connection, frame, hold)?;
    }
    if let Some(epoch) = plan.closes {
        let version = int(plan.answer.version.0);
        connection.prepare_cached(RECOVERY_INSERT)?.execute(params![version, epoch.0])?;
    }
    for (line, settled) in &plan.settled {
        let row = params![line.0, int(settled.version.0), settled.op_id.bytes(), json::write(settled)];
        connection.prepare_cached(SETTLED_INSERT)?.execute(row)?;
    }
    for (op, toggle) in &plan.toggled {
        let row = params![op.bytes(), toggle.by.bytes(), toggle.back];
        connection.prepare_cached(TOGGLED_INSERT)?.execute(row)?;
    }
    for (of, a, b) in &plan.accepted {
        for (a, b) in [(a, b), (b, a)] {
            let pair = params![frame.number(*of), a.bytes(), b.bytes()];
            connection.prepare_cached(ACCEPTED_INSERT)?.execute(pair)?;
        }
    }
    Ok(())
}

fn insert(connection: &Connection, frame: &Frame, hold: &Hold) -> Result<(), StoreError> {
    let Hold { op, version, line, conflict, ghost, role, touches, lacks } = hold;
    let lost = !lacks.is_empty();
    let row = params![op.bytes(), int(version.0), line.0, conflict.bytes(), ghost, role, lost];
    connection.prepare_cached(HELD_INSERT)?.execute(row)?;
    for touch in touches {
        let row = params![frame.number(touch.of), touch.id.bytes(), op.bytes(), touch.made];
        connection.prepare_cached(TOUCH_INSERT)?.execute(row)?;
        attempt(connection, frame, (touch.of, touch.id), *version)?;
    }
    for (of, id) in lacks {
        let row = params![frame.number(*of), id.bytes(), op.bytes()];
        connection.prepare_cached(LACK_INSERT)?.execute(row)?;
    }
    Ok(())
}
