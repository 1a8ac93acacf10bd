//! What comes back from a backup: a server whose disk was replaced.

use std::collections::BTreeMap;
use std::sync::Arc;

use fieldbook_crypto::Nonce;

use fieldbook_device_sync::Trouble;
use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, DeviceId, Epoch, Op, Seq, Version, json};
use fieldbook_protocol::CommonReply;

use super::wire::Part;
use super::{Happening, World};
use crate::device::{Device, Kept, Lost};
use crate::long::Long;
use crate::oracle::Oracle;
use crate::server::Copied;

/// The server as it was.
pub(super) struct Backup {
    copy: Copied,
    oracle: Oracle,
    /// The orders to wipe that stood, with when their devices were first answered, and how many ops devices had said that they
    /// have to send.
    orders: (BTreeMap<Nonce, Option<u64>>, BTreeMap<DeviceId, u64>),
}

impl World {
    /// Somebody backs the server up.
    pub fn back_up(&mut self) {
        let head = self.server.head();
        self.tell(&format!("the server is backed up at version {}", head.version));
        let given = self.orders.given.iter().filter(|(_, given)| given.stands);
        let orders =
            (given.map(|(nonce, given)| (*nonce, given.answered_ms)).collect(), self.orders.said.clone());
        self.backup = Some(Backup { copy: self.server.copy(), oracle: self.oracle.clone(), orders });
    }

    /// The same with the server's own command: from then on it tells devices that a backup has everything up to now. The backup
    /// before it is kept too.
    pub fn back_up_and_mark(&mut self) {
        self.older = self.backup.take();
        self.back_up();
        let now = self.wall();
        self.server.mark_backup(now);
    }

    /// In long days: a backup of the server has everything up to now. Where nothing ever comes back nobody keeps a copy of that.
    pub(crate) fn is_backed_up(&mut self) {
        let (now, head) = (self.wall(), self.server.head().version);
        if self.long().is_kept() {
            self.back_up();
        }
        self.tell(&format!("a backup has everything up to version {head}"));
        self.server.mark_backup(now);
        self.backed_up = head;
    }

    /// The backup before the last one takes the server's place: the last one turned out to be of no use.
    pub fn restore_older(&mut self) {
        if let Some(older) = self.older.take() {
            self.backup = Some(older);
            self.restore();
        }
    }

    /// The last backup takes the server's place. Nobody tells it, or anyone else.
    pub fn restore(&mut self) {
        let Some(backup) = self.backup.take() else { return };
        self.checks.count("fault: the server comes back from a backup");
        self.twin = None;
        let before = self.server.head();
        self.server.put_back(&backup.copy);
        let after = self.server.head();
        self.record_back();
        self.long.iter_mut().for_each(Long::returns);
        self.tell(&format!("the server comes back from its backup: {before:?} → {after:?}"));
        let mut oracle = backup.oracle.clone();
        oracle.doubts.extend(self.oracle.doubts.iter().copied());
        oracle.heads.extend(self.oracle.heads.iter().copied());
        // A device says that its log began as a copy, where the server still has what both have in common.
        let copies = self.oracle.reference.history.copies.clone().into_iter();
        let restored = &mut oracle.reference.history;
        let has = |log: DeviceId, seq, hash| {
            let mut events = restored.events.iter();
            seq == Seq::ZERO || events.any(|it| (it.device, it.seq, it.hash) == (log, seq, hash))
        };
        let kept: Vec<_> = copies.filter(|(_, (log, seq, hash))| has(*log, *seq, *hash)).collect();
        restored.copies = kept.into_iter().collect();
        self.lost.push(std::mem::replace(&mut self.oracle, oracle));
        let lost = self.lost.len() - 1;
        for device in &mut self.devices {
            let kept = device.backup.as_mut().map(|kept| (kept.highest, kept.log, &mut kept.lost));
            for (Cursor { epoch, version }, log, own) in
                kept.into_iter().chain([(device.highest, device.log, &mut device.lost)])
            {
                if epoch > after.epoch || version > after.version {
                    own.get_or_insert(Lost { history: lost, log, common: after.version });
                }
                if let Some(lost) = own {
                    lost.common = after.version.min(lost.common);
                }
            }
        }
        let orders = backup.orders.clone();
        self.backup = Some(backup);
        self.hang_up();
        self.orders_come_back(&orders);
    }

    /// Somebody backs a device up.
    pub fn back_up_device(&mut self, device: usize) {
        let Device { name, store, promised, given_up, highest, read, .. } = &self.devices[device];
        let Device { narrow, damaged, log, trunks, lost, .. } = &self.devices[device];
        let store = store.copy().expect("BUG: a copy in memory");
        let line = format!("{name} is backed up");
        let (promised, given_up) = (promised.clone(), given_up.clone());
        let (read, narrow) = (read.clone(), narrow.clone());
        let (highest, damaged, log, trunks, lost) = (*highest, *damaged, *log, trunks.clone(), *lost);
        let kept = Kept { store, promised, given_up, highest, read, narrow, damaged, log, trunks, lost };
        self.devices[device].backup = Some(kept);
        self.tell(&line);
    }

    /// The last backup takes a device's place. What it did since stays as far as the server has it.
    pub fn restore_device(&mut self, device: usize) {
        let Some(kept) = self.devices[device].backup.take() else { return };
        self.checks.count("fault: a device comes back from a backup");
        let it = &mut self.devices[device];
        // The secure store is no part of a backup.
        let given = it.store.series().expect("BUG: a series in memory").last;
        (it.store, it.promised, it.highest, it.read) = (kept.store, kept.promised, kept.highest, kept.read);
        (it.given_up, it.narrow, it.damaged) = (kept.given_up, kept.narrow, kept.damaged);
        (it.log, it.trunks, it.lost) = (kept.log, kept.trunks, kept.lost);
        (it.rereads, it.came_back) = (None, true);
        it.session = it.session.next();
        it.store.renew_series(given).expect("BUG: a series in memory");
        let line = format!("{} comes back from its backup", it.name);
        self.tell(&line);
        self.streams.retain(|(of, _), _| *of != device);
        self.record_read(device);
        self.kill(device);
    }

    /// What a device that came back goes on behind is the last of its ops that the server has: nothing that is there is
    /// offered anew (rule 58).
    pub(super) fn check_common(&mut self, device: usize, reply: &str) {
        let reply: CommonReply = json::parse(reply).expect("BUG: our own reply");
        let common = reply.common.map_or(Seq::ZERO, |common| common.seq);
        let Device { name, promised, .. } = &self.devices[device];
        let events = &self.oracle.reference.history.events;
        let has = |(text, op): &&(String, Arc<Op>)| {
            let hash = Hash::of(text.as_bytes());
            events.iter().any(|event| event.op_id == op.op_id && event.hash == hash)
        };
        let last = promised.iter().rev().find(has).map_or(Seq::ZERO, |(_, op)| op.seq);
        assert!(last <= common, "rule 58: {name} goes on behind {common}, and the server has {last}");
        self.checks.count("rule 58 a device that came back goes on behind what the server has");
    }

    /// A device goes on in a log of its own: its ops are what they were, under its name.
    pub(super) fn parted(&mut self, device: usize) {
        let it = &mut self.devices[device];
        let branch = it.store.live_request().expect("BUG: a store in memory").branch;
        let branch = branch.expect("a device that parted has a log of its own");
        let from = branch.from;
        it.log = branch.device;
        // It may have been a copy before, of a log that a server has lost in part since.
        it.trunks.retain(|(log, last)| *log != from.device && *last < from.seq);
        it.trunks.push((from.device, from.seq));
        // What it let go of has no text that could be renamed.
        let entries = crate::checks::all_of_log(&mut it.store).into_iter();
        let gone: Vec<Seq> = entries.filter(|entry| entry.let_go).map(|entry| entry.seq).collect();
        let renamed = |op: &Op| op.seq > from.seq && !gone.contains(&op.seq);
        for (text, op) in it.promised.iter_mut().chain(&mut it.given_up).filter(|(_, op)| renamed(op)) {
            *text = it.store.op_text(op.seq).ok().flatten().expect("I1: an op is gone");
            let sealed: Op = json::parse(text).expect("BUG: our own op");
            let renamed = Op { device_id: sealed.device_id, previous: sealed.previous, ..(**op).clone() };
            assert_eq!(sealed, renamed, "rule 23: an op is what it was");
            *op = Arc::new(sealed);
        }
        self.oracle.reference.history.copies.insert(branch.device, (from.device, from.seq, from.hash));
        let line = format!("{} goes on in a log of its own behind {}", self.devices[device].name, from.seq);
        self.tell(&line);
        self.checks.count("rule 23 a device that came back goes on in a log of its own");
    }

    /// Every call breaks.
    fn hang_up(&mut self) {
        let inbox = std::mem::take(&mut self.inbox);
        inbox.into_iter().for_each(|(line, _)| self.breaks(line, Trouble::Cut));
        self.break_streams();
        for happening in self.queue.values_mut() {
            if let Happening::AtDevice { part, .. } = happening {
                *part = Part::Broken(Trouble::Cut);
            }
        }
    }

    /// After a pull: if the server has begun a new history, the oracle does, where the server says; and that is not
    /// beyond what really is the same in this one and in that of the device that asked.
    pub(crate) fn follow_epoch(&mut self, asker: usize) {
        if self.long.is_some() {
            return;
        }
        let epochs = self.server.epochs();
        let before = self.oracle.reference.epoch;
        let ends: Vec<(Epoch, Version)> =
            epochs.ended().filter_map(|epoch| Some((epoch, epochs.fork(epoch)?))).collect();
        let said = &self.oracle.reference.ends;
        for (epoch, fork) in ends.iter().filter(|(epoch, fork)| said.get(epoch) != Some(fork)) {
            // Whoever showed nothing that was lost may know of it all the same, by an answer to a push.
            let Device { name, lost: Some(lost), .. } = &self.devices[asker] else { continue };
            assert!(
                *fork <= lost.common,
                "G7: epoch {epoch} ends at {fork}, and what {name} saw was lost after {}",
                lost.common
            );
            self.checks.count("rule 3 no more of a lost history counts than is in this one");
        }
        self.oracle.reference.enter(epochs.now, ends);
        if epochs.now != before {
            self.tell(&format!("a new history begins: epoch {}", epochs.now));
            self.checks.count("rule 4 a server that came back from a backup begins a new history");
            self.stream();
        }
    }
}
