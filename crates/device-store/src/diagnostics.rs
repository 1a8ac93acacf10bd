//! What the database tells for a device's diagnostics, named field by field: what is not named here is not told.
//!
//! Each section is read apart, so that one which cannot be read any more keeps back no other.

use std::collections::BTreeMap;

use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{Change, Fields, Hash, Seq, json};
use fieldbook_protocol::PartSum;
use fieldbook_protocol::diagnostics as told;
use fieldbook_protocol::diagnostics::{Part, Verb};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::compare::{Compared, Difference};
use crate::conflicts::{Conflict, ConflictUnit, Which};
use crate::connect::FORMAT;
use crate::error::StoreError;
use crate::facts::Facts;
use crate::log::{LogEntry, LogFilter, OpState, condition};
use crate::open::Store;
use crate::schema_sql::TypeSql;
use crate::scopes;
use crate::sums;

/// So many ops are in at most, the newest before others.
const OPS_MAX: usize = 10_000;
/// So many of those that are in trouble are in before all others, of each kind.
const PARKED_MAX: u32 = 500;
/// The bytes of all ops, about.
const BYTES_MAX: usize = 12 << 20;
/// So many ops are read at once.
const READ_MAX: u32 = 500;
/// So many conflicts are in at most, the newest before others.
const CONFLICTS_MAX: usize = 1_000;
/// What an op is in that needs somebody.
const PARKED: [OpState; 4] = [OpState::Rejected, OpState::Conflicted, OpState::LostBase, OpState::Lost];

/// Whether it is told what the ops did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payloads {
    /// Which fields they name, and no value.
    #[default]
    Without,
    /// With their values.
    With,
}

/// What a database tells.
#[derive(Debug, Default)]
pub struct Told {
    /// The parts.
    pub parts: Vec<Part>,
    /// The sections that could not be read, each with the reason.
    pub absent: Vec<(&'static str, StoreError)>,
}

impl Store {
    /// What this database tells for diagnostics.
    pub fn diagnostics(&mut self, payloads: Payloads) -> Told {
        let mut told = Told::default();
        let Told { parts, absent } = &mut told;
        let mut section = |name, read: Result<Vec<Part>, StoreError>| match read {
            Ok(read) => parts.extend(read),
            Err(error) => absent.push((name, error)),
        };
        section("storage", self.storage());
        section("stand", self.stand());
        section("log", self.log_parts(payloads));
        section("conflict", self.conflict_parts());
        section("type", self.type_parts());
        section("checksum", self.checksums());
        section("compared", self.comparison());
        section("contact", self.contacts().map(|all| all.into_iter().map(Part::Contact).collect()));
        section("status", self.statuses().map(|all| all.into_iter().map(Part::Status).collect()));
        told
    }

    fn storage(&mut self) -> Result<Vec<Part>, StoreError> {
        let conn = self.connection();
        let number = |name: &str| pragma(conn, name);
        // Without a cipher the statement gives no row.
        let cipher = conn.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0)).ok();
        Ok(vec![Part::Storage(told::Storage {
            disk_free: None,
            page_bytes: number("page_size")?,
            pages: number("page_count")?,
            free_pages: number("freelist_count")?,
            format: FORMAT,
            sqlite: rusqlite::version().to_owned(),
            sqlcipher: cipher,
        })])
    }

    fn stand(&mut self) -> Result<Vec<Part>, StoreError> {
        let facts = self.facts()?;
        let Facts { cursor, staged, waiting, unconfirmed, rejected, conflicted, lost_base, again, .. } =
            facts;
        let Facts { conflicts, in_doubt, oldest_waiting, last_success, off_ms, next, last, .. } = facts;
        let identity = self.identity();
        Ok(vec![Part::Stand(told::Stand {
            log: identity.device_id,
            cursor,
            staged: staged.map(|cursor| cursor.version),
            waiting,
            unconfirmed,
            rejected,
            conflicted,
            lost_base,
            again,
            conflicts,
            in_doubt,
            oldest_waiting,
            last_success,
            off_ms,
            next,
            last,
            schema_version: identity.schema.version,
            schema_hash: Hash::of(json::write(&identity.schema).as_bytes()),
        })])
    }

    fn log_parts(&mut self, payloads: Payloads) -> Result<Vec<Part>, StoreError> {
        let (mut states, mut all) = (Vec::new(), 0);
        for state in OpState::ALL {
            let ops = count(self.connection(), &format!("fb_op WHERE {}", condition(state)))?;
            all += ops;
            if ops > 0 {
                states.push(told::State { state: state.name().to_owned(), ops });
            }
        }
        let mut chosen = Chosen { ops: BTreeMap::new(), room: BYTES_MAX };
        for state in PARKED {
            let filter = LogFilter { state: Some(state), from: None, max: PARKED_MAX, newest_first: true };
            self.choose(filter, payloads, &mut chosen)?;
        }
        let mut from = None;
        loop {
            let filter = LogFilter { state: None, from, max: READ_MAX, newest_first: true };
            match self.choose(filter, payloads, &mut chosen)? {
                Some(Seq(oldest)) if oldest > 1 => from = Some(Seq(oldest - 1)),
                _ => break,
            }
        }
        let left_out = all.saturating_sub(chosen.ops.len() as u64);
        let log = Part::Log(told::Log { states, left_out });
        Ok([log].into_iter().chain(chosen.ops.into_values().rev().map(Part::Op)).collect())
    }

    /// Takes a part of the log in. Gives the oldest op of it; `None` where there is no more, or no more room.
    fn choose(
        &mut self,
        filter: LogFilter,
        payloads: Payloads,
        chosen: &mut Chosen,
    ) -> Result<Option<Seq>, StoreError> {
        let mut oldest = None;
        for entry in self.log(filter)? {
            let bytes = self.op_text(entry.seq)?.map_or(0, |text| text.len() as u64);
            if !chosen.take(op(&entry, bytes, payloads)) {
                return Ok(None);
            }
            oldest = Some(entry.seq);
        }
        Ok(oldest)
    }

    fn conflict_parts(&mut self) -> Result<Vec<Part>, StoreError> {
        let mut conflicts = self.conflicts(Which::All)?;
        // Ids are in the order of time.
        conflicts.sort_by_key(|conflict| std::cmp::Reverse(conflict.id));
        Ok(conflicts.iter().take(CONFLICTS_MAX).map(conflict).map(Part::Conflict).collect())
    }

    fn type_parts(&mut self) -> Result<Vec<Part>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let types = tx.schema.types.iter().zip(&tx.tables.types);
        let read = |(ty, sql): (&RecordType, &TypeSql)| {
            Ok(Part::Type(told::RecordType {
                name: ty.name.clone(),
                fields: ty.fields.iter().map(|field| (field.name.clone(), field.merge)).collect(),
                records: count(&conn, &sql.name)?,
            }))
        };
        types.map(read).collect()
    }

    fn checksums(&mut self) -> Result<Vec<Part>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let here = sums::here(tx, &scopes::loaded(tx)?, true)?;
        let parts = here.map(|here| here.sums.parts).unwrap_or_default().into_iter();
        let checksum = |part: PartSum| told::Checksum {
            scope: part.scope,
            beneath: part.beneath,
            records: part.is.rows,
            sum: part.is.sum,
        };
        Ok(parts.map(checksum).map(Part::Checksum).collect())
    }

    fn comparison(&mut self) -> Result<Vec<Part>, StoreError> {
        let last = self.compared()?.map(|Compared { at, parts, records, differed, .. }| {
            Part::Compared(told::Compared { at, parts, records, differed })
        });
        let differences = self.differences()?.into_iter().map(|it| {
            let Difference { at, version, scope, beneath, here, there, .. } = it;
            Part::Difference(told::Difference { at, version, scope, beneath, here, there })
        });
        Ok(last.into_iter().chain(differences).collect())
    }
}

/// The ops that are in, and the room for more.
struct Chosen {
    ops: BTreeMap<Seq, told::Op>,
    room: usize,
}

impl Chosen {
    /// Takes an op in, if there is room for it.
    fn take(&mut self, op: told::Op) -> bool {
        if self.ops.contains_key(&op.seq) {
            return true;
        }
        let bytes = json::write(&op).len();
        if self.ops.len() == OPS_MAX || bytes > self.room {
            return false;
        }
        self.room -= bytes;
        self.ops.insert(op.seq, op);
        true
    }
}

fn op(entry: &LogEntry, bytes: u64, payloads: Payloads) -> told::Op {
    let payload = match payloads {
        Payloads::Without if !planted(Defect::DiagnosticsTellValues) => None,
        Payloads::Without | Payloads::With => {
            Some(json::parse(&json::write(&entry.changes)).expect("BUG: what is written is JSON"))
        }
    };
    told::Op {
        seq: entry.seq,
        id: entry.op_id,
        action: entry.action.clone(),
        state: entry.state.name().to_owned(),
        made_at: entry.created_at,
        bytes,
        keyed: entry.key.is_some(),
        code: entry.code,
        version: entry.version,
        depends_on: entry.depends_on,
        conflict: entry.conflict,
        about: entry.about.as_ref().and_then(About::target),
        undone: entry.undone,
        in_doubt: entry.in_doubt,
        partly: entry.partly,
        again: entry.again,
        let_go: entry.let_go,
        changes: entry.changes.iter().map(change).collect(),
        payload,
    }
}

fn change(change: &Change) -> told::Change {
    let names = |fields: &Fields| fields.0.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (verb, fields) = match change {
        Change::Insert { fields, .. } => (Verb::Insert, names(fields)),
        Change::Update { set, add, count, include, exclude, reset, .. } => {
            (Verb::Update, [set, add, count, include, exclude, reset].into_iter().flat_map(names).collect())
        }
        Change::Delete { .. } => (Verb::Delete, Vec::new()),
        Change::Restore { .. } => (Verb::Restore, Vec::new()),
    };
    told::Change { verb, of: change.of().to_owned(), id: change.id(), base: change.base(), fields }
}

fn conflict(conflict: &Conflict) -> told::Conflict {
    let unit = |unit: &ConflictUnit| told::ConflictUnit {
        of: unit.of.clone(),
        id: unit.id,
        unit: unit.unit.clone(),
    };
    told::Conflict {
        id: conflict.id,
        open: conflict.is_open(),
        held: conflict.held,
        made_at: conflict.made_at,
        settled_at: conflict.settled_at,
        units: conflict.units.iter().map(unit).collect(),
    }
}

/// A number that SQLite or SQLCipher knows; the second tells its own as texts.
pub(crate) fn pragma(conn: &Connection, name: &str) -> Result<u64, StoreError> {
    let value: Value = conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?;
    let number = match value {
        Value::Integer(number) => u64::try_from(number).ok(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| StoreError::unreadable(name))
}

fn count(conn: &Connection, what: &str) -> Result<u64, StoreError> {
    Ok(conn.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0))?)
}
