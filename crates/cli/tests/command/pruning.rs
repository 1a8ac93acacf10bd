//! Old records leave a device, its file gets smaller, and each can still be looked at.

use crate::world::World;

const BEFORE: &str = "2026-01-01";

fn check_in(device: &crate::world::Device, employee: &str, at: &str) {
    let at = format!("at={at}");
    let employee = format!("employee={employee}");
    device.run(&["act", "--insert", "attendance", &employee, "kind=in", &at]).well();
}

#[test]
fn a_pruned_record_is_shown_with_a_network_and_named_without() {
    let mut world = World::new(50);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "employee", "last_name=Fuller"]).well();
    let employee = a.cell("select id from employee");
    check_in(&a, &employee, "2025-12-31T08:00:00Z");
    check_in(&a, &employee, "2026-02-01T08:00:00Z");
    a.sync();
    let old = a.cell("select id from attendance where at < '2026'");
    let dry = a.run(&["prune", "--before", BEFORE, "--dry-run"]).well();
    assert!(dry.starts_with("attendance: 1 records, 1 KiB\n1 records would go"), "{dry}");
    assert_eq!(a.cell("select count(*) from attendance"), "2");
    let told = a.run(&["prune", "--before", BEFORE]).well();
    assert!(told.contains("1 records went; nothing unsent did."), "{told}");
    assert_eq!(a.cell("select count(*) from attendance"), "1");
    let scopes = a.run(&["scopes"]).well();
    assert!(scopes.contains("attendance before 2026-01-01T00:00:00.000Z; pruned: 1 attendance."), "{scopes}");
    let record = format!("attendance:{old}");
    let shown = a.run(&["show", &record]).well();
    assert!(
        shown.contains("(not on this device)") && shown.contains("at: 2025-12-31T08:00:00.000Z"),
        "{shown}"
    );
    let absent = a.run(&["show", "attendance:0198c0de-7a11-7000-8000-00000000002a"]);
    assert_eq!(
        (absent.exit, absent.err.as_str()),
        (2, "error: there is no such attendance for you, here or on the server\n")
    );
    world.kill_server();
    let unreached = a.run(&["show", &record]);
    assert_eq!((unreached.exit, unreached.err.lines().count()), (5, 1), "{unreached:?}");
    assert!(unreached.err.starts_with("error: this attendance is not on this device, and"), "{unreached:?}");
    world.start_server();
    a.sync();
    assert_eq!(a.cell("select count(*) from attendance"), "1", "it stays away");
    a.run(&["prune", "--none"]).well();
    a.sync();
    assert_eq!(a.cell("select count(*) from attendance"), "2");
    let here = a.run(&["show", &record]).well();
    assert!(!here.contains("not on this device"), "{here}");
}

#[test]
fn a_wrong_wish_is_told_in_one_sentence() {
    let world = World::new(51);
    let a = world.device("a", "ann");
    for (words, told) in [
        (
            &["prune", "--before", "2026-01-01", "--type", "product"][..],
            "error: a product does not say how old it is; those that can be pruned are sales_order, invoice, payment, attendance\n",
        ),
        (
            &["prune", "--before", "soon"],
            "error: \"soon\" is no value of sales_order.ordered, by which it is pruned; 2026-01-31 would be one\n",
        ),
    ] {
        let outcome = a.run(words);
        assert_eq!((outcome.exit, outcome.err.as_str()), (2, told));
    }
}
