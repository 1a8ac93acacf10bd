//! What must hold on a device after anything that its store did.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use fieldbook_device_store::{Export, OpState, Store};
use fieldbook_model::op::About;
use fieldbook_model::{Change, DeviceId, Op, OpId, RecordId, Schema, Value, Version, json};
use fieldbook_reference::{LeftOut, Read, SettledState, What};

use super::lines::{self, Line, Lines};
use super::sorted;
use crate::device::{Device, Lost};
use crate::oracle::Oracle;
use crate::world::World;

impl World {
    /// After anything that a device's store did.
    pub fn check_device(&mut self, device: usize) {
        if self.long.is_some() {
            return self.check_long_device(device);
        }
        // What a device is newer than does not know its words yet, and tells it nothing.
        if self.version_of(device) > self.schema.version {
            return;
        }
        self.note_lost(device);
        let before = self.devices[device].highest;
        let moved = self.check_cursor(device);
        if self.devices[device].damaged {
            return;
        }
        let here = before.epoch == self.devices[device].highest.epoch;
        let from = if here { before.version } else { Version::ZERO };
        let shown = self.devices[device].store.export(Export::Shown).expect("BUG: an export");
        if self.looks_otherwise(device, &shown) || moved {
            self.check_diagnostics(device);
            self.check_sealed(device);
            self.check_shown(device, &shown);
            self.check_orphans(device, &Line::all(&shown));
        }
        if moved {
            self.check_whole(device, from);
            self.check_states(device, from);
            self.check_acknowledged(device);
        }
    }

    /// What a server acknowledged stands behind what its device has read: a pull past its place names it, or it waits
    /// again (rule 4).
    fn check_acknowledged(&mut self, device: usize) {
        let Device { name, highest, store, .. } = &mut self.devices[device];
        let cursor = store.facts().expect("BUG: facts").cursor;
        for entry in super::end::log_of(store, Some(OpState::Answered)) {
            let passed = cursor == *highest && entry.version.is_some_and(|version| version <= cursor.version);
            assert!(!passed, "rule 4: op {} of {name} counts as taken, and no pull has named it", entry.seq);
        }
    }

    /// What a server lost after its device had let go of it is lost, and told as that; nothing else is (I7). What it did
    /// is promised no longer.
    fn note_lost(&mut self, device: usize) {
        let Device { name, store, promised, given_up, came_back, lost_some, .. } = &mut self.devices[device];
        let waits = super::end::log_of(store, Some(OpState::LostBase)).len();
        (0..waits).for_each(|_| self.checks.count("rule 6 what names a lost record waits for it"));
        let lost: BTreeSet<OpId> = super::end::log_of(store, Some(OpState::Lost))
            .into_iter()
            .map(|entry| {
                // Who came back from a backup may have what its later self had let go of.
                let seq = entry.seq;
                assert!(entry.let_go || *came_back, "op {seq} of {name} is lost, and its device has it");
                let said = self.server.had_backed_up(entry.op_id) || self.leapt || *came_back;
                assert!(said, "I2: op {seq} of {name} is lost, and no backup was said to have it");
                entry.op_id
            })
            .collect();
        *lost_some |= !lost.is_empty();
        let before = given_up.len();
        given_up.extend(promised.extract_if(.., |(_, op)| lost.contains(&op.op_id)));
        (before..given_up.len())
            .for_each(|_| self.checks.count("rule 5 what nobody has any more is told as lost"));
        // Offered anew by a copy, to a server that lost even the note that it had lost it.
        let found: Vec<_> = given_up.extract_if(.., |(_, op)| !lost.contains(&op.op_id)).collect();
        if !found.is_empty() {
            promised.extend(found);
            promised.sort_by_key(|(_, op)| op.seq);
        }
    }

    fn check_cursor(&mut self, device: usize) -> bool {
        let device = &mut self.devices[device];
        let cursor = device.store.facts().expect("BUG: facts").cursor;
        let schema = device.store.identity().schema.version;
        if let Some(since) = device.rereads.take() {
            // What is there of that it has in the words of its own version now.
            device.read.push(Read { since, upto: cursor.version, schema });
            if cursor.epoch == device.highest.epoch && cursor.version < device.highest.version {
                device.rereads = Some(cursor.version);
                return false;
            }
        }
        let highest = if cursor.epoch > device.highest.epoch {
            // Another history: it has read nothing of it before.
            device.read.clear();
            Version::ZERO
        } else {
            device.highest.version
        };
        assert!(
            cursor.epoch >= device.highest.epoch && cursor.version >= highest,
            "I10: the cursor of {} went back from {:?} to {cursor:?}",
            device.name,
            device.highest
        );
        let moved = cursor != device.highest;
        if moved {
            self.checks.count("I10 cursors only grow");
            if std::mem::take(&mut device.anew) {
                device.read.clear();
            }
            let since = device.read.last().map_or(Version::ZERO, |read| read.upto);
            device.read.push(Read { since, upto: cursor.version, schema });
            device.lost = None;
        }
        device.highest = cursor;
        moved
    }

    /// Whether a device's screen, what it asks for or what it did is another than when it was looked at last: of the same
    /// nothing else is to be expected.
    fn looks_otherwise(&mut self, device: usize, shown: &[String]) -> bool {
        let Device { store, promised, lost, checked, .. } = &mut self.devices[device];
        let mut look = DefaultHasher::new();
        (shown, promised.len(), lost.is_some(), store.identity().schema.version).hash(&mut look);
        let scopes = store.shown_scopes().expect("BUG: the scopes of a store in memory");
        let cuts = store.cut_offs().expect("BUG: the cut-offs of a store in memory");
        format!("{scopes:?} {cuts:?}").hash(&mut look);
        let look = Some(look.finish());
        std::mem::replace(checked, look) != look
    }

    /// Shown = confirmed + pending: what the reference has at the device's cursor, with the device's own
    /// unanswered ops played on top (I15). What a waiting undo does follows from what the device's
    /// log says, which the reference does not read: that is compared when its verdict is there.
    fn check_shown(&mut self, device: usize, shown: &[String]) {
        if self.shows_the_lost(device) {
            return;
        }
        // They are as they were when their scope was unloaded.
        let lingering = lingering(&mut self.devices[device].store);
        if !lingering.is_empty() {
            self.checks.count("rule 34 what pending ops touch stays when its scope goes");
        }
        let waits = self.brought_back(device, lingering);
        let (scopes, left_out) = (self.covered(device), self.left_out(device));
        let again = self.read_again(device);
        let person = self.reader(device);
        let Device { name, log, highest, store, promised, read, lost, .. } = &mut self.devices[device];
        let types = store.identity().schema.clone();
        let schema = types.version;
        let ops: Vec<_> = promised.iter().map(|(_, op)| std::sync::Arc::clone(op)).collect();
        let (cursor, read) = (highest.version, read.clone());
        let (oracle, id) = seen(&mut self.oracle, &mut self.lost, (*lost, *log));
        let unheard = match &scopes {
            None if left_out.is_empty() => BTreeSet::new(),
            scopes => oracle.gone_elsewhere(scopes.as_ref(), &left_out, cursor),
        };
        let forgotten = oracle.forgotten(cursor);
        let whole = read.first().filter(|read| read.since == Version::ZERO).map(|read| read.upto);
        let back = whole.map_or_else(BTreeSet::new, |upto| oracle.brought_back(&ops, upto));
        let second = fieldbook_reference::Device { id, cursor, read, ops, schema, scopes, left_out, person };
        let (expected, own) = oracle.device(second);
        let apps = shown.iter().filter(|line| lines::is_the_apps(line));
        let mut apps = sorted(apps.map(|line| without_version(line.clone(), &own)).collect());
        let mut expected = expected;
        // What leads from what is set aside to what is shown may itself be elsewhere.
        let aside =
            [unheard, waits, again, forgotten, back].into_iter().flatten().collect::<BTreeSet<RecordId>>();
        if !aside.is_empty() {
            let confirmed = oracle.confirmed_as(schema, highest.version);
            let aside = closed(&types, [&apps, &expected, &confirmed], aside);
            apps.retain(|line| !aside.contains(&id_of(line)));
            expected.retain(|line| !aside.contains(&id_of(line)));
        }
        if types.version < self.schema.version && !expected.is_empty() {
            self.checks.count("I36 an older device shows confirmed + pending");
        }
        same(&apps, &expected, || format!("I15: {name} does not show confirmed + pending"));
        self.checks.count("I15 shown = confirmed + pending");
    }

    /// The records that a device has to read again: until it has, it shows what it was told of them.
    fn read_again(&self, device: usize) -> BTreeSet<RecordId> {
        let Device { rereads, highest, .. } = &self.devices[device];
        let Some(since) = *rereads else { return BTreeSet::new() };
        let events = self.oracle.reference.history.events.iter();
        let again = events.filter(|event| since < event.version && event.version <= highest.version);
        again.flat_map(|event| event.deeds.iter().map(|deed| deed.id)).collect()
    }

    /// The scopes that a device has, in a world that has scopes.
    pub(super) fn covered(&mut self, device: usize) -> Option<BTreeSet<(String, RecordId)>> {
        if !self.schema.types.iter().any(|ty| ty.scope) {
            return None;
        }
        let user = self.server.principal(self.devices[device].id).user;
        let Device { store, highest, .. } = &mut self.devices[device];
        let asks = store.shown_scopes().expect("BUG: the scopes of a store in memory");
        Some(self.oracle.covered(user, &asks, highest.version))
    }

    /// Whether a device shows what waiting ops make of a history that the server has lost: what an undo, a decision or a
    /// count took for granted is not there any more, or the server cannot be asked for it.
    fn shows_the_lost(&mut self, device: usize) -> bool {
        let Device { log, highest, promised, lost, .. } = &self.devices[device];
        let (oracle, log) = seen(&mut self.oracle, &mut self.lost, (*lost, *log));
        let known = oracle.states(log, highest.version);
        let waiting = promised.iter().map(|(_, op)| op).filter(|op| !known.contains_key(&op.op_id));
        waiting.into_iter().any(|op| {
            let about = matches!(op.payload.about, Some(About::Undoes(_) | About::Resolves(_)));
            let count = |change: &Change| matches!(change, Change::Update { count, .. } if !count.is_empty());
            let leans = about || op.payload.changes.iter().any(count);
            leans && (lost.is_some() || op.seen.epoch != highest.epoch)
        })
    }

    /// What a device leaves out by age.
    pub(super) fn left_out(&mut self, device: usize) -> Vec<LeftOut> {
        let Device { store, narrow, .. } = &mut self.devices[device];
        let cuts = store.cut_offs().expect("BUG: the cut-offs of a store in memory");
        if !store.wants_anew().expect("BUG: the notes of a store in memory") {
            narrow.clear();
        }
        narrow.extend(cuts.into_iter().map(|it| it.cut));
        narrow.dedup();
        narrow.iter().filter_map(|cut| self.oracle.left_out(cut)).collect()
    }

    /// Some records, those that waiting restores, undos and deletes of folders of a device bring back or take away, and
    /// what waiting ops do together with them.
    fn brought_back(&mut self, device: usize, mut records: BTreeSet<RecordId>) -> BTreeSet<RecordId> {
        let Device { id, log, highest, promised, lost, .. } = &self.devices[device];
        let (oracle, log) = seen(&mut self.oracle, &mut self.lost, (*lost, *log));
        let known = oracle.states(log, highest.version);
        let waiting = promised.iter().map(|(_, op)| op).filter(|op| !known.contains_key(&op.op_id));
        let waiting: Vec<&Op> = waiting.map(|op| &**op).collect();
        // With other rights everything comes anew, and of what went with that the device knows nothing any more.
        let user = self.server.principal(*id).user;
        let anew = oracle.told_of(user, Version::ZERO, highest.version.next());
        // What a duplicate made is there under the id of what was made first (rule 20).
        let in_force = |oracle: &Oracle, change: &Change| {
            oracle.reference.history.in_force(change.of(), change.id(), highest.version)
        };
        for op in &waiting {
            let mut target = *op;
            while let Some(About::Undoes(undone)) = &target.payload.about {
                let Some((_, earlier)) = promised.iter().find(|(_, op)| op.op_id == *undone) else { break };
                target = earlier;
            }
            let undoes = matches!(op.payload.about, Some(About::Undoes(_)));
            // The children of a folder go to its parent; those that the device learns of later when the verdict is there.
            let back = |change: &&Change| match change {
                Change::Delete { of, .. } => undoes || of == "folder",
                Change::Restore { .. } => undoes || anew,
                Change::Insert { .. } | Change::Update { .. } => undoes,
            };
            let changes = target.payload.changes.iter().filter(back);
            records.extend(changes.flat_map(|change| [change.id(), in_force(oracle, change)]));
            if undoes {
                // And what it did besides: the children of a folder that it sent elsewhere.
                let did = self.server.reader().history_of_op(target.op_id).expect("BUG: a history");
                let turned = did.iter().filter(|line| ["folder", "paper"].contains(&line.of.as_str()));
                records.extend(turned.map(|line| line.id));
                // Also those that a redo puts back into a folder which somebody else has deleted since.
                let folders: BTreeSet<RecordId> =
                    target.payload.changes.iter().filter(|it| it.of() == "folder").map(Change::id).collect();
                let lay =
                    |what: &What<'_>| matches!(what, What::Wrote(_, Value::Ref(to)) if folders.contains(to));
                let inside =
                    oracle.reference.history.deeds(highest.version).filter(|(_, deed)| lay(&deed.what));
                records.extend(inside.map(|(_, deed)| deed.id));
            }
            // So does a decision that brings a deleted record back.
            if let Some(About::Resolves(resolution)) = &op.payload.about {
                // Decided on what was told before the device began to read again.
                let history = &oracle.reference.history;
                if history.conflict(resolution.conflict, op.seen.version).is_none() {
                    records.extend(resolution.choices.iter().map(|choice| choice.id));
                }
                let live: BTreeSet<RecordId> =
                    oracle.confirmed(highest.version).iter().map(|line| id_of(line)).collect();
                let deleted = |id: &RecordId| {
                    let own = waiting.iter().flat_map(|op| &op.payload.changes);
                    own.into_iter().any(|change| matches!(change, Change::Delete { id: it, .. } if it == id))
                };
                let lives = resolution.choices.iter().filter(|choice| {
                    choice.unit.is_none() || !live.contains(&choice.id) || deleted(&choice.id)
                });
                records.extend(lives.map(|choice| choice.id));
            }
        }
        // What is built upon that may be in doubt there and not here, as a whole.
        for op in &waiting {
            let changes = &op.payload.changes;
            if changes.iter().any(|change| names_any(change, &records)) {
                records.extend(changes.iter().flat_map(|change| [change.id(), in_force(oracle, change)]));
            }
        }
        records
    }

    /// Every owner of what is shown is shown (I13).
    fn check_orphans(&mut self, device: usize, shown: &Lines) {
        let name = self.devices[device].name;
        let types = self.devices[device].store.identity().schema.clone();
        let parts = self.schema.is_in_parts();
        let until = self.devices[device].highest.version;
        // An owner may be in a scope that is not here; then it is not deleted.
        let live = if parts { Line::all(&self.oracle.confirmed(until)) } else { Lines::new() };
        let (covered, left_out) = (self.covered(device), self.left_out(device));
        let unheard = match parts {
            true => self.oracle.gone_elsewhere(covered.as_ref(), &left_out, until),
            false => BTreeSet::new(),
        };
        let forgotten = self.oracle.forgotten(until);
        for line in shown.values() {
            for owner in line.owners(&types).into_iter().filter(|owner| !live.contains_key(owner)) {
                // A device that was away hears nothing of what is forgotten. What it made there itself is refused.
                if unheard.contains(&owner.1) || forgotten.contains(&owner.1) {
                    continue;
                }
                assert!(shown.contains_key(&owner), "I13: {name} shows the orphan {line:?}");
                self.checks.count("I13 no orphan is shown");
            }
        }
    }

    /// What news brought is whole: of an op on several records all that is shown has reached it (I11). And the
    /// conflicts are those of the cursor.
    fn check_whole(&mut self, device: usize, from: Version) {
        let Device { name, log, highest, store, lost, .. } = &mut self.devices[device];
        let (oracle, own) = seen(&mut self.oracle, &mut self.lost, (*lost, *log));
        let confirmed = Line::all(&store.export(Export::Confirmed).expect("BUG: an export"));
        let late = confirmed.values().find(|line| line.version > highest.version);
        assert!(late.is_none(), "I11: {name} has {late:?} beyond its cursor {highest:?}");
        let history = &oracle.reference.history;
        // What waits stays when its scope goes, as it was.
        let lingering = lingering(store);
        for event in &history.events {
            if event.version <= from
                || event.version > highest.version
                || history.shares(own, event.device, event.seq)
            {
                continue;
            }
            let records: BTreeSet<RecordId> = event.deeds.iter().map(|deed| deed.id).collect();
            for record in records.iter().filter(|_| records.len() > 1) {
                let here = |line: &&Line| line.id == *record && !lingering.contains(&line.id);
                if let Some(line) = confirmed.values().find(here) {
                    let (at, op) = (line.version, event.op_id);
                    assert!(at >= event.version, "I11: {name} has {record:?} at {at} and the rest of {op}");
                    self.checks.count("I11 an op of several records is seen whole");
                }
            }
        }
        let version = store.identity().schema.version;
        if self.schema.is_in_parts() {
            return self.check_conflicts_seen(device, &confirmed);
        }
        let expected = oracle.conflicts_as(version, highest.version);
        assert_eq!(
            lines::conflicts(&confirmed),
            expected,
            "{name} has not the conflicts of its cursor {highest:?}"
        );
    }

    /// The op log says of each op what has become of it as far as the device has read (rule 38); what is held left
    /// the screen together with it, since [`Self::check_shown`] looks at the same moment.
    fn check_states(&mut self, device: usize, from: Version) {
        let Device { name, log: own, highest, store, promised, lost, .. } = &mut self.devices[device];
        if store.wants_anew().expect("BUG: a note in memory") {
            // A log of its own has just begun, and what the server says of its ops is on its way.
            return;
        }
        let (oracle, own) = seen(&mut self.oracle, &mut self.lost, (*lost, *own));
        let states = oracle.states(own, highest.version);
        let log: BTreeMap<OpId, &'static str> =
            log(store).into_iter().filter_map(|(op, state)| Some((op, word(state)?))).collect();
        let given_up = |op: &OpId| {
            // What was refused needs nobody any more once it is given up or sent again.
            let waiting = promised.iter().filter(|(_, own)| !states.contains_key(&own.op_id));
            let about = waiting.filter_map(|(_, own)| own.payload.about.as_ref());
            about
                .filter(|about| about.target() == Some(*op))
                .map(|about| match about {
                    About::Discards(_) => "discarded",
                    About::Replaces(_) => "replaced",
                    About::Undoes(_)
                    | About::Resolves(_)
                    | About::Member(_)
                    | About::Grant(_)
                    | About::Closes(_) => "",
                })
                .collect::<Vec<_>>()
        };
        for (op, expected) in &states {
            let given = log.get(op).copied();
            let early = *expected == "rejected" && given.is_some_and(|given| given_up(op).contains(&given));
            assert!(
                early || given == Some(*expected),
                "{name} says that {op} is {given:?}, and it is {expected}"
            );
        }
        assert_eq!(log.len(), states.len(), "rule 1: {name} has verdicts that no page brought");
        for line in oracle.settled(own, from, highest.version) {
            self.checks.count(settled(line.state));
        }
        let history = &oracle.reference.history;
        let events = history.events.iter();
        let new = events.filter(|event| {
            history.shares(own, event.device, event.seq)
                && event.version > from
                && event.version <= highest.version
        });
        let held = new.filter(|event| states[&event.op_id] == "conflicted").count();
        (0..held).for_each(|_| self.checks.count("I15 what is held leaves the screen with its conflict"));
    }
}

/// The second opinion in the history that a device is in, and the name of its log there.
fn seen<'a>(
    now: &'a mut Oracle,
    before: &'a mut [Oracle],
    (lost, log): (Option<Lost>, DeviceId),
) -> (&'a mut Oracle, DeviceId) {
    match lost {
        Some(Lost { history, log, .. }) => (&mut before[history], log),
        None => (now, log),
    }
}

fn settled(state: SettledState) -> &'static str {
    match state {
        SettledState::Committed => "what becomes of a held op reaches its device: committed",
        SettledState::Rejected => "what becomes of a held op reaches its device: refused",
        SettledState::Conflicted => "what becomes of a held op reaches its device: held elsewhere",
        SettledState::Discarded => "what becomes of a held op reaches its device: discarded",
        SettledState::Withdrawn => "what becomes of a held op reaches its device: withdrawn",
        SettledState::Replaced => "what becomes of a refused op reaches its device",
    }
}

/// What has become of an op; `None` while no page has brought its verdict.
fn word(state: OpState) -> Option<&'static str> {
    match state {
        OpState::Waiting | OpState::InFlight | OpState::Answered => None,
        OpState::Committed => Some("committed"),
        OpState::Rejected => Some("rejected"),
        OpState::Duplicate => Some("duplicate"),
        OpState::Conflicted | OpState::LostBase => Some("conflicted"),
        OpState::Discarded => Some("discarded"),
        OpState::Withdrawn => Some("withdrawn"),
        OpState::Replaced => Some("replaced"),
        OpState::Lost => None,
    }
}

fn log(store: &mut Store) -> Vec<(OpId, OpState)> {
    super::end::log_of(store, None).into_iter().map(|entry| (entry.op_id, entry.state)).collect()
}

/// Some records, and what refers to any of them in any of some exports.
fn closed(
    schema: &Schema,
    exports: [&Vec<String>; 3],
    mut records: BTreeSet<RecordId>,
) -> BTreeSet<RecordId> {
    let lines = exports.map(|lines| Line::all(lines));
    loop {
        let all = lines.iter().flat_map(|lines| lines.values()).filter(|line| !records.contains(&line.id));
        let upon = |line: &&Line| line.refers(schema).iter().any(|id| records.contains(id));
        let more: Vec<RecordId> = all.filter(upon).map(|line| line.id).collect();
        if more.is_empty() {
            return records;
        }
        records.extend(more);
    }
}

fn names_any(change: &Change, records: &BTreeSet<RecordId>) -> bool {
    let text = json::write(change);
    records.iter().any(|id| text.contains(&id.to_string()))
}

pub(super) fn id_of(line: &str) -> RecordId {
    json::parse::<Line>(line).expect("BUG: a line of an export").id
}

/// A line of an export with version 0, if it begins as one of some.
fn without_version(line: String, heads: &BTreeSet<String>) -> String {
    const BEFORE: &str = r#","version":"#;
    match line.split_once(BEFORE) {
        Some((head, tail)) if heads.contains(head) => match tail.split_once(',') {
            Some((_, fields)) => format!("{head}{BEFORE}0,{fields}"),
            None => line,
        },
        _ => line,
    }
}

/// Compares two lists of lines; what only one of them has is what a person wants to read.
pub(super) fn same(given: &[String], expected: &[String], what: impl FnOnce() -> String) {
    if given != expected {
        let only = |one: &[String], other: &[String]| {
            let lines: Vec<&str> =
                one.iter().filter(|line| !other.contains(line)).map(String::as_str).collect();
            lines.join("\n    ")
        };
        panic!(
            "{}:\n  only here:\n    {}\n  only in the reference:\n    {}",
            what(),
            only(given, expected),
            only(expected, given)
        );
    }
}

/// The records that stay because pending ops touch them, though what they lie in was unloaded.
pub(super) fn lingering(store: &mut Store) -> BTreeSet<RecordId> {
    store.lingering().expect("BUG: lingering records").into_iter().map(|(_, id)| id).collect()
}
