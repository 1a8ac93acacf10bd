//! The verdict about an op, when it takes its place and again when it is settled.

use fieldbook_model::op::About;
use fieldbook_model::schema::{
    DISCARD, EDIT, MEMBER_GRANT, MEMBER_ROLE, RECOVERY_CLOSE, REDO, RESOLVE, UNDO,
};
use fieldbook_model::{Code, Op, OpId};

use crate::asked::{Asked, has_changes};
use crate::clash::{Clash, Decided};
use crate::depends::Waits;
use crate::history::{Key, NOW};
use crate::offer::Member;
use crate::play::{Play, Under};
use crate::said::{Ruling, SettledState};
use crate::server::Reference;
use crate::state::State;

/// Why an op is refused, and upon which refused op it builds if that is why.
pub(crate) struct No(pub Code, pub Option<OpId>);

impl From<Code> for No {
    fn from(code: Code) -> Self {
        Self(code, None)
    }
}

/// What is found about an op that is not refused.
pub(crate) enum Judged<'s> {
    /// It is done.
    Done,
    /// It waits for another.
    Waits(Waits),
    /// It waits for what was lost.
    Lost,
    /// It met somebody else's changes; what it did is there and has to be taken back.
    Clashes(Vec<Clash<'s>>),
}

/// How far the last event had got.
pub(crate) struct Marks(pub(crate) usize, usize, usize);

/// The verdict.
impl<'s> Reference<'s> {
    pub(crate) fn judge(&mut self, by: &Member, op: &Op, bytes: usize) -> Result<Ruling, No> {
        self.admissible(by, op, bytes)?;
        match &op.payload.about {
            None | Some(About::Replaces(_)) => self.judge_act(by, op),
            Some(About::Resolves(resolution)) => self.resolve(by, op, resolution),
            Some(About::Discards(target)) => self.discard(by, op, *target),
            Some(About::Undoes(target)) => self.judge_undo(by, op, *target),
            Some(About::Member(membership)) => Ok(self.member(by, membership)?),
            Some(About::Grant(granting)) => Ok(self.grant(by, granting)?),
            Some(About::Closes(epoch)) => Ok(self.close_recovery(by, op, *epoch)?),
        }
    }

    /// What can be said without looking at a record.
    fn admissible(&self, by: &Member, op: &Op, bytes: usize) -> Result<(), Code> {
        let changes = op.payload.changes.len();
        let checks = [
            (by.workspace != op.workspace_id, Code::WrongIdentity),
            (by.user != op.user_id || by.device != op.device_id, Code::WrongIdentity),
            (!self.acts_somewhere(by), Code::NoPermission),
            (!self.fits_together(op), Code::UnknownAction),
            (bytes > self.limits.op_bytes_max as usize, Code::TooLarge),
            (changes == 0 && has_changes(op), Code::Empty),
            (changes > self.limits.op_changes_max as usize, Code::TooManyChanges),
        ];
        checks.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, code)| Err(code))
    }

    /// Whether the action and what the op is about belong together.
    fn fits_together(&self, op: &Op) -> bool {
        let declared = self.history.schema.action(&op.action).is_some();
        match &op.payload.about {
            Some(About::Resolves(_)) => op.action == RESOLVE,
            Some(About::Discards(_)) => op.action == DISCARD,
            Some(About::Member(_)) => op.action == MEMBER_ROLE,
            Some(About::Grant(_)) => op.action == MEMBER_GRANT,
            Some(About::Closes(_)) => op.action == RECOVERY_CLOSE,
            Some(About::Undoes(_)) => op.action == UNDO || op.action == REDO || declared,
            None | Some(About::Replaces(_)) => op.action == EDIT || declared,
        }
    }

    /// An op with changes.
    fn judge_act(&mut self, by: &Member, op: &Op) -> Result<Ruling, No> {
        if let Some(first) = self.history.first_under(op) {
            if !self.history.same_act(first, op) {
                return Err(Code::KeyReused.into());
            }
            let ids = self.history.same_records(first, op);
            return Ok(Ruling::DuplicateOf { op: first.op_id, ids });
        }
        let replaced = match op.payload.about {
            Some(About::Replaces(target)) => Some(target),
            _ => None,
        };
        let asks = self.read(op)?;
        let own = self.history.events.len() - 1;
        self.history.events[own].lost = self.names_lost(op, &asks);
        if !self.history.events[own].lost {
            self.may_make(&self.author(by), op, &asks)?;
        }
        let ruling = match self.judge_changes(own, &[], replaced)? {
            Judged::Done => Ruling::Committed,
            Judged::Waits(Waits { conflict, depends_on }) => {
                Ruling::Conflicted { conflict, depends_on: Some(depends_on) }
            }
            Judged::Lost => Ruling::Conflicted { conflict: op.op_id, depends_on: None },
            Judged::Clashes(clashes) => self.hold(op, clashes),
        };
        if let Some(target) = replaced {
            let n = self.parked(target).expect("BUG: it was there before");
            self.settled(n, op.op_id, SettledState::Replaced, None, None);
        }
        Ok(ruling)
    }

    /// Takes back what the op did and lets it wait.
    pub(crate) fn hold(&mut self, op: &Op, clashes: Vec<Clash<'s>>) -> Ruling {
        self.back_to(&Marks(0, 0, 0));
        self.opened(op.op_id, clashes);
        Ruling::Conflicted { conflict: op.op_id, depends_on: None }
    }

    pub(crate) fn opened(&mut self, op: OpId, clashes: Vec<Clash<'s>>) {
        let event = self.history.events.last_mut().expect("BUG: held in no event");
        event.opened.push((op, clashes));
    }

    /// All changes are read, then it is asked what the op depends on, then they are made.
    pub(crate) fn judge_changes(
        &mut self,
        n: usize,
        decided: &[Decided],
        replaced: Option<OpId>,
    ) -> Result<Judged<'s>, No> {
        let event = &self.history.events[n];
        let op = event.op.as_ref().expect("BUG: an op that cannot be read is refused");
        let asks = self.read(op)?;
        if replaced.is_some_and(|target| self.parked(target).is_none()) {
            return Err(Code::NotHeld.into());
        }
        if let Some(refused) = self.builds_on_refused(event, &asks, replaced) {
            return Err(No(Code::DependsOnRejected, Some(refused)));
        }
        if let Some(waits) = self.waits_for(event, &asks) {
            return Ok(Judged::Waits(waits));
        }
        if event.lost {
            return Ok(Judged::Lost);
        }
        let clashes = self.play_as(n, decided, Under::Closed)?;
        Ok(if clashes.is_empty() { Judged::Done } else { Judged::Clashes(clashes) })
    }

    /// The refused op of the last event's log that may be sent again.
    fn parked(&self, target: OpId) -> Option<usize> {
        let own = self.history.events.last().expect("BUG: judged without an event");
        let states = self.history.states();
        self.history.events.iter().position(|event| {
            self.history.shares(own.device, event.device, event.seq)
                && event.op_id == target
                && event.version < own.version
                && matches!(states[&event.place()], State::Refused { .. })
        })
    }

    /// Plays the op of an event at the end of the list, with what was decided about it. Gives what clashed.
    pub(crate) fn play_again(&mut self, n: usize, decided: &[Decided]) -> Result<Vec<Clash<'s>>, Code> {
        self.play_as(n, decided, Under::Choice)
    }

    /// The same for an op that others decided about, or that depends on such a one.
    pub(crate) fn play_as(
        &mut self,
        n: usize,
        decided: &[Decided],
        under: Under,
    ) -> Result<Vec<Clash<'s>>, Code> {
        let last = self.history.events.last().expect("BUG: played in no event");
        let event = &self.history.events[n];
        let op = event.op.clone().expect("BUG: an op that cannot be read is refused");
        let mut play = Play {
            line: event.device,
            seen: self.counted(op.seen),
            by: event.by.clone(),
            placed: event.version,
            held: (event.version != last.version).then_some(op.op_id),
            decided,
            under,
            clashes: Vec::new(),
            unmade: Default::default(),
            revived: Vec::new(),
            before: self.history.records(NOW),
            effect: 0,
            deeds_before: last.deeds.len(),
        };
        if under == Under::Choice {
            // "Theirs" about a key: the record is not made.
            let unmade =
                decided.iter().filter(|it| it.unit.is_none() && it.kind == "unique" && !it.is_mine());
            play.unmade = unmade.map(|it| (it.of.clone(), it.id)).collect();
        }
        match op.payload.about {
            Some(About::Undoes(target)) => self.undo(&mut play, &op, target)?,
            _ => {
                for asked in self.read(&op)? {
                    self.make_effect(&mut play, asked)?;
                }
            }
        }
        // Into a place that is gone (rule 45).
        if play.revived.iter().any(|key| self.has_deleted_owner(*key)) {
            return Err(Code::MovedOn);
        }
        self.adopt_revived(&mut play);
        self.shared_keys(&mut play);
        let last = self.history.events.len() - 1;
        for n in play.deeds_before..self.history.events[last].deeds.len() {
            let deed = &self.history.events[last].deeds[n];
            let by = self.weighed(&play.by, deed.of, deed.id);
            self.history.events[last].deeds[n].by = by;
        }
        Ok(play.clashes)
    }

    fn make_effect(&mut self, play: &mut Play<'_, 's>, asked: Asked<'s>) -> Result<(), Code> {
        let before = self.marks().0;
        self.make(play, asked)?;
        play.effect += 1;
        self.keeps_nothing_forgotten(before)
    }

    /// A reference names a record that was made at some time, or the record itself, or one that a decision leaves
    /// unmade.
    pub(crate) fn refers_to_something(&self, play: &Play<'_, 's>, asked: &Asked<'s>) -> Result<(), Code> {
        let itself = (asked.ty.name.as_str(), asked.id);
        let nothing = |named: &Key<'s>| {
            *named != itself && !play.is_unmade(*named) && !self.history.exists(named.0, named.1, NOW)
        };
        match asked.references().iter().any(nothing) {
            true => Err(Code::UnknownReference),
            false => Ok(()),
        }
    }

    /// How far the last event has got.
    pub(crate) fn marks(&self) -> Marks {
        let event = self.history.events.last().expect("BUG: nothing happened");
        Marks(event.deeds.len(), event.parts.len(), event.accepted.len())
    }

    /// Takes back what the last event did since then: an op is done whole or not at all.
    pub(crate) fn back_to(&mut self, marks: &Marks) {
        let event = self.history.events.last_mut().expect("BUG: nothing happened");
        event.deeds.truncate(marks.0);
        event.parts.truncate(marks.1);
        event.accepted.truncate(marks.2);
    }
}
