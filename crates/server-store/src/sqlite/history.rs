//! The history of a record: walks back from the last op that was about it, from op to op by their links, and tells
//! what each did.

use fieldbook_merge::read as checked;
use fieldbook_merge::{Checked, Verb};
use fieldbook_model::json::{self, Json};
use fieldbook_model::{Change, Op, RecordId, Value, Version, WallTime};
use rusqlite::{Connection, OptionalExtension, params};

use super::bytes;
use super::frame::Frame;
use super::number::{int, nat};
use crate::error::{StoreError, damaged};

const RECORD: &str = "SELECT rid, touched FROM record WHERE of = ? AND id = ?";
const ALIAS: &str = "SELECT existing FROM alias WHERE of = ? AND own = ?";
const OP: &str = "SELECT received_at, links, effects, text FROM op WHERE version = ?";

/// Every change of a record, oldest first, in JSON lines.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
) -> Result<Vec<String>, StoreError> {
    let key = params![frame.number(of), id.bytes()];
    let in_force = connection.prepare_cached(ALIAS)?.query_row(key, |row| row.get(0)).optional()?;
    let id = in_force.map_or(id, RecordId::from_bytes);
    let key = params![frame.number(of), id.bytes()];
    let mut find = connection.prepare_cached(RECORD)?;
    let found = find.query_row(key, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()?;
    let Some((rid, touched)) = found else { return Ok(Vec::new()) };
    let mut lines = Vec::new();
    let mut next = Some(Version(nat(touched)?));
    while let Some(version) = next {
        let entry = Entry::read(connection, version)?;
        // Backwards, since the whole is turned round at the end.
        lines.extend(entry.lines(frame, of, id, version)?.into_iter().rev());
        next = entry.before(rid.unsigned_abs(), version)?;
    }
    lines.reverse();
    Ok(lines)
}

/// An op of the total order, as far as the history needs it.
struct Entry {
    received_at: WallTime,
    links: Vec<u8>,
    effects: Option<Vec<u8>>,
    op: Op,
}

impl Entry {
    fn read(connection: &Connection, version: Version) -> Result<Self, StoreError> {
        let mut find = connection.prepare_cached(OP)?;
        let mut rows = find.query([int(version.0)])?;
        let row = rows.next()?.ok_or_else(|| damaged("the history"))?;
        let text = row.get_ref(3)?.as_str().map_err(|_| damaged("an op"))?;
        Ok(Self {
            received_at: WallTime(row.get(0)?),
            links: row.get::<_, Option<_>>(1)?.unwrap_or_default(),
            effects: row.get(2)?,
            op: json::parse(text).map_err(|_| damaged("an op"))?,
        })
    }

    /// The version of the op before this one in the history of a record.
    fn before(&self, rid: u64, version: Version) -> Result<Option<Version>, StoreError> {
        let mut links = &self.links[..];
        while !links.is_empty() {
            let (Some(of), Some(before)) = (bytes::take(&mut links), bytes::take(&mut links)) else {
                return Err(damaged("the history"));
            };
            if of == rid {
                // Only ever back, so that the walk ends whatever stands there.
                let before = Some(Version(before)).filter(|before| *before < version);
                return before.map(Some).ok_or_else(|| damaged("the history"));
            }
        }
        Ok(None)
    }

    fn lines(
        &self,
        frame: &Frame,
        of: usize,
        id: RecordId,
        version: Version,
    ) -> Result<Vec<String>, StoreError> {
        let told = match &self.effects {
            Some(effects) => told(effects, &frame.ty(of).name, id),
            None => self.told_by_text(frame, of, id),
        };
        let told = told.ok_or_else(|| damaged("the history"))?;
        Ok(told.into_iter().map(|told| json::write(&self.line(version, told))).collect())
    }

    fn line(&self, version: Version, told: Told) -> Json {
        let op = &self.op;
        let mut line = vec![
            ("version", number(version)),
            ("op_id", text(&op.op_id)),
            ("action", Json::Text(op.action.clone())),
            ("user", text(&op.user_id)),
            ("device", text(&op.device_id)),
            ("created_at", text(&op.created_at)),
            ("received_at", text(&self.received_at)),
            ("verb", Json::Text(told.verb)),
        ];
        if let Json::List(life) = told.life {
            line.extend(outcome(life));
        }
        line.push(("units", Json::List(told.units)));
        object(line)
    }

    /// What an op did that only made records: its text has the values; the schema has those that it left out.
    fn told_by_text(&self, frame: &Frame, of: usize, id: RecordId) -> Option<Vec<Told>> {
        let mine = |change: &&Change| change.id() == id && change.of() == frame.ty(of).name;
        let made = |change: &Change| match checked::read(&frame.schema, change) {
            Ok(Checked { verb: Verb::Insert(row), .. }) => Some(row),
            _ => None,
        };
        self.op
            .payload
            .changes
            .iter()
            .filter(mine)
            .map(|change| Some(inserted(frame, of, &made(change)?)))
            .collect()
    }
}

/// One change as the history tells it.
struct Told {
    verb: String,
    life: Json,
    units: Vec<Json>,
}

fn inserted(frame: &Frame, of: usize, row: &[Value]) -> Told {
    let fields = frame.ty(of).fields.iter().zip(row).filter(|(_, value)| **value != Value::Null);
    let unit = |(field, value): (&fieldbook_model::schema::Field, &Value)| {
        let after = json::parse(&json::write(value)).expect("BUG: a value does not read back");
        unit(Json::Text(field.name.clone()), Json::Null, after, vec!["applied".into()])
    };
    Told {
        verb: "insert".to_owned(),
        life: Json::List(vec!["applied".into()]),
        units: fields.map(unit).collect(),
    }
}

/// Verb, type, record, what became of its life, fields: as `effects.rs` writes them.
type Stored = (String, String, RecordId, Json, Vec<Vec<Json>>);

/// What stored effects say of one record; `None` when they are damaged.
fn told(effects: &[u8], of: &str, id: RecordId) -> Option<Vec<Told>> {
    let entries: Vec<Stored> = json::parse_bytes(effects).ok()?;
    let mine = entries.into_iter().filter(|(_, ty, record, ..)| ty == of && *record == id);
    mine.map(|(verb, _, _, life, units)| {
        let units = units.into_iter().map(stored_unit).collect::<Option<_>>()?;
        Some(Told { verb, life, units })
    })
    .collect()
}

/// `[field, before, after]`, and behind it an outcome that is more than "applied".
fn stored_unit(parts: Vec<Json>) -> Option<Json> {
    let mut parts = parts.into_iter();
    let (field, before, after) = (parts.next()?, parts.next()?, parts.next()?);
    let mut outcome: Vec<_> = parts.collect();
    if outcome.is_empty() {
        outcome.push("applied".into());
    }
    Some(unit(field, before, after, outcome))
}

fn unit(field: Json, before: Json, after: Json, life: Vec<Json>) -> Json {
    let mut unit = vec![("field", field), ("before", before), ("after", after)];
    unit.extend(outcome(life));
    object(unit)
}

/// `outcome`, and `other`: the version of the change that it met.
fn outcome(parts: Vec<Json>) -> impl Iterator<Item = (&'static str, Json)> {
    ["outcome", "other"].into_iter().zip(parts)
}

fn object(entries: Vec<(&str, Json)>) -> Json {
    Json::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn text(value: &impl std::fmt::Display) -> Json {
    Json::Text(value.to_string())
}

fn number(version: Version) -> Json {
    Json::Int(int(version.0))
}
