//! Who holds a device's secret: a file as it is, or a passphrase that each command asks for.

use std::fs;
use std::process::Command;

use crate::keys::digits;
use crate::run::{Beside, Outcome, fed, run};
use crate::terminal::terminal;
use crate::world::{Device, PASSWORD, WORKSPACE, World};

pub const PASSPHRASE: &str = "canary horse battery";
const OTHER: &str = "battery horse canary";
const WRONG: &str = "the passphrase is wrong; nothing was changed, and nothing is lost: try again";

/// A sign-in that says who is to hold the secret.
pub fn sign_in(world: &World, device: &Device, keys: &str) -> Command {
    let url = world.proxy.url();
    let words = ["device", "sign-in", "--server", &url, "--workspace", WORKSPACE, "--user", "ann"];
    let mut call = device.call(&words);
    call.args(["--keys", keys]).env("FIELDBOOK_PASSWORD", PASSWORD);
    call
}

/// A call with a passphrase around it.
fn with(device: &Device, words: &[&str], passphrase: &str) -> Outcome {
    run(device.call(words).env("FIELDBOOK_PASSPHRASE", passphrase))
}

fn under_passphrase(world: &World, name: &str) -> Device {
    let device = Device { home: world.path(name) };
    let told = run(sign_in(world, &device, "passphrase").env("FIELDBOOK_PASSPHRASE", PASSPHRASE));
    assert!(told.err.contains("its passphrase, and nobody can bring a lost one back"), "{told:?}");
    assert!(told.well().starts_with("signed in to shop as ann (member)"));
    device
}

/// No file of a home holds any of these texts.
#[track_caller]
pub fn nowhere_in(device: &Device, texts: &[String]) {
    for file in fs::read_dir(&device.home).expect("a home").flatten() {
        let bytes = fs::read(file.path()).expect("a file");
        for text in texts {
            let found = bytes.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!found, "it lies in {:?}", file.file_name());
        }
    }
}

#[test]
fn a_home_under_a_passphrase_opens_to_who_knows_it_and_to_nobody_else() {
    let world = World::new(101);
    let a = under_passphrase(&world, "a");
    with(&a, &["act", "--insert", "customer", "name=Ann"], PASSPHRASE).well();
    assert!(with(&a, &["sync", "--wait"], PASSPHRASE).well().starts_with("sent 1 op;"));
    let [secret, content, database] = digits(&a.home);
    nowhere_in(&a, &[secret, content, database, PASSPHRASE.to_owned()]);
    assert!(!a.home.join("device.secret").exists());
    let keys = a.home.join("keys.json").display().to_string();
    let before = fs::read(a.home.join("keys.json")).expect("keys");
    for words in [&["query", "select name from customer"][..], &["sync", "--wait"], &["status"]] {
        let none = "the device secret is under a passphrase, and nobody is there to type it: set FIELDBOOK_PASSPHRASE, or run this on a terminal";
        a.run(words).check(2, &format!("error: {keys}: {none}"));
        with(&a, words, OTHER).check(3, &format!("error: {keys}: {WRONG}"));
    }
    // A sign-in with the password alone does not get around it, not even where home.json is lost.
    world.sign_in(&a, "ann", PASSWORD).check(
        2,
        &format!("error: {keys}: the device secret is under a passphrase, and nobody is there to type it: set FIELDBOOK_PASSPHRASE, or run this on a terminal"),
    );
    let home = a.home.join("home.json");
    let kept = fs::read(&home).expect("a file");
    fs::remove_file(&home).expect("removed");
    let told = run(sign_in(&world, &a, "file").env("FIELDBOOK_PASSPHRASE", OTHER));
    told.check(3, &format!("error: {keys}: {WRONG}"));
    fs::write(&home, kept).expect("put back");
    assert_eq!(fs::read(a.home.join("keys.json")).expect("keys"), before, "nothing was changed");
    let doctor = with(&a, &["doctor", "--offline"], PASSPHRASE).out;
    assert!(doctor.contains("ok    keys         holder passphrase: it was right"), "{doctor}");
    let doctor = with(&a, &["doctor", "--offline"], OTHER).out;
    assert!(doctor.contains("fail  keys         holder passphrase: the right one was not given"), "{doctor}");
    let told = with(&a, &["query", "--json", "select name from customer"], PASSPHRASE).well();
    assert_eq!(told, "{\"name\":\"Ann\"}\n");
}

#[test]
fn a_later_sign_in_gives_the_secret_to_another_holder() {
    let world = World::new(102);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    let before = digits(&a.home);
    let under = |passphrase: &str, new: &str| {
        let mut call = sign_in(&world, &a, "passphrase");
        run(call.env("FIELDBOOK_PASSPHRASE", passphrase).env("FIELDBOOK_NEW_PASSPHRASE", new))
    };
    under("", "too short").check(2, "error: a passphrase has at least 12 characters and at most 1024 bytes");
    assert!(a.home.join("device.secret").exists());
    run(&mut sign_in(&world, &a, "passphrase"))
        .check(2, "error: no passphrase: set FIELDBOOK_PASSPHRASE, or run this on a terminal");
    assert!(under("", OTHER).well().starts_with("signed in again"));
    assert!(
        !a.home.join("device.secret").exists() && !a.home.join("THE-KEY-LIES-IN-THIS-FOLDER.txt").exists()
    );
    assert_eq!(under(PASSPHRASE, PASSPHRASE).exit, 3);
    under(OTHER, PASSPHRASE).well();
    assert_eq!(digits(&a.home), before, "the same keys");
    nowhere_in(&a, &before);
    // Without a word the holder stays.
    let url = world.proxy.url();
    let words = ["device", "sign-in", "--server", &url, "--workspace", WORKSPACE, "--user", "ann"];
    let mut call = a.call(&words);
    run(call.env("FIELDBOOK_PASSWORD", PASSWORD).env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    assert!(!a.home.join("device.secret").exists());
    let told = run(sign_in(&world, &a, "file").env("FIELDBOOK_PASSPHRASE", PASSPHRASE));
    assert!(told.err.contains("lies in the file"), "{told:?}");
    told.well();
    assert_eq!(digits(&a.home), before);
    assert!(a.sync().starts_with("sent 1 op;"));
    assert_eq!(a.export(), world.export());
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_passphrase_is_typed_and_does_not_show() {
    let world = World::new(103);
    let a = under_passphrase(&world, "a");
    let name = "select 'opened' as word";
    let told = fed(&mut terminal(&a.call(&["query", name])), &format!("{PASSPHRASE}\n"));
    assert!(told.out.contains(&format!("Passphrase of {}", a.home.display())), "{told:?}");
    assert!(told.out.contains("opened"), "{told:?}");
    let told = fed(&mut terminal(&a.call(&["query", name])), &format!("{OTHER}\n"));
    assert!(told.out.contains(WRONG), "{told:?}");
    // Who looks on for long is asked once.
    let mut watching = a.call(&["watch", "--json", "select name from customer"]);
    let watching = Beside::start(watching.env("FIELDBOOK_PASSPHRASE", PASSPHRASE));
    assert_eq!(watching.line(), "[]");
    with(&a, &["act", "--insert", "customer", "name=Ann"], PASSPHRASE).well();
    watching.line_with("Ann");
    watching.terminate();
}
