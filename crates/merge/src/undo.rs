//! What takes an op back: worked out from what it really did, in the reverse of its order (rule 11). The server
//! does it from its history, a device from its own log, with this one function.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Action, Kind, RecordType};
use fieldbook_model::words::a;
use fieldbook_model::{Code, OpId, RecordId, Refusal, Schema, Value, Version};

use crate::merge::{Effect, Outcome, number};
use crate::read::{Checked, Deed, Edit, Row, Verb};
use crate::stamp::Stamps;

/// What an op did to one record, as the history keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// The place of the record's type.
    pub of: usize,
    /// The record.
    pub id: RecordId,
    /// How.
    pub verb: DoneVerb,
    /// Whether it was made, deleted or brought back, or would have been.
    pub life: bool,
    /// Who had changed its life last before that.
    pub life_before: Option<Stamps>,
    /// What was written and took hold.
    pub deeds: Vec<Deed>,
}

/// How a record was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoneVerb {
    /// Made.
    Insert,
    /// Edited, or put back by an undo.
    Update,
    /// Deleted, or unmade by an undo.
    Delete,
    /// Brought back, by a person or an undo.
    Restore,
}

impl DoneVerb {
    /// Of a verb.
    pub fn of(verb: &Verb) -> Self {
        match verb {
            Verb::Insert(_) => Self::Insert,
            Verb::Update(_) | Verb::Amend(_) | Verb::Revert(_) => Self::Update,
            Verb::Delete | Verb::Unmake => Self::Delete,
            Verb::Restore | Verb::Revive(_) => Self::Restore,
        }
    }
}

impl From<&Effect> for Done {
    fn from(effect: &Effect) -> Self {
        let took_hold = effect.units.iter().filter(|unit| unit.outcome.took_hold());
        let deed = |unit: &crate::merge::UnitEffect| Deed {
            field: unit.field,
            before: unit.before.clone(),
            after: unit.after.clone(),
            stamps: unit.stamps,
        };
        Self {
            of: effect.change.of,
            id: effect.change.id,
            verb: DoneVerb::of(&effect.change.verb),
            life: effect.life.is_some_and(Outcome::took_hold),
            life_before: effect.life_before,
            deeds: took_hold.map(deed).collect(),
        }
    }
}

/// The changes that take an op back. `by` is the op that does it, `counter` its action where that is not plain
/// undo, `base` what its author had seen, and `at` where the target took effect: what others changed after that stays.
pub fn inverse(
    schema: &Schema,
    counter: Option<&Action>,
    done: &[Done],
    by: OpId,
    base: Version,
    at: Version,
) -> Result<Vec<Checked>, Refusal> {
    let mut changes = Vec::with_capacity(done.len());
    let mut order: Vec<&Done> = done.iter().rev().collect();
    if planted(Defect::UndoInOrder) {
        order.reverse();
    }
    for (place, done) in order.into_iter().enumerate() {
        let ty = &schema.types[done.of];
        if ty.system {
            continue;
        }
        let change = |id, verb| {
            // Whoever settled a held op at `at` wrote after it.
            let wrote = u64::from(!planted(Defect::UndoMissesTheDecision));
            let before = Version(at.0.saturating_sub(wrote));
            let base = if matches!(verb, Verb::Update(_)) { base } else { before };
            Checked { of: done.of, id, base, verb }
        };
        match done.verb {
            DoneVerb::Insert if !done.life => {}
            DoneVerb::Insert => {
                let (id, verb) = unmade(ty, counter, done, by.derived(place as u32))?;
                changes.push(change(id, verb));
            }
            DoneVerb::Delete if done.life => changes.push(change(done.id, Verb::Revive(done.life_before))),
            DoneVerb::Restore if done.life => changes.push(change(done.id, Verb::Unmake)),
            DoneVerb::Delete | DoneVerb::Restore => {}
            DoneVerb::Update => {
                let deeds = done.deeds.iter().filter(|deed| has_inverse(ty, deed)).cloned();
                let deeds: Vec<Deed> = deeds.collect();
                if !deeds.is_empty() {
                    changes.push(change(done.id, Verb::Revert(deeds)));
                }
                if done.life {
                    changes.push(change(done.id, Verb::Unmake));
                }
            }
        }
    }
    Ok(changes)
}

/// Elements that were there already, or were not there, have no inverse, nor has what was as low or as high (rule 12).
fn has_inverse(ty: &RecordType, deed: &Deed) -> bool {
    let field = &ty.fields[deed.field];
    let nothing = matches!(field.kind, Kind::Set { .. }) || field.merge.is_bound();
    !nothing || deed.before != deed.after || planted(Defect::UndoOfWhatWasThere)
}

/// How an insert is taken back: by a record that counts against it, by the values that the counter-action sets,
/// or by deleting it, where that does not lie (rule 31).
fn unmade(
    ty: &RecordType,
    counter: Option<&Action>,
    done: &Done,
    fresh: RecordId,
) -> Result<(RecordId, Verb), Refusal> {
    if planted(Defect::UndoDeletesInsertOnly) {
        return Ok((done.id, Verb::Unmake));
    }
    if ty.insert_only {
        let counter = ty.counter.as_ref().ok_or_else(|| not_undoable(ty))?;
        return Ok((fresh, Verb::Insert(against(ty, counter, done))));
    }
    let sets = counter.map(|action| sets(ty, action)).transpose()?.unwrap_or_default();
    if !sets.is_empty() {
        return Ok((done.id, Verb::Update(sets)));
    }
    match ty.fields.iter().any(|field| field.series) {
        true => Err(not_undoable(ty)),
        false => Ok((done.id, Verb::Unmake)),
    }
}

/// The row that counts against one that was inserted.
fn against(ty: &RecordType, counter: &fieldbook_model::schema::Counter, done: &Done) -> Row {
    let value = |(place, field): (usize, &fieldbook_model::schema::Field)| {
        let held = done.deeds.iter().find(|deed| deed.field == place).map(|deed| &deed.after);
        let held = held.unwrap_or(&Value::Null);
        match held {
            _ if field.name == counter.of => Value::Ref(done.id),
            Value::Int(n) if counter.negate.contains(&field.name) => number(field, -n),
            Value::Decimal(n) if counter.negate.contains(&field.name) => number(field, -n.0),
            _ => held.clone(),
        }
    };
    ty.fields.iter().enumerate().map(value).collect()
}

fn sets(ty: &RecordType, action: &Action) -> Result<Vec<(usize, Edit)>, Refusal> {
    let own = action.sets.iter().filter_map(|(path, json)| {
        let (of, field) = path.split_once('.')?;
        (of == ty.name).then(|| ty.position(field).map(|place| (place, json)))?
    });
    let edit = |(place, json): (usize, &fieldbook_model::Json)| {
        let value = Value::read(&ty.fields[place], json).map_err(|misfit| {
            let path = format!("{}.{}", ty.name, ty.fields[place].name);
            Refusal::at(Code::WrongValue, &path, format!("{path}: {misfit}."))
        })?;
        Ok((place, Edit::Set(value)))
    };
    own.map(edit).collect()
}

fn not_undoable(ty: &RecordType) -> Refusal {
    let words =
        format!("{} stays once it is written; the action that made it names no way back.", a(&ty.spoken()));
    Refusal::at(Code::NotUndoable, &ty.name, words)
}
