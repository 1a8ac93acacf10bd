//! Ops about other ops than by a decision: undo, discard, and sending again what was refused.

use fieldbook_merge::{Checked, Edit, Verb, read};
use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{REDO, UNDO};
use fieldbook_model::{Code, Op, OpId, Refusal, Role};
use fieldbook_protocol::{SettledState, Settlement};

use crate::case::Case;
use crate::stop::Stop;
use crate::view::{Past, PastState, View};

/// How a held op ends without a decision.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Withdrawn,
    Discarded,
}

impl Ending {
    fn state(self) -> SettledState {
        match self {
            Self::Withdrawn => SettledState::Withdrawn,
            Self::Discarded => SettledState::Discarded,
        }
    }
    fn word(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Discarded => "discarded",
        }
    }
}

fn is_about_people(op: &Op) -> bool {
    matches!(op.payload.about, Some(About::Member(_) | About::Grant(_) | About::Closes(_)))
}

impl<V: View> Case<'_, V> {
    /// Takes an op of the same log back. Whether a clash is left is the caller's to see.
    pub(crate) fn undo(&mut self, target: OpId) -> Result<Vec<Checked>, Stop<V::Error>> {
        let past = self.desk.view.past(target).map_err(Stop::Fail)?;
        let kin = self.desk.view.kin(self.log.line).map_err(Stop::Fail)?;
        let own = past.as_ref().is_some_and(|past| kin.owns_op(past.line, past.seq));
        let offered = match own {
            true => Vec::new(),
            false => self.desk.view.places(target).map_err(Stop::Fail)?,
        };
        let copied = offered.into_iter().any(|(line, seq)| kin.owns_op(line, seq));
        let past = past.filter(|_| own || copied);
        let past =
            past.ok_or_else(|| Refusal::new(Code::UnknownOp, "There is no such action of this device."))?;
        self.way_back(&past)?;
        if past.op.as_ref().is_some_and(is_about_people) {
            let words = "A role or grant is taken back by giving the one before.";
            return Err(Refusal::new(Code::NotUndoable, words).into());
        }
        match past.state {
            // What another copy had sent counts as that one's: to this log it was a duplicate, which did nothing (rule 23).
            _ if !own => Ok(Vec::new()),
            PastState::Committed => self.asked(self.op, self.log.line),
            PastState::Rejected if planted(Defect::UndoOfNothingCounts) => self.taken_at_its_word(&past),
            PastState::Rejected | PastState::Duplicate | PastState::Dropped => Ok(Vec::new()),
            PastState::Held(_) if planted(Defect::UndoLeavesHeld) => Ok(Vec::new()),
            PastState::Held(conflict) => {
                self.withdraw(&past, target, conflict, Ending::Withdrawn).map_err(Stop::Fail)?;
                Ok(Vec::new())
            }
        }
    }

    /// The action of an undo is the one that the target's action names, else plain undo or redo.
    fn way_back(&self, past: &Past) -> Result<(), Refusal> {
        let action = past.op.as_ref().and_then(|op| self.workspace().schema.action(&op.action));
        let named = action.and_then(|action| action.undo.as_deref());
        let own = self.op.action.as_str();
        let fits = match named {
            Some(named) => own == named,
            None => [UNDO, REDO].contains(&own),
        };
        match fits {
            true => Ok(()),
            false => {
                let way = named.unwrap_or(UNDO);
                let words = format!("This is taken back by {way}, not by {own}.");
                Err(Refusal::new(Code::UnknownAction, words))
            }
        }
    }

    /// What rule 11 forbids, for the test that has to notice it: the inverse of what an op says, not of what it did.
    fn taken_at_its_word(&mut self, past: &Past) -> Result<Vec<Checked>, Stop<V::Error>> {
        let mut inverse = Vec::new();
        for change in past.op.iter().flat_map(|op| &op.payload.changes) {
            let mut checked = read::read(self.workspace().schema, change)?;
            if let Verb::Update(edits) = &mut checked.verb {
                edits.retain(|(_, edit)| matches!(edit, Edit::Add(_)));
                for (_, edit) in edits.iter_mut() {
                    if let Edit::Add(number) = edit {
                        *number = -*number;
                    }
                }
                inverse.push(checked);
            }
        }
        Ok(inverse)
    }

    /// Gives up an op that was refused or is held.
    pub(crate) fn discard(&mut self, target: OpId) -> Result<(), Stop<V::Error>> {
        let past = self.desk.view.past(target).map_err(Stop::Fail)?;
        let past = past.ok_or_else(|| Refusal::new(Code::UnknownOp, "There is no such action."))?;
        let user = self.workspace().principal.user;
        let author = self.desk.view.author(past.line).map_err(Stop::Fail)?;
        if author.user != user && self.rights.role != Role::Owner {
            let words = "Only whoever did this, or an owner, may discard it.";
            return Err(Refusal::new(Code::NoPermission, words).into());
        }
        match past.state {
            PastState::Rejected => {
                self.tell(&past, target, SettledState::Discarded);
                self.draft.unparked.push(target);
                Ok(())
            }
            PastState::Held(conflict) => {
                self.withdraw(&past, target, conflict, Ending::Discarded).map_err(Stop::Fail)
            }
            _ => {
                let words = "Only what was refused or waits in a conflict can be discarded; what happened can be undone.";
                Err(Refusal::new(Code::NotHeld, words).into())
            }
        }
    }

    /// Sends another op in the place of one that was refused. The refused one is told when this one is not.
    pub(crate) fn replace(&mut self, target: OpId) -> Result<(OpId, Past), Stop<V::Error>> {
        let past = self.desk.view.past(target).map_err(Stop::Fail)?;
        let kin = self.desk.view.kin(self.log.line).map_err(Stop::Fail)?;
        let own = |past: &Past| kin.owns_op(past.line, past.seq) && past.state == PastState::Rejected;
        let past = past.filter(own);
        let words = "Only an action of this device that was refused can be sent again.";
        let past = past.ok_or_else(|| Refusal::new(Code::NotHeld, words))?;
        self.draft.unparked.push(target);
        Ok((target, past))
    }

    /// Tells the device of an op of the past what became of it.
    pub(crate) fn tell(&mut self, past: &Past, op_id: OpId, state: SettledState) {
        let (version, by) = (self.next(), self.op.op_id);
        let settlement = Settlement {
            seq: past.seq,
            op_id,
            version,
            state,
            by,
            conflict: None,
            refusal: None,
            partly: false,
        };
        self.settle(past.line, settlement);
    }

    /// Drops a held op; with the first of a conflict the conflict ends.
    fn withdraw(
        &mut self,
        past: &Past,
        target: OpId,
        conflict: OpId,
        ending: Ending,
    ) -> Result<(), V::Error> {
        self.tell(past, target, ending.state());
        self.draft.released.insert(target);
        if let Some(op) = &past.op {
            self.free(op);
            let by = self.desk.view.author(past.line)?.name;
            self.gaps(op, &by, ending.word())?;
        }
        if target != conflict {
            self.draft.stale.insert(conflict);
            return Ok(());
        }
        let mut chain = self.waiting_in(conflict)?;
        self.draft.released.extend(chain.iter().map(|held| held.op.op_id));
        chain.retain(|held| !held.ghost && held.op.op_id != target);
        if let Some(row) = self.conflict(conflict)? {
            self.close(conflict, row, ending.word(), None)?;
        }
        self.dependents(&chain, None)
    }
}
