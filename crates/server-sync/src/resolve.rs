//! Settling a conflict: the decisions are checked against what the person saw, and the held op is made with them.

use std::collections::BTreeMap;

use fieldbook_merge::may::may_settle;
use fieldbook_merge::{ClashKind, DoneVerb, Effect, Outcome, Ruling, Stamp, Unit};
use fieldbook_model::op::{Resolution, Take};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Kind, RecordType};
use fieldbook_model::{Code, Cursor, Fields, OpId, Refusal, Value};
use fieldbook_protocol::SettledState;

use crate::apply::took_hold_partly;
use crate::case::Case;
use crate::conflict::{Conflict, UnitRow};
use crate::desk::{Decided, Made};
use crate::forgotten;
use crate::hold::scaled;
use crate::stop::{Rejection, Stop};
use crate::view::{HeldOp, View, Workspace};

impl<V: View> Case<'_, V> {
    pub(crate) fn resolve(&mut self, resolution: &Resolution) -> Result<(), Stop<V::Error>> {
        let id = resolution.conflict;
        let found = self.conflict(id).map_err(Stop::Fail)?;
        let conflict =
            found.ok_or_else(|| Refusal::new(Code::UnknownConflict, "There is no such conflict."))?;
        if !conflict.is_open() {
            return Err(settled(&conflict).into());
        }
        self.may_resolve(&conflict)?;
        // A pair that was seen in a history which was lost is another one now.
        let pair = Cursor { version: resolution.pair, ..self.op.seen };
        if u64::try_from(conflict.pair) != Ok(resolution.pair.0)
            || self.workspace().seen(pair) != resolution.pair
            || self.records_moved(&conflict, resolution)?
        {
            return Err(moved(id));
        }
        // Also by what the held op does not touch: a record of the same key may be gone, or be another by now.
        if !planted(Defect::ResolutionSeesItsUnitsOnly) {
            self.reweigh(id).map_err(Stop::Fail)?;
            let fresh = self.conflict(id).map_err(Stop::Fail)?.map(|fresh| fresh.pair);
            if fresh != Some(conflict.pair) {
                return Err(moved(id));
            }
        }
        let decided = self.decided(&conflict, resolution)?;
        let by = Stamp::new(self.next(), self.log.line);
        let mut chain = self.waiting_in(id).map_err(Stop::Fail)?;
        self.draft.released.extend(chain.iter().map(|held| held.op.op_id));
        chain.retain(|held| !held.ghost);
        let (head, dependents) = chain.split_first().ok_or_else(|| moved(id))?;
        if planted(Defect::TheirsDropsTheOp) && decided.values().all(|ruling| *ruling == Ruling::Theirs) {
            let settlement = self.settlement(&head.op, SettledState::Discarded);
            self.settle(head.line, settlement);
        } else {
            self.make_head(head, (by, &decided), id)?;
        }
        self.close(id, conflict, "settled", Some(spoken(resolution))).map_err(Stop::Fail)?;
        let closed: Decided = decided.into_iter().map(|(unit, it)| (unit, it.for_dependents())).collect();
        let closed = (!planted(Defect::DependentsReopen)).then_some((by, closed));
        self.dependents(dependents, closed).map_err(Stop::Fail)
    }

    fn make_head(
        &mut self,
        head: &HeldOp,
        decided: (Stamp, &Decided),
        id: OpId,
    ) -> Result<(), Stop<V::Error>> {
        let made = match self.attempt(head, Some(decided)) {
            Ok(made) if made.clashes.is_empty() || planted(Defect::ResolutionSeesItsUnitsOnly) => made,
            // What it meets now is in the fresh pair, or says why it cannot be made at all.
            Ok(_) | Err(Stop::Reject(_)) => return Err(moved(id)),
            Err(error) => return Err(error),
        };
        if self.revives_orphan(&made).map_err(Stop::Fail)? {
            return Err(moved(id));
        }
        let mut settlement = self.settlement(&head.op, SettledState::Committed);
        settlement.partly = took_hold_partly(&made.effects);
        self.settle(head.line, settlement);
        self.happened(&head.op, head.line, made).map_err(Stop::Fail)
    }

    /// Whether a record came back whose owner is deleted: nobody would see it (rule 45).
    fn revives_orphan(&mut self, made: &Made) -> Result<bool, V::Error> {
        let revived = |effect: &&Effect| {
            effect.life.is_some_and(Outcome::took_hold)
                && DoneVerb::of(&effect.change.verb) == DoneVerb::Update
        };
        for effect in made.effects.iter().filter(revived) {
            let (of, id) = (effect.change.of, effect.change.id);
            let Some(row) = self.desk.record(of, id)?.map(|record| record.row.clone()) else { continue };
            for (field, value) in row.iter().enumerate() {
                let kind = &self.workspace().schema.types[of].fields[field].kind;
                let (Kind::Ref { owner: true, .. }, Value::Ref(owner)) = (kind, value) else { continue };
                let Some(to) = self.desk.target(of, field) else { continue };
                if self.desk.record(to, *owner)?.is_some_and(|owner| owner.deleted) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Who may write all units of a conflict may settle it; a type may name the roles (rule 50).
    fn may_resolve(&mut self, conflict: &Conflict) -> Result<(), Stop<V::Error>> {
        let schema = self.workspace().schema;
        for row in &conflict.units {
            let around = self.around(row.of, row.id).map_err(Stop::Fail)?;
            let unit = Unit::named(&schema.types[row.of], row.unit.as_deref());
            may_settle(schema, self.rights.role_in(&around), row.of, unit)?;
        }
        Ok(())
    }

    /// What rule 26 forbids, for the test that has to notice it.
    fn records_moved(
        &mut self,
        conflict: &Conflict,
        resolution: &Resolution,
    ) -> Result<bool, Stop<V::Error>> {
        if !planted(Defect::ResolutionComparesRecords) {
            return Ok(false);
        }
        let mut moved = false;
        for unit in &conflict.units {
            let record = self.desk.record(unit.of, unit.id).map_err(Stop::Fail)?;
            moved |= record.is_some_and(|record| record.version > resolution.pair);
        }
        Ok(moved)
    }

    /// The decisions by unit. Each unit of the conflict has one, and nothing else has.
    fn decided(&mut self, conflict: &Conflict, resolution: &Resolution) -> Result<Decided, Stop<V::Error>> {
        let (Workspace { schema, ladder, .. }, version) = (*self.workspace(), self.op.schema);
        let mut decided = BTreeMap::new();
        for choice in &resolution.choices {
            let listed = conflict.units.iter().find(|unit| {
                schema.types[unit.of].name == choice.of && unit.id == choice.id && unit.unit == choice.unit
            });
            // A decision about a text that was split since is about those of its parts that are asked about.
            let part = |unit: &String| ladder.is_part(version, &choice.of, unit);
            if listed.is_none() && choice.unit.as_ref().is_some_and(part) {
                continue;
            }
            let row = listed.ok_or_else(|| {
                let words = "This decides something that the conflict is not about.";
                Refusal::at(Code::WrongValue, &choice.of, words)
            })?;
            let ty = &schema.types[row.of];
            let unit = Unit::named(ty, row.unit.as_deref()).expect("BUG: a conflict about no unit");
            let ruling = self.ruling(row, unit, &choice.take)?;
            self.refers(row, &ruling)?;
            if unit == Unit::Life && ruling != Ruling::Theirs && self.is_gone(row)? {
                return Err(forgotten::refusal(ty, "; decide for theirs, or discard the action").into());
            }
            if decided.insert((row.of, row.id, unit), ruling).is_some() {
                let words = "This decides the same thing twice.";
                return Err(Refusal::at(Code::WrongValue, &choice.of, words).into());
            }
        }
        match decided.len() == conflict.units.len() {
            true => Ok(decided),
            false => Err(moved(resolution.conflict)),
        }
    }

    /// Refuses a value that names a record which was never made.
    fn refers(&mut self, row: &UnitRow, ruling: &Ruling) -> Result<(), Stop<V::Error>> {
        let Ruling::Value(values) = ruling else { return Ok(()) };
        for (field, value) in values {
            let (Some(to), Value::Ref(id)) = (self.desk.target(row.of, *field), value) else { continue };
            if !self.desk.exists(to, *id).map_err(Stop::Fail)? {
                let schema = self.workspace().schema;
                let path =
                    format!("{}.{}", schema.types[row.of].name, schema.types[row.of].fields[*field].name);
                let words = format!("{path} names a {} that does not exist.", schema.types[to].spoken());
                return Err(Refusal::at(Code::WrongValue, path, words).into());
            }
        }
        Ok(())
    }

    /// Whether a unit is of a record that is forgotten by now.
    fn is_gone(&mut self, row: &UnitRow) -> Result<bool, Stop<V::Error>> {
        self.desk.record(row.of, row.id).map_err(Stop::Fail)?;
        Ok(self.desk.records.get(&(row.of, row.id)).is_some_and(|slot| slot.gone.is_some()))
    }

    fn ruling(&self, row: &UnitRow, unit: Unit, take: &Take) -> Result<Ruling, Refusal> {
        let ty = &self.workspace().schema.types[row.of];
        let given = match take {
            Take::Theirs => return Ok(Ruling::Theirs),
            Take::Mine if row.kind != ClashKind::Count => return Ok(Ruling::Mine),
            Take::Mine => return Ok(Ruling::Counted(in_force(ty, unit, row))),
            Take::Value(given) => given,
        };
        if unit == Unit::Life {
            let words = "Whether a record is there is decided by mine or theirs.";
            return Err(Refusal::at(Code::WrongValue, &ty.name, words));
        }
        if row.kind == ClashKind::Count {
            return counted(ty, unit, row, given);
        }
        unit.values(ty, given).map(Ruling::Value)
    }
}

/// What was in force when a count was held (rule 44).
fn in_force(ty: &RecordType, unit: Unit, row: &UnitRow) -> i64 {
    let Unit::Field(field) = unit else { return 0 };
    scaled(&ty.fields[field], row.theirs.as_ref()).unwrap_or_default()
}

/// A count that a person gives in the place of both.
fn counted(ty: &RecordType, unit: Unit, row: &UnitRow, given: &Fields) -> Result<Ruling, Refusal> {
    let Unit::Field(field) = unit else { return Ok(Ruling::Theirs) };
    match scaled(&ty.fields[field], Some(given)) {
        Some(number) => Ok(Ruling::Shift(number - in_force(ty, unit, row))),
        None => {
            let path = format!("{}.{}", ty.name, ty.fields[field].name);
            Err(Refusal::at(Code::WrongValue, path, "A count is a number."))
        }
    }
}

fn settled(conflict: &Conflict) -> Refusal {
    let who = conflict.settled_by.as_deref().unwrap_or("somebody");
    let how = conflict.choice.as_deref().map(|choice| format!(" ({choice})")).unwrap_or_default();
    let words = format!("This conflict was {} by {who} before{how}; that stands.", conflict.state);
    Refusal::new(Code::AlreadyResolved, words)
}

fn moved<E>(conflict: OpId) -> Stop<E> {
    let words = "What this conflict is about has changed meanwhile; look at it again and decide anew.";
    let refusal = Refusal::new(Code::MovedOn, words);
    Stop::Reject(Box::new(Rejection { refusal, depends_on: None, ghost_of: Some(conflict) }))
}

/// What was decided, in a word.
fn spoken(resolution: &Resolution) -> String {
    let word = |take: &Take| match take {
        Take::Mine => "mine",
        Take::Theirs => "theirs",
        Take::Value(_) => "a value",
    };
    let mut words: Vec<&str> = resolution.choices.iter().map(|choice| word(&choice.take)).collect();
    words.dedup();
    match words[..] {
        [one] => one.to_owned(),
        _ => "mixed".to_owned(),
    }
}
