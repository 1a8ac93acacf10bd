//! What follows from settling a conflict, however it was settled: its record is closed, and the ops that depended on
//! the held one are judged anew, in their order.

use fieldbook_merge::{Line, Ruling, Stamp, Unit};
use fieldbook_model::op::About;
use fieldbook_model::{Op, OpId, Refusal, Value};
use fieldbook_protocol::SettledState;

use crate::apply::took_hold_partly;
use crate::case::{Case, named_key};
use crate::conflict::Conflict;
use crate::depend::{Basis, LogPlace};
use crate::desk::{Decided, Made, Place};
use crate::stop::Stop;
use crate::view::{HeldOp, PastState, Toggle, View};

impl<V: View> Case<'_, V> {
    /// Takes in what an op really did.
    pub(crate) fn happened(&mut self, op: &Op, line: Line, made: Made) -> Result<(), V::Error> {
        let by = self.desk.view.author(line)?.name;
        self.renumber(op, &by, &made.effects)?;
        if let Some(About::Undoes(target)) = op.payload.about
            && let Some((of, back)) = self.takes_back(op.op_id, target)?
        {
            self.draft.toggled.push((of, Toggle { by: op.op_id, back }));
        }
        self.draft.accepted.extend(made.accepted);
        self.draft.effects.extend(made.effects);
        Ok(())
    }

    /// What an undo or redo takes back or does again: the op that a person did, and whether it is taken back by it. Nothing
    /// where it takes nothing back: what is undone already, and an undo after which there was another.
    pub(crate) fn takes_back(&mut self, undo: OpId, target: OpId) -> Result<Option<(OpId, bool)>, V::Error> {
        let (mut of, mut steps) = (target, 0);
        loop {
            let past = self.desk.view.past(of)?.filter(|past| past.state == PastState::Committed);
            let Some(past) = past else { return Ok(None) };
            if let Some(About::Undoes(below)) = past.op.and_then(|op| op.payload.about) {
                (of, steps) = (below, steps + 1);
                continue;
            }
            // What the op at hand has done already counts, too.
            let drafted = self.draft.toggled.iter().rev().find(|(op, _)| *op == of);
            let toggled = drafted.map(|(_, toggle)| *toggle).or(past.toggled);
            let last = toggled.filter(|last| last.by != undo);
            let own = toggled.is_some() && last.is_none();
            let stands = match steps {
                0 => last.is_none_or(|last| !last.back),
                _ => last.is_some_and(|last| last.by == target),
            };
            return Ok((own || stands).then_some((of, steps % 2 == 0)));
        }
    }

    /// Closes the record of a conflict.
    pub(crate) fn close(
        &mut self,
        id: OpId,
        conflict: Conflict,
        state: &str,
        choice: Option<String>,
    ) -> Result<(), V::Error> {
        let workspace = self.workspace();
        let closed = Conflict {
            state: state.to_owned(),
            held: 0,
            choice,
            settled_by: Some(workspace.principal.name.clone()),
            settled_at: Some(workspace.now),
            ..conflict
        };
        self.write_conflict(id, &closed)
    }

    /// Judges the dependents of a settled op, in the order in which they came. All of them are released already.
    pub(crate) fn dependents(
        &mut self,
        dependents: &[HeldOp],
        mut decided: Option<(Stamp, Decided)>,
    ) -> Result<(), V::Error> {
        for held in dependents {
            if let Some((_, decided)) = &mut decided {
                self.recount(decided, held)?;
            }
            self.dependent(held, decided.as_ref().map(|(by, decided)| (*by, decided)))?;
        }
        Ok(())
    }

    /// What an op found where it counts: what was in force when it was held, with what its chain adds by now.
    fn recount(&mut self, decided: &mut Decided, held: &HeldOp) -> Result<(), V::Error> {
        for ((of, id, unit), ruling) in decided {
            let (Unit::Field(field), Ruling::Counted(over)) = (*unit, ruling) else { continue };
            let then = self.desk.view.row_at(*of, *id, held.version)?;
            let then = then.map_or(0, |row| scaled(&row[field]));
            let own =
                self.draft.effects.iter().filter(|effect| (effect.change.of, effect.change.id) == (*of, *id));
            let units = own.flat_map(|effect| &effect.units);
            let units = units.filter(|unit| unit.field == field && unit.outcome.took_hold());
            *over = then + units.map(|unit| scaled(&unit.after) - scaled(&unit.before)).sum::<i64>();
        }
        Ok(())
    }

    pub(crate) fn dependent(
        &mut self,
        held: &HeldOp,
        decided: Option<(Stamp, &Decided)>,
    ) -> Result<(), V::Error> {
        let saved = self.desk.saved();
        match self.judged_anew(held, decided) {
            Ok(()) => Ok(()),
            Err(Stop::Fail(error)) => Err(error),
            Err(Stop::Reject(rejection)) => {
                self.desk.restore(saved);
                self.refused_after_all(held, rejection.refusal)
            }
        }
    }

    fn judged_anew(
        &mut self,
        held: &HeldOp,
        decided: Option<(Stamp, &Decided)>,
    ) -> Result<(), Stop<V::Error>> {
        let asked = self.asked(&held.op, held.line)?;
        let lacks = self.lacks(&held.op, &asked).map_err(Stop::Fail)?;
        if held.lost && lacks.is_empty() {
            let rights = self.rights_then(held).map_err(Stop::Fail)?;
            self.permitted_to(&rights, &held.op.action, &asked)?;
        }
        let uses = self.uses(&asked);
        let place = LogPlace { line: held.line, before: held.op.seq, seen: held.op.seen };
        self.upon_refused(&place, &uses)?;
        let basis = self.upon_held(held.line, held.op.seen, held.version, &uses).map_err(Stop::Fail)?;
        if let Some(Basis { conflict, .. }) = basis {
            return self.waits_on(held, conflict, &uses, lacks).map_err(Stop::Fail);
        }
        if !lacks.is_empty() {
            return self.waits_on(held, held.op.op_id, &uses, lacks).map_err(Stop::Fail);
        }
        let saved = self.desk.saved();
        let made = self.attempt(held, decided)?;
        if !made.clashes.is_empty() {
            self.desk.restore(saved);
            self.draft.noted.insert(held.op.op_id, made.clashes);
            return self.waits_on(held, held.op.op_id, &uses, Vec::new()).map_err(Stop::Fail);
        }
        let mut settlement = self.settlement(&held.op, SettledState::Committed);
        settlement.partly = took_hold_partly(&made.effects);
        self.settle(held.line, settlement);
        self.happened(&held.op, held.line, made).map_err(Stop::Fail)
    }

    /// It is held still, with another op or in a conflict of its own.
    fn waits_on(
        &mut self,
        held: &HeldOp,
        conflict: OpId,
        uses: &[crate::depend::Use],
        lacks: Vec<Place>,
    ) -> Result<(), V::Error> {
        let mut settlement = self.settlement(&held.op, SettledState::Conflicted);
        settlement.conflict = Some(conflict);
        self.settle(held.line, settlement);
        self.hold_for(held.clone(), conflict, uses, lacks)
    }

    pub(crate) fn refused_after_all(&mut self, held: &HeldOp, refusal: Refusal) -> Result<(), V::Error> {
        let by = self.desk.view.author(held.line)?.name;
        let mut settlement = self.settlement(&held.op, SettledState::Rejected);
        settlement.refusal = Some(refusal);
        self.settle(held.line, settlement);
        self.free(&held.op);
        self.gaps(&held.op, &by, "rejected")?;
        self.park(held.line, &held.op)
    }

    /// The key of an op that is not going to happen is free again (rule 20).
    pub(crate) fn free(&mut self, op: &Op) {
        self.draft.freed.extend(named_key(op).map(str::to_owned));
    }
}

fn scaled(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        Value::Decimal(number) => number.0,
        _ => 0,
    }
}
