//! What is to be shown of an op beside the changes that its text names, kept with the op so that a rebase plays
//! the same again: what a resolution decided, children that a delete turned away from their owner, the new state
//! of a conflict. A JSON list of `["set", type, id, {field: value}]`, `["add", …]`,
//! `["turn", type, id, {field: [from, to]}]`, `["revive", type, id]`, `["unmake", type, id]`, and `["leave", type, id]`
//! for what an undo does not take back.

use fieldbook_device_sync::Key;
use fieldbook_merge::{Checked, Deed, Edit, Row, Verb};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{Json, RecordId, Value, Version, json};

use crate::cell;
use crate::error::StoreError;
use crate::open::Tx;

/// One thing to play.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Play {
    /// Values. Does not fit where the record is not there.
    Set(Vec<(usize, Value)>),
    /// A number that is added, in the field's own scale.
    Add(usize, i64),
    /// A value, where another still stands: `(field, from, to)`.
    Turn(Vec<(usize, Value, Value)>),
    /// The record, if it is not there. With a row, it is made.
    Revive(Option<Row>),
    /// The record's end, if it is there.
    Unmake,
    /// Nothing, though the op would do something here.
    Leave,
}

/// What to play on which records.
pub(crate) type Plays = Vec<(Key, Play)>;

impl Play {
    fn name(&self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::Add(..) => "add",
            Self::Turn(_) => "turn",
            Self::Revive(None) => "revive",
            Self::Revive(Some(_)) => "make",
            Self::Unmake => "unmake",
            Self::Leave => "leave",
        }
    }

    fn detail(&self, ty: &RecordType) -> Json {
        let name = |field: &usize| ty.fields[*field].name.clone();
        match self {
            Self::Set(values) => {
                let entry = |(field, value): &(usize, Value)| (name(field), value.to_json());
                Json::Object(values.iter().map(entry).collect())
            }
            Self::Add(field, number) => Json::Object(vec![(name(field), Json::Int(*number))]),
            Self::Turn(turns) => {
                let pair = |from: &Value, to: &Value| Json::List(vec![from.to_json(), to.to_json()]);
                let entry = |(field, from, to): &(usize, Value, Value)| (name(field), pair(from, to));
                Json::Object(turns.iter().map(entry).collect())
            }
            Self::Revive(Some(row)) => Json::List(row.iter().map(Value::to_json).collect()),
            Self::Revive(None) | Self::Unmake | Self::Leave => Json::Null,
        }
    }

    fn read(ty: &RecordType, name: &str, detail: &Json) -> Option<Self> {
        let entries: &[(String, Json)] = match detail {
            Json::Object(entries) => entries,
            _ => &[],
        };
        let value = |field: usize, json: &Json| cell::confirmed(&ty.fields[field], json);
        Some(match name {
            "set" => {
                let set = |(name, json): &(String, Json)| {
                    let field = ty.position(name)?;
                    Some((field, value(field, json)?))
                };
                Self::Set(entries.iter().map(set).collect::<Option<_>>()?)
            }
            "add" => match entries {
                [(name, Json::Int(number))] => Self::Add(ty.position(name)?, *number),
                _ => return None,
            },
            "turn" => {
                let turn = |(name, json): &(String, Json)| {
                    let Json::List(pair) = json else { return None };
                    let [from, to] = &pair[..] else { return None };
                    let field = ty.position(name)?;
                    Some((field, value(field, from)?, value(field, to)?))
                };
                Self::Turn(entries.iter().map(turn).collect::<Option<_>>()?)
            }
            "make" => {
                let Json::List(values) = detail else { return None };
                let fields = ty.fields.iter().zip(values);
                let row: Option<Row> = fields.map(|(field, json)| cell::confirmed(field, json)).collect();
                Self::Revive(Some(row.filter(|row| row.len() == ty.fields.len())?))
            }
            "revive" => Self::Revive(None),
            "unmake" => Self::Unmake,
            "leave" => Self::Leave,
            _ => return None,
        })
    }

    /// As a change; `None` for what is left alone.
    pub fn verb(&self) -> Option<Verb> {
        let set = |(field, value): &(usize, Value)| (*field, Edit::Set(value.clone()));
        let turn = |(field, from, to): &(usize, Value, Value)| Deed {
            field: *field,
            before: to.clone(),
            after: from.clone(),
            stamps: None,
        };
        Some(match self {
            Self::Set(values) => Verb::Update(values.iter().map(set).collect()),
            Self::Add(field, number) => Verb::Update(vec![(*field, Edit::Add(*number))]),
            Self::Turn(turns) => Verb::Revert(turns.iter().map(turn).collect()),
            Self::Revive(None) => Verb::Revive(None),
            Self::Revive(Some(row)) => Verb::Insert(row.clone()),
            Self::Unmake => Verb::Unmake,
            Self::Leave => return None,
        })
    }
}

/// As a change of a record; `None` for what is left alone.
pub(crate) fn checked((key, play): &(Key, Play)) -> Option<Checked> {
    Some(Checked { of: key.of, id: key.id, base: Version::ZERO, verb: play.verb()? })
}

/// The text that is kept with an op; `None` where there is nothing to play.
pub(crate) fn write(tx: Tx<'_>, plays: &Plays) -> Option<String> {
    let entry = |(key, play): &(Key, Play)| {
        let ty = &tx.schema.types[key.of];
        let text = |text: &str| Json::Text(text.to_owned());
        Json::List(vec![text(play.name()), text(&ty.name), text(&key.id.to_string()), play.detail(ty)])
    };
    (!plays.is_empty()).then(|| json::write(&Json::List(plays.iter().map(entry).collect())))
}

/// Reads what is kept with an op.
pub(crate) fn read(tx: Tx<'_>, text: Option<&str>) -> Result<Plays, StoreError> {
    let Some(text) = text else { return Ok(Plays::new()) };
    let entry = |json: &Json| {
        let Json::List(parts) = json else { return None };
        let [Json::Text(name), Json::Text(of), Json::Text(id), detail] = &parts[..] else { return None };
        let of = tx.schema.place(of)?;
        let play = Play::read(&tx.schema.types[of], name, detail)?;
        Some((Key { of, id: RecordId::parse(id).ok()? }, play))
    };
    let plays: Option<Vec<Json>> = json::parse(text).ok();
    let plays = plays.and_then(|plays| plays.iter().map(entry).collect());
    plays.ok_or_else(|| StoreError::unreadable("what an action shows"))
}
