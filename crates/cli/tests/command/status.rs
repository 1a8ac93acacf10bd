//! The status as a person follows it: in the app's words, in another app's, at each change, and on a device that
//! saves its battery.

use crate::world::World;

/// The fields of an object in one line, as far as they have texts or numbers.
fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name} in {line}"));
    rest.split([',', '}']).next().unwrap_or_default().trim_matches('"')
}

#[test]
fn a_status_is_told_in_the_words_of_an_app() {
    let world = World::new(70);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    for (words, line) in [
        (&["status"][..], "Offline — 1 queued: not syncing"),
        (&["status", "--words", "counter"], "Offline — 1 queued: not syncing"),
        (&["status", "--words", "site"], "Pending (Offline): not syncing; 1 pending"),
        (&["status", "--words", "capture"], "Offline: not syncing; 1 pending"),
        (&["sync", "--offline", "--words", "site"], "Pending (Offline): not syncing; 1 pending"),
    ] {
        assert_eq!(a.run(words).lines()[0], line, "{words:?}");
    }
    assert_eq!(a.run(&["status", "--words", "site", "--json"]).well().lines().count(), 1);
    a.run(&["status", "--words", "till"]).check(
        2,
        "error: invalid value 'till' for '--words <VOCABULARY>' [possible values: site, capture, counter] \
         (--help says more)",
    );
    let synced = a.run(&["sync", "--wait", "--words", "capture"]).lines();
    assert_eq!(synced[1], "Synced: everything is synced");
}

#[test]
fn every_change_of_the_status_is_told_until_somebody_has_seen_enough() {
    let mut world = World::new(71);
    let a = world.device("a", "ann");
    let watching = a.beside(&["status", "--watch", "--json"]);
    let first = watching.line();
    assert_eq!((field(&first, "status"), field(&first, "pending")), ("Offline", "0"));
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    let line = watching.line_with("Offline — 1 queued");
    assert_eq!(field(&line, "pending"), "1");
    let syncing = a.beside(&["sync"]);
    let line = watching.line_with(r#""status":"Online""#);
    assert_eq!((field(&line, "pid"), field(&line, "pending")), (syncing.pid().to_string().as_str(), "0"));
    world.kill_server();
    a.run(&["act", "--set", "customer:name=Ann", "note=x"]).well();
    let line = watching.line_with(r#""connection":{"is":"unreachable""#);
    assert_eq!(field(&line, "colour"), "orange");
    world.start_server();
    watching.line_with(r#""status":"Online""#);
    assert_eq!(syncing.terminate().0, 0);
    watching.line_with("not syncing");
    let (exit, errors) = watching.interrupt();
    assert_eq!((exit, errors), (0, Vec::new()));
}

#[test]
fn a_status_for_people_is_told_again_after_an_empty_line() {
    let world = World::new(72);
    let a = world.device("a", "ann");
    let watching = a.beside(&["status", "--watch"]);
    watching.line_with("cursor       version 0 of epoch 1");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    assert_eq!(watching.line(), "");
    assert_eq!(watching.line(), "Offline — 1 queued: not syncing");
    assert_eq!(watching.interrupt().0, 0);
}

/// What is sent on a low battery waits for company, and who asks for it now gets it now.
#[test]
fn a_device_that_saves_its_battery_bundles_and_says_so() {
    let world = World::new(73);
    let a = world.device("a", "ann");
    let syncing = a.beside(&["sync", "--low-battery"]);
    syncing.line_with("everything is synced");
    let watching = a.beside(&["status", "--watch", "--json"]);
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    syncing.line_with("1 pending: sending");
    syncing.line_with("everything is synced");
    a.run(&["act", "--set", "customer:name=Ann", "note=x"]).well();
    let line = watching.line_with("bundling, the battery is low");
    assert_eq!(field(&line, "activity"), "waiting");
    assert!(field(&line, "until").starts_with("20"), "{line}");
    assert!(line.contains(r#""low_battery":true"#), "{line}");
    let told = a.run(&["status"]).well();
    assert!(told.contains("conditions   low battery\n"), "{told}");
    assert_eq!(syncing.terminate().0, 0);
    let ended = a.run(&["sync", "--wait", "--low-battery", "--timeout", "5"]).lines();
    assert!(ended[0].starts_with("sent 1 op; "), "{ended:?}");
}

/// A device that nobody looks at does not hear at once what others do; it sends what it has all the same.
#[test]
fn a_device_that_nobody_looks_at_sends_and_does_not_listen() {
    let world = World::new(74);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let (hidden, seen) = (a.beside(&["sync", "--hidden"]), b.beside(&["sync", "--metered"]));
    hidden.line_with("everything is synced");
    seen.line_with("everything is synced");
    let watching = b.beside(&["watch", "--json", "--count", "2", "select name from customer"]);
    assert_eq!(watching.line(), "[]");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    assert_eq!(watching.line(), r#"[{"name":"Ann"}]"#);
    // Heard by a third device that listens, and not by the hidden one.
    let c = world.device("c", "ben");
    let listening = c.beside(&["sync"]);
    listening.line_with("everything is synced");
    let watching = c.beside(&["watch", "--json", "--count", "2", "select note from customer"]);
    assert_eq!(watching.line(), r#"[{"note":null}]"#);
    b.run(&["act", "--set", "customer:name=Ann", "note=x"]).well();
    assert_eq!(watching.line(), r#"[{"note":"x"}]"#);
    assert_eq!(a.cell("select note from customer"), "null");
}
