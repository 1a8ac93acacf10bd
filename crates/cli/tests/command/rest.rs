//! What lies on the server's disk: words are planted, the server works with them, and then they are looked for in every file
//! that it has or had. And the key: named elsewhere, made anew while the server serves, and what a folder of an earlier
//! program becomes.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::run::{fieldbook, run, text};
use crate::world::{Device, WORKSPACE, World, opened};

const CANARY: &str = "canary-at-rest";

/// Every file of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// No file has a planted word, or is a database in clear.
#[track_caller]
fn none_in(folder: &Path) {
    for file in files(folder) {
        let bytes = fs::read(&file).expect("bytes");
        let clear = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!clear && !bytes.starts_with(b"SQLite format 3"), "{} is in clear", file.display());
    }
}

fn insert(device: &Device, n: usize) {
    device.run(&["act", "--insert", "customer", &format!("name={CANARY} {n}")]).well();
}

fn customers(world: &World) -> usize {
    world.export().iter().filter(|line| line.contains(CANARY)).count()
}

/// A folder's databases in clear, as an earlier program had them.
fn in_clear(data: &Path) {
    for file in files(data).into_iter().filter(|file| file.extension().is_some_and(|end| end == "db")) {
        let name = file.strip_prefix(data).expect("within").to_str().expect("a name");
        let keyed = opened(data, name);
        let clear = file.with_extension("plain");
        keyed.execute("ATTACH DATABASE ? AS clear KEY ''", [text(&clear)]).expect("another file");
        keyed.query_row("SELECT sqlcipher_export('clear')", [], |_| Ok(())).expect("copied");
        for mark in ["application_id", "user_version"] {
            let value: i64 = keyed.pragma_query_value(None, mark, |row| row.get(0)).expect("a mark");
            keyed.execute_batch(&format!("PRAGMA clear.{mark} = {value}")).expect("marked");
        }
        drop(keyed);
        fs::rename(&clear, &file).expect("in its place");
        let opened = Connection::open(&file).expect("a file");
        opened.pragma_update(None, "journal_mode", "WAL").expect("a log");
    }
    for name in ["keys.json", "keys.lock", "server.key"] {
        fs::remove_file(data.join(name)).expect("removed");
    }
}

#[test]
fn no_file_of_a_server_holds_what_its_devices_wrote() {
    let mut world = World::new(71);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let (data, backup) = (world.path("server"), world.path("backup"));
    (0..5).for_each(|n| insert(&a, n));
    a.sync();
    b.sync();
    for device in [&a, &b] {
        device
            .run(&["act", "--set", &format!("customer:name={CANARY} 1"), &format!("phone={CANARY}")])
            .well();
        device.run(&["act", "--delete", &format!("customer:name={CANARY} 2")]).well();
    }
    a.sync();
    b.sync();
    run(&mut fieldbook(["admin", "backup", text(&backup), "--data", text(&data)])).well();
    assert!(files(&data).iter().any(|file| file.to_string_lossy().ends_with("-wal")), "it serves");
    // It is there to be found, by whoever has the key.
    let workspace = fs::read_dir(data.join("workspaces")).expect("a folder").flatten();
    let mut workspace = workspace.map(|entry| entry.file_name().into_string().expect("a name"));
    let name = format!("workspaces/{}", workspace.find(|name| name.ends_with(".db")).expect("a workspace"));
    let like = format!("SELECT count(*) FROM record WHERE row LIKE '%{CANARY}%'");
    let found: i64 = opened(&data, &name).query_row(&like, [], |row| row.get(0)).expect("rows");
    assert!(found >= 4, "{found}");
    let plain = Connection::open(data.join(&name)).expect("a file");
    assert!(
        plain.query_row("SELECT count(*) FROM record", [], |_| Ok(())).is_err(),
        "it opens without a key"
    );
    drop(plain);
    for folder in [&data, &backup] {
        none_in(folder);
    }
    world.kill_server();
    none_in(&data);
    assert!(!world.server_log().contains(CANARY));
    assert!(world.server_log().contains("the key lies beside the data, in server.key"));
    world.start_server();
    assert_eq!(customers(&world), 4);
    assert_eq!(world.stop_server(), 0);
    none_in(&data);
}

#[test]
fn a_new_key_is_taken_while_the_server_serves_and_the_old_one_opens_no_more() {
    let mut world = World::new(72);
    let a = world.device("a", "ann");
    let (data, kept) = (world.path("server"), world.path("kept.key"));
    let admin =
        |words: &[&str]| run(&mut fieldbook(["admin"].iter().chain(words).chain(&["--data", text(&data)])));
    let shown = admin(&["key", "show"]).well();
    assert!(shown.starts_with("the key lies beside the data; its fingerprint is "), "{shown}");
    let digits = fs::read_to_string(data.join("server.key")).expect("a key");
    assert!(!shown.contains(digits.trim()), "the key itself is told");
    // Under load: a device writes and sends all the while.
    std::thread::scope(|threads| {
        let writes = threads.spawn(|| {
            for n in 0..30 {
                insert(&a, n);
                if n % 3 == 0 {
                    a.sync();
                }
            }
            a.sync();
        });
        for _ in 0..5 {
            admin(&["key", "rotate"]).well();
        }
        let told = admin(&["key", "rotate", "--new-key-file", text(&kept)]).well();
        assert!(told.contains("move server.key out of the data folder"), "{told}");
        writes.join().expect("it writes");
    });
    let old = data.join("server.key");
    let serve = ["serve", "--data", text(&data), "--listen", "127.0.0.1:0"];
    assert_eq!(world.stop_server(), 0);
    let refused = run(&mut fieldbook(serve));
    assert!(refused.exit == 1 && refused.err.contains("is under another key"), "{refused:?}");
    fs::remove_file(&old).expect("moved away");
    world.start_server_by(|_, mut call| {
        call.args(["--key-file", text(&kept)]);
        call
    });
    let digits = fs::read_to_string(&kept).expect("a key");
    let read = format!("cat '{}'", text(&kept));
    for named in [["--key-file", text(&kept)], ["--key-command", &read]] {
        let list = admin(&[&["member", "list", "--workspace", WORKSPACE], &named[..]].concat());
        assert!(list.well().contains("ann"));
    }
    // A KMS is asked once for one answer.
    let calls = world.path("calls");
    let counted = format!("echo >> '{}'; {read}", text(&calls));
    assert!(admin(&["key", "show", "--key-command", &counted]).well().contains("elsewhere"));
    assert_eq!(fs::read_to_string(&calls).expect("called").lines().count(), 1);
    let mut export = fieldbook(["admin", "export", "--workspace", WORKSPACE, "--data", text(&data)]);
    let lines = run(export.env("FIELDBOOK_SERVER_KEY", digits.trim())).lines();
    assert_eq!(lines.iter().filter(|line| line.contains(CANARY)).count(), 30);
    let doctor = run(fieldbook(["doctor", "--data", text(&data)]).args(["--key-file", text(&kept)])).well();
    assert!(doctor.contains("the key is kept elsewhere than the data"), "{doctor}");
    insert(&a, 30);
    a.sync();
    assert_eq!(world.stop_server(), 0);
    assert!(!world.server_log().contains(digits.trim()));
}

#[test]
fn a_folder_of_an_earlier_program_is_encrypted_when_it_is_first_served() {
    let mut world = World::new(73);
    let a = world.device("a", "ann");
    (0..3).for_each(|n| insert(&a, n));
    a.sync();
    let (data, before) = (world.path("server"), world.export());
    assert_eq!(world.stop_server(), 0);
    in_clear(&data);
    let doctor = run(&mut fieldbook(["doctor", "--data", text(&data)]));
    assert!(doctor.exit == 1 && doctor.out.contains("start the server once"), "{doctor:?}");
    assert!(!data.join("keys.json").exists(), "whoever only looks changes nothing");
    world.start_server();
    assert!(world.server_log().contains("encrypting them"));
    none_in(&data);
    assert_eq!(world.export(), before);
    insert(&a, 3);
    a.sync();
    assert_eq!(customers(&world), 4);
    assert_eq!(world.stop_server(), 0);
    let left = files(&data).iter().filter(|file| file.extension().is_some_and(|end| end == "clear")).count();
    assert_eq!(left, 0);
}
