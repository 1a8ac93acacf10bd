//! The record of a conflict: what a person reads, and what a resolution is compared with.

use fieldbook_merge::{ClashKind, Row};
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::{Fields, Json, RecordId, Schema, Value, WallTime};

/// A conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// `open`, `settled`, `withdrawn` or `discarded`.
    pub state: String,
    /// The type of its first record.
    pub of: String,
    /// Its first record.
    pub record: String,
    /// What a person knows that record by.
    pub label: String,
    /// The held op's action.
    pub action: String,
    /// Whose op is held.
    pub by: String,
    /// Where it was made.
    pub device: String,
    /// When it was made, by that device's clock.
    pub made_at: WallTime,
    /// Whose change is in force.
    pub theirs_by: String,
    /// What a person has to decide, in the order of type, record and unit.
    pub units: Vec<UnitRow>,
    /// The version at which the units last changed.
    pub pair: i64,
    /// How many ops wait.
    pub held: i64,
    /// What was decided.
    pub choice: Option<String>,
    /// Who decided.
    pub settled_by: Option<String>,
    /// When.
    pub settled_at: Option<WallTime>,
}

/// A unit about which a person has to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitRow {
    /// The place of the record's type.
    pub of: usize,
    /// The record.
    pub id: RecordId,
    /// What a person knows it by.
    pub label: String,
    /// The field or group; `None` for the record's life.
    pub unit: Option<String>,
    /// What meets there.
    pub kind: ClashKind,
    /// The other record, where two share a key.
    pub with: Option<RecordId>,
    /// What the held op's author had before.
    pub base: Fields,
    /// What is in force; `None`: the record is not there.
    pub theirs: Option<Fields>,
    /// What the held ops make of it; `None`: they delete the record.
    pub mine: Option<Fields>,
}

const OPEN: &str = "open";

/// The word for a kind of clash.
pub fn word(kind: ClashKind) -> &'static str {
    match kind {
        ClashKind::Edit => "edit",
        ClashKind::EditOfDeleted => "edit-of-deleted",
        ClashKind::DeleteOfEdited => "delete-of-edited",
        ClashKind::Count => "count",
        ClashKind::Unique => "unique",
    }
}

const KINDS: [ClashKind; 5] = [
    ClashKind::Edit,
    ClashKind::EditOfDeleted,
    ClashKind::DeleteOfEdited,
    ClashKind::Count,
    ClashKind::Unique,
];

impl Conflict {
    /// The place of the type of conflicts.
    pub fn place(schema: &Schema) -> usize {
        schema.place(CONFLICT).expect("BUG: every schema has the type of conflicts")
    }

    /// Whether a person still has to decide.
    pub fn is_open(&self) -> bool {
        self.state == OPEN
    }

    /// Reads the record's row; `None` where it is not one that was written here.
    pub fn read(schema: &Schema, row: &Row) -> Option<Self> {
        let [state, of, record, label, action, by, device, made_at, theirs_by, units, pair, held, rest @ ..] =
            &row[..]
        else {
            return None;
        };
        let [choice, settled_by, settled_at] = rest else { return None };
        let Value::Json(Json::List(units)) = units else { return None };
        Some(Self {
            state: text(state)?,
            of: text(of)?,
            record: text(record)?,
            label: text(label)?,
            action: text(action)?,
            by: text(by)?,
            device: text(device)?,
            made_at: WallTime::parse(&text(made_at)?)?,
            theirs_by: text(theirs_by)?,
            units: units.iter().map(|unit| UnitRow::read(schema, unit)).collect::<Option<_>>()?,
            pair: number(pair)?,
            held: number(held)?,
            choice: text(choice),
            settled_by: text(settled_by),
            settled_at: text(settled_at).and_then(|time| WallTime::parse(&time)),
        })
    }

    /// The record's row.
    pub fn row(&self, schema: &Schema) -> Row {
        let text = |text: &str| Value::Text(text.to_owned());
        let some = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        vec![
            text(&self.state),
            text(&self.of),
            text(&self.record),
            text(&self.label),
            text(&self.action),
            text(&self.by),
            text(&self.device),
            text(&self.made_at.to_string()),
            text(&self.theirs_by),
            Value::Json(Json::List(self.units.iter().map(|unit| unit.json(schema)).collect())),
            Value::Int(self.pair),
            Value::Int(self.held),
            some(&self.choice),
            some(&self.settled_by),
            self.settled_at.map_or(Value::Null, |time| Value::Text(time.to_string())),
        ]
    }
}

impl UnitRow {
    /// What two units are ordered by.
    pub fn order(&self) -> (usize, RecordId, Option<&str>) {
        (self.of, self.id, self.unit.as_deref())
    }

    fn json(&self, schema: &Schema) -> Json {
        let text = |text: &str| Json::Text(text.to_owned());
        let fields =
            |fields: &Option<Fields>| fields.clone().map_or(Json::Null, |fields| Json::Object(fields.0));
        let mut entries = vec![
            ("type", text(&schema.types[self.of].name)),
            ("id", text(&self.id.to_string())),
            ("label", text(&self.label)),
        ];
        entries.extend(self.unit.as_deref().map(|unit| ("unit", text(unit))));
        entries.push(("kind", text(word(self.kind))));
        entries.extend(self.with.map(|with| ("with", text(&with.to_string()))));
        entries.push(("base", Json::Object(self.base.0.clone())));
        entries.push(("theirs", fields(&self.theirs)));
        entries.push(("mine", fields(&self.mine)));
        Json::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn read(schema: &Schema, json: &Json) -> Option<Self> {
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
        let kind = text("kind")?;
        Some(Self {
            of: schema.place(&text("type")?)?,
            id: RecordId::parse(&text("id")?).ok()?,
            label: text("label")?,
            unit: text("unit"),
            kind: KINDS.into_iter().find(|known| word(*known) == kind)?,
            with: text("with").and_then(|id| RecordId::parse(&id).ok()),
            base: fields("base").unwrap_or_default(),
            theirs: fields("theirs"),
            mine: fields("mine"),
        })
    }
}

/// Some fields of a row, by name, as JSON.
pub fn fields_of(schema: &Schema, of: usize, row: &Row, fields: &[usize]) -> Fields {
    let ty = &schema.types[of];
    Fields(fields.iter().map(|field| (ty.fields[*field].name.clone(), row[*field].to_json())).collect())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}
