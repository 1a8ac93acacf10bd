//! A device is locked and unlocked, and its database gets a new key.

use std::fs;

use fieldbook_model::WallTime;

use crate::holders::{PASSPHRASE, nowhere_in, sign_in};
use crate::keys::digits;
use crate::proxy::Mode;
use crate::run::{fieldbook, run, text};
use crate::wait::time_passes;
use crate::world::{Device, PASSWORD, WORKSPACE, World};

fn locked(device: &Device) -> String {
    let keys = device.home.join("keys.json").display().to_string();
    let home = device.home.display();
    format!(
        "error: {keys}: the device is locked, and nothing here opens without the server; with a connection: fieldbook device unlock --home {home}"
    )
}

#[test]
fn a_locked_device_opens_nothing_until_the_server_unlocks_it() {
    let world = World::new(104);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    let before = digits(&a.home);
    assert_eq!(a.run(&["device", "unlock"]).well(), "it is not locked\n");
    let said = a.run(&["device", "lock"]).well();
    assert_eq!(said, "locked; `fieldbook device unlock` with a connection opens it\n");
    for words in [
        &["query", "select name from customer"][..],
        &["act", "--insert", "customer", "name=Bo"],
        &["sync", "--wait"],
        &["status"],
        &["device", "lock"],
        &["device", "rotate-key"],
        &["device", "holder", "file"],
    ] {
        a.run(words).check(3, &locked(&a));
    }
    let doctor = a.run(&["doctor", "--offline"]).out;
    assert!(doctor.contains("the device is locked"), "{doctor}");
    // The token by which it asks lies in no file as it is, nor what it asks for.
    let hidden: Vec<String> = world.proxy.tokens().into_iter().chain(before[1..].to_vec()).collect();
    nowhere_in(&a, &hidden);
    let text = fs::read_to_string(a.home.join("keys.json")).expect("keys");
    assert!(!text.contains("content") && text.contains("token"), "{text}");
    world.proxy.set(Mode::Cut);
    let told = a.run(&["device", "unlock"]);
    assert!(told.err.contains("broke the connection off") && told.exit == 5, "{told:?}");
    world.proxy.set(Mode::Open);
    let told = a.run(&["device", "unlock", "--offline"]);
    assert!(told.err.contains("unlocking needs the server") && told.exit == 5, "{told:?}");
    a.run(&["query", "select 1 as one"]).check(3, &locked(&a));
    assert_eq!(a.run(&["device", "unlock"]).well(), "unlocked\n");
    assert_eq!(digits(&a.home), before);
    assert!(a.sync().starts_with("sent 1 op;"));
    assert_eq!(a.export(), world.export());
}

#[test]
fn a_device_whose_user_was_removed_stays_locked() {
    let world = World::new(105);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    for device in [&a, &b] {
        device.run(&["device", "lock"]).well();
    }
    world.member(&["remove", "ann"]).well();
    let told = a.run(&["device", "unlock"]);
    assert_eq!(told.exit, 3, "{told:?}");
    a.run(&["status"]).check(3, &locked(&a));
    assert_ne!(world.sign_in(&a, "ann", PASSWORD).exit, 0);
    a.run(&["status"]).check(3, &locked(&a));
    assert_eq!(b.run(&["device", "unlock"]).well(), "unlocked\n");
    b.sync();
}

#[test]
fn a_sign_in_unlocks_also_where_home_json_is_lost() {
    let world = World::new(106);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    for lost in [false, true] {
        a.run(&["device", "lock"]).well();
        if lost {
            fs::remove_file(a.home.join("home.json")).expect("removed");
            // Somebody else is not let in by the loss of the file.
            assert_ne!(world.sign_in(&a, "ben", PASSWORD).exit, 0);
        }
        assert!(world.sign_in(&a, "ann", PASSWORD).well().starts_with("signed in again"));
        assert_eq!(a.count("waiting"), 1);
    }
    assert!(a.sync().starts_with("sent 1 op;"));
}

#[test]
fn a_process_that_has_the_device_open_goes_on_and_lock_says_so() {
    let world = World::new(107);
    let a = world.device("a", "ann");
    let syncing = a.beside(&["sync"]);
    syncing.line_with("everything is synced");
    let told = a.run(&["device", "lock"]);
    let pid = syncing.pid();
    assert_eq!(
        told.err,
        format!("ATTENTION: process {pid} has this device open, and goes on until it ends.\n")
    );
    told.well();
    assert_eq!(a.run(&["device", "unlock", "--json"]).well(), "{\"locked\":false}\n");
    // It keeps the database from getting a new key, too.
    assert_eq!(a.run(&["device", "rotate-key", "--json"]).well(), "{\"done\":false}\n");
    let doctor = a.run(&["doctor", "--offline"]).out;
    assert!(doctor.contains("the database waits for its new key"), "{doctor}");
    syncing.terminate();
    a.run(&["status"]).well();
    let doctor = a.run(&["doctor", "--offline"]).out;
    assert!(doctor.contains("holder file"), "{doctor}");
}

#[test]
fn a_new_key_takes_no_server_and_the_old_one_opens_nothing_any_more() {
    let mut world = World::new(108);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    let before = digits(&a.home);
    world.kill_server();
    assert_eq!(a.run(&["device", "rotate-key"]).well(), "the database has a new key\n");
    let after = digits(&a.home);
    assert_eq!(
        (&after[..2], after[2] == before[2]),
        (&before[..2], false),
        "the same secret and content key"
    );
    assert_eq!(a.cell("select name from customer"), "Ann");
    // The holder changes without a server, too.
    let told = run(a.call(&["device", "holder", "passphrase"]).env("FIELDBOOK_PASSPHRASE", PASSPHRASE));
    assert!(told.err.contains("nobody can bring a lost one back"), "{told:?}");
    assert_eq!(told.well(), "the device secret is held by: passphrase\n");
    assert_eq!(digits(&a.home), after);
    let told = run(a.call(&["device", "holder", "file", "--json"]).env("FIELDBOOK_PASSPHRASE", PASSPHRASE));
    assert_eq!(told.well(), "{\"holder\":\"file\"}\n");
    world.start_server();
    assert!(a.sync().starts_with("sent 1 op;"));
    // Under a passphrase a locked device asks for it before it asks the server.
    run(sign_in(&world, &a, "passphrase").env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    run(a.call(&["device", "lock"]).env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    a.run(&["status"]).check(3, &locked(&a));
    assert_eq!(a.run(&["device", "unlock"]).exit, 2);
    run(a.call(&["device", "unlock"]).env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    assert_eq!(digits(&a.home), after);
}

/// The workspace's devices may stay away for a second. One that stayed away for longer locks itself when it is opened next, says
/// why for as long as it is locked, and has everything when the server has unlocked it. One that syncs stays open.
#[test]
fn a_device_that_stays_away_for_longer_than_its_workspace_allows_locks_itself() {
    let world = World::new(106);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let lease = |words: &[&str]| {
        let data = world.path("server");
        let of = ["--data", text(&data)];
        run(&mut fieldbook(["admin", "workspace", "lease", WORKSPACE].iter().chain(words).chain(&of)))
    };
    assert!(lease(&[]).well().ends_with("may stay away from the server for ever\n"));
    assert_eq!(lease(&["2w"]).exit, 2);
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    let listed = |json: bool| {
        let data = world.path("server");
        let words = ["admin", "device", "list", "--workspace", WORKSPACE, "--data", text(&data)];
        run(&mut fieldbook(words.into_iter().chain(json.then_some("--json")))).well()
    };
    assert!(!listed(false).contains("lease ends") && !listed(true).contains("lease_ends"));
    assert!(lease(&["14d"]).well().ends_with("for 14 days\n"));
    let lines = listed(false);
    assert!(lines.lines().next().is_some_and(|head| head.contains("lease ends")), "{lines}");
    assert_eq!(lines.matches("in 13 days").count(), 2, "{lines}");
    for line in listed(true).lines() {
        let at = |key: &str| {
            let (_, rest) = line.split_once(&format!("\"{key}\":\"")).expect("it is told");
            rest.split('"').next().and_then(WallTime::parse).expect("a time").0
        };
        assert_eq!(at("lease_ends") - at("last_seen"), 14 * 86_400_000);
    }
    assert!(lease(&["2s"]).well().ends_with("when they have not heard from the server for 2 seconds\n"));
    time_passes(2_500);
    a.run(&["act", "--insert", "customer", "name=Nobody has told it yet"]).well();
    a.sync();
    b.sync();
    a.run(&["act", "--insert", "customer", "name=In time"]).well();
    time_passes(2_500);
    let home = a.home.display();
    let told = format!(
        "this device has not heard from its server for longer than its workspace allows (2 seconds): it is locked, and nothing in it is lost; with a connection: fieldbook device unlock --home {home}\n"
    );
    // A sync says what to run, and does not run it: whoever unlocks a device is there.
    for words in [&["query", "select name from customer"][..], &["sync", "--wait"], &["status"]] {
        let over = a.run(words);
        assert!(over.err.ends_with(&told) && over.exit == 3, "{over:?}");
    }
    assert_eq!(listed(false).matches("ended ").count(), 2, "and the server's list says so");
    let text = fs::read_to_string(a.home.join("keys.json")).expect("keys");
    assert!(!text.contains("content"), "it has forgotten what opens it: {text}");
    assert_eq!(a.run(&["device", "unlock"]).well(), "unlocked\n");
    assert!(a.sync().starts_with("sent 1 op;"));
    assert_eq!(a.export(), world.export());
    // A sign-in is word of the server, too, and brings the end of the lease.
    assert!(lease(&["off"]).well().ends_with("for ever\n"));
    world.sign_in(&b, "ben", PASSWORD).well();
    b.sync();
    time_passes(2_500);
    assert_eq!(b.run(&["query", "select 1 as one"]).exit, 0);
}
