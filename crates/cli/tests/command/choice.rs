//! Who holds the secret of a new home, where the call does not say so.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::holders::{PASSPHRASE, sign_in};
use crate::keyring::Session;
use crate::run::{Outcome, fed, fieldbook, run, text};
use crate::terminal::terminal;
use crate::world::{Device, PASSWORD, WORKSPACE, World};

/// A sign-in that says nothing of a holder, and around which nothing says it.
pub fn undecided(world: &World, device: &Device) -> Command {
    at(&world.proxy.url(), device)
}

fn at(url: &str, device: &Device) -> Command {
    let words = ["device", "sign-in", "--server", url, "--workspace", WORKSPACE, "--user", "ann"];
    let mut call = fieldbook(words);
    call.args(["--home", text(&device.home)]).env("FIELDBOOK_PASSWORD", PASSWORD);
    call.env_remove("FIELDBOOK_KEYS");
    call
}

/// Where nobody listens: whoever is asked there was asked too early.
const NOWHERE: &str = "http://127.0.0.1:1";

#[track_caller]
fn held_by(device: &Device, holder: &str) {
    let keys = fs::read_to_string(device.home.join("keys.json")).expect("keys");
    assert!(keys.starts_with(&format!("{{\"v\":1,\"holder\":{holder}")), "{keys}");
    let in_file = device.home.join("device.secret").exists();
    assert_eq!(in_file, holder == "\"file\"");
}

#[test]
fn a_script_says_in_a_variable_who_holds_what_opens_a_new_home() {
    let world = World::new(120);
    let by = |name: &str, keys: &str, passphrase: &str| {
        let device = Device { home: world.path(name) };
        let mut call = undecided(&world, &device);
        let told = run(call.env("FIELDBOOK_KEYS", keys).env("FIELDBOOK_PASSPHRASE", passphrase));
        (device, told)
    };
    let (a, told) = by("a", "file", "");
    assert_eq!(told.err.matches("ATTENTION").count(), 1, "said loudly, and once: {told:?}");
    told.well();
    held_by(&a, "\"file\"");
    let (b, told) = by("b", "passphrase", PASSPHRASE);
    told.well();
    held_by(&b, "{\"passphrase\"");
    let (c, told) = by("c", "passphrase", "");
    let home = c.home.display();
    told.check(
        2,
        &format!("error: {home}: no passphrase: set FIELDBOOK_PASSPHRASE, or run this on a terminal"),
    );
    let (c, told) = by("c", "passphrase", "short");
    assert!(told.exit == 2 && told.err.contains("at least 12 characters"), "{told:?}");
    let (_, told) = by("c", "keyring", "");
    assert!(told.exit == 1 && told.err.contains("does not answer"), "{told:?}");
    assert!(!c.home.exists(), "nothing is left behind");
    // It is for new homes: whoever has a secret keeps it, whatever the variable says by then.
    let (_, told) = by("a", "paper", "");
    assert!(told.well().starts_with("signed in again"));
    held_by(&a, "\"file\"");
    // Whoever says it in the call has the last word.
    let d = Device { home: world.path("d") };
    run(sign_in(&world, &d, "file").env("FIELDBOOK_KEYS", "paper")).well();
    held_by(&d, "\"file\"");
}

#[test]
fn where_a_secure_store_answers_it_holds_what_opens_a_new_home() {
    let (world, mut session) = (World::new(121), Session::start());
    let a = Device { home: world.path("a") };
    let told = session.run(&mut undecided(&world, &a));
    assert!(
        told.err.starts_with("note: what opens this device's data lies in this system's secure store"),
        "{told:?}"
    );
    told.well();
    held_by(&a, "{\"keyring\"");
    assert_eq!(session.entries().len(), 1, "what it was tried with is gone");
    // Locked, and nobody there who could unlock it: it is no holder, and no weaker one is taken in silence.
    session.lock();
    let b = Device { home: world.path("b") };
    let told = session.run(&mut at(NOWHERE, &b));
    assert!(told.exit == 2 && told.err.contains("no keyring does (it is locked)"), "{told:?}");
    assert!(!b.home.exists());
    session.log_in();
    session.run(&mut undecided(&world, &b)).well();
    held_by(&b, "{\"keyring\"");
}

#[test]
fn a_store_that_is_locked_or_missing_is_told_of_before_the_server_is_asked() {
    let (world, session) = (World::new(122), Session::start());
    let a = Device { home: world.path("a") };
    let mut call = at(NOWHERE, &a);
    let told = run(call.args(["--keys", "keyring"]));
    assert!(told.exit == 1 && told.err.contains("does not answer"), "{told:?}");
    session.lock();
    let told = session.run(&mut call);
    assert!(told.exit == 3 && told.err.contains("is locked"), "{told:?}");
    assert!(!a.home.exists());
    // So is one to which a home's secret is to go.
    let b = world.device("b", "ann");
    let mut call = at(NOWHERE, &b);
    let told = session.run(call.args(["--keys", "keyring"]));
    assert!(told.exit == 3 && told.err.contains("is locked"), "{told:?}");
    held_by(&b, "\"file\"");
}

#[test]
fn without_a_terminal_and_a_store_nobody_is_taken() {
    let world = World::new(123);
    let a = Device { home: world.path("a") };
    let told = run(&mut at(NOWHERE, &a));
    assert!(told.exit == 2 && told.err.contains("no keyring does (none answers)"), "{told:?}");
    // What it says to type is what does it.
    let typed = ["--keys passphrase with FIELDBOOK_PASSPHRASE set", "--keys file", "FIELDBOOK_KEYS=file"];
    assert!(typed.iter().all(|words| told.err.contains(words)), "{told:?}");
    // A bus on which nobody ever says a word does not keep a script.
    let (bus, path) = (world.path("bus"), format!("unix:path={}", world.path("bus").display()));
    let listens = UnixListener::bind(bus).expect("a socket");
    let told = run(at(NOWHERE, &a).env("DBUS_SESSION_BUS_ADDRESS", path));
    drop(listens);
    assert!(told.err.starts_with("note: waiting for this system's secure store"), "{told:?}");
    assert!(told.exit == 2 && told.err.contains("no keyring does (none answers)"), "{told:?}");
    assert!(!a.home.exists());
}

#[test]
fn on_a_terminal_a_person_is_asked_and_enter_names_nobody() {
    let world = World::new(124);
    let typed = |name: &str, lines: &str| -> (Device, Outcome) {
        let device = Device { home: world.path(name) };
        let told = fed(&mut terminal(&undecided(&world, &device)), lines);
        (device, told)
    };
    let (a, told) = typed("a", "\npaper\nfile\n");
    assert!(told.out.contains("(none answers). Who does?"), "{told:?}");
    assert_eq!(told.out.matches("Type passphrase or file:").count(), 3, "{told:?}");
    assert!(told.out.contains("ATTENTION: what opens this device's data lies in the file"), "{told:?}");
    held_by(&a, "\"file\"");
    let (b, told) = typed("b", &format!("passphrase\n{PASSPHRASE}\n{PASSPHRASE}\n"));
    assert!(told.out.contains("Once more"), "{told:?}");
    held_by(&b, "{\"passphrase\"");
    let (c, told) = typed("c", "\n");
    assert!(told.out.contains("nobody was named to hold what opens this device's data"), "{told:?}");
    assert!(!c.home.exists());
    // The question is asked where the answer is typed, wherever else the outputs go.
    let e = Device { home: world.path("e") };
    let call = undecided(&world, &e);
    let words: Vec<&str> =
        [call.get_program()].into_iter().chain(call.get_args()).filter_map(OsStr::to_str).collect();
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" 2> \"$0.err\"", text(&world.path("e"))]).args(words);
    call.get_envs().for_each(|(name, value)| match value {
        Some(value) => drop(shell.env(name, value)),
        None => drop(shell.env_remove(name)),
    });
    let told = fed(&mut terminal(&shell), "file\n");
    assert!(told.out.contains("Type passphrase or file:"), "{told:?}");
    held_by(&e, "\"file\"");
    // A store that answers is asked before the person is.
    let session = Session::start();
    let d = Device { home: world.path("d") };
    let told = session.run(&mut terminal(&undecided(&world, &d)));
    assert!(told.out.contains("lies in this system's secure store"), "{told:?}");
    held_by(&d, "{\"keyring\"");
}
