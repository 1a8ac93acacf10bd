//! What holds for every change on every record.

use fieldbook_merge::merge::{Outcome, merge};
use fieldbook_merge::play::play;
use fieldbook_merge::{Edit, Held, Merged, Record, Verb};
use fieldbook_model::Version;
use proptest::prelude::*;

use crate::{N, TAGS, any_verb, by, change, config, ty};

/// The record after some changes, each by a line on a base; what does not fit is left out.
fn grown(changes: &[(Verb, u32, u64)]) -> Option<Record> {
    let (ty, mut record) = (ty(), None);
    for (version, (verb, line, base)) in (1..).zip(changes) {
        let _refused = merge(&ty, &mut record, change(*base, verb.clone()), by(version, *line), None);
    }
    record
}

fn history() -> impl Strategy<Value = Vec<(Verb, u32, u64)>> {
    let first = (-9_i64..9).prop_map(|n| vec![(Verb::Insert(crate::row(n)), 0, 0)]);
    let rest = prop::collection::vec((any_verb(), 0_u32..4, 0_u64..12), 0..12);
    (first, rest).prop_map(|(mut first, rest)| {
        first.extend(rest);
        first
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_order_ends_in_the_same_state(history in history()) {
        prop_assert_eq!(grown(&history), grown(&history));
    }

    #[test]
    fn a_refused_change_changes_nothing(history in history(), verb in any_verb(), base in 0_u64..12) {
        let before = grown(&history);
        let mut record = before.clone();
        if merge(&ty(), &mut record, change(base, verb), by(99, 2), None).is_err() {
            prop_assert_eq!(record, before);
        }
    }

    #[test]
    fn a_write_that_lost_changes_no_value_and_no_stamp(history in history(), verb in any_verb(), base in 0_u64..12) {
        let before = grown(&history);
        let mut record = before.clone();
        let Ok(Merged { effect, .. }) = merge(&ty(), &mut record, change(base, verb), by(99, 2), None) else { return Ok(()) };
        let (Some(before), Some(record)) = (before, record) else { return Ok(()) };
        for field in 0..record.row.len() {
            let mut writes = effect.units.iter().filter(|unit| unit.field == field);
            if writes.all(|unit| matches!(unit.outcome, Outcome::LostToDelete(_))) && effect.life.is_none() {
                prop_assert_eq!(&record.row[field], &before.row[field]);
                prop_assert_eq!(record.units[field], before.units[field]);
            }
        }
    }

    #[test]
    fn whoever_has_seen_everything_replaces_nothing_unseen(history in history(), verb in any_verb()) {
        let mut record = grown(&history);
        let Ok(Merged { effect, .. }) = merge(&ty(), &mut record, change(98, verb), by(99, 2), None) else { return Ok(()) };
        let outcomes = effect.life.into_iter().chain(effect.units.iter().map(|unit| unit.outcome));
        for outcome in outcomes {
            prop_assert!(!matches!(outcome, Outcome::Over(_) | Outcome::Merged(_)), "{:?}", outcome);
        }
    }

    #[test]
    fn what_devices_see_changes_the_version_and_nothing_else_does(
        history in history(),
        verb in any_verb(),
        base in 0_u64..12,
    ) {
        let before = grown(&history);
        let mut record = before.clone();
        if merge(&ty(), &mut record, change(base, verb), by(99, 2), None).is_err() {
            return Ok(());
        }
        let (Some(before), Some(record)) = (before, record) else { return Ok(()) };
        if record.version != Version(99) {
            prop_assert_eq!(record, before);
        }
    }

    #[test]
    fn a_device_shows_of_its_own_change_what_the_server_will_hold(history in history(), verb in any_verb()) {
        let before = grown(&history);
        let live = before.as_ref().filter(|record| !record.deleted).map(|record| &record.row);
        let gone = before.as_ref().filter(|record| record.deleted).map(|record| &record.row);
        let held = Held { row: live.cloned(), gone: gone.cloned() };
        let Ok(shown) = play(&ty(), &held, &verb) else { return Ok(()) };
        let mut record = before.clone();
        if merge(&ty(), &mut record, change(98, verb), by(99, 2), None).is_err() {
            return Ok(());
        }
        prop_assert_eq!(record.filter(|record| !record.deleted).map(|record| record.row), shown.row);
    }
}

#[test]
fn whoever_is_refused_for_the_range_hears_which_one_it_is() {
    let words = |edit: (usize, Edit)| {
        let tags = Verb::Update(vec![(TAGS, Edit::Include(["e".to_owned()].into(), 3))]);
        let mut record = grown(&[(Verb::Insert(crate::row(0)), 0, 0), (tags, 0, 1)]);
        let update = change(2, Verb::Update(vec![edit]));
        merge(&ty(), &mut record, update, by(99, 2), None).expect_err("out of range").words
    };
    let three = Edit::Include(["a", "b", "c"].map(str::to_owned).into(), 3);
    assert_eq!(words((TAGS, three)), "item.tags would have more than 3 elements.");
    assert_eq!(words((N, Edit::Add(i64::MAX))), "item.n would leave the range of 18 digits.");
}
