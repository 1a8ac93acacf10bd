//! A server that loses what it had: backups that are made beside it, and what an operator is told and does after an older one
//! was put back.

use std::fs;

use crate::run::{Outcome, fieldbook, run, text};
use crate::world::{WORKSPACE, World};

impl World {
    fn admin(&self, words: &[&str]) -> Outcome {
        let data = self.path("server");
        run(&mut fieldbook(["admin"].iter().chain(words).chain(&["--data", text(&data)])))
    }

    fn recovery(&self, words: &[&str]) -> Outcome {
        let words: Vec<&str> = ["recovery"].into_iter().chain(words.iter().copied()).collect();
        self.admin(&[&words[..], &["--workspace", WORKSPACE]].concat())
    }
}

#[test]
fn a_backup_is_made_beside_the_server_and_looked_at() {
    let world = World::new(61);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    a.sync();
    let to = world.path("backup");
    let made = world.admin(&["backup", text(&to)]).well();
    assert!(made.contains("of epoch 1, and whole"), "{made}");
    assert!(to.join("accounts.db").exists() && !world.path("backup.part").exists());
    let again = world.admin(&["backup", text(&to)]);
    assert!(again.exit == 2 && again.err.contains("is there already"), "{again:?}");
    let told = world.recovery(&[]).well();
    assert!(told.contains("it never came back from a backup"), "{told}");
    assert!(told.contains("a backup is safe up to version"), "{told}");
    let closed = world.recovery(&["close"]);
    assert!(closed.exit == 2 && closed.err.contains("there is nothing to close"), "{closed:?}");
    let beyond = world.admin(&["backup-mark", "--upto", "999999", "--workspace", WORKSPACE]);
    assert!(beyond.exit == 2 && beyond.err.contains("no backup of it can have"), "{beyond:?}");
}

#[test]
fn what_waits_for_a_lost_record_is_listed_and_the_recovery_is_closed() {
    let mut world = World::new(62);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    a.run(&["act", "--insert", "customer", "name=Kept"]).well();
    a.sync();
    let (data, to) = (world.path("server"), world.path("backup"));
    world.admin(&["backup", text(&to)]).well();
    a.run(&["act", "--insert", "customer", "name=Lost"]).well();
    a.sync();
    b.sync();
    let id = b.cell("select id from customer where name = 'Lost'");
    b.run(&["act", "--set", &format!("customer:{id}"), "note=by ben"]).well();
    assert_eq!(world.stop_server(), 0);
    // The key lay beside the data, and never goes into a backup.
    assert!(!to.join("server.key").exists());
    fs::rename(data.join("server.key"), to.join("server.key")).expect("put back");
    fs::remove_dir_all(&data).expect("removed");
    fs::rename(&to, &data).expect("put back");
    world.start_server();
    b.sync();
    let log = b.run(&["log", "--state", "lost-base"]).well();
    assert!(log.contains("waits for a record that the server lost"), "{log}");
    let status = b.run(&["status"]).well();
    assert!(status.contains("1 of your actions wait for what the server lost"), "{status}");
    let told = world.recovery(&[]).well();
    assert!(told.contains("1 action waits for what was lost"), "{told}");
    assert!(told.contains(&format!("waits for customer/{id}")), "{told}");
    let json = world.recovery(&["--json"]).well();
    assert!(json.contains(r#""closed":false"#) && json.contains(&id), "{json}");
    let closed = world.recovery(&["close"]).well();
    assert!(closed.contains("the recovery is closed; 1 action that waited is refused"), "{closed}");
    b.sync();
    let log = b.run(&["log", "--state", "rejected"]).well();
    assert!(log.contains("did not come back before the recovery was closed"), "{log}");
    // Who made the record comes after all: it is there, and what was refused can be sent again.
    a.sync();
    b.sync();
    assert_eq!(b.cell("select count(*) from customer where name = 'Lost'"), "1");
    assert_eq!(world.stop_server(), 0);
}
