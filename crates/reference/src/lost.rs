//! What names a record that was lost with an older history (rule 6): it waits until that record is there, or until an owner
//! says that nobody waits any longer.

use fieldbook_model::op::About;
use fieldbook_model::{Code, Cursor, Epoch, Op};

use crate::asked::{Asked, Verb};
use crate::history::NOW;
use crate::offer::Member;
use crate::people::Person;
use crate::said::{Ruling, SettledState};
use crate::server::Reference;
use crate::state::State;

impl<'s> Reference<'s> {
    /// The first epoch for whose losses somebody may still wait.
    fn closed(&self) -> Epoch {
        let done = self.history.events.iter().filter(|event| event.ruling == Ruling::Committed);
        let closed = done.filter_map(|event| match event.op.as_ref()?.payload.about {
            Some(About::Closes(epoch)) => Some(epoch),
            _ => None,
        });
        closed.max().unwrap_or(Epoch(0))
    }

    /// Whether somebody saw what is not of this history.
    fn saw_lost(&self, seen: Cursor) -> bool {
        seen.epoch != self.epoch && seen.epoch >= self.closed() && self.counted(seen) < seen.version
    }

    /// Whether an op names a record that is not here, that it does not make itself, and that may have been lost.
    pub(crate) fn names_lost(&self, op: &Op, asks: &[Asked<'s>]) -> bool {
        let makes = |name: (&str, _)| {
            let mut made = asks.iter().filter(|asked| matches!(asked.verb, Verb::Insert(_)));
            made.any(|asked| (asked.ty.name.as_str(), asked.id) == name)
        };
        let named = asks
            .iter()
            .flat_map(|asked| asked.references().into_iter().chain([(asked.ty.name.as_str(), asked.id)]));
        self.saw_lost(op.seen)
            && named.into_iter().any(|(of, id)| !makes((of, id)) && !self.history.exists(of, id, NOW))
    }

    /// Looks at an op that waits once more: whether it still names what is lost. If it does no longer, its author has to be
    /// one who may do it.
    pub(crate) fn may_after_all(&mut self, n: usize) -> Result<(), Code> {
        let event = &self.history.events[n];
        let Some(op) = event.op.clone().filter(crate::asked::has_changes) else { return Ok(()) };
        let asks = self.read(&op)?;
        let (was, is) = (event.lost, self.names_lost(&op, &asks));
        let person = Person { role: event.by.role.clone(), grants: event.by.grants.clone() };
        self.history.events[n].lost = is;
        match was && !is {
            true => self.may_make(&person, &op, &asks),
            false => Ok(()),
        }
    }

    /// The first op that waits for something lost, and the ops behind it.
    fn first_lost(&self, fits: impl Fn(&Self, &Op) -> bool) -> Option<usize> {
        let (states, last) = (self.history.states(), self.history.events.len() - 1);
        self.history.events[..last].iter().position(|event| {
            event.lost
                && states[&event.place()] == State::Held { conflict: event.op_id }
                && event.op.as_ref().is_some_and(|op| fits(self, op))
        })
    }

    /// What waited for a record that is there now is judged, one after the other.
    pub(crate) fn wake(&mut self) {
        let found = |this: &Self, op: &Op| this.read(op).is_ok_and(|asks| !this.names_lost(op, &asks));
        while let Some(n) = self.first_lost(found) {
            let head = self.history.events[n].op_id;
            let chain = self.history.chains().remove(&head).unwrap_or_default();
            let by = self.history.events.last().expect("BUG: nothing happened").op_id;
            self.follow(chain.into_iter(), &[], by);
        }
    }

    /// Nobody waits any longer for what was lost with the epochs before one.
    pub(crate) fn close_recovery(&mut self, by: &Member, op: &Op, epoch: Epoch) -> Result<Ruling, Code> {
        if self.author(by).role != "owner" {
            return Err(Code::NoPermission);
        }
        if epoch > self.epoch {
            return Err(Code::WrongValue);
        }
        while let Some(n) = self.first_lost(|_, op| op.seen.epoch < epoch) {
            let head = self.history.events[n].op_id;
            let chain = self.history.chains().remove(&head).unwrap_or_default();
            self.settled(n, op.op_id, SettledState::Rejected, Some(Code::UnknownRecord), None);
            self.follow(chain.into_iter().filter(|it| *it != n), &[], op.op_id);
        }
        Ok(Ruling::Committed)
    }
}
