//! A server that was told how long it keeps what was deleted.

use std::fs;
use std::path::PathBuf;

use crate::run::{fieldbook, run, text};
use crate::wait;
use crate::world::{Device, World, opened};

const DAY_MS: i64 = 86_400_000;

/// The workspace's file.
fn file(world: &World) -> PathBuf {
    let folder = fs::read_dir(world.path("server").join("workspaces")).expect("a folder");
    let files = folder.map(|entry| entry.expect("an entry").path());
    files.into_iter().find(|path| path.extension().is_some_and(|end| end == "db")).expect("a workspace")
}

/// As if the server had stood still for so many days: all that it has taken was taken so much earlier.
fn days_pass(world: &World, days: i64) {
    let path = file(world);
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let connection = opened(&world.path("server"), &format!("workspaces/{name}"));
    connection.execute("UPDATE op SET received_at = received_at - ?", [days * DAY_MS]).expect("an update");
}

/// Until the server says that it has forgotten so many records.
fn forgets(world: &World, how_many: u64) {
    let since = wait::now();
    let told = format!("\"gone\":{how_many}");
    while !world
        .server_log()
        .lines()
        .any(|line| line.contains("forgot what was deleted") && line.contains(&told))
    {
        assert!(since.elapsed() < wait::LIMIT, "the server forgets nothing");
        std::thread::yield_now();
    }
}

fn insert(device: &Device, name: &str) -> String {
    device.run(&["act", "--insert", "customer", &format!("name={name}")]).well();
    device.cell(&format!("select id from customer where name = '{name}'"))
}

#[test]
fn what_was_deleted_half_a_year_ago_is_gone_and_its_history_is_not() {
    let mut world = World::new(61);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    insert(&a, "Stays");
    let id = insert(&a, "Goes");
    let record = format!("customer:{id}");
    a.sync();
    b.sync();
    b.run(&["act", "--set", &record, "phone=555"]).well();
    a.run(&["act", "--delete", &record]).well();
    a.sync();
    assert_eq!(world.stop_server(), 0);
    days_pass(&world, 181);
    world.start_server();
    a.sync();
    forgets(&world, 1);
    b.sync();
    assert_eq!(b.cell("select group_concat(name) from customer"), "Stays");
    assert_eq!(b.count("rejected"), 1, "its work is in its log");
    let log = b.run(&["log"]).well();
    assert!(log.contains("was deleted so long ago that it is not kept any more"), "{log}");
    let history = a.run(&["history", &record]).well();
    assert!(history.contains("deleted"), "{history}");
    assert_eq!(a.export(), world.export());
    assert_eq!(b.export(), world.export());
    assert_eq!(world.stop_server(), 0);
}

#[test]
fn how_long_is_a_number_of_days() {
    for days in ["0", "3651", "-1", "forever", "1.5"] {
        for name in ["keep-deleted", "keep-notes"] {
            let folder = tempfile::tempdir().expect("a folder");
            let keep = format!("--{name}={days}");
            let words = ["serve", "--data", text(folder.path()), &keep];
            let told = format!(
                "error: invalid value '{days}' for '--{name} <DAYS>': a number of days from 1 to 3650, such as 180 (--help says more)"
            );
            run(&mut fieldbook(words)).check(2, &told);
        }
    }
}
