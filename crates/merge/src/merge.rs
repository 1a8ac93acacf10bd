//! Makes a change on a record that other devices changed too. Every difference that it meets is named in
//! the effect: nothing is overwritten without the history's saying so.
//!
//! Where only a person may decide, the change is made on the copy all the same and the clash is reported: whoever
//! asked throws the copy away and holds the op. With a [`Rulings`] in hand, what the person decided is done.

mod back;
mod life;
mod update;

use fieldbook_model::decimal::Scaled;
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Code, OpId, Refusal, Value, Version};

use crate::elements::Elements;
use crate::read::{Checked, Row, Verb};
use crate::stamp::{Kinship, Stamp, Stamps};
use crate::unit::{Ruling, Rulings, Unit};
use crate::weight::Author;

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
    /// Who changed each field last. A group's members always have the same.
    pub units: Vec<Stamps>,
    /// Who put the elements of its sets there.
    pub elements: Elements,
}

impl Record {
    fn each_stamp(&mut self, mut change: impl FnMut(&mut Stamp)) {
        self.units.iter_mut().chain([&mut self.life]).for_each(|stamps| stamps.each(&mut change));
        let elements = self.elements.0.values_mut().flat_map(|field| field.values_mut()).flatten();
        elements.for_each(change);
    }

    /// As a log sees it that began as a copy of another.
    pub fn claim(&mut self, kin: &Kinship) {
        self.each_stamp(|stamp| kin.claim(stamp));
    }

    /// As everybody sees it.
    pub fn release(&mut self, kin: &Kinship) {
        self.each_stamp(|stamp| kin.release(stamp));
    }
}

/// What a change did to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The change that it is of.
    pub change: Checked,
    /// What became of inserting, deleting or restoring it; `None` for an update that left its life alone.
    pub life: Option<Outcome>,
    /// Who had changed its life last before that.
    pub life_before: Option<Stamps>,
    /// What became of each field that was written, in the order of the change.
    pub units: Vec<UnitEffect>,
    /// The held op that it is of, where it happened when a conflict was settled.
    pub held: Option<OpId>,
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
    /// Who had changed it last before; `None` for a new record.
    pub stamps: Option<Stamps>,
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
    /// A delete that is not done, because another edited the record and edits win.
    LostToEdit(Stamp),
    /// Not done, because a person decided otherwise; the value stays in the history.
    LostToChoice(Stamp),
    /// Not done, because by the rule of the unit another's change wins; the value stays in the history.
    Superseded(Stamp),
    /// An undo that is not done, because another changed it since.
    NotUndone(Stamp),
    /// Nothing to do: it was so already.
    Already,
}

impl Effect {
    /// As everybody sees it, where it was told as a log sees it that began as a copy of another.
    pub fn release(&mut self, kin: &Kinship) {
        let units = self.units.iter_mut().filter_map(|unit| unit.stamps.as_mut());
        units.chain(&mut self.life_before).for_each(|stamps| stamps.each(|stamp| kin.release(stamp)));
        let outcomes = self.units.iter_mut().map(|unit| &mut unit.outcome).chain(&mut self.life);
        outcomes.filter_map(Outcome::stamp).for_each(|stamp| kin.release(stamp));
    }
}

impl Outcome {
    fn stamp(&mut self) -> Option<&mut Stamp> {
        match self {
            Self::Merged(stamp)
            | Self::Over(stamp)
            | Self::LostToDelete(stamp)
            | Self::LostToEdit(stamp)
            | Self::LostToChoice(stamp)
            | Self::Superseded(stamp)
            | Self::NotUndone(stamp) => Some(stamp),
            Self::Applied | Self::Already => None,
        }
    }

    /// Whether the write took hold.
    pub fn took_hold(self) -> bool {
        matches!(self, Self::Applied | Self::Merged(_) | Self::Over(_))
    }
}

/// A unit about which a person has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash {
    /// Which.
    pub unit: Unit,
    /// What meets there.
    pub kind: ClashKind,
    /// Whose change is in force.
    pub theirs: Stamp,
}

/// What meets in a clash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClashKind {
    /// Two edits.
    Edit,
    /// An edit, and another's delete.
    EditOfDeleted,
    /// A delete, and another's edit.
    DeleteOfEdited,
    /// A count, and another's addition (rule 44).
    Count,
    /// Two live records with one key.
    Unique,
}

/// A change made on a copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// What it did, if the clashes are none.
    pub effect: Effect,
    /// What a person has to decide first.
    pub clashes: Vec<Clash>,
}

/// One change, made on a copy of its record.
struct Work<'a> {
    ty: &'a RecordType,
    base: Version,
    by: Author<'a>,
    rulings: Option<&'a Rulings>,
    clashes: Vec<Clash>,
}

/// Makes a checked change on what is there. `record` is `None` where the id was never used; it is changed
/// only when the answer is `Ok`.
pub fn merge(
    ty: &RecordType,
    record: &mut Option<Record>,
    change: Checked,
    by: Author<'_>,
    rulings: Option<&Rulings>,
) -> Result<Merged, Refusal> {
    let mut work = Work { ty, base: change.base, by, rulings, clashes: Vec::new() };
    let life_before = record.as_ref().map(|record| record.life);
    let (life, units) = match (&change.verb, record.as_mut()) {
        (Verb::Insert(row), there) => match (work.ruling(Unit::Life), there) {
            // Even if somebody else used the id meanwhile: it is not made.
            (Some((by, Ruling::Theirs)), _) => {
                let lost = Outcome::LostToChoice(by);
                (Some(lost), inserted(row, lost))
            }
            (_, Some(_)) => return Err(id_taken(ty)),
            (ruling, None) => {
                let mut fresh = made(ty, row, &by);
                if let Some((ruler, Ruling::Mine)) = ruling {
                    fresh.life = Stamps::first(ruler);
                }
                *record = Some(fresh);
                (Some(Outcome::Applied), inserted(row, Outcome::Applied))
            }
        },
        (_, None) => {
            return Err(Refusal::at(
                Code::UnknownRecord,
                &ty.name,
                format!("There is no such {}.", ty.spoken()),
            ));
        }
        (Verb::Update(edits) | Verb::Amend(edits), Some(record)) => work.update(record, edits)?,
        (Verb::Delete, Some(record)) => (Some(work.delete(record)), Vec::new()),
        (Verb::Restore, Some(record)) => (Some(work.restore(record)), Vec::new()),
        (Verb::Revert(deeds), Some(record)) => (None, work.revert(record, deeds)?),
        (Verb::Unmake, Some(record)) => (Some(work.unmake(record)), Vec::new()),
        (Verb::Revive(stamps), Some(record)) => (Some(work.revive(record, *stamps)), Vec::new()),
    };
    let life_before = life_before.filter(|_| life.is_some());
    let effect = Effect { change, life, life_before, units, held: None };
    Ok(Merged { effect, clashes: work.clashes })
}

/// The refusal of an insert whose id is used up, by a record or as another name of one.
pub fn id_taken(ty: &RecordType) -> Refusal {
    Refusal::at(Code::IdTaken, &ty.name, format!("A {} of this id exists or existed.", ty.name))
}

fn made(ty: &RecordType, row: &Row, by: &Author<'_>) -> Record {
    let mut elements = Elements::default();
    for (field, value) in row.iter().enumerate() {
        elements.set(field, value, by.stamp);
    }
    let unit = |(field, value): (usize, &Value)| Stamps::first(by.stamp_of(ty, field, value));
    Record {
        version: by.stamp.version,
        deleted: false,
        row: row.clone(),
        life: Stamps::first(by.stamp),
        units: row.iter().enumerate().map(unit).collect(),
        elements,
    }
}

/// What became of the values of a new record.
pub fn inserted(row: &Row, outcome: Outcome) -> Vec<UnitEffect> {
    let written = row.iter().enumerate().filter(|(_, value)| **value != Value::Null);
    let effect = |(field, value): (usize, &Value)| UnitEffect {
        field,
        before: Value::Null,
        after: value.clone(),
        outcome,
        stamps: None,
    };
    written.map(effect).collect()
}

impl Work<'_> {
    fn ruling(&self, unit: Unit) -> Option<(Stamp, &Ruling)> {
        let rulings = self.rulings?;
        rulings.units.get(&unit).map(|ruling| (rulings.by, ruling))
    }

    fn clash(&mut self, unit: Unit, kind: ClashKind, theirs: Stamp) {
        if !self.clashes.iter().any(|clash| clash.unit == unit) {
            self.clashes.push(Clash { unit, kind, theirs });
        }
    }
}

/// Whether what is done to a field means the same in any order.
pub fn commutes(field: &Field) -> bool {
    field.merge == Merge::Delta || matches!(field.kind, Kind::Set { .. })
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

/// A number as what a field of its scale holds.
pub fn number(field: &Field, scaled: i64) -> Value {
    match field.kind {
        Kind::Integer => Value::Int(scaled),
        _ => Value::Decimal(Scaled(scaled, field.kind.scale().unwrap_or_default())),
    }
}
