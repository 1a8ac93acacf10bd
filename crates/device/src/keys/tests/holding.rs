//! A home's secret goes from one holder to another: cut off at each place, it opens, and what was left is gone in the end.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::cut;
use crate::keys::holder::Holder;

const ONE: &str = "correct horse battery";
const OTHER: &str = "battery horse correct";

/// Somebody who types one passphrase, and counts how often.
struct Types(&'static str, AtomicU32);

impl Types {
    fn of(passphrase: &'static str) -> Self {
        Self(passphrase, AtomicU32::new(0))
    }
}

impl Holders for Types {
    fn passphrase(&self, _: &Path) -> Result<Passphrase, KeyTrouble> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(Passphrase::new(self.0.into()))
    }
}

/// Who is to hold it, made anew for each run.
type MadeHold = fn() -> Hold;

fn by(passphrase: &str) -> Hold {
    Hold::Passphrase(Passphrase::chosen(passphrase.into()).expect("long enough"))
}

fn open_by(home: &Home, passphrase: &'static str) -> Result<Opened, DeviceError> {
    super::super::open(home, &Asked::new(home, &Types::of(passphrase)))
}

fn is_under_passphrase(home: &Home) -> bool {
    let file = KeysFile::read(home).expect("keys").expect("a file");
    matches!(file.holder, Holder::Passphrase(_))
}

/// A home at rest, whose secret is in its file.
pub fn at_rest_in(folder: &Path) -> Home {
    let home = earlier(folder);
    enrolled(&home);
    at_rest(&home);
    home
}

/// What there was opens, and once somebody has looked no copy of the secret lies elsewhere than with its holder.
fn is_whole(home: &Home, passphrases: [&'static str; 2]) {
    let opened = passphrases.iter().find_map(|passphrase| open_by(home, passphrase).ok());
    let mut opened = opened.expect("one of the two opens it");
    assert_eq!(opened.store.noted("word").expect("a note").as_deref(), Some("kept"));
    let secret = home.path().join("device.secret");
    assert_eq!(is_under_passphrase(home), !secret.exists());
    assert_eq!(home.path().join("THE-KEY-LIES-IN-THIS-FOLDER.txt").exists(), secret.exists());
}

#[test]
fn cut_off_at_any_place_a_change_of_the_holder_loses_nothing_and_leaves_no_copy() {
    let changes: &[(&str, [MadeHold; 2], u32)] = &[
        ("file to passphrase", [|| Hold::File, || by(OTHER)], 9),
        ("passphrase to file", [|| by(ONE), || Hold::File], 12),
        ("passphrase to passphrase", [|| by(ONE), || by(OTHER)], 4),
    ];
    for (name, [from, to], places) in changes {
        for place in 0.. {
            let folder = tempfile::tempdir().expect("a folder");
            let home = at_rest_in(folder.path());
            change_holder(home.path(), &Types::of(ONE), &from()).expect("as it was");
            cut::after(place);
            let changed = change_holder(home.path(), &Types::of(ONE), &to());
            assert_eq!(cut::is_over(), changed.is_err(), "{name}, cut at {place}");
            is_whole(&home, [ONE, OTHER]);
            if changed.is_ok() {
                assert!(place >= *places, "{name} has only {place} places");
                assert_eq!(is_under_passphrase(&home), matches!(to(), Hold::Passphrase(_)));
                break;
            }
            // What stopped half-way can be done again.
            let is_done = open_by(&home, OTHER).is_ok();
            let done = change_holder(home.path(), &Types::of(if is_done { OTHER } else { ONE }), &to());
            done.expect("done again");
            is_whole(&home, [OTHER, ONE]);
        }
    }
}

#[test]
fn who_knows_the_passphrase_is_asked_once_and_whoever_does_not_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = earlier(folder.path());
    // Two keys are named, so that the file is read more than once.
    let secret = Arc::new(kept_or_made(&home).expect("a secret"));
    let holding = by(ONE).hold(&home, &secret, None).expect("held");
    enrol(&home, place(), (&secret, holding), (&OLD, &reply(&secret, (4, 5)))).expect("keys");
    let before = KeysFile::read(&home).expect("keys");
    let told = open_by(&home, OTHER).err().expect("another passphrase").to_string();
    assert!(
        told.ends_with(
            "keys.json: the passphrase is wrong; nothing was changed, and nothing is lost: try again"
        ),
        "{told}"
    );
    assert_eq!(KeysFile::read(&home).expect("keys"), before);
    let types = Types::of(ONE);
    let opened = super::super::open(&home, &Asked::new(&home, &types)).expect("it opens");
    assert!(!opened.is_earlier && !folder.path().join("device.key").exists());
    assert_eq!(types.1.load(Ordering::Relaxed), 1);
    let told = super::super::open(&home, &Asked::new(&home, &NoHolders)).err().expect("nobody").to_string();
    assert!(told.contains("nobody is there to give it"), "{told}");
}

#[test]
fn a_sign_in_keeps_the_holder_or_changes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = at_rest_in(folder.path());
    let held = |passphrase: &'static str| match Keys::read(&home, &Asked::new(&home, &Types::of(passphrase)))
        .expect("keys")
    {
        Keys::Held(held) => held,
        Keys::Earlier(_) => panic!("no keys"),
    };
    let before = held(ONE);
    let given = || reply(&before.secret, (7, 5));
    for (hold, is_under) in
        [(by(ONE), true), (Hold::AsBefore, true), (Hold::File, false), (Hold::AsBefore, false)]
    {
        renew(&home, place(), (&held(ONE), &hold), (&given(), ServerPin::AsBefore)).expect("renewed");
        leave(&home).expect("left");
        assert_eq!(is_under_passphrase(&home), is_under);
        assert_eq!(folder.path().join("device.secret").exists(), !is_under);
        assert!(held(ONE).database == before.database);
    }
}
