//! What the disk itself still has of a home that was wiped: a file system of its own, in an image that is read as bytes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::holders::sign_in;
use crate::keyring::{LOGIN, Session};
use crate::keys::digits;
use crate::run::{run, text};
use crate::wipe::{id, order};
use crate::world::{Device, PASSWORD, World};

const CANARY: &str = "canary-on-the-disk-itself";
const IMAGE_BYTES: u64 = 64 << 20;
/// Of the file system, and of a database's pages: so each page is a block.
const BLOCK_BYTES: usize = 4096;

/// An ext4 file system in a file, mounted.
struct Disk {
    image: PathBuf,
    folder: PathBuf,
}

impl Disk {
    fn new(world: &World) -> Self {
        let disk = Self { image: world.path("disk.img"), folder: world.path("disk") };
        File::create(&disk.image).and_then(|file| file.set_len(IMAGE_BYTES)).expect("an image");
        fs::create_dir(&disk.folder).expect("a folder");
        done("mkfs.ext4", &["-q", "-b", &BLOCK_BYTES.to_string(), text(&disk.image)]);
        done("mount", &["-o", "loop", text(&disk.image), text(&disk.folder)]);
        disk
    }

    /// All that lies on it by now, as bytes.
    fn bytes(&self) -> Vec<u8> {
        done("sync", &["-f", text(&self.folder)]);
        fs::read(&self.image).expect("the image")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.folder).status();
    }
}

fn done(program: &str, words: &[&str]) {
    let ended = Command::new(program).args(words).status().expect("a program of the system");
    assert!(ended.success(), "{program} {words:?}: {ended}");
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The bytes of some digits.
fn raw(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits")).collect()
}

/// The secret of the holder `file` lay there as it was, and the disk is one that writes where it is told to.
#[test]
fn of_a_wiped_home_the_image_of_its_disk_has_nothing_that_opens() {
    if !is_root() {
        eprintln!("passed over: only root mounts a disk");
        return;
    }
    let world = World::new(83);
    let disk = Disk::new(&world);
    let a = Device { home: disk.folder.join("a") };
    world.sign_in(&a, "ann", PASSWORD).well();
    for n in 0..50 {
        a.run(&["act", "--insert", "customer", &format!("name={CANARY} {n}")]).well();
    }
    a.sync();
    let known = digits(&a.home);
    let wrapped = fs::read(a.home.join("keys.json")).expect("keys");
    let before = disk.bytes();
    assert!(has(&before, known[0].as_bytes()), "the secret lay there");
    assert!(has(&before, &wrapped[..200]), "and what it opens");
    order(&world, &id(&a));
    assert_eq!(run(&mut a.call(&["sync", "--wait"])).exit, 3);
    let after = disk.bytes();
    for (what, digits) in ["secret", "content key", "database key"].iter().zip(&known) {
        assert!(!has(&after, digits.as_bytes()) && !has(&after, &raw(digits)), "{what} lies on the disk");
    }
    assert!(!has(&after, CANARY.as_bytes()), "and what a person wrote");
    assert!(!has(&after, &wrapped[..200]), "and what the secret opened");
    assert!(is_only_the_note(&a.home));
}

/// What a secure store's file begins with, and what `keys.json` of such a home begins with.
const STORE: &[u8] = b"GnomeKeyring\n\r\0\n";
const KEYS: &[u8] = b"{\"v\":1,\"holder\":{\"keyring\"";

/// Not the login's.
const OTHER: &str = "another password";

/// The blocks of an image that begin with something.
fn blocks<'a>(image: &'a [u8], begin: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    image.chunks(BLOCK_BYTES).filter(move |block| block.starts_with(begin))
}

/// The database keys that follow from what lies on an image, for who knows the login's password: each file of a store that is
/// there, or that was let go of, is taken for the store, and gives what it has for each `keys.json` that is there or was on another.
fn database_keys(stores: &[u8], keys: &[u8], home_file: &[u8], password: &str) -> Vec<String> {
    let mut found = Vec::new();
    for store in blocks(stores, STORE) {
        for keys in blocks(keys, KEYS) {
            let folder = tempfile::tempdir().expect("a folder");
            let (data, home) = (folder.path().join("data"), folder.path().join("home"));
            fs::create_dir_all(data.join("keyrings")).expect("a folder");
            fs::write(data.join("keyrings/login.keyring"), store).expect("written");
            fs::create_dir(&home).expect("a folder");
            fs::write(home.join("home.json"), home_file).expect("written");
            let end = keys.iter().rposition(|byte| *byte == b'}').map_or(0, |at| at + 1);
            fs::write(home.join("keys.json"), &keys[..end]).expect("written");
            let session = Session::start_in(&data, password);
            let home = Device { home };
            if session.run(&mut home.call(&["device", "holder", "file"])).exit == 0 {
                let [.., key] = digits(&home.home);
                found.push(key);
            }
        }
    }
    found
}

/// How many blocks of an image are the first page of a database that opens with a key. One that does not, is taken for no database.
fn pages_open(image: &[u8], key: &str) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("page");
    let opens = |block: &&[u8]| {
        fs::write(&path, block).expect("written");
        let database = rusqlite::Connection::open(&path).expect("a file");
        database.execute_batch(&format!("PRAGMA key = \"x'{key}'\"")).expect("a key");
        let read = database.query_row("PRAGMA user_version", (), |row| row.get::<_, i64>(0));
        !matches!(read, Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase))
    };
    let written = image.chunks(BLOCK_BYTES).filter(|block| block.iter().any(|byte| *byte != 0));
    written.filter(opens).count()
}

/// The store keeps its own files on the same disk. What it leaves there of an entry that is gone takes the login's own password, and
/// what the entry would open is overwritten: so nothing opens, for nobody.
#[test]
fn of_a_wiped_home_of_the_secure_store_nothing_on_the_disk_opens_with_anything_on_it() {
    if !is_root() {
        eprintln!("passed over: only root mounts a disk");
        return;
    }
    let world = World::new(84);
    let disk = Disk::new(&world);
    let data = disk.folder.join("data");
    fs::create_dir(&data).expect("a folder");
    let session = Session::start_in(&data, LOGIN);
    let a = Device { home: disk.folder.join("a") };
    session.run(&mut sign_in(&world, &a, "keyring")).well();
    for n in 0..50 {
        let name = format!("name={CANARY} {n}");
        session.run(&mut a.call(&["act", "--insert", "customer", &name])).well();
    }
    session.run(&mut a.call(&["sync", "--wait"])).well();
    let home_file = fs::read(a.home.join("home.json")).expect("a file");
    let before = disk.bytes();
    // The search finds what there is to find: with the login's password, and with nothing else.
    let keys = database_keys(&before, &before, &home_file, LOGIN);
    assert!(!keys.is_empty() && keys.iter().all(|key| *key == keys[0]), "{} found", keys.len());
    assert_eq!(pages_open(&before, &keys[0]), 1, "the database's first page");
    assert_eq!(pages_open(&before, &"0".repeat(64)), 0);
    assert!(database_keys(&before, &before, &home_file, OTHER).is_empty());
    order(&world, &id(&a));
    assert_eq!(session.run(&mut a.call(&["sync", "--wait"])).exit, 3);
    assert!(session.entries().is_empty(), "the store has nothing of it");
    let after = disk.bytes();
    for password in [LOGIN, OTHER] {
        assert!(database_keys(&after, &after, &home_file, password).is_empty());
    }
    // Nor with a copy of keys.json that somebody made before, without the login's password. With both it opens: the store leaves the
    // entry, under that password, in a block that it let go of. So it is removed, and not destroyed.
    assert!(database_keys(&after, &before, &home_file, OTHER).is_empty());
    assert_eq!(blocks(&after, KEYS).count(), 0, "what the secret opened is overwritten");
    assert!(!has(&after, keys[0].as_bytes()) && !has(&after, &raw(&keys[0])));
    assert_eq!(pages_open(&after, &keys[0]), 0, "and so are the pages");
    assert!(!has(&after, CANARY.as_bytes()), "and what a person wrote");
    assert!(is_only_the_note(&a.home));
    let note = fs::read_to_string(a.home.join("wiped.txt")).expect("a note");
    assert!(note.contains("not provably destroyed: the secret lay in the system's secure store"), "{note}");
}

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().expect("a program of the system");
    told.stdout.trim_ascii() == b"0"
}

fn is_only_the_note(home: &Path) -> bool {
    fs::read_dir(home).expect("a folder").all(|entry| entry.expect("an entry").file_name() == "wiped.txt")
}
