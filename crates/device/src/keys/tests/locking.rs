//! A home is locked, and its database gets a new key: cut off at each place, nothing is lost, and what is done is done.

use super::holding::at_rest_in;
use super::*;
use crate::cut;

/// Whether a home is locked. One that is not opens with all that was in it.
fn is_locked(home: &Home) -> bool {
    match open(home) {
        Err(DeviceError::Keys { why: KeyTrouble::Locked, .. }) => true,
        Err(error) => panic!("{error}"),
        Ok(mut opened) => {
            assert_eq!(opened.store.noted("word").expect("a note").as_deref(), Some("kept"));
            false
        }
    }
}

fn lock_it(home: &Home) -> Result<(), DeviceError> {
    lock(home, &Asked::new(home, &NoHolders))
}

fn locked(home: &Home) -> Locked {
    Locked::read(home, &Asked::new(home, &NoHolders)).expect("it reads").expect("it is locked")
}

/// What the server gave when the home was enrolled, and gives again.
fn given(locked: &Locked) -> KeysReply {
    reply(&locked.secret, (4, 5))
}

fn with_token(folder: &Path) -> Home {
    let home = at_rest_in(folder);
    open(&home).expect("it opens").store.note("token", "fb1_00").expect("a note");
    home
}

#[test]
fn cut_off_at_any_place_a_home_is_locked_or_opens_and_the_server_unlocks_it() {
    for place in 0.. {
        let folder = tempfile::tempdir().expect("a folder");
        let home = with_token(folder.path());
        let before = fs::read_to_string(folder.path().join("keys.json")).expect("keys");
        cut::after(place);
        let done = lock_it(&home);
        assert_eq!(cut::is_over(), done.is_err(), "cut at {place}");
        if !is_locked(&home) {
            assert!(done.is_err(), "it says that it is locked");
            lock_it(&home).expect("locked");
        }
        assert!(is_locked(&home));
        let now = fs::read_to_string(folder.path().join("keys.json")).expect("keys");
        assert!(before.contains("\"content\"") && !now.contains("\"content\"") && !now.contains("fb1_00"));
        // Locked once more, it is locked.
        assert!(matches!(lock_it(&home), Err(DeviceError::Keys { why: KeyTrouble::Locked, .. })));
        let asks = locked(&home);
        assert_eq!(asks.token.as_str(), "fb1_00");
        let given = given(&asks);
        cut::after(place);
        let unlocked = asks.unlock(&home, &NoHolders, &given);
        assert_eq!(cut::is_over(), unlocked.is_err());
        if unlocked.is_err() && is_locked(&home) {
            locked(&home).unlock(&home, &NoHolders, &given).expect("unlocked");
        }
        at_rest(&home);
        if done.is_ok() {
            assert!(place >= 5, "there are only {place} places");
            return;
        }
    }
}

#[test]
fn another_server_and_another_content_key_unlock_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = with_token(folder.path());
    lock_it(&home).expect("locked");
    let secret = Arc::clone(&locked(&home).secret);
    for (given, expected) in [
        (reply(&secret, (7, 5)), "the server has another content key than the one"),
        (reply(&secret, (4, 8)), "the server signs with another key"),
        (reply(&DeviceSecret::from_bytes([3; 32]), (4, 5)), "it was sealed to another device"),
    ] {
        let told = locked(&home).unlock(&home, &NoHolders, &given).expect_err("refused").to_string();
        assert!(told.contains(expected), "{told}");
        assert!(is_locked(&home));
    }
    let asks = locked(&home);
    let given = given(&asks);
    asks.unlock(&home, &NoHolders, &given).expect("unlocked");
    at_rest(&home);
}

/// The key that a home's database has.
fn key(home: &Home) -> DatabaseKey {
    open(home).expect("it opens").key
}

#[test]
fn cut_off_at_any_place_a_database_has_its_old_key_or_its_new_one_and_gets_the_new_one() {
    for place in 0.. {
        let folder = tempfile::tempdir().expect("a folder");
        let home = at_rest_in(folder.path());
        let before = key(&home);
        cut::after(place);
        let rotated = rotate(home.path(), &NoHolders);
        assert_eq!(cut::is_over(), rotated.is_err(), "cut at {place}");
        all_there(&home);
        if let Ok(rotated) = rotated {
            assert!(place >= 10, "there are only {place} places");
            assert_eq!(rotated, Rotated::Now);
            at_rest(&home);
            assert!(key(&home) != before);
            assert!(matches!(Store::open(&home.database(), &before), Err(StoreError::WrongKey)));
            return;
        }
        // What was named is done by whoever opens it next; what was not is done when it is asked for again.
        at_rest(&home);
        assert_eq!(rotate(home.path(), &NoHolders).expect("again"), Rotated::Now);
        at_rest(&home);
        assert!(key(&home) != before);
    }
}

#[test]
fn a_database_that_somebody_has_open_gets_its_new_key_later_and_never_two() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = at_rest_in(folder.path());
    let other = open(&home).expect("somebody has it open");
    assert_eq!(rotate(home.path(), &NoHolders).expect("named"), Rotated::Later);
    let named = KeysFile::read(&home).expect("keys");
    assert_eq!(rotate(home.path(), &NoHolders).expect("named"), Rotated::Later);
    assert_eq!(KeysFile::read(&home).expect("keys"), named, "one new key is enough");
    drop(other);
    at_rest(&home);
    assert_eq!(KeysFile::read(&home).expect("keys").expect("a file").database[0].number, 3);
}

#[test]
fn a_home_without_a_secret_is_neither_locked_nor_given_a_new_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = earlier(folder.path());
    let is_earlier = |error: DeviceError| matches!(error, DeviceError::Keys { why: KeyTrouble::Earlier, .. });
    assert!(is_earlier(lock_it(&home).expect_err("locked")));
    assert!(is_earlier(rotate(home.path(), &NoHolders).expect_err("rotated")));
    assert!(is_earlier(change_holder(home.path(), &NoHolders, &Hold::File).expect_err("held")));
    assert!(all_there(&home));
}
