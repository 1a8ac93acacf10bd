//! Which earlier op of its log an op builds upon without knowing what became of it: one that was refused, or one
//! that waits.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::op::About;
use fieldbook_model::{Change, Code, Cursor, Op, OpId, RecordId, Version};

use crate::asked::{self, Asked, Verb, has_changes};
use crate::history::{Event, NOW};
use crate::server::Reference;
use crate::state::State;

type Name = (String, RecordId);

/// What an op waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits {
    /// In this conflict.
    pub conflict: OpId,
    /// Because it depends on this op.
    pub depends_on: OpId,
}

impl<'s> Reference<'s> {
    /// The changes of an op as the schema reads them, with the ids in force.
    pub(crate) fn read(&self, op: &Op) -> Result<Vec<Asked<'s>>, Code> {
        let mut written: BTreeSet<(&str, RecordId, &str)> = BTreeSet::new();
        let read = |change: &Change| {
            let mut asked = asked::read(self.history.schema, change)?;
            asked.base = self.counted(Cursor { version: asked.base, ..op.seen });
            asked.rename(|of, id| self.history.in_force(of, id, NOW));
            let own = |of: &str, id, field: &str, base| {
                written.contains(&(of, id, field))
                    || self.history.has_written(op.device_id, (of, id), field, base)
            };
            self.history.leave_untouched(op, self.history.schema.version, &mut asked, own);
            written.extend(asked.written().map(|field| (asked.ty.name.as_str(), asked.id, field)));
            Ok(asked)
        };
        op.payload.changes.iter().map(read).collect()
    }

    fn unseen_op(&self, op: &Op, version: Version) -> bool {
        self.counted(op.seen) < version
    }

    /// The refused op of this log that an op builds upon without knowing of the refusal (decision 0004): it
    /// changes a record that the refused op changed, or uses one that it would have made. An addition to a
    /// record that exists builds on nothing; neither does an insert of a record that exists. `replaced` is the
    /// refused op that this one is sent in the place of.
    pub(crate) fn builds_on_refused(
        &self,
        event: &Event<'s>,
        asks: &[Asked<'s>],
        replaced: Option<OpId>,
    ) -> Option<OpId> {
        let op = event.op.as_ref().expect("BUG: an op that cannot be read builds on nothing");
        let states = self.history.states();
        let parked = |other: &&Event<'s>| {
            self.history.shares(event.device, other.device, other.seq) && other.version < event.version
        };
        let mut refused: Vec<_> = Vec::new();
        for other in self.history.events.iter().filter(parked) {
            if let State::Refused { at, .. } = states[&other.place()]
                && replaced != Some(other.op_id)
            {
                refused.push((at, other));
            }
        }
        refused.sort_by_key(|(at, _)| *at);
        asks.iter().find_map(|asked| {
            let of = asked.ty.name.as_str();
            let is_insert = matches!(asked.verb, Verb::Insert(_));
            let own = self.refused(&refused, op, of, asked.id);
            if let Some((refused, would_be_made)) = own
                && (would_be_made || !(asked.only_adds() || is_insert))
            {
                return Some(refused);
            }
            let used = asked.references().into_iter();
            let mut used = used.filter_map(|(to, id)| self.refused(&refused, op, to, id));
            used.find(|(_, would_be_made)| *would_be_made).map(|(refused, _)| refused)
        })
    }

    /// The last refused op that touched a record, if this op does not know of it; and whether the record would
    /// have been made by a refused op.
    fn refused(
        &self,
        refused: &[(Version, &Event<'s>)],
        op: &Op,
        of: &str,
        id: RecordId,
    ) -> Option<(OpId, bool)> {
        let touched = |(_, event): &&(Version, &Event<'_>)| {
            event.op.as_ref().is_some_and(|op| self.touches(op, event.version, of, id))
        };
        let (at, last) = refused.iter().rfind(touched)?;
        let inserts = |(_, event): &(Version, &Event<'_>)| {
            let op = event.op.as_ref();
            op.is_some_and(|op| op.payload.changes.iter().any(|change| inserts(change, of, id)))
        };
        let until_then = refused.iter().filter(|(other, _)| other <= at);
        let made = until_then.filter(touched).any(inserts) && !self.history.exists(of, id, *at);
        self.unseen_op(op, *at).then_some((last.op_id, made))
    }

    /// Whether an op changes a record, by the names that were in force when it came.
    fn touches(&self, op: &Op, then: Version, of: &str, id: RecordId) -> bool {
        op.payload.changes.iter().any(|change| match change {
            Change::Insert { .. } => inserts(change, of, id),
            _ => change.of() == of && self.history.in_force(of, change.id(), then) == id,
        })
    }

    /// The op that waits and that an op depends upon without knowing; the last of them if there are several.
    pub(crate) fn waits_for(&self, event: &Event<'s>, asks: &[Asked<'s>]) -> Option<Waits> {
        let op = event.op.as_ref().expect("BUG: an op that cannot be read waits for nothing");
        let (states, made) = (self.history.states(), self.would_make(event));
        let earlier = |other: &&Event<'s>| {
            self.history.shares(event.device, other.device, other.seq) && other.version < event.version
        };
        let mut earlier = self.history.events.iter().rev().filter(earlier);
        earlier.find_map(|other| {
            if !self.unseen_op(op, other.version) {
                return None;
            }
            match states[&other.place()] {
                State::Held { conflict } if self.depends_on_held(asks, other, &made[&other.version]) => {
                    Some(Waits { conflict, depends_on: other.op_id })
                }
                State::Refused { code: Code::MovedOn, .. } => {
                    let conflict = self.depends_on_ghost(asks, other)?;
                    Some(Waits { conflict, depends_on: other.op_id })
                }
                _ => None,
            }
        })
    }

    fn depends_on_held(&self, asks: &[Asked<'s>], held: &Event<'s>, made: &BTreeSet<Name>) -> bool {
        let changed = self.would_change(held);
        asks.iter().any(|asked| {
            let own = (asked.ty.name.clone(), asked.id);
            let is_insert = matches!(asked.verb, Verb::Insert(_));
            made.contains(&own)
                || (changed.contains(&own) && !asked.only_adds() && !is_insert)
                || names(asked).iter().any(|name| made.contains(name))
        })
    }

    /// The records that each held op before an op of its log would make; and those of earlier held ops that it
    /// changes.
    fn would_make(&self, until: &Event<'s>) -> BTreeMap<Version, BTreeSet<Name>> {
        let states = self.history.states();
        let mut all: BTreeMap<Version, BTreeSet<Name>> = BTreeMap::new();
        let earlier = |it: &&Event<'s>| {
            self.history.shares(until.device, it.device, it.seq) && it.version < until.version
        };
        for held in self.history.events.iter().filter(earlier) {
            let op = held.op.as_ref().filter(|op| has_changes(op));
            let asks = op.map(|op| self.read(op).unwrap_or_default()).unwrap_or_default();
            let mut made = BTreeSet::new();
            for asked in &asks {
                let own = (asked.ty.name.clone(), asked.id);
                let is_insert = matches!(asked.verb, Verb::Insert(_));
                let passed_on = |name: &Name| {
                    let mut before =
                        all.iter().filter(|(at, _)| op.is_some_and(|op| self.unseen_op(op, **at)));
                    before.any(|(_, made)| made.contains(name))
                };
                if is_insert || passed_on(&own) {
                    made.insert(own);
                }
            }
            made.retain(|(of, id)| !self.history.exists(of, *id, NOW));
            if matches!(states[&held.place()], State::Held { .. }) {
                all.insert(held.version, made);
            }
        }
        all
    }

    /// The records that a held op would change or make.
    pub(crate) fn would_change(&self, held: &Event<'s>) -> BTreeSet<Name> {
        match &held.op {
            Some(op) if has_changes(op) => {
                let asks = self.read(op).unwrap_or_default();
                asks.into_iter().map(|asked| (asked.ty.name.clone(), asked.id)).collect()
            }
            _ => held.tried.iter().map(|(of, id)| ((*of).to_owned(), *id)).collect(),
        }
    }

    /// The conflict with which an op waits that was built upon a resolution of it that came too late (rule 47).
    fn depends_on_ghost(&self, asks: &[Asked<'s>], ghost: &Event<'s>) -> Option<OpId> {
        let about = ghost.op.as_ref().and_then(|op| op.payload.about.as_ref());
        let Some(About::Resolves(resolution)) = about else { return None };
        let conflict = self.history.conflict(resolution.conflict, NOW).filter(|seen| seen.state == "open")?;
        let of_conflict = |asked: &&Asked<'s>| {
            conflict.units.iter().any(|unit| unit.of == asked.ty.name && unit.id == asked.id)
        };
        let mut edits = asks.iter().filter(|asked| !asked.only_adds());
        edits.find(of_conflict).map(|_| resolution.conflict)
    }
}

fn names(asked: &Asked<'_>) -> Vec<Name> {
    asked.references().into_iter().map(|(to, id)| (to.to_owned(), id)).collect()
}

fn inserts(change: &Change, of: &str, id: RecordId) -> bool {
    matches!(change, Change::Insert { .. }) && change.of() == of && change.id() == id
}
