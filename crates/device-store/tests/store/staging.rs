//! Pages that come one by one are shown as one, survive a restart, and join without a gap.

use std::path::PathBuf;

use fieldbook_device_store::{DatabaseKey, IncomingError, Store};
use fieldbook_model::{Cursor, Epoch, Version};

use crate::world::{act, cursor, identity, in_doubt, news, page, shown, with};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);

/// A store on the disk that can be closed and opened again.
struct Kept {
    _dir: tempfile::TempDir,
    path: PathBuf,
    store: Option<Store>,
}

impl Kept {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("device.db");
        let store = Some(Store::create(&path, &KEY, &identity()).expect("a store"));
        Self { _dir: dir, path, store }
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().expect("an open store")
    }

    /// As after a kill: nothing in memory is left.
    fn reopen(&mut self) {
        drop(self.store.take());
        self.store = Some(Store::open(&self.path, &KEY).expect("the store again"));
    }

    fn take(&mut self, from: u64, to: u64, more: bool, news: &str) -> fieldbook_device_store::Arrived {
        let text = page(self.store(), from, to, more, news);
        self.store().incoming(&text).expect("a page")
    }
}

#[test]
fn a_first_load_is_invisible_until_whole_and_goes_on_after_a_kill() {
    let mut kept = Kept::new();
    act(kept.store(), "ins n New 1; add n 1");
    let first = kept.take(0, 2, true, "p Tea 10 @1; q Mug 5 @2");
    assert!(!first.applied && first.changed_types.is_empty() && first.cursor == cursor(2));
    assert_eq!(shown(kept.store()), "n New 2 @0");
    kept.reopen();
    let facts = kept.store().facts().expect("facts");
    assert_eq!((facts.cursor, facts.staged), (cursor(0), Some(cursor(2))));
    assert_eq!(shown(kept.store()), "n New 2 @0");
    kept.take(2, 4, true, "p Tea 8 @3; q gone @4");
    act(kept.store(), "ins o Other 1; like o n");
    let last = kept.take(4, 6, false, "r Pot 7 @5; n New 1 @6; ok 1 @6");
    assert_eq!((last.applied, last.settled, last.rows), (true, 1, 2));
    assert_eq!(last.changed_types, ["product"]);
    assert_eq!(shown(kept.store()), "n New 2 @6; o Other 1 ~n @0; p Tea 8 @3; r Pot 7 @5");
    kept.reopen();
    let facts = kept.store().facts().expect("facts");
    assert_eq!((facts.cursor, facts.staged, facts.waiting), (cursor(6), None, 3));
    let error = kept.store().act(crate::world::moment(77), crate::world::edit("add q 1"));
    assert!(
        error.is_err_and(|error| error.to_string().contains("deleted")),
        "what the load knew as gone is gone"
    );
}

#[test]
fn verdicts_of_a_first_load_are_kept_until_it_is_whole() {
    let mut kept = Kept::new();
    act(kept.store(), "ins n New 1; add n 1; ins m Mine 1");
    kept.take(0, 2, true, "n New 1 @1; ok 1 @1; no 3 @2");
    assert_eq!(kept.store().facts().expect("facts").waiting, 3);
    kept.reopen();
    let last = kept.take(2, 3, false, "n New 2 @3; ok 2 @3");
    assert_eq!(last.settled, 3);
    assert_eq!(shown(kept.store()), "n New 2 @3");
}

#[test]
fn a_catch_up_of_several_pages_is_shown_as_one() {
    let mut kept = Kept::new();
    kept.take(0, 2, false, "p Tea 10 @1; q Mug 5 @2");
    act(kept.store(), "add p -1, add q -1; name p Chai");
    kept.take(2, 4, true, "p Tea 9 @3; q gone @4; ok 1 @3");
    assert_eq!(shown(kept.store()), "p Chai 9 @1; q Mug 4 @2");
    kept.reopen();
    kept.take(4, 6, true, "p Tea 8 @5; r Pot 7 @6");
    assert_eq!(
        (shown(kept.store()), in_doubt(kept.store())),
        ("p Chai 9 @1; q Mug 4 @2".into(), String::new())
    );
    let last = kept.take(6, 7, false, "r Pot 6 @7");
    assert_eq!((last.settled, last.applied), (1, true));
    assert_eq!(shown(kept.store()), "p Chai 8 @5; r Pot 6 @7");
}

#[test]
fn what_is_staged_can_be_dropped() {
    for base in [0, 2] {
        let mut kept = Kept::new();
        if base > 0 {
            kept.take(0, base, false, "p Tea 10 @1");
        }
        let before = shown(kept.store());
        kept.take(base, base + 2, true, &format!("q Mug 5 @{}", base + 2));
        kept.store().drop_staged().expect("a store");
        assert_eq!(kept.store().facts().expect("facts").staged, None);
        kept.take(base, base + 3, false, "r Pot 7 @3");
        assert_eq!(
            shown(kept.store()),
            [before.as_str(), "r Pot 7 @3"].join(if base > 0 { "; " } else { "" })
        );
    }
}

#[test]
fn an_empty_last_page_makes_what_is_staged_whole() {
    let mut kept = Kept::new();
    let first = page(kept.store(), 0, 2, true, "p Tea 10 @1").replace(r#""head":3"#, r#""head":2"#);
    kept.store().incoming(&first).expect("a page");
    assert!(kept.take(2, 2, false, "").applied);
    assert_eq!(shown(kept.store()), "p Tea 10 @1");
}

#[test]
fn a_page_joins_or_is_refused() {
    for (sentence, from, to, expected) in [
        ("a live event right behind the cursor joins", 5, 7, None),
        ("a live event that begins before the cursor joins", 3, 7, None),
        ("a live event with a gap does not (rule 36)", 6, 7, Some(IncomingError::Gap)),
        ("what the device has is known", 3, 5, Some(IncomingError::Known)),
        ("an empty page is known", 5, 5, Some(IncomingError::Known)),
        ("an old page is known", 1, 2, Some(IncomingError::Known)),
    ] {
        let mut store = with("p Tea 10 @5");
        let text = page(&mut store, from, to, false, &format!("p Chai 9 @{to}"));
        let arrived = store.incoming(&text);
        assert_eq!(arrived.as_ref().err(), expected.as_ref(), "{sentence}");
        let version = if expected.is_none() { "p Chai 9 @7" } else { "p Tea 10 @5" };
        assert_eq!(shown(&mut store), version, "{sentence}");
    }
}

#[test]
fn a_live_event_joins_what_is_staged_or_waits_for_it() {
    let mut store = with("p Tea 10 @5");
    let staged = page(&mut store, 5, 7, true, "p Chai 9 @7");
    store.incoming(&staged).expect("a page");
    let gap = page(&mut store, 8, 9, false, "p Mate 1 @9");
    assert_eq!(store.incoming(&gap), Err(IncomingError::Gap));
    let joins = page(&mut store, 5, 9, false, "q Mug 1 @9");
    assert!(store.incoming(&joins).expect("an event").applied);
    assert_eq!(shown(&mut store), "p Chai 9 @7; q Mug 1 @9");
}

#[test]
fn a_page_from_the_middle_of_another_epoch_does_not_join() {
    let mut store = with("p Tea 10 @1");
    for epoch in ["2", "0"] {
        let text = page(&mut store, 1, 2, false, "p Chai 9 @2");
        let text = text.replace(r#""epoch":1"#, &format!(r#""epoch":{epoch}"#));
        assert_eq!(store.incoming(&text), Err(IncomingError::Gap));
        assert_eq!(store.facts().expect("facts").cursor, Cursor { epoch: Epoch(1), version: Version(1) });
    }
}

/// A page as a later history sends it.
fn anew(store: &mut Store, (from, to): (u64, u64), more: bool, rows: &str) -> String {
    let page = page(store, from, to, more, rows).replace(r#""epoch":1"#, r#""epoch":9"#);
    let (_, rest) = page.split_once('\n').expect("a first line");
    format!("{{\"from\":{{\"epoch\":9,\"version\":{from}}},\"base\":0,\"view\":\"9.0\"}}\n{rest}")
}

#[test]
fn another_history_takes_the_place_of_all_rows_at_once_and_pending_ops_stay() {
    let mut store = with("p Tea 10 @1; q Mug 1 @5");
    act(&mut store, "add p -1");
    let first = anew(&mut store, (0, 2), true, "p Chai 20 @2");
    store.incoming(&first).expect("a page");
    assert_eq!(shown(&mut store), "p Tea 9 @1; q Mug 1 @5", "nothing of it shows before it is whole");
    act(&mut store, "add p -2");
    let last = anew(&mut store, (2, 3), false, "r Pot 3 @3");
    assert!(store.incoming(&last).expect("a page").applied);
    assert_eq!(shown(&mut store), "p Chai 17 @2; r Pot 3 @3", "what was above the fork is gone");
    let seen: Vec<u32> = [1, 2].into_iter().map(|seq| seen_epoch(&mut store, seq)).collect();
    assert_eq!(seen, [1, 1], "an op says for good in which history it was made");
    act(&mut store, "add p -3");
    assert_eq!(seen_epoch(&mut store, 3), 9);
    assert_eq!(store.facts().expect("facts").cursor, Cursor { epoch: Epoch(9), version: Version(3) });
    let old = page(&mut store, 5, 6, false, "q Mug 2 @6");
    assert_eq!(store.incoming(&old), Err(IncomingError::Gap), "a history that is over goes on no more");
}

/// The second op is not among those that the new history has. Were the server asked from the third on, and had it none of
/// those, the log would begin from nothing, and what the server has of it would be offered once more.
#[test]
fn another_history_is_asked_about_from_the_first_op_that_waits_again() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p 1; add p 2; add p 3; add p 4");
    let page = anew(&mut store, (0, 5), false, "p Tea 18 @5; ok 1 @3; ok 3 @4; ok 4 @5");
    assert!(store.incoming(&page).expect("a page").applied);
    let asked = store.common_request().expect("a log").log;
    assert_eq!(asked.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

fn seen_epoch(store: &mut Store, seq: u64) -> u32 {
    let text = store.op_text(fieldbook_model::Seq(seq)).expect("the log").expect("an op");
    fieldbook_model::SealedOp::open(text).expect("an op").op.seen.epoch.0
}

#[test]
fn a_broken_page_never_panics_and_leaves_nothing() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -1");
    let good = page(&mut store, 1, 3, false, "p Chai 9 @2; q Mug 5 [a,b] ~p @3; ok 1 @2");
    let before = (shown(&mut store), store.facts());
    let mut broken: Vec<String> =
        (0..good.len()).filter(|at| good.is_char_boundary(*at)).map(|at| good[..at].into()).collect();
    broken.extend(
        [
            ("5,[\"a\",\"b\"]", "\"5\",[\"a\",\"b\"]"),
            ("[\"a\",\"b\"]", "[\"a\",1]"),
            ("[\"a\",\"b\"]", "\"a\""),
            ("\"Mug\",5", "\"Mug\""),
            ("\"Chai\",9", "9,\"Chai\""),
            ("\"type\":\"product\"", "\"type\":\"prodact\""),
            ("[0,", "[1,"),
            ("\"18.0000\"", "18"),
            ("\"18.0000\"", "\"18.00001\""),
            (",3,[\"Mug\"", ",4,[\"Mug\""),
            ("\"head\":3", "\"head\":2"),
        ]
        .map(|(is, was)| good.replacen(is, was, 1)),
    );
    for text in broken.iter().filter(|text| **text != good && text.trim_end() != good.trim_end()) {
        assert!(
            matches!(store.incoming(text), Err(IncomingError::Malformed(_))),
            "{text}{:?}",
            store.facts()
        );
    }
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = bytes[at].wrapping_add(1);
        if let Ok(text) = String::from_utf8(bytes) {
            let mut copy = with("p Tea 10 @1");
            act(&mut copy, "add p -1");
            // What it answers depends on the byte; that it answers is the point.
            let _ = copy.incoming(&text);
            shown(&mut copy);
        }
    }
    assert_eq!((shown(&mut store), store.facts()), before);
    store.incoming(&good).expect("the good page");
}

#[test]
fn a_page_may_leave_a_field_out_and_bring_one_that_is_unknown() {
    let mut store = with("p Tea 10 @1");
    let text = page(&mut store, 1, 2, false, "p Chai 9 @2; q Mug 5 @2");
    let text = text
        .replace(r#""stock","tags""#, r#""colour","tags""#)
        .replace(",9,", ",\"red\",")
        .replace(",5,", ",null,");
    store.incoming(&text).expect("a page");
    assert_eq!(shown(&mut store), "p Chai 0 @2; q Mug 0 @2");
    news(&mut store, "p gone @3").expect("news");
}
