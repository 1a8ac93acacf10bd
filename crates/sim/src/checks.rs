//! What must hold after each step and at the end. Each check counts how often something was at stake, so that
//! a workload that never tempts a rule is noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fieldbook_device_store::{Export, LogFilter, OpState};
use fieldbook_model::{Code, Cursor, DeviceId, RecordId, SealedOp, Seq, Version, json};
use fieldbook_protocol::{Answer, Problem, PushReply, PushRequest, Verdict};

use crate::device::Device;
use crate::world::World;

/// How often each check had something at stake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks(BTreeMap<&'static str, u64>);

/// Every check that a long run must have had something at stake for.
const ALL: [&str; 14] = [
    "I1 what was saved is there",
    "I3 a repeated op is answered and not applied",
    "I4 a key used for another act is refused",
    "I5 the same answer each time",
    "I7 log gapless, chain intact",
    "I8 devices equal the server",
    "I10 cursors only grow",
    "I15 shown = confirmed + pending",
    "I16 a refused op blocks nothing",
    "I17 queues drain",
    "rule 2 an op in doubt is committed after all",
    "rule 51 a failed commit answers nobody",
    "reference agrees with the verdict",
    "the server's state is the reference's",
];

impl Checks {
    /// Something was at stake, and held.
    pub fn count(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }
    /// Takes in another run's.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(name, count)| *self.0.entry(name).or_default() += count);
    }
    /// Checks that never had anything at stake.
    pub fn idle(&self) -> Vec<&'static str> {
        ALL.into_iter().filter(|name| !self.0.contains_key(name)).collect()
    }
}

impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, count)| writeln!(f, "  {count:>9}  {name}"))
    }
}

impl World {
    /// After anything that a device's store did.
    pub fn check_device(&mut self, device: usize) {
        self.check_cursor(device);
        self.check_shown(device);
    }

    fn check_cursor(&mut self, device: usize) {
        let device = &mut self.devices[device];
        let cursor = device.store.facts().expect("BUG: facts").cursor;
        assert!(
            cursor.version >= device.highest.version,
            "I10: the cursor of {} went back from {:?} to {cursor:?}",
            device.name,
            device.highest
        );
        if cursor != device.highest {
            self.checks.count("I10 cursors only grow");
        }
        device.highest = cursor;
    }

    /// Shown = confirmed + pending: what the reference has at the device's cursor, with the device's own
    /// unanswered ops played on top (I15).
    fn check_shown(&mut self, device: usize) {
        let Device { name, id, highest, store, promised, .. } = &mut self.devices[device];
        let shown = store.export(Export::Shown).expect("BUG: an export");
        let ops = promised.iter().map(|(_, op)| std::sync::Arc::clone(op)).collect();
        let (expected, own) = self.oracle.device(*id, highest.version, ops);
        let shown = shown.into_iter().map(|line| without_version(line, &own)).collect();
        assert_eq!(sorted(shown), expected, "I15: {name} does not show confirmed + pending");
        self.checks.count("I15 shown = confirmed + pending");
    }

    /// After the server decided about a push: the reference decides the same, and nobody is answered in vain.
    pub fn check_reply(
        &mut self,
        device: usize,
        request: &PushRequest,
        reply: &Result<PushReply, Problem>,
        fails: bool,
    ) {
        let name = self.devices[device].name;
        let reply = match (reply, fails) {
            (Ok(_), true) => panic!("rule 51: {name} is answered though the commit failed"),
            (Err(_), true) => return self.checks.count("rule 51 a failed commit answers nobody"),
            (Err(problem), false) => panic!("{name} is turned away: {problem:?}"),
            (Ok(reply), false) => reply,
        };
        let principal = self.server.principal(self.devices[device].id);
        let (expected, again, next) = self.oracle.offer(&principal, request);
        let given: Vec<_> = reply.answers.iter().map(|answer| (answer.op_id, said(answer))).collect();
        assert_eq!(given, expected, "the reference decides otherwise about the push of {name}");
        assert_eq!(reply.expected, next, "the reference expects another seq of {name}");
        for answer in &reply.answers {
            self.checks.count("reference agrees with the verdict");
            if said(answer).contains("key-reused") {
                self.checks.count("I4 a key used for another act is refused");
            }
            let first = self.oracle.answers.entry(answer.op_id).or_insert_with(|| answer.clone());
            assert_eq!(first, answer, "I5: {name} gets another answer to the same op");
        }
        for _ in 0..again {
            self.checks.count("I3 a repeated op is answered and not applied");
            self.checks.count("I5 the same answer each time");
        }
    }

    /// After the server committed something: its state is the reference's, its log grew by what was new.
    pub fn check_server(&mut self, before: Cursor) {
        let after = self.server.head();
        assert!(after.version >= before.version, "I7: the server's head went back");
        if after == before {
            return;
        }
        assert_eq!(
            sorted(self.server.export()),
            self.oracle.server(),
            "the server's state is not the reference's"
        );
        self.checks.count("the server's state is the reference's");
    }

    /// When everything is level.
    pub fn check_end(&mut self) {
        self.check_promises();
        self.check_logs();
        let server = self.server.export();
        for device in 0..self.devices.len() {
            let store = &mut self.devices[device].store;
            let shown = store.export(Export::Shown).expect("BUG: an export");
            let confirmed = store.export(Export::Confirmed).expect("BUG: an export");
            assert_eq!(shown, server, "I8: {} does not show what the server has", self.devices[device].name);
            assert_eq!(
                confirmed, server,
                "I8: {} has not confirmed what the server has",
                self.devices[device].name
            );
            self.checks.count("I8 devices equal the server");
        }
    }

    /// Whatever `act` returned as saved is in the log as it was, with a final state (I1, I16).
    fn check_promises(&mut self) {
        for Device { name, store, promised, .. } in &mut self.devices {
            let entries = log(store);
            assert_eq!(entries.len(), promised.len(), "I1: {name}'s log has not what was saved");
            let mut refused = false;
            for ((text, op), (seq, state)) in promised.iter().zip(entries) {
                let stored = store.op_text(seq).expect("BUG: an op's text");
                assert_eq!(stored.as_ref(), Some(text), "I1: op {seq} of {name} is not what was saved");
                self.checks.count("I1 what was saved is there");
                match state {
                    OpState::Rejected => refused = true,
                    OpState::Committed | OpState::Duplicate if refused => {
                        self.checks.count("I16 a refused op blocks nothing");
                    }
                    OpState::Committed | OpState::Duplicate => {}
                    other => panic!("I17: op {seq} of {name} is still {other:?}"),
                }
                let verdict = self.oracle.answers.get(&op.op_id).map(|answer| &answer.verdict);
                let same = match verdict {
                    Some(Verdict::Committed) => state == OpState::Committed,
                    Some(Verdict::Rejected { .. }) => state == OpState::Rejected,
                    Some(Verdict::DuplicateOf { .. }) => state == OpState::Duplicate,
                    None => false,
                };
                assert!(same, "rule 2: op {seq} of {name} is {state:?} there and {verdict:?} on the server");
                if state == OpState::Committed && self.oracle.doubts.contains(&op.op_id) {
                    self.checks.count("rule 2 an op in doubt is committed after all");
                }
            }
        }
    }

    /// The server's log holds each promised op exactly once, its seqs gapless, each naming the one before (I2, I3, I7).
    fn check_logs(&mut self) {
        let ops = self.server.reader().ops(Version::ZERO, u32::MAX).expect("BUG: the server's log");
        let mut logs: BTreeMap<DeviceId, Vec<SealedOp>> = BTreeMap::new();
        for (_, line) in ops {
            let Entry { answer, op } = json::parse(&line).expect("BUG: a line of the server's log");
            if !self.oracle.heads.contains(&answer.op_id) {
                let sealed = SealedOp::open(op.get().to_owned()).expect("BUG: an op of the server's log");
                logs.entry(sealed.op.device_id).or_default().push(sealed);
            }
        }
        for Device { name, id, promised, .. } in &self.devices {
            let kept = promised.iter().filter(|(_, op)| !self.oracle.heads.contains(&op.op_id));
            let theirs = logs.remove(id).unwrap_or_default();
            assert!(
                kept.map(|(text, _)| text).eq(theirs.iter().map(|sealed| &sealed.text)),
                "I7: the server's log of {name} is not {name}'s own"
            );
            (0..theirs.len()).for_each(|_| self.checks.count("I7 log gapless, chain intact"));
        }
    }
}

/// A line of the server's log.
#[derive(serde::Deserialize)]
struct Entry {
    answer: Answer,
    op: Box<serde_json::value::RawValue>,
}

/// What an answer says, in the words that the reference uses too.
fn said(answer: &Answer) -> String {
    let version = answer.version;
    match &answer.verdict {
        Verdict::Committed => format!("committed at {version}"),
        Verdict::Rejected { refusal, .. } if refusal.code == Code::OpAltered => "rejected op-altered".into(),
        Verdict::Rejected { refusal, .. } => format!("rejected {} at {version}", refusal.code),
        Verdict::DuplicateOf { op, .. } => format!("duplicate of {op} at {version}"),
    }
}

/// A line of an export with version 0, if it is of one of some records.
fn without_version(line: String, records: &BTreeSet<RecordId>) -> String {
    const BEFORE: &str = r#","version":"#;
    let Some((head, tail)) = line.split_once(BEFORE) else { return line };
    let id = head.rsplit('"').nth(1).and_then(|id| RecordId::parse(id).ok());
    match (id, tail.split_once(',')) {
        (Some(id), Some((_, fields))) if records.contains(&id) => format!("{head}{BEFORE}0,{fields}"),
        _ => line,
    }
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_unstable();
    lines
}

fn log(store: &mut fieldbook_device_store::Store) -> Vec<(Seq, OpState)> {
    let filter = LogFilter { state: None, from: None, max: u32::MAX, newest_first: false };
    store.log(filter).expect("BUG: the log").into_iter().map(|entry| (entry.seq, entry.state)).collect()
}
