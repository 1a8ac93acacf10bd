//! A home that lost its `home.json`, and sign-ins that meet each other: what was saved is there afterwards.

use std::fs;

use fieldbook_crypto::DeviceSecret;

use crate::run::{Beside, fieldbook, text};
use crate::world::{Device, PASSWORD, WORKSPACE, World};

const SIGNED_IN_AGAIN: &str = "signed in again to shop as ann (member)";

/// The device's id, as sign-in tells it.
fn device_id(world: &World, device: &Device) -> String {
    let file = fs::read_to_string(device.home.join("home.json")).expect("a home");
    let (_, id) =
        file.split_once(r#""device_id":""#).unwrap_or_else(|| panic!("an id in {file} of {world:p}"));
    id.split('"').next().expect("an end").to_owned()
}

#[test]
fn a_database_that_was_put_back_does_not_give_a_number_out_again() {
    let world = World::new(33);
    let a = world.device("a", "ann");
    let invoice = || {
        a.run(&["act", "--type", "invoice.create", "--insert", "invoice", "total=1.00"]).well();
        a.cell("select number from invoice order by number desc limit 1")
    };
    let first = invoice();
    assert!(first.ends_with("-000001"), "{first}");
    let database = a.home.join("fieldbook.db");
    let kept = fs::read(&database).expect("a database");
    let printed = invoice();
    assert!(printed.ends_with("-000002"), "{printed}");
    fs::write(&database, kept).expect("put back");
    let next = invoice();
    assert_ne!(next, printed, "a printed number is given out again");
    fs::write(a.home.join("series"), "nonsense").expect("written");
    let status = a.run(&["act", "--type", "invoice.create", "--insert", "invoice", "total=1.00"]);
    assert_eq!(status.exit, 2, "{status:?}");
    assert!(status.err.contains("not the number of the last receipt"), "{status:?}");
}

#[test]
fn an_act_that_finds_no_room_for_its_number_is_not_done() {
    let world = World::new(36);
    let a = world.device("a", "ann");
    let invoice = || a.run(&["act", "--type", "invoice.create", "--insert", "invoice", "total=1.00"]);
    // The note can be read as none, and cannot be written.
    std::os::unix::fs::symlink(a.home.join("missing/series"), a.home.join("series")).expect("a link");
    assert_eq!(invoice().exit, 1);
    assert_eq!(a.count("waiting"), 0);
    fs::remove_file(a.home.join("series")).expect("removed");
    invoice().well();
    assert!(a.cell("select number from invoice").ends_with("-000001"));
}

#[test]
fn a_home_without_its_file_is_signed_in_to_again_with_all_its_ops() {
    let world = World::new(31);
    let a = world.device("a", "ann");
    let (file, id) = (a.home.join("home.json"), device_id(&world, &a));
    let mut waiting = 0;
    for broken in [None, Some(""), Some("{\"format\":1,\"serv"), Some("\u{0}\u{0}\u{0}")] {
        a.run(&["act", "--insert", "customer", "name=Ann"]).well();
        waiting += 1;
        fs::remove_file(&file).expect("removed");
        if let Some(content) = broken {
            fs::write(&file, content).expect("written");
        }
        let status = a.run(&["status"]);
        assert_eq!(status.exit, 2, "{status:?}");
        assert!(status.err.contains("Sign in again, and nothing is lost"), "{status:?}");
        // Somebody else is not let in by the loss of the file.
        let other = world.sign_in(&a, "ben", PASSWORD);
        assert!(other.err.contains("this is the home of ann in the workspace shop"), "{other:?}");
        assert_eq!(other.exit, 2, "{other:?}");
        assert!(world.sign_in(&a, "ann", PASSWORD).well().starts_with(SIGNED_IN_AGAIN));
        assert_eq!(a.count("waiting"), waiting);
        assert_eq!(device_id(&world, &a), id);
    }
    assert!(a.sync().starts_with("sent 4 ops;"));
    assert_eq!(a.export(), world.export());
}

#[test]
fn what_does_not_open_is_put_aside_and_never_deleted() {
    let world = World::new(32);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    let secret = fs::read_to_string(a.home.join("device.secret")).expect("a secret");
    fs::remove_file(a.home.join("home.json")).expect("removed");
    let other = DeviceSecret::from_bytes([1; 32]);
    fs::write(a.home.join("device.secret"), &*other.write()).expect("another secret");
    // A password that is wrong moves nothing.
    assert_eq!(world.sign_in(&a, "ann", "wrong password").exit, 3);
    assert!(a.home.join("fieldbook.db").exists());
    let told = world.sign_in(&a, "ann", PASSWORD);
    assert!(told.err.contains("nothing was deleted"), "{told:?}");
    assert!(told.well().starts_with("signed in to shop as ann (member)"));
    assert_eq!(a.count("waiting"), 0);
    // With its keys the old database opens under its old name, with the op that waits.
    let names = fs::read_dir(&a.home).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let old = names.iter().find(|name| name.starts_with("fieldbook.db.aside-") && !name.ends_with("-wal"));
    let old = old.filter(|name| !name.ends_with("-shm")).unwrap_or_else(|| panic!("put aside: {names:?}"));
    let again = Device { home: world.path("again") };
    fs::create_dir(&again.home).expect("made");
    fs::write(again.home.join("device.secret"), secret).expect("written");
    let at = old.rsplit_once(".aside-").expect("a time").1;
    let keys = a.home.join(format!("keys.json.aside-{at}"));
    fs::copy(keys, again.home.join("keys.json")).expect("put aside too");
    assert!(a.home.join(format!("device.secret.aside-{at}")).exists(), "{names:?}");
    for end in ["", "-wal"] {
        let from = a.home.join(format!("{old}{end}"));
        if from.exists() {
            fs::copy(from, again.home.join(format!("fieldbook.db{end}"))).expect("copied");
        }
    }
    assert!(world.sign_in(&again, "ann", PASSWORD).well().starts_with(SIGNED_IN_AGAIN));
    assert_eq!(again.count("waiting"), 1);
}

#[test]
fn a_sign_in_that_was_cut_off_leaves_room_for_the_next() {
    let world = World::new(33);
    let a = Device { home: world.path("a") };
    fs::create_dir(&a.home).expect("made");
    fs::write(a.home.join("device.key"), "12").expect("half a key");
    fs::write(a.home.join("fieldbook.db"), "").expect("an empty database");
    fs::write(a.home.join("home.json"), "").expect("an empty file");
    assert!(world.sign_in(&a, "ann", PASSWORD).well().starts_with("signed in to shop as ann (member)"));
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    assert!(a.sync().starts_with("sent 1 op;"));
}

#[test]
fn of_sign_ins_at_once_one_wins_and_the_others_hear_why() {
    let world = World::new(34);
    for round in 0..3 {
        let home = world.path(&format!("a{round}"));
        let url = world.proxy.url();
        let words = ["device", "sign-in", "--server", &url, "--workspace", WORKSPACE, "--user", "ann"];
        let start = || {
            let mut command = fieldbook(words);
            Beside::start(command.args(["--home", text(&home)]).env("FIELDBOOK_PASSWORD", PASSWORD))
        };
        let ends: Vec<_> = [start(), start(), start()].into_iter().map(Beside::ended).collect();
        let mut first = 0;
        for (exit, out, err) in &ends {
            let lines = err.join("\n");
            assert!(!lines.contains("panicked"), "{ends:?}");
            match exit {
                0 if out.iter().any(|line| line.starts_with("signed in to shop")) => first += 1,
                // It came when the other had ended.
                0 => assert!(out[0].starts_with(SIGNED_IN_AGAIN), "{ends:?}"),
                4 => assert!(lines.contains("another sign-in into this folder is under way"), "{ends:?}"),
                _ => panic!("{ends:?}"),
            }
        }
        assert_eq!(first, 1, "{ends:?}");
        let device = Device { home };
        device.run(&["act", "--insert", "customer", "name=Ann"]).well();
        device.sync();
    }
}

#[test]
fn a_loop_that_runs_takes_a_new_sign_in_without_a_new_start() {
    let world = World::new(35);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let (syncing, _other) = (a.beside(&["sync"]), b.beside(&["sync"]));
    syncing.line_with("everything is synced");
    let watching = b.beside(&["watch", "--json", "--count", "3", "select name from customer"]);
    assert_eq!(watching.line(), "[]");
    // The server ends the first token with the second sign-in; the loop may notice before or after it.
    world.sign_in(&a, "ann", PASSWORD).well();
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    assert_eq!(watching.line(), r#"[{"name":"Ann"}]"#);

    // Signed out first, for good: the device's token is another one's, until the next sign-in.
    let elsewhere = Device { home: world.path("copy") };
    fs::create_dir(&elsewhere.home).expect("made");
    let copied = fs::read_dir(&a.home).expect("a folder").map(|entry| entry.expect("an entry").path());
    for path in copied {
        // A draft that the loop has renamed since is gone.
        let copied = fs::copy(&path, elsewhere.home.join(path.file_name().expect("a name")));
        assert!(copied.is_ok() || !path.exists(), "{copied:?}");
    }
    world.sign_in(&elsewhere, "ann", PASSWORD).well();
    a.run(&["act", "--set", "customer:name=Ann", "note=x"]).well();
    syncing.line_with("igned out");
    world.sign_in(&a, "ann", PASSWORD).well();
    a.run(&["act", "--set", "customer:name=Ann", "name=Bo"]).well();
    assert_eq!(watching.line(), r#"[{"name":"Bo"}]"#);
    assert_eq!(syncing.terminate().0, 0);
}
