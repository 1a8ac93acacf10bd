//! Forgets what was deleted long ago, and keeps the ids (rule 37).
//!
//! A deleted record stays as long as anything leads to it: a record that it owns or that lies in it, deleted or not; a held
//! op that touches it or refers to it. What is never deleted (what is only inserted, what has a number) has nothing to
//! forget, and the server's own records are left alone.

use std::collections::BTreeSet;

use fieldbook_merge::{Line, Stamp, read};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Kind;
use fieldbook_model::{Op, RecordId, Value, Version, WallTime, json};
use fieldbook_server_sync::keys;
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::number::{int, line, nat};
use super::{keyed, records, stamps};
use crate::error::{StoreError, damaged};
use crate::store::{Collected, Place};

/// So many records are looked at in one transaction: some milliseconds, for which a push may wait.
const BATCH_MAX: u32 = 1_000;

/// So many places the horizon moves on in one transaction.
const STEP_MAX: i64 = 20_000;

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM gone)";
const FIND: &str = "SELECT version, line, rid, touched, scope FROM gone WHERE of = ? AND id = ?";
const TOUCH: &str = "UPDATE gone SET touched = ? WHERE of = ? AND id = ?";
const HORIZON: &str = "SELECT version FROM horizon";
const HORIZON_UPDATE: &str = "UPDATE horizon SET version = ?";
const RID_UPDATE: &str = "UPDATE horizon SET rid = max(rid, ?)";
/// The first place that came later, from the horizon on.
const LATER: &str =
    "SELECT version FROM op WHERE version > ? AND version <= ? AND received_at > ? ORDER BY version LIMIT 1";
const HEAD: &str = "SELECT version FROM head";
const CANDIDATES: &str = "SELECT version, rid, of, id FROM record INDEXED BY record_deleted \
    WHERE deleted AND (version, rid) > (?, ?) AND version <= ? ORDER BY version, rid LIMIT ?";
const DELETED: &str = "SELECT rid, touched, scope, version, stamps, row FROM record \
    WHERE of = ? AND id = ? AND deleted AND version <= ?";
const INSERT: &str =
    "INSERT INTO gone (of, id, version, line, rid, touched, scope) VALUES (?, ?, ?, ?, ?, ?, ?)";
const DELETE: &str = "DELETE FROM record WHERE rid = ?";
const LEFT_DELETE: &str = "DELETE FROM record_left WHERE version <= (SELECT max(version) FROM \
    (SELECT version FROM record_left WHERE version <= ? ORDER BY version LIMIT ?))";
/// But for the last: the views of all devices are named after it.
const MOVED_DELETE: &str = "DELETE FROM scope_moved WHERE version <= ?1 AND version < \
    (SELECT coalesce(max(version), 0) FROM scope_moved WHERE parent >= 0)";
const HELD: &str = "SELECT of, id FROM held_touch";
const HELD_TEXTS: &str = "SELECT op.text FROM held JOIN op ON op.version = held.version";
const ALIAS: &str = "SELECT existing FROM alias WHERE of = ? AND own = ?";

/// What is kept of a record that is forgotten.
pub struct Gone {
    /// Who deleted it, and when.
    pub deleted: Stamp,
    /// Its number.
    pub rid: i64,
    /// The last op that its history tells of.
    pub touched: Version,
    /// The number of the scope in which it lay.
    pub scope: i64,
}

/// Whether anything is forgotten.
pub fn any(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(ANY)?.query_row([], |row| row.get(0))?)
}

/// A record that is forgotten.
pub fn find(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
) -> Result<Option<Gone>, StoreError> {
    let mut find = connection.prepare_cached(FIND)?;
    let mut rows = find.query(params![frame.number(of), id.bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let deleted = Stamp::new(Version(nat(row.get(0)?)?), line(row.get(1)?)?);
    let touched = Version(nat(row.get(3)?)?);
    Ok(Some(Gone { deleted, rid: row.get(2)?, touched, scope: row.get(4)? }))
}

/// The last op that the history of a forgotten record tells of is another.
pub fn touch(
    connection: &Connection,
    frame: &Frame,
    (of, id): (usize, RecordId),
    touched: Version,
) -> Result<(), StoreError> {
    let row = params![int(touched.0), frame.number(of), id.bytes()];
    connection.prepare_cached(TOUCH)?.execute(row)?;
    Ok(())
}

/// Up to here deleted records may be forgotten.
pub fn horizon(connection: &Connection) -> Result<Version, StoreError> {
    let version: i64 = connection.prepare_cached(HORIZON)?.query_row([], |row| row.get(0))?;
    Ok(Version(nat(version)?))
}

/// Forgets what was deleted up to a time, from a place on. The caller holds the transaction.
pub fn collect(
    connection: &Connection,
    frame: &Frame,
    until: WallTime,
    after: Place,
) -> Result<Collected, StoreError> {
    let (horizon, more) = moved(connection, until)?;
    let mut find = connection.prepare_cached(CANDIDATES)?;
    let bounds = params![int(after.version.0), after.rid, int(horizon.0), BATCH_MAX];
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let found: Vec<(i64, i64, i64, [u8; 16])> = find.query_map(bounds, read)?.collect::<Result<_, _>>()?;
    let mut collection =
        Collection { connection, frame, horizon, pinned: pinned(connection, frame)?, gone: 0 };
    for (_, _, of, id) in &found {
        let of = frame.place(*of).ok_or_else(|| damaged("a record's type"))?;
        collection.record(of, RecordId::from_bytes(*id))?;
    }
    let left = connection.prepare_cached(LEFT_DELETE)?.execute(params![int(horizon.0), BATCH_MAX])?;
    connection.prepare_cached(MOVED_DELETE)?.execute([int(horizon.0)])?;
    let next = match found.last().filter(|_| found.len() == BATCH_MAX as usize) {
        Some((version, rid, ..)) => Some(Place { version: Version(nat(*version)?), rid: *rid }),
        None if more || left >= BATCH_MAX as usize => Some(Place { version: horizon, rid: i64::MAX }),
        None => None,
    };
    Ok(Collected { gone: collection.gone, horizon, next })
}

/// Moves the horizon on to the last place that came by a time, or a step towards it; whether more is to come. It never
/// goes back.
fn moved(connection: &Connection, until: WallTime) -> Result<(Version, bool), StoreError> {
    let was = horizon(connection)?;
    let head: i64 = connection.prepare_cached(HEAD)?.query_row([], |row| row.get(0))?;
    let step = head.min(int(was.0) + STEP_MAX);
    let mut later = connection.prepare_cached(LATER)?;
    let later: Option<i64> =
        later.query_row(params![int(was.0), step, until.0], |row| row.get(0)).optional()?;
    let horizon = was.max(Version(nat(later.map_or(step, |later| later - 1))?));
    if horizon > was {
        connection.prepare_cached(HORIZON_UPDATE)?.execute([int(horizon.0)])?;
    }
    Ok((horizon, later.is_none() && step < head))
}

/// The records that held ops touch or refer to.
fn pinned(connection: &Connection, frame: &Frame) -> Result<BTreeSet<(usize, RecordId)>, StoreError> {
    let mut pinned = BTreeSet::new();
    let mut find = connection.prepare_cached(HELD)?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let Some(of) = frame.place(row.get(0)?) else { continue };
        pinned.insert((of, RecordId::from_bytes(row.get(1)?)));
    }
    let mut find = connection.prepare_cached(HELD_TEXTS)?;
    let mut rows = find.query([])?;
    let in_force = |of: usize, id: RecordId| {
        let mut find = connection.prepare_cached(ALIAS)?;
        let found = find.query_row(params![frame.number(of), id.bytes()], |row| row.get(0)).optional()?;
        Ok::<_, StoreError>(found.map_or(id, RecordId::from_bytes))
    };
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(|_| damaged("an op"))?;
        let Ok(op) = json::parse::<Op>(text) else { continue };
        for change in &frame.ladder.op_up(op).payload.changes {
            let Ok(checked) = read::read(&frame.schema, change) else { continue };
            for (field, id) in checked.verb.references() {
                if let Kind::Ref { to, .. } = &frame.ty(checked.of).fields[field].kind
                    && let Some(to) = frame.schema.place(to)
                {
                    pinned.insert((to, in_force(to, id)?));
                }
            }
        }
    }
    Ok(pinned)
}

/// A collection at work.
struct Collection<'a> {
    connection: &'a Connection,
    frame: &'a Frame,
    horizon: Version,
    pinned: BTreeSet<(usize, RecordId)>,
    gone: u64,
}

impl Collection<'_> {
    /// Forgets a record if nothing leads to it, and then what was there only because of it.
    fn record(&mut self, of: usize, id: RecordId) -> Result<(), StoreError> {
        let mut free = vec![(of, id)];
        while let Some((of, id)) = free.pop() {
            // A device that asked for a scope has to be told where that lies as long as it asks for it.
            let ty = self.frame.ty(of);
            let kept =
                ty.scope || !ty.is_mortal() || self.pinned.contains(&(of, id)) || self.leads(of, id)?;
            if !kept {
                free.extend(self.forget(of, id)?);
            }
        }
        Ok(())
    }

    /// Whether a record is owned by it, or lies in it.
    fn leads(&self, of: usize, id: RecordId) -> Result<bool, StoreError> {
        let value = json::write(&[&Value::Ref(id)]);
        for keeper in keys::keepers(&self.frame.schema, of) {
            if keyed::any(self.connection, self.frame, keeper, &value)?
                && !planted(Defect::OwnersAreForgotten)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Forgets a deleted record; gives those that it kept.
    fn forget(&mut self, of: usize, id: RecordId) -> Result<Vec<(usize, RecordId)>, StoreError> {
        let (connection, frame) = (self.connection, self.frame);
        let mut find = connection.prepare_cached(DELETED)?;
        let mut rows = find.query(params![frame.number(of), id.bytes(), int(self.horizon.0)])?;
        let Some(found) = rows.next()? else { return Ok(Vec::new()) };
        let (rid, touched, scope): (i64, i64, i64) = (found.get(0)?, found.get(1)?, found.get(2)?);
        let row = records::values(frame, of, found.get_ref(5)?)?;
        let kept = found.get_ref(4)?.as_blob().map_err(|_| damaged("a record"))?;
        let kept =
            stamps::read(Version(nat(found.get(3)?)?), &row, kept).ok_or_else(|| damaged("a record"))?;
        let Stamp { version, line: Line(line), .. } = kept.life.last;
        drop(rows);
        keyed::forget(connection, frame, of, id, &row)?;
        let own = params![frame.number(of), id.bytes(), int(version.0), line, rid, touched, scope];
        connection.prepare_cached(INSERT)?.execute(own)?;
        connection.prepare_cached(DELETE)?.execute([rid])?;
        connection.prepare_cached(RID_UPDATE)?.execute([rid])?;
        self.gone += 1;
        let ty = frame.ty(of);
        let keeps = ty.keeps.iter().filter_map(|field| match (&ty.fields[*field].kind, &row[*field]) {
            (Kind::Ref { to, .. }, Value::Ref(id)) => Some((frame.schema.place(to)?, *id)),
            _ => None,
        });
        Ok(keeps.collect())
    }
}
