//! What must hold when everything is level.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_store::{BlobState, Export, LogEntry, LogFilter, NamedBlob, OpState, Store};
use fieldbook_device_sync::Conditions;
use fieldbook_model::chain::Hash;
use fieldbook_model::{DeviceId, OpId, SealedOp, Seq, Version};
use fieldbook_protocol::Verdict;

use super::device::{id_of, lingering, same};
use super::lines::{self, Line};
use crate::device::Device;
use crate::world::World;

/// Stamps of one value take no more than this on the average of a world.
const STAMP_BYTES_MAX: u64 = 12;

impl World {
    /// When everything is level.
    pub fn check_end(&mut self) {
        if self.long.is_some() {
            return self.check_long_end();
        }
        self.check_promises();
        self.check_logs();
        self.check_held();
        self.check_silent();
        let server = self.server.export();
        for device in 0..self.devices.len() {
            if self.version_of(device) < self.schema.version {
                self.check_older(device);
                continue;
            }
            let (left_out, person) = (self.left_out(device), self.reader(device));
            let mut server = match self.covered(device) {
                None if left_out.is_empty() && person.is_none() => server.clone(),
                scopes => self.oracle.part(server.clone(), scopes.as_ref(), &left_out, person.as_ref()),
            };
            let Device { name, store, .. } = &mut self.devices[device];
            let mut shown = store.export(Export::Shown).expect("BUG: an export");
            let mut confirmed = store.export(Export::Confirmed).expect("BUG: an export");
            // Of the conflicts each has its own view, which was looked at when they came. What a held op is about may lie in
            // a part that is not here any more.
            if self.schema.is_in_parts() {
                let lingering = lingering(store);
                for lines in [&mut server, &mut shown, &mut confirmed] {
                    lines.retain(|line| lines::is_the_apps(line) && !lingering.contains(&id_of(line)));
                }
            }
            let scopes = store.scopes().expect("BUG: the scopes of a store in memory");
            same(&shown, &server, || format!("I8: {name} does not show what the server has of {scopes:?}"));
            same(&confirmed, &server, || format!("I8: {name} has not confirmed what the server has"));
            self.checks.count("I8 devices equal the server");
        }
        self.check_sums();
        self.check_blobs();
        self.check_wiped();
        self.check_stamp_bytes();
    }

    /// Who changed what last takes few bytes (rule 57): no whole ids.
    fn check_stamp_bytes(&mut self) {
        let (bytes, values) = self.server.stamp_bytes();
        assert!(bytes <= values * STAMP_BYTES_MAX, "rule 57: {bytes} bytes of stamps for {values} values");
        if values > 0 {
            self.checks.count("rule 57 stamps are small");
        }
    }

    /// Each blob that a record of a device names is there with the bytes that it is named after, or the device says why not (I42).
    fn check_blobs(&mut self) {
        for device in 0..self.devices.len() {
            let now = self.moment(device);
            let Device { name, store, machine, .. } = &mut self.devices[device];
            let Conditions { metered, low_battery, .. } = machine.session(now).conditions;
            for NamedBlob { sum, state, .. } in store.blobs().expect("BUG: the blobs of a store in memory") {
                let has = self.server.blobs().contains_key(&sum);
                match state {
                    BlobState::Here => {
                        let bytes = store.blob(sum, 0..u64::MAX).expect("BUG: a blob in memory");
                        let is = bytes.is_some_and(|bytes| Hash::of(&bytes) == sum);
                        assert!(is, "I42: {name} has other bytes than those of {sum}");
                        self.checks.count("I42 a blob came whole");
                    }
                    BlobState::NotYet { .. } => {
                        assert!(metered || low_battery, "I42: {name} is level, and has not {sum}");
                    }
                    BlobState::NotOnServer => {
                        assert!(!has, "I42: {name} gave {sum} up, which the server has")
                    }
                    BlobState::NoRoom { .. } | BlobState::Failed => {}
                }
                self.checks.count("I42 a blob is here, or its device says why not");
            }
        }
    }

    /// A device of an older version has what the server has, in its own words.
    fn check_older(&mut self, device: usize) {
        let version = self.version_of(device);
        let expected = super::sorted(self.oracle.server_as(version));
        let Device { name, store, .. } = &mut self.devices[device];
        let confirmed = store.export(Export::Confirmed).expect("BUG: an export");
        let apps = confirmed.into_iter().filter(|line| lines::is_the_apps(line));
        same(&super::sorted(apps.collect()), &expected, || {
            format!("I36: {name} has not what the server has, under version {version}")
        });
        self.checks.count("I36 an older device equals the server in its own words");
    }

    /// Whatever was returned as saved is in the log as it was, with a verdict (I1, I16).
    fn check_promises(&mut self) {
        for Device { name, store, promised, .. } in &mut self.devices {
            let entries = log(store);
            assert_eq!(entries.len(), promised.len(), "I1: {name}'s log has not what was saved");
            let (mut refused, mut held) = (false, false);
            for ((text, op), entry) in promised.iter().zip(entries) {
                let (seq, state) = (entry.seq, entry.state);
                let stored = store.op_text(seq).expect("BUG: an op's text");
                match entry.let_go {
                    // A backup of the server has it, and the server has it.
                    true => self.checks.count("rule 5 a device lets go of what a backup has"),
                    false => {
                        let is = stored.as_ref() == Some(text);
                        assert!(is, "I1: op {seq} of {name} is not what was saved");
                        self.checks.count("I1 what was saved is there");
                    }
                }
                let answer = self.oracle.answers.get(&op.op_id);
                assert!(answer.is_some(), "I17: op {seq} of {name} has no answer");
                match answer.map(|answer| &answer.verdict) {
                    Some(Verdict::Rejected { .. }) => refused = true,
                    Some(Verdict::Conflicted { .. }) => held = true,
                    _ => {
                        (0..u8::from(refused))
                            .for_each(|_| self.checks.count("I16 a refused op blocks nothing"));
                        (0..u8::from(held)).for_each(|_| self.checks.count("I16 a held op blocks nothing"));
                    }
                }
                let pending = matches!(state, OpState::Waiting | OpState::InFlight | OpState::Answered);
                assert!(!pending, "I17: op {seq} of {name} is still {state:?}");
                let parked = state == OpState::Rejected;
                assert!(
                    !parked || entry.words.is_some(),
                    "I14: op {seq} of {name} is refused without a reason"
                );
                if state == OpState::Committed && self.oracle.doubts.contains(&op.op_id) {
                    self.checks.count("rule 2 an op in doubt is committed after all");
                }
            }
        }
    }

    /// The server's log holds each promised op exactly once, its seqs gapless, each naming the one before (I2, I3, I7).
    fn check_logs(&mut self) {
        let mut logs: BTreeMap<DeviceId, Vec<SealedOp>> = BTreeMap::new();
        for logged in self.server.log(Version::ZERO) {
            let answer = &logged.answer;
            if !self.oracle.heads.contains(&answer.op_id) {
                let sealed = logged.sealed().expect("BUG: an op of the server's log");
                logs.entry(sealed.op.device_id).or_default().push(sealed);
            }
        }
        for Device { name, log, trunks, promised, .. } in &self.devices {
            let kept = promised.iter().filter(|(_, op)| !self.oracle.heads.contains(&op.op_id));
            let mut theirs = Vec::new();
            for (trunk, last) in trunks {
                let own = logs.get(trunk).into_iter().flatten();
                theirs.extend(own.filter(|sealed| sealed.op.seq <= *last).cloned());
            }
            theirs.extend(logs.get(log).cloned().unwrap_or_default());
            assert!(
                kept.map(|(text, _)| text).eq(theirs.iter().map(|sealed| &sealed.text)),
                "I7: the server's log of {name} is not {name}'s own, but for what is declared as lost"
            );
            (0..theirs.len()).for_each(|_| self.checks.count("I7 log gapless, chain intact"));
        }
    }

    /// Each held op waits in one open conflict, which every device has; a conflict counts the ops that wait in it.
    fn check_held(&mut self) {
        self.check_lost_base();
        let mut waiting: BTreeMap<OpId, u64> = BTreeMap::new();
        let mut known = BTreeSet::new();
        for Device { store, .. } in &mut self.devices {
            let log = log(store);
            known.extend(log.iter().map(|entry| entry.op_id));
            for entry in log.into_iter().filter(|entry| entry.state == OpState::Conflicted) {
                let conflict = entry.conflict.expect("a held op waits in no conflict");
                *waiting.entry(conflict).or_default() += 1;
            }
        }
        let came_back = self.devices.iter().any(|device| device.came_back);
        for Device { name, store, .. } in self.devices.iter_mut().filter(|_| !self.schema.is_in_parts()) {
            let shown = Line::all(&store.export(Export::Shown).expect("BUG: an export"));
            let open = lines::conflicts(&shown).into_iter().filter(|(_, seen)| seen.state == "open");
            // A device that came back from its backup does not know what its later self did; the server does, and others may wait
            // behind that.
            let open = open.filter(|(op, _)| !came_back || known.contains(op) || waiting.contains_key(op));
            let open: BTreeMap<OpId, u64> = open.map(|(op, seen)| (op, seen.held)).collect();
            // What a device did after its backup and before it came back is held on the server, and in no log that is here.
            let open = open.into_iter().filter_map(|(op, held)| match came_back {
                true => Some((op, held.min(*waiting.get(&op)?))),
                false => Some((op, held)),
            });
            assert_eq!(
                open.collect::<BTreeMap<_, _>>(),
                waiting,
                "{name} has other open conflicts than there are held ops"
            );
        }
        waiting
            .values()
            .for_each(|_| self.checks.count("a held op is in one open conflict that every device has"));
    }
}

/// What waits for what a server lost.
impl World {
    /// What waits for a record that a server lost waits for one that is not there, and in no conflict (rule 6).
    fn check_lost_base(&mut self) {
        let conflicts = self.oracle.conflicts(Version(u64::MAX));
        for Device { name, store, .. } in &mut self.devices {
            for entry in log(store).into_iter().filter(|entry| entry.state == OpState::LostBase) {
                let head = entry.conflict.expect("a held op waits for nothing");
                assert!(!conflicts.contains_key(&head), "op {} of {name} waits in a conflict", entry.seq);
                self.checks.count("rule 6 what names a lost record waits for it");
            }
        }
    }

    /// An owner says that nobody waits any longer for what was lost; nothing waits then, and each has its reason.
    pub fn check_closed(&mut self) {
        for Device { name, store, .. } in &mut self.devices {
            for entry in log(store) {
                assert!(entry.state != OpState::LostBase, "rule 6: op {} of {name} waits still", entry.seq);
            }
        }
        self.checks.count("rule 6 when a recovery is closed nobody waits for it");
    }
}

/// The places of a log that no pull has confirmed, and how each stands.
pub fn pending(store: &mut Store) -> Vec<(Seq, OpState)> {
    let entries = log(store).into_iter().map(|entry| (entry.seq, entry.state));
    entries
        .filter(|(_, state)| matches!(state, OpState::Waiting | OpState::InFlight | OpState::Answered))
        .collect()
}

/// The log, without what nobody has any more.
pub(super) fn log(store: &mut Store) -> Vec<LogEntry> {
    log_of_all(store).into_iter().filter(|entry| entry.state != OpState::Lost).collect()
}

/// All of a log.
pub fn log_of_all(store: &mut Store) -> Vec<LogEntry> {
    log_of(store, None)
}

/// The ops of a device's log that are in a state.
pub(super) fn log_of(store: &mut Store, state: Option<OpState>) -> Vec<LogEntry> {
    let filter = LogFilter { state, from: None, max: u32::MAX, newest_first: false };
    store.log(filter).expect("BUG: the log")
}
