//! Why a database does not open: each reason has its own words.

use std::fs;
use std::path::Path;

use fieldbook_device_store::{DatabaseKey, Kind, Reader, Store, StoreError};

use crate::world::{act, identity, news, page};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);
const OTHER: DatabaseKey = DatabaseKey::from_bytes([8; 32]);

fn made(path: &Path) {
    let mut store = Store::create(path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1; ins q Mug 1");
}

fn rewritten(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("bytes");
    change(&mut bytes);
    fs::write(path, bytes).expect("written");
}

fn with_sql(path: &Path, sql: &str) {
    let conn = rusqlite::Connection::open(path).expect("a file");
    conn.execute_batch(&format!(
        "PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\"; {sql}",
        "07".repeat(32)
    ))
    .expect("SQL");
}

#[test]
fn each_reason_has_its_own_words() {
    type Prepare = fn(&Path);
    let cases: Vec<(&str, Prepare, DatabaseKey, &str)> = vec![
        ("no file", |_| {}, KEY, "the database is missing"),
        ("an empty file", |path| fs::write(path, b"").expect("a file"), KEY, "the database is empty"),
        (
            "a setup that was cut off",
            |path| with_sql(path, "PRAGMA journal_mode = WAL"),
            KEY,
            "the database is empty",
        ),
        ("the wrong key", made, OTHER, "this key does not open"),
        (
            "a text file",
            |path| fs::write(path, "hello ".repeat(2000)).expect("a file"),
            KEY,
            "no Fieldbook database",
        ),
        (
            "an SQLite database in clear",
            |path| {
                let conn = rusqlite::Connection::open(path).expect("a file");
                conn.execute_batch("CREATE TABLE t(x)").expect("a table");
            },
            KEY,
            "no Fieldbook database",
        ),
        (
            "another program's encrypted database",
            |path| with_sql(path, "CREATE TABLE t(x); PRAGMA user_version = 1"),
            KEY,
            "no Fieldbook database",
        ),
        (
            "a newer format",
            |path| {
                made(path);
                with_sql(path, "PRAGMA user_version = 99");
            },
            KEY,
            "has format 99 and this program knows 9; update",
        ),
        (
            "an older format",
            |path| {
                made(path);
                with_sql(path, "PRAGMA user_version = 1");
            },
            KEY,
            "has format 1 and this program reads 9; send what waits",
        ),
        (
            "a file cut off in its first page",
            |path| {
                made(path);
                rewritten(path, |bytes| bytes.truncate(3000));
            },
            KEY,
            "is damaged",
        ),
        (
            "a file cut off later",
            |path| {
                made(path);
                rewritten(path, |bytes| bytes.truncate(bytes.len() - 8192));
            },
            KEY,
            "is damaged",
        ),
    ];
    let mut words = Vec::new();
    for (sentence, prepare, key, expected) in cases {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("device.db");
        prepare(&path);
        let error = Store::open(&path, &key).expect_err(sentence);
        assert!(error.to_string().contains(expected), "{sentence}: {error}");
        let reader = Reader::open(&path, &key).expect_err(sentence);
        assert_eq!(reader, error, "{sentence}");
        words.push((error.kind(), error.to_string()));
    }
    assert!(words[1..].iter().all(|(kind, _)| *kind == Kind::Fatal), "{words:?}");
}

#[test]
fn a_changed_page_is_noticed() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    made(&path);
    rewritten(&path, |bytes| {
        let middle = bytes.len() / 4096 / 2 * 4096 + 100;
        bytes[4096..].iter_mut().for_each(|byte| *byte ^= 1);
        bytes[middle] ^= 1;
    });
    let error = Store::open(&path, &KEY).map(|_| ()).expect_err("a damaged file");
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

#[test]
fn an_existing_file_is_not_overwritten() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    made(&path);
    let before = fs::read(&path).expect("bytes");
    assert_eq!(Store::create(&path, &KEY, &identity()).map(|_| ()), Err(StoreError::Exists));
    assert_eq!(fs::read(&path).expect("bytes"), before);
    assert_eq!(Store::open(&path, &KEY).expect("the store").facts().expect("facts").waiting, 2);
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1");
    for end in ["db", "db-wal", "db-shm"] {
        let mode = fs::metadata(path.with_extension(end)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{end}");
    }
}

/// An older format did not note when an op was settled: from the first look on it counts as settled then, and does not stay
/// for ever.
#[test]
fn what_an_older_format_had_not_dated_goes_thirty_days_after_it_is_opened() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1");
    news(&mut store, "p Tea 1 @1; ok 1 @1").expect("a page");
    drop(store);
    with_sql(&path, "UPDATE fb_op SET settled_at = 0; UPDATE fb_marks SET served_ms = 1000");

    let mut store = Store::open(&path, &KEY).expect("a store");
    let mut at = |version: u64, ms: i64| {
        let text = page(&mut store, version - 1, version, false, &format!("q Mug 1 @{version}"));
        let text = text.replace("1970-01-01T00:00:00.000Z", &fieldbook_model::WallTime(ms).to_string());
        store.incoming(&text).expect("a page");
        store.let_go().expect("a store")
    };
    assert_eq!(at(2, 40 * DAY_MS), 0, "nobody knows how old it is");
    assert_eq!(at(3, 69 * DAY_MS), 0);
    assert_eq!(at(4, 71 * DAY_MS), 1);
}

/// A database of the format before counts what waits again from its first opening on by an index: with a hundred thousand ops in the log
/// nobody wants to wait for a look at each.
#[test]
fn what_waits_again_in_an_older_format_is_counted_by_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1; ins q Mug 1; ins r Pot 1");
    drop(store);
    with_sql(
        &path,
        "UPDATE fb_op SET again = 1 WHERE seq < 3; DROP INDEX fb_op_again; DROP TABLE fb_blob; DROP TABLE fb_blob_part; \
         ALTER TABLE fb_marks ADD COLUMN told INTEGER NOT NULL DEFAULT 0; PRAGMA user_version = 7",
    );

    let mut store = Store::open(&path, &KEY).expect("a store");
    let facts = store.facts().expect("facts");
    assert_eq!((facts.waiting, facts.again), (3, 2));
    drop(store);
    let conn = rusqlite::Connection::open(&path).expect("a file");
    conn.execute_batch(&format!("PRAGMA key = \"x'{}'\"", "07".repeat(32))).expect("a key");
    let plan = "EXPLAIN QUERY PLAN SELECT count(*) FROM fb_op WHERE state = 0 AND again = 1";
    let plan: String = conn.query_row(plan, [], |row| row.get("detail")).expect("a plan");
    assert!(plan.contains("USING COVERING INDEX fb_op_again"), "{plan}");
}

/// Whoever closes a file ends the locks of the whole process on it, and SQLite's on the index of the log tell other programs that
/// somebody has it in use. `/proc/locks` names them by the file's number.
#[cfg(target_os = "linux")]
#[test]
fn a_second_opening_leaves_the_locks_of_the_first() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let locks = || {
        let index = fs::metadata(path.with_extension("db-shm")).expect("an index").ino();
        let all = fs::read_to_string("/proc/locks").expect("the locks");
        all.lines().filter(|line| line.contains(&format!(":{index} "))).count()
    };
    let mut first = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut first, "ins p Tea 1");
    // A list that others change while it is read may name one twice.
    assert!(locks() > 0, "it is in use");
    let second = Store::open(&path, &KEY).expect("the same store");
    assert!(locks() > 0, "it is still in use");
    drop((first, second));
}
