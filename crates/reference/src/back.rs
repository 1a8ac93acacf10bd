//! What a device shows of an undo or a resolution that is not answered yet. An undo shows the difference that its
//! target made on this device's screen, taken back; the rest comes with the verdict.

use std::collections::BTreeSet;

use fieldbook_model::op::{About, Resolution, Take};
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Change, Json, Op, OpId, RecordId, Value};

use crate::asked::{after, has_changes};
use crate::clash::{Values, fields_of};
use crate::conflict::UnitSeen;
use crate::device::{Device, Rows};
use crate::history::{History, Key, What, elements_of, number_of};
use crate::life::is_edit;
use crate::make::unit_of;
use crate::said::Ruling;
use crate::state::stands;
use crate::undo::negated;

impl Device {
    /// Takes back what an op did on this screen when its user acted. One that is known not to be done did nothing.
    pub(crate) fn show_undo<'s>(&self, history: &History<'s>, undo: &Op, target: OpId, rows: &mut Rows<'s>) {
        let Some(place) = self.ops.iter().position(|op| op.op_id == target && op.seq < undo.seq) else {
            return;
        };
        let op = &self.ops[place];
        let before = &self.ops[..place];
        if !self.is_done(history, target) || self.is_taken_back(target, undo) {
            return;
        }
        let screen = |ops: &[std::sync::Arc<Op>]| {
            let then = Self { cursor: op.seen.version, ops: ops.to_vec(), ..self.clone() };
            then.stored(history).0
        };
        let (was, became) = (screen(before), screen(&self.ops[..=place]));
        let keys: BTreeSet<Key<'s>> = was.keys().chain(became.keys()).copied().collect();
        for key in keys {
            let Some(ty) = history.schema_of(self.schema).find(key.0) else { continue };
            match (was.get(&key), became.get(&key)) {
                (Some(was), Some(became)) => row_back(ty, was, became, rows.get_mut(&key)),
                (Some(was), None) => {
                    rows.entry(key).or_insert_with(|| was.clone());
                }
                (None, _) => self.unmake(history, undo, ty, key, rows),
            }
        }
    }

    /// Whether an op is done, or waits to be, as far as this device knows.
    fn is_done(&self, history: &History<'_>, op: OpId) -> bool {
        let known = history.events.iter().filter(|event| event.version <= self.cursor);
        let own = |event: &&crate::history::Event<'_>| {
            history.shares(self.id, event.device, event.seq) && event.op_id == op
        };
        let Some(event) = known.clone().find(own) else { return true };
        let mut lines = known.flat_map(|event| &event.settled);
        let last = lines.rfind(|line| history.shares(self.id, line.device, line.seq) && line.op_id == op);
        match last {
            Some(line) => line.state == crate::said::SettledState::Committed,
            None => event.ruling == Ruling::Committed,
        }
    }

    /// Whether an undo finds nothing to take back on this device.
    fn is_taken_back(&self, target: OpId, undo: &Op) -> bool {
        let Some((root, steps)) = self.root(target) else { return true };
        let mut last: Option<(OpId, bool)> = None;
        for earlier in self.ops.iter().filter(|op| op.seq < undo.seq) {
            let Some(About::Undoes(target)) = earlier.payload.about else { continue };
            let Some((_, steps)) = self.root(target).filter(|(it, _)| *it == root) else { continue };
            if stands(last, target, steps) {
                last = Some((earlier.op_id, steps % 2 == 0));
            }
        }
        !stands(last, target, steps)
    }

    /// The op that a person did, below an op and those that it undoes, and how many undos lie between.
    fn root(&self, op: OpId) -> Option<(OpId, usize)> {
        match self.ops.iter().find(|it| it.op_id == op)?.payload.about {
            Some(About::Undoes(below)) => self.root(below).map(|(root, steps)| (root, steps + 1)),
            _ => Some((op, 0)),
        }
    }

    /// Takes back that a record came to be: it goes, or gets what the counter-action says, or another counts
    /// against it.
    fn unmake<'s>(
        &self,
        history: &History<'s>,
        undo: &Op,
        ty: &'s RecordType,
        key: Key<'s>,
        rows: &mut Rows<'s>,
    ) {
        let sets = history
            .schema_of(self.schema)
            .action(&undo.action)
            .map(|it| it.sets.as_slice())
            .unwrap_or_default();
        let own = |(path, json): &(String, Json)| {
            let (of, name) = path.split_once('.')?;
            let place = ty.position(name).filter(|_| of == ty.name)?;
            Some((place, Value::read(&ty.fields[place], json).ok()?))
        };
        let sets: Vec<(usize, Value)> = sets.iter().filter_map(own).collect();
        let Some(row) = rows.get(&key).cloned() else { return };
        if !sets.is_empty() {
            let row = rows.get_mut(&key).expect("BUG: it was just there");
            sets.into_iter().for_each(|(place, value)| row[place] = value);
        } else if let (true, Some(counter)) = (ty.insert_only, &ty.counter) {
            let values = ty.fields.iter().zip(row).map(|(field, value)| match value {
                _ if field.name == counter.of => Value::Ref(key.1),
                value if counter.negate.contains(&field.name) => negated(value),
                value => value,
            });
            if let Some(id) = self.counter_id(undo, key.1) {
                rows.insert((key.0, id), values.collect());
            }
        } else if !ty.insert_only && !self.is_changed(history, undo, ty, key) {
            rows.remove(&key);
        }
    }

    /// Whether others changed a record more than by additions since the target of an undo, as far as this device has
    /// read.
    fn is_changed(&self, history: &History<'_>, undo: &Op, ty: &RecordType, (of, id): Key<'_>) -> bool {
        let (of, end) = (history.type_now(self.schema, of), (self.cursor.next(), 0));
        let target = undo.payload.about.as_ref().and_then(About::target);
        let since = self.ops.iter().find(|op| Some(op.op_id) == target).map(|op| op.seen.version);
        let edits = ty.fields.iter().map(|field| field.name.as_str()).filter(|name| is_edit(ty, name));
        let mut units = edits.map(Some).chain([None]);
        units.any(|field| {
            let stamps = history.stamps_before(&of, id, field, end);
            stamps.last().is_some_and(|it| {
                !history.did_itself(self.id, it.device, it.version) && Some(it.version) > since
            })
        })
    }

    /// The id of the record that counts against one.
    fn counter_id(&self, undo: &Op, id: RecordId) -> Option<RecordId> {
        let ids = self.effects(undo.payload.about.as_ref()?.target()?);
        let place = ids.iter().rev().position(|it| *it == id)?;
        Some(undo.op_id.derived(u32::try_from(place).ok()?))
    }

    /// The records of an op's changes in their order; of an undo in the order in which it takes them back.
    fn effects(&self, op: OpId) -> Vec<RecordId> {
        let Some(op) = self.ops.iter().find(|it| it.op_id == op) else { return Vec::new() };
        match &op.payload.about {
            Some(About::Undoes(target)) => {
                let ids = self.effects(*target);
                (0..).zip(ids.iter().rev()).map(|(place, _)| op.op_id.derived(place)).collect()
            }
            _ if has_changes(op) => op.payload.changes.iter().map(Change::id).collect(),
            _ => Vec::new(),
        }
    }

    /// Shows what was decided, with the values that stood in the conflict when the user decided.
    pub(crate) fn show_resolution<'s>(
        &self,
        history: &History<'s>,
        op: &Op,
        resolution: &Resolution,
        rows: &mut Rows<'s>,
    ) {
        let now = history.conflict(resolution.conflict, self.cursor);
        let seen = history.conflict(resolution.conflict, op.seen.version);
        let Some(seen) = seen.map(|seen| history.conflict_as(self.schema, seen)) else { return };
        if now.is_none_or(|now| now.state != "open" || now.pair != resolution.pair) {
            return;
        }
        for choice in &resolution.choices {
            let same =
                |unit: &&UnitSeen| unit.of == choice.of && unit.id == choice.id && unit.unit == choice.unit;
            let Some(unit) = seen.units.iter().find(same) else { continue };
            let Some(ty) = history.schema_of(self.schema).find(&unit.of) else { continue };
            match (&choice.take, &unit.unit) {
                (Take::Theirs, _) => {}
                (take, Some(name)) if unit.kind == "count" => {
                    let values = match take {
                        Take::Value(fields) => Some(fields.0.iter().cloned().collect()),
                        _ => unit.mine.clone(),
                    };
                    shift(
                        ty,
                        name,
                        (unit.theirs.as_ref(), values.as_ref()),
                        rows.get_mut(&(&ty.name, unit.id)),
                    );
                }
                (Take::Value(fields), _) => {
                    let values = fields.0.iter().cloned().collect();
                    write(ty, Some(&values), rows.get_mut(&(&ty.name, unit.id)));
                }
                (Take::Mine, Some(_)) => write(ty, unit.mine.as_ref(), rows.get_mut(&(&ty.name, unit.id))),
                (Take::Mine, None) => mine(ty, unit, rows),
            }
        }
    }
}

/// "Mine" about a record's life: it is there, or it is gone. What a deleted record held comes with the verdict.
fn mine<'s>(ty: &'s RecordType, unit: &UnitSeen, rows: &mut Rows<'s>) {
    let key = (ty.name.as_str(), unit.id);
    match unit.kind {
        "delete-of-edited" => {
            rows.remove(&key);
        }
        "unique" if unit.mine.is_some() => {
            let row = rows.entry(key).or_insert_with(|| vec![Value::Null; ty.fields.len()]);
            write(ty, unit.mine.as_ref(), Some(row));
        }
        _ => {}
    }
}

fn write(ty: &RecordType, values: Option<&Values>, row: Option<&mut Vec<Value>>) {
    let (Some(values), Some(row)) = (values, row) else { return };
    for (field, slot) in ty.fields.iter().zip(row) {
        let value = values.get(&field.name).and_then(|json| Value::read(field, json).ok());
        if let Some(value) = value {
            *slot = value;
        }
    }
}

/// Adds what was counted less what was in force then.
fn shift(
    ty: &RecordType,
    name: &str,
    (theirs, counted): (Option<&Values>, Option<&Values>),
    row: Option<&mut Vec<Value>>,
) {
    let (Some(place), Some(row)) = (ty.position(name), row) else { return };
    let field = &ty.fields[place];
    let number = |values: Option<&Values>| {
        let value = values.and_then(|values| values.get(name)).and_then(|json| Value::read(field, json).ok());
        value.map_or(0, |value| number_of(&value))
    };
    let what = What::Added(&field.name, number(counted) - number(theirs));
    if let Ok(value) = after(field, &row[place], &what) {
        row[place] = value;
    }
}

/// Takes the difference between two rows out of a third. A unit goes back only where it still holds what came.
fn row_back(ty: &RecordType, was: &[Value], became: &[Value], row: Option<&mut Vec<Value>>) {
    let Some(row) = row else { return };
    let now = row.clone();
    for (place, field) in ty.fields.iter().enumerate().filter(|(place, _)| was[*place] != became[*place]) {
        let members = fields_of(ty, unit_of(ty, field).0);
        let mut places = members.iter().filter_map(|name| ty.position(name));
        let holds = places.all(|place| now[place] == became[place]);
        row[place] = value_back(field, (&was[place], &became[place], &now[place]), holds);
    }
}

fn value_back(field: &Field, (was, became, now): (&Value, &Value, &Value), holds: bool) -> Value {
    let back = |what: What<'_>| after(field, now, &what).unwrap_or_else(|_| now.clone());
    match &field.kind {
        _ if field.merge == Merge::Delta => {
            back(What::Added(&field.name, number_of(was) - number_of(became)))
        }
        Kind::Set { .. } => {
            let (old, new) = (elements_of(was), elements_of(became));
            let mut elements: BTreeSet<String> = elements_of(now);
            elements.retain(|element| old.contains(element) || !new.contains(element));
            elements.extend(old.difference(&new).cloned());
            if elements.is_empty() && *was == Value::Null { Value::Null } else { Value::Set(elements) }
        }
        _ if holds => was.clone(),
        _ => now.clone(),
    }
}
