//! The conflicts that a device shows: records that the server writes, read as what they mean.

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::schema::system::{CONFLICT, CONFLICT_FIELDS};
use fieldbook_model::{Fields, Json, OpId, RecordId, Schema, Value, WallTime};

use crate::error::StoreError;
use crate::open::{Store, Tx};
use crate::shown;

/// Which conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those about which somebody still has to decide.
    Open,
    /// Those that are settled too.
    All,
}

/// A conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The op that is held.
    pub id: OpId,
    /// `open`, `settled`, `withdrawn` or `discarded`.
    pub state: String,
    /// The type of its first record.
    pub of: String,
    /// Its first record.
    pub record: Option<RecordId>,
    /// What a person knows that record by.
    pub label: String,
    /// The held op's action.
    pub action: String,
    /// Whose op is held.
    pub by: String,
    /// When it was made, by that device's clock.
    pub made_at: Option<WallTime>,
    /// Whose change is in force.
    pub theirs_by: String,
    /// What a person has to decide.
    pub units: Vec<ConflictUnit>,
    /// The version at which the units last changed.
    pub pair: u64,
    /// How many ops wait.
    pub held: u64,
    /// What was decided, in a word.
    pub choice: Option<String>,
    /// Who decided.
    pub settled_by: Option<String>,
    /// When.
    pub settled_at: Option<WallTime>,
}

/// A unit about which a person has to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictUnit {
    /// The record's type.
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// What a person knows it by.
    pub label: String,
    /// The field or group; `None`: whether the record is there at all.
    pub unit: Option<String>,
    /// `edit`, `edit-of-deleted`, `delete-of-edited`, `count` or `unique`.
    pub kind: String,
    /// The other record, where two share a key.
    pub with: Option<RecordId>,
    /// What the held op's author had before.
    pub base: Fields,
    /// What is in force; `None`: the record is not there.
    pub theirs: Option<Fields>,
    /// What the held ops make of it; `None`: they delete the record.
    pub mine: Option<Fields>,
}

impl Conflict {
    /// Whether somebody still has to decide.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Whether nothing of it may be read any more: it is about an op of this log, and somebody else decides.
    pub fn is_closed_to_reader(&self) -> bool {
        self.is_open() && self.record.is_none() && self.units.is_empty()
    }

    /// Whether the same choice can be given to both: they are of one type, and about the same units.
    fn is_like(&self, other: &Self) -> bool {
        let units = |conflict: &Self| {
            let unit = |unit: &ConflictUnit| (unit.of.clone(), unit.unit.clone(), unit.kind.clone());
            let mut units: Vec<_> = conflict.units.iter().map(unit).collect();
            units.sort_unstable();
            units
        };
        self.of == other.of && units(self) == units(other)
    }

    fn read(id: OpId, row: &Row) -> Option<Self> {
        let value = |name: &str| &row[CONFLICT_FIELDS.iter().position(|field| *field == name).unwrap_or(0)];
        let text = |name: &str| match value(name) {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let number = |name: &str| match value(name) {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        };
        let time = |name: &str| text(name).and_then(|text| WallTime::parse(&text));
        let units = match value("units") {
            Value::Json(Json::List(units)) => units.iter().map(ConflictUnit::read).collect::<Option<_>>()?,
            Value::Null => Vec::new(),
            _ => return None,
        };
        Some(Self {
            id,
            state: text("state")?,
            of: text("type").unwrap_or_default(),
            record: text("record").and_then(|id| RecordId::parse(&id).ok()),
            label: text("label").unwrap_or_default(),
            action: text("action").unwrap_or_default(),
            by: text("by").unwrap_or_default(),
            made_at: time("made_at"),
            theirs_by: text("theirs_by").unwrap_or_default(),
            units,
            pair: number("pair").unwrap_or_default(),
            held: number("held").unwrap_or_default(),
            choice: text("choice"),
            settled_by: text("settled_by"),
            settled_at: time("settled_at"),
        })
    }
}

impl ConflictUnit {
    fn read(json: &Json) -> Option<Self> {
        let Json::Object(entries) = json else { return None };
        let find = |name: &str| entries.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        let text = |name: &str| match find(name) {
            Some(Json::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let fields = |name: &str| match find(name) {
            Some(Json::Object(entries)) => Some(Fields(entries.clone())),
            _ => None,
        };
        Some(Self {
            of: text("type")?,
            id: RecordId::parse(&text("id")?).ok()?,
            label: text("label").unwrap_or_default(),
            unit: text("unit"),
            kind: text("kind")?,
            with: text("with").and_then(|id| RecordId::parse(&id).ok()),
            base: fields("base").unwrap_or_default(),
            theirs: fields("theirs"),
            mine: fields("mine"),
        })
    }
}

impl Store {
    /// The conflicts that are shown, oldest first.
    pub fn conflicts(&mut self, which: Which) -> Result<Vec<Conflict>, StoreError> {
        let (conn, parts) = self.read()?;
        let mut conflicts = all(parts.on(&conn))?;
        conflicts.retain(|conflict| which == Which::All || conflict.is_open());
        Ok(conflicts)
    }

    /// The other open conflicts to which the same choice can be given: of the same type, about the same units.
    pub fn alike(&mut self, conflict: OpId) -> Result<Vec<OpId>, StoreError> {
        let open = self.conflicts(Which::Open)?;
        let Some(this) = open.iter().find(|other| other.id == conflict) else { return Ok(Vec::new()) };
        let others = open.iter().filter(|other| other.id != conflict && other.is_like(this));
        Ok(others.map(|other| other.id).collect())
    }
}

/// The place of a field of conflicts.
pub(crate) fn place(field: &str) -> usize {
    CONFLICT_FIELDS.iter().position(|name| *name == field).expect("BUG: a field that no conflict has")
}

/// The record of a conflict.
pub(crate) fn key(schema: &Schema, id: OpId) -> Key {
    Key { of: of(schema), id: id.as_record() }
}

/// The type of conflicts.
pub(crate) fn of(schema: &Schema) -> usize {
    schema.place(CONFLICT).expect("BUG: every schema has the type of conflicts")
}

/// A conflict as it is shown; `None` where it is not.
pub(crate) fn find(tx: Tx<'_>, id: OpId) -> Result<Option<Conflict>, StoreError> {
    let Some((row, _)) = shown::find(tx, key(tx.schema, id))? else { return Ok(None) };
    read(id, &row).map(Some)
}

/// The conflicts about which somebody has to decide.
pub(crate) fn open(tx: Tx<'_>) -> Result<Vec<Conflict>, StoreError> {
    let mut conflicts = all(tx)?;
    conflicts.retain(Conflict::is_open);
    Ok(conflicts)
}

fn all(tx: Tx<'_>) -> Result<Vec<Conflict>, StoreError> {
    let of = key(tx.schema, OpId::from_bytes([0; 16])).of;
    let rows = shown::all(tx, of, shown::Rows::Live)?;
    rows.iter().map(|(id, (row, _))| read(id.as_op(), row)).collect()
}

fn read(id: OpId, row: &Row) -> Result<Conflict, StoreError> {
    Conflict::read(id, row).ok_or_else(|| StoreError::unreadable("a conflict"))
}
