//! How an op that waits stops waiting: somebody decides, or gives it up, or its author takes it back; and what
//! that means to the ops that wait with it.

use fieldbook_model::op::{Resolution, Take};
use fieldbook_model::{Code, Cursor, Json, Op, OpId, Value};

use crate::clash::{Decided, fields_of};
use crate::conflict::{ConflictSeen, UnitSeen};
use crate::history::NOW;
use crate::judge::{Judged, No};
use crate::offer::Member;
use crate::said::{Author, Ruling, Settled, SettledState};
use crate::server::Reference;
use crate::state::State;

impl<'s> Reference<'s> {
    /// Settles a conflict, or says why not.
    pub(crate) fn resolve(&mut self, by: &Member, op: &Op, resolution: &Resolution) -> Result<Ruling, No> {
        let conflict = resolution.conflict;
        let seen = self.history.conflict(conflict, NOW).ok_or(Code::UnknownConflict)?.clone();
        if seen.state != "open" {
            return Err(Code::AlreadyResolved.into());
        }
        let person = self.author(by);
        if !seen.units.iter().all(|unit| self.may_decide(&person, unit)) {
            return Err(Code::NoPermission.into());
        }
        let waiting = self.history.chains().remove(&conflict).unwrap_or_default();
        self.work_out(conflict, &waiting);
        let seen = self.history.conflict(conflict, NOW).ok_or(Code::UnknownConflict)?.clone();
        // A pair of a history that was lost is another one here.
        let told = self.history.events.last().and_then(|event| event.op.as_ref()).map(|op| op.seen);
        let pair = told.map(|told| self.counted(Cursor { version: resolution.pair, ..told }));
        if (Some(seen.pair), resolution.pair) != (pair, seen.pair)
            || !seen.units.iter().all(|unit| is_decided(resolution, unit))
        {
            return Err(Code::MovedOn.into());
        }
        let decided = self.decided(by, &seen, resolution, op.schema)?;
        let chain = self.history.chains().remove(&conflict).unwrap_or_default();
        self.close(conflict, "settled", &seen);
        let head = chain.iter().copied().find(|n| self.history.events[*n].op_id == conflict);
        let head = head.expect("BUG: an open conflict of no op");
        match self.play_again(head, &decided) {
            Ok(clashes) if clashes.is_empty() => {}
            _ => return Err(Code::MovedOn.into()),
        }
        self.settled(head, op.op_id, SettledState::Committed, None, None);
        self.follow(chain.into_iter().filter(|n| *n != head), &decided, op.op_id);
        Ok(Ruling::Committed)
    }

    fn decided(
        &self,
        by: &Member,
        seen: &ConflictSeen,
        resolution: &Resolution,
        under: u32,
    ) -> Result<Vec<Decided>, Code> {
        let mut decided: Vec<Decided> = Vec::new();
        for choice in &resolution.choices {
            let of_unit =
                |unit: &&UnitSeen| unit.of == choice.of && unit.id == choice.id && unit.unit == choice.unit;
            let listed = seen.units.iter().find(of_unit);
            // It was one text, and only some of its parts are asked about now.
            let version = self.history.schema.version;
            let part = |unit: &String| self.history.is_part(under, version, &choice.of, unit);
            if listed.is_none() && choice.unit.as_ref().is_some_and(part) {
                continue;
            }
            let unit = listed.ok_or(Code::WrongValue)?;
            let again = |it: &Decided| it.of == choice.of && it.id == choice.id && it.unit == choice.unit;
            if decided.iter().any(again) || !self.fits(unit, &choice.take) {
                return Err(Code::WrongValue);
            }
            let of_forgotten = self.history.is_forgotten((&unit.of, unit.id)) && unit.unit.is_none();
            if of_forgotten && choice.take != Take::Theirs {
                return Err(Code::Gone);
            }
            let counted = match (unit.kind, &unit.unit, &unit.theirs) {
                ("count", Some(field), Some(theirs)) => theirs.get(field).cloned(),
                _ => None,
            };
            decided.push(Decided {
                of: choice.of.clone(),
                id: choice.id,
                unit: choice.unit.clone(),
                kind: unit.kind,
                take: choice.take.clone(),
                by: Author { version: self.history.head(), device: by.device },
                counted,
            });
        }
        Ok(decided)
    }

    /// Whether a choice is one that the unit can take.
    fn fits(&self, unit: &UnitSeen, take: &Take) -> bool {
        let Take::Value(fields) = take else { return true };
        let ty = self.history.schema.find(&unit.of).expect("BUG: a unit of no type");
        let Some(name) = &unit.unit else { return false };
        let members = fields_of(ty, name);
        let fits = |(name, json): &(String, Json)| {
            let field = ty.fields.iter().find(|field| field.name == *name);
            let value = field.and_then(|field| Some((field, Value::read(field, json).ok()?)));
            value.is_some_and(|(field, value)| {
                let may_be_empty = !field.required && unit.kind != "count";
                let refers = crate::asked::reference(field, &value);
                (value != Value::Null || may_be_empty)
                    && refers.is_none_or(|(to, id)| self.history.exists(to, id, NOW))
            })
        };
        fields.0.len() == members.len()
            && fields.0.iter().all(|(name, _)| members.contains(&name.as_str()))
            && fields.0.iter().all(fits)
    }

    /// Gives an op up that was refused or waits.
    pub(crate) fn discard(&mut self, by: &Member, op: &Op, target: OpId) -> Result<Ruling, No> {
        let own = self.history.head();
        let known = |n: &usize| {
            let event = &self.history.events[*n];
            event.op_id == target && event.version < own
        };
        let mut known: Vec<usize> = (0..self.history.events.len()).filter(known).collect();
        // An id that was used again with other bytes names the first.
        known.sort_by_key(|n| self.history.events[*n].ruling == altered());
        let target = *known.first().ok_or(Code::UnknownOp)?;
        if self.history.events[target].user != by.user && self.author(by).role != "owner" {
            return Err(Code::NoPermission.into());
        }
        match self.history.state(&self.history.events[target]) {
            State::Refused { .. } => self.settled(target, op.op_id, SettledState::Discarded, None, None),
            State::Held { .. } => self.drop(target, op.op_id, SettledState::Discarded),
            _ => return Err(Code::NotHeld.into()),
        }
        Ok(Ruling::Committed)
    }

    /// Ends the waiting of an op without doing it.
    pub(crate) fn drop(&mut self, target: usize, by: OpId, state: SettledState) {
        let op_id = self.history.events[target].op_id;
        let chain = self.history.chains().remove(&op_id).unwrap_or_default();
        self.settled(target, by, state, None, None);
        if chain.contains(&target) {
            // What waits for something lost is no conflict.
            if let Some(seen) = self.history.conflict(op_id, NOW).cloned() {
                let name = if state == SettledState::Withdrawn { "withdrawn" } else { "discarded" };
                self.close(op_id, name, &seen);
            }
            self.follow(chain.into_iter().filter(|n| *n != target), &[], by);
        }
    }

    fn close(&mut self, conflict: OpId, state: &str, seen: &ConflictSeen) {
        self.write_conflict(conflict, ConflictSeen { state: state.to_owned(), held: 0, ..seen.clone() });
    }

    /// Judges the ops that waited with another, each by its own base; what was decided is closed to them (rule 9).
    pub(crate) fn follow(&mut self, dependents: impl Iterator<Item = usize>, decided: &[Decided], by: OpId) {
        for n in dependents {
            let marks = self.marks();
            let judged = match self.may_after_all(n) {
                Ok(()) => self.judge_changes(n, decided, None),
                Err(code) => Err(code.into()),
            };
            match judged {
                Ok(Judged::Done) => self.settled(n, by, SettledState::Committed, None, None),
                Ok(Judged::Clashes(clashes)) => {
                    self.back_to(&marks);
                    let op_id = self.history.events[n].op_id;
                    self.opened(op_id, clashes);
                    self.settled(n, by, SettledState::Conflicted, None, Some(op_id));
                }
                Ok(Judged::Lost) => {
                    let op_id = self.history.events[n].op_id;
                    self.settled(n, by, SettledState::Conflicted, None, Some(op_id));
                }
                Ok(Judged::Waits(waits)) => {
                    self.settled(n, by, SettledState::Conflicted, None, Some(waits.conflict));
                }
                Err(No(code, _)) => {
                    self.back_to(&marks);
                    self.settled(n, by, SettledState::Rejected, Some(code), None);
                }
            }
        }
    }

    /// Writes down what became of an earlier op.
    pub(crate) fn settled(
        &mut self,
        n: usize,
        by: OpId,
        state: SettledState,
        code: Option<Code>,
        conflict: Option<OpId>,
    ) {
        let (version, event) = (self.history.head(), &self.history.events[n]);
        let (op_id, (device, seq)) = (event.op_id, event.place());
        let line = Settled { op_id, seq, device, version, state, by, code, conflict };
        self.history.events.last_mut().expect("BUG: settled in no event").settled.push(line);
    }
}

fn is_decided(resolution: &Resolution, unit: &UnitSeen) -> bool {
    let same = |choice: &fieldbook_model::op::Choice| {
        choice.of == unit.of && choice.id == unit.id && choice.unit == unit.unit
    };
    resolution.choices.iter().any(same)
}

fn altered() -> Ruling {
    Ruling::Rejected { code: Code::OpAltered, depends_on: None }
}
