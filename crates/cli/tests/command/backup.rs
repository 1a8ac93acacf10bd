//! A server whose folder is put back as an old backup has it: nobody is told, and nothing is lost.

use std::fs;
use std::path::Path;

use crate::world::World;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("a kind").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).expect("copied")),
        }
    }
}

/// Two copies of one device both go on: the one that comes later gets a log of its own, and nothing is lost.
#[test]
fn a_device_that_was_copied_goes_on_beside_its_copy() {
    let mut world = World::new(48);
    let a = world.device("a", "ann");
    let insert = |device: &crate::world::Device, name: &str| {
        device.run(&["act", "--insert", "customer", &format!("name={name}")]).well();
    };
    insert(&a, "Before");
    a.sync();
    insert(&a, "Waiting in both");
    copy(&world.path("a"), &world.path("twin"));
    let twin = crate::world::Device { home: world.path("twin") };
    insert(&a, "By A alone");
    a.sync();
    insert(&twin, "By its twin alone");
    twin.sync();
    a.sync();
    insert(&a, "Later by A");
    insert(&twin, "Later by its twin");
    for device in [&a, &twin, &a] {
        device.sync();
    }
    let server = world.export();
    assert_eq!(server.len(), 6, "{server:?}");
    for device in [&a, &twin] {
        assert_eq!(device.export(), server);
    }
    assert_eq!((a.count("committed"), twin.count("committed")), (4, 4));
    assert_eq!(world.stop_server(), 0);
}

#[test]
fn what_a_server_that_was_put_back_has_lost_comes_back_from_the_devices() {
    let mut world = World::new(47);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let insert = |device: &crate::world::Device, name: &str| {
        device.run(&["act", "--insert", "customer", &format!("name={name}")]).well();
    };
    insert(&a, "Kept");
    a.sync();
    b.sync();
    assert_eq!(world.stop_server(), 0);
    let (folder, backup) = (world.path("server"), world.path("backup"));
    copy(&folder, &backup);
    world.start_server();
    insert(&a, "Lost by A");
    a.sync();
    insert(&b, "Lost by B");
    b.sync();
    a.sync();
    assert_eq!(world.export().len(), 3);
    assert_eq!(world.stop_server(), 0);
    fs::remove_dir_all(&folder).expect("removed");
    copy(&backup, &folder);
    world.start_server();
    // The numbers of what was lost are given out again, before anybody who saw them comes.
    let c = world.device("c", "ann");
    for name in ["New 1", "New 2", "New 3"] {
        insert(&c, name);
    }
    c.sync();
    for device in [&b, &a, &b, &c] {
        device.sync();
    }
    let exports: Vec<Vec<String>> = [&a, &b, &c].into_iter().map(crate::world::Device::export).collect();
    let server = world.export();
    assert_eq!(server.len(), 6, "{server:?}");
    for export in exports {
        assert_eq!(export, server);
    }
    assert_eq!((a.count("committed"), b.count("committed"), c.count("committed")), (2, 1, 3));
    assert!(world.server_log().contains("a new history begins"), "the operator is told");
}
