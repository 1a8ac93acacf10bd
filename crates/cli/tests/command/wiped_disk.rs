//! What the disk itself still has of a home that was wiped: a file system of its own, in an image that is read as bytes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::keys::digits;
use crate::run::{run, text};
use crate::wipe::{id, order};
use crate::world::{Device, PASSWORD, World};

const CANARY: &str = "canary-on-the-disk-itself";
const IMAGE_BYTES: u64 = 64 << 20;

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
        done("mkfs.ext4", &["-q", text(&disk.image)]);
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

fn is_root() -> bool {
    let told = Command::new("id").arg("-u").output().expect("a program of the system");
    told.stdout.trim_ascii() == b"0"
}

fn is_only_the_note(home: &Path) -> bool {
    fs::read_dir(home).expect("a folder").all(|entry| entry.expect("an entry").file_name() == "wiped.txt")
}
