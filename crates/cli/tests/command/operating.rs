//! What an operator asks a server's folder: whose devices there are, and what waits, since when and for what.

use crate::run::{Outcome, fieldbook, run, text};
use crate::world::{WORKSPACE, World};

fn admin(world: &World, words: &[&str]) -> Outcome {
    let data = world.path("server");
    let of = ["--workspace", WORKSPACE, "--data", text(&data)];
    run(&mut fieldbook(["admin"].iter().chain(words).chain(&of)))
}

#[test]
fn an_operator_sees_whose_devices_there_are_and_what_waits() {
    let world = World::new(57);
    assert_eq!(admin(&world, &["device", "list"]).lines().last().map(String::as_str), Some("no rows"));
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    a.run(&["act", "--insert", "customer", "name=Bergs", "phone=1"]).well();
    assert!(a.sync().starts_with("sent 1 op;"));
    b.sync();
    assert_eq!(admin(&world, &["queue"]).well(), "Nothing waits here.\n");
    for (device, phone) in [(&a, "phone=2"), (&b, "phone=3"), (&b, "phone=4")] {
        device.run(&["act", "--set", "customer:name=Bergs", phone]).well();
    }
    a.sync();
    b.sync();
    // Ben's first waits for a person, his second for his first.
    let queue = admin(&world, &["queue", "--json"]).lines();
    assert_eq!(queue.len(), 2, "{queue:?}");
    for (line, (seq, waits_for)) in queue.iter().zip([(1, "decision"), (2, "earlier")]) {
        for part in [
            r#""user":"ben","#.to_owned(),
            format!(r#""seq":{seq},"#),
            format!(r#""waits_for":"{waits_for}","#),
            r#""records":["customer/"#.to_owned(),
        ] {
            assert!(line.contains(&part), "{part} in {line}");
        }
    }
    let device = queue[0].split_once(r#""device":""#).and_then(|(_, rest)| rest.split('"').next());
    let device = device.expect("whose").to_owned();
    assert_eq!(admin(&world, &["queue", "--json", "--device", &device]).lines(), queue);
    let nobody = "0198c0de-7a11-7000-8000-000000000002";
    assert_eq!(admin(&world, &["queue", "--device", nobody]).well(), "Nothing waits here.\n");
    let told = admin(&world, &["queue"]).lines();
    assert!(told[2].starts_with("ben") && told[2].contains("a decision"), "{told:?}");

    let devices = admin(&world, &["device", "list", "--json"]).lines();
    assert_eq!(devices.len(), 2, "{devices:?}");
    for (line, (user, actions, waits)) in devices.iter().zip([("ann", 2, 0), ("ben", 2, 2)]) {
        for part in [
            format!(r#""user":"{user}","#),
            format!(r#""actions":{actions},"last_action":"20"#),
            format!(r#""waits":{waits},"to_send":"#),
        ] {
            assert!(line.contains(&part), "{part} in {line}");
        }
    }
    assert!(devices[0].ends_with(r#""to_send":0}"#), "ann has sent all: {devices:?}");
    assert!(devices[1].contains(&device), "{devices:?}");
    let told = admin(&world, &["device", "list"]).lines();
    assert!(told[0].starts_with("user  device"), "{told:?}");
    assert!(told[2].starts_with("ann ") && told[3].starts_with("ben "), "{told:?}");
    assert_eq!(told.len(), 5);
}
