//! What a damaged database still gives, whichever page is damaged, and what becomes of it in another.

use std::fs;
use std::path::Path;

use fieldbook_device_store::{DatabaseKey, Rescued, Store, StoreError, rescue};
use fieldbook_model::{Change, Code, Epoch, Hash, SealedOp, Seq, Version};

use crate::estate::refusal;
use crate::world::{act, identity, moment, news, shown};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);
const PAGE: usize = 4096;
/// So many ops wait.
const WAITING: u64 = 400;

/// A database in which some ops are answered and many wait. Their texts.
fn full(path: &Path) -> Vec<SealedOp> {
    let mut store = Store::create(path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1; ins q Mug 1");
    news(&mut store, "ok 1 @1; ok 2 @2; p Tea 1 @1; q Mug 1 @2").expect("a page");
    for n in 0..WAITING {
        act(&mut store, if n % 2 == 0 { "add p 1" } else { "name q Cup" });
    }
    let last = store.facts().expect("facts").last.0;
    let text = |seq| store.op_text(Seq(seq)).expect("a log").expect("an op");
    (3..=last).map(text).map(|text| SealedOp::open(text).expect("an op")).collect()
}

/// The places that are told as lost.
fn lost(rescued: &Rescued, last: u64) -> Vec<u64> {
    let all = |(from, to): &(Seq, Option<Seq>)| from.0..=to.map_or(last, |to| to.0);
    rescued.unreadable.iter().flat_map(all).collect()
}

#[test]
fn whatever_page_is_damaged_each_op_is_read_as_it_was_or_told_as_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fieldbook.db");
    let ops = full(&path);
    let whole = fs::read(&path).expect("a database");
    assert_eq!(rescue(&path, &KEY), Ok(Rescued { ops: ops.clone(), unreadable: Vec::new() }));
    let last = ops.last().expect("ops").op.seq.0;
    let (mut some, mut all) = (0, 0);
    for page in 0..whole.len() / PAGE {
        let mut bent = whole.clone();
        bent[page * PAGE + 99] ^= 1;
        fs::write(&path, bent).expect("written");
        let rescued = match rescue(&path, &KEY) {
            Ok(rescued) => rescued,
            Err(error) => {
                assert_eq!((page, error), (0, StoreError::WrongKey));
                continue;
            }
        };
        let lost = lost(&rescued, last);
        let left: Vec<SealedOp> = ops.iter().filter(|op| !lost.contains(&op.op.seq.0)).cloned().collect();
        assert!(
            rescued.ops == left,
            "page {page}: {} of {} ops, lost: {lost:?}",
            rescued.ops.len(),
            ops.len()
        );
        some += u32::from(!left.is_empty() && !lost.is_empty());
        all += u32::from(lost.is_empty());
    }
    // The log's own pages hide some each; of the others none hides any.
    assert!(some > 10 && all > 10, "{some} pages hid some ops, {all} none");
}

/// Another folder of the same person, at what the server has by now.
fn another() -> Store {
    let mut store = Store::memory(&identity()).expect("a store");
    news(&mut store, "p Tea 1 @1; q Bowl 1 @7").expect("a page");
    store
}

#[test]
fn a_rescued_op_is_done_once_and_knows_no_more_than_its_author_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fieldbook.db");
    let ops = full(&path);
    let mut store = another();
    let first = store.take_rescued(moment(1), &ops[0]).expect("it fits");
    let again = store.take_rescued(moment(2), &ops[0]).expect("it fits");
    assert_eq!((first.duplicate, again.duplicate, again.seq), (false, true, first.seq));
    let renamed = store.take_rescued(moment(3), &ops[1]).expect("it fits");
    assert_eq!(shown(&mut store), "p Tea 2 @1; q Cup 1 @7");
    let text = store.op_text(renamed.seq).expect("a log").expect("an op");
    let op = SealedOp::open(text).expect("an op").op;
    let Change::Update { base, .. } = &op.payload.changes[0] else { panic!("{op:?}") };
    assert_eq!(*base, Version(2), "the server asks about what came since");
    assert_eq!(op.idempotency_key, ops[1].op.idempotency_key, "a server that had it says so");
    assert_eq!((op.seq, op.previous == Hash::ZERO), (Seq(2), false), "in a log of its own");
}

#[test]
fn what_does_not_fit_stays_out_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fieldbook.db");
    drop(full(&path));
    let mut damaged = Store::open(&path, &KEY).expect("a store");
    act(&mut damaged, "ins r Pot 1; add r 1");
    drop(damaged);
    let ops = rescue(&path, &KEY).expect("a log").ops;
    let (mut store, pot) = (another(), ops.len() - 2);
    let Change::Insert { of, .. } = &ops[pot].op.payload.changes[0] else { panic!("{:?}", ops[pot]) };
    assert_eq!(of, "product");
    let early = refusal(store.take_rescued(moment(1), &ops[pot + 1]));
    assert_eq!(early.code, Code::UnknownRecord, "what it builds upon is not here");
    store.take_rescued(moment(2), &ops[pot]).expect("it fits");
    store.take_rescued(moment(3), &ops[pot + 1]).expect("now it does");
    // The server came back from a backup: a base of before says nothing now.
    let mut op = ops[1].op.clone();
    op.seen.epoch = Epoch(9);
    let refused = refusal(store.take_rescued(moment(4), &SealedOp::seal(op)));
    assert_eq!(refused.code, Code::NotHeld);
    assert!(refused.words.contains("do it anew"), "{}", refused.words);
}
