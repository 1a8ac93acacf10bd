//! Undo: what an op of this line did goes back where nobody else touched it since (rule 12).

use fieldbook_model::Refusal;
use fieldbook_model::planted::{Defect, planted};

use super::{Outcome, Record, UnitEffect, Work, commutes, out_of_range};
use crate::elements::Seen;
use crate::play::{back, edited};
use crate::read::{Deed, Edit};
use crate::stamp::{Stamp, Stamps};
use crate::unit::{Ruling, Unit};

impl Work<'_> {
    pub(super) fn revert(&mut self, record: &mut Record, deeds: &[Deed]) -> Result<Vec<UnitEffect>, Refusal> {
        let were = record.clone();
        let mut effects = Vec::with_capacity(deeds.len());
        for deed in deeds {
            let field = deed.field;
            let before = record.row[field].clone();
            let edit = back(self.ty, &were.row, deeds, deed);
            if let Some(edit @ Edit::Swap { .. }) = &edit {
                let told = (Seen::Own, Outcome::Applied, Outcome::NotUndone as fn(Stamp) -> Outcome);
                if let Err(refusal) = self.exchange(&were, record, (field, edit), told, &mut effects) {
                    *record = were;
                    return Err(refusal);
                }
                continue;
            }
            let edit =
                edit.or_else(|| planted(Defect::UndoUnguarded).then(|| Edit::Set(deed.before.clone())));
            let last = were.units[field].last;
            let sets = matches!(edit, Some(Edit::Set(_)));
            let foreign = self.is_foreign(&were, deed, sets);
            // What is taken back may be a key that another record has by now: then a person decided about it.
            let ruled = self.ruling(Unit::of(self.ty, field)).filter(|_| sets);
            let chosen = ruled.and_then(|(_, ruling)| ruling.value(field));
            let edit = chosen.cloned().map(Edit::Set).or(edit);
            let outcome = match &edit {
                Some(Edit::Set(_)) | None if were.deleted => Outcome::NotUndone(were.life.last),
                None => Outcome::NotUndone(last),
                Some(_) if sets && foreign => Outcome::NotUndone(last),
                Some(_) => match ruled {
                    Some((by, Ruling::Theirs)) => Outcome::LostToChoice(by),
                    _ => Outcome::Applied,
                },
            };
            let mut after = deed.before.clone();
            if let (Some(edit), true) = (&edit, outcome.took_hold()) {
                let Some(value) = edited(&before, edit) else {
                    *record = were;
                    return Err(out_of_range(self.ty, field));
                };
                after = value;
                record.row[field] = after.clone();
                record.version = self.by.stamp.version;
                let back = deed.stamps.filter(|_| sets && !planted(Defect::UndoStampsAnew));
                match (ruled, back) {
                    (Some((by, _)), _) => record.units[field].push(by),
                    // The value that comes back was seen by whoever saw it then (rule 42).
                    (None, Some(stamps)) => record.units[field] = stamps,
                    (None, None) => record.units[field].push(self.by.stamp_of(self.ty, field, &after)),
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
        last.line != self.by.stamp.line && last.version > self.base
    }

    pub(super) fn unmake(&mut self, record: &mut Record) -> Outcome {
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
        record.version = self.by.stamp.version;
        record.life.push(self.by.stamp);
        Outcome::Applied
    }

    pub(super) fn revive(&mut self, record: &mut Record, stamps: Option<Stamps>) -> Outcome {
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
        record.version = self.by.stamp.version;
        match stamps.filter(|_| !planted(Defect::UndoStampsAnew)) {
            Some(stamps) => record.life = stamps,
            None => record.life.push(self.by.stamp),
        }
        Outcome::Applied
    }
}
