//! What a device holds is compared with the server; what a bad disk made of it is found, told, and fetched again.

use rusqlite::{Connection, OpenFlags};

use crate::keys;
use crate::world::{Device, World};

/// Writes into a device's own file, as no program of ours does.
fn damage(device: &Device, sql: &str) {
    let db = Connection::open_with_flags(device.home.join("fieldbook.db"), OpenFlags::SQLITE_OPEN_READ_WRITE);
    let db = db.expect("a database");
    db.execute_batch(&keys::pragma(&device.home)).expect("its key");
    assert_eq!(db.execute(sql, []).expect("SQL"), 1, "{sql}");
}

#[test]
fn a_damaged_file_is_found_told_and_mended() {
    let world = World::new(70);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    for name in ["Fuller", "Davolio", "Leverling"] {
        a.run(&["act", "--insert", "employee", &format!("last_name={name}")]).well();
    }
    a.sync();
    let told = b.run(&["sync", "--compare"]).well();
    assert!(told.ends_with("compared 1 part, 3 records: the same\n"), "{told}");
    for (sql, found) in [
        (
            "UPDATE employee SET last_name = 'Fullest' WHERE last_name = 'Fuller'",
            "3 records here and as many on the server, not the same",
        ),
        ("DELETE FROM employee WHERE last_name = 'Davolio'", "2 records here, 3 on the server"),
    ] {
        damage(&b, sql);
        // What waits here is kept through all of it.
        b.run(&["--offline", "act", "--insert", "customer", "name=Waits"]);
        let told = b.run(&["sync", "--compare"]).well();
        let expected = format!("what lies in no part differed: {found}; all was fetched again\n");
        assert!(told.contains(&expected), "{told}");
        assert_eq!(
            b.cell("select count(*) from employee where last_name in ('Fuller', 'Davolio', 'Leverling')"),
            "3"
        );
        let told = b.run(&["sync", "--compare"]).well();
        assert!(!told.contains("differed") && told.ends_with(": the same\n"), "{told}");
    }
    let status = b.run(&["status"]).well();
    assert!(status.contains("\ndifference   ") && status.contains(": the same\n"), "{status}");
    let json = b.run(&["status", "--json"]).well();
    assert!(
        json.contains(r#""compared":{"at":"#) && json.contains(r#""here":2,"there":3,"fetched":true"#),
        "{json}"
    );
    let scopes = b.run(&["scopes"]).well();
    assert!(scopes.contains("difference: "), "{scopes}");
}

#[test]
fn a_wish_to_compare_is_told_in_json_and_needs_a_server() {
    let mut world = World::new(71);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "employee", "last_name=Fuller"]).well();
    let json = a.run(&["sync", "--compare", "--json"]).well();
    assert!(json.contains(r#""parts":1,"records":1,"same":true,"differences":[]}"#), "{json}");
    let offline = a.run(&["sync", "--compare", "--offline"]);
    assert_eq!(offline.exit, 2, "{offline:?}");
    world.kill_server();
    let unreached = a.run(&["sync", "--compare", "--timeout", "1"]);
    assert_eq!(unreached.exit, 5, "{unreached:?}");
}
