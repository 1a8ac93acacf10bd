//! What comes back from a backup: a server whose disk was replaced.

use fieldbook_device_sync::Trouble;
use fieldbook_model::{Cursor, Epoch, Version};

use super::{Happening, Reply, World};
use crate::oracle::Oracle;
use crate::server::Copied;

/// The server as it was.
pub(super) struct Backup {
    copy: Copied,
    oracle: Oracle,
}

impl World {
    /// Somebody backs the server up.
    pub fn back_up(&mut self) {
        let head = self.server.head();
        self.tell(&format!("the server is backed up at version {}", head.version));
        self.backup = Some(Backup { copy: self.server.copy(), oracle: self.oracle.clone() });
    }

    /// The last backup takes the server's place. Nobody tells it, or anyone else.
    pub fn restore(&mut self) {
        let Some(backup) = self.backup.take() else { return };
        let before = self.server.head();
        self.server.put_back(&backup.copy);
        let after = self.server.head();
        self.tell(&format!("the server comes back from its backup: {before:?} → {after:?}"));
        let mut oracle = backup.oracle.clone();
        oracle.doubts.extend(self.oracle.doubts.iter().copied());
        oracle.heads.extend(self.oracle.heads.iter().copied());
        self.lost.push(std::mem::replace(&mut self.oracle, oracle));
        let lost = self.lost.len() - 1;
        for device in &mut self.devices {
            let Cursor { epoch, version } = device.highest;
            if epoch > after.epoch || version > after.version {
                device.lost.get_or_insert(lost);
            }
            if device.lost.is_some() {
                let common = self.common.entry(epoch).or_insert(after.version);
                *common = after.version.min(*common);
            }
        }
        self.backup = Some(backup);
        self.hang_up();
    }

    /// Every call breaks.
    fn hang_up(&mut self) {
        let inbox = std::mem::take(&mut self.inbox);
        for (device, life, call, _) in inbox {
            let at = self.soon();
            let reply = Reply::Pushed(Err(Trouble::Cut));
            self.at(at, Happening::AtDevice { device, life, call, reply });
        }
        for ((device, call), stream) in std::mem::take(&mut self.streams) {
            let at = self.soon();
            let reply = Reply::LiveEnded(Trouble::Cut);
            self.at(at, Happening::AtDevice { device, life: stream.life, call, reply });
        }
        for happening in self.queue.values_mut() {
            let Happening::AtDevice { reply, .. } = happening else { continue };
            *reply = match reply {
                Reply::Pushed(_) => Reply::Pushed(Err(Trouble::Cut)),
                Reply::Page(_) | Reply::PullEnded(_) => Reply::PullEnded(Err(Trouble::Cut)),
                Reply::Schema(_) | Reply::NoSchema(_) => Reply::NoSchema(Trouble::Cut),
                Reply::Event(_) | Reply::LiveEnded(_) => Reply::LiveEnded(Trouble::Cut),
            };
        }
    }

    /// After a pull: if the server has begun a new history, the oracle does, where the server says; and that is not
    /// beyond what really is the same in both.
    pub(super) fn follow_epoch(&mut self) {
        let epochs = self.server.epochs();
        let before = self.oracle.reference.epoch;
        let ends: Vec<(Epoch, Version)> =
            epochs.ended().filter_map(|epoch| Some((epoch, epochs.fork(epoch)?))).collect();
        for (epoch, fork) in &ends {
            let Some(common) = self.common.get(epoch) else { continue };
            let missed =
                self.devices.iter().any(|device| device.lost.is_some() && device.highest.epoch == *epoch);
            assert!(
                fork <= common || missed,
                "G7: epoch {epoch} ends at {fork}, and it was lost after {common}"
            );
            self.checks.count("rule 3 no more of a lost history counts than is in this one");
        }
        self.oracle.reference.enter(epochs.now, ends);
        if epochs.now != before {
            self.tell(&format!("a new history begins: epoch {}", epochs.now));
            self.checks.count("rule 4 a server that came back from a backup begins a new history");
        }
    }
}
