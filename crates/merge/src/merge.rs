//! Makes a change on a record that other devices changed too. Every difference that it meets is named in
//! the effect: nothing is overwritten without the history's saying so.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Code, Refusal, Value, Version};

use crate::play::edited;
use crate::read::{Checked, Edit, Row, Verb};
use crate::stamp::{Stamp, Stamps};

/// A record as the server has it, deleted or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The last version that changed it in any way that devices see.
    pub version: Version,
    /// Whether it is deleted. Its values stay, and additions still count (rule 17).
    pub deleted: bool,
    /// Its values.
    pub row: Row,
    /// Who changed its life last: insert, delete, restore.
    pub life: Stamps,
    /// Who changed each field last.
    pub units: Vec<Stamps>,
}

/// What a change did to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The change that it is of.
    pub change: Checked,
    /// What became of inserting, deleting or restoring it; `None` for an update.
    pub life: Option<Outcome>,
    /// What became of each field that was written, in the order of the change.
    pub units: Vec<UnitEffect>,
}

/// What a change did to one field.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitEffect {
    /// The place of the field in its type.
    pub field: usize,
    /// What it held.
    pub before: Value,
    /// What it holds now, or would if the outcome were not a loss.
    pub after: Value,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done, and nobody else's unseen change was there.
    Applied,
    /// Done together with another's unseen change: both count.
    Merged(Stamp),
    /// Done over another's unseen change, whose value stays in the history.
    Over(Stamp),
    /// Not done, because the record is deleted; the value stays in the history.
    LostToDelete(Stamp),
    /// Nothing to do: it was so already.
    Already,
}

/// Makes a checked change on what is there. `record` is `None` where the id was never used; it is changed
/// only when the answer is `Ok`.
pub fn merge(
    ty: &RecordType,
    record: &mut Option<Record>,
    change: Checked,
    stamp: Stamp,
) -> Result<Effect, Refusal> {
    match (&change.verb, record.as_mut()) {
        (Verb::Insert(_), Some(_)) => Err(id_taken(ty)),
        (Verb::Insert(row), None) => {
            let units = inserted(row);
            *record = Some(Record {
                version: stamp.version,
                deleted: false,
                row: row.clone(),
                life: Stamps::first(stamp),
                units: vec![Stamps::first(stamp); row.len()],
            });
            Ok(Effect { change, life: Some(Outcome::Applied), units })
        }
        (_, None) => {
            Err(Refusal::at(Code::UnknownRecord, &ty.name, format!("There is no such {}.", ty.name)))
        }
        (Verb::Update(edits), Some(record)) => {
            let units = update(ty, record, edits, change.base, stamp)?;
            Ok(Effect { life: None, units, change })
        }
        (Verb::Delete, Some(record)) => {
            let outcome = end(ty, record, change.base, stamp);
            Ok(Effect { change, life: Some(outcome), units: Vec::new() })
        }
        (Verb::Restore, Some(record)) => {
            let outcome = revive(record, change.base, stamp);
            Ok(Effect { change, life: Some(outcome), units: Vec::new() })
        }
    }
}

/// The refusal of an insert whose id is used up, by a record or as another name of one.
pub fn id_taken(ty: &RecordType) -> Refusal {
    Refusal::at(Code::IdTaken, &ty.name, format!("A {} of this id exists or existed.", ty.name))
}

fn inserted(row: &Row) -> Vec<UnitEffect> {
    let written = row.iter().enumerate().filter(|(_, value)| **value != Value::Null);
    written
        .map(|(field, value)| UnitEffect {
            field,
            before: Value::Null,
            after: value.clone(),
            outcome: Outcome::Applied,
        })
        .collect()
}

fn update(
    ty: &RecordType,
    record: &mut Record,
    edits: &[(usize, Edit)],
    base: Version,
    stamp: Stamp,
) -> Result<Vec<UnitEffect>, Refusal> {
    let mut row = record.row.clone();
    let mut effects = Vec::with_capacity(edits.len());
    for (field, edit) in edits {
        let before = row[*field].clone();
        let after = edited(&before, edit).ok_or_else(|| out_of_range(ty, *field))?;
        let outcome = outcome(ty, record, *field, edit, (&before, &after), base, stamp);
        if !matches!(outcome, Outcome::LostToDelete(_)) {
            row[*field] = after.clone();
        }
        effects.push(UnitEffect { field: *field, before, after, outcome });
    }
    for effect in &effects {
        let equal = effect.before == effect.after && planted(Defect::EqualWriteLeavesNoStamp);
        if !matches!(effect.outcome, Outcome::LostToDelete(_)) && !equal {
            record.units[effect.field].push(stamp);
            record.version = stamp.version;
        }
    }
    record.row = row;
    Ok(effects)
}

fn outcome(
    ty: &RecordType,
    record: &Record,
    field: usize,
    edit: &Edit,
    (before, after): (&Value, &Value),
    base: Version,
    stamp: Stamp,
) -> Outcome {
    let adds = ty.fields[field].merge == Merge::Delta;
    if record.deleted && !adds {
        return Outcome::LostToDelete(record.life.last);
    }
    match record.units[field].unseen(stamp.line, base) {
        None => Outcome::Applied,
        Some(other) if adds || matches!(edit, Edit::Include(..) | Edit::Exclude(_)) => Outcome::Merged(other),
        // The same value from two devices is no difference to lose.
        Some(_) if before == after => Outcome::Already,
        Some(other) => Outcome::Over(other),
    }
}

fn end(ty: &RecordType, record: &mut Record, base: Version, stamp: Stamp) -> Outcome {
    if record.deleted {
        return Outcome::Already;
    }
    // Additions and set elements are no edits that a delete could overwrite (rule 52); the history has them.
    let edits = ty.fields.iter().zip(&record.units).filter(|(field, _)| !commutes(field));
    // That another restored it unseen is something to overwrite, as an unseen delete is for a restore.
    let units = edits.map(|(_, unit)| unit).chain([&record.life]);
    let unseen = units.filter_map(|unit| unit.unseen(stamp.line, base));
    let outcome = unseen.max_by_key(|stamp| stamp.version).map_or(Outcome::Applied, Outcome::Over);
    record.deleted = true;
    record.version = stamp.version;
    record.life.push(stamp);
    outcome
}

/// Whether what is done to a field means the same in any order.
fn commutes(field: &Field) -> bool {
    field.merge == Merge::Delta || matches!(field.kind, Kind::Set { .. })
}

fn revive(record: &mut Record, base: Version, stamp: Stamp) -> Outcome {
    if !record.deleted {
        return Outcome::Already;
    }
    let outcome = record.life.unseen(stamp.line, base).map_or(Outcome::Applied, Outcome::Over);
    record.deleted = false;
    record.version = stamp.version;
    record.life.push(stamp);
    outcome
}

/// The refusal of a sum that leaves its range, or of a set that has more elements than its field takes.
pub fn out_of_range(ty: &RecordType, field: usize) -> Refusal {
    let path = format!("{}.{}", ty.name, ty.fields[field].name);
    let words = match ty.fields[field].kind {
        Kind::Set { max } => format!("{path} would have more than {max} elements."),
        _ => format!("{path} would leave the range of 18 digits."),
    };
    Refusal::at(Code::OutOfRange, path, words)
}
