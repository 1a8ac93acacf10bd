//! Brings a workspace to the next version of its schema, in one transaction and at one place of the total order: the rows
//! get their new shape, and all that names types or fields is told anew. Ops keep their bytes; what they did is translated
//! when it is read (rule 48).

use std::sync::Arc;

use fieldbook_merge::occasion::key_fields;
use fieldbook_merge::{Elements, Line, Row, Stamp, Stamps};
use fieldbook_model::chain::Hash;
use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::succession::succeed;
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::schema::{Ladder, RecordType, cards};
use fieldbook_model::{Change, Op, RecordId, Schema, Value, Version};
use fieldbook_protocol::{Answer, Verdict, row};
use fieldbook_server_sync::keys;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::frame::Frame;
use super::number::{int, line, nat};
use super::stamps::Kept;
use super::{batch, past, stamps};
use crate::error::{StoreError, UpgradeError, damaged};

const RECORDS: &str = "SELECT rid, id, version, stamps, row FROM record WHERE of = ?";
const RECORD_UPDATE: &str = "UPDATE record SET stamps = ?, row = ? WHERE rid = ?";
const HAPPENED: &str = "SELECT line, links FROM op WHERE version = ?";
const KEYS_DELETE: &str = "DELETE FROM key_of WHERE of = ?";
const KEY_INSERT: &str = "INSERT OR IGNORE INTO key_of (of, key, value, id) VALUES (?, ?, ?, ?)";
const OCCASIONS: &str = "SELECT key, op.text FROM idempotency JOIN op ON op.op_id = idempotency.op";
const OCCASION_UPDATE: &str = "UPDATE idempotency SET fields = ?, made = ? WHERE key = ?";
const ALIAS: &str = "SELECT existing FROM alias WHERE of = ? AND own = ?";
const DUPLICATES: &str = "SELECT version, answer FROM op WHERE answer LIKE '%duplicate-of%'";
const ANSWER_UPDATE: &str = "UPDATE op SET answer = ? WHERE version = ?";
const HEAD_UPDATE: &str = "UPDATE head SET version = ?, hash = ?, schema = ?";

/// Brings the workspace to the next version of its schema; gives the place that this takes, and what is known from then
/// on: nothing may fail once it is done.
pub fn upgrade(connection: &Connection, next: &Schema) -> Result<(Version, Frame), UpgradeError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let old = Frame::read(&transaction)?;
    let next = succeed(&old.schema, next).map_err(UpgradeError::Refused)?;
    let head = batch::head(&transaction)?;
    let (version, hash) = (head.version.next(), head.hash.then(&Hash::of(json::write(&next).as_bytes())));
    name_types(&transaction, &old, &next)?;
    Frame::release(&transaction, &next, (version, hash))?;
    transaction.execute(HEAD_UPDATE, params![int(version.0), hash.0, next.version])?;
    let new = Frame::read(&transaction)?;
    let moving = Moving { connection: &transaction, old: &old, new: &new };
    for of in 0..new.schema.types.len() {
        moving.records(of)?;
    }
    if new.ladder.moves(old.schema.version) {
        moving.occasions()?;
        moving.answers()?;
    }
    transaction.commit()?;
    Ok((version, new))
}

/// Gives the types their new names, and new types the next numbers.
fn name_types(connection: &Connection, old: &Frame, next: &Schema) -> Result<(), StoreError> {
    let ladder = Ladder::new([old.ladder.schemas(), &[Arc::new(next.clone())]].concat());
    let before = |ty: &RecordType| ladder.type_down(old.schema.version, &ty.name);
    let known = |ty: &RecordType| old.schema.place(&before(ty)).map(|of| old.number(of));
    // Two types may have changed names with each other.
    for number in next.types.iter().filter_map(known) {
        connection.execute("UPDATE type SET name = '~' || of WHERE of = ?", [number])?;
    }
    for ty in &next.types {
        match known(ty) {
            Some(number) => {
                connection.execute("UPDATE type SET name = ? WHERE of = ?", params![ty.name, number])?
            }
            None => connection.execute("INSERT INTO type (name) VALUES (?)", [&ty.name])?,
        };
    }
    Ok(())
}

/// A workspace between two versions.
struct Moving<'a> {
    connection: &'a Connection,
    old: &'a Frame,
    new: &'a Frame,
}

/// What changes about the records of a type.
struct Shape<'a> {
    old: &'a RecordType,
    new: &'a RecordType,
    /// For each new field the old one that it comes from.
    sources: Vec<Option<usize>>,
}

impl Moving<'_> {
    fn from(&self) -> u32 {
        self.old.schema.version
    }

    /// The records of a type, which may be a new one.
    fn records(&self, of: usize) -> Result<(), UpgradeError> {
        let new = self.new.ty(of);
        let name = self.new.ladder.type_down(self.from(), &new.name);
        let Some(old) = self.old.schema.find(&name) else { return Ok(()) };
        let is_conflict = new.system && new.name == CONFLICT && self.new.ladder.moves(self.from());
        let named = |ty: &RecordType| -> Vec<_> {
            ty.fields.iter().map(|field| (field.name.clone(), field.kind.clone())).collect()
        };
        let reshaped = is_conflict || named(old) != named(new);
        let rekeyed = reshaped || keys::fields(old) != keys::fields(new) || old.unique != new.unique;
        if !rekeyed {
            return Ok(());
        }
        let sources = self.new.ladder.sources(self.from(), &new.name);
        let source = |name: &String| {
            let (_, source) = sources.iter().find(|(own, _)| own == name)?;
            old.position(source)
        };
        let sources = new.fields.iter().map(|field| source(&field.name)).collect();
        let shape = Shape { old, new, sources };
        let number = self.new.number(of);
        self.connection.execute(KEYS_DELETE, [number])?;
        let mut find = self.connection.prepare(RECORDS)?;
        let mut rows = find.query([number])?;
        while let Some(found) = rows.next()? {
            self.record(&shape, number, found)?;
        }
        Ok(())
    }

    fn record(&self, shape: &Shape<'_>, of: i64, found: &rusqlite::Row<'_>) -> Result<(), UpgradeError> {
        let (rid, id) = (found.get::<_, i64>(0)?, RecordId::from_bytes(found.get(1)?));
        let version = Version(nat(found.get(2)?)?);
        let text = found.get_ref(4)?.as_str().map_err(|_| damaged("a record"))?;
        let values: Vec<Json> = json::parse(text).map_err(|_| damaged("a record"))?;
        let bytes = found.get_ref(3)?.as_blob().map_err(|_| damaged("a record"))?;
        let places: Vec<_> = (0..shape.old.fields.len()).map(Some).collect();
        let was = row::read(shape.old, &places, &values).map_err(|_| damaged("a record"))?;
        let kept = stamps::read(version, &was, bytes).ok_or_else(|| damaged("a record"))?;
        let made = match shape.sources.contains(&None) {
            true => self.made(rid, &kept)?,
            false => kept.life,
        };
        let unit = |source: &Option<usize>| source.map_or(made, |source| kept.units[source]);
        let units: Vec<Stamps> = shape.sources.iter().map(unit).collect();
        let elements = |(field, source): (usize, &Option<usize>)| {
            Some((field, kept.elements.0.get(&(*source)?)?.clone()))
        };
        let elements = Elements(shape.sources.iter().enumerate().filter_map(elements).collect());
        let row = self.row(shape, id, values)?;
        let stamps = stamps::write(version, &kept.life, &units, &elements);
        self.connection.prepare_cached(RECORD_UPDATE)?.execute(params![stamps, row::write(&row), rid])?;
        for (key, value) in keys::of(shape.new, &row) {
            let entry = params![of, key as i64, value, id.bytes()];
            self.connection.prepare_cached(KEY_INSERT)?.execute(entry)?;
        }
        Ok(())
    }

    /// Who changed a field last that is new: its value came with the record, and nobody who deleted that, brought it back or
    /// edited it had to do with it. The oldest stamp that the record has is of its beginning, unless all of it was changed since:
    /// then its history leads there.
    fn made(&self, rid: i64, kept: &Kept) -> Result<Stamps, StoreError> {
        let all = std::iter::once(&kept.life).chain(&kept.units);
        let stamps = all.flat_map(|stamps| [Some(stamps.last), stamps.other]).flatten();
        let mut first = stamps.min_by_key(|stamp| stamp.version).unwrap_or(kept.life.last);
        let (_, mut links) = self.happened(first.version)?;
        while let Some(before) = past::link(&links, rid.unsigned_abs(), first.version)? {
            let (line, further) = self.happened(before)?;
            (first, links) = (Stamp::new(before, line), further);
        }
        Ok(Stamps::first(first))
    }

    /// Whose op stands at a version, and which ops stand before it in the history of each of its records.
    fn happened(&self, version: Version) -> Result<(Line, Vec<u8>), StoreError> {
        let mut find = self.connection.prepare_cached(HAPPENED)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?));
        let (of, links) =
            find.query_row([int(version.0)], read).optional()?.ok_or_else(|| damaged("the history"))?;
        Ok((line(of)?, links.unwrap_or_default()))
    }

    fn row(&self, shape: &Shape<'_>, id: RecordId, values: Vec<Json>) -> Result<Row, UpgradeError> {
        let (ladder, new) = (&self.new.ladder, shape.new);
        let values = match new.system {
            true if new.name == CONFLICT => cards::row_up(ladder, self.from(), values),
            true => values,
            false => ladder
                .row_up(self.from(), &shape.old.name, values)
                .ok_or_else(|| damaged("a record's type"))?,
        };
        let value = |(field, json): (&fieldbook_model::schema::Field, &Json)| {
            Value::read(field, json).map_err(|misfit| {
                UpgradeError::Misfit(format!(
                    "{} {id} holds what the new {} does not take: {misfit}; change it under the version in force, \
                     then try again",
                    shape.old.name, field.name
                ))
            })
        };
        new.fields.iter().zip(&values).map(value).collect()
    }

    /// What acts under idempotency keys are compared by.
    fn occasions(&self) -> Result<(), StoreError> {
        let mut find = self.connection.prepare(OCCASIONS)?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(1)?.as_str().map_err(|_| damaged("an op"))?;
            let Ok(op) = json::parse::<Op>(text) else { continue };
            let op = self.new.ladder.op_up(op);
            let changes = &op.payload.changes;
            let in_force = |of: usize, id: RecordId| self.in_force(of, id);
            let fields = key_fields(&self.new.schema, &op.action, changes, in_force)?;
            let made: Vec<(&str, RecordId)> = changes
                .iter()
                .filter(|change| matches!(change, Change::Insert { .. }))
                .map(|change| (change.of(), change.id()))
                .collect();
            let entry = params![fields, json::write(&made), row.get::<_, String>(0)?];
            self.connection.prepare_cached(OCCASION_UPDATE)?.execute(entry)?;
        }
        Ok(())
    }

    fn in_force(&self, of: usize, id: RecordId) -> Result<RecordId, StoreError> {
        let own = params![self.new.number(of), id.bytes()];
        let found = self.connection.prepare_cached(ALIAS)?.query_row(own, |row| row.get(0)).optional()?;
        Ok(found.map_or(id, RecordId::from_bytes))
    }

    /// Answers that name types.
    fn answers(&self) -> Result<(), StoreError> {
        let mut find = self.connection.prepare(DUPLICATES)?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(1)?.as_str().map_err(|_| damaged("an answer"))?;
            let mut answer: Answer = json::parse(text).map_err(|_| damaged("an answer"))?;
            if rename(&mut answer, |of| self.new.ladder.type_up(self.from(), of)) {
                let entry = params![json::write(&answer), row.get::<_, i64>(0)?];
                self.connection.prepare_cached(ANSWER_UPDATE)?.execute(entry)?;
            }
        }
        Ok(())
    }
}

/// Gives the types that an answer names other names; whether it names any.
pub fn rename(answer: &mut Answer, name: impl Fn(&str) -> String) -> bool {
    let Verdict::DuplicateOf { ids, .. } = &mut answer.verdict else { return false };
    ids.iter_mut().for_each(|same| same.of = name(&same.of));
    !ids.is_empty()
}
