//! Makes a change on one row, with nobody else there: what a device shows of its own pending ops.

use std::collections::BTreeSet;

use fieldbook_model::Value;
use fieldbook_model::decimal::{SCALED_MAX, Scaled};

use crate::read::{Edit, Row, Verb};

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

/// The row after a change; `None` is "no record".
pub fn play(row: Option<&Row>, verb: &Verb) -> Result<Option<Row>, Misfit> {
    match (row, verb) {
        (None, Verb::Insert(row)) => Ok(Some(row.clone())),
        (Some(_), Verb::Insert(_) | Verb::Restore) => Err(Misfit::Exists),
        (Some(_), Verb::Delete) => Ok(None),
        // What a deleted record held is the server's to know: it comes back with the verdict.
        (None, Verb::Restore) => Ok(None),
        (None, Verb::Update(_) | Verb::Delete) => Err(Misfit::NoRecord),
        (Some(row), Verb::Update(edits)) => {
            let mut row = row.clone();
            for (field, edit) in edits {
                row[*field] = edited(&row[*field], edit).ok_or(Misfit::Range)?;
            }
            Ok(Some(row))
        }
    }
}

/// A value after an edit; `None` when a sum leaves its range or a set overflows.
pub fn edited(value: &Value, edit: &Edit) -> Option<Value> {
    Some(match (edit, value) {
        (Edit::Set(new), _) => new.clone(),
        (Edit::Add(number), Value::Int(old)) => Value::Int(sum(*old, *number)?),
        (Edit::Add(number), Value::Decimal(Scaled(old, scale))) => {
            Value::Decimal(Scaled(sum(*old, *number)?, *scale))
        }
        // A counted field is never empty (`read` fills it with zero), so there is always a number.
        (Edit::Add(_), _) => return None,
        (Edit::Include(elements, max), Value::Set(old)) => Value::Set(union(old, elements, *max)?),
        (Edit::Include(elements, _), _) => Value::Set(elements.clone()),
        (Edit::Exclude(elements), Value::Set(old)) => Value::Set(old - elements),
        (Edit::Exclude(_), old) => old.clone(),
    })
}

/// Two devices that fill a set together could overfill it, and no page could then be read any more.
fn union(a: &BTreeSet<String>, b: &BTreeSet<String>, max: u32) -> Option<BTreeSet<String>> {
    let both = a | b;
    (both.len() <= max as usize).then_some(both)
}

fn sum(a: i64, b: i64) -> Option<i64> {
    a.checked_add(b).filter(|sum| sum.unsigned_abs() <= SCALED_MAX as u64)
}
