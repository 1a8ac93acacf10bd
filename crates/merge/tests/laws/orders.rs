//! The lowest, the highest and the elements of a set end the same in whatever order the ops of devices that did not know
//! of each other arrive (rule 24).

use std::collections::BTreeSet;

use fieldbook_merge::merge::merge;
use fieldbook_merge::{Edit, Row, Verb};
use fieldbook_model::Value;
use fieldbook_model::decimal::Scaled;
use proptest::prelude::*;

use crate::{LOW, TAGS, TOP, by, change, config, row, ty};

/// What one device does, in its order, knowing only the new record.
type Log = Vec<(usize, Edit)>;

/// The record after the logs, where `turns` says whose op comes next.
fn ended(logs: &[Log], turns: &[usize]) -> Row {
    let (ty, mut record) = (ty(), None);
    let mut logs: Vec<_> = logs.iter().map(|log| log.iter()).collect();
    merge(&ty, &mut record, change(0, Verb::Insert(row(0))), by(1, 9), None).expect("a new record");
    for (version, line) in (2..).zip(turns) {
        let edit = logs[*line].next().expect("an op").clone();
        let update = change(1, Verb::Update(vec![edit]));
        merge(&ty, &mut record, update, by(version, *line as u32), None).expect("it fits");
    }
    record.expect("a record").row
}

/// Whose op comes next, as often as each has ops.
fn turns(logs: &[Log]) -> Vec<usize> {
    let all = logs.iter().enumerate();
    all.flat_map(|(line, log)| std::iter::repeat_n(line, log.len())).collect()
}

fn edit() -> impl Strategy<Value = (usize, Edit)> {
    let element = prop::sample::select(vec!["a", "b"]).prop_map(|it| BTreeSet::from([it.to_owned()]));
    prop_oneof![
        (-4_i64..4).prop_map(|n| (TOP, Edit::Raise(Value::Int(n)))),
        (-4_i64..4).prop_map(|n| (LOW, Edit::Lower(Value::Decimal(Scaled(n, 2))))),
        element.clone().prop_map(|it| (TAGS, Edit::Include(it, 9))),
        element.prop_map(|it| (TAGS, Edit::Exclude(it))),
    ]
}

fn logs() -> impl Strategy<Value = (Vec<Log>, Vec<usize>)> {
    let logs = prop::collection::vec(prop::collection::vec(edit(), 0..5), 2..5);
    logs.prop_flat_map(|logs| {
        let turns = turns(&logs);
        (Just(logs), Just(turns).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bounds_and_elements_end_the_same_in_any_order((logs, shuffled) in logs()) {
        prop_assert_eq!(ended(&logs, &turns(&logs)), ended(&logs, &shuffled));
    }

    #[test]
    fn the_highest_is_the_largest_ever_written((logs, shuffled) in logs()) {
        let written = logs.iter().flatten().filter_map(|(_, edit)| match edit {
            Edit::Raise(Value::Int(number)) => Some(*number),
            _ => None,
        });
        let highest = written.max().map_or(Value::Null, Value::Int);
        prop_assert_eq!(&ended(&logs, &shuffled)[TOP], &highest);
    }

    #[test]
    fn an_element_is_there_where_somebody_put_it_in_and_did_not_take_it_out((logs, shuffled) in logs()) {
        let mut there = BTreeSet::new();
        for log in &logs {
            let mut own = BTreeSet::new();
            for (_, edit) in log {
                match edit {
                    Edit::Include(elements, _) => own.extend(elements.iter().cloned()),
                    Edit::Exclude(elements) => own.retain(|it| !elements.contains(it)),
                    _ => {}
                }
            }
            there.extend(own);
        }
        let ended = match &ended(&logs, &shuffled)[TAGS] {
            Value::Set(elements) => elements.clone(),
            _ => BTreeSet::new(),
        };
        prop_assert_eq!(ended, there);
    }
}
