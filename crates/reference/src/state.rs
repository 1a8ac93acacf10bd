//! What has become of each op by now: its verdict, and then what later ops made of it. Read from the list.

use std::collections::BTreeMap;

use fieldbook_model::op::About;
use fieldbook_model::{Code, DeviceId, OpId, Seq, Version};

use crate::conflict::ConflictSeen;
use crate::history::{Event, History};
use crate::said::{Part, Ruling, Settled, SettledState};

/// What has become of an op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Done.
    Committed {
        /// Where.
        at: Version,
    },
    /// Refused.
    Refused {
        /// Where.
        at: Version,
        /// Why.
        code: Code,
    },
    /// The same act as another.
    Duplicate,
    /// It waits.
    Held {
        /// In this conflict.
        conflict: OpId,
    },
    /// Given up.
    Discarded,
    /// Taken back while it waited.
    Withdrawn,
    /// Another was sent in its place.
    Replaced,
}

impl State {
    fn ruled(event: &Event<'_>) -> Self {
        let at = event.version;
        match event.ruling {
            Ruling::Committed => Self::Committed { at },
            Ruling::Rejected { code, .. } => Self::Refused { at, code },
            Ruling::DuplicateOf { .. } => Self::Duplicate,
            Ruling::Conflicted { conflict, .. } => Self::Held { conflict },
        }
    }

    fn settled(line: &Settled) -> Self {
        let at = line.version;
        match line.state {
            SettledState::Committed => Self::Committed { at },
            SettledState::Rejected => {
                Self::Refused { at, code: line.code.expect("BUG: a refusal without a code") }
            }
            SettledState::Conflicted => {
                Self::Held { conflict: line.conflict.expect("BUG: held in no conflict") }
            }
            SettledState::Discarded => Self::Discarded,
            SettledState::Withdrawn => Self::Withdrawn,
            SettledState::Replaced => Self::Replaced,
        }
    }
}

/// The states of all ops, by their places in their logs.
pub type States = BTreeMap<(DeviceId, Seq), State>;

impl<'s> History<'s> {
    /// What has become of each op.
    pub fn states(&self) -> States {
        let mut states = BTreeMap::new();
        for event in &self.events {
            states.insert(event.place(), State::ruled(event));
            for line in &event.settled {
                states.insert((line.device, line.seq), State::settled(line));
            }
        }
        states
    }

    /// What has become of one op.
    pub fn state(&self, event: &Event<'_>) -> State {
        self.states()[&event.place()]
    }

    /// A conflict as it was at a version.
    pub fn conflict(&self, id: OpId, until: Version) -> Option<&ConflictSeen> {
        let events = self.events.iter().filter(|event| event.version <= until);
        let mut told = events.rev().flat_map(|event| event.conflicts.iter().rev());
        told.find(|(conflict, _)| *conflict == id).map(|(_, seen)| seen)
    }

    /// The ops that wait in each conflict, in the order of their versions.
    pub fn chains(&self) -> BTreeMap<OpId, Vec<usize>> {
        let states = self.states();
        let mut chains: BTreeMap<OpId, Vec<usize>> = BTreeMap::new();
        for (n, event) in self.events.iter().enumerate() {
            if let State::Held { conflict } = states[&event.place()] {
                chains.entry(conflict).or_default().push(n);
            }
        }
        chains
    }

    /// Where an op was done, and its parts; nothing where it was not.
    pub fn did(&self, op: &Event<'s>) -> Option<(Version, Vec<Part<'s>>)> {
        let State::Committed { at } = self.state(op) else { return None };
        let event = self.events.iter().find(|event| event.version == at).expect("BUG: done nowhere");
        let held = (at != op.version).then_some(op.op_id);
        let own = event.parts.iter().filter(|part| part.held == held);
        Some((at, own.cloned().collect()))
    }

    /// Whether an op is taken back: the last of its undos, of their undos and so on decides. `but` is not asked.
    pub fn is_taken_back(&self, op: &Event<'s>, but: OpId) -> bool {
        let own = self.events.iter().filter(|event| event.device == op.device);
        let others = own.filter(|event| event.op_id != but && event.version > op.version);
        let steps = others.filter_map(|event| Some((self.done_at(event)?, self.steps(event, op)?)));
        steps.max().is_some_and(|(_, steps)| steps % 2 == 1)
    }

    /// How many undos lie between an undo and an op that it takes back or does again; nothing where it does neither.
    fn steps(&self, undo: &Event<'s>, op: &Event<'s>) -> Option<u32> {
        let Some(About::Undoes(target)) = undo.op.as_ref()?.payload.about else { return None };
        if target == op.op_id {
            return Some(1);
        }
        let below = self.events.iter().find(|it| it.device == op.device && it.op_id == target);
        let below = below.filter(|it| it.version < undo.version && self.done_at(it).is_some())?;
        Some(1 + self.steps(below, op)?)
    }

    fn done_at(&self, event: &Event<'s>) -> Option<Version> {
        match self.state(event) {
            State::Committed { at } => Some(at),
            _ => None,
        }
    }
}
