//! A device is wiped: ordered beside the server, reached at whatever it calls, and confirmed; nothing else is touched.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use fieldbook_model::json;
use serde::Deserialize;

use crate::proxy::Mode;
use crate::run::{Outcome, fieldbook, run, text};
use crate::world::{Device, PASSWORD, WORKSPACE, World};

/// What `home.json` says, as far as a test needs it.
#[derive(Deserialize)]
struct Home {
    device_id: String,
}

/// A line of `admin device list --json`.
#[derive(Debug, Deserialize)]
struct Listed {
    device: String,
    wipe: Option<Wipe>,
}

#[derive(Debug, Deserialize)]
struct Wipe {
    state: String,
    files: Option<u64>,
    unsent: Option<u64>,
    sure: Option<String>,
}

/// The id of a device.
pub fn id(device: &Device) -> String {
    let text = fs::read_to_string(device.home.join("home.json")).expect("a home");
    json::parse::<Home>(&text).expect("its form").device_id
}

/// `admin device` with a word of it.
fn admin(world: &World, words: &[&str]) -> Outcome {
    let data = world.path("server");
    let of = ["--workspace", WORKSPACE, "--data", text(&data)];
    run(&mut fieldbook(["admin", "device"].iter().chain(words).chain(&of)))
}

/// Orders that a device is wiped.
pub fn order(world: &World, id: &str) {
    assert!(
        admin(world, &["wipe", id, "--yes"]).well().starts_with("ordered: the device gets nothing any more")
    );
}

/// How far the order of a device is.
fn wipe(world: &World, id: &str) -> Wipe {
    let lines = admin(world, &["list", "--json"]).lines();
    let mut listed = lines.iter().map(|line| json::parse::<Listed>(line).expect("a line"));
    listed.find(|it| it.device == id).and_then(|it| it.wipe).expect("an order")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

fn only_the_note(device: &Device) {
    assert_eq!(names(&device.home), BTreeSet::from(["wiped.txt".to_owned()]));
}

#[test]
fn a_device_is_wiped_at_its_next_contact_and_no_other_home_is_touched() {
    let world = World::new(240);
    let (a, b) = (world.device("homes", "ann"), world.device("homes/b", "ben"));
    a.run(&["act", "--insert", "customer", "name=Sent"]).well();
    a.sync();
    a.run(&["act", "--insert", "customer", "name=Unsent"]).well();
    fs::write(a.home.join("holiday.jpg"), "a picture").expect("written");
    let of = id(&a);
    order(&world, &of);
    assert_eq!(wipe(&world, &of).state, "ordered");
    let before = names(&b.home);
    let told = a.run(&["sync", "--wait"]);
    assert_eq!(told.exit, 3, "{told:?}");
    assert!(told.err.contains("This device was wiped at "), "{told:?}");
    assert!(told.err.contains("and with them 1 action that was not sent"), "{told:?}");
    let left = BTreeSet::from(["b", "holiday.jpg", "wiped.txt"].map(str::to_owned));
    assert_eq!(names(&a.home), left, "what is not the device's stays");
    let note = fs::read_to_string(a.home.join("wiped.txt")).expect("a note");
    assert!(note.contains("left as it is: b, holiday.jpg."), "{note}");
    assert_eq!(names(&b.home), before);
    b.sync();
    assert_eq!(b.cell("select name from customer"), "Sent");
    let Wipe { state, files, unsent, sure } = wipe(&world, &of);
    assert_eq!((state.as_str(), unsent, sure.as_deref()), ("confirmed", Some(1), Some("removed")));
    assert!(files.is_some_and(|files| files >= 6), "{files:?}");
    let list = admin(&world, &["list"]).well();
    assert!(list.contains("and 1 unsent op removed, not provably destroyed"), "{list}");
    // What was there says so, whatever is asked of it; and somebody may begin anew.
    for words in [&["status"][..], &["act", "--insert", "customer", "name=X"], &["sync", "--wait"]] {
        let told = a.run(words);
        assert_eq!(told.exit, 3, "{told:?}");
        assert!(told.err.contains("This device was wiped at "), "{told:?}");
    }
    assert!(world.sign_in(&a, "ann", PASSWORD).well().starts_with("signed in to shop"));
    assert_ne!(id(&a), of);
    a.sync();
    assert_eq!(a.cell("select name from customer"), "Sent");
    assert!(!a.home.join("wiped.txt").exists());
}

#[test]
fn a_home_of_another_workspace_on_the_same_machine_is_not_touched() {
    let world = World::new(241);
    let a = world.device("a", "ann");
    let (data, schema) = (world.path("server"), world.path("schema.toml"));
    let add = ["admin", "workspace", "add", "depot", "--schema", text(&schema), "--data", text(&data)];
    run(&mut fieldbook(add)).well();
    let add =
        ["admin", "user", "add", "ann", "--role", "member", "--workspace", "depot", "--data", text(&data)];
    run(fieldbook(add).env("FIELDBOOK_PASSWORD", PASSWORD)).well();
    let depot = Device { home: world.path("depot") };
    let sign_in =
        ["device", "sign-in", "--server", &world.proxy.url(), "--workspace", "depot", "--user", "ann"];
    run(depot.call(&sign_in).env("FIELDBOOK_PASSWORD", PASSWORD)).well();
    depot.run(&["act", "--insert", "customer", "name=There"]).well();
    order(&world, &id(&a));
    assert_eq!(a.run(&["sync", "--wait"]).exit, 3);
    only_the_note(&a);
    depot.sync();
    assert_eq!(depot.cell("select name from customer"), "There");
}

#[test]
fn an_open_sync_is_reached_through_its_stream() {
    let world = World::new(242);
    let a = world.device("a", "ann");
    let syncing = a.beside(&["sync"]);
    syncing.line_with("Online");
    let watching = a.beside(&["watch", "--json", "select name from customer"]);
    watching.line();
    let mut acting = a.acting();
    let mut input = acting.stdin();
    let act = r#"{"changes":[{"insert":"customer","id":"0198c0de-7a11-7000-8000-00000000002a","fields":{"name":"X"}}]}"#;
    writeln!(input, "{act}").expect("an action");
    acting.line();
    let of = id(&a);
    order(&world, &of);
    let (exit, _, said) = syncing.ended();
    assert_eq!(exit, 3, "{said:?}");
    assert!(said.concat().contains("This device was wiped at "), "{said:?}");
    assert_eq!(wipe(&world, &of).state, "confirmed");
    assert!(!a.home.join("device.secret").exists() && !a.home.join("fieldbook.db").exists());
    // Whoever looks on is told, and whoever acts is told before anything is shown as saved.
    let (exit, _, said) = watching.ended();
    assert_eq!(exit, 3, "{said:?}");
    assert!(said.concat().contains("This device was wiped at "), "{said:?}");
    writeln!(input, "{act}").expect("an action");
    drop(input);
    let (_, lines, _) = acting.ended();
    assert!(lines.concat().contains("\"code\":\"wiped\""), "{lines:?}");
}

#[test]
fn every_kind_of_contact_reaches_a_device() {
    let world = World::new(243);
    let record = "customer:0198c0de-7a11-7000-8000-00000000002a";
    for (name, words) in
        [("sync", &["sync", "--wait"][..]), ("history", &["history", record]), ("show", &["show", record])]
    {
        let device = world.device(name, "ann");
        order(&world, &id(&device));
        let told = device.run(words);
        assert_eq!(told.exit, 3, "{told:?}");
        assert!(told.err.contains("This device was wiped at "), "{name}: {told:?}");
        only_the_note(&device);
    }
    // Somebody found the device and tries to sign in, with whatever password.
    let device = world.device("found", "ann");
    let of = id(&device);
    order(&world, &of);
    let told = world.sign_in(&device, "ann", "not-the-password");
    assert_eq!(told.exit, 3, "{told:?}");
    assert!(told.err.contains("This device was wiped at "), "{told:?}");
    only_the_note(&device);
    assert_eq!(wipe(&world, &of).state, "confirmed");
}

/// A locked device cannot open what it had. How much of it was not sent it noted when it was locked, and says so when it is wiped.
#[test]
fn a_locked_device_that_is_wiped_says_how_much_it_had_not_sent() {
    let world = World::new(247);
    for name in ["unlocks", "signs-in"] {
        let device = world.device(name, "ann");
        device.sync();
        for customer in ["name=One", "name=Two"] {
            device.run(&["act", "--insert", "customer", customer]).well();
        }
        let of = id(&device);
        device.run(&["device", "lock"]).well();
        order(&world, &of);
        let told = match name {
            "unlocks" => device.run(&["device", "unlock"]),
            _ => world.sign_in(&device, "ann", PASSWORD),
        };
        assert_eq!(told.exit, 3, "{told:?}");
        assert!(told.err.contains("2 actions that were not sent"), "{name}: {told:?}");
        assert_eq!(wipe(&world, &of).unsent, Some(2), "{name}");
        only_the_note(&device);
    }
}

#[test]
fn without_a_network_it_is_gone_all_the_same_and_the_server_learns_of_it_later() {
    let mut world = World::new(244);
    let a = world.device("a", "ann");
    a.sync();
    let of = id(&a);
    let home = fs::read_to_string(a.home.join("home.json")).expect("a home");
    order(&world, &of);
    // The order comes, and the way back is cut: as if the power had gone when it was carried out.
    let kept: Vec<(String, Vec<u8>)> = names(&a.home)
        .into_iter()
        .map(|name| (name.clone(), fs::read(a.home.join(&name)).expect("a file")))
        .collect();
    assert_eq!(a.run(&["sync", "--wait"]).exit, 3);
    let word = format!("\"server\":\"{}\"", world.proxy.url());
    assert!(home.contains(&word), "{home}");
    assert_eq!(wipe(&world, &of).state, "confirmed");
    // A copy of the folder that somebody made before is told as well.
    let copy = Device { home: world.path("copy") };
    fs::create_dir(&copy.home).expect("a folder");
    kept.iter().for_each(|(name, bytes)| fs::write(copy.home.join(name), bytes).expect("written"));
    world.kill_server();
    assert_eq!(copy.run(&["act", "--insert", "customer", "name=Late"]).exit, 0, "nobody has told it");
    world.start_server();
    assert_eq!(copy.run(&["sync", "--wait"]).exit, 3);
    only_the_note(&copy);
    assert_eq!(wipe(&world, &of).unsent, Some(0), "what was said first stays");
}

#[test]
fn the_admin_is_told_first_what_goes_and_may_take_the_order_back() {
    let world = World::new(245);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    a.sync();
    b.sync();
    let of = id(&a);
    let told = admin(&world, &["wipe", &of]);
    assert_eq!(told.exit, 2, "{told:?}");
    let lines: Vec<&str> = told.err.lines().collect();
    assert!(lines[0].starts_with("a of ann, last seen "), "{told:?}");
    assert!(
        lines[0].ends_with("it had nothing to send then. What it has not sent is lost with it."),
        "{told:?}"
    );
    assert!(lines[1].contains("nothing was ordered, since nobody can be asked here; say --yes"), "{told:?}");
    a.sync();
    order(&world, &of);
    assert!(admin(&world, &["wipe", &of, "--withdraw"]).well().starts_with("the order is taken back"));
    assert_eq!(wipe(&world, &of).state, "withdrawn");
    a.sync();
    let told = admin(&world, &["wipe", &of, "--withdraw"]);
    assert!(told.err.contains("no order to wipe this device stands"), "{told:?}");
    order(&world, &of);
    assert_eq!(a.run(&["sync", "--wait"]).exit, 3);
    let told = admin(&world, &["wipe", &of, "--withdraw"]);
    assert!(told.err.contains("the order has reached the device"), "{told:?}");
    let none = admin(&world, &["wipe", "0198c0de-7a11-7000-8000-00000000002a", "--yes"]);
    assert!(none.err.contains("no device 0198c0de-7a11-7000-8000-00000000002a has signed in"), "{none:?}");
    b.sync();
}

#[test]
fn what_waits_is_sent_first_where_somebody_wants_it() {
    let world = World::new(246);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    a.sync();
    a.run(&["act", "--insert", "customer", "name=Cellar"]).well();
    let of = id(&a);
    let told = admin(&world, &["wipe", &of, "--rescue", "--yes"]);
    assert!(told.err.contains("It may send first what it has not sent."), "{told:?}");
    // A question alone sends nothing, and so takes nothing.
    let told = a.run(&["history", "customer:0198c0de-7a11-7000-8000-00000000002a"]);
    assert!(told.err.contains("takes first what it has to send: sync"), "{told:?}");
    assert!(a.home.join("device.secret").exists());
    let told = a.run(&["sync", "--wait"]);
    assert_eq!(told.exit, 3, "{told:?}");
    assert!(told.err.contains("and with them nothing that was not sent"), "{told:?}");
    only_the_note(&a);
    b.sync();
    assert_eq!(b.cell("select name from customer"), "Cellar");
    let Wipe { state, unsent, .. } = wipe(&world, &of);
    assert_eq!((state.as_str(), unsent), ("confirmed", Some(0)));
}

#[test]
fn a_running_sync_is_not_ended_by_an_order_that_is_not_its_servers() {
    let world = World::new(247);
    let a = world.device("a", "ann");
    a.sync();
    world.proxy.set(Mode::ForgedOrder);
    let syncing = a.beside(&["sync"]);
    syncing.error_with("an order to wipe this device came, and is not obeyed");
    assert_eq!(syncing.terminate().0, 0);
    world.proxy.set(Mode::Open);
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    assert!(a.sync().starts_with("sent 1 op;"));
}
