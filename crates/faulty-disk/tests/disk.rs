//! SQLite on the faulty disk, encrypted and in WAL mode as the stores have it: what was synced is there after a power cut,
//! what was not may be lost, and what the plan says goes wrong.

use std::path::{Path, PathBuf};

use fieldbook_faulty_disk::{Disk, Fault, Lasts, Loss, Plan, install};
use rusqlite::{Connection, ErrorCode};

fn open(path: &Path, synchronous: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "PRAGMA cipher_log_level = NONE; PRAGMA key = 'a key'; PRAGMA kdf_iter = 1000; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};"
    ))?;
    connection.execute_batch("CREATE TABLE IF NOT EXISTS line (n INTEGER)")?;
    Ok(connection)
}

fn lines(connection: &Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM line", [], |row| row.get(0)).expect("a count")
}

fn whole(connection: &Connection) -> String {
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check")
}

/// A folder on a disk with a database in it that has one line.
fn folder() -> (tempfile::TempDir, Disk, PathBuf) {
    install();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().canonicalize().expect("a path").join("one.db");
    write(&open(&path, "FULL").expect("a database")).expect("a line");
    let disk = Disk::over(folder.path()).expect("a disk");
    (folder, disk, path)
}

fn write(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute("INSERT INTO line VALUES (1)", [])
}

#[test]
fn a_commit_is_there_after_a_power_cut_if_it_was_synced_and_lost_if_not() {
    for (synchronous, left) in [("FULL", 3), ("NORMAL", 1)] {
        let (_folder, disk, path) = folder();
        let one = open(&path, synchronous).expect("a connection");
        let other = open(&path, synchronous).expect("another");
        write(&one).expect("a line");
        write(&other).expect("a line");
        assert_eq!(lines(&one), 3);
        disk.begin(Some(Plan::cut(1)));
        assert!(write(&one).is_err() && disk.is_off());
        drop((one, other));
        disk.restart(Loss::Lost, 1).expect("a restart");
        let again = open(&path, "FULL").expect("what is left");
        assert_eq!((lines(&again), whole(&again)), (left, "ok".into()), "{synchronous}");
    }
}

#[test]
fn a_database_is_whole_after_a_cut_at_any_point_whatever_survives() {
    let sector = |sector_bytes| Loss::Torn { sector_bytes };
    let work = |path: &Path| -> (i64, rusqlite::Result<()>) {
        let mut done = 1;
        let mut all = || {
            let connection = open(path, "FULL")?;
            for _ in 0..3 {
                write(&connection)?;
                done += 1;
            }
            connection.close().map_err(|(_, error)| error)
        };
        let result = all();
        (done, result)
    };
    let (_folder, disk, path) = folder();
    disk.begin(None);
    work(&path).1.expect("nothing fails");
    let points = disk.counts().points;
    assert!(points > 12, "{points}");
    for at in 1..=points {
        for loss in [Loss::Lost, sector(512), sector(4096), Loss::Reordered] {
            let (_folder, disk, path) = folder();
            disk.begin(Some(Plan::cut(at)));
            let (done, _) = work(&path);
            assert!(disk.is_off());
            disk.restart(loss, at).expect("a restart");
            let again = open(&path, "FULL").expect("what is left");
            let found = lines(&again);
            assert!(found == done || found == done + 1, "{at} {loss:?}: {found} of {done}");
            assert_eq!(whole(&again), "ok", "{at} {loss:?}");
        }
    }
}

#[test]
fn each_fault_comes_to_the_error_that_sqlite_knows_once_or_for_good() {
    for (fault, expected) in [
        (Fault::Error, ErrorCode::SystemIoFailure),
        (Fault::Forgets, ErrorCode::SystemIoFailure),
        (Fault::Full, ErrorCode::DiskFull),
        (Fault::Short, ErrorCode::DiskFull),
    ] {
        for lasts in [Lasts::Once, Lasts::ForGood] {
            let (_folder, disk, path) = folder();
            let connection = open(&path, "FULL").expect("a connection");
            disk.begin(Some(Plan { at: 1, fault, lasts }));
            let failed = write(&connection).expect_err("it fails").sqlite_error_code();
            assert_eq!(failed, Some(expected), "{fault:?}");
            assert_eq!(write(&connection).is_ok(), lasts == Lasts::Once, "{fault:?} {lasts:?}");
            assert!(disk.counts().failed > 0);
        }
    }
}

#[test]
fn a_read_that_fails_and_a_bit_that_is_another_are_noticed() {
    for (fault, expected) in
        [(Fault::Unreadable, ErrorCode::SystemIoFailure), (Fault::Flipped, ErrorCode::NotADatabase)]
    {
        let (_folder, disk, path) = folder();
        disk.begin(Some(Plan { at: 2, fault, lasts: Lasts::ForGood }));
        let failed = open(&path, "FULL").expect_err("it fails").sqlite_error_code();
        assert_eq!(failed, Some(expected), "{fault:?}");
        disk.begin(None);
        assert_eq!(lines(&open(&path, "FULL").expect("it was the disk")), 1);
    }
}

#[test]
fn the_same_cut_leaves_the_same() {
    let left = || {
        let (_folder, disk, path) = folder();
        let connection = open(&path, "NORMAL").expect("a connection");
        disk.begin(Some(Plan::cut(60)));
        while write(&connection).is_ok() {}
        let points = disk.counts().points;
        drop(connection);
        disk.restart(Loss::Reordered, 7).expect("a restart");
        let size = |end: &str| std::fs::metadata(format!("{}{end}", path.display())).map(|it| it.len()).ok();
        (points, size(""), size("-wal"))
    };
    assert_eq!(left(), left());
}
