//! Several processes on one home: one syncs, the others read and act beside it.

use std::process::Command;

use crate::world::World;

const PRICE: &str = "select name, stock from product where name = 'Tea'";

#[test]
fn everything_works_beside_the_one_that_syncs() {
    let world = World::new(3);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let (syncing_a, syncing_b) = (a.beside(&["sync"]), b.beside(&["sync"]));
    syncing_a.line_with("everything is synced");
    syncing_b.line_with("everything is synced");

    let watching = b.beside(&["watch", "--json", "--count", "3", PRICE]);
    assert_eq!(watching.line(), "[]");
    // Acted in a third process, pushed by the second, pulled by another device's, seen in yet another.
    a.run(&["act", "--insert", "product", "name=Tea", "stock=4"]).well();
    assert_eq!(watching.line(), r#"[{"name":"Tea","stock":4}]"#);
    // What does not change the result is not told; the next line is the one after it.
    b.run(&["act", "--insert", "customer", "name=Ann"]).well();
    b.run(&["act", "--set", "product:name=Tea", "note=green"]).well();
    b.run(&["act", "--add", "product:name=Tea", "stock=-1"]).well();
    assert_eq!(watching.line(), r#"[{"name":"Tea","stock":3}]"#);
    assert_eq!(watching.end(), (0, Vec::new()));

    assert_eq!(a.run(&["log", "--json"]).lines().len(), 1);
    let status = a.run(&["status", "--json"]).well();
    assert!(status.contains(&format!(r#""syncing":{{"pid":{},"#, syncing_a.pid())), "{status}");
    assert!(status.contains(r#""connection":{"is":"connected"}"#), "{status}");
    assert_eq!(syncing_a.terminate().0, 0);
    assert!(a.run(&["status", "--json"]).well().contains(r#""syncing":null"#));
    drop(syncing_b);
    a.sync();
    assert_eq!(a.cell("select stock from product"), "3");
}

#[test]
fn a_second_loop_on_one_home_says_who_runs_the_first() {
    let world = World::new(4);
    let a = world.device("a", "ann");
    let syncing = a.beside(&["sync"]);
    syncing.line_with("everything is synced");
    for words in [&["sync"][..], &["sync", "--wait"]] {
        let second = a.run(words);
        let told =
            format!("error: {} is already synced by process {}, since 20", a.home.display(), syncing.pid());
        assert!(second.err.starts_with(&told), "{second:?}");
        assert_eq!(second.exit, 4);
    }
    // The lock ends with its process, however that ends.
    syncing.kill_9();
    a.sync();
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let world = World::new(5);
    let a = world.device("a", "ann");
    a.load_shop();
    let program = env!("CARGO_BIN_EXE_fieldbook");
    let listing = format!("'{program}' log --max 2000 --home '{}' | head -n 1 | wc -l", a.home.display());
    let shell = Command::new("sh").args(["-c", &listing]).output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&shell.stdout).trim(), "1");
    assert_eq!(String::from_utf8_lossy(&shell.stderr), "");
}

#[test]
fn what_is_done_offline_waits_and_is_told() {
    let mut world = World::new(6);
    let a = world.device("a", "ann");
    world.kill_server();
    let acted = a.run(&["act", "--offline", "--insert", "customer", "name=Ann"]);
    assert!(acted.well().starts_with("saved as op 1\nmade customer "));
    let again = ["act", "--offline", "--key", "k", "--set", "customer:name=Ann", "note=x"];
    assert_eq!(a.run(&again).well(), "saved as op 2\n");
    let told = "already saved as op 2 under this key; nothing new was done\n";
    assert_eq!(a.run(&again).well(), told);
    assert_eq!(a.run(&["sync", "--offline"]).well(), "Offline — 2 queued: not syncing\n");
    let status = a.run(&["status", "--offline"]).lines();
    assert_eq!(status[0], "Offline — 2 queued: not syncing");
    assert_eq!(
        a.run(&["query", "--offline", "select name from customer"]).well(),
        "name\n----\nAnn\n1 row\n"
    );
    assert!(a.run(&["log", "--offline"]).lines()[0].ends_with(": note=x"));
    world.start_server();
    assert!(a.sync().starts_with("sent 2 ops; level at version 2, 2 more than before\n"));
}
