//! The server: takes offers, one after the other, and puts each at the end of the list.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::schema::EDIT;
use fieldbook_model::{
    Change, Code, DeviceId, Epoch, Json, Limits, Op, OpId, RecordId, Schema, Value, Version, json,
};

use crate::asked::{self, Asked, Verb};
use crate::history::{Event, History, NOW};
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
}

/// Why an op is refused, and upon which refused op it builds if that is why.
struct No(Code, Option<OpId>);

impl From<Code> for No {
    fn from(code: Code) -> Self {
        Self(code, None)
    }
}

/// The place of an offer.
impl<'s> Reference<'s> {
    /// An empty workspace.
    pub fn new(schema: &'s Schema) -> Self {
        let history = History { schema, events: Vec::new() };
        Self { history, limits: Limits::default(), epoch: Epoch(1) }
    }

    /// Takes an offer.
    pub fn offer(&mut self, by: &Member, offer: &Offer) -> Said<'s> {
        let mut known = self.history.events.iter().filter(|event| event.op_id == offer.op_id);
        let this = known.clone().find(|event| event.device == by.device && event.hash == offer.hash);
        let known = known.next();
        let (last_seq, last_hash) = self.history.log_end(by.device);
        match (this, known) {
            (Some(event), _) => return Said::Again(answered(event)),
            (None, Some(_)) if offer.seq <= last_seq => return Said::Altered,
            _ => {}
        }
        if offer.seq > last_seq.next() {
            return Said::Expected(last_seq.next());
        }
        if offer.seq <= last_seq || offer.previous != last_hash {
            return Said::Forked;
        }
        let is_known = known.is_some();
        Said::Answered(self.take(by, offer, is_known))
    }

    /// Forgets all but the first `events` events, as if the rest had not happened.
    pub fn rewind(&mut self, events: usize) {
        self.history.events.truncate(events);
    }

    /// Puts an op at the end of the list and judges it there.
    fn take(&mut self, by: &Member, offer: &Offer, is_known: bool) -> Answered<'s> {
        let op = match &offer.content {
            Content::Whole(op, _) => Some((**op).clone()),
            Content::Broken | Content::TooLarge => None,
        };
        self.history.events.push(Event {
            version: self.history.head().next(),
            device: by.device,
            seq: offer.seq,
            op_id: offer.op_id,
            hash: offer.hash,
            op,
            ruling: Ruling::Committed,
            parts: Vec::new(),
            deeds: Vec::new(),
        });
        let judged = match &offer.content {
            _ if is_known => Err(Code::OpAltered.into()),
            Content::Whole(op, bytes) => self.judge(by, op, *bytes),
            Content::Broken => Err(Code::BrokenForm.into()),
            Content::TooLarge => Err(Code::TooLarge.into()),
        };
        let event = self.history.events.last_mut().expect("BUG: the event was just put there");
        match judged {
            Ok(ruling) => event.ruling = ruling,
            // Atomic: what it did before it was refused is not done.
            Err(No(code, depends_on)) => {
                event.deeds.clear();
                event.parts.clear();
                event.ruling = Ruling::Rejected { code, depends_on };
            }
        }
        answered(event)
    }
}

fn answered<'s>(event: &Event<'s>) -> Answered<'s> {
    Answered { version: event.version, ruling: event.ruling.clone(), parts: event.parts.clone() }
}

/// The verdict.
impl<'s> Reference<'s> {
    fn judge(&mut self, by: &Member, op: &Op, bytes: usize) -> Result<Ruling, No> {
        self.admissible(by, op, bytes)?;
        if let Some(first) = self.history.first_under(op) {
            if !self.history.same_act(first, op) {
                return Err(Code::KeyReused.into());
            }
            let ids = self.history.same_records(first, op);
            return Ok(Ruling::DuplicateOf { op: first.op_id, ids });
        }
        for change in &op.payload.changes {
            let mut asked = asked::read(self.history.schema, change)?;
            asked.rename(|of, id| self.history.in_force(of, id, NOW));
            if let Some(refused) = self.builds_on_refused(by.device, op, &asked) {
                return Err(No(Code::DependsOnRejected, Some(refused)));
            }
            self.refers_to_something(&asked)?;
            self.make(by.device, asked)?;
        }
        Ok(Ruling::Committed)
    }

    /// What can be said without looking at a record.
    fn admissible(&self, by: &Member, op: &Op, bytes: usize) -> Result<(), Code> {
        let schema = self.history.schema;
        let changes = op.payload.changes.len();
        let checks = [
            (by.workspace != op.workspace_id, Code::WrongIdentity),
            (by.user != op.user_id || by.device != op.device_id, Code::WrongIdentity),
            (!by.may_act, Code::NoPermission),
            (op.schema > schema.version, Code::UnknownSchema),
            (op.action != EDIT && schema.action(&op.action).is_none(), Code::UnknownAction),
            (bytes > self.limits.op_bytes_max as usize, Code::TooLarge),
            (changes == 0, Code::Empty),
            (changes > self.limits.op_changes_max as usize, Code::TooManyChanges),
        ];
        checks.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, code)| Err(code))
    }

    /// The refused op of this device that a change builds upon without knowing of the refusal (rule 19): it
    /// changes a record that the refused op changed, or uses one that it would have made. An addition to a
    /// record that exists builds on nothing; neither does an insert of a record that exists.
    fn builds_on_refused(&self, device: DeviceId, op: &Op, asked: &Asked<'s>) -> Option<OpId> {
        let of = asked.ty.name.as_str();
        let is_insert = matches!(asked.verb, Verb::Insert(_));
        let own = self.refused(device, op, of, asked.id);
        if let Some((refused, would_be_made)) = own
            && (would_be_made || !(asked.stands_alone() || is_insert))
        {
            return Some(refused);
        }
        let mut used = asked.references().into_iter().filter_map(|(to, id)| self.refused(device, op, to, id));
        used.find(|(_, would_be_made)| *would_be_made).map(|(refused, _)| refused)
    }

    /// The last refused op of a device that touched a record, if this op does not know of it; and whether
    /// the record would have been made by a refused op.
    fn refused(&self, device: DeviceId, op: &Op, of: &str, id: RecordId) -> Option<(OpId, bool)> {
        let touched = |event: &&Event<'_>| {
            event.device == device
                && matches!(event.ruling, Ruling::Rejected { .. })
                && event.op.as_ref().is_some_and(|op| self.touches(op, event.version, of, id))
        };
        let last = self.history.events.iter().rfind(touched)?;
        let unseen = op.seen.epoch != self.epoch || op.seen.version < last.version;
        let inserts = |event: &Event<'_>| {
            event
                .op
                .as_ref()
                .is_some_and(|op| op.payload.changes.iter().any(|change| inserts(change, of, id)))
        };
        let until_then = self.history.events.iter().filter(|event| event.version <= last.version);
        let made = until_then.filter(touched).any(inserts) && !self.history.exists(of, id, last.version);
        unseen.then_some((last.op_id, made))
    }

    /// Whether an op changes a record, by the names that were in force when it came.
    fn touches(&self, op: &Op, then: Version, of: &str, id: RecordId) -> bool {
        op.payload.changes.iter().any(|change| match change {
            Change::Insert { .. } => inserts(change, of, id),
            _ => change.of() == of && self.history.in_force(of, change.id(), then) == id,
        })
    }

    /// A reference names a record that was made at some time, or the record itself.
    fn refers_to_something(&self, asked: &Asked<'s>) -> Result<(), Code> {
        let itself = (asked.ty.name.as_str(), asked.id);
        let nothing =
            |named: &(&str, RecordId)| *named != itself && !self.history.exists(named.0, named.1, NOW);
        match asked.references().iter().any(nothing) {
            true => Err(Code::UnknownReference),
            false => Ok(()),
        }
    }
}

fn inserts(change: &Change, of: &str, id: RecordId) -> bool {
    matches!(change, Change::Insert { .. }) && change.of() == of && change.id() == id
}

/// What everyone sees.
impl Reference<'_> {
    /// The live records: (type, id) → field → value as JSON.
    pub fn shown(&self) -> BTreeMap<(String, RecordId), BTreeMap<String, Json>> {
        let live = self.history.records(NOW).into_iter().filter(|(_, held)| !held.deleted);
        let fields = |of: &str, row: &[Value]| {
            let names = self.history.schema.find(of).into_iter().flat_map(|ty| &ty.fields);
            names.zip(row).map(|(field, value)| (field.name.clone(), as_json(value))).collect()
        };
        live.map(|((of, id), held)| ((of.to_owned(), id), fields(of, &held.row))).collect()
    }

    /// The deleted records.
    pub fn deleted_records(&self) -> BTreeSet<(String, RecordId)> {
        let gone = self.history.records(NOW).into_iter().filter(|(_, held)| held.deleted);
        gone.map(|((of, id), _)| (of.to_owned(), id)).collect()
    }
}

fn as_json(value: &Value) -> Json {
    json::parse(&json::write(value)).expect("BUG: a value that is no JSON")
}
