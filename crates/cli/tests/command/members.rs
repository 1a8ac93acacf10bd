//! Members: administered beside the server that serves the folder, and without one.

use crate::world::World;

/// The line of a member in the list, its columns parted by one blank.
fn listed(world: &World, name: &str) -> String {
    let lines = world.member(&["list"]).lines();
    let line = lines.iter().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{lines:?}"));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_role_is_given_beside_the_server_and_holds_at_once() {
    let world = World::new(40);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    a.sync();
    assert_eq!(world.member(&["role", "ann", "viewer"]).well(), "ann is viewer of the workspace shop\n");
    assert_eq!(listed(&world, "ann"), "ann viewer");
    a.run(&["act", "--insert", "customer", "name=Bo"]).well();
    a.run(&["sync", "--wait"]);
    let log = a.run(&["log"]).well();
    assert!(log.contains("Your role (viewer) may read here but change nothing."), "{log}");
    let told = a.run(&["act", "--insert", "customer", "name=Cy"]);
    assert_eq!(told.exit, 3, "{told:?}");
    assert!(told.err.contains("viewer"), "the member record has come: {told:?}");
    b.sync();
    assert_eq!(b.cell("select role from member where name = 'ann'"), "viewer");
}

#[test]
fn what_cannot_be_is_refused_with_words_with_and_without_a_server() {
    let mut world = World::new(41);
    for served in [true, false] {
        for (words, told) in [
            (
                &["role", "ann", "boss"][..],
                "error: There is no role boss here; there are: owner, admin, member, viewer.",
            ),
            (
                &["role", "eve", "viewer"],
                "error: \"eve\" is no member of this workspace; see: fieldbook admin member list",
            ),
            (&["role", "ann", "Big Boss"], "error: invalid value 'Big Boss' for '<ROLE>'"),
            (
                &["grant", "ann", "product/0198c0de-7a11-7000-8000-00000000002a", "viewer"],
                "error: There is no scope product/0198c0de-7a11-7000-8000-00000000002a.",
            ),
        ] {
            let outcome = world.member(words);
            assert!(outcome.err.starts_with(told), "{words:?}: {outcome:?}");
            assert_ne!(outcome.exit, 0);
        }
        world.member(&["role", "ann", "owner"]).well();
        let last = world.member(&["role", "ann", "member"]);
        last.check(2, "error: ann is the last owner; make somebody else an owner first.");
        if served {
            world.kill_server();
        }
    }
    world.start_server();
    assert_eq!(listed(&world, "ann"), "ann owner");
}

#[test]
fn rule_33_a_removed_member_keeps_all_and_is_told() {
    let world = World::new(42);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    a.sync();
    a.run(&["act", "--offline", "--insert", "customer", "name=Ann"]).well();
    let words = "ann is no member of the workspace shop any more\n";
    assert_eq!(world.member(&["remove", "ann"]).well(), words);
    assert_eq!(listed(&world, "ann"), "ann removed");
    let ended = a.run(&["sync", "--wait"]);
    assert_ne!(ended.exit, 0);
    assert!(ended.err.contains("you are no member of this workspace any more"), "{ended:?}");
    // What was done there is still there, and with the server for whoever wants to look at it.
    assert_eq!(a.cell("select name from customer"), "Ann");
    let queue = world.member(&["queue", "ann"]).lines();
    assert_eq!(queue.len(), 1, "{queue:?}");
    assert!(queue[0].contains(r#""code":"no-permission""#) && queue[0].contains("Ann"), "{queue:?}");
    b.sync();
    assert_eq!(b.cell("select count(*) from customer"), "0");
}
