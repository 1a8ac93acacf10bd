//! A page that is taken in some rows at a time comes to what it comes to in one go; until all of it is in, nobody sees any of it, and
//! what ends in between leaves nothing behind.

use fieldbook_device_store::{Arrived, Coming, DatabaseKey, Reader, Store};

use crate::world::{act, confirmed, identity, in_doubt, page, shown};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);
const NAMES: &str = "SELECT name, stock FROM product ORDER BY name";

/// What a page says: from, to, whether more follows, and its news.
type Text = (u64, u64, bool, &'static str);

/// Acts, and the pages behind them, of which the last is the one that is looked at.
const STORIES: [(&str, &[Text]); 7] = [
    // News, with and without own ops on the same records.
    ("", &[(0, 2, false, "p Tea 10 @1; q Mug 5 @2"), (2, 5, false, "p Tea 9 @3; q gone @4; r Pot 1 @5")]),
    (
        "ins n New 1; add n 1; ins o Other 2",
        &[
            (0, 2, false, "p Tea 10 @1; n New 1 @2; ok 1 @2"),
            (2, 6, false, "n New 7 @3; p gone @4; o Other 2 @5; r Pot 1 @6; ok 3 @5"),
        ],
    ),
    // Pages that were kept before the last.
    (
        "ins n New 1",
        &[
            (0, 1, false, "p Tea 10 @1"),
            (1, 3, true, "p Tea 9 @2; q Mug 1 @3"),
            (3, 5, true, "q gone @4; r Pot 2 @5"),
            (5, 7, false, "n New 1 @6; p Tea 8 @7; ok 1 @6"),
        ],
    ),
    ("", &[(0, 1, false, "p Tea 10 @1"), (1, 3, true, "p Tea 9 @2; q Mug 1 @3"), (3, 4, false, "")]),
    // First loads: of one page, of several, and the page of one that is not the last.
    ("ins n New 1", &[(0, 4, false, "p Tea 10 @1; q Mug 5 @2; n New 1 @3; r Pot 1 @4; ok 1 @3")]),
    (
        "ins n New 1; add n 1",
        &[
            (0, 2, true, "p Tea 10 @1; q Mug 5 @2"),
            (2, 6, false, "q gone @4; n New 1 @5; r Pot 1 @6; ok 1 @5"),
        ],
    ),
    (
        "ins n New 1",
        &[
            (0, 2, true, "p Tea 10 @1; q Mug 5 @2"),
            (2, 5, true, "q gone @3; p Tea 9 @4; n New 1 @5; ok 1 @5"),
        ],
    ),
];

struct Kept {
    _dir: tempfile::TempDir,
    path: std::path::PathBuf,
    store: Store,
}

/// A device that has all of a story but its last page, and that page.
fn before_the_last((acts, pages): (&str, &[Text])) -> (Kept, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, acts);
    let (last, first) = pages.split_last().expect("a page");
    for (from, to, more, news) in first {
        let text = page(&mut store, *from, *to, *more, news);
        store.incoming(&text).expect("a page");
    }
    let (from, to, more, news) = last;
    let text = page(&mut store, *from, *to, *more, news);
    (Kept { _dir: dir, path, store }, text)
}

/// All that can be seen of a device.
fn stands(store: &mut Store) -> String {
    let facts = store.facts().expect("facts");
    format!("{}\n{}\n{}\n{facts:?}", shown(store), confirmed(store), in_doubt(store))
}

fn query(reader: &mut Reader) -> String {
    reader.query(NAMES, None).expect("a query").lists().collect()
}

#[test]
fn a_page_in_slices_comes_to_what_it_comes_to_in_one_go() {
    for story in STORIES {
        let (mut whole, text) = before_the_last(story);
        let arrived: Arrived = whole.store.incoming(&text).expect("a page");
        for rows in 1..=4 {
            let (mut kept, text) = before_the_last(story);
            let mut reader = Reader::open(&kept.path, &KEY).expect("a reader");
            let before = query(&mut reader);
            let (mut coming, mut slices) = (Coming::new(text, None), 1);
            let told = loop {
                match kept.store.go_on(&mut coming, rows).expect("a slice") {
                    Some(told) => break told,
                    None => {
                        assert_eq!(query(&mut reader), before, "{story:?} by {rows} after {slices} slices")
                    }
                }
                slices += 1;
            };
            assert!(slices > 2 || rows > 1, "{story:?}: there are no slices");
            assert_eq!(told, arrived, "{story:?} by {rows}");
            assert_eq!(stands(&mut kept.store), stands(&mut whole.store), "{story:?} by {rows}");
        }
    }
}

#[test]
fn what_is_left_off_or_killed_between_two_slices_was_never_there() {
    for story in STORIES {
        for rows in 1..=2 {
            let (mut kept, text) = before_the_last(story);
            let before = stands(&mut kept.store);
            let mut coming = Coming::new(text.clone(), None);
            if kept.store.go_on(&mut coming, rows).expect("a slice").is_some() {
                continue;
            }
            kept.store.leave_off(coming);
            assert_eq!(stands(&mut kept.store), before, "{story:?} left off");
            let mut coming = Coming::new(text.clone(), None);
            assert_eq!(kept.store.go_on(&mut coming, rows).expect("a slice"), None);
            drop(kept.store);
            kept.store = Store::open(&kept.path, &KEY).expect("the store again");
            assert_eq!(stands(&mut kept.store), before, "{story:?} killed");
            // And the page comes again.
            let mut coming = Coming::new(text, None);
            while kept.store.go_on(&mut coming, rows).expect("a slice").is_none() {}
            assert_ne!(stands(&mut kept.store), before, "{story:?} at last");
        }
    }
}
