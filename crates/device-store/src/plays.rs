//! What is to be shown of an op beside the changes that its text names, kept with the op so that a rebase plays
//! the same again: what a resolution decided, children that a delete turned away from their owner, the new state
//! of a conflict. A JSON list of `["set", type, id, {field: value}]`, `["add", …]`, `["amend", …]`,
//! `["turn", type, id, {field: [from, to]}]`, `["revive", type, id]`, `["unmake", type, id]`, and `["leave", type, id]`
//! for what an undo does not take back.

use fieldbook_device_sync::Key;
use fieldbook_merge::{Checked, Deed, Edit, Row, Verb};
use fieldbook_model::decimal::Scaled;
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::schema::{Ladder, RecordType, cards};
use fieldbook_model::{Json, RecordId, Schema, Value, Version, json};

use crate::error::StoreError;
use crate::open::Tx;

/// One thing to play.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Play {
    /// Values. Does not fit where the record is not there.
    Set(Vec<(usize, Value)>),
    /// Values, if the record is there.
    Amend(Vec<(usize, Value)>),
    /// A number that is added if the record is there, in the field's own scale.
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
            Self::Amend(_) => "amend",
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
            Self::Set(values) | Self::Amend(values) => {
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
        let value = |field: usize, json: &Json| Value::judged(&ty.fields[field], json);
        Some(match name {
            "set" | "amend" => {
                let set = |(name, json): &(String, Json)| {
                    let field = ty.position(name)?;
                    Some((field, value(field, json)?))
                };
                let values = entries.iter().map(set).collect::<Option<_>>()?;
                if name == "set" { Self::Set(values) } else { Self::Amend(values) }
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
                let row: Option<Row> = fields.map(|(field, json)| Value::judged(field, json)).collect();
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
            Self::Amend(values) => Verb::Amend(values.iter().map(set).collect()),
            Self::Add(field, number) => Verb::Amend(vec![(*field, Edit::Add(*number))]),
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

/// What is kept with an op under an older version of the schema, as the newest has it. What a newer version does not know
/// is left out.
pub(crate) fn up(ladder: &Ladder, version: u32, text: &str) -> Option<String> {
    let plays: Vec<Json> = json::parse(text).ok()?;
    let up = |json: Json| {
        let Json::List(mut parts) = json else { return None };
        let [Json::Text(verb), Json::Text(of), _, detail] = &mut parts[..] else { return None };
        let old = std::mem::replace(of, ladder.type_up(version, of));
        let word = std::mem::take(verb);
        *detail = detail_up(ladder, version, &old, &word, std::mem::replace(detail, Json::Null));
        *verb = word;
        Some(Json::List(parts))
    };
    let plays: Vec<Json> = plays.into_iter().map(up).collect::<Option<_>>()?;
    Some(json::write(&plays))
}

fn detail_up(ladder: &Ladder, version: u32, of: &str, verb: &str, detail: Json) -> Json {
    match (verb, detail) {
        ("make", Json::List(values)) => {
            // The server's own records are of every version alike, but for what a conflict tells.
            let is_conflict = of == CONFLICT;
            match ladder.row_up(version, of, values.clone()) {
                _ if is_conflict => Json::List(cards::row_up(ladder, version, values)),
                Some(values) => Json::List(values),
                None => Json::List(values),
            }
        }
        ("add", Json::Object(entries)) => {
            let scale = |schema: Option<&std::sync::Arc<Schema>>, of: &str, name: &str| {
                let ty = schema?.find(of)?;
                ty.fields[ty.position(name)?].kind.scale()
            };
            let up = |(name, number): (String, Json)| {
                let (Json::Int(number), Some(old)) = (&number, scale(ladder.schema(version), of, &name))
                else {
                    return vec![(name, number)];
                };
                let text = Json::Text(Scaled(*number, old).to_string());
                let named = ladder.field_up(version, of, &name, &[text]);
                let rescaled = |(name, _): (String, Vec<Json>)| {
                    let new = scale(Some(ladder.top()), &ladder.type_up(version, of), &name).unwrap_or(old);
                    let number =
                        number.saturating_mul(10_i64.saturating_pow(u32::from(new.saturating_sub(old))));
                    (name, Json::Int(number))
                };
                named.into_iter().map(rescaled).collect()
            };
            Json::Object(entries.into_iter().flat_map(up).collect())
        }
        (_, Json::Object(entries)) => {
            let up = |(name, value): (String, Json)| {
                let values = match value {
                    Json::List(pair) if verb == "turn" => pair,
                    value => vec![value],
                };
                let named = ladder.field_up(version, of, &name, &values);
                let one = |(name, mut values): (String, Vec<Json>)| match verb {
                    "turn" => Some((name, Json::List(values))),
                    _ => Some((name, values.pop()?)),
                };
                named.into_iter().filter_map(one).collect::<Vec<_>>()
            };
            Json::Object(entries.into_iter().flat_map(up).collect())
        }
        (_, detail) => detail,
    }
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
