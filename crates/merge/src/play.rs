//! Makes a change on one row, with nobody else there: what a device shows of its own pending ops.

use std::collections::BTreeSet;

use fieldbook_model::Value;
use fieldbook_model::decimal::{SCALED_MAX, Scaled};
use fieldbook_model::schema::{Kind, Merge, RecordType};

use crate::read::{Deed, Edit, Row, Verb};
use crate::unit::Unit;

/// Why a change cannot be made on what is there. On a device this is never a verdict (rule 2): before
/// `act` it refuses, at a rebase it puts the op in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// The record is not here: never was, is deleted, or left what the device sees.
    NoRecord,
    /// An insert, or a restore, of a record that is here.
    Exists,
    /// A sum would leave its range, or a set would have more elements than it takes.
    Range,
}

/// A record as a device holds it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    /// Its values; `None` where it is deleted or was never here.
    pub row: Option<Row>,
    /// What it held when it was deleted, where that is known.
    pub gone: Option<Row>,
}

impl Held {
    /// A live record.
    pub fn live(row: Row) -> Self {
        Self { row: Some(row), gone: None }
    }
}

/// The record after a change.
pub fn play(ty: &RecordType, held: &Held, verb: &Verb) -> Result<Held, Misfit> {
    match (&held.row, verb) {
        (None, Verb::Insert(row)) => Ok(Held::live(row.clone())),
        (Some(_), Verb::Insert(_) | Verb::Restore) => Err(Misfit::Exists),
        (Some(row), Verb::Delete | Verb::Unmake) => Ok(Held { row: None, gone: Some(row.clone()) }),
        // Where it is not known what a deleted record held, it comes back with the verdict.
        (None, Verb::Restore | Verb::Revive(_)) => Ok(Held { row: held.gone.clone(), gone: None }),
        (None, Verb::Update(_) | Verb::Delete) => Err(Misfit::NoRecord),
        // What cannot be undone is left as it is, and told.
        (None, Verb::Unmake | Verb::Amend(_) | Verb::Revert(_)) | (Some(_), Verb::Revive(_)) => {
            Ok(held.clone())
        }
        (Some(row), Verb::Revert(deeds)) => Ok(Held::live(reverted(ty, row, deeds)?)),
        (Some(row), Verb::Update(edits) | Verb::Amend(edits)) => {
            let mut row = row.clone();
            for (field, edit) in edits {
                row[*field] = edited(&row[*field], edit).ok_or(Misfit::Range)?;
            }
            Ok(Held::live(row))
        }
    }
}

fn reverted(ty: &RecordType, row: &Row, deeds: &[Deed]) -> Result<Row, Misfit> {
    let mut after = row.clone();
    for deed in deeds {
        if let Some(edit) = back(ty, row, deeds, deed) {
            after[deed.field] = edited(&after[deed.field], &edit).ok_or(Misfit::Range)?;
        }
    }
    Ok(after)
}

/// The edit that takes a deed back; `None` where somebody changed the value since. A group goes back as a whole.
pub fn back(ty: &RecordType, row: &Row, deeds: &[Deed], deed: &Deed) -> Option<Edit> {
    match (&deed.before, &deed.after, &ty.fields[deed.field].kind) {
        (Value::Int(before), Value::Int(after), _) if ty.fields[deed.field].merge == Merge::Delta => {
            Some(Edit::Add(before - after))
        }
        (Value::Decimal(before), Value::Decimal(after), _) if ty.fields[deed.field].merge == Merge::Delta => {
            Some(Edit::Add(before.0 - after.0))
        }
        // A set that was emptied of nothing, or begun with nothing, is put back as any value.
        (before, after, Kind::Set { max }) if elements(before) != elements(after) => {
            Some(elements_back(before, after, *max))
        }
        (before, _, _) => {
            let unit = Unit::of(ty, deed.field);
            let mut whole = deeds.iter().filter(|other| Unit::of(ty, other.field) == unit);
            whole.all(|other| row[other.field] == other.after).then(|| Edit::Set(before.clone()))
        }
    }
}

/// Elements that came in go out again, and the other way round; of those that were there already neither.
fn elements_back(before: &Value, after: &Value, max: u32) -> Edit {
    let (before, after) = (elements(before), elements(after));
    Edit::Swap { exclude: &after - &before, include: &before - &after, max }
}

fn elements(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Set(elements) => elements.clone(),
        _ => BTreeSet::new(),
    }
}

/// A value after an edit; `None` when a sum leaves its range or a set overflows.
pub fn edited(value: &Value, edit: &Edit) -> Option<Value> {
    Some(match (edit, value) {
        (Edit::Set(new) | Edit::Reset(new), _) => new.clone(),
        (Edit::Raise(new), old) if exceeds(old, new) => old.clone(),
        (Edit::Lower(new), old) if exceeds(new, old) => old.clone(),
        (Edit::Raise(new) | Edit::Lower(new), _) => new.clone(),
        (Edit::Add(number), Value::Int(old)) => Value::Int(sum(*old, *number)?),
        (Edit::Add(number), Value::Decimal(Scaled(old, scale))) => {
            Value::Decimal(Scaled(sum(*old, *number)?, *scale))
        }
        // A counted field is never empty (`read` fills it with zero), so there is always a number.
        (Edit::Add(_), _) => return None,
        (Edit::Count(number), Value::Decimal(Scaled(_, scale))) => Value::Decimal(Scaled(*number, *scale)),
        (Edit::Count(number), _) => Value::Int(*number),
        (Edit::Include(elements, max), Value::Set(old)) => Value::Set(union(old, elements, *max)?),
        (Edit::Include(elements, _), _) => Value::Set(elements.clone()),
        (Edit::Exclude(elements), Value::Set(old)) => Value::Set(old - elements),
        (Edit::Exclude(_), old) => old.clone(),
        (Edit::Swap { exclude, include, max }, Value::Set(old)) => {
            Value::Set(union(&(old - exclude), include, *max)?)
        }
        // Taking from nothing leaves nothing, not an empty set.
        (Edit::Swap { include, .. }, old) if include.is_empty() => old.clone(),
        (Edit::Swap { include, .. }, _) => Value::Set(include.clone()),
    })
}

/// Whether a number or a time is higher than another of its field. Where there is none there is nothing to compare.
fn exceeds(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a > b,
        (Value::Decimal(Scaled(a, _)), Value::Decimal(Scaled(b, _))) => a > b,
        // A date and a time have one spelling each, of one length, which sorts as they do.
        (Value::Text(a), Value::Text(b)) => a > b,
        _ => false,
    }
}

/// Two devices that fill a set together could overfill it, and no page could then be read any more.
fn union(a: &BTreeSet<String>, b: &BTreeSet<String>, max: u32) -> Option<BTreeSet<String>> {
    let both = a | b;
    (both.len() <= max as usize).then_some(both)
}

fn sum(a: i64, b: i64) -> Option<i64> {
    a.checked_add(b).filter(|sum| sum.unsigned_abs() <= SCALED_MAX as u64)
}
