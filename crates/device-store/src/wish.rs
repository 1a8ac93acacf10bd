//! What a person wants of a conflict, read against its units: each unit gets one decision, and a unit without
//! one is named to the person rather than decided for them.

use fieldbook_merge::Unit;
use fieldbook_model::op::{Choice, Take};
use fieldbook_model::{Code, Fields, Json, Refusal, Schema};

use crate::conflicts::{Conflict, ConflictUnit};

/// What a person wants of a conflict.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// What the held op wrote, everywhere.
    Mine,
    /// What is in force, everywhere.
    Theirs,
    /// Values for some fields.
    Fields {
        /// `field`, `type.field` or `id.field`, and its value.
        values: Vec<(String, Json)>,
        /// Whose every other unit gets; without it each has to be named.
        rest: Option<Side>,
    },
}

/// One of the two that meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The held op's.
    Mine,
    /// What is in force.
    Theirs,
}

impl Side {
    fn take(self) -> Take {
        match self {
            Self::Mine => Take::Mine,
            Self::Theirs => Take::Theirs,
        }
    }
}

impl Wish {
    /// The decisions, one for each unit of a conflict.
    pub(crate) fn choices(&self, schema: &Schema, conflict: &Conflict) -> Result<Vec<Choice>, Refusal> {
        let none = Vec::new();
        let (values, rest) = match self {
            Self::Mine => (&none, Some(Side::Mine)),
            Self::Theirs => (&none, Some(Side::Theirs)),
            Self::Fields { values, rest } => (values, *rest),
        };
        each_is_of_one_unit(schema, conflict, values)?;
        let mut choices = Vec::with_capacity(conflict.units.len());
        let mut open = Vec::new();
        for unit in &conflict.units {
            match (given(schema, unit, values)?, rest) {
                (Some(fields), _) => choices.push(choice(unit, Take::Value(fields))),
                (None, Some(side)) => choices.push(choice(unit, side.take())),
                (None, None) => open.push(spoken(schema, unit)),
            }
        }
        match open.is_empty() {
            true => Ok(choices),
            false => {
                let words =
                    format!("Decide about these too, or say whose the rest gets: {}.", open.join(", "));
                Err(Refusal::new(Code::WrongValue, words))
            }
        }
    }
}

fn choice(unit: &ConflictUnit, take: Take) -> Choice {
    Choice { of: unit.of.clone(), id: unit.id, unit: unit.unit.clone(), take }
}

/// The fields of a unit.
fn fields<'s>(schema: &'s Schema, unit: &ConflictUnit) -> Vec<&'s str> {
    let Some(ty) = schema.find(&unit.of) else { return Vec::new() };
    let places = Unit::named(ty, unit.unit.as_deref()).map(|unit| unit.fields(ty)).unwrap_or_default();
    places.into_iter().map(|place| ty.fields[place].name.as_str()).collect()
}

/// Whether a name as a person writes it means a field of a unit.
fn means(unit: &ConflictUnit, field: &str, name: &str) -> bool {
    match name.rsplit_once('.') {
        None => name == field,
        Some((record, own)) => own == field && (record == unit.of || record == unit.id.to_string()),
    }
}

fn each_is_of_one_unit(
    schema: &Schema,
    conflict: &Conflict,
    values: &[(String, Json)],
) -> Result<(), Refusal> {
    for (name, _) in values {
        let of = |unit: &&ConflictUnit| fields(schema, unit).iter().any(|field| means(unit, field, name));
        let units: Vec<&ConflictUnit> = conflict.units.iter().filter(of).collect();
        let words = match units[..] {
            [_] => continue,
            [] => {
                let all: Vec<String> = conflict.units.iter().map(|unit| spoken(schema, unit)).collect();
                let members: Vec<&str> =
                    conflict.units.iter().flat_map(|unit| fields(schema, unit)).collect();
                let give = if members.is_empty() { "mine or theirs".into() } else { members.join(", ") };
                format!("This conflict is about {}: give {give}, and not {name}.", all.join(", "))
            }
            _ => {
                let field = name.rsplit_once('.').map_or(name.as_str(), |(_, field)| field);
                let all: Vec<String> = units.iter().map(|unit| format!("{}.{field}", unit.id)).collect();
                format!("{name} could be one of {}; write it like that.", all.join(", "))
            }
        };
        return Err(Refusal::at(Code::WrongValue, name, words));
    }
    Ok(())
}

/// The values that a person gives a unit; `None` where they give it none. A group takes all of its members.
fn given(schema: &Schema, unit: &ConflictUnit, values: &[(String, Json)]) -> Result<Option<Fields>, Refusal> {
    let names = fields(schema, unit);
    let mut found = Vec::new();
    for field in &names {
        let value = values.iter().find(|(name, _)| means(unit, field, name));
        found.extend(value.map(|(_, json)| ((*field).to_owned(), json.clone())));
    }
    match found.len() {
        0 => Ok(None),
        some if some == names.len() => Ok(Some(Fields(found))),
        _ => {
            let words =
                format!("{} go together: give all of them, or take mine or theirs.", names.join(", "));
            Err(Refusal::at(Code::IncompleteGroup, spoken(schema, unit), words))
        }
    }
}

/// What a person calls a unit.
fn spoken(schema: &Schema, unit: &ConflictUnit) -> String {
    match &unit.unit {
        Some(name) => format!("{}.{name} of {}", unit.of, unit.label),
        None => {
            let of = schema.find(&unit.of).map_or_else(|| unit.of.clone(), |ty| ty.spoken());
            format!("whether the {of} {} is there", unit.label)
        }
    }
}
