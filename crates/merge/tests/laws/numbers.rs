//! A field merged by delta equals its start plus the sum of all additions, in any order and any grouping (G8).

use fieldbook_merge::merge::merge;
use fieldbook_merge::{Edit, Record, Verb};
use fieldbook_model::Value;
use fieldbook_model::decimal::Scaled;
use proptest::prelude::*;

use crate::{CASH, N, by, change, config, row, ty};

/// The record after some groups of additions: each group one op of a device, on a base of its own.
fn summed(start: i64, groups: &[(Vec<i64>, u32, u64)]) -> Record {
    let (ty, mut record) = (ty(), None);
    merge(&ty, &mut record, change(0, Verb::Insert(row(start))), by(1, 9), None).expect("a new record");
    for (version, (numbers, line, base)) in (2..).zip(groups) {
        let edits = numbers.iter().flat_map(|number| [(N, Edit::Add(*number)), (CASH, Edit::Add(*number))]);
        let update = change(*base, Verb::Update(edits.collect()));
        merge(&ty, &mut record, update, by(version, *line), None).expect("small numbers");
    }
    record.expect("a record")
}

fn groups() -> impl Strategy<Value = Vec<(Vec<i64>, u32, u64)>> {
    let group = (prop::collection::vec(-999_999_999_i64..999_999_999, 1..5), 0_u32..4, 0_u64..9);
    prop::collection::vec(group, 1..8)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn additions_in_any_order_make_the_start_and_their_sum(
        start in -999_999_i64..999_999,
        (groups, shuffled) in groups().prop_flat_map(|groups| (Just(groups.clone()), Just(groups).prop_shuffle())),
    ) {
        let sum = start + groups.iter().flat_map(|(numbers, ..)| numbers).sum::<i64>();
        let (one, two) = (summed(start, &groups), summed(start, &shuffled));
        prop_assert_eq!(&one.row, &two.row);
        prop_assert_eq!(&one.row[N], &Value::Int(sum));
        prop_assert_eq!(&one.row[CASH], &Value::Decimal(Scaled(sum, 2)));
    }

    #[test]
    fn additions_in_any_grouping_make_the_same_sum(start in -999_i64..999, groups in groups()) {
        let all: Vec<_> = groups.iter().flat_map(|(numbers, ..)| numbers.clone()).collect();
        let single: Vec<_> = all.iter().map(|number| (vec![*number], 1, 1)).collect();
        let apart = summed(start, &single).row;
        prop_assert_eq!(&summed(start, &groups).row, &apart);
        prop_assert_eq!(&summed(start, &[(all, 1, 1)]).row, &apart);
    }
}
