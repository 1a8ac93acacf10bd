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

    /// Whether an undo takes anything back: what is undone already, and an undo after which there was another, leave
    /// nothing to take back.
    pub fn takes_back(&self, device: DeviceId, undo: OpId, target: OpId) -> bool {
        let Some((root, steps)) = self.root(device, target) else { return false };
        // A copy of the log may have undone the same.
        let others = self.events.iter().filter(|it| it.op_id != undo);
        let mut undos: Vec<_> = others
            .filter_map(|event| match event.op.as_ref()?.payload.about {
                Some(About::Undoes(target)) => {
                    let (of, steps) = self.root(event.device, target)?;
                    (of == root).then_some((self.done_at(event)?, event.op_id, target, steps))
                }
                _ => None,
            })
            .collect();
        undos.sort_by_key(|(at, ..)| *at);
        let mut last: Option<(OpId, bool)> = None;
        for (_, undo, target, steps) in undos {
            if stands(last, target, steps) {
                last = Some((undo, steps % 2 == 0));
            }
        }
        stands(last, target, steps)
    }

    /// The op that a person did, below an op and those that it undoes, and how many undos lie between.
    fn root(&self, device: DeviceId, op: OpId) -> Option<(OpId, usize)> {
        let event = self.events.iter().find(|it| self.shares(device, it.device, it.seq) && it.op_id == op)?;
        self.done_at(event)?;
        match event.op.as_ref()?.payload.about {
            Some(About::Undoes(below)) => self.root(device, below).map(|(root, steps)| (root, steps + 1)),
            _ => Some((op, 0)),
        }
    }

    fn done_at(&self, event: &Event<'s>) -> Option<Version> {
        match self.state(event) {
            State::Committed { at } => Some(at),
            _ => None,
        }
    }
}

/// Whether there is something of an op to take back: `last` is the last undo or redo that took effect, and whether the op
/// that a person did is taken back by it.
pub(crate) fn stands(last: Option<(OpId, bool)>, target: OpId, steps: usize) -> bool {
    match steps {
        0 => last.is_none_or(|(_, back)| !back),
        _ => last.is_some_and(|(by, _)| by == target),
    }
}
