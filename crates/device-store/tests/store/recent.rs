//! What a device keeps of the last while for its diagnostics.

use fieldbook_device_store::{DatabaseKey, Payloads, Store};
use fieldbook_model::WallTime;
use fieldbook_protocol::diagnostics::{Call, Contact, Part, Status};

use crate::world::{act, identity, with};

fn contact(at: i64) -> Contact {
    Contact {
        at: WallTime(at),
        call: Call::Push,
        took_ms: 1,
        sent: 2,
        received: 3,
        status: Some(200),
        trouble: None,
        retry_after_s: None,
    }
}

fn status(at: i64) -> Status {
    Status {
        at: WallTime(at),
        connection: "connected".into(),
        halt: None,
        stuck: None,
        pending: 0,
        conflicts: 0,
        rejected: 0,
    }
}

#[test]
fn the_newest_are_kept_of_each_kind_and_the_others_go() {
    let mut store = with("");
    store.note_recent(&[], Some(&status(1))).expect("noted");
    for at in 0..150 {
        store.note_recent(&[contact(2 * at), contact(2 * at + 1)], None).expect("noted");
    }
    let found: Vec<i64> = store.contacts().expect("calls").iter().map(|contact| contact.at.0).collect();
    assert_eq!(found, (100..300).rev().collect::<Vec<_>>());
    assert_eq!(store.statuses().expect("one"), [status(1)], "the one kind does not push the other out");
    (0..300).for_each(|at| store.note_recent(&[], Some(&status(at))).expect("noted"));
    assert_eq!(store.statuses().expect("some").len(), 200);
    let told = store.diagnostics(Payloads::Without);
    let count = |name: &str| told.parts.iter().filter(|part| part.name() == name).count();
    assert_eq!((count("contact"), count("status"), told.absent.len()), (200, 200, 0));
}

#[test]
fn a_database_of_the_format_before_keeps_what_it_has_and_notes_from_then_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, key) = (dir.path().join("device.db"), DatabaseKey::from_bytes([7; 32]));
    let mut store = Store::create(&path, &key, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1");
    drop(store);
    let old = rusqlite::Connection::open(&path).expect("a file");
    let before = "DROP TABLE fb_recent; DROP INDEX fb_op_again; DROP TABLE fb_blob; DROP TABLE fb_blob_part; \
        ALTER TABLE fb_marks ADD COLUMN told INTEGER NOT NULL DEFAULT 0; PRAGMA user_version = 6";
    old.execute_batch(&format!("PRAGMA key = \"x'{}'\"; {before}", "07".repeat(32))).expect("SQL");
    drop(old);
    let mut store = Store::open(&path, &key).expect("a store");
    store.note_recent(&[contact(5)], Some(&status(6))).expect("noted");
    drop(store);
    let mut store = Store::open(&path, &key).expect("a store");
    assert_eq!(
        (store.contacts().expect("calls"), store.statuses().expect("one")),
        (vec![contact(5)], vec![status(6)])
    );
    let told = store.diagnostics(Payloads::Without);
    assert!(told.parts.iter().any(|part| matches!(part, Part::Op(op) if op.seq.0 == 1)), "{told:?}");
    assert!(told.absent.is_empty(), "{told:?}");
}
