//! Edits of fields, where others edit them too.

use std::collections::BTreeSet;

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Merge;
use fieldbook_model::{Refusal, Value};

use super::{ClashKind, Outcome, Record, UnitEffect, Work, out_of_range};
use crate::elements::Seen;
use crate::play::edited;
use crate::read::Edit;
use crate::stamp::Stamp;
use crate::unit::{Ruling, Unit};
use crate::weight::compares;

/// What an edit meets: the record before the op, and all that the op edits of it.
#[derive(Clone, Copy)]
struct Meets<'m> {
    were: &'m Record,
    edits: &'m [(usize, Edit)],
}

/// An edit of one field, with what was decided about it.
struct Write<'w> {
    field: usize,
    unit: Unit,
    edit: &'w Edit,
    /// On whose stamp it counts.
    by: Stamp,
    before: &'w Value,
    /// What the field holds afterwards, if the write takes hold.
    after: &'w Value,
    /// What was to be written.
    wanted: &'w Value,
    /// The last change of another that its author had not seen.
    unseen: Option<Stamp>,
}

impl Work<'_> {
    pub(super) fn update(
        &mut self,
        record: &mut Record,
        edits: &[(usize, Edit)],
    ) -> Result<(Option<Outcome>, Vec<UnitEffect>), Refusal> {
        let writes = edits.iter().any(|(_, edit)| edit.writes());
        let before = (record.deleted, record.version, record.life);
        let life = if record.deleted && writes { self.edit_of_deleted(record, edits) } else { None };
        // Every edit is judged by what was there before the op, and each value follows from the one before.
        let were = record.clone();
        let mut effects = Vec::with_capacity(edits.len());
        for (field, edit) in edits {
            if let Err(refusal) =
                self.edit(Meets { were: &were, edits }, record, (*field, edit), &mut effects)
            {
                *record = were;
                (record.deleted, record.version, record.life) = before;
                return Err(refusal);
            }
        }
        Ok((life, effects))
    }

    /// An edit meets a deleted record: whether that brings it back. A person who chose what it writes wants it back
    /// (rule 45), unless they were asked about that itself.
    fn edit_of_deleted(&mut self, record: &mut Record, edits: &[(usize, Edit)]) -> Option<Outcome> {
        let (last, own) = (record.life.last, self.by.stamp);
        let by = match self.ruling(Unit::Life).or_else(|| self.chosen(edits)) {
            Some((by, Ruling::Mine | Ruling::Value(_))) if !planted(Defect::MineStaysDeleted) => by,
            Some(_) => return None,
            None if last.line == own.line || last.version <= self.base => return None,
            None if self.ty.merge == Merge::Manual => {
                self.clash(Unit::Life, ClashKind::EditOfDeleted, last);
                own
            }
            None if self.ty.edit_wins => own,
            None => return None,
        };
        record.deleted = false;
        record.version = own.version;
        record.life.push(by);
        Some(Outcome::Over(last))
    }

    /// A decision by which one of some edits is made.
    fn chosen(&self, edits: &[(usize, Edit)]) -> Option<(Stamp, &Ruling)> {
        let writes = edits.iter().filter(|(_, edit)| edit.writes());
        let mut ruled = writes.filter_map(|(field, _)| self.ruling(Unit::of(self.ty, *field)));
        ruled.find(|(_, ruling)| matches!(ruling, Ruling::Mine | Ruling::Value(_)))
    }

    fn edit(
        &mut self,
        meets: Meets<'_>,
        record: &mut Record,
        (field, edit): (usize, &Edit),
        effects: &mut Vec<UnitEffect>,
    ) -> Result<(), Refusal> {
        if matches!(edit, Edit::Include(..) | Edit::Exclude(_) | Edit::Swap { .. }) {
            return self.joined(meets, record, (field, edit), effects);
        }
        let unit = Unit::of(self.ty, field);
        let before = record.row[field].clone();
        let ruled = self.ruled(unit, edit);
        let (edit, by) = self.decided(field, edit, ruled);
        let lost = ruled.filter(|(_, ruling)| **ruling == Ruling::Theirs).map(|(by, _)| by);
        let mut after = edited(&before, &edit).ok_or_else(|| out_of_range(self.ty, field))?;
        let wanted = match &edit {
            Edit::Raise(value) | Edit::Lower(value) => value.clone(),
            _ => after.clone(),
        };
        let unseen = self.unseen_of(meets.were, field);
        if unseen.is_none() && planted(Defect::BoundFollowsOwn) {
            after = wanted.clone();
        }
        let by = if by == self.by.stamp { self.by.stamp_of(self.ty, field, &after) } else { by };
        let write =
            Write { field, unit, edit: &edit, by, before: &before, after: &after, wanted: &wanted, unseen };
        let outcome = match lost {
            Some(_) if record.deleted && edit.writes() => Outcome::LostToDelete(meets.were.life.last),
            Some(by) => Outcome::LostToChoice(by),
            None => self.outcome(meets, record.deleted, &write),
        };
        let stamps = Some(meets.were.units[field]);
        if outcome.took_hold() || outcome == Outcome::Already {
            record.row[field] = after.clone();
            record.elements.set(field, &after, by);
        }
        if self.leaves_stamp(outcome, &write) {
            record.units[field].push(by);
            record.version = self.by.stamp.version;
        }
        effects.push(UnitEffect { field, before, after: wanted, outcome, stamps });
        Ok(())
    }

    /// A decision is about values: what adds up, joins or is bounded counts whatever was decided.
    fn ruled(&self, unit: Unit, edit: &Edit) -> Option<(Stamp, &Ruling)> {
        let about = matches!(edit, Edit::Set(_) | Edit::Count(_) | Edit::Reset(_));
        self.ruling(unit).filter(|_| about)
    }

    /// What is written, and on whose stamp.
    fn decided(&self, field: usize, edit: &Edit, ruled: Option<(Stamp, &Ruling)>) -> (Edit, Stamp) {
        match ruled {
            None | Some((_, Ruling::Theirs)) => (edit.clone(), self.by.stamp),
            Some((by, Ruling::Mine)) => (edit.clone(), by),
            Some((by, Ruling::Shift(number))) => (Edit::Add(*number), by),
            Some((by, Ruling::Counted(over))) => match edit {
                Edit::Count(number) => (Edit::Add(number - over), by),
                other => (other.clone(), by),
            },
            Some((by, ruling @ Ruling::Value(_))) => {
                (ruling.value(field).map_or_else(|| edit.clone(), |value| Edit::Set(value.clone())), by)
            }
        }
    }

    /// A losing write leaves none, and an equal one does; but one that another outweighs has lost (rules 25, 41).
    fn leaves_stamp(&self, outcome: Outcome, write: &Write<'_>) -> bool {
        match outcome {
            Outcome::Superseded(_) => planted(Defect::LosersStamp),
            Outcome::Already if self.outweighed(write).is_some() => false,
            _ if write.before == write.after && planted(Defect::EqualWriteLeavesNoStamp) => false,
            outcome => outcome.took_hold() || outcome == Outcome::Already,
        }
    }

    /// The unseen change that weighs more, where the rule compares them.
    fn outweighed(&self, write: &Write<'_>) -> Option<Stamp> {
        let other = write.unseen.filter(|_| compares(self.ty.rule(write.field)))?;
        (write.by.weight < other.weight).then_some(other)
    }

    fn outcome(&mut self, meets: Meets<'_>, deleted: bool, write: &Write<'_>) -> Outcome {
        let Write { field, unit, before, after, .. } = *write;
        let adds = matches!(write.edit, Edit::Add(_) | Edit::Count(_));
        if deleted && (!adds || planted(Defect::AdditionsMissDeleted)) {
            return Outcome::LostToDelete(meets.were.life.last);
        }
        if after != write.wanted {
            return Outcome::Superseded(write.unseen.unwrap_or(meets.were.units[field].last));
        }
        let Some(other) = write.unseen else { return Outcome::Applied };
        match write.edit {
            // The same value from two devices is no difference to lose; a group is equal only as a whole.
            edit if edit.writes() && before == after && self.same_group(meets, unit) => Outcome::Already,
            Edit::Count(_) if planted(Defect::CountSets) => Outcome::Over(other),
            Edit::Count(_) => {
                if self.ruling(unit).is_none() {
                    self.clash(unit, ClashKind::Count, other);
                }
                Outcome::Over(other)
            }
            Edit::Set(_) | Edit::Reset(_) => match self.outweighed(write) {
                Some(other) => Outcome::Superseded(other),
                None => {
                    let asks = match write.edit {
                        Edit::Reset(_) => !planted(Defect::ResetUnasked),
                        _ => self.ty.rule(field) == Merge::Manual,
                    };
                    if asks && self.ruling(unit).is_none() {
                        self.clash(unit, ClashKind::Edit, other);
                    }
                    Outcome::Over(other)
                }
            },
            _ => Outcome::Merged(other),
        }
    }

    /// The last change of a field's unit by another that the op's author had not seen.
    fn unseen_of(&self, were: &Record, field: usize) -> Option<Stamp> {
        let fields = Unit::of(self.ty, field).fields(self.ty).into_iter();
        let unseen = fields.filter_map(|field| were.units[field].unseen(self.by.stamp.line, self.base));
        unseen.max_by_key(|stamp| stamp.version)
    }

    /// Whether all edits of a unit leave what was there.
    fn same_group(&self, meets: Meets<'_>, unit: Unit) -> bool {
        let Unit::Group(_) = unit else { return true };
        let mut of_unit = meets.edits.iter().filter(|(field, _)| Unit::of(self.ty, *field) == unit);
        of_unit.all(|(field, edit)| matches!(edit, Edit::Set(value) if *value == meets.were.row[*field]))
    }
}

/// Sets.
impl Work<'_> {
    /// Elements that come in or go out. Each is its own unit: one that somebody put in unseen stays (rule 24).
    fn joined(
        &mut self,
        meets: Meets<'_>,
        record: &mut Record,
        (field, edit): (usize, &Edit),
        effects: &mut Vec<UnitEffect>,
    ) -> Result<(), Refusal> {
        if record.deleted {
            let before = record.row[field].clone();
            let after = edited(&before, edit).ok_or_else(|| out_of_range(self.ty, field))?;
            let (outcome, stamps) =
                (Outcome::LostToDelete(meets.were.life.last), Some(meets.were.units[field]));
            effects.push(UnitEffect { field, before, after, outcome, stamps });
            return Ok(());
        }
        let outcome = self.unseen_of(meets.were, field).map_or(Outcome::Applied, Outcome::Merged);
        let seen = Seen::Until(self.base);
        self.exchange(meets.were, record, (field, edit), (seen, outcome, Outcome::Superseded), effects)
    }

    /// Lets elements come and go, and tells of those that went and of those that stay apart.
    pub(super) fn exchange(
        &mut self,
        were: &Record,
        record: &mut Record,
        (field, edit): (usize, &Edit),
        (seen, outcome, lost): (Seen, Outcome, fn(Stamp) -> Outcome),
        effects: &mut Vec<UnitEffect>,
    ) -> Result<(), Refusal> {
        let none = BTreeSet::new();
        let (exclude, include) = match edit {
            Edit::Include(include, _) => (&none, include),
            Edit::Exclude(exclude) => (exclude, &none),
            Edit::Swap { exclude, include, .. } => (exclude, include),
            _ => return Ok(()),
        };
        let stamp = self.by.stamp;
        let (stay, taken) = record.elements.exclude(field, exclude, stamp.line, seen);
        let gone: BTreeSet<String> = exclude.iter().filter(|it| !stay.contains_key(*it)).cloned().collect();
        let edit = match edit {
            Edit::Exclude(_) => Edit::Exclude(gone),
            Edit::Swap { include, max, .. } => {
                Edit::Swap { exclude: gone, include: include.clone(), max: *max }
            }
            other => other.clone(),
        };
        let before = record.row[field].clone();
        let after = edited(&before, &edit).ok_or_else(|| out_of_range(self.ty, field))?;
        record.elements.include(field, include, stamp, self.base);
        let last = stay.values().copied().max_by_key(|stamp| stamp.version);
        let changed = before != after;
        if last.is_none() || changed || taken {
            record.row[field] = after.clone();
            record.units[field].push(stamp);
            record.version = stamp.version;
        }
        let stamps = Some(were.units[field]);
        if last.is_none() || changed {
            effects.push(UnitEffect { field, before, after: after.clone(), outcome, stamps });
        }
        if let Some(last) = last {
            let wanted = edited(&after, &Edit::Exclude(stay.into_keys().collect())).unwrap_or(Value::Null);
            effects.push(UnitEffect { field, before: after, after: wanted, outcome: lost(last), stamps });
        }
        Ok(())
    }
}
