//! What the engine fills in: the members of a group, numbers of the series, what a count shows.

use fieldbook_device_store::{Action, DatabaseKey, Series, Store};
use fieldbook_model::{Code, Op, Seq, json};

use crate::estate::{act, changes, estate, news, person, refusal, shown, try_as};
use crate::world::moment;

const BASE: &str = r#"asset a {"name":"Pump","x":1,"y":2,"count":10} @1"#;

fn text(store: &mut Store, seq: u64) -> String {
    let op: Op = json::parse(&store.op_text(Seq(seq)).expect("a log").expect("an op")).expect("an op");
    json::write(&op.payload.changes)
}

#[test]
fn a_change_of_one_member_carries_all_of_its_group() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"update":"asset","id":"@a","set":{"x":5}}"#);
    assert!(text(&mut store, 1).contains(r#""set":{"x":5,"y":2}"#), "{}", text(&mut store, 1));
    act(
        &mut store,
        r#"{"update":"asset","id":"@a","set":{"y":6}},{"update":"asset","id":"@a","set":{"x":7}}"#,
    );
    let both = text(&mut store, 2);
    assert!(both.contains(r#""set":{"y":6,"x":5}"#) && both.contains(r#""set":{"x":7,"y":6}"#), "{both}");
    act(&mut store, r#"{"update":"asset","id":"@a","set":{"name":"Fan"}}"#);
    assert!(text(&mut store, 3).contains(r#""set":{"name":"Fan"}"#));
    assert_eq!(shown(&mut store, "asset"), "a{name:Fan count:10 x:7 y:6}");
}

#[test]
fn a_count_shows_what_was_counted_on_top_of_what_is_there() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"update":"asset","id":"@a","count":{"count":7}}"#);
    act(&mut store, r#"{"update":"asset","id":"@a","add":{"count":-1}}"#);
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump count:6 x:1 y:2}");
    news(&mut store, r#"asset a {"name":"Pump","x":1,"y":2,"count":20} @2"#).expect("news");
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump count:6 x:1 y:2}");
}

fn bill(store: &mut Store, letter: &str) {
    act(store, &format!(r#"{{"insert":"bill","id":"@{letter}","fields":{{}}}}"#));
}

#[test]
fn a_record_that_is_numbered_gets_the_next_number() {
    let mut store = estate("");
    bill(&mut store, "a");
    act(&mut store, r#"{"insert":"bill","id":"@b","fields":{}},{"insert":"bill","id":"@c","fields":{}}"#);
    act(&mut store, r#"{"insert":"bill","id":"@d","fields":{"number":"own"}}"#);
    bill(&mut store, "e");
    assert_eq!(
        shown(&mut store, "bill"),
        "a{number:1G60R3-000001} b{number:1G60R3-000002} c{number:1G60R3-000003} d{number:own} e{number:1G60R3-000004}"
    );
    assert_eq!(store.series(), Ok(Series { generation: 0, last: 4 }));
}

#[test]
fn an_act_that_is_refused_gives_no_number_out() {
    let mut store = estate("");
    let refused = r#"{"insert":"bill","id":"@a","fields":{}},{"delete":"site","id":"@s"}"#;
    assert_eq!(refusal(try_as(&mut store, "edit", refused)).code, Code::UnknownRecord);
    assert_eq!(store.series(), Ok(Series { generation: 0, last: 0 }));
    bill(&mut store, "a");
    assert_eq!(shown(&mut store, "bill"), "a{number:1G60R3-000001}");
}

#[test]
fn a_database_that_was_put_back_begins_a_new_series() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, key) = (dir.path().join("device.db"), DatabaseKey::from_bytes([7; 32]));
    let mut store = Store::create(&path, &key, &person()).expect("a store");
    bill(&mut store, "a");
    assert_eq!(store.renew_series(1), Ok(Series { generation: 0, last: 1 }), "level with the note");
    assert_eq!(store.renew_series(5), Ok(Series { generation: 1, last: 5 }), "behind the note");
    drop(store);
    let mut store = Store::open(&path, &key).expect("the store");
    bill(&mut store, "b");
    assert_eq!(shown(&mut store, "bill"), "a{number:1G60R3-000001} b{number:1G60R3A-000006}");
    assert_eq!(store.renew_series(6), Ok(Series { generation: 1, last: 6 }));
}

#[test]
fn a_second_tap_is_the_same_act_though_the_first_was_filled_in() {
    let mut store = estate(BASE);
    let mut tap = |n: u64, letter: &str, change: &str| {
        let changes = changes(&mut store, &change.replace('?', letter));
        let wanted =
            Action { action: "import".into(), key: Some("once".to_owned() + &change[2..8]), changes };
        store.act(moment(n), wanted).map(|acted| (acted.seq, acted.duplicate))
    };
    let number = r#"{"insert":"bill","id":"@?","fields":{}}"#;
    assert_eq!(tap(1, "p", number), Ok((Seq(1), false)));
    assert_eq!(tap(2, "q", number), Ok((Seq(1), true)));
    let group = r#"{"update":"asset","id":"@a","set":{"x":5}}"#;
    assert_eq!(tap(3, "", group), Ok((Seq(2), false)));
    assert_eq!(tap(4, "", group), Ok((Seq(2), true)));
    let other = r#"{"update":"asset","id":"@a","set":{"x":6}}"#;
    assert!(tap(5, "", other).is_err(), "another act under the key");
}
