//! What a change asks for, read by the schema; or the code of what does not fit.

use std::collections::BTreeSet;

use fieldbook_model::decimal::Scaled;
use fieldbook_model::op::{About, Fields};
use fieldbook_model::schema::{Field, Group, Kind, Merge, RecordType};
use fieldbook_model::{Change, Code, Json, Op, RecordId, Schema, Value, Version};

use crate::bounds;
use crate::history::{What, added, elements_of, number_of};

/// A change that fits the schema.
#[derive(Debug, Clone)]
pub struct Asked<'s> {
    /// The record's type.
    pub ty: &'s RecordType,
    /// The record.
    pub id: RecordId,
    /// What the user had confirmed.
    pub base: Version,
    /// What is to be done.
    pub verb: Verb<'s>,
}

/// What is to be done to a record.
#[derive(Debug, Clone)]
pub enum Verb<'s> {
    /// Make it with these values.
    Insert(Vec<Value>),
    /// Change fields, one after the other.
    Update(Vec<(&'s Field, What<'s>)>),
    /// Delete it.
    Delete,
    /// Bring it back.
    Restore,
}

/// Whether an op does something itself, and not to another op only.
pub fn has_changes(op: &Op) -> bool {
    matches!(op.payload.about, None | Some(About::Replaces(_)))
}

/// Reads a change. The types that every app has are none that an op could change.
pub fn read<'s>(schema: &'s Schema, change: &Change) -> Result<Asked<'s>, Code> {
    let ty = schema.find(change.of()).filter(|ty| !ty.system).ok_or(Code::UnknownType)?;
    let verb = match change {
        Change::Insert { fields, .. } => Verb::Insert(inserted(ty, fields)?),
        _ if ty.insert_only => return Err(Code::WrongVerb),
        Change::Update { set, add, count, include, exclude, reset, .. } => {
            let mut named = [set, add, count, include, exclude, reset].into_iter().flat_map(|it| &it.0);
            // What is fixed was said when the record was made.
            if named.any(|(name, _)| known(ty, name).is_ok_and(|field| field.fixed)) {
                return Err(Code::WrongVerb);
            }
            let mut asks = Vec::new();
            for (name, json) in &set.0 {
                asks.push(asked_set(ty, name, json)?);
            }
            for (name, json) in &add.0 {
                asks.push(asked_add(ty, name, json)?);
            }
            for (name, json) in &count.0 {
                asks.push(asked_count(ty, name, json)?);
            }
            for (name, json) in &include.0 {
                asks.push(asked_elements(ty, name, json, What::Included)?);
            }
            for (name, json) in &exclude.0 {
                asks.push(asked_elements(ty, name, json, What::Excluded)?);
            }
            for (name, json) in &reset.0 {
                asks.push(asked_reset(ty, name, json)?);
            }
            if asks.is_empty() {
                return Err(Code::Empty);
            }
            whole_groups(ty, set)?;
            Verb::Update(asks)
        }
        // Its number would be gone with it.
        Change::Delete { .. } if ty.fields.iter().any(|field| field.series) => return Err(Code::WrongVerb),
        Change::Delete { .. } => Verb::Delete,
        Change::Restore { .. } => Verb::Restore,
    };
    Ok(Asked { ty, id: change.id(), base: change.base().unwrap_or_default(), verb })
}

fn inserted(ty: &RecordType, fields: &Fields) -> Result<Vec<Value>, Code> {
    for (name, _) in &fields.0 {
        known(ty, name)?;
    }
    ty.fields.iter().map(|field| first_value(field, fields.find(&field.name))).collect()
}

/// What a new record's field holds: what was given, else its default, else nothing, which is zero where
/// additions are counted.
pub(crate) fn first_value(field: &Field, given: Option<&Json>) -> Result<Value, Code> {
    let given = given.or(field.default.as_ref()).unwrap_or(&Json::Null);
    let value = Value::read(field, given).map_err(|_| Code::WrongValue)?;
    match (&value, field.merge, &field.kind) {
        (Value::Null, Merge::Delta, Kind::Integer) => Ok(Value::Int(0)),
        (Value::Null, Merge::Delta, Kind::Decimal { scale } | Kind::Money { scale, .. }) => {
            Ok(Value::Decimal(Scaled(0, *scale)))
        }
        (Value::Null, ..) if field.required => Err(Code::MissingField),
        _ => Ok(value),
    }
}

/// A change of some members of a group says nothing (rule 43).
fn whole_groups(ty: &RecordType, set: &Fields) -> Result<(), Code> {
    let torn = |group: &Group| {
        let there = group.fields.iter().filter(|name| set.find(name).is_some()).count();
        there > 0 && there < group.fields.len()
    };
    if ty.groups.iter().any(torn) { Err(Code::IncompleteGroup) } else { Ok(()) }
}

fn known<'s>(ty: &'s RecordType, name: &str) -> Result<&'s Field, Code> {
    ty.fields.iter().find(|field| field.name == name).ok_or(Code::UnknownField)
}

pub(crate) fn asked_set<'s>(
    ty: &'s RecordType,
    name: &str,
    json: &Json,
) -> Result<(&'s Field, What<'s>), Code> {
    let field = known(ty, name)?;
    if field.merge == Merge::Delta {
        return Err(Code::WrongVerb);
    }
    let value = Value::read(field, json).map_err(|_| Code::WrongValue)?;
    if field.required && value == Value::Null {
        return Err(Code::MissingField);
    }
    match (field.merge.is_bound(), &value) {
        (true, Value::Null) => Err(Code::WrongVerb),
        (true, _) => Ok((field, What::Offered(&field.name, value))),
        (false, _) => Ok((field, What::Wrote(&field.name, value))),
    }
}

fn asked_reset<'s>(ty: &'s RecordType, name: &str, json: &Json) -> Result<(&'s Field, What<'s>), Code> {
    let field = known(ty, name)?;
    if !field.merge.is_bound() {
        return Err(Code::WrongVerb);
    }
    let value = Value::read(field, json).map_err(|_| Code::WrongValue)?;
    match field.required && value == Value::Null {
        true => Err(Code::MissingField),
        false => Ok((field, What::Reset(&field.name, value))),
    }
}

fn asked_add<'s>(ty: &'s RecordType, name: &str, json: &Json) -> Result<(&'s Field, What<'s>), Code> {
    let field = known(ty, name)?;
    if field.merge != Merge::Delta {
        return Err(Code::WrongVerb);
    }
    match Value::read(field, json) {
        Ok(Value::Int(number) | Value::Decimal(Scaled(number, _))) => {
            Ok((field, What::Added(&field.name, number)))
        }
        _ => Err(Code::WrongValue),
    }
}

fn asked_count<'s>(ty: &'s RecordType, name: &str, json: &Json) -> Result<(&'s Field, What<'s>), Code> {
    match asked_add(ty, name, json)? {
        (field, What::Added(name, number)) => Ok((field, What::Counted(name, number))),
        _ => Err(Code::WrongValue),
    }
}

fn asked_elements<'s>(
    ty: &'s RecordType,
    name: &str,
    json: &Json,
    what: fn(&'s str, BTreeSet<String>) -> What<'s>,
) -> Result<(&'s Field, What<'s>), Code> {
    let field = known(ty, name)?;
    if !matches!(field.kind, Kind::Set { .. }) {
        return Err(Code::WrongVerb);
    }
    match Value::read(field, json) {
        Ok(Value::Set(elements)) => Ok((field, what(&field.name, elements))),
        _ => Err(Code::WrongValue),
    }
}

/// What a field holds after a change of it.
pub fn after(field: &Field, before: &Value, what: &What<'_>) -> Result<Value, Code> {
    match what {
        What::Wrote(_, value) | What::Reset(_, value) => Ok(value.clone()),
        What::Offered(_, value) => Ok(bounds::better(field, before, value)),
        What::Added(_, number) => added(before, *number).ok_or(Code::OutOfRange),
        What::Counted(_, number) => added(before, number - number_of(before)).ok_or(Code::OutOfRange),
        What::Included(_, elements) => {
            within(field, Value::Set(elements_of(before).union(elements).cloned().collect()))
        }
        What::Excluded(..) | What::Left(..) if *before == Value::Null => Ok(Value::Null),
        What::Excluded(_, elements) | What::Left(_, _, elements) => {
            Ok(Value::Set(elements_of(before).difference(elements).cloned().collect()))
        }
        What::Made | What::Deleted | What::Restored => Ok(before.clone()),
    }
}

/// A set holds at most so many elements, also when two devices filled it together.
fn within(field: &Field, value: Value) -> Result<Value, Code> {
    match (&field.kind, &value) {
        (Kind::Set { max }, Value::Set(elements)) if elements.len() > *max as usize => Err(Code::OutOfRange),
        _ => Ok(value),
    }
}

/// What a value refers to: the type, and the id.
pub fn reference<'s>(field: &'s Field, value: &Value) -> Option<(&'s str, RecordId)> {
    match (&field.kind, value) {
        (Kind::Ref { to, .. }, Value::Ref(id)) => Some((to.as_str(), *id)),
        _ => None,
    }
}

impl<'s> Asked<'s> {
    /// The fields of a record that it changes.
    pub fn written(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        let asks = match &self.verb {
            Verb::Update(asks) => asks.iter().map(|(field, _)| field.name.as_str()).collect(),
            _ => Vec::new(),
        };
        asks.into_iter()
    }

    /// The references that it writes: the type referred to, and the id.
    pub fn references(&self) -> Vec<(&'s str, RecordId)> {
        match &self.verb {
            Verb::Insert(row) => {
                let fields = self.ty.fields.iter().zip(row);
                fields.filter_map(|(field, value)| reference(field, value)).collect()
            }
            Verb::Update(asks) => {
                let written = asks.iter().filter_map(|(field, what)| match what {
                    What::Wrote(_, value) => reference(field, value),
                    _ => None,
                });
                written.collect()
            }
            Verb::Delete | Verb::Restore => Vec::new(),
        }
    }

    /// Puts the ids in force in the place of those that a duplicate made.
    pub fn rename(&mut self, in_force: impl Fn(&str, RecordId) -> RecordId) {
        if !matches!(self.verb, Verb::Insert(_)) {
            self.id = in_force(&self.ty.name, self.id);
        }
        let rename = |field: &Field, value: &mut Value| {
            if let (Kind::Ref { to, .. }, Value::Ref(id)) = (&field.kind, &mut *value) {
                *value = Value::Ref(in_force(to, *id));
            }
        };
        match &mut self.verb {
            Verb::Insert(row) => {
                self.ty.fields.iter().zip(row).for_each(|(field, value)| rename(field, value))
            }
            Verb::Update(asks) => asks.iter_mut().for_each(|(field, what)| {
                if let What::Wrote(_, value) = what {
                    rename(field, value);
                }
            }),
            Verb::Delete | Verb::Restore => {}
        }
    }

    /// Whether it only adds, includes or excludes. A count does not: it was compared with what was there.
    pub fn only_adds(&self) -> bool {
        let counts = |what: &What<'_>| matches!(what, What::Counted(..));
        self.stands_alone()
            && !matches!(&self.verb, Verb::Update(asks) if asks.iter().any(|(_, what)| counts(what)))
    }

    /// Whether it says the same whatever was refused before: it only adds, counts, includes or excludes.
    pub fn stands_alone(&self) -> bool {
        match &self.verb {
            Verb::Update(asks) => asks.iter().all(|(_, what)| !what.writes()),
            _ => false,
        }
    }
}
