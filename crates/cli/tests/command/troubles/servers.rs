//! A server's folder and its place, and what its operator reads.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use super::copy;
use super::page::Page;
use crate::run::{fieldbook, run, text};
use crate::world::{PASSWORD, World, opened};

pub const PART: &str = "A server";

/// The SHA-1 of [`PASSWORD`], and one that comes before it.
const HASH: &str = "98DECC62ECE399A22ED30D490EF333BE7FDE7385";
const HASH_OF_ANOTHER: &str = "0018A45C4D1DEF81644B54AB7F969B88D65DA1D8";

#[test]
fn a_server_in_trouble_is_told_as_the_page_says_and_nothing_is_lost() {
    let (page, mut world) = (Page::of(PART), World::new(54));
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Bergs"]).well();
    a.sync();
    filled(&page, &mut world, &a);
    let (data, before) = (world.path("server"), world.export());
    let call = |words: Vec<String>| move |more: &[&str]| run(fieldbook(&words).args(more));
    let serve = |data: &Path, listen: &str| {
        call(["serve", "--data", text(data), "--listen", listen].map(str::to_owned).to_vec())
    };
    page.check("Another server serves the folder", &mut serve(&data, "127.0.0.1:0"));
    assert_eq!(world.stop_server(), 0);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    page.check("The port is in use", &mut serve(&data, &address));
    let apps = ["serve", "--data", text(&data), "--apps", text(&a.home), "--listen", "127.0.0.1:0"];
    page.check("The folder of web apps has none", &mut |more| run(fieldbook(apps).args(more)));
    page.check("The folder is no server's", &mut serve(&world.path("nothing"), "127.0.0.1:0"));
    let member = ["admin", "member", "list", "--workspace", "shed", "--data", text(&data)];
    page.check("A workspace that there is not", &mut |more| run(fieldbook(member).args(more)));
    let there = ["admin", "backup", text(&a.home), "--data", text(&data)];
    page.check("A backup into a folder that is there", &mut |more| run(fieldbook(there).args(more)));
    for (when, breaks) in BROKEN {
        let broken = world.path(&when.replace(' ', "-"));
        copy(&data, &broken);
        breaks(&broken);
        let list = ["admin", "workspace", "list", "--data", text(&broken)];
        page.check(when, &mut |more| run(fieldbook(list).args(more)));
    }
    keys(&page, &data);
    passwords(&page, &world, &data);
    disks(&page, &world, &data);
    world.start_server();
    served(&page, &mut world, &a);
    assert_eq!(world.export(), before);
    assert_eq!(a.export(), before);
    page.done();
}

/// How a server's folder is broken.
type Break = fn(&Path);

const BROKEN: &[(&str, Break)] = &[
    ("The accounts are another program's file", |data| {
        without(&data.join("accounts.db"));
        fs::write(data.join("accounts.db"), "user,password\n".repeat(300)).expect("written");
    }),
    ("The accounts of a newer program", |data| {
        let accounts = opened(data, "accounts.db");
        accounts.execute_batch("PRAGMA user_version = 99").expect("marked");
    }),
    ("The server's key is another one", |data| {
        fs::write(data.join("server.key"), "5".repeat(64)).expect("written");
    }),
    ("The server's key is missing", |data| fs::remove_file(data.join("server.key")).expect("removed")),
    ("The server's key is no key", |data| fs::write(data.join("server.key"), "5").expect("written")),
    ("The wrapped key is damaged", |data| fs::write(data.join("keys.json"), "{").expect("written")),
    ("The wrapped key is of a newer program", |data| {
        let text = fs::read_to_string(data.join("keys.json")).expect("a key");
        fs::write(data.join("keys.json"), text.replace("\"v\":1", "\"v\":2")).expect("written");
    }),
    ("The wrapped key is missing", |data| fs::remove_file(data.join("keys.json")).expect("removed")),
    ("The files are of an earlier program, in clear", |data| {
        without(&data.join("accounts.db"));
        let clear = rusqlite::Connection::open(data.join("accounts.db")).expect("a file");
        clear.execute_batch("CREATE TABLE one (n INTEGER)").expect("written");
    }),
    ("The database of a workspace is damaged", |data| damage(&workspace(data))),
    ("The database of a workspace is missing", |data| without(&workspace(data))),
];

/// How the key is named wrongly.
fn keys(page: &Page, data: &Path) {
    let list = ["admin", "workspace", "list", "--data", text(data)];
    let none = ["--key-file", "/nowhere/at-all"];
    page.check("There is no such file with a key", &mut |more| run(fieldbook(list).args(none).args(more)));
    let fails = ["--key-command", "exit 3"];
    page.check("The command that gives the key fails", &mut |more| {
        run(fieldbook(list).args(fails).args(more))
    });
    let key = data.join("server.key");
    let rotate = ["admin", "key", "rotate", "--data", text(data), "--key-file", text(&key)];
    page.check("A new key for one that is kept elsewhere", &mut |more| run(fieldbook(rotate).args(more)));
}

/// New passwords that are none, and lists of stolen ones that are none.
fn passwords(page: &Page, world: &World, data: &Path) {
    let list = world.path("pwned.txt");
    let stolen = format!("{HASH_OF_ANOTHER}:7\r\n{HASH}:3\r\n");
    fs::write(&list, &stolen).expect("written");
    let add = ["admin", "user", "add", "dan", "--workspace", "shop", "--data", text(data)];
    let with = |password: &'static str, list: &'static [&'static str]| {
        move |more: &[&str]| {
            run(fieldbook(add)
                .args(list)
                .args(more)
                .env("FIELDBOOK_PASSWORD", password)
                .current_dir(world.path("")))
        }
    };
    let listed = &["--breached-passwords", "pwned.txt"];
    page.check("A password that everybody tries", &mut with("P4ssw0rd", &[]));
    page.check("A password that was stolen elsewhere", &mut with(PASSWORD, listed));
    fs::write(&list, "password\n123456\n").expect("written");
    page.check("A list of stolen passwords that is something else", &mut with(PASSWORD, listed));
    let serve =
        ["serve", "--data", text(data), "--listen", "127.0.0.1:0", "--breached-passwords", text(&list)];
    let told = run(&mut fieldbook(serve));
    assert!(told.exit == 1 && told.err.contains("is no list of breached passwords"), "{told:?}");
    fs::write(&list, format!("{HASH}:3\n{HASH_OF_ANOTHER}:7\n")).expect("written");
    page.check("A list of stolen passwords in another order", &mut with(PASSWORD, listed));
    fs::write(&list, stolen).expect("written");
    with("another horse, another battery", listed)(&[]).well();
    // Whoever is there with a password that was stolen since is added elsewhere with it, and signs in.
    let again = ["admin", "user", "add", "ann", "--workspace", "shop", "--data", text(data)];
    run(fieldbook(again).args(["--breached-passwords", text(&list)]).env("FIELDBOOK_PASSWORD", PASSWORD))
        .check(2, r#"error: "ann" is a member of this workspace already"#);
}

/// A device that calls while the server's database is damaged hears that, and keeps what it has.
fn served(page: &Page, world: &mut World, a: &crate::world::Device) {
    assert_eq!(world.stop_server(), 0);
    let (path, kept) = (workspace(&world.path("server")), world.path("kept.db"));
    fs::copy(&path, &kept).expect("copied");
    damage(&path);
    world.start_server();
    page.check("A device meets a server with a damaged database", &mut |more| {
        run(a.call(&["sync", "--wait", "--timeout", "0.5"]).args(more))
    });
    assert_eq!(world.stop_server(), 0);
    without(&path);
    fs::copy(&kept, &path).expect("put back");
    world.start_server();
    a.sync();
}

/// A server whose disk fills up takes nothing, says so in its log, and goes on by itself when there is room.
#[cfg(target_os = "linux")]
fn filled(page: &Page, world: &mut World, a: &crate::world::Device) {
    use super::confined::{fill, small};
    const WHEN: &str = "A device meets a server whose disk is full";
    let data = world.path("server");
    assert_eq!(world.stop_server(), 0);
    world.start_server_by(|data, call| small(data, &call));
    a.sync();
    let before = a.export().len();
    fill(world.server_pid(), &data, true);
    for n in 0..20 {
        a.run(&["act", "--insert", "customer", &format!("name=Full {n}")]).well();
    }
    page.check(WHEN, &mut |more| run(a.call(&["sync", "--wait", "--timeout", "2"]).args(more)));
    assert!(world.server_log().contains("disk is full"), "the operator reads why");
    fill(world.server_pid(), &data, false);
    a.sync();
    assert_eq!(world.stop_server(), 0);
    world.start_server();
    a.sync();
    let customers = world.export().iter().filter(|line| line.contains("Full ")).count();
    assert_eq!((customers, a.export().len()), (20, before + 20));
}

#[cfg(not(target_os = "linux"))]
fn filled(page: &Page, _: &mut World, _: &crate::world::Device) {
    page.pass_over("A device meets a server whose disk is full");
}

#[cfg(target_os = "linux")]
fn disks(page: &Page, world: &World, data: &Path) {
    use super::confined::{full, read_only};
    let serve = ["serve", "--data", text(data), "--listen", "127.0.0.1:0"];
    page.check("The server's folder is read-only", &mut |more| {
        run(&mut read_only(data, fieldbook(serve).args(more)))
    });
    let (small, to) = (world.path("small"), world.path("small/backup"));
    fs::create_dir(&small).expect("made");
    let backup = ["admin", "backup", text(&to), "--data", text(data)];
    page.check("A backup onto a full disk", &mut |more| run(&mut full(&small, fieldbook(backup).args(more))));
    assert_eq!(fs::read_dir(&small).expect("a folder").count(), 0, "half a backup is left behind");
}

#[cfg(not(target_os = "linux"))]
fn disks(page: &Page, _: &World, _: &Path) {
    ["The server's folder is read-only", "A backup onto a full disk"]
        .iter()
        .for_each(|when| page.pass_over(when));
}

/// The file of the only workspace.
fn workspace(data: &Path) -> PathBuf {
    let files = fs::read_dir(data.join("workspaces")).expect("a folder");
    let mut files = files.map(|entry| entry.expect("an entry").path());
    files.find(|path| path.extension().is_some_and(|end| end == "db")).expect("a workspace")
}

/// Overwrites all but the first page.
fn damage(path: &Path) {
    without_log(path);
    let mut bytes = fs::read(path).expect("a database");
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = !*byte);
    fs::write(path, bytes).expect("written");
}

fn without(path: &Path) {
    without_log(path);
    fs::remove_file(path).expect("removed");
}

fn without_log(path: &Path) {
    for end in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let _ = fs::remove_file(name);
    }
}
