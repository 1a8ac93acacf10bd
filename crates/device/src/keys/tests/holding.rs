//! A home's secret goes from one holder to another: cut off at each place, it opens, and what was left is gone in the end.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use zeroize::Zeroizing;

use super::*;
use crate::cut;
use crate::keys::holder::Holder;

const ONE: &str = "correct horse battery";
const OTHER: &str = "battery horse correct";

/// Somebody who types one passphrase after the other, counted; and the system's secure store.
struct Outside {
    types: Mutex<&'static str>,
    typed: AtomicU32,
    store: Mutex<BTreeMap<String, String>>,
}

impl Outside {
    fn new() -> Self {
        Self { types: Mutex::new(ONE), typed: AtomicU32::new(0), store: Mutex::default() }
    }

    /// From now on this is typed.
    fn types(&self, passphrase: &'static str) -> &Self {
        *self.types.lock().expect("one thread") = passphrase;
        self
    }

    fn store(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.store.lock().expect("one thread")
    }
}

fn cut_off(_: std::io::Error) -> KeyTrouble {
    KeyTrouble::StoreFailed("cut off".into())
}

impl Holders for Outside {
    fn chosen(&self, _: &Path) -> Result<Hold, KeyTrouble> {
        unreachable!("no home here is new")
    }
    fn passphrase(&self, _: &Path) -> Result<Passphrase, KeyTrouble> {
        self.typed.fetch_add(1, Ordering::Relaxed);
        Ok(Passphrase::new((*self.types.lock().expect("one thread")).into()))
    }
    fn keep(&self, entry: &str, text: &str) -> Result<(), KeyTrouble> {
        cut::here().map_err(cut_off)?;
        self.store().insert(entry.into(), text.into());
        cut::here().map_err(cut_off)
    }
    fn kept(&self, entry: &str) -> Result<Zeroizing<String>, KeyTrouble> {
        let kept = self.store().get(entry).cloned().map(Zeroizing::new);
        kept.ok_or_else(|| KeyTrouble::NoEntry(entry.into()))
    }
    fn forget(&self, entry: &str) -> Result<(), KeyTrouble> {
        cut::here().map_err(cut_off)?;
        self.store().remove(entry);
        cut::here().map_err(cut_off)
    }
}

/// Who is to hold it, made anew for each run.
type MadeHold = fn() -> Hold;

fn by(passphrase: &str) -> Hold {
    Hold::Passphrase(Passphrase::chosen(passphrase.into()).expect("long enough"))
}

fn open_by(home: &Home, outside: &Outside) -> Result<Opened, DeviceError> {
    super::super::open(home, &Asked::new(home, outside))
}

fn holder(home: &Home) -> Holder {
    KeysFile::read(home).expect("keys").expect("a file").holder
}

fn is(holder: &Holder, hold: &Hold) -> bool {
    matches!(
        (holder, hold),
        (Holder::File, Hold::File)
            | (Holder::Passphrase(_), Hold::Passphrase(_))
            | (Holder::Keyring(_), Hold::Keyring)
    )
}

/// A home at rest, whose secret is in its file.
pub fn at_rest_in(folder: &Path) -> Home {
    let home = earlier(folder);
    enrolled(&home);
    at_rest(&home);
    home
}

/// What there was opens, and once somebody has looked no copy of the secret lies elsewhere than with its holder.
fn is_whole(home: &Home, outside: &Outside) {
    let opened = [ONE, OTHER].iter().find_map(|passphrase| open_by(home, outside.types(passphrase)).ok());
    let mut opened = opened.expect("one of the two opens it");
    assert_eq!(opened.store.noted("word").expect("a note").as_deref(), Some("kept"));
    let (holder, secret) = (holder(home), home.path().join("device.secret"));
    assert_eq!(holder == Holder::File, secret.exists());
    assert_eq!(holder == Holder::File, home.path().join("THE-KEY-LIES-IN-THIS-FOLDER.txt").exists());
    let entries: Vec<String> = outside.store().keys().cloned().collect();
    match holder {
        Holder::Keyring(entry) => assert_eq!(entries, [entry]),
        _ => assert!(entries.is_empty()),
    }
}

#[test]
fn cut_off_at_any_place_a_change_of_the_holder_loses_nothing_and_leaves_no_copy() {
    let holds: &[(&str, MadeHold)] = &[
        ("file", || Hold::File),
        ("one passphrase", || by(ONE)),
        ("other passphrase", || by(OTHER)),
        ("keyring", || Hold::Keyring),
    ];
    for (from_name, from) in holds {
        for (to_name, to) in holds.iter().filter(|(name, _)| name != from_name) {
            for place in 0.. {
                let name = format!("from {from_name} to {to_name}, cut at {place}");
                let (folder, outside) = (tempfile::tempdir().expect("a folder"), Outside::new());
                let home = at_rest_in(folder.path());
                change_holder(home.path(), &outside, &from()).expect("as it was");
                if *from_name == "other passphrase" {
                    outside.types(OTHER);
                }
                cut::after(place);
                let changed = change_holder(home.path(), &outside, &to());
                assert_eq!(cut::is_over(), changed.is_err(), "{name}");
                is_whole(&home, &outside);
                if changed.is_ok() {
                    assert!(place >= 4, "{name}");
                    assert!(is(&holder(&home), &to()), "{name}");
                    break;
                }
                // What stopped half-way can be done again, by whoever opened it just now.
                change_holder(home.path(), &outside, &to()).expect(&name);
                is_whole(&home, &outside);
                assert!(is(&holder(&home), &to()), "{name}");
            }
        }
    }
}

#[test]
fn who_knows_the_passphrase_is_asked_once_and_whoever_does_not_changes_nothing() {
    let (folder, outside) = (tempfile::tempdir().expect("a folder"), Outside::new());
    let home = earlier(folder.path());
    // Two keys are named, so that the file is read more than once.
    let secret = Arc::new(kept_or_made(&home).expect("a secret"));
    let holding = by(ONE).hold(&home, (&secret, &outside), None).expect("held");
    enrol(&home, place(), (&secret, holding), (&OLD, &reply(&secret, (4, 5)))).expect("keys");
    let before = KeysFile::read(&home).expect("keys");
    let told = open_by(&home, outside.types(OTHER)).err().expect("another passphrase").to_string();
    let words = "keys.json: the passphrase is wrong; nothing was changed, and nothing is lost: try again";
    assert!(told.ends_with(words), "{told}");
    assert_eq!(KeysFile::read(&home).expect("keys"), before);
    outside.typed.store(0, Ordering::Relaxed);
    let opened = open_by(&home, outside.types(ONE)).expect("it opens");
    assert!(!opened.is_earlier && !folder.path().join("device.key").exists());
    assert_eq!(outside.typed.load(Ordering::Relaxed), 1);
    let told = super::super::open(&home, &Asked::new(&home, &NoHolders)).err().expect("nobody").to_string();
    assert!(told.contains("nobody is there to give it"), "{told}");
}

/// Another process gives the secret to a file in the moment in which this one asks the store for it.
struct Beaten<'a>(&'a Outside, &'a Home);

impl Holders for Beaten<'_> {
    fn chosen(&self, _: &Path) -> Result<Hold, KeyTrouble> {
        unreachable!("no home here is new")
    }
    fn passphrase(&self, home: &Path) -> Result<Passphrase, KeyTrouble> {
        self.0.passphrase(home)
    }
    fn keep(&self, entry: &str, text: &str) -> Result<(), KeyTrouble> {
        self.0.keep(entry, text)
    }
    fn kept(&self, entry: &str) -> Result<Zeroizing<String>, KeyTrouble> {
        change_holder(self.1.path(), self.0, &Hold::File).expect("changed");
        self.0.kept(entry)
    }
    fn forget(&self, entry: &str) -> Result<(), KeyTrouble> {
        self.0.forget(entry)
    }
}

#[test]
fn a_home_opens_also_in_the_moment_in_which_its_holder_changes() {
    let (folder, outside) = (tempfile::tempdir().expect("a folder"), Outside::new());
    let home = at_rest_in(folder.path());
    change_holder(home.path(), &outside, &Hold::Keyring).expect("changed");
    let beaten = Beaten(&outside, &home);
    let opened = super::super::open(&home, &Asked::new(&home, &beaten));
    assert!(opened.is_ok_and(|opened| !opened.is_earlier));
    is_whole(&home, &outside);
}

#[test]
fn a_store_that_has_no_entry_or_another_ones_or_does_not_answer_says_so_and_nothing_changes() {
    let (folder, outside) = (tempfile::tempdir().expect("a folder"), Outside::new());
    let home = at_rest_in(folder.path());
    let keys = |home: &Home| KeysFile::read(home).expect("keys");
    let before = keys(&home);
    let told = change_holder(home.path(), &NoHolders, &Hold::Keyring).expect_err("no store").to_string();
    assert!(told.contains("does not answer (nobody is there to ask it)"), "{told}");
    assert_eq!(keys(&home), before);
    change_holder(home.path(), &outside, &Hold::Keyring).expect("changed");
    let Holder::Keyring(entry) = holder(&home) else { panic!("not in the store") };
    let kept = outside.store().remove(&entry).expect("an entry");
    let told = || open_by(&home, &outside).err().expect("it does not open").to_string();
    assert!(told().contains(&format!("has no entry {entry} of the service fieldbook")), "{}", told());
    outside.store().insert(entry.clone(), DeviceSecret::from_bytes([1; 32]).write().to_string());
    assert!(told().contains("this is the secret of another device"), "{}", told());
    outside.store().insert(entry.clone(), "hello".into());
    assert!(told().contains("this is no device secret"), "{}", told());
    outside.store().insert(entry, kept);
    is_whole(&home, &outside);
}

#[test]
fn a_sign_in_keeps_the_holder_or_changes_it() {
    let (folder, outside) = (tempfile::tempdir().expect("a folder"), Outside::new());
    let home = at_rest_in(folder.path());
    let held = || match Keys::read(&home, &Asked::new(&home, &outside)).expect("keys") {
        Keys::Held(held) => held,
        Keys::Earlier(_) => panic!("no keys"),
    };
    let before = held();
    let given = || reply(&before.secret, (7, 5));
    for hold in [by(ONE), Hold::Keyring, Hold::Keyring, Hold::File] {
        for (hold, now) in [(&hold, &hold), (&Hold::AsBefore, &hold)] {
            renew(&home, place(), (&held(), (hold, &outside)), (&given(), ServerPin::AsBefore))
                .expect("renewed");
            leave(&home, &outside).expect("left");
            assert!(is(&holder(&home), now));
            is_whole(&home, outside.types(ONE));
            outside.types(ONE);
            assert!(held().database == before.database);
        }
    }
}
