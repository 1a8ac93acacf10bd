//! A home of the earlier form on its way to keys: cut off after every step, it opens with all that was in it, and goes on.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use fieldbook_crypto::{Binding, ContentKey, DatabaseKey, DeviceSecret, Fresh, Passphrase, ServerKey};
use fieldbook_device_store::{Identity, Store, StoreError};
use fieldbook_model::{DeviceId, Epoch, Limits, Schema, UserId, WorkspaceId};
use fieldbook_protocol::auth::KeysReply;

use super::*;
use crate::error::DeviceError;
use crate::home::{Home, HomeFile, Told};
use crate::lock::{SignInLock, SyncLock};

mod holding;
mod locking;

const OLD: DatabaseKey = DatabaseKey::from_bytes([9; 32]);

fn place() -> (WorkspaceId, DeviceId) {
    (WorkspaceId::v7(1, [1; 10]), DeviceId::v7(1, [2; 10]))
}

/// A home as the earlier program made it, with something in its database.
fn earlier(folder: &Path) -> Home {
    let home = Home::at(folder);
    let (workspace_id, device_id) = place();
    let user_id = UserId::v7(1, [3; 10]);
    let schema = Schema::new("shop", 1, Vec::new(), Vec::new());
    let identity = Identity {
        workspace_id,
        workspace: "shop".into(),
        user_id,
        user: "ann".into(),
        device_id,
        role: "member".into(),
        schema,
        limits: Limits::default(),
        epoch: Epoch(1),
    };
    let mut store = Store::create(&home.database(), &OLD, &identity).expect("a database");
    store.note("word", "kept").expect("a note");
    drop(store);
    fs::write(folder.join("device.key"), "09".repeat(32)).expect("a key");
    let server = ("http://127.0.0.1:1".to_owned(), None);
    let file = HomeFile::new(server, ("shop".into(), workspace_id), ("ann".into(), user_id), device_id);
    home.write(&file.of_the_earlier_form()).expect("a home");
    home
}

/// What a server gives for a secret, with one key of its own or another.
fn reply(secret: &DeviceSecret, (content, server): (u8, u8)) -> KeysReply {
    let (workspace, device) = place();
    let place = Binding { workspace, device, number: 1 };
    let content = ContentKey::from_bytes([content; 32]);
    let sealed = content.seal_to(&public(secret), &place, Fresh::new([6; 32])).expect("sealed");
    KeysReply { number: 1, sealed, server: ServerKey::from_bytes(&[server; 32]).public(), support: None }
}

fn open(home: &Home) -> Result<Opened, DeviceError> {
    super::open(home, &Asked::new(home, &NoHolders))
}

fn read(home: &Home) -> Result<Keys, DeviceError> {
    Keys::read(home, &Asked::new(home, &NoHolders))
}

/// The secret of a home of the earlier form, in its file.
fn secret(home: &Home) -> Arc<DeviceSecret> {
    let secret = kept_or_made(home).expect("a secret");
    Hold::AsBefore.hold(home, (&secret, &NoHolders), None).expect("held");
    Arc::new(secret)
}

fn enrolled(home: &Home) {
    let secret = secret(home);
    let holding = Hold::AsBefore.hold(home, (&secret, &NoHolders), None).expect("held");
    enrol(home, place(), (&secret, holding), (&OLD, &reply(&secret, (4, 5)))).expect("keys");
}

/// Opens it, and looks whether all is there. Gives whether it is still of the earlier form.
fn all_there(home: &Home) -> bool {
    let mut opened = open(home).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(opened.store.noted("word").expect("a note").as_deref(), Some("kept"));
    opened.is_earlier
}

fn at_rest(home: &Home) {
    assert!(!all_there(home));
    let Keys::Held(held) = read(home).expect("keys") else { panic!("keys.json is gone") };
    assert_eq!(held.database.len(), 1);
    assert!(held.database[0] != OLD);
    assert!(matches!(Store::open(&home.database(), &OLD), Err(StoreError::WrongKey)));
    assert!(!home.path().join("device.key").exists());
    assert!(matches!(home.look(), Ok(Told::Whole(file)) if !file.is_earlier()));
}

/// What is done between two opportunities to be cut off.
const STEPS: &[fn(&Home)] = &[
    |home| fs::write(home.path().join("device.secret.new"), "{\"v\":1,\"dev").expect("half a draft"),
    |home| drop(secret(home)),
    |home| fs::write(home.path().join("keys.json.new"), "{\"v\":1").expect("half a draft"),
    enrolled,
    |home| {
        let file = home.read().expect("a home");
        home.write(&file.of_this_form()).expect("written");
    },
    |home| {
        let Ok(Keys::Held(held)) = read(home) else { panic!("no keys") };
        Store::rekey(&home.database(), &held.database[0], &held.database[1]).expect("a new key");
    },
    |home| {
        let mut file = KeysFile::read(home).expect("keys").expect("a file");
        file.database.remove(0);
        file.write(home).expect("written");
    },
    |home| fs::write(home.path().join("device.key"), "0".repeat(64)).expect("overwritten"),
    |home| fs::remove_file(home.path().join("device.key")).expect("removed"),
];

#[test]
fn cut_off_after_any_step_it_opens_with_all_that_was_in_it_and_goes_on() {
    for stop in 0..=STEPS.len() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = earlier(folder.path());
        STEPS[..stop].iter().for_each(|step| step(&home));
        // Up to the enrolment the server has to be heard again.
        if all_there(&home) {
            assert!(stop < 4, "after {stop} steps");
            enrolled(&home);
        }
        at_rest(&home);
        all_there(&home);
    }
}

#[test]
fn while_another_process_has_the_home_it_keeps_its_key_and_both_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = earlier(folder.path());
    let mut other = open(&home).expect("open");
    enrolled(&home);
    assert!(!all_there(&home));
    other.store.note("word", "kept").expect("the other writes");
    assert!(KeysFile::read(&home).expect("keys").is_some_and(|file| file.database.len() == 2));
    drop(other);
    let locks = (SyncLock::take(&home).expect("a lock"), SignInLock::take(&home).expect("a lock"));
    all_there(&home);
    assert!(KeysFile::read(&home).expect("keys").is_some_and(|file| file.database.len() == 2));
    drop(locks);
    at_rest(&home);
}

#[test]
fn a_database_put_back_with_its_earlier_key_opens_and_gets_a_new_key_again() {
    let (folder, backup) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let home = earlier(folder.path());
    let files = ["fieldbook.db", "device.key"];
    files.iter().for_each(|name| drop(fs::copy(folder.path().join(name), backup.path().join(name))));
    enrolled(&home);
    at_rest(&home);
    files.iter().for_each(|name| drop(fs::copy(backup.path().join(name), folder.path().join(name))));
    assert!(all_there(&home), "by the key that lies beside it");
    assert!(folder.path().join("device.key").exists(), "nothing is deleted that opens something");
    enrolled(&home);
    at_rest(&home);
}

#[test]
fn a_new_sign_in_wraps_the_same_key_anew_and_another_server_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = earlier(folder.path());
    enrolled(&home);
    at_rest(&home);
    let held = || match read(&home).expect("keys") {
        Keys::Held(held) => held,
        Keys::Earlier(_) => panic!("no keys"),
    };
    let before = held();
    renew(
        &home,
        place(),
        (&before, (&Hold::AsBefore, &NoHolders)),
        (&reply(&before.secret, (7, 5)), ServerPin::AsBefore),
    )
    .expect("renewed");
    let after = held();
    assert!(after.database == before.database && after.file.database != before.file.database);
    let another = reply(&before.secret, (7, 8));
    let told =
        renew(&home, place(), (&after, (&Hold::AsBefore, &NoHolders)), (&another, ServerPin::AsBefore))
            .expect_err("another server");
    assert!(told.to_string().contains("the server signs with another key"), "{told}");
    assert!(held().file == after.file, "nothing was changed");
    renew(&home, place(), (&after, (&Hold::AsBefore, &NoHolders)), (&another, ServerPin::Anew))
        .expect("the person says so");
    at_rest(&home);
}

#[test]
fn each_thing_that_is_wrong_has_its_sentence() {
    let cases: &[(&str, Option<&str>, &str)] = &[
        ("keys.json", None, "keys.json: the keys are missing"),
        ("keys.json", Some(""), "keys.json: the keys are damaged ("),
        ("keys.json", Some("{\"v\":1}"), "keys.json: the keys are damaged ("),
        (
            "keys.json",
            Some("{\"v\":7,\"all\":\"new\"}"),
            "keys.json: form 7 of a newer program; update this one",
        ),
        ("device.secret", None, "device.secret: the device secret is missing"),
        ("device.secret", Some("hello"), "device.secret: this is no device secret ("),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let home = earlier(folder.path());
    enrolled(&home);
    at_rest(&home);
    let told = || open(&home).err().expect("it does not open").to_string();
    for (name, text, expected) in cases {
        let path = folder.path().join(name);
        let kept = fs::read(&path).expect("a file");
        match text {
            Some(text) => fs::write(&path, text).expect("written"),
            None => fs::remove_file(&path).expect("removed"),
        }
        assert!(told().contains(expected), "{} instead of {expected}", told());
        fs::write(&path, kept).expect("put back");
    }
    let (path, kept) = (folder.path().join("device.secret"), fs::read(folder.path().join("device.secret")));
    fs::write(&path, &*DeviceSecret::from_bytes([1; 32]).write()).expect("written");
    assert!(told().contains("this is the secret of another device"), "{}", told());
    fs::write(&path, kept.expect("a secret")).expect("put back");
    // One that was changed where nobody sees it.
    let path = folder.path().join("keys.json");
    let text = fs::read_to_string(&path).expect("keys");
    let device = place().1.to_string();
    fs::write(&path, text.replace(&device, &DeviceId::v7(1, [9; 10]).to_string())).expect("written");
    assert!(told().contains("keys.json: the keys are damaged"), "{}", told());
    fs::write(&path, text).expect("put back");
    at_rest(&home);
}
