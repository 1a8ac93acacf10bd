//! Where the device stands: one row that answers and pulls move, and that an act only reads.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Epoch, Hlc, Seq, Version, WallTime};
use fieldbook_protocol::Mark;
use rusqlite::params;

use crate::error::StoreError;
use crate::open::Tx;

/// Where the device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The history that `cursor` counts in.
    pub epoch: Epoch,
    /// Up to here everything is shown.
    pub cursor: Version,
    /// The running hash of the server's log there, where that is known.
    pub hash: Option<Hash>,
    /// The furthest head that came with an answer or a page, where that is beyond the cursor.
    pub acknowledged: Option<Mark>,
    /// Up to here everything is stored, but not shown yet: in the history that it is a view of.
    pub staged: Option<Version>,
    /// The head of the workspace when the last staged page was read; 0 when nothing is staged.
    pub staged_head: Version,
    /// Whether what is staged is a first load, in tables of its own.
    pub loading: bool,
    /// The last op that was collected for a push.
    pub collected: Seq,
    /// No op before this one waits for an answer.
    pub first_waiting: Seq,
    /// How many ops have an answer, of all there ever were.
    pub answered: u64,
    /// How many of them are settled by a pull.
    pub settled: u64,
    /// What the server's clock said when it read the last page, or the highest that it ever said.
    pub served: WallTime,
    /// By how many milliseconds that clock is ahead of this device's.
    pub off_ms: i64,
}

impl Marks {
    pub fn read(tx: Tx<'_>) -> Result<Self, StoreError> {
        let mut select = tx.conn.prepare_cached(
            "SELECT cursor, staged, loading, collected, first_waiting, answered, settled, staged_head, served_ms, \
             off_ms, epoch, hash, acknowledged, acknowledged_hash FROM fb_marks",
        )?;
        Ok(select.query_row([], |row| {
            let acknowledged = match (row.get::<_, Option<u64>>(12)?, row.get(13)?) {
                (Some(version), Some(hash)) => Some(Mark { version: Version(version), hash: Hash(hash) }),
                _ => None,
            };
            Ok(Self {
                epoch: Epoch(row.get(10)?),
                cursor: Version(row.get(0)?),
                hash: row.get::<_, Option<_>>(11)?.map(Hash),
                acknowledged,
                staged: row.get::<_, Option<u64>>(1)?.map(Version),
                loading: row.get(2)?,
                collected: Seq(row.get(3)?),
                first_waiting: Seq(row.get(4)?),
                answered: row.get(5)?,
                settled: row.get(6)?,
                staged_head: Version(row.get(7)?),
                served: WallTime(row.get(8)?),
                off_ms: row.get(9)?,
            })
        })?)
    }

    pub fn write(&self, tx: Tx<'_>) -> Result<(), StoreError> {
        let mut update = tx.conn.prepare_cached(
            "UPDATE fb_marks SET cursor = ?1, staged = ?2, loading = ?3, collected = ?4, first_waiting = ?5, \
             answered = ?6, settled = ?7, staged_head = ?8, served_ms = ?9, off_ms = ?10, epoch = ?11, hash = ?12, \
             acknowledged = ?13, acknowledged_hash = ?14",
        )?;
        let acknowledged = self.beyond();
        update.execute(params![
            self.cursor.0,
            self.staged.map(|version| version.0),
            self.loading,
            self.collected.0,
            self.first_waiting.0,
            self.answered,
            self.settled,
            self.staged_head.0,
            self.served.0,
            self.off_ms,
            self.epoch.0,
            self.hash.map(|hash| hash.0),
            acknowledged.map(|mark| mark.version.0),
            acknowledged.map(|mark| mark.hash.0),
        ])?;
        Ok(())
    }

    /// Takes in what the server's clock said, and what this device's did when that came.
    pub fn heard(&mut self, server: WallTime, own: Option<WallTime>) {
        self.served = self.served.max(server);
        if let Some(own) = own {
            self.off_ms = server.0.saturating_sub(own.0);
        }
    }

    /// The stamp of what is done when this device's clock says `now`: later than all that the server had stamped when it
    /// was last heard, and than `last` of this log; and as close to the server's clock as is known (rule 25).
    pub fn stamp(&self, last: Option<Hlc>, now: WallTime) -> Hlc {
        let read = if self.served > WallTime::default() { Hlc::last_of(self.served) } else { Hlc::default() };
        read.witness(last.unwrap_or_default()).tick(WallTime(now.0.saturating_add(self.off_ms)))
    }

    /// Up to here everything is shown.
    pub fn at(&self) -> Cursor {
        Cursor { epoch: self.epoch, version: self.cursor }
    }

    /// Notes a head that the server told of: with an answer, or with a page that is not shown yet.
    pub fn told_of(&mut self, head: Mark) {
        if self.acknowledged.is_none_or(|mark| mark.version < head.version) {
            self.acknowledged = Some(head);
        }
    }

    /// What was acknowledged beyond the cursor.
    pub fn beyond(&self) -> Option<Mark> {
        self.acknowledged.filter(|mark| mark.version > self.cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks() -> Marks {
        Marks {
            epoch: Epoch(1),
            hash: Some(Hash::ZERO),
            acknowledged: None,
            cursor: Version::ZERO,
            staged: None,
            staged_head: Version::ZERO,
            loading: false,
            collected: Seq::ZERO,
            first_waiting: Seq(1),
            answered: 0,
            settled: 0,
            served: WallTime::default(),
            off_ms: 0,
        }
    }

    /// What a device stamps at a time of its own clock, having heard the server at a time of each, after an own stamp.
    fn check(heard: &[(i64, i64)], last: Option<u64>, now: i64, expected: (u64, u16)) {
        let mut marks = marks();
        heard.iter().for_each(|(server, own)| marks.heard(WallTime(*server), Some(WallTime(*own))));
        let last = last.map(|ms| Hlc { ms, counter: 0 });
        let (ms, counter) = expected;
        assert_eq!(marks.stamp(last, WallTime(now)), Hlc { ms, counter });
    }

    #[test]
    fn a_stamp_is_of_the_servers_time_and_later_than_what_was_read() {
        // Nobody was heard yet.
        check(&[], None, 500, (500, 0));
        check(&[], Some(700), 500, (700, 1));
        // The own clock is ten years ahead, or a day behind, or goes back.
        check(&[(1_000, 9_000_000)], None, 9_000_050, (1_050, 0));
        check(&[(9_000, 100)], None, 150, (9_050, 0));
        check(&[(9_000, 100)], None, 20, (9_001, 0));
        check(&[(9_000, 9_000), (8_000, 9_001)], None, 9_002, (9_001, 0));
    }
}
