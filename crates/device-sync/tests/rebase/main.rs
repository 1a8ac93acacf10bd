//! Laws of the rebase: shown is confirmed plus pending, however the news comes.

mod device;

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_sync::{Image, Key, Need, Replay, rebase};
use fieldbook_merge::{Checked, Deed, Edit, Row, Verb};
use fieldbook_model::{RecordId, Seq, Value, Version};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use device::{Device, types};

/// The same cases each time; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more and for others.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed => fixed,
    };
    ProptestConfig { cases: asked.cases.max(4000), rng_seed, failure_persistence: None, ..asked }
}

fn key(n: u8) -> Key {
    Key { of: 0, id: RecordId::from_bytes([n; 16]) }
}

/// A text and a counted number.
fn row(text: &str, n: i64) -> Row {
    vec![Value::Text(text.to_owned()), Value::Int(n)]
}

fn wrote(before: &str, after: &str) -> Deed {
    let text = |text: &str| Value::Text(text.to_owned());
    Deed { field: 0, before: text(before), after: text(after), stamps: None }
}

fn any_change() -> impl Strategy<Value = Checked> {
    let verb = prop_oneof![
        1 => prop::sample::select(vec!["u", "v"]).prop_map(|t| Verb::Revert(vec![wrote("p", t)])),
        1 => Just(Verb::Unmake),
        1 => Just(Verb::Revive(None)),
        3 => prop::sample::select(vec!["u", "v"]).prop_map(|t| Verb::Update(vec![(0, Edit::Set(Value::Text(t.into())))])),
        3 => (-5_i64..5).prop_map(|n| Verb::Update(vec![(1, Edit::Add(n))])),
        1 => Just(Verb::Update(vec![(1, Edit::Add(999_999_999_999_999_999))])),
        1 => Just(Verb::Insert(row("i", 0))),
        1 => Just(Verb::Delete),
        1 => Just(Verb::Restore),
    ];
    (1_u8..5, verb).prop_map(|(n, verb)| {
        let Key { of, id } = key(n);
        Checked { of, id, base: Version::ZERO, verb }
    })
}

/// Pending ops of up to three changes each, some with something that they need.
fn any_ops() -> impl Strategy<Value = Vec<Replay>> {
    let need = (1_u8..5, prop::sample::select(vec!["p", "u"])).prop_map(|(n, text)| Need {
        key: key(n),
        field: 0,
        value: Value::Text(text.to_owned()),
    });
    let op = (prop::collection::vec(any_change(), 1..4), prop::option::weighted(0.2, need))
        .prop_map(|(changes, need)| Replay { changes, needs: need.into_iter().collect() });
    prop::collection::vec(op, 0..7)
}

/// A text and a number, or no row.
type Given<'a> = Option<(&'a str, i64)>;

/// What the server has: some of the records, and of some deleted ones what they held.
fn any_rows(version: u64) -> impl Strategy<Value = BTreeMap<Key, Image>> {
    let given = || prop::option::of((prop::sample::select(vec!["p", "q"]), 0_i64..9));
    prop::collection::btree_map(1_u8..5, (given(), given()), 0..5).prop_map(move |rows| {
        let image = |(given, gone): (Given<'_>, Given<'_>)| Image {
            version: Version(version),
            row: given.map(|(text, n)| row(text, n)),
            gone: gone.filter(|_| given.is_none()).map(|(text, n)| row(text, n)),
        };
        rows.into_iter().map(|(n, given)| (key(n), image(given))).collect()
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn shown_is_confirmed_plus_pending_after_every_act(confirmed in any_rows(1), ops in any_ops()) {
        let mut device = Device::new(&confirmed);
        for op in ops {
            device.act(op);
            prop_assert_eq!(device.shown(), device.expected());
        }
    }

    #[test]
    fn news_moves_the_confirmed_state_under_the_pending_ops(
        confirmed in any_rows(1),
        ops in any_ops(),
        news in any_rows(2),
        settled in prop::collection::btree_set(1_u64..7, 0..7),
    ) {
        let mut device = Device::new(&confirmed);
        ops.into_iter().for_each(|op| device.act(op));
        device.pull(&news, &settled.into_iter().map(Seq).collect());
        prop_assert_eq!(device.shown(), device.expected());
        prop_assert_eq!(device.doubt(), &device.expected_doubt());
        prop_assert!(device.keeps_just_the_images_it_needs());
    }

    #[test]
    fn after_settling_everything_shown_is_confirmed(confirmed in any_rows(1), ops in any_ops(), news in any_rows(2)) {
        let mut device = Device::new(&confirmed);
        let all: BTreeSet<_> = (1..=ops.len() as u64).map(Seq).collect();
        ops.into_iter().for_each(|op| device.act(op));
        device.pull(&news, &all);
        let mut expected = confirmed;
        expected.extend(news);
        let live = expected.into_iter().filter_map(|(key, image)| Some((key, image.row?)));
        prop_assert_eq!(device.shown(), live.collect::<BTreeMap<_, _>>());
        prop_assert!(device.doubt().is_empty());
        prop_assert!(device.keeps_just_the_images_it_needs());
    }

    #[test]
    fn refused_ops_leave_as_if_they_had_never_been(
        confirmed in any_rows(1),
        ops in any_ops(),
        refused in prop::collection::btree_set(1_u64..7, 0..7),
    ) {
        let (mut device, mut without) = (Device::new(&confirmed), Device::new(&confirmed));
        for (seq, op) in (1..).zip(ops) {
            device.act(op.clone());
            if !refused.contains(&seq) {
                without.act(op);
            }
        }
        device.pull(&BTreeMap::new(), &refused.into_iter().map(Seq).collect());
        prop_assert_eq!(device.shown(), without.shown());
        prop_assert_eq!(device.doubt().len(), without.doubt().len());
        prop_assert_eq!(&device.waiting.images, &without.waiting.images);
    }

    #[test]
    fn nothing_new_changes_nothing(confirmed in any_rows(1), ops in any_ops()) {
        let mut device = Device::new(&confirmed);
        ops.into_iter().for_each(|op| device.act(op));
        let before = device.clone();
        let Ok(rebased) = rebase(&types(), &mut device.waiting, &BTreeMap::new(), &BTreeMap::new());
        prop_assert_eq!(rebased, fieldbook_device_sync::Rebased::default());
        // The confirmed state once more as news: played anew, and the same.
        let same = device.waiting.images.clone();
        device.pull(&same, &BTreeSet::new());
        prop_assert_eq!(device.shown(), before.shown());
        prop_assert_eq!((device.doubt(), &device.waiting), (before.doubt(), &before.waiting));
    }

    #[test]
    fn two_pulls_end_like_one(
        confirmed in any_rows(1),
        ops in any_ops(),
        first in any_rows(2),
        second in any_rows(3),
        settled in prop::collection::btree_map(1_u64..7, any::<bool>(), 0..7),
    ) {
        let mut twice = Device::new(&confirmed);
        ops.into_iter().for_each(|op| twice.act(op));
        let mut once = twice.clone();
        let seqs = |early| settled.iter().filter(move |(_, own)| **own == early).map(|(seq, _)| Seq(*seq)).collect();
        twice.pull(&first, &seqs(true));
        twice.pull(&second, &seqs(false));
        let mut news = first;
        news.extend(second);
        once.pull(&news, &settled.keys().map(|seq| Seq(*seq)).collect());
        prop_assert_eq!(once, twice);
    }
}

fn op(n: u8, verb: Verb) -> Replay {
    let Key { of, id } = key(n);
    vec![Checked { of, id, base: Version::ZERO, verb }].into()
}

fn device(text: &str) -> Device {
    let image = Image { version: Version(1), row: Some(row(text, 7)), gone: None };
    Device::new(&BTreeMap::from([(key(1), image)]))
}

#[test]
fn what_was_deleted_comes_back_as_it_was() {
    for (delete, restore) in [(Verb::Delete, Verb::Restore), (Verb::Unmake, Verb::Revive(None))] {
        let mut device = device("p");
        device.act(op(1, delete));
        assert_eq!(device.shown(), BTreeMap::new());
        device.act(op(1, restore));
        assert_eq!(device.shown(), BTreeMap::from([(key(1), row("p", 7))]));
    }
}

#[test]
fn a_restore_shows_what_the_deleted_record_held_if_that_is_known() {
    for gone in [None, Some(row("p", 7))] {
        let image = Image { version: Version(1), row: None, gone: gone.clone() };
        let mut device = Device::new(&BTreeMap::from([(key(1), image)]));
        device.act(op(1, Verb::Restore));
        assert_eq!(device.shown().get(&key(1)), gone.as_ref());
        assert!(device.doubt().is_empty());
    }
}

#[test]
fn an_op_whose_need_is_gone_is_in_doubt_until_it_is_there_again() {
    let mut device = device("p");
    let need = Need { key: key(1), field: 0, value: Value::Text("p".into()) };
    device.act(Replay { needs: vec![need], ..op(1, Verb::Update(vec![(1, Edit::Add(1))])) });
    let news = |text: &str, version| {
        let image = Image { version: Version(version), row: Some(row(text, 7)), gone: None };
        BTreeMap::from([(key(1), image)])
    };
    device.pull(&news("q", 2), &BTreeSet::new());
    assert_eq!((device.shown()[&key(1)].clone(), device.doubt().len()), (row("q", 7), 1));
    device.pull(&news("p", 3), &BTreeSet::new());
    assert_eq!((device.shown()[&key(1)].clone(), device.doubt().len()), (row("p", 8), 0));
}
