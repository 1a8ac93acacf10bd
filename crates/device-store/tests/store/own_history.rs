//! What a device knows of a record's history without a server: its own part, with what became of it.

use fieldbook_device_store::{LogFilter, Store};

use crate::estate::{act, estate, op_id, pages};
use crate::world::id;

/// The whole log.
pub fn all() -> LogFilter {
    LogFilter { state: None, from: None, max: 1000, newest_first: false }
}

fn told(store: &mut Store, of: &str, letter: &str) -> Vec<String> {
    let lines = store.own_history(of, id(letter)).expect("a history");
    let line = |line: &fieldbook_protocol::history::HistoryLine| {
        let units = line.units.iter().map(|unit| {
            let (before, after) =
                (fieldbook_model::json::write(&unit.before), fieldbook_model::json::write(&unit.after));
            format!("{} {before}>{after} {}", unit.field, unit.outcome)
        });
        let life = line.outcome.as_deref().map(|outcome| format!(" {outcome}")).unwrap_or_default();
        format!("{}{life}: {}", line.verb, units.collect::<Vec<_>>().join(", "))
    };
    lines.iter().map(line).collect()
}

#[test]
fn a_record_tells_what_this_device_did_to_it() {
    let mut store =
        estate(r#"customer c {"name":"Ann","phone":"1"} @1; asset a {"name":"Pump","count":10} @2"#);
    act(
        &mut store,
        r#"{"update":"asset","id":"@a","add":{"count":-2}},{"update":"customer","id":"@c","set":{"note":"n"}}"#,
    );
    act(&mut store, r#"{"update":"asset","id":"@a","set":{"x":1}}"#);
    act(&mut store, r#"{"delete":"asset","id":"@a"}"#);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"3"}}"#);
    pages(&mut store, r#"asset a {"name":"Pump","count":8} @3; ok 1 @3; no 2 @4; held 4 @5"#);
    assert_eq!(
        told(&mut store, "asset", "a"),
        ["update: count 10>8 applied", "update: x null>1 refused, y null>null refused", "delete waiting: "]
    );
    assert_eq!(
        told(&mut store, "customer", "c"),
        [
            "update: note null>\"n\" applied",
            "update: phone \"1\">\"2\" held",
            "update: phone \"2\">\"3\" waiting"
        ]
    );
    assert_eq!(told(&mut store, "asset", "z"), Vec::<String>::new());
    let op = op_id(&mut store, 1);
    let lines = store.own_history_of(op).expect("a history");
    assert_eq!(lines.iter().map(|line| line.of.as_str()).collect::<Vec<_>>(), ["asset", "customer"]);
    assert!(lines.iter().all(|line| line.op_id == op && line.version.map(|v| v.0) == Some(3)));
    assert_eq!(lines[0].label.as_deref(), Some("Pump"), "deleted, and known by its name still");
    assert!(lines[0].says.starts_with("Nancy "), "{}", lines[0].says);
    assert!(store.own_history("nothing", id("a")).is_err());
}
