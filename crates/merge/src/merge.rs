//! Makes a change on a record that other devices changed too. Every difference that it meets is named in
//! the effect: nothing is overwritten without the history's saying so.
//!
//! Where only a person may decide, the change is made on the copy all the same and the clash is reported: whoever
//! asked throws the copy away and holds the op. With a [`Rulings`] in hand, what the person decided is done.

use fieldbook_model::decimal::Scaled;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Code, OpId, Refusal, Value, Version};

use crate::play::{back, edited};
use crate::read::{Checked, Deed, Edit, Row, Verb};
use crate::stamp::{Stamp, Stamps};
use crate::unit::{Ruling, Rulings, Unit};

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
    /// An undo that is not done, because another changed it since.
    NotUndone(Stamp),
    /// Nothing to do: it was so already.
    Already,
}

impl Outcome {
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
    stamp: Stamp,
    rulings: Option<&'a Rulings>,
    clashes: Vec<Clash>,
}

/// Makes a checked change on what is there. `record` is `None` where the id was never used; it is changed
/// only when the answer is `Ok`.
pub fn merge(
    ty: &RecordType,
    record: &mut Option<Record>,
    change: Checked,
    stamp: Stamp,
    rulings: Option<&Rulings>,
) -> Result<Merged, Refusal> {
    let mut work = Work { ty, base: change.base, stamp, rulings, clashes: Vec::new() };
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
                let mut fresh = made(row, stamp);
                if let Some((by, Ruling::Mine)) = ruling {
                    fresh.life = Stamps::first(by);
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
        (Verb::Update(edits), Some(record)) => work.update(record, edits)?,
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

fn made(row: &Row, stamp: Stamp) -> Record {
    Record {
        version: stamp.version,
        deleted: false,
        row: row.clone(),
        life: Stamps::first(stamp),
        units: vec![Stamps::first(stamp); row.len()],
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

/// Updates.
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

    fn update(
        &mut self,
        record: &mut Record,
        edits: &[(usize, Edit)],
    ) -> Result<(Option<Outcome>, Vec<UnitEffect>), Refusal> {
        let sets = edits.iter().any(|(_, edit)| matches!(edit, Edit::Set(_)));
        let before = (record.deleted, record.version, record.life);
        let life = if record.deleted && sets { self.edit_of_deleted(record, edits) } else { None };
        // Every edit is judged by what was there before the op, and each value follows from the one before.
        let were = record.clone();
        let mut effects = Vec::with_capacity(edits.len());
        for (field, edit) in edits {
            match self.edit(&were, record, *field, edit, edits) {
                Ok(effect) => effects.push(effect),
                Err(refusal) => {
                    *record = were;
                    (record.deleted, record.version, record.life) = before;
                    return Err(refusal);
                }
            }
        }
        Ok((life, effects))
    }

    /// An edit meets a deleted record: whether that brings it back. A person who chose what it writes wants it back
    /// (rule 45), unless they were asked about that itself.
    fn edit_of_deleted(&mut self, record: &mut Record, edits: &[(usize, Edit)]) -> Option<Outcome> {
        let last = record.life.last;
        let by = match self.ruling(Unit::Life).or_else(|| self.chosen(edits)) {
            Some((by, Ruling::Mine | Ruling::Value(_))) if !planted(Defect::MineStaysDeleted) => by,
            Some(_) => return None,
            None if last.line == self.stamp.line || last.version <= self.base => return None,
            None if self.ty.merge == Merge::Manual => {
                self.clash(Unit::Life, ClashKind::EditOfDeleted, last);
                self.stamp
            }
            None if self.ty.edit_wins => self.stamp,
            None => return None,
        };
        record.deleted = false;
        record.version = self.stamp.version;
        record.life.push(by);
        Some(Outcome::Over(last))
    }

    /// A decision by which one of some edits is made.
    fn chosen(&self, edits: &[(usize, Edit)]) -> Option<(Stamp, &Ruling)> {
        let sets = edits.iter().filter(|(_, edit)| matches!(edit, Edit::Set(_)));
        let mut ruled = sets.filter_map(|(field, _)| self.ruling(Unit::of(self.ty, *field)));
        ruled.find(|(_, ruling)| matches!(ruling, Ruling::Mine | Ruling::Value(_)))
    }

    fn edit(
        &mut self,
        were: &Record,
        record: &mut Record,
        field: usize,
        edit: &Edit,
        edits: &[(usize, Edit)],
    ) -> Result<UnitEffect, Refusal> {
        let unit = Unit::of(self.ty, field);
        let before = record.row[field].clone();
        // A decision is about values: what adds up or joins counts whatever was decided.
        let ruled = self.ruling(unit).filter(|_| matches!(edit, Edit::Set(_) | Edit::Count(_)));
        let (edit, by) = match ruled {
            None | Some((_, Ruling::Theirs)) => (edit.clone(), self.stamp),
            Some((by, Ruling::Mine)) => (edit.clone(), by),
            Some((by, Ruling::Shift(number))) => (Edit::Add(*number), by),
            Some((by, Ruling::Counted(over))) => match edit {
                Edit::Count(number) => (Edit::Add(number - over), by),
                other => (other.clone(), by),
            },
            Some((by, Ruling::Value(values))) => {
                let value = values.iter().find(|(place, _)| *place == field).map(|(_, value)| value);
                (value.map_or_else(|| edit.clone(), |value| Edit::Set(value.clone())), by)
            }
        };
        let lost = ruled.filter(|(_, ruling)| **ruling == Ruling::Theirs).map(|(by, _)| by);
        let after = edited(&before, &edit).ok_or_else(|| out_of_range(self.ty, field))?;
        let outcome = match lost {
            Some(_) if record.deleted && matches!(edit, Edit::Set(_)) => {
                Outcome::LostToDelete(were.life.last)
            }
            Some(by) => Outcome::LostToChoice(by),
            None => self.outcome(were, record.deleted, unit, field, &edit, edits, (&before, &after)),
        };
        let stamps = Some(were.units[field]);
        let equal = before == after && planted(Defect::EqualWriteLeavesNoStamp);
        if !matches!(outcome, Outcome::LostToDelete(_) | Outcome::LostToChoice(_)) {
            record.row[field] = after.clone();
            if !equal {
                record.units[field].push(by);
                record.version = self.stamp.version;
            }
        }
        Ok(UnitEffect { field, before, after, outcome, stamps })
    }

    #[expect(clippy::too_many_arguments, reason = "what an edit meets is many things")]
    fn outcome(
        &mut self,
        were: &Record,
        deleted: bool,
        unit: Unit,
        field: usize,
        edit: &Edit,
        edits: &[(usize, Edit)],
        (before, after): (&Value, &Value),
    ) -> Outcome {
        let adds = matches!(edit, Edit::Add(_) | Edit::Count(_));
        if deleted && (!adds || planted(Defect::AdditionsMissDeleted)) {
            return Outcome::LostToDelete(were.life.last);
        }
        let unseen = match self.ty.group_of(field) {
            None => were.units[field].unseen(self.stamp.line, self.base),
            Some(_) => self.unseen_of(were, unit),
        };
        let Some(other) = unseen else { return Outcome::Applied };
        match edit {
            Edit::Add(_) | Edit::Include(..) | Edit::Exclude(_) | Edit::Swap { .. } => Outcome::Merged(other),
            Edit::Count(_) if planted(Defect::CountSets) => Outcome::Over(other),
            Edit::Count(_) => {
                if self.ruling(unit).is_none() {
                    self.clash(unit, ClashKind::Count, other);
                }
                Outcome::Over(other)
            }
            // The same value from two devices is no difference to lose; a group is equal only as a whole.
            Edit::Set(_) if before == after && self.same_group(were, unit, edits) => Outcome::Already,
            Edit::Set(_) => {
                if self.ty.rule(field) == Merge::Manual && self.ruling(unit).is_none() {
                    self.clash(unit, ClashKind::Edit, other);
                }
                Outcome::Over(other)
            }
        }
    }

    fn unseen_of(&self, were: &Record, unit: Unit) -> Option<Stamp> {
        let fields = unit.fields(self.ty).into_iter();
        let unseen = fields.filter_map(|field| were.units[field].unseen(self.stamp.line, self.base));
        unseen.max_by_key(|stamp| stamp.version)
    }

    /// Whether all edits of a unit leave what was there.
    fn same_group(&self, were: &Record, unit: Unit, edits: &[(usize, Edit)]) -> bool {
        let Unit::Group(_) = unit else { return true };
        let mut of_unit = edits.iter().filter(|(field, _)| Unit::of(self.ty, *field) == unit);
        of_unit.all(|(field, edit)| matches!(edit, Edit::Set(value) if *value == were.row[*field]))
    }
}

/// Life.
impl Work<'_> {
    fn delete(&mut self, record: &mut Record) -> Outcome {
        if record.deleted {
            return Outcome::Already;
        }
        let unseen = self.unseen_edit(record);
        let mut by = self.stamp;
        match (self.ruling(Unit::Life), unseen) {
            (Some((_, Ruling::Theirs)), _) => {
                return Outcome::LostToChoice(self.rulings.map_or(by, |rulings| rulings.by));
            }
            (Some((ruled, _)), _) => by = ruled,
            (None, Some(other)) if self.ty.merge == Merge::Manual => {
                self.clash(Unit::Life, ClashKind::DeleteOfEdited, other);
            }
            (None, Some(other)) if self.ty.edit_wins => return Outcome::LostToEdit(other),
            (None, _) => {}
        }
        record.deleted = true;
        record.version = self.stamp.version;
        record.life.push(by);
        unseen.map_or(Outcome::Applied, Outcome::Over)
    }

    /// The last change of another that a delete would overwrite unseen. Additions and set elements are none
    /// (rule 52); that another restored the record is one.
    fn unseen_edit(&self, record: &Record) -> Option<Stamp> {
        let counts = |field: &Field| !commutes(field) || planted(Defect::AdditionsMeetDeletes);
        let edits = self.ty.fields.iter().zip(&record.units).filter(|(field, _)| counts(field));
        let units = edits.map(|(_, unit)| unit).chain([&record.life]);
        let unseen = units.filter_map(|unit| unit.unseen(self.stamp.line, self.base));
        unseen.max_by_key(|stamp| stamp.version)
    }

    fn restore(&mut self, record: &mut Record) -> Outcome {
        if !record.deleted {
            return Outcome::Already;
        }
        if let Some((by, Ruling::Theirs)) = self.ruling(Unit::Life) {
            return Outcome::LostToChoice(by);
        }
        let outcome = record.life.unseen(self.stamp.line, self.base).map_or(Outcome::Applied, Outcome::Over);
        record.deleted = false;
        record.version = self.stamp.version;
        record.life.push(self.stamp);
        outcome
    }
}

/// Undo: what an op of this line did goes back where nobody else touched it since (rule 12).
impl Work<'_> {
    fn revert(&mut self, record: &mut Record, deeds: &[Deed]) -> Result<Vec<UnitEffect>, Refusal> {
        let were = record.clone();
        let mut effects = Vec::with_capacity(deeds.len());
        for deed in deeds {
            let field = deed.field;
            let before = record.row[field].clone();
            let edit = back(self.ty, &were.row, deeds, deed);
            let edit =
                edit.or_else(|| planted(Defect::UndoUnguarded).then(|| Edit::Set(deed.before.clone())));
            let last = were.units[field].last;
            let sets = matches!(edit, Some(Edit::Set(_)));
            let foreign = self.is_foreign(&were, deed, sets);
            let outcome = match &edit {
                Some(_) if sets && were.deleted => Outcome::NotUndone(were.life.last),
                None => Outcome::NotUndone(last),
                Some(_) if sets && foreign => Outcome::NotUndone(last),
                Some(_) => Outcome::Applied,
            };
            let mut after = deed.before.clone();
            if let (Some(edit), true) = (&edit, outcome.took_hold()) {
                let Some(value) = edited(&before, edit) else {
                    *record = were;
                    return Err(out_of_range(self.ty, field));
                };
                after = value;
                record.row[field] = after.clone();
                record.version = self.stamp.version;
                match deed.stamps.filter(|_| sets && !planted(Defect::UndoStampsAnew)) {
                    // The value that comes back was seen by whoever saw it then (rule 42).
                    Some(stamps) => record.units[field] = stamps,
                    None => record.units[field].push(self.stamp),
                }
            }
            let stamps = Some(were.units[field]);
            effects.push(UnitEffect { field, before, after, outcome, stamps });
        }
        Ok(effects)
    }

    fn is_foreign(&self, were: &Record, deed: &Deed, sets: bool) -> bool {
        if sets && planted(Defect::UndoUnguarded) {
            return false;
        }
        let fields = Unit::of(self.ty, deed.field).fields(self.ty).into_iter();
        fields.map(|field| were.units[field].last).any(|last| self.came_between(last))
    }

    /// Whether a change is another's, and newer than what is taken back: the base of an inverse.
    fn came_between(&self, last: Stamp) -> bool {
        last.line != self.stamp.line && last.version > self.base
    }

    fn unmake(&mut self, record: &mut Record) -> Outcome {
        if record.deleted {
            return Outcome::Already;
        }
        let edits = self.ty.fields.iter().zip(&record.units).filter(|(field, _)| !commutes(field));
        let last = edits.map(|(_, unit)| unit.last).chain([record.life.last]);
        let foreign = last.filter(|stamp| self.came_between(*stamp)).max_by_key(|stamp| stamp.version);
        if let Some(foreign) = foreign.filter(|_| !planted(Defect::UndoUnguarded)) {
            return Outcome::NotUndone(foreign);
        }
        record.deleted = true;
        record.version = self.stamp.version;
        record.life.push(self.stamp);
        Outcome::Applied
    }

    fn revive(&mut self, record: &mut Record, stamps: Option<Stamps>) -> Outcome {
        if !record.deleted {
            return Outcome::Already;
        }
        if self.came_between(record.life.last) && !planted(Defect::UndoUnguarded) {
            return Outcome::NotUndone(record.life.last);
        }
        if let Some((by, Ruling::Theirs)) = self.ruling(Unit::Life) {
            return Outcome::LostToChoice(by);
        }
        record.deleted = false;
        record.version = self.stamp.version;
        match stamps.filter(|_| !planted(Defect::UndoStampsAnew)) {
            Some(stamps) => record.life = stamps,
            None => record.life.push(self.stamp),
        }
        Outcome::Applied
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
