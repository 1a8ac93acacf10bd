//! Blobs in the database: encrypted with it, in parts, kept by what names them. How they come is told by worlds (`fieldbook-sim`).

use fieldbook_device_store::{Action, BlobState, DatabaseKey, Store};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Fields, Json, WallTime};

use crate::world::{id, identity, insert, moment, set};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);
const DAY_MS: i64 = 24 * 3_600_000;

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 31 % 251) as u8).collect()
}

/// A record that names a blob.
fn names(store: &mut Store, letter: &str, sum: Hash) {
    let fields = Fields::from([("blob", Json::Text(sum.to_string()))]);
    let change = insert("thing", id(letter), fields);
    let action = Action { action: "edit".into(), key: None, changes: vec![change] };
    store.act(moment(1), action).expect("an act");
}

#[test]
fn what_was_put_is_read_whole_and_in_parts_also_after_the_next_opening() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    for count in [0, 1, 262_143, 262_144, 262_145, 1_000_000] {
        let plain = bytes(count);
        let sum = store.put_blob(&plain, WallTime(0)).expect("kept");
        assert_eq!(sum, Hash::of(&plain));
        assert_eq!(store.put_blob(&plain, WallTime(0)).expect("kept again"), sum);
        assert_eq!(store.blob_bytes(sum).expect("a look"), Some(count as u64));
    }
    drop(store);
    let mut store = Store::open(&path, &KEY).expect("a store");
    let plain = bytes(1_000_000);
    let sum = Hash::of(&plain);
    assert_eq!(store.blob(sum, 0..u64::MAX).expect("a look"), Some(plain.clone()));
    for (from, to) in
        [(0, 1), (262_143, 262_145), (262_144, 524_288), (999_999, 2_000_000), (5, 5), (7_000_000, 8_000_000)]
    {
        let wanted = plain[from.min(plain.len())..to.min(plain.len())].to_vec();
        assert_eq!(store.blob(sum, from as u64..to as u64).expect("a look"), Some(wanted), "{from}..{to}");
    }
    assert_eq!(store.blob(Hash::of(b"another"), 0..9).expect("a look"), None);
    drop(store);
    let file = std::fs::read(&path).expect("the file");
    assert!(!file.windows(32).any(|part| plain.starts_with(part)), "nothing of it lies there in clear");
}

#[test]
fn what_was_put_stays_for_a_day_and_then_for_as_long_as_something_names_it() {
    let mut store = Store::memory(&identity()).expect("a store");
    let named = store.put_blob(b"named", WallTime(0)).expect("kept");
    let left = store.put_blob(b"left", WallTime(0)).expect("kept");
    names(&mut store, "a", named);
    let listed = store.blobs().expect("a list");
    assert_eq!((listed.len(), listed[0].sum, listed[0].state), (1, named, BlobState::Here));
    assert_eq!((listed[0].of.as_str(), listed[0].id, listed[0].field.as_str()), ("thing", id("a"), "blob"));
    store.collect_blobs(WallTime(DAY_MS - 1)).expect("collected");
    assert!(store.blob(left, 0..9).expect("a look").is_some(), "somebody may be about to name it");
    store.collect_blobs(WallTime(DAY_MS + 1)).expect("collected");
    assert!(store.blob(left, 0..9).expect("a look").is_none());
    assert!(store.blob(named, 0..9).expect("a look").is_some());
    let action = Action {
        action: "edit".into(),
        key: None,
        changes: vec![set("thing", id("a"), Fields::from([("blob", Json::Null)]))],
    };
    store.act(moment(2), action).expect("an act");
    store.collect_blobs(WallTime(DAY_MS + 1)).expect("collected");
    assert!(store.blob(named, 0..9).expect("a look").is_some(), "an op that waits names it");
    assert_eq!(store.blobs().expect("a list"), []);
}

#[test]
fn a_database_of_the_format_before_takes_blobs_from_then_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    drop(Store::create(&path, &KEY, &identity()).expect("a store"));
    let old = rusqlite::Connection::open(&path).expect("a file");
    let before = "DROP TABLE fb_blob; DROP TABLE fb_blob_part; PRAGMA user_version = 8";
    old.execute_batch(&format!("PRAGMA key = \"x'{}'\"; {before}", "07".repeat(32))).expect("SQL");
    drop(old);
    let mut store = Store::open(&path, &KEY).expect("a store");
    let sum = store.put_blob(b"some", WallTime(0)).expect("kept");
    names(&mut store, "a", sum);
    assert_eq!(store.blobs().expect("a list").len(), 1);
}
