//! Records that were deleted so long ago that only their ids are kept (rule 37). Nothing brings one back. What adds to a
//! number of one waits for a person (rule 17): what it counts happened, and there is nothing left to count it on.

use fieldbook_merge::play::edited;
use fieldbook_merge::{Checked, Clash, ClashKind, Edit, Effect, Row, Stamp, Unit, Verb, merge};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Field, Merge, RecordType};
use fieldbook_model::{Code, RecordId, Refusal, Value};

use crate::desk::{By, Desk, Made, unmade};
use crate::stop::Stop;
use crate::view::View;

/// The refusal of what is about a record that is forgotten.
pub(crate) fn refusal(ty: &RecordType, what_now: &str) -> Refusal {
    let words =
        format!("This {} was deleted so long ago that it is not kept any more{what_now}.", ty.spoken());
    Refusal::at(Code::Gone, &ty.name, words)
}

/// Whether a change adds to a number, or takes an addition back.
fn adds(ty: &RecordType, verb: &Verb) -> bool {
    let counts = |field: &usize| ty.fields[*field].merge == Merge::Delta;
    match verb {
        Verb::Update(edits) | Verb::Amend(edits) => edits.iter().any(|(field, _)| counts(field)),
        Verb::Revert(deeds) => deeds.iter().any(|deed| counts(&deed.field)),
        _ => false,
    }
}

/// What some changes would write to a record of which nothing is known: the values, and the fields that they are of.
pub(crate) fn wanted<'c>(
    ty: &RecordType,
    changes: impl Iterator<Item = &'c Checked>,
) -> Option<(Row, Vec<usize>)> {
    let mut row: Row = ty.fields.iter().map(nothing).collect();
    let mut fields = Vec::new();
    for (field, edit) in changes.flat_map(|change| edits(&change.verb)) {
        row[*field] = edited(&row[*field], edit).unwrap_or(Value::Null);
        fields.push(*field);
    }
    fields.sort_unstable();
    fields.dedup();
    (!fields.is_empty()).then_some((row, fields))
}

fn edits(verb: &Verb) -> &[(usize, Edit)] {
    match verb {
        Verb::Update(edits) => edits,
        _ => &[],
    }
}

fn nothing(field: &Field) -> Value {
    match field.merge {
        Merge::Delta => merge::number(field, 0),
        _ => Value::Null,
    }
}

impl<V: View> Desk<'_, V> {
    /// Makes a change on a record that is forgotten: what a person decided not to do, else nothing.
    pub(crate) fn forgotten(
        &self,
        change: Checked,
        deleted: Stamp,
        by: &By<'_>,
        made: &mut Made,
    ) -> Result<Effect, Refusal> {
        let (of, id) = (change.of, change.id);
        let ty = &self.workspace.schema.types[of];
        let decided = by.decided.filter(|(_, all)| all.contains_key(&(of, id, Unit::Life)));
        if let Some((stamp, _)) = decided {
            return Ok(unmade(change, stamp, by.held));
        }
        if !adds(ty, &change.verb) || planted(Defect::AdditionsToGoneRejected) {
            return Err(refusal(ty, ""));
        }
        let clash = Clash { unit: Unit::Life, kind: ClashKind::EditOfDeleted, theirs: deleted };
        if !made.clashes.iter().any(|(place, noted)| *place == (of, id) && noted.unit == Unit::Life) {
            made.clashes.push(((of, id), clash));
        }
        Ok(unmade(change, deleted, by.held))
    }

    /// Whether a record is forgotten. Reads no record.
    fn is_gone(&mut self, of: usize, id: RecordId) -> Result<bool, V::Error> {
        match self.records.get(&(of, id)) {
            Some(slot) => Ok(slot.gone.is_some()),
            None => Ok(self.view.gone(of, id)?.is_some()),
        }
    }

    /// Refuses what would be owned by a record that is forgotten, or lie in one: nobody could ever see it.
    pub(crate) fn keeps_nothing_gone(&mut self, effect: &Effect) -> Result<(), Stop<V::Error>> {
        let of = effect.change.of;
        let ty = &self.workspace.schema.types[of];
        let took =
            effect.units.iter().filter(|unit| unit.outcome.took_hold() && ty.keeps.contains(&unit.field));
        for unit in took {
            let (Value::Ref(id), Some(to)) = (&unit.after, self.target(of, unit.field)) else { continue };
            let own = to == of && *id == effect.change.id;
            if !own && self.is_gone(to, *id).map_err(Stop::Fail)? {
                let path = format!("{}.{}", ty.name, ty.fields[unit.field].name);
                let owner = &self.workspace.schema.types[to];
                let words = format!(
                    "{path} names a {} that was deleted so long ago that it is not kept any more.",
                    owner.spoken()
                );
                return Err(Refusal::at(Code::Gone, path, words).into());
            }
        }
        Ok(())
    }
}
