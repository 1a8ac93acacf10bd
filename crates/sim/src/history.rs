//! What a run read and wrote, as lines for a checker that knows nothing of us: which session saw which version of which
//! record, what it wrote upon that, and where the server put it. `docs/guide/reliability.md` says what each line means. It
//! decides nothing; but to look costs the database steps, so that a kill in the middle of a write may come at another one
//! than where the same seed is played without it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use fieldbook_device_store::Export;
use fieldbook_model::{Change, Cursor, Op, OpId, Version, json};
use fieldbook_protocol::Verdict;
use serde::Serialize;

use crate::checks::Line;
use crate::world::World;

thread_local! {
    static WRITTEN: RefCell<Option<Rc<RefCell<Vec<String>>>>> = const { RefCell::new(None) };
}

/// Runs `scenario` and gives the lines of all worlds in it.
pub fn recorded<T>(scenario: impl FnOnce() -> T) -> (T, Vec<String>) {
    let lines = Rc::new(RefCell::new(Vec::new()));
    WRITTEN.set(Some(Rc::clone(&lines)));
    let result = scenario();
    WRITTEN.set(None);
    (result, lines.take())
}

/// A world begins.
pub(crate) fn begin(devices: usize) {
    write(&Entry::Begin { devices });
}

fn is_recorded() -> bool {
    WRITTEN.with_borrow(Option::is_some)
}

fn write(line: &impl Serialize) {
    WRITTEN.with_borrow(|lines| lines.iter().for_each(|lines| lines.borrow_mut().push(json::write(line))));
}

/// A record and the version at which somebody saw it; none: it is not there any more.
type Seen = (String, Option<Version>);

/// A line. Each has one of them.
#[derive(Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum Entry<'a> {
    /// A world begins, with so many devices; what comes has nothing to do with what came before.
    Begin { devices: usize },
    /// Somebody acted, and was told that it is saved.
    Write { session: &'a str, op: OpId, seen: Cursor, writes: Vec<String> },
    /// A session came to see another state: what differs from what it saw before.
    Read { session: &'a str, at: Cursor, reads: Vec<Seen> },
    /// The server put an op into its order.
    Order { op: OpId, at: Cursor, verdict: &'static str, writes: Vec<String> },
    /// The server came back from a backup: what lies behind has not happened.
    Back { at: Cursor },
}

/// What is remembered of a device between its lines.
#[derive(Default)]
pub struct Session {
    /// Grows when it comes back from a backup: then it is another.
    pub number: u32,
    saw: BTreeMap<String, Version>,
}

impl Session {
    /// The next one of the same device, which has seen nothing.
    pub fn next(&self) -> Self {
        Self { number: self.number + 1, saw: BTreeMap::new() }
    }
}

impl World {
    fn session(&self, device: usize) -> String {
        let it = &self.devices[device];
        format!("{}{}", it.name, it.session.number)
    }

    /// Somebody acted.
    pub(crate) fn record_write(&self, device: usize, op: &Op) {
        if is_recorded() {
            let session = &self.session(device);
            write(&Entry::Write { session, op: op.op_id, seen: op.seen, writes: named(op) });
        }
    }

    /// A device took something in: what it has confirmed is compared with what it had.
    pub(crate) fn record_read(&mut self, device: usize) {
        if !is_recorded() {
            return;
        }
        let session = self.session(device);
        let it = &mut self.devices[device];
        let export = it.store.export(Export::Confirmed).expect("BUG: an export in memory");
        let lines = Line::all(&export).into_values();
        let sees: BTreeMap<String, Version> =
            lines.map(|line| (format!("{}/{}", line.of, line.id), line.version)).collect();
        let saw = std::mem::replace(&mut it.session.saw, sees);
        let sees = &it.session.saw;
        let gone = saw.keys().filter(|name| !sees.contains_key(*name)).map(|name| (name.clone(), None));
        let new = sees.iter().filter(|(name, version)| saw.get(*name) != Some(version));
        let reads = new.map(|(name, version)| (name.clone(), Some(*version))).chain(gone).collect();
        let at = it.store.facts().expect("BUG: facts").cursor;
        write(&Entry::Read { session: &session, at, reads });
    }

    /// The server decided: what it has since a place.
    pub(crate) fn record_order(&mut self, before: Cursor) {
        if !is_recorded() {
            return;
        }
        let epoch = self.server.head().epoch;
        for logged in self.server.log(before.version.next()) {
            let writes = logged.sealed().map(|sealed| named(&sealed.op)).unwrap_or_default();
            let answer = &logged.answer;
            let at = Cursor { epoch, version: answer.version };
            write(&Entry::Order { op: answer.op_id, at, verdict: word(&answer.verdict), writes });
        }
    }

    /// The server came back from a backup.
    pub(crate) fn record_back(&mut self) {
        if is_recorded() {
            let at = self.server.head();
            write(&Entry::Back { at });
        }
    }
}

/// The records that an op writes.
fn named(op: &Op) -> Vec<String> {
    op.payload.changes.iter().map(|change: &Change| format!("{}/{}", change.of(), change.id())).collect()
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Committed => "committed",
        Verdict::Conflicted { .. } => "conflicted",
        Verdict::Rejected { .. } => "rejected",
        Verdict::DuplicateOf { .. } => "duplicate",
    }
}
