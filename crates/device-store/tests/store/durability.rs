//! What `act` has returned is there after a kill; what it has not returned is not there at all.

use std::fs;
use std::path::Path;

use fieldbook_device_store::{DatabaseKey, LogFilter, Store};
use fieldbook_model::{Hash, Op, Seq, json};

use crate::world::{act, edit, identity, moment, news, shown};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);
const ALL: LogFilter = LogFilter { state: None, from: None, max: 1000, newest_first: false };

fn chain(store: &mut Store) -> usize {
    let entries = store.log(ALL).expect("the log");
    let mut previous = Hash::ZERO;
    for (place, entry) in entries.iter().enumerate() {
        assert_eq!(entry.seq, Seq(place as u64 + 1));
        let text = store.op_text(entry.seq).expect("a log").expect("an op");
        assert_eq!(json::parse::<Op>(&text).expect("an op").previous, previous);
        previous = Hash::of(text.as_bytes());
    }
    entries.len()
}

#[test]
fn a_reopened_store_tells_the_same() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    news(&mut store, "p Tea 10 @1; q Mug 5 @2").expect("news");
    act(&mut store, "add p -1, add q -1; ins n New 1; del q");
    news(&mut store, "q gone @3; ok 2 @4").expect("news");
    store.note("last_success", "2026-05-19T09:14:23.000Z").expect("a note");
    let before = (store.facts(), store.log(ALL), shown(&mut store), store.identity().clone());
    drop(store);
    let mut store = Store::open(&path, &KEY).expect("the store again");
    assert_eq!((store.facts(), store.log(ALL), shown(&mut store), store.identity().clone()), before);
    assert_eq!(store.noted("last_success"), Ok(Some("2026-05-19T09:14:23.000Z".into())));
    assert!(before.0.expect("facts").last_success.is_some());
    assert_eq!(store.noted("back_off"), Ok(None));
}

/// As a power cut leaves it: the files of a moment, the log cut off at some byte.
fn cut(from: &Path, to: &Path, wal_bytes: usize) {
    let wal = fs::read(from.with_extension("db-wal")).expect("the write-ahead log");
    fs::copy(from, to).expect("a copy");
    fs::write(to.with_extension("db-wal"), &wal[..wal_bytes.min(wal.len())]).expect("a copy");
    let _ = fs::remove_file(to.with_extension("db-shm"));
}

#[test]
fn a_power_cut_leaves_whole_acts_and_an_unbroken_chain() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, copy) = (dir.path().join("device.db"), dir.path().join("copy.db"));
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    news(&mut store, "p Tea 100 @1; q Mug 100 @2").expect("news");
    let len = |path: &Path| fs::metadata(path.with_extension("db-wal")).expect("a log").len() as usize;
    let mut ends = vec![len(&path)];
    for n in 1..=8 {
        store.act(moment(n), edit("add p -1, add q -1")).expect("an act");
        ends.push(len(&path));
    }
    for (acts, end) in ends.iter().enumerate() {
        for bytes in [*end, end + 1, end + 4119, end + 4120, end + 9000] {
            let bytes = bytes.min(*ends.get(acts + 1).unwrap_or(end));
            cut(&path, &copy, bytes);
            let mut store = Store::open(&copy, &KEY).expect("what the power cut left");
            let whole = ends.iter().rposition(|end| *end <= bytes).expect("the first");
            assert_eq!(chain(&mut store), whole, "{bytes} bytes");
            let left = 100 - whole;
            assert_eq!(shown(&mut store), format!("p Tea {left} @1; q Mug {left} @2"));
        }
    }
}

#[test]
fn two_connections_that_act_by_turns_keep_one_chain() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut stores = [
        Store::create(&path, &KEY, &identity()).expect("a store"),
        Store::open(&path, &KEY).expect("the same store"),
    ];
    news(&mut stores[0], "p Tea 100 @1").expect("news");
    let before = stores[0].data_version().expect("a version");
    for n in 0..20 {
        stores[n % 2].act(moment(n as u64), edit("add p -1")).expect("an act");
    }
    assert_ne!(stores[0].data_version().expect("a version"), before);
    for store in &mut stores {
        assert_eq!(chain(store), 20);
        assert_eq!(shown(store), "p Tea 80 @1");
    }
    std::thread::scope(|scope| {
        for (place, store) in stores.iter_mut().enumerate() {
            scope.spawn(move || {
                for n in 0..20 {
                    store.act(moment(100 * (place as u64 + 1) + n), edit("add p -1")).expect("an act");
                }
            });
        }
    });
    assert_eq!((chain(&mut stores[0]), shown(&mut stores[1])), (60, "p Tea 40 @1".into()));
}

#[test]
fn no_file_holds_a_word_in_clear() {
    const CANARY: &str = "Zaunkoenig";
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, &format!("ins p {CANARY} 1; tag p {CANARY}; add p 1"));
    news(&mut store, &format!("q {CANARY} 5 @1")).expect("news");
    let staged = crate::world::page(&mut store, 1, 2, true, &format!("r {CANARY} 5 @2"));
    store.incoming(&staged).expect("a page");
    store.note("note", CANARY).expect("a note");
    let mut seen = Vec::new();
    for file in fs::read_dir(dir.path()).expect("a folder") {
        let file = file.expect("a file").path();
        let bytes = fs::read(&file).expect("bytes");
        for word in [CANARY, "Northwind", "product", "SQLite format", "fb_op"] {
            assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word} in {file:?}");
        }
        seen.push(file.extension().map(|end| end.to_string_lossy().into_owned()));
    }
    seen.sort();
    assert_eq!(seen, [Some("db".into()), Some("db-shm".into()), Some("db-wal".into())]);
    assert_eq!(format!("{KEY:?}"), "DatabaseKey(…)");
}
