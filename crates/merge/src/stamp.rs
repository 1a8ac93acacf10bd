//! Who changed a unit last. Two stamps for each unit: with only one, a device's own later change would
//! hide another's that it has not seen (rule 8).

use fieldbook_model::Version;
use fieldbook_model::planted::{Defect, planted};

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

    /// The last change that `line`, acting on `base`, had not seen: by another log, and newer.
    pub fn unseen(&self, line: Line, base: Version) -> Option<Stamp> {
        let foreign = match self.last.line == line {
            true if planted(Defect::OneStampPerUnit) => None,
            true => self.other,
            false => Some(self.last),
        };
        foreign.filter(|stamp| stamp.version > base)
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
}
