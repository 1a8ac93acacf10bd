//! Plays a history on the server and on the reference side by side, and writes down what was said.

use std::collections::BTreeMap;

use fieldbook_model::chain::Hash;
use fieldbook_model::clock::{Hlc, WallTime};
use fieldbook_model::{Change, Cursor, Limits, Op, Payload, Schema, SealedOp, Seq, Version};
use fieldbook_protocol::Verdict;
use fieldbook_protocol::push::{Head, Pushed};
use fieldbook_reference::{Content, Member, Offer, Reference};
use fieldbook_server_sync::{Decision, Principal, Role};

use crate::agree;
use crate::language::{LEVEL, Options, Step};
use crate::names;
use crate::render;
use crate::server::{CLOCK, EPOCH, Server};

/// The server, the reference, and what the devices sent.
pub struct Bench<'s> {
    pub schema: &'s Schema,
    pub limits: Limits,
    pub server: Server,
    pub reference: Reference<'s>,
    /// What each device offered and the server took, in the order of its log.
    sent: BTreeMap<char, Vec<Pushed>>,
}

/// Small limits, so that a row can go beyond them.
fn limits() -> Limits {
    Limits { op_bytes_max: 4000, op_changes_max: 3, ..Limits::default() }
}

impl<'s> Bench<'s> {
    pub fn new(schema: &'s Schema) -> Self {
        let reference = Reference { limits: limits(), clock: CLOCK, ..Reference::new(schema) };
        Self { schema, limits: limits(), server: Server::default(), reference, sent: BTreeMap::new() }
    }

    /// Plays a step on both and writes down what the server said; `Err` where the reference says otherwise.
    pub fn step(&mut self, step: &Step) -> Result<String, String> {
        let pushed = self.offered(step);
        let decision = self.take(step, &pushed);
        let said = self.reference.offer(&member(step), &offer(&pushed));
        agree::on_reply(self.schema, &self.server, &decision, &said)?;
        agree::on_records(self.schema, &self.server, &self.reference)?;
        agree::on_conflicts(self.schema, &self.server, &self.reference)?;
        agree::on_people(&self.server, &self.reference)?;
        Ok(render::decision(self.schema, &self.server, &decision))
    }

    /// The same for a step that may speak of an op that was not sent here: then it says nothing.
    pub fn try_step(&mut self, step: &Step) -> Result<(), String> {
        let sent = self.sent.get(&step.device).map_or(0, Vec::len);
        let Options { again, alter, stale, .. } = &step.options;
        let there = [again, alter, stale].into_iter().flatten().all(|n| *n <= sent);
        if there { self.step(step).map(drop) } else { Ok(()) }
    }

    /// Plays a step on the server alone.
    pub fn server_step(&mut self, step: &Step) -> String {
        let pushed = self.offered(step);
        let decision = self.take(step, &pushed);
        render::decision(self.schema, &self.server, &decision)
    }

    /// Offers ops in one push, on the server alone: the log is read once and carried from op to op.
    pub fn push(&mut self, letter: char, ops: &[Pushed]) {
        self.server.push(self.schema, &self.limits, &principal(letter, Role::Member), ops);
    }

    /// Offers one op, on the server alone.
    pub fn offer(&mut self, letter: char, pushed: &Pushed) -> Decision {
        self.server.take(self.schema, &self.limits, &principal(letter, Role::Member), pushed)
    }

    /// What the devices sent and the server took, device by device.
    pub fn sent(&self) -> Vec<(char, Pushed)> {
        let sent = self.sent.iter().flat_map(|(letter, ops)| ops.iter().map(|op| (*letter, op.clone())));
        sent.collect()
    }

    /// The same, in the order in which the server took it.
    pub fn sent_in_order(&self) -> Vec<(char, Pushed)> {
        let mut sent = self.sent();
        sent.sort_by_key(|(_, op)| self.server.known[&op.op_id()].answer.version);
        sent
    }

    /// Whether the op at the head was committed.
    pub fn last_was_committed(&self) -> bool {
        let known = self.server.known.values();
        let mut last = known.filter(|known| known.answer.version == self.server.head);
        last.any(|known| known.answer.verdict == Verdict::Committed)
    }

    fn take(&mut self, step: &Step, pushed: &Pushed) -> Decision {
        let decision =
            self.server.take(self.schema, &self.limits, &principal(step.device, role(step)), pushed);
        if matches!(decision, Decision::Fresh(_)) {
            self.sent.entry(step.device).or_default().push(pushed.clone());
        }
        decision
    }

    fn offered(&self, step: &Step) -> Pushed {
        let sent = self.sent.get(&step.device).map(Vec::as_slice).unwrap_or_default();
        match step.options.again {
            Some(n) => sent[n - 1].clone(),
            None => made(step, sent, self.server.head),
        }
    }
}

fn member(step: &Step) -> Member {
    Member {
        workspace: names::HERE,
        user: names::user(step.device),
        device: names::device(step.device),
        role: role(step).to_string(),
    }
}

fn role(step: &Step) -> Role {
    match &step.options {
        options if options.has("viewer") => Role::Viewer,
        options if options.has("owner") => Role::Owner,
        options => options.role.clone().unwrap_or(Role::Member),
    }
}

fn principal(letter: char, role: Role) -> Principal {
    let (user, device) = (names::user(letter), names::device(letter));
    Principal { user, device, workspace: names::HERE, role, name: letter.to_string() }
}

fn offer(pushed: &Pushed) -> Offer {
    match pushed {
        Pushed::Whole(sealed) => Offer::from(&**sealed),
        Pushed::Broken(head, _) => headed(head, Content::Broken),
        Pushed::TooLarge(head) => headed(head, Content::TooLarge),
    }
}

fn headed(head: &Head, content: Content) -> Offer {
    Offer { op_id: head.op_id, seq: head.seq, previous: head.previous, hash: head.hash, content }
}

fn made(step: &Step, sent: &[Pushed], head: Version) -> Pushed {
    let sealed = SealedOp::seal(op(step, sent, head));
    let head = || Head {
        op_id: sealed.op.op_id,
        seq: sealed.op.seq,
        previous: sealed.op.previous,
        hash: sealed.hash,
        bytes: sealed.text.len() as u64,
    };
    if step.options.has("broken") {
        return Pushed::Broken(head(), sealed.text);
    }
    if step.options.has("large") {
        return Pushed::TooLarge(head());
    }
    Pushed::Whole(Box::new(sealed))
}

fn op(step: &Step, sent: &[Pushed], head: Version) -> Op {
    let Options { alter, stale, key, action, schema, hlc, .. } = &step.options;
    let place = sent.len() + 1;
    let (seq, previous) = chained(step, sent);
    let has = |flag| step.options.has(flag);
    let maker = if has("thief") { 'A' } else { step.device };
    let op_id = names::op(maker, alter.or(*stale).unwrap_or(place));
    let changes = step.changes.iter().map(|change| based(change, head));
    Op {
        op_id,
        workspace_id: names::HERE,
        user_id: names::user(if has("stranger") { 'Z' } else { step.device }),
        device_id: names::device(step.device),
        seq,
        action: action.clone().unwrap_or_else(|| "edit".to_owned()),
        payload: Payload {
            changes: fattened(changes.collect(), has("fat")),
            about: step.options.about.clone(),
        },
        idempotency_key: key.clone().unwrap_or_else(|| op_id.to_string()),
        created_at: WallTime(0),
        hlc: Hlc { ms: hlc.unwrap_or_default(), counter: 0 },
        schema: schema.unwrap_or(3),
        seen: Cursor { epoch: EPOCH, version: step.seen.unwrap_or(head) },
        previous,
    }
}

fn chained(step: &Step, sent: &[Pushed]) -> (Seq, Hash) {
    let last = sent.last();
    let next = (last.map_or(Seq(1), |last| last.seq().next()), last.map_or(Hash::ZERO, Pushed::hash));
    match &step.options {
        options if options.has("gap") => (next.0.next(), next.1),
        options if options.has("fork") => last.map_or(next, |last| (last.seq(), last.previous())),
        options if options.has("unchained") => (next.0, Hash::of(b"another")),
        Options { stale: Some(n), .. } => (sent[n - 1].seq(), sent[n - 1].previous()),
        _ => next,
    }
}

/// Adds what makes an op too large, in a place where nothing else is looked at before.
fn fattened(mut changes: Vec<Change>, is_fat: bool) -> Vec<Change> {
    if let (true, Some(Change::Insert { fields, .. })) = (is_fat, changes.first_mut()) {
        fields.0.push(("x".to_owned(), "fat".repeat(2000).as_str().into()));
    }
    changes
}

fn based(change: &Change, head: Version) -> Change {
    let mut change = change.clone();
    match &mut change {
        Change::Update { base, .. } | Change::Delete { base, .. } | Change::Restore { base, .. }
            if *base == LEVEL =>
        {
            *base = head;
        }
        _ => {}
    }
    change
}
