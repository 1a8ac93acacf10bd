//! The server: takes offers, one after the other, and puts each at the end of the list.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::chain::Hash;
use fieldbook_model::op::About;
use fieldbook_model::{
    Code, Cursor, DeviceId, Epoch, Hlc, Json, Limits, Op, RecordId, Schema, Seq, Version, WallTime,
};

use crate::children::without_orphans;
use crate::clash;
use crate::history::{Event, Gone, History, NOW, Standing};
use crate::judge::No;
use crate::memo::Memo;
use crate::offer::{Content, Member, Offer};
use crate::said::{Answered, Ruling, Said};

/// A workspace as a server has it: the list, and what is the same for all ops.
#[derive(Debug, Clone)]
pub struct Reference<'s> {
    /// All that happened.
    pub history: History<'s>,
    /// What the server takes.
    pub limits: Limits,
    /// The history that versions count in.
    pub epoch: Epoch,
    /// What the server's clock says.
    pub clock: WallTime,
    /// Of each history that was lost: how far it is the same as this one.
    pub ends: BTreeMap<Epoch, Version>,
}

/// The place of an offer.
impl<'s> Reference<'s> {
    /// An empty workspace.
    pub fn new(schema: &'s Schema) -> Self {
        let history = History {
            schema,
            older: Vec::new(),
            events: Vec::new(),
            copies: BTreeMap::new(),
            forgotten: BTreeSet::new(),
            horizon: Version::ZERO,
            gone: Vec::new(),
            memo: Memo::default(),
        };
        Self {
            history,
            limits: Limits::default(),
            epoch: Epoch(1),
            clock: WallTime::default(),
            ends: BTreeMap::new(),
        }
    }

    /// Takes an offer.
    pub fn offer(&mut self, by: &Member, offer: &Offer) -> Said<'s> {
        let mut known = self.history.events.iter().filter(|event| event.op_id == offer.op_id);
        let this = known.clone().find(|event| event.device == by.device && event.hash == offer.hash);
        let known = known.next();
        let (last_seq, last_hash) = self.history.log_end(by.device);
        match (this, known) {
            (Some(event), _) => return Said::Again(answered(event)),
            (None, Some(known)) if offer.seq <= last_seq => {
                let copied = match &offer.content {
                    Content::Whole(op, _) => known.device != by.device && is_same(known, op),
                    _ => false,
                };
                return if copied { Said::Forked } else { Said::Altered };
            }
            _ => {}
        }
        if offer.seq > last_seq.next() {
            return Said::Expected(last_seq.next());
        }
        if offer.seq <= last_seq || offer.previous != last_hash {
            return Said::Forked;
        }
        if let Content::Whole(op, _) = &offer.content
            && op.schema > self.history.schema.version
        {
            return Said::Newer;
        }
        let is_known = known.is_some();
        Said::Answered(self.take(by, offer, is_known))
    }

    /// A device says that it does not have what comes next of its log, but what comes then. That is believed only after a
    /// history was lost.
    pub fn gone(
        &mut self,
        device: DeviceId,
        last: (Seq, Hash),
        numbers: Vec<(String, String, String)>,
    ) -> bool {
        let believed = !self.ends.is_empty() && last.0 > self.history.log_end(device).0;
        if believed {
            let at = self.history.head();
            self.history.gone.push(Gone { device, last, numbers, at });
        }
        believed
    }

    /// Forgets all but the first `events` events, as if the rest had not happened.
    pub fn rewind(&mut self, events: usize) {
        self.history.events.truncate(events);
        self.history.memo = Memo::default();
    }

    /// The epoch in force, and how far each that was lost is the same as it, as somebody found out.
    pub fn enter(&mut self, epoch: Epoch, ends: impl IntoIterator<Item = (Epoch, Version)>) {
        self.epoch = epoch;
        self.ends = ends.into_iter().collect();
    }

    /// What somebody had seen, as far as it is of this history (rule 3).
    pub fn counted(&self, seen: Cursor) -> Version {
        match self.ends.get(&seen.epoch) {
            _ if seen.epoch == self.epoch => seen.version,
            Some(end) => seen.version.min(*end),
            None => Version::ZERO,
        }
    }

    /// Puts an op at the end of the list and judges it there.
    fn take(&mut self, by: &Member, offer: &Offer, is_known: bool) -> Answered<'s> {
        let chains = self.history.chains();
        self.history.events.push(self.arrived(by, offer));
        let author = self.author(by);
        let event = self.history.events.last_mut().expect("BUG: the event was just put there");
        (event.by.role, event.by.grants) = (author.role, author.grants);
        let op = event.op.clone();
        let judged = match (&offer.content, &op) {
            (Content::Whole(..), Some(op)) if is_known && self.is_copied(op) => {
                Ok(Ruling::DuplicateOf { op: op.op_id, ids: Vec::new() })
            }
            _ if is_known => Err(Code::OpAltered.into()),
            (Content::Whole(_, bytes), Some(op)) => self.judge(by, op, *bytes),
            (Content::Whole(..) | Content::Broken, _) => Err(Code::BrokenForm.into()),
            (Content::TooLarge, _) => Err(Code::TooLarge.into()),
        };
        let event = self.history.events.last_mut().expect("BUG: the event was just put there");
        let mut moved_on = None;
        match judged {
            Ok(ruling) => {
                event.ruling = ruling;
                self.wake();
            }
            // Atomic: what it did before it was refused is not done.
            Err(No(code, depends_on)) => {
                event.deeds.clear();
                event.parts.clear();
                event.settled.clear();
                event.conflicts.clear();
                event.accepted.clear();
                event.opened.clear();
                event.ruling = Ruling::Rejected { code, depends_on };
                let about = event.op.as_ref().and_then(|op| op.payload.about.as_ref());
                moved_on = about.filter(|_| code == Code::MovedOn).and_then(About::target);
            }
        }
        self.refresh(&chains, moved_on);
        answered(self.history.events.last().expect("BUG: the event was just put there"))
    }

    /// Whether the first op of this id is the same, but for the log in which it stands.
    fn is_copied(&self, op: &Op) -> bool {
        let last = self.history.events.len() - 1;
        let mut first = self.history.events[..last].iter().filter(|event| event.op_id == op.op_id);
        first.next().is_some_and(|event| is_same(event, op))
    }

    /// No stamp is of a later time than that at which it came (rule 25).
    fn believed(&self, stamp: Hlc) -> Hlc {
        let now = Hlc { ms: u64::try_from(self.clock.0).unwrap_or(0), counter: 0 };
        if stamp.ms > now.ms { now } else { stamp }
    }

    fn arrived(&self, from: &Member, offer: &Offer) -> Event<'s> {
        let op = match &offer.content {
            Content::Whole(op, _) => Some(self.history.op_as(op, self.history.schema.version)),
            Content::Broken | Content::TooLarge => None,
        };
        let at = (offer.seq, offer.op_id, offer.hash);
        let by = Standing {
            role: String::new(),
            grants: Default::default(),
            hlc: op.as_ref().map(|op| self.believed(op.hlc)).unwrap_or_default(),
        };
        let event = Event::new(self.history.head().next(), (from.device, from.user), at, op);
        Event { by, came: self.clock, ..event }
    }
}

/// Whether an op is that of an event, but for the log in which it stands.
fn is_same(event: &Event<'_>, op: &Op) -> bool {
    event.op.as_ref().is_some_and(|first| {
        (&first.payload, &first.action, first.user_id, first.created_at, first.hlc, first.seen, first.schema)
            == (&op.payload, &op.action, op.user_id, op.created_at, op.hlc, op.seen, op.schema)
            && first.idempotency_key == op.idempotency_key
    })
}

fn answered<'s>(event: &Event<'s>) -> Answered<'s> {
    let Event { version, ruling, parts, settled, .. } = event.clone();
    Answered { version, ruling, parts, settled }
}

/// What everyone sees.
impl Reference<'_> {
    /// The live records whose owners are live: (type, id) → field → value as JSON.
    pub fn shown(&self) -> BTreeMap<(String, RecordId), BTreeMap<String, Json>> {
        let live = self.history.records(NOW).into_iter().filter(|(_, held)| !held.deleted);
        let rows = live.map(|(key, held)| (key, held.row)).collect();
        let rows = without_orphans(self.history.schema, rows).into_iter();
        let shown = rows.filter_map(|((of, id), row)| {
            let ty = self.history.schema.find(of)?;
            Some(((of.to_owned(), id), clash::values(ty, &row, |_| true)))
        });
        shown.collect()
    }

    /// The deleted records.
    pub fn deleted_records(&self) -> BTreeSet<(String, RecordId)> {
        let gone = self.history.records(NOW).into_iter().filter(|(_, held)| held.deleted);
        gone.map(|((of, id), _)| (of.to_owned(), id)).collect()
    }
}
