//! Two stamps for each unit answer what the whole list of its changes would answer (rule 8).

use fieldbook_merge::{Line, Stamp, Stamps};
use fieldbook_model::Version;
use fieldbook_model::clock::Hlc;
use proptest::prelude::*;

use crate::{at, config};

/// The last change by another line that is newer, found in the list of all changes.
fn scanned(changes: &[Stamp], line: Line, base: Version) -> Option<Stamp> {
    changes.iter().rev().find(|stamp| stamp.line != line).filter(|stamp| stamp.version > base).copied()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn two_stamps_answer_like_the_whole_list(
        lines in prop::collection::vec(0_u32..4, 1..20),
        line in 0_u32..4,
        base in 0_u64..20,
    ) {
        let changes: Vec<_> = (1..).zip(&lines).map(|(version, line)| at(version, *line)).collect();
        let mut stamps = Stamps::first(changes[0]);
        changes[1..].iter().for_each(|stamp| stamps.push(*stamp));
        let (line, base) = (Line(line), Version(base));
        prop_assert_eq!(stamps.unseen(line, base), scanned(&changes, line, base));
    }

    #[test]
    fn several_changes_in_one_op_stamp_like_one(lines in prop::collection::vec(0_u32..4, 1..20)) {
        let (mut once, mut twice) = (Stamps::first(at(1, 9)), Stamps::first(at(1, 9)));
        for (version, line) in (2..).zip(lines) {
            once.push(at(version, line));
            twice.push(at(version, line));
            twice.push(at(version, line));
        }
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn a_hybrid_stamp_reads_back_and_sorts_as_text(a in any::<(u32, u16)>(), b in any::<(u32, u16)>()) {
        let [a, b] = [a, b].map(|(ms, counter)| Hlc { ms: u64::from(ms), counter });
        prop_assert_eq!(Hlc::parse(&a.to_string()), Some(a));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }
}
