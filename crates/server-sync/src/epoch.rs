//! Epochs: which history a version counts in (rule 3), and how a server finds out that it came back from an old
//! backup (rule 4).
//!
//! ```text
//!   epoch 1   1 ─ 2 ─ 3 ─ 4 ─ 5            the versions 4 and 5 were lost: 3 is the fork of epoch 1
//!                     └── 4 ─ 5 ─ 6        epoch 2
//! ```
//!
//! A number of epoch 1 counts as 3 at most: whoever had seen the lost 5 has seen no more of epoch 2 than its 3.

use fieldbook_model::chain::Hash;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Epoch, Version, WallTime};
use fieldbook_protocol::{Mark, Standing};

/// A device that claims a later epoch than this is not believed: it would use the numbers up.
const EPOCH_MAX: Epoch = Epoch(1 << 31);
/// Epochs that begin with a restore are numbered by the seconds since 2020: a server that comes back twice from one
/// backup must not give two histories one number, and has forgotten the first.
const SECONDS_FROM: i64 = 1_577_836_800;

/// The history that a workspace is in, and where those before it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epochs {
    /// The one in force.
    pub now: Epoch,
    /// For each earlier one that is known, the version up to which the one in force has the same ops.
    forks: Vec<(Epoch, Version)>,
    /// Nobody waits any longer for what was lost with epochs before this one.
    closed: Epoch,
}

impl Epochs {
    /// One in force, and where the earlier ones ended.
    pub fn new(now: Epoch, forks: Vec<(Epoch, Version)>) -> Self {
        Self { now, forks, closed: Epoch(0) }
    }

    /// The same when the recovery of what was lost with epochs before one is over.
    pub fn closed(self, before: Epoch) -> Self {
        Self { closed: before, ..self }
    }

    /// Whether somebody had seen what was lost since, and that may still come (rule 6).
    pub fn may_come(&self, seen: Cursor) -> bool {
        seen.epoch != self.now
            && seen.epoch >= self.closed
            && self.counts(seen) < seen.version
            && !planted(Defect::LostBaseIsRefused)
    }

    /// What a version counts as in the history in force.
    pub fn counts(&self, seen: Cursor) -> Version {
        if seen.epoch == self.now || planted(Defect::ForksAreForgotten) {
            return seen.version;
        }
        self.fork(seen.epoch).map_or(Version::ZERO, |fork| fork.min(seen.version))
    }

    /// Up to where an earlier epoch has the same ops as the history in force; `None` where that is not known.
    pub fn fork(&self, of: Epoch) -> Option<Version> {
        self.forks.iter().find(|(epoch, _)| *epoch == of).map(|(_, fork)| *fork)
    }

    /// The epochs that have ended.
    pub fn ended(&self) -> impl Iterator<Item = Epoch> {
        self.forks.iter().map(|(epoch, _)| *epoch)
    }
}

/// What a device's memory of the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Its place is one of this history.
    Here,
    /// It is in an epoch that has ended: it has to begin anew.
    Older,
    /// The same, and it has seen less of this history than its epoch is known for, or is in one that is not known: that
    /// has to be known first.
    Less(Ended),
    /// It has seen what this server never had: a new epoch begins.
    Apart(NewEpoch),
}

/// How far an epoch that has ended, and those before it, are the same as the history in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The epoch.
    pub epoch: Epoch,
    /// Up to here.
    pub fork: Version,
}

/// A new epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEpoch {
    /// Its number: higher than any that was seen, and what no other restore has used.
    pub epoch: Epoch,
    /// The epoch that the device was in, which ends too.
    pub seen: Epoch,
    /// The last version that is known to be in both histories. Too low is safe: what was seen counts as not seen.
    pub fork: Version,
}

impl NewEpoch {
    /// Begun at a time of the server's clock.
    pub fn at(self, now: WallTime) -> Self {
        let seconds = u32::try_from(now.0 / 1000 - SECONDS_FROM).unwrap_or_default();
        Self { epoch: self.epoch.max(Epoch(seconds.min(EPOCH_MAX.0))), ..self }
    }
}

/// Compares what a device remembers with the log up to its head. `at` tells the running hash at a version that is not beyond the head.
pub fn stand<E>(
    head: Version,
    epochs: &Epochs,
    standing: &Standing,
    mut at: impl FnMut(Version) -> Result<Hash, E>,
) -> Result<Stand, E> {
    let Standing { cursor, trail } = standing;
    if planted(Defect::RestoreUnnoticed) {
        return Ok(Stand::Here);
    }
    let mut has = |mark: &Mark| Ok(mark.version <= head && at(mark.version)? == mark.hash);
    let beyond = cursor.epoch != epochs.now || cursor.version > head;
    // A number alone is no proof of a history: whoever remembers nothing is asked for nothing.
    let Some(trail) = trail else { return Ok(Stand::Here) };
    if cursor.epoch > EPOCH_MAX {
        return Ok(Stand::Older);
    }
    let own = Mark { version: cursor.version, hash: trail.hash };
    let known = trail.marks.iter().copied().chain(trail.acknowledged).chain([own]);
    let mut fork = Version::ZERO;
    let mut apart = beyond;
    for mark in known {
        match has(&mark)? {
            true => fork = fork.max(mark.version),
            false => apart = true,
        }
    }
    if cursor.epoch < epochs.now {
        // One epoch may have gone on in two ways, where a server came back and nobody noticed for a while. Of one that
        // this history does not know, what came before it may have, too.
        let less = match epochs.fork(cursor.epoch) {
            Some(known) => fork < known && fork < cursor.version,
            None => true,
        };
        return Ok(if less { Stand::Less(Ended { epoch: cursor.epoch, fork }) } else { Stand::Older });
    }
    let new = NewEpoch { epoch: cursor.epoch.next(), seen: cursor.epoch, fork };
    Ok(if apart { Stand::Apart(new) } else { Stand::Here })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_protocol::Trail;

    fn hash(version: u64) -> Hash {
        Hash::of(&version.to_be_bytes())
    }

    fn mark(version: u64) -> Mark {
        Mark { version: Version(version), hash: hash(version) }
    }

    fn lost(version: u64) -> Mark {
        Mark { version: Version(version), hash: Hash::of(b"lost") }
    }

    /// A device's epoch, its mark at the cursor, what it was acknowledged, older marks; a server in epoch 2 whose head
    /// is 10.
    fn check(epoch: u32, at: Mark, acknowledged: Option<Mark>, marks: &[Mark], expected: Stand) {
        let epochs = Epochs::new(Epoch(2), vec![(Epoch(1), Version(5))]);
        let trail = Some(Box::new(Trail { hash: at.hash, acknowledged, marks: marks.to_vec() }));
        let standing = Standing { cursor: Cursor { epoch: Epoch(epoch), version: at.version }, trail };
        let found = stand(Version(10), &epochs, &standing, |version| Ok::<_, ()>(hash(version.0)));
        assert_eq!(found, Ok(expected), "{standing:?}");
    }

    fn apart(epoch: u32, fork: u64) -> Stand {
        Stand::Apart(NewEpoch { epoch: Epoch(epoch), seen: Epoch(epoch - 1), fork: Version(fork) })
    }

    #[test]
    fn a_history_that_the_server_never_had_is_told_by_its_hashes_and_its_numbers() {
        check(2, mark(7), None, &[], Stand::Here);
        check(2, mark(10), Some(mark(10)), &[mark(3)], Stand::Here);
        // In an epoch that has ended at 5; of a branch of it that parted before; and with less than that.
        check(1, lost(99), Some(lost(99)), &[mark(5), lost(6)], Stand::Older);
        let less = |fork| Stand::Less(Ended { epoch: Epoch(1), fork: Version(fork) });
        check(1, lost(99), None, &[mark(3), lost(4)], less(3));
        check(1, lost(4), None, &[], less(0));
        check(1, mark(3), Some(lost(6)), &[mark(2)], Stand::Older);
        // In one that this history never heard of.
        check(0, lost(9), None, &[mark(4)], Stand::Less(Ended { epoch: Epoch(0), fork: Version(4) }));
        // The head is below what the device has, or below what it was acknowledged.
        check(2, lost(11), None, &[mark(4), mark(9), lost(11)], apart(3, 9));
        check(2, mark(7), Some(lost(12)), &[mark(4)], apart(3, 7));
        // The head has overtaken it, with other ops.
        check(2, lost(8), None, &[mark(4), lost(6)], apart(3, 4));
        check(2, mark(7), Some(lost(9)), &[], apart(3, 7));
        // The server came back from before its last epoch; and from before that, with nothing to compare.
        check(4, lost(8), None, &[mark(6)], apart(5, 6));
        check(4, lost(8), None, &[], apart(5, 0));
        // A claim that no history of restores explains.
        check(u32::MAX, lost(8), None, &[], Stand::Older);
    }

    #[test]
    fn two_restores_of_one_backup_begin_epochs_of_different_numbers() {
        let new = NewEpoch { epoch: Epoch(3), seen: Epoch(2), fork: Version(1) };
        let at = |ms: i64| new.at(WallTime(ms)).epoch;
        assert_eq!(at(0), Epoch(3));
        assert_eq!(at(1_577_836_810_000), Epoch(10));
        assert!(at(1_790_000_000_000) < at(1_790_000_001_000));
        assert_eq!(at(i64::MAX), Epoch(3), "a clock that is wrong by ages");
    }

    #[test]
    fn a_number_of_an_older_epoch_counts_as_its_fork_at_most() {
        let epochs = Epochs::new(
            Epoch(4),
            vec![(Epoch(1), Version(5)), (Epoch(2), Version(5)), (Epoch(3), Version(7))],
        );
        for (epoch, version, counts) in
            [(4, 100, 100), (3, 100, 7), (3, 6, 6), (2, 6, 5), (1, 8, 5), (1, 3, 3), (9, 3, 0), (0, 3, 0)]
        {
            let seen = Cursor { epoch: Epoch(epoch), version: Version(version) };
            assert_eq!(epochs.counts(seen), Version(counts), "{seen:?}");
        }
    }
}
