//! The way between two versions of a schema that follow each other, read from the steps that the newer one declares:
//! what the older said as the newer has it, and what there is as the older can read it (rule 48).

use fieldbook_model::decimal::{SCALED_MAX, Scaled};
use fieldbook_model::op::{About, Choice, Take};
use fieldbook_model::schema::steps::StepChange;
use fieldbook_model::schema::{Field, Kind};
use fieldbook_model::{Change, Fields, Json, Op, Schema, Value};

use crate::asked::first_value;
use crate::clash::Values;
use crate::conflict::{ConflictSeen, UnitSeen};

/// The time of day that a date gets.
const MIDNIGHT: &str = "T00:00:00.000Z";

/// Two versions of a schema, one right behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Rung<'s> {
    /// The older.
    pub old: &'s Schema,
    /// The newer.
    pub new: &'s Schema,
}

/// What becomes of a field: the type's new name, the names of what it is now, and the words that change.
struct Way<'s> {
    names: Vec<&'s str>,
    by: &'s str,
    words: Vec<&'s [(String, String)]>,
}

impl<'s> Rung<'s> {
    fn steps(self) -> impl Iterator<Item = &'s StepChange> {
        let to = self.new.version;
        self.new.steps.iter().filter(move |step| step.to == to).map(|step| &step.change)
    }

    /// What a type is called under the newer.
    pub fn type_up<'a>(self, of: &'a str) -> &'a str
    where
        's: 'a,
    {
        self.steps().fold(of, |of, step| match step {
            StepChange::RenameType { from, to } if from == of => to,
            _ => of,
        })
    }

    /// What a type of the newer was called, where the older had it.
    pub fn type_down(self, of: &str) -> Option<&'s str> {
        let types = self.old.types.iter().map(|ty| ty.name.as_str());
        let mut types = types.filter(|name| self.type_up(name) == of);
        types.next()
    }

    fn way(self, of: &str, name: &'s str) -> Way<'s> {
        let (mut of, mut way) = (of, Way { names: vec![name], by: "", words: Vec::new() });
        for step in self.steps() {
            match step {
                StepChange::RenameType { from, to } if from == of => of = to,
                StepChange::RenameField { of: own, from, to } if own == of => {
                    way.names.iter_mut().filter(|name| *name == from).for_each(|name| *name = to);
                }
                StepChange::ChangeKind { of: own, field, values }
                    if own == of && way.names == [field.as_str()] =>
                {
                    way.words.push(values);
                }
                StepChange::Split { of: own, field, into, by }
                    if own == of && way.names == [field.as_str()] =>
                {
                    (way.names, way.by) = (into.iter().map(String::as_str).collect(), by);
                }
                _ => {}
            }
        }
        way
    }

    fn field(schema: &'s Schema, of: &str, name: &str) -> Option<&'s Field> {
        schema.find(of)?.fields.iter().find(|field| field.name == name)
    }

    /// What a field with a value is under the newer: one, or the parts that it was cut into. What the older does not
    /// know stays what it is.
    pub fn up(self, of: &str, name: &str, value: &Json) -> Vec<(String, Json)> {
        let Some(old) = Self::field(self.old, of, name) else {
            return vec![(name.to_owned(), value.clone())];
        };
        let way = self.way(of, &old.name);
        let word = |word: &String| {
            way.words.iter().fold(word.clone(), |word, words| {
                words.iter().find(|(had, _)| *had == word).map_or(word, |(_, has)| has.clone())
            })
        };
        let value = match value {
            Json::Text(text) if !way.words.is_empty() => Json::Text(word(text)),
            value => value.clone(),
        };
        let parts = match (&value, way.names.len()) {
            (_, 1) => vec![value],
            (Json::Text(text), parts) => cut(text, way.by, parts),
            (_, parts) => vec![Json::Null; parts],
        };
        let of = self.type_up(of);
        let named = way.names.iter().zip(parts).map(|(name, part)| {
            let new = Self::field(self.new, of, name);
            ((*name).to_owned(), new.map_or(part.clone(), |new| as_kind(&old.kind, &new.kind, &part)))
        });
        named.collect()
    }

    /// The names of what a field is under the newer.
    pub fn names_up(self, of: &str, name: &str) -> Vec<&'s str> {
        Self::field(self.old, of, name).map_or_else(Vec::new, |field| self.way(of, &field.name).names)
    }

    /// What a field of the older holds where the newer holds these values; nothing where it holds none of it.
    fn down(self, of: &str, field: &'s Field, values: &Values) -> Option<Json> {
        let (way, of) = (self.way(of, &field.name), self.type_up(of));
        if !way.names.iter().any(|name| values.contains_key(*name)) {
            return None;
        }
        let part = |name: &&&str| values.get(**name).cloned().unwrap_or(Json::Null);
        let parts: Vec<Json> = way.names.iter().map(|name| part(&name)).collect();
        let value = match parts.as_slice() {
            [one] => {
                let new = Self::field(self.new, of, way.names[0]);
                new.map_or(one.clone(), |new| as_kind(&new.kind, &field.kind, one))
            }
            parts => joined(parts, way.by),
        };
        let back = |word: &String| {
            way.words.iter().rev().fold(word.clone(), |word, words| {
                words.iter().find(|(_, has)| *has == word).map_or(word, |(had, _)| had.clone())
            })
        };
        Some(match &value {
            Json::Text(text) if !way.words.is_empty() => Json::Text(back(text)),
            _ => value,
        })
    }

    /// Named values as the newer has them.
    pub fn values_up(self, of: &str, values: &Values) -> Values {
        values.iter().flat_map(|(name, value)| self.up(of, name, value)).collect()
    }

    /// Named values of the newer as the older can have them. `of` is the older's name.
    pub fn values_down(self, of: &str, values: &Values) -> Values {
        let fields = self.old.find(of).into_iter().flat_map(|ty| &ty.fields);
        let named = fields.filter_map(|field| Some((field.name.clone(), self.down(of, field, values)?)));
        named.collect()
    }

    /// A row of the newer as the older can have it.
    pub fn row_down(self, of: &str, row: &[Value]) -> Option<(&'s str, Vec<Value>)> {
        let was = self.type_down(of)?;
        let (old, new) = (self.old.find(was)?, self.new.find(of)?);
        let values = new.fields.iter().zip(row).map(|(field, value)| (field.name.clone(), value.to_json()));
        let values = self.values_down(was, &values.collect());
        let value = |field: &Field| read(field, values.get(&field.name).unwrap_or(&Json::Null));
        Some((was, old.fields.iter().map(value).collect()))
    }

    /// A row of the older as the newer has it. A field that is new holds what it holds in a new record.
    pub fn row_up(self, of: &str, row: &[Value]) -> (&'s str, Vec<Value>) {
        let (old, new) = (self.old.find(of), self.new.find(self.type_up(of)));
        let (old, new) = old.zip(new).expect("BUG: a row of no type");
        let values = old.fields.iter().zip(row).map(|(field, value)| (field.name.clone(), value.to_json()));
        let values = self.values_up(of, &values.collect());
        let value = |field: &Field| match values.get(&field.name) {
            Some(value) => read(field, value),
            None => first_value(field, None).unwrap_or(Value::Null),
        };
        (&new.name, new.fields.iter().map(value).collect())
    }

    /// An op of the older as the newer has it.
    pub fn op_up(self, op: &mut Op) {
        op.payload.changes.iter_mut().for_each(|change| *change = self.change_up(change));
        if let Some(About::Resolves(resolution)) = &mut op.payload.about {
            let choices = std::mem::take(&mut resolution.choices);
            resolution.choices = choices.into_iter().flat_map(|choice| self.choice_up(choice)).collect();
        }
    }

    fn fields_up(self, of: &str, fields: &Fields) -> Fields {
        Fields(fields.0.iter().flat_map(|(name, value)| self.up(of, name, value)).collect())
    }

    fn change_up(self, change: &Change) -> Change {
        let mut change = change.clone();
        match &mut change {
            Change::Insert { of, fields, .. } => *fields = self.fields_up(of, fields),
            Change::Update { of, set, add, count, include, exclude, reset, .. } => {
                for fields in [set, add, count, include, exclude, reset] {
                    *fields = self.fields_up(of, fields);
                }
            }
            Change::Delete { .. } | Change::Restore { .. } => {}
        }
        match &mut change {
            Change::Insert { of, .. }
            | Change::Update { of, .. }
            | Change::Delete { of, .. }
            | Change::Restore { of, .. } => *of = self.type_up(of).to_owned(),
        }
        change
    }

    fn choice_up(self, choice: Choice) -> Vec<Choice> {
        let of = self.type_up(&choice.of).to_owned();
        let up = |fields: &Fields| self.fields_up(&choice.of, fields);
        let units = choice.unit.as_ref().map(|unit| self.unit_up(&choice.of, unit));
        let one = |unit: Option<String>, several: bool| {
            let take = match &choice.take {
                Take::Value(fields) => {
                    let mut fields = up(fields);
                    fields.0.retain(|(name, _)| !several || Some(name) == unit.as_ref());
                    Take::Value(fields)
                }
                take => take.clone(),
            };
            Choice { of: of.clone(), id: choice.id, unit, take }
        };
        match units {
            None => vec![one(None, false)],
            Some(units) => {
                let several = units.len() > 1;
                units.into_iter().map(|unit| one(Some(unit), several)).collect()
            }
        }
    }

    /// What a unit is under the newer. A group keeps its name.
    pub fn unit_up(self, of: &str, unit: &str) -> Vec<String> {
        match self.names_up(of, unit).as_slice() {
            [] => vec![unit.to_owned()],
            names => names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// A conflict of the older as the newer has it.
    pub fn conflict_up(self, seen: &ConflictSeen) -> ConflictSeen {
        let units = seen.units.iter().flat_map(|unit| {
            let names = unit.unit.as_ref().map(|name| self.unit_up(&unit.of, name));
            let names: Vec<Option<String>> = match names {
                None => vec![None],
                Some(names) => names.into_iter().map(Some).collect(),
            };
            let several = names.len() > 1;
            let side = |side: &Option<Values>, name: &Option<String>| {
                side.as_ref().map(|values| {
                    let mut values = self.values_up(&unit.of, values);
                    values.retain(|own, _| !several || name.as_ref() == Some(own));
                    values
                })
            };
            let one = |name: Option<String>| UnitSeen {
                of: self.type_up(&unit.of).to_owned(),
                theirs: side(&unit.theirs, &name),
                mine: side(&unit.mine, &name),
                unit: name,
                ..unit.clone()
            };
            names.into_iter().map(one).collect::<Vec<_>>()
        });
        ConflictSeen { units: units.collect(), ..seen.clone() }
    }

    /// A conflict of the newer as the older can have it: without types that the older does not have, parts as one.
    pub fn conflict_down(self, seen: &ConflictSeen) -> ConflictSeen {
        let mut units: Vec<UnitSeen> = Vec::new();
        for unit in &seen.units {
            let Some(of) = self.type_down(&unit.of) else { continue };
            let older = unit.unit.as_ref().map(|name| self.unit_down(of, name));
            let same = |it: &&mut UnitSeen| (&*it.of, it.id, &it.unit) == (of, unit.id, &older);
            match units.iter_mut().find(same).filter(|_| older.is_some()) {
                Some(first) => {
                    for (all, more) in [(&mut first.theirs, &unit.theirs), (&mut first.mine, &unit.mine)] {
                        if let (Some(all), Some(more)) = (all, more) {
                            all.extend(more.clone());
                        }
                    }
                }
                None => units.push(UnitSeen { of: of.to_owned(), unit: older, ..unit.clone() }),
            }
        }
        for unit in &mut units {
            for values in [&mut unit.theirs, &mut unit.mine].into_iter().flatten() {
                *values = self.values_down(&unit.of, values);
            }
        }
        ConflictSeen { units, ..seen.clone() }
    }

    fn unit_down(self, of: &str, unit: &str) -> String {
        let fields = self.old.find(of).into_iter().flat_map(|ty| &ty.fields);
        let mut fields = fields.filter(|field| self.names_up(of, &field.name).contains(&unit));
        fields.next().map_or_else(|| unit.to_owned(), |field| field.name.clone())
    }

    /// The fields of a type of the newer that the older did not have.
    pub fn added(self, of: &str) -> Vec<&'s Field> {
        let Some(was) = self.type_down(of) else { return Vec::new() };
        let fields = self.old.find(was).into_iter().flat_map(|ty| &ty.fields);
        let had: Vec<&str> = fields.flat_map(|field| self.names_up(was, &field.name)).collect();
        let fields = self.new.find(of).into_iter().flat_map(|ty| &ty.fields);
        fields.filter(|field| !had.contains(&field.name.as_str())).collect()
    }
}

/// A value of a field; a word that an enum does not have is shown as it is.
pub(crate) fn read(field: &Field, json: &Json) -> Value {
    match (Value::read(field, json), json) {
        (Ok(value), _) => value,
        (Err(_), Json::Text(text)) => Value::Text(text.clone()),
        (Err(misfit), _) => panic!("BUG: a value that no step leads to: {misfit}"),
    }
}

fn cut(text: &str, by: &str, parts: usize) -> Vec<Json> {
    let mut rest = Some(text);
    let mut cut = Vec::new();
    for place in 1..=parts {
        let (part, more) = match rest {
            Some(text) if place < parts => match text.split_once(by) {
                Some((part, more)) => (Some(part), Some(more)),
                None => (Some(text), None),
            },
            rest => (rest, None),
        };
        cut.push(part.map_or(Json::Null, |part| Json::Text(part.to_owned())));
        rest = more;
    }
    cut
}

fn joined(parts: &[Json], by: &str) -> Json {
    let last = parts.iter().rposition(|part| *part != Json::Null);
    let Some(last) = last else { return Json::Null };
    let text = |part: &Json| match part {
        Json::Text(text) => text.clone(),
        _ => String::new(),
    };
    Json::Text(parts[..=last].iter().map(text).collect::<Vec<_>>().join(by))
}

fn places(kind: &Kind) -> Option<u32> {
    match kind {
        Kind::Integer => Some(0),
        Kind::Decimal { scale } | Kind::Money { scale, .. } => Some(u32::from(*scale)),
        _ => None,
    }
}

/// A value of one kind as another has it. With fewer places it is the nearest, half away from zero.
fn as_kind(from: &Kind, to: &Kind, value: &Json) -> Json {
    match (from, to, value) {
        (Kind::Date, Kind::Timestamp, Json::Text(day)) => Json::Text(format!("{day}{MIDNIGHT}")),
        (Kind::Timestamp, Kind::Date, Json::Text(time)) => Json::Text(time.chars().take(10).collect()),
        _ if from == to => value.clone(),
        _ => number(from, to, value).unwrap_or_else(|| value.clone()),
    }
}

fn number(from: &Kind, to: &Kind, value: &Json) -> Option<Json> {
    let (had, wanted) = (places(from)?, places(to)?);
    let text = match value {
        Json::Int(number) => number.to_string(),
        Json::Text(text) => text.clone(),
        _ => return None,
    };
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    if part.len() > had as usize {
        return None;
    }
    let digits: i128 = format!("{whole}{part:0<width$}", width = had as usize).parse().ok()?;
    let digits = i64::try_from(rescaled(digits, had, wanted)).ok()?;
    let fits = digits.abs() <= SCALED_MAX;
    fits.then(|| match to {
        Kind::Integer => Json::Int(digits),
        _ => Json::Text(Scaled(digits, u8::try_from(wanted).unwrap_or(0)).to_string()),
    })
}

fn rescaled(digits: i128, from: u32, to: u32) -> i128 {
    if to >= from {
        return digits * 10_i128.pow(to - from);
    }
    let unit = 10_i128.pow(from - to);
    let (whole, rest) = (digits / unit, digits % unit);
    whole + if rest.abs() * 2 >= unit { rest.signum() } else { 0 }
}

/// A sum of one kind as another has it.
pub(crate) fn sum(from: &Kind, to: &Kind, digits: i64) -> i64 {
    let (from, to) = (places(from).unwrap_or(0), places(to).unwrap_or(0));
    i64::try_from(rescaled(i128::from(digits), from, to)).expect("BUG: a sum that does not fit")
}
