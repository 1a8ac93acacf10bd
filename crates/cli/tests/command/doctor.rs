//! What `fieldbook doctor` finds: in a shop that is well, and in one that is not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::run::{Outcome, fieldbook, run, text};
use crate::world::{Device, World};

fn of_data(world: &World, json: bool) -> Outcome {
    let data = world.path("server");
    let words = ["doctor", "--data", text(&data)];
    run(&mut fieldbook(words.into_iter().chain(json.then_some("--json"))))
}

/// The line of a check.
fn line<'a>(lines: &'a [String], check: &str) -> &'a str {
    let found = lines.iter().find(|line| line.split_whitespace().nth(1) == Some(check));
    found.unwrap_or_else(|| panic!("{check} in {lines:?}"))
}

fn doctor(device: &Device) -> Outcome {
    device.run(&["doctor"])
}

#[test]
fn a_device_that_is_well_has_nothing_to_do() {
    let world = World::new(31);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "shipper", "name=Rheingold"]).well();
    a.sync();
    let lines = doctor(&a).lines();
    for check in ["home", "permissions", "keys", "database", "queue", "server", "tls", "clock", "version"] {
        assert!(line(&lines, check).starts_with("ok    "), "{lines:?}");
    }
    let told = a.run(&["doctor", "--json"]).lines();
    assert!(told.iter().any(|line| line.starts_with(r#"{"level":"ok","check":"queue","says":"#)), "{told:?}");
}

#[test]
fn what_is_not_well_on_a_device_is_told_with_what_to_do() {
    let mut world = World::new(32);
    let a = world.device("a", "ann");
    world.stop_server();
    fs::set_permissions(&a.home, fs::Permissions::from_mode(0o755)).expect("set");
    let told = doctor(&a);
    assert_eq!(told.exit, 1, "{told:?}");
    let lines: Vec<String> = told.out.lines().map(str::to_owned).collect();
    let permissions = line(&lines, "permissions");
    assert!(permissions.starts_with("warn  ") && permissions.contains("chmod 700"), "{lines:?}");
    assert!(line(&lines, "server").starts_with("fail  "), "{lines:?}");
    let secret = a.home.join("device.secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("set");
    let told: Vec<String> = a.run(&["doctor", "--offline"]).out.lines().map(str::to_owned).collect();
    let keys = line(&told, "keys");
    assert!(keys.starts_with("warn  ") && keys.contains("chmod 600"), "{told:?}");
    // Without the network nobody is asked.
    assert_eq!(a.run(&["doctor", "--offline"]).exit, 0);
    let database = a.home.join("fieldbook.db");
    let mut bytes = fs::read(&database).expect("a database");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 5000].fill(7);
    fs::write(&database, bytes).expect("damaged");
    let told = a.run(&["doctor", "--offline"]);
    assert_eq!(told.exit, 1, "{told:?}");
    assert!(told.out.lines().any(|line| line.starts_with("fail  ")), "{told:?}");
    let nowhere = run(&mut fieldbook(["doctor", "--home", "no-such-folder"]));
    assert!(nowhere.exit == 1 && nowhere.out.starts_with("fail  home "), "{nowhere:?}");
    run(&mut fieldbook(["doctor"])).check(
        2,
        "error: look at what? Name a device's folder with --home DIR, or a server's with --data DIR",
    );
}

#[test]
fn a_servers_folder_is_looked_at_while_it_is_served() {
    let mut world = World::new(33);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "shipper", "name=Rheingold"]).well();
    a.sync();
    let lines = of_data(&world, false).lines();
    assert!(line(&lines, "data").contains("a server serves it"), "{lines:?}");
    assert!(line(&lines, "database").ends_with("shop is whole"), "{lines:?}");
    assert!(line(&lines, "backup").starts_with("warn  "), "{lines:?}");
    let (to, data) = (world.path("backup"), world.path("server"));
    run(&mut fieldbook(["admin", "backup", text(&to), "--data", text(&data)])).well();
    assert!(line(&of_data(&world, false).lines(), "backup").starts_with("ok    "));
    world.stop_server();
    assert!(line(&of_data(&world, false).lines(), "data").contains("no server serves it"));
    for file in fs::read_dir(data.join("workspaces")).expect("a folder") {
        let path = file.expect("a file").path();
        let mut bytes = fs::read(&path).expect("a database");
        let middle = bytes.len() / 2;
        bytes[middle..].fill(7);
        fs::write(&path, bytes).expect("damaged");
    }
    let told = of_data(&world, true);
    assert_eq!(told.exit, 1, "{told:?}");
    assert!(told.out.contains(r#"{"level":"fail","check":"database","says":"shop: "#), "{told:?}");
    let nowhere = run(&mut fieldbook(["doctor", "--data", "no-such-folder"]));
    assert!(nowhere.exit == 1 && nowhere.out.starts_with("fail  data "), "{nowhere:?}");
}
