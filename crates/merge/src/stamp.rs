//! Who changed a unit last. Two stamps for each unit: with only one, a device's own later change would
//! hide another's that it has not seen (rule 8).

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Seq, Version};

/// The number of a device's log in its workspace: small, so that stamps are (rule 57).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(pub u32);

/// A change of a unit: where in the total order, and by which log. The op log has the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// In the total order.
    pub version: Version,
    /// Whose.
    pub line: Line,
    /// What it weighs against a change that did not see it, where the unit's rule compares them ([`crate::weight`]);
    /// else 0.
    pub weight: u64,
}

impl Stamp {
    /// A change that weighs nothing.
    pub fn new(version: Version, line: Line) -> Self {
        Self { version, line, weight: 0 }
    }
}

/// The last change of a unit, and the last by any other log than that one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamps {
    /// The last change.
    pub last: Stamp,
    /// The last change by another log than `last.line`.
    pub other: Option<Stamp>,
}

impl Stamps {
    /// Of a unit that was just made.
    pub fn first(stamp: Stamp) -> Self {
        Self { last: stamp, other: None }
    }

    /// Takes in a change.
    pub fn push(&mut self, stamp: Stamp) {
        if stamp.line != self.last.line {
            self.other = Some(self.last);
        }
        self.last = stamp;
    }

    /// Every stamp.
    pub(crate) fn each(&mut self, mut change: impl FnMut(&mut Stamp)) {
        change(&mut self.last);
        if let Some(other) = &mut self.other {
            change(other);
        }
    }

    /// The last change that `line`, acting on `base`, had not seen: by another log, and newer.
    pub fn unseen(&self, line: Line, base: Version) -> Option<Stamp> {
        let foreign = match self.last.line == line {
            true if planted(Defect::OneStampPerUnit) => None,
            true => self.other,
            false => Some(self.last),
        };
        let seen = if planted(Defect::SeenIsOneMore) { base.next() } else { base };
        foreign.filter(|stamp| stamp.version > seen)
    }
}

/// What a log that began as a copy of another has in common with that one (rule 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kin {
    /// The other log.
    pub line: Line,
    /// The last op that both have.
    pub seq: Seq,
    /// The place of that op in the total order.
    pub version: Version,
}

/// A log, and what it has in common with those that it began as a copy of. What they did up to there is its own; what
/// they did later is another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinship {
    line: Line,
    kin: Vec<Kin>,
}

impl Kinship {
    /// Of a log that began with nothing.
    pub fn alone(line: Line) -> Self {
        Self { line, kin: Vec::new() }
    }

    /// Of a log with its kin.
    pub fn new(line: Line, mut kin: Vec<Kin>) -> Self {
        if planted(Defect::CopiesAreStrangers) {
            kin.clear();
        }
        if planted(Defect::CopiesOwnAll) {
            kin.iter_mut().for_each(|kin| (kin.seq, kin.version) = (Seq(u64::MAX), Version(u64::MAX)));
        }
        kin.sort_by_key(|kin| kin.version);
        Self { line, kin }
    }

    /// The logs in which its ops stand, each with the last place there that is its own.
    pub fn logs(&self) -> impl Iterator<Item = (Line, Seq)> {
        let kin = self.kin.iter().map(|kin| (kin.line, kin.seq));
        kin.chain([(self.line, Seq(u64::MAX))])
    }

    /// Whether what a log did at a place of the total order is its own.
    pub fn owns(&self, line: Line, version: Version) -> bool {
        line == self.line || self.kin.iter().any(|kin| kin.line == line && version <= kin.version)
    }

    /// Whether an op of a log is its own.
    pub fn owns_op(&self, line: Line, seq: Seq) -> bool {
        self.logs().any(|(own, last)| own == line && seq <= last)
    }

    /// Gives a stamp of what is its own the number of the log, so that rules which compare logs see one.
    pub(crate) fn claim(&self, stamp: &mut Stamp) {
        if self.owns(stamp.line, stamp.version) {
            stamp.line = self.line;
        }
    }

    /// Gives a stamp back the number under which everybody knows it: the log itself has no place before the last common one.
    pub(crate) fn release(&self, stamp: &mut Stamp) {
        let kin = self.kin.iter().find(|kin| stamp.version <= kin.version);
        if let Some(kin) = kin.filter(|_| stamp.line == self.line && !planted(Defect::CopiesOwnAll)) {
            stamp.line = kin.line;
        }
    }

    /// The last change of a unit that the log, acting on `base`, had not seen.
    pub fn unseen(&self, mut stamps: Stamps, base: Version) -> Option<Stamp> {
        stamps.each(|stamp| self.claim(stamp));
        stamps.unseen(self.line, base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Line = Line(1);
    const B: Line = Line(2);

    fn at(version: u64, line: Line) -> Stamp {
        Stamp::new(Version(version), line)
    }

    #[test]
    fn own_changes_do_not_hide_what_another_device_wrote() {
        let mut stamps = Stamps::first(at(1, A));
        stamps.push(at(2, B));
        stamps.push(at(3, A));
        assert_eq!(stamps.unseen(A, Version(1)), Some(at(2, B)));
        assert_eq!(stamps.unseen(A, Version(2)), None);
        assert_eq!(stamps.unseen(B, Version(2)), Some(at(3, A)));
        stamps.push(at(4, A));
        assert_eq!(stamps.unseen(A, Version(1)), Some(at(2, B)));
    }

    #[test]
    fn what_was_done_before_two_logs_parted_is_the_copys_own_and_what_came_later_is_not() {
        let copy = Line(3);
        let kin = Kinship::new(copy, vec![Kin { line: A, seq: Seq(2), version: Version(4) }]);
        let mut stamps = Stamps::first(at(2, B));
        stamps.push(at(4, A));
        assert_eq!(kin.unseen(stamps, Version(1)), Some(at(2, B)), "its own later change hides nothing");
        assert_eq!(kin.unseen(stamps, Version(2)), None);
        stamps.push(at(5, A));
        assert_eq!(kin.unseen(stamps, Version(2)), Some(at(5, A)), "what the other did alone is another's");
        assert!(kin.owns_op(A, Seq(2)) && !kin.owns_op(A, Seq(3)) && kin.owns_op(copy, Seq(9)));
        for stamp in [at(3, A), at(4, A), at(5, A), at(4, B), at(9, copy)] {
            let mut claimed = stamp;
            kin.claim(&mut claimed);
            kin.release(&mut claimed);
            assert_eq!(claimed, stamp);
        }
    }
}
