//! The records that a batch works on. Each is read once, changed in memory, and written once at the commit,
//! however many ops of the batch touch it.
//!
//! What is here is newer than the database; what is not here was not looked at by this batch.

use std::collections::BTreeMap;

use fieldbook_merge::{Record, Row as Values, Stamp};
use fieldbook_model::json::{self, Json};
use fieldbook_model::{RecordId, Version};
use fieldbook_protocol::row;
use fieldbook_server_sync::Plan;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::frame::Frame;
use super::number::{int, nat};
use super::stamps::Kept;
use super::{bytes, gone, stamps};
use crate::error::{StoreError, damaged};

const FIND: &str =
    "SELECT rid, version, touched, deleted, stamps, row, scope FROM record WHERE of = ? AND id = ?";
const EXISTS: &str = "SELECT 1 FROM record WHERE of = ? AND id = ?";
const INSERT: &str = "INSERT INTO record (rid, of, id, version, touched, deleted, stamps, row, scope) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const UPDATE: &str =
    "UPDATE record SET version = ?, touched = ?, deleted = ?, stamps = ?, row = ?, scope = ? WHERE rid = ?";
const LAST: &str = "SELECT max(coalesce((SELECT max(rid) FROM record), 0), (SELECT rid FROM horizon))";

/// A record in this batch.
#[derive(Default)]
struct Slot {
    /// 0 until it is made.
    rid: i64,
    /// `None` where the id was never used.
    record: Option<Record>,
    /// The last op that its history tells of.
    touched: Version,
    /// The number of the scope in which it lies.
    scope: i64,
    /// Whether the database has it, in whatever state.
    stored: bool,
    /// Whether the database has another state.
    changed: bool,
    /// Who deleted it, where it is forgotten.
    gone: Option<Stamp>,
}

/// The records of a batch.
pub struct Records<'a> {
    frame: &'a Frame,
    find: CachedStatement<'a>,
    exists: CachedStatement<'a>,
    connection: &'a Connection,
    has_gone: bool,
    slots: BTreeMap<(usize, RecordId), Slot>,
    last_rid: i64,
}

impl<'a> Records<'a> {
    /// None yet.
    pub fn new(connection: &'a Connection, frame: &'a Frame) -> Result<Self, StoreError> {
        Ok(Self {
            frame,
            find: connection.prepare_cached(FIND)?,
            exists: connection.prepare_cached(EXISTS)?,
            connection,
            has_gone: gone::any(connection)?,
            slots: BTreeMap::new(),
            last_rid: connection.prepare_cached(LAST)?.query_row([], |row| row.get(0))?,
        })
    }

    /// A record as this batch has it.
    pub fn find(&mut self, of: usize, id: RecordId) -> Result<Option<&Record>, StoreError> {
        Ok(self.slot(of, id)?.record.as_ref())
    }

    /// Whether an id was ever used. Reads no record: a reference asks for its target only this.
    pub fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, StoreError> {
        match self.slots.get(&(of, id)) {
            Some(slot) => Ok(slot.record.is_some() || slot.gone.is_some()),
            None => {
                let stored = self.exists.exists(params![self.frame.number(of), id.bytes()])?;
                Ok(stored || self.gone(of, id)?.is_some())
            }
        }
    }

    /// Who deleted a record that is forgotten.
    pub fn gone(&mut self, of: usize, id: RecordId) -> Result<Option<Stamp>, StoreError> {
        match self.slots.get(&(of, id)) {
            _ if !self.has_gone => Ok(None),
            Some(slot) => Ok(slot.gone),
            None => Ok(gone::find(self.connection, self.frame, of, id)?.map(|gone| gone.deleted)),
        }
    }

    /// A record's number, the last op that its history tells of, and what it holds.
    pub fn now(&mut self, of: usize, id: RecordId) -> Result<Option<(u64, Version, Values)>, StoreError> {
        let slot = self.slot(of, id)?;
        let (rid, touched) = (slot.rid.unsigned_abs(), slot.touched);
        Ok(slot.record.as_ref().map(|record| (rid, touched, record.row.clone())))
    }

    /// The number of the scope in which a record lies.
    pub fn scope(&mut self, of: usize, id: RecordId) -> Result<i64, StoreError> {
        Ok(self.slot(of, id)?.scope)
    }

    /// A record lies in another scope from now on. The answer is its number and the scope before, where it was there before.
    pub fn lay(&mut self, of: usize, id: RecordId, scope: i64) -> Result<Option<(i64, i64)>, StoreError> {
        let slot = self.slot(of, id)?;
        let was = std::mem::replace(&mut slot.scope, scope);
        Ok((slot.rid > 0 && was != scope).then_some((slot.rid, was)))
    }

    /// Takes in what an op did. The answer are the op's links: for each older record that it was about, also in
    /// vain, the op before it.
    pub fn take(&mut self, plan: &Plan) -> Result<Vec<u8>, StoreError> {
        let version = plan.answer.version;
        let mut links = Vec::new();
        for effect in &plan.effects {
            let slot = self.slot(effect.change.of, effect.change.id)?;
            if Version::ZERO < slot.touched && slot.touched < version {
                bytes::push(&mut links, slot.rid.unsigned_abs());
                bytes::push(&mut links, slot.touched.0);
            }
            (slot.touched, slot.changed) = (version, true);
        }
        for write in &plan.writes {
            let next = self.last_rid + 1;
            let slot = self.slot(write.of, write.id)?;
            slot.record = Some(write.record.clone());
            (slot.touched, slot.changed) = (version, true);
            if slot.rid == 0 {
                slot.rid = next;
                self.last_rid = next;
            }
        }
        Ok(links)
    }

    /// Writes what changed.
    pub fn write(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mut insert = connection.prepare_cached(INSERT)?;
        let mut update = connection.prepare_cached(UPDATE)?;
        let mut changed: Vec<_> = self.slots.iter_mut().filter(|(_, slot)| slot.changed).collect();
        // In the order in which they lie in the file.
        changed.sort_unstable_by_key(|(_, slot)| slot.rid);
        for ((of, id), slot) in changed {
            if slot.gone.is_some() {
                gone::touch(connection, self.frame, (*of, *id), slot.touched)?;
                slot.changed = false;
            }
            // A record that a person decided not to make has a history only in the op.
            let Some(record) = slot.record.as_ref() else { continue };
            let stamps = stamps::write(record.version, &record.life, &record.units, &record.elements);
            let (version, touched) = (int(record.version.0), int(slot.touched.0));
            let row = row::write(&record.row);
            match slot.stored {
                true => update.execute(params![
                    version,
                    touched,
                    record.deleted,
                    stamps,
                    row,
                    slot.scope,
                    slot.rid
                ])?,
                false => {
                    let (of, id, deleted) = (self.frame.number(*of), id.bytes(), record.deleted);
                    let place = params![slot.rid, of, id, version, touched, deleted, stamps, row, slot.scope];
                    insert.execute(place)?
                }
            };
            (slot.stored, slot.changed) = (true, false);
        }
        Ok(())
    }

    fn slot(&mut self, of: usize, id: RecordId) -> Result<&mut Slot, StoreError> {
        use std::collections::btree_map::Entry;
        match self.slots.entry((of, id)) {
            Entry::Occupied(slot) => Ok(slot.into_mut()),
            Entry::Vacant(place) => {
                let key = params![self.frame.number(of), id.bytes()];
                let found = self.find.query_row(key, |row| Ok(read(self.frame, of, row))).optional()?;
                let gone = match &found {
                    None if self.has_gone => gone::find(self.connection, self.frame, of, id)?,
                    _ => None,
                };
                let gone = gone.map(|gone| Slot {
                    rid: gone.rid,
                    touched: gone.touched,
                    scope: gone.scope,
                    gone: Some(gone.deleted),
                    ..Slot::default()
                });
                Ok(place.insert(found.transpose()?.or(gone).unwrap_or_default()))
            }
        }
    }
}

/// A record as the database has it.
fn read(frame: &Frame, of: usize, found: &Row<'_>) -> Result<Slot, StoreError> {
    let version = Version(nat(found.get(1)?)?);
    let row = values(frame, of, found.get_ref(5)?)?;
    let stamps = found.get_ref(4)?.as_blob().map_err(|_| damaged("a record"))?;
    let Kept { life, units, elements } =
        stamps::read(version, &row, stamps).ok_or_else(|| damaged("a record"))?;
    let record = Record { version, deleted: found.get(3)?, row, life, units, elements };
    let touched = Version(nat(found.get(2)?)?);
    let (rid, scope) = (found.get(0)?, found.get(6)?);
    Ok(Slot { rid, record: Some(record), touched, scope, stored: true, changed: false, gone: None })
}

/// The values of a record as the database has them.
pub fn values(frame: &Frame, of: usize, text: ValueRef<'_>) -> Result<Values, StoreError> {
    let ty = frame.ty(of);
    let text = text.as_str().map_err(|_| damaged("a record"))?;
    let values: Vec<Json> = json::parse(text).map_err(|_| damaged("a record"))?;
    let places: Vec<_> = (0..ty.fields.len()).map(Some).collect();
    row::read(ty, &places, &values).map_err(|_| damaged("a record"))
}
