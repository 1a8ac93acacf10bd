//! Ops that name records which a server lost when it came back from an old backup (rule 6). Whoever made such a record may
//! not have been in touch yet, so its ops wait: nobody decides about them, and nothing waits behind them but what depends
//! on them. They are judged when the record comes, from whichever device; or refused when the owner closes the recovery.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::{Checked, Verb};
use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Code, Epoch, Op, Refusal, Role, Version};

use crate::case::Case;
use crate::desk::Place;
use crate::stop::Stop;
use crate::view::{HeldOp, View};

impl<V: View> Case<'_, V> {
    /// The records that an op names, that are not here and that may have been lost: its author had seen what this
    /// history does not have.
    pub(crate) fn lacks(&mut self, op: &Op, asked: &[Checked]) -> Result<Vec<Place>, V::Error> {
        let acts = matches!(op.payload.about, None | Some(About::Replaces(_)));
        if !acts || !self.workspace().epochs.may_come(op.seen) {
            return Ok(Vec::new());
        }
        if self.draft.closes.is_some_and(|it| op.seen.epoch < it) {
            return Ok(Vec::new());
        }
        let inserts = |change: &&Checked| matches!(change.verb, Verb::Insert(_));
        let made: BTreeSet<Place> =
            asked.iter().filter(inserts).map(|change| (change.of, change.id)).collect();
        let mut named = BTreeSet::new();
        for change in asked {
            named.insert((change.of, change.id));
            let refers = change.verb.references();
            named.extend(refers.filter_map(|(field, id)| Some((self.desk.target(change.of, field)?, id))));
        }
        let mut lacks = Vec::new();
        for (of, id) in named.into_iter().filter(|place| !made.contains(place)) {
            if !self.desk.exists(of, id)? {
                lacks.push((of, id));
            }
        }
        Ok(lacks)
    }

    /// Judges what waited for records that are there now: the earliest first, and again as long as that brings more.
    pub(crate) fn wake(&mut self) -> Result<(), V::Error> {
        if planted(Defect::LostBaseSleeps) {
            return Ok(());
        }
        while let Some(held) = self.awake()? {
            let mut chain = self.waiting_in(held.op.op_id)?;
            self.draft.released.extend(chain.iter().map(|held| held.op.op_id));
            self.unhold(&chain);
            chain.retain(|held| !held.ghost);
            self.dependents(&chain, None)?;
        }
        Ok(())
    }

    /// The first op that waits for nothing any more.
    fn awake(&mut self) -> Result<Option<HeldOp>, V::Error> {
        if !self.desk.view.any_held()? && self.draft.holds.is_empty() {
            return Ok(None);
        }
        let new = self.desk.records.iter().filter(|(_, slot)| slot.fresh && slot.record.is_some());
        let new: Vec<Place> = new.map(|(place, _)| *place).chain(self.desk.aliases.keys().copied()).collect();
        let mut waiting: BTreeMap<Version, HeldOp> = BTreeMap::new();
        for place in new {
            for held in self.desk.view.lost(Some(place))? {
                waiting.insert(held.version, held);
            }
        }
        waiting.retain(|_, held| !self.draft.released.contains(&held.op.op_id));
        waiting.extend(self.lost_since());
        for held in waiting.into_values() {
            let asked = match self.asked(&held.op, held.line) {
                Ok(asked) => asked,
                Err(Stop::Reject(_)) => continue,
                Err(Stop::Fail(error)) => return Err(error),
            };
            if self.lacks(&held.op, &asked)?.is_empty() {
                return Ok(Some(held));
            }
        }
        Ok(None)
    }

    /// The ops that began to wait for a lost record by what is being decided, without the op at hand.
    fn lost_since(&self) -> Vec<(Version, HeldOp)> {
        let (own, holds) = (self.op.op_id, self.draft.holds.iter());
        let heads = holds.filter(|hold| hold.conflict == hold.op && hold.op != own && !hold.lacks.is_empty());
        let held = heads.filter_map(|hold| Some((hold.version, self.draft.waiting.get(&hold.op)?.clone())));
        held.collect()
    }

    /// Takes back that ops are held by what is being decided.
    fn unhold(&mut self, chain: &[HeldOp]) {
        let is_of = |op| chain.iter().any(|held| held.op.op_id == op);
        self.draft.holds.retain(|hold| !is_of(hold.op));
        self.draft.waiting.retain(|op, _| !is_of(*op));
    }

    /// Ends the waiting for what was lost with the epochs before one.
    pub(crate) fn close_recovery(&mut self, epoch: Epoch) -> Result<(), Stop<V::Error>> {
        if self.rights.role != Role::Owner {
            let words = "A recovery is closed by: owner.";
            return Err(Refusal::new(Code::NoPermission, words).into());
        }
        if epoch > self.workspace().epochs.now {
            let words = "This closes the recovery of a history that has not ended.";
            return Err(Refusal::new(Code::WrongValue, words).into());
        }
        self.draft.closes = Some(epoch);
        let mut heads = self.desk.view.lost(None).map_err(Stop::Fail)?;
        heads.retain(|held| held.op.seen.epoch < epoch);
        for held in heads {
            self.give_up(&held).map_err(Stop::Fail)?;
        }
        self.lost_gaps().map_err(Stop::Fail)?;
        Ok(())
    }

    fn give_up(&mut self, held: &HeldOp) -> Result<(), V::Error> {
        let chain = self.waiting_in(held.op.op_id)?;
        self.draft.released.extend(chain.iter().map(|held| held.op.op_id));
        let words = "This builds on a record that the server lost, and that did not come back before the recovery was closed.";
        self.refused_after_all(held, Refusal::new(Code::UnknownRecord, words))?;
        let rest: Vec<HeldOp> =
            chain.into_iter().filter(|it| !it.ghost && it.op.op_id != held.op.op_id).collect();
        self.dependents(&rest, None)
    }
}
