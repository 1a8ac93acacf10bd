//! A device's folder in every bad state. What the page says to do is done afterwards, and all is there.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use fieldbook_crypto::ServerKey;

use super::page::Page;
use super::{all, copy, with};
use crate::holders::{PASSPHRASE, sign_in};
use crate::keys::pragma;
use crate::run::{fieldbook, run, text};
use crate::wait::time_passes;
use crate::world::{Device, PASSWORD, WORKSPACE, World};

pub const PART: &str = "A device's folder";

const DATABASE: &str = "fieldbook.db";
const KEYS: &str = "keys.json";
const SECRET: &str = "device.secret";
const ACT: [&str; 4] = ["act", "--insert", "customer", "name=Late"];

/// How a folder is broken, given another device's.
type Break = fn(&Path, &Path);

#[test]
fn a_broken_folder_is_told_as_the_page_says_and_nothing_is_lost() {
    let (page, world) = (Page::of(PART), World::new(52));
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    for (device, name) in [(&a, "Ann"), (&b, "Ben")] {
        device.run(&["act", "--insert", "customer", &format!("name={name}")]).well();
    }
    let before = all(&a);
    for (when, breaks) in BROKEN {
        broken(&page, (&world, &a, &b), when, *breaks);
    }
    passphrases(&page, &world);
    let new = Device { home: world.path("on-paper") };
    page.check("FIELDBOOK_KEYS has another word", &mut |more| {
        let url = world.proxy.url();
        let words = ["device", "sign-in", "--server", &url, "--workspace", "shop", "--user", "ann"];
        let mut call = new.call(&words);
        run(call.args(more).env("FIELDBOOK_PASSWORD", PASSWORD).env("FIELDBOOK_KEYS", "paper"))
    });
    stores(&page, &world);
    disks(&page, &world, &a);
    assert_eq!(all(&a), before);
    page.check("The home of somebody else", &mut |more| {
        let url = world.proxy.url();
        let words = ["device", "sign-in", "--server", &url, "--workspace", "shop", "--user", "ben"];
        run(a.call(&words).args(more).env("FIELDBOOK_PASSWORD", PASSWORD))
    });
    let keys = fs::read_to_string(a.home.join(KEYS)).expect("keys");
    let another = ServerKey::from_bytes(&[1; 32]).public().write();
    let (head, rest) = keys.split_once("\"server\":").expect("the server's key");
    let (_, tail) = rest.split_once('}').expect("its end");
    fs::write(a.home.join(KEYS), format!("{head}\"server\":{another}{tail}")).expect("written");
    page.check("The server signs with another key", &mut |more| {
        let url = world.proxy.url();
        let words = ["device", "sign-in", "--server", &url, "--workspace", "shop", "--user", "ann"];
        run(a.call(&words).args(more).env("FIELDBOOK_PASSWORD", PASSWORD))
    });
    let url = world.proxy.url();
    let words =
        ["device", "sign-in", "--server", &url, "--workspace", "shop", "--user", "ann", "--new-server-key"];
    run(a.call(&words).env("FIELDBOOK_PASSWORD", PASSWORD)).well();
    assert_eq!(all(&a), before);
    let syncing = a.beside(&["sync"]);
    syncing.line_with("everything is synced");
    page.check("Another process syncs", &mut with(&a, &["sync", "--wait"]));
    syncing.terminate();
    put_back(&page, &world, &a);
    away(&page, &world);
    page.done();
}

/// A folder as it was before its last action was sent: that action comes from the server, and what is new goes beside it.
fn put_back(page: &Page, world: &World, a: &Device) {
    let earlier = world.path("earlier");
    copy(&a.home, &earlier);
    a.run(&["act", "--insert", "customer", "name=Sent"]).well();
    a.sync();
    fs::remove_dir_all(&a.home).expect("removed");
    copy(&earlier, &a.home);
    a.run(&["act", "--insert", "customer", "name=New"]).well();
    let mut is_first = true;
    page.check("The folder was put back to an earlier state, or is a copy", &mut |more| {
        // Said once.
        let told = run(a.call(&["sync", "--wait"]).args(more));
        assert!(std::mem::take(&mut is_first), "{told:?}");
        told
    });
    assert!(a.run(&["sync", "--wait"]).err.is_empty());
    assert_eq!(a.count("waiting"), 0);
    assert_eq!(a.export(), world.export());
}

const BROKEN: &[(&str, Break)] = &[
    ("The database is damaged at its beginning", |home, _| flip(&home.join(DATABASE), 20..24)),
    ("The database is damaged further in", |home, _| {
        let path = home.join(DATABASE);
        let len = fs::metadata(&path).expect("a database").len();
        (1..len / 4096).for_each(|page| flip(&path, page * 4096 + 2000..page * 4096 + 2005));
    }),
    ("The database is cut off", |home, _| {
        let file = OpenOptions::new().write(true).open(home.join(DATABASE)).expect("a database");
        file.set_len(file.metadata().expect("its length").len() / 8192 * 4096).expect("cut off");
    }),
    ("The database is empty", |home, _| drop(File::create(home.join(DATABASE)).expect("emptied"))),
    ("The database is missing", |home, _| without_database(home)),
    ("Another device's database", |home, other| {
        without_database(home);
        put(DATABASE, other, home);
    }),
    ("Another person's database and keys", |home, other| {
        without_database(home);
        [DATABASE, KEYS, SECRET].iter().for_each(|name| put(name, other, home));
    }),
    ("Another program's database", |home, _| {
        without_database(home);
        let foreign = rusqlite::Connection::open(home.join(DATABASE)).expect("a database");
        foreign.execute_batch("CREATE TABLE diary (day TEXT)").expect("a table");
    }),
    ("A text in the database's place", |home, _| {
        without_database(home);
        fs::write(home.join(DATABASE), "Dear diary, today nothing synced.\n".repeat(200)).expect("written");
    }),
    ("The database of a newer program", |home, _| {
        let database = rusqlite::Connection::open(home.join(DATABASE)).expect("a database");
        database.execute_batch(&format!("{}; PRAGMA user_version = 99", pragma(home))).expect("marked");
    }),
    ("keys.json is missing", |home, _| fs::remove_file(home.join(KEYS)).expect("removed")),
    ("keys.json is damaged", |home, _| fs::write(home.join(KEYS), "{\"v\":1,\"hol").expect("written")),
    ("keys.json of a newer program", |home, _| {
        let text = fs::read_to_string(home.join(KEYS))
            .expect("keys")
            .replace("{\"v\":1,\"holder\"", "{\"v\":9,\"holder\"");
        fs::write(home.join(KEYS), text).expect("written");
    }),
    ("keys.json and the secret are another device's", |home, other| {
        [KEYS, SECRET].iter().for_each(|name| put(name, other, home));
    }),
    ("The secret is missing", |home, _| fs::remove_file(home.join(SECRET)).expect("removed")),
    ("The secret is another one", |home, other| put(SECRET, other, home)),
    ("The secret is no secret", |home, _| fs::write(home.join(SECRET), "hello\n").expect("written")),
    ("The key of an earlier program is missing", |home, _| earlier(home)),
    ("The key of an earlier program is no key", |home, _| {
        earlier(home);
        fs::write(home.join("device.key"), "hello\n").expect("written");
    }),
    ("home.json is missing or damaged", |home, _| {
        fs::write(home.join("home.json"), "{\"for").expect("written")
    }),
    ("home.json of a newer program", |home, _| {
        let path = home.join("home.json");
        let text = fs::read_to_string(&path).expect("a file").replace("\"format\":2", "\"format\":9");
        fs::write(path, text).expect("written");
    }),
];

/// A home whose secret is under a passphrase, for who does not know it; and the same, locked.
fn passphrases(page: &Page, world: &World) {
    let c = Device { home: world.path("under-passphrase") };
    run(sign_in(world, &c, "passphrase").env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    page.check("Nobody types the passphrase", &mut with(&c, &ACT));
    page.check("The passphrase is wrong", &mut |more| {
        run(c.call(&ACT).args(more).env("FIELDBOOK_PASSPHRASE", "another horse"))
    });
    run(c.call(&ACT).env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    run(c.call(&["device", "lock"]).env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    page.check("The device is locked", &mut with(&c, &ACT));
    run(c.call(&["device", "unlock"]).env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
    run(c.call(&ACT).env("FIELDBOOK_PASSPHRASE", PASSPHRASE)).well();
}

/// A device that its workspace allows to stay away for a second.
fn away(page: &Page, world: &World) {
    let (c, data) = (world.device("away", "ann"), world.path("server"));
    let lease = |length: &str| {
        let words = ["admin", "workspace", "lease", WORKSPACE, length, "--data", text(&data)];
        run(&mut fieldbook(words)).well()
    };
    lease("1s");
    c.sync();
    c.run(&ACT).well();
    lease("off");
    time_passes(1_300);
    page.check("The device has stayed away for too long", &mut with(&c, &ACT));
    c.run(&["device", "unlock"]).well();
    c.sync();
    assert_eq!(c.export(), world.export());
}

/// What an earlier program left, but for its key.
fn earlier(home: &Path) {
    [KEYS, SECRET].iter().for_each(|name| fs::remove_file(home.join(name)).expect("removed"));
    let path = home.join("home.json");
    let text = fs::read_to_string(&path).expect("a file").replace("\"format\":2", "\"format\":1");
    fs::write(path, text).expect("written");
}

/// Breaks a copy of a home, reads what is said, puts back what the page says to put back, and looks whether all is there.
fn broken(page: &Page, (world, a, b): (&World, &Device, &Device), when: &str, breaks: Break) {
    let name = when.replace(' ', "-");
    let (c, kept) = (Device { home: world.path(&name) }, world.path(&format!("{name}.kept")));
    copy(&a.home, &c.home);
    let before = all(&c);
    copy(&c.home, &kept);
    breaks(&c.home, &b.home);
    page.check(when, &mut with(&c, &ACT));
    // Whatever is asked of the folder, the answer is the same.
    page.check(when, &mut with(&c, &["query", "select name from customer"]));
    page.check(when, &mut with(&c, &["sync", "--wait"]));
    without_database(&c.home);
    copy(&kept, &c.home);
    assert_eq!(all(&c), before, "{when}");
}

/// The system's secure store, in each state that is no good.
#[cfg(target_os = "linux")]
fn stores(page: &Page, world: &World) {
    crate::keyring::rows(page, world);
}

/// Elsewhere nobody starts one for a test alone.
#[cfg(not(target_os = "linux"))]
fn stores(page: &Page, _: &World) {
    const ROWS: [&str; 4] = [
        "No secure store answers",
        "The secure store is locked",
        "Nobody says who holds the secret of a new home",
        "The secure store has no entry",
    ];
    ROWS.iter().for_each(|when| page.pass_over(when));
}

/// A disk without room, and one that takes no writing.
#[cfg(target_os = "linux")]
fn disks(page: &Page, world: &World, a: &Device) {
    use super::confined::{full, read_only};
    page.check("The disk is full", &mut |more| run(&mut full(&a.home, a.call(&ACT).args(more))));
    let before = all(a);
    page.check("The disk is full", &mut |more| {
        run(&mut full(&a.home, a.call(&["sync", "--wait"]).args(more)))
    });
    assert_eq!(all(a), before);
    for words in [&ACT[..], &["query", "select name from customer"], &["sync", "--wait"]] {
        page.check("The folder is read-only", &mut |more| {
            run(&mut read_only(&a.home, a.call(words).args(more)))
        });
    }
    let within = Device { home: a.home.join("new") };
    let url = world.proxy.url();
    let words = ["device", "sign-in", "--server", &url, "--workspace", "shop", "--user", "ann"];
    page.check("A new home in a read-only folder", &mut |more| {
        let mut call = within.call(&words);
        run(&mut read_only(&a.home, call.args(more).env("FIELDBOOK_PASSWORD", PASSWORD)))
    });
}

/// Elsewhere nobody mounts for one call alone.
#[cfg(not(target_os = "linux"))]
fn disks(page: &Page, _: &World, _: &Device) {
    ["The disk is full", "The folder is read-only", "A new home in a read-only folder"]
        .iter()
        .for_each(|when| page.pass_over(when));
}

/// Copies a file of one home into another.
fn put(name: &str, from: &Path, to: &Path) {
    fs::copy(from.join(name), to.join(name)).expect("copied");
}

fn without_database(home: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(home.join(format!("{DATABASE}{end}")));
    }
}

/// Turns every bit of some bytes.
fn flip(path: &Path, bytes: std::ops::Range<u64>) {
    let content = fs::read(path).expect("a file");
    let mut file = OpenOptions::new().write(true).open(path).expect("a file");
    for at in bytes {
        let place = usize::try_from(at).expect("a place");
        file.seek(SeekFrom::Start(at)).expect("a place");
        file.write_all(&[!content[place]]).expect("written");
    }
}
