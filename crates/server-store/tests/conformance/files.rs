//! What only a file can do: be opened again, be read beside a writer, be somebody else's.

use std::path::Path;

use fieldbook_model::Limits;
use fieldbook_server_store::{SqliteStore, Store, StoreError, push_group};
use rusqlite::Connection;

use crate::builder::{Device, WORKSPACE, add, product, shop};
use crate::world::{NOW, World, key, push};

#[test]
fn a_file_that_is_opened_again_goes_on_at_the_same_head() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let mut a = Device::new(1);
    let mut world = World { store: Box::new(SqliteStore::create(&path, key(), &shop(), WORKSPACE).unwrap()) };
    let ops = [a.op([product(1, "Chai")]), a.op([add(1, 1, -2)])];
    world.push(&a, &[&ops[0]]);
    let head = world.reader().head().unwrap();
    drop(world);
    let store = SqliteStore::open(&path, key()).unwrap();
    assert_eq!((store.workspace(), &**store.schema()), (WORKSPACE, &shop()));
    let mut world = World { store: Box::new(store) };
    assert_eq!(world.reader().head().unwrap(), head);
    assert_eq!(world.verdict(&a, &ops[0]), "committed");
    assert_eq!(world.verdict(&a, &ops[1]), "committed");
    assert_eq!(world.field("product", 1, "stock"), Some(8.into()));
}

#[test]
fn a_reader_beside_an_open_batch_sees_the_old_state() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::create(&folder.path().join("w.db"), key(), &shop(), WORKSPACE).unwrap();
    let mut a = Device::new(1);
    let op = a.op([product(1, "Chai")]);
    push_group(&mut store, &Limits::default(), &[push(&a, &[&op])], NOW).unwrap();
    let mut reader = store.reader().unwrap();
    let mut batch = store.batch().unwrap();
    batch.log(Device::new(2).principal.device, a.principal.user, "ann").unwrap();
    assert_eq!(reader.head().unwrap().version.0, 1);
    assert_eq!(reader.export().unwrap().len(), 1);
    drop(batch);
}

/// A connection of another program that has the key.
fn keyed(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    connection
}

#[test]
fn a_file_in_clear_is_refused_where_one_under_a_key_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE one (n INTEGER)").unwrap();
    let before = std::fs::read(&path).unwrap();
    check_unusable(SqliteStore::open(&path, key()), "not a database");
    check_unusable(SqliteStore::create(&path, key(), &shop(), WORKSPACE), "not a database");
    assert_eq!(before, std::fs::read(&path).unwrap());
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = keyed(&path);
    other.execute_batch("CREATE TABLE theirs (x); PRAGMA application_id = 7").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    check_unusable(SqliteStore::open(&path, key()), "is not a workspace file of Fieldbook");
    check_unusable(SqliteStore::create(&path, key(), &shop(), WORKSPACE), "exists already and is not empty");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, although it is long enough to have been one".repeat(99))
        .unwrap();
    check_unusable(SqliteStore::open(&text, key()), "not a database");
    assert_eq!(before, std::fs::read(&path).unwrap());
    check_unusable(
        SqliteStore::open(&folder.path().join("none.db"), key()),
        "is missing; put the last backup",
    );
}

#[test]
fn a_file_of_a_newer_version_asks_for_an_update_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    drop(SqliteStore::create(&path, key(), &shop(), WORKSPACE).unwrap());
    check_unusable(SqliteStore::create(&path, key(), &shop(), WORKSPACE), "exists already");
    keyed(&path).execute_batch("PRAGMA user_version = 99").unwrap();
    check_unusable(
        SqliteStore::open(&path, key()),
        "was made by a newer version of the program; update this one",
    );
}

#[cfg(feature = "planted")]
#[test]
fn a_commit_that_a_test_made_fail_leaves_the_store_as_it_was() {
    let mut store = SqliteStore::memory(&shop(), WORKSPACE, "planted-commit").unwrap();
    let mut a = Device::new(1);
    let op = a.op([product(1, "Chai")]);
    store.fail_next_commit();
    let pushes = [push(&a, &[&op])];
    let failed = push_group(&mut store, &Limits::default(), &pushes, NOW);
    assert!(matches!(failed, Err(StoreError::Retry(_))));
    assert_eq!(store.reader().unwrap().head().unwrap().version.0, 0);
    push_group(&mut store, &Limits::default(), &pushes, NOW).unwrap();
    assert_eq!(store.reader().unwrap().head().unwrap().version.0, 1);
}

fn check_unusable(opened: Result<SqliteStore, StoreError>, words: &str) {
    match opened {
        Err(StoreError::Unusable(found)) => assert!(found.contains(words), "{found}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}
