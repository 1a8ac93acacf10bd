//! Live queries: one event for a commit that changes the result, none for one that does not.

use fieldbook_device_store::{DatabaseKey, QueryError, Reader, Store, Table};

use crate::world::{act, identity, news, page};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);

#[test]
fn a_live_query_fires_once_for_a_commit_and_not_when_nothing_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    let mut reader = Reader::open(&path, &KEY).expect("a reader");
    const SQL: &str = "SELECT name, stock FROM product ORDER BY id";
    let (mut live, mut own) = (reader.live(SQL).expect("a query"), store.live(SQL).expect("a query"));
    // The same on a connection beside the store's and on its own.
    let mut both = |reader: &mut Reader, store: &mut Store| {
        let table = reader.refresh(&mut live).expect("a refresh");
        assert_eq!(store.refresh(&mut own).as_ref(), Ok(&table));
        table.map(|table: Table| table.lists().collect::<String>())
    };
    assert_eq!(both(&mut reader, &mut store).as_deref(), Some(""));
    assert_eq!(both(&mut reader, &mut store), None);
    news(&mut store, "p Tea 10 @1; q Mug 5 @2").expect("news");
    assert_eq!(both(&mut reader, &mut store).as_deref(), Some(r#"["Tea",10]["Mug",5]"#));
    assert_eq!(both(&mut reader, &mut store), None);
    act(&mut store, "add p -1, add q -1");
    assert_eq!(both(&mut reader, &mut store).as_deref(), Some(r#"["Tea",9]["Mug",4]"#));
    act(&mut store, "add p -1; add p -1");
    assert_eq!(both(&mut reader, &mut store).as_deref(), Some(r#"["Tea",7]["Mug",4]"#));
    news(&mut store, "p Tea 9 @3; q Mug 4 @3; ok 1 @3").expect("the own op again");
    assert_eq!(both(&mut reader, &mut store), None, "what was shown stays, so nothing flickers");
    act(&mut store, "tag p a");
    assert_eq!(both(&mut reader, &mut store), None, "another column");
    store.note("a", "b").expect("a note");
    assert_eq!(both(&mut reader, &mut store), None, "the engine's own tables");
    let staged = page(&mut store, 3, 4, true, "p Tea 1 @4");
    store.incoming(&staged).expect("a page");
    assert_eq!(both(&mut reader, &mut store), None, "staged");
    let last = page(&mut store, 4, 5, false, "q Mug 1 @5");
    store.incoming(&last).expect("a page");
    assert_eq!(both(&mut reader, &mut store).as_deref(), Some(r#"["Tea",-1]["Mug",1]"#));
}

#[test]
fn a_first_load_is_one_event_and_the_query_survives_the_swap() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    let mut reader = Reader::open(&path, &KEY).expect("a reader");
    let mut live = reader.live("SELECT count(*) FROM product").expect("a query");
    assert!(reader.refresh(&mut live).expect("a refresh").is_some());
    for (from, to, more, rows) in
        [(0, 1, true, "p Tea 1 @1"), (1, 2, true, "q Mug 1 @2"), (2, 3, false, "r Pot 1 @3")]
    {
        assert_eq!(reader.refresh(&mut live), Ok(None));
        let text = page(&mut store, from, to, more, rows);
        store.incoming(&text).expect("a page");
    }
    let table = reader.refresh(&mut live).expect("a refresh").expect("a result");
    assert_eq!(table.lists().collect::<String>(), "[3]");
    assert_eq!(reader.live("DELETE FROM product"), Err(QueryError::Writes));
}
