//! Deleting and restoring, where others edit.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Field, Merge};

use super::{ClashKind, Outcome, Record, Work, commutes};
use crate::stamp::Stamp;
use crate::unit::{Ruling, Unit};

impl Work<'_> {
    pub(super) fn delete(&mut self, record: &mut Record) -> Outcome {
        if record.deleted {
            return Outcome::Already;
        }
        let unseen = self.unseen_edit(record);
        let mut by = self.by.stamp;
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
        record.version = self.by.stamp.version;
        record.life.push(by);
        unseen.map_or(Outcome::Applied, Outcome::Over)
    }

    /// The last change of another that a delete would overwrite unseen. Additions and set elements are none
    /// (rule 52); that another restored the record is one.
    fn unseen_edit(&self, record: &Record) -> Option<Stamp> {
        let counts = |field: &Field| !commutes(field) || planted(Defect::AdditionsMeetDeletes);
        let edits = self.ty.fields.iter().zip(&record.units).filter(|(field, _)| counts(field));
        let units = edits.map(|(_, unit)| unit).chain([&record.life]);
        let unseen = units.filter_map(|unit| unit.unseen(self.by.stamp.line, self.base));
        unseen.max_by_key(|stamp| stamp.version)
    }

    pub(super) fn restore(&mut self, record: &mut Record) -> Outcome {
        if !record.deleted {
            return Outcome::Already;
        }
        let by = match self.ruling(Unit::Life) {
            Some((by, Ruling::Theirs)) => return Outcome::LostToChoice(by),
            Some((ruled, _)) => ruled,
            None => self.by.stamp,
        };
        let outcome =
            record.life.unseen(self.by.stamp.line, self.base).map_or(Outcome::Applied, Outcome::Over);
        record.deleted = false;
        record.version = self.by.stamp.version;
        record.life.push(by);
        outcome
    }
}
