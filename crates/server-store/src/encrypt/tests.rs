//! A folder in clear, killed at each step: copies of it are what a kill would leave.

use std::fs;
use std::path::Path;

use super::*;

const CANARY: &str = "canary-in-clear";
const TABLE: &str = "CREATE TABLE word (n INTEGER PRIMARY KEY, text TEXT) STRICT; CREATE INDEX by_text ON word (text); \
    CREATE TABLE pair (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID; CREATE TABLE loose (text TEXT); \
    PRAGMA application_id = 77; PRAGMA user_version = 3;";
const STEPS: [Step; 6] =
    [Step::Whole, Step::Begun, Step::Copied, Step::Aside, Step::Placed, Step::Overwritten];

fn key() -> DataKey {
    DataKey::from_bytes([9; 32])
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to.join(WORKSPACES)).expect("a folder");
    for part in [Path::new(""), Path::new(WORKSPACES)] {
        for entry in fs::read_dir(from.join(part)).expect("a folder").map(|entry| entry.expect("an entry")) {
            if entry.file_type().expect("a type").is_file() {
                fs::copy(entry.path(), to.join(part).join(entry.file_name())).expect("copied");
            }
        }
    }
}

/// What a server that was killed left: rows in its files, and rows that are in their logs alone.
fn clear(folder: &Path) {
    let work = tempfile::tempdir().expect("a folder");
    fs::create_dir(work.path().join(WORKSPACES)).expect("made");
    let names = ["accounts.db", "workspaces/a.db", "workspaces/b.db"];
    let open = names.map(|name| {
        let connection = Connection::open(work.path().join(name)).expect("a file");
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").expect("a log");
        connection.execute_batch(TABLE).expect("tables");
        write(&connection, 0..500);
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("moved");
        write(&connection, 500..800);
        connection
    });
    copied(work.path(), folder);
    assert!(fs::metadata(folder.join("accounts.db-wal")).expect("a log").len() > 0);
    drop(open);
}

fn write(connection: &Connection, rows: std::ops::Range<i64>) {
    connection.execute_batch("BEGIN").expect("begun");
    for n in rows {
        let text = format!("{CANARY} {n}");
        connection.execute("INSERT INTO word VALUES (?, ?)", (n * 7, &text)).expect("a row");
        connection.execute("INSERT INTO pair VALUES (?, 'b')", [&text]).expect("a row");
        connection.execute("INSERT INTO loose VALUES (?)", [&text]).expect("a row");
    }
    connection.execute_batch("COMMIT").expect("committed");
}

/// All rows are there under the key, and nothing is in clear.
fn check(folder: &Path, when: &str) {
    for name in names(folder).expect("names") {
        let path = folder.join(&name);
        let opened = file::connect(&path, Some(&key().file(&name)), OpenFlags::SQLITE_OPEN_READ_WRITE);
        let opened = opened.expect("it opens");
        let sums = "SELECT (SELECT count(*) || ' ' || sum(n) FROM word), (SELECT count(*) FROM pair), \
            (SELECT count(DISTINCT text) FROM loose), (SELECT count(*) FROM word INDEXED BY by_text WHERE text > '')";
        let found = opened.query_row(sums, [], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        });
        let all: i64 = (0..800).sum();
        let wanted = (format!("800 {}", all * 7), 800, 800, 800);
        assert_eq!(found.expect("rows"), wanted, "{when}: {name}");
        for (mark, value) in [("application_id", 77), ("user_version", 3)] {
            assert_eq!(
                opened.pragma_query_value(None, mark, |row| row.get::<_, i32>(0)),
                Ok(value),
                "{when}"
            );
        }
        drop(opened);
        // Under no other key, and not without one.
        for other in [None, Some(key().file("another.db"))] {
            let refused = file::connect(&path, other.as_ref(), OpenFlags::SQLITE_OPEN_READ_ONLY)
                .and_then(|it| Ok(it.query_row("SELECT count(*) FROM word", [], |_| Ok(()))?));
            assert!(refused.is_err(), "{when}: {name} opens");
        }
    }
    let mut found = Vec::new();
    for part in [folder.to_owned(), folder.join(WORKSPACES)] {
        for file in fs::read_dir(part).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if file.is_file() {
                let bytes = fs::read(&file).expect("bytes");
                let canary = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
                assert!(!canary && !bytes.starts_with(CLEAR), "{when}: {} is in clear", file.display());
                found.push(file::name(&file));
            }
        }
    }
    found.sort();
    assert_eq!(found, ["a.db", "accounts.db", "b.db"], "{when}");
}

#[test]
fn a_folder_in_clear_is_brought_under_its_keys_from_wherever_a_kill_left_it() {
    let (start, kills) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    clear(start.path());
    assert!(is_wanted(start.path()).expect("looked"));
    assert_eq!(an_encrypted_file(start.path()).expect("looked"), None);
    let mut met = Vec::new();
    all(start.path(), &key(), &mut |step| {
        copied(start.path(), &kills.path().join(met.len().to_string()));
        met.push(step);
    })
    .expect("brought under");
    check(start.path(), "undisturbed");
    assert_eq!(met, [STEPS, STEPS, STEPS].concat());
    for (n, step) in met.iter().enumerate() {
        let left = kills.path().join(n.to_string());
        all(&left, &key(), &mut |_| ()).expect("it goes on");
        check(&left, &format!("killed at {step:?}, the {n}th step"));
        assert!(!is_wanted(&left).expect("looked"));
        all(&left, &key(), &mut |_| panic!("there is nothing to do any more")).expect("once more");
    }
}

#[test]
fn nobody_writes_beside_a_copy_that_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    clear(folder.path());
    let path = folder.path().join(ACCOUNTS);
    let other = Connection::open(&path).expect("another program");
    other.query_row("SELECT count(*) FROM word", [], |_| Ok(())).expect("it reads");
    other.busy_timeout(std::time::Duration::ZERO).expect("set");
    let refused = alone(&path).expect_err("it is open elsewhere");
    assert!(matches!(refused, StoreError::Retry(_)), "{refused}");
    drop(other);
    let held = alone(&path).expect("alone");
    let other = Connection::open(&path).expect("another program");
    other.busy_timeout(std::time::Duration::ZERO).expect("set");
    assert!(other.execute("DELETE FROM word", []).is_err());
    drop(held);
}

#[test]
fn what_stands_aside_stays_while_the_file_in_its_place_does_not_open() {
    let folder = tempfile::tempdir().expect("a folder");
    clear(folder.path());
    let (path, aside) = (folder.path().join(ACCOUNTS), folder.path().join("accounts.db.clear"));
    fs::remove_file(folder.path().join("accounts.db-wal")).expect("removed");
    fs::rename(&path, &aside).expect("moved");
    fs::write(&path, [0xa5; 8192]).expect("noise");
    let before = fs::read(&aside).expect("bytes");
    all(folder.path(), &key(), &mut |_| ()).expect_err("it does not open");
    assert_eq!(fs::read(&aside).expect("bytes"), before);
    // Two in clear: nobody but a person knows which is the right one.
    fs::copy(&aside, &path).expect("copied");
    let words = all(folder.path(), &key(), &mut |_| ()).expect_err("which?").to_string();
    assert!(words.contains("move the older one away"), "{words}");
    assert_eq!(fs::read(&aside).expect("bytes"), before);
}
