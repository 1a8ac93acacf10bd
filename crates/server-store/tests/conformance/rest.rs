//! What lies on a server's disk: nothing that reads without the key, and nothing changes under a key that does not fit.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use fieldbook_crypto::{Fresh, OuterKey};
use fieldbook_model::WallTime;
use fieldbook_server_store::{By, Data, DataError, KeysError, Outer, Store, Unlock, keys};
use rusqlite::{Connection, OpenFlags};

use crate::builder::{Device, WORKSPACE, product, shop};
use crate::world::{World, opened, unlock};

const CANARY: &str = "canary-on-the-disk";

fn named(byte: u8) -> Unlock {
    Unlock { outer: Outer::Named(OuterKey::from_bytes([byte; 32])), ..unlock() }
}

/// A folder with a workspace that holds a word.
fn made(folder: &Path, unlock: &Unlock) -> Data {
    let data = Data::open(folder, unlock).unwrap();
    data.create_workspace("Shop", &shop(), WORKSPACE, &By::operator("root"), WallTime(5)).unwrap();
    let mut world = World { store: Box::new(data.open_store(WORKSPACE).unwrap()) };
    let mut a = Device::new(1);
    let op = a.op([product(1, CANARY)]);
    world.push(&a, &[&op]);
    data
}

/// Every file and what is in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for part in [folder.to_owned(), folder.join("workspaces")] {
        for path in fs::read_dir(part).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_file() {
                found.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn refused(folder: &Path, unlock: &Unlock) -> KeysError {
    let before = files(folder);
    let error = match Data::open_to_serve(folder, unlock) {
        Err(DataError::Keys(error)) => error,
        other => panic!("{:?}", other.map(drop)),
    };
    let same = matches!(Data::open(folder, unlock), Err(DataError::Keys(_)));
    assert!(same, "both doors refuse");
    assert!(before == files(folder), "something was changed");
    error
}

#[test]
fn a_file_opens_under_its_own_key_and_no_other_way() {
    let folder = tempfile::tempdir().unwrap();
    let data = made(folder.path(), &unlock());
    let store = data.open_store(WORKSPACE).unwrap();
    let reader = store.reader().unwrap();
    assert!(files(folder.path()).iter().any(|(name, bytes)| name.ends_with(".db-wal") && bytes.len() > 4096));
    for (name, bytes) in files(folder.path()) {
        let clear = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!clear && !bytes.starts_with(b"SQLite format 3"), "{name} is in clear");
    }
    drop((reader, store, data));
    let workspace = format!("workspaces/{WORKSPACE}.db");
    let count = |file: &str, pragma: &str, table: &str| {
        let it =
            Connection::open_with_flags(folder.path().join(file), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        it.execute_batch(pragma).unwrap();
        it.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))
    };
    for (file, other, table) in
        [("accounts.db", workspace.as_str(), "workspace"), (&workspace, "accounts.db", "record")]
    {
        let key = |of: &str| format!("PRAGMA key = \"{}\"", *opened(folder.path(), of));
        assert_eq!(count(file, &key(file), table), Ok(1));
        assert!(count(file, &key(other), table).is_err(), "another file's key opens {file}");
        assert!(count(file, "", table).is_err(), "{file} opens without a key");
    }
}

#[test]
fn a_key_that_does_not_fit_opens_nothing_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    drop(made(path, &named(1)));
    assert!(!path.join("server.key").exists(), "one was named");
    assert!(matches!(refused(path, &named(2)), KeysError::Wrong { .. }));
    assert!(matches!(refused(path, &unlock()), KeysError::None(_)));
    fs::write(path.join("server.key"), "no key\n").unwrap();
    assert!(matches!(refused(path, &unlock()), KeysError::NoKey(_)));
    let kept = fs::read_to_string(path.join("keys.json")).unwrap();
    for (broken, newer) in [
        (kept.replace("\"v\":1", "\"v\":2"), true),
        (kept[..kept.len() - 9].to_owned(), false),
        (String::new(), false),
        (kept.replace("\"text\":\"", "\"text\":\"00").replacen("00\"}", "\"}", 1), false),
    ] {
        fs::write(path.join("keys.json"), broken).unwrap();
        let error = refused(path, &named(1));
        assert!(matches!((newer, &error), (true, KeysError::Newer) | (false, KeysError::Damaged)), "{error}");
    }
    fs::remove_file(path.join("keys.json")).unwrap();
    assert!(matches!(refused(path, &named(1)), KeysError::Lost(name) if name == "accounts.db"));
    // Nor where the accounts are gone as well.
    fs::rename(path.join("accounts.db"), path.join("kept")).unwrap();
    assert!(matches!(refused(path, &named(1)), KeysError::Lost(_)));
    fs::rename(path.join("kept"), path.join("accounts.db")).unwrap();
    fs::write(path.join("keys.json"), kept).unwrap();
    assert_eq!(Data::open(path, &named(1)).unwrap().accounts().workspaces().unwrap().len(), 1);
}

#[test]
fn a_new_outer_key_takes_the_place_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let data = made(path, &named(1));
    let before = keys::fingerprint(path).unwrap();
    assert!(matches!(named(1).rotate(path, None), Err(KeysError::Elsewhere(_))));
    let next = path.join("next");
    assert!(matches!(named(2).rotate(path, Some(&next)), Err(KeysError::Wrong { .. })));
    assert_eq!(keys::fingerprint(path).unwrap(), before, "nothing has changed");
    assert!(!next.exists());
    fs::write(&next, &*OuterKey::from_bytes([2; 32]).write()).unwrap();
    let after = named(1).rotate(path, Some(&next)).unwrap();
    assert_ne!(after, before);
    // Whoever has it open goes on.
    assert_eq!(data.open_store(WORKSPACE).unwrap().workspace(), WORKSPACE);
    drop(data);
    assert!(matches!(refused(path, &named(1)), KeysError::Wrong { fingerprint, .. } if fingerprint == after));
    Data::open(path, &named(2)).unwrap();
}

/// Two operators, or a script that runs twice: what the data are under is what lies in the file, whoever made it.
#[test]
fn keys_that_are_made_at_the_same_time_lock_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let (next, other) = (folder.path().join("next"), folder.path().join("other"));
    let folders = ["a", "b", "c"].map(|name| folder.path().join(name));
    for one in &folders {
        fs::create_dir(one).unwrap();
        drop(made(one, &named(1)));
    }
    let rotated = std::thread::scope(|threads| {
        let tries: Vec<_> = folders
            .iter()
            .flat_map(|one| [(one, &next), (one, &next), (one, &other)])
            .map(|(one, next)| threads.spawn(move || named_freshly().rotate(one, Some(next)).is_ok()))
            .collect();
        tries.into_iter().map(|it| it.join().unwrap()).filter(|done| *done).count()
    });
    assert_eq!(rotated, folders.len(), "each once");
    let keys = [&next, &other].map(|path| keys::read_key(path).unwrap());
    for one in &folders {
        let opens = |key: &OuterKey| Data::open(one, &by(key)).is_ok();
        assert!(keys.iter().flatten().any(opens), "{}", one.display());
    }
}

/// The first key, and randomness that is another each time.
fn named_freshly() -> Unlock {
    static DRAWN: AtomicU8 = AtomicU8::new(10);
    let fresh = || Fresh::new([DRAWN.fetch_add(1, Ordering::Relaxed); 32]);
    Unlock { fresh, ..named(1) }
}

fn by(key: &OuterKey) -> Unlock {
    Unlock { outer: Outer::Named(OuterKey::from_bytes(*key.expose())), ..named(1) }
}

#[test]
fn a_new_key_beside_the_data_opens_it_from_wherever_a_kill_left_the_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    drop(made(path, &unlock()));
    let file = |name: &str| path.join(name);
    let kept = fs::read(file("server.key")).unwrap();
    let fresh = Unlock { outer: Outer::Beside, fresh: || Fresh::new([8; 32]) };
    fresh.rotate(path, None).unwrap();
    let new = fs::read(file("server.key")).unwrap();
    assert_ne!(kept, new);
    // Killed between the two renames: keys.json is under the new one, which has not got its name yet.
    fs::write(file("server.key.new"), &new).unwrap();
    fs::write(file("server.key"), &kept).unwrap();
    drop(Data::open(path, &unlock()).unwrap());
    assert_eq!(fs::read(file("server.key")).unwrap(), new);
    assert!(!file("server.key.new").exists());
    // Killed before the first: the new one opens nothing yet.
    fs::write(file("server.key.new"), kept).unwrap();
    drop(Data::open(path, &unlock()).unwrap());
    assert_eq!(fs::read(file("server.key")).unwrap(), new);
}

#[test]
fn a_folder_in_clear_is_refused_until_a_server_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("workspaces")).unwrap();
    Connection::open(path.join("accounts.db"))
        .unwrap()
        .execute_batch("CREATE TABLE one (n INTEGER)")
        .unwrap();
    assert!(matches!(Data::open(path, &unlock()), Err(DataError::Keys(KeysError::Clear(_)))));
    assert!(!path.join("keys.json").exists());
}

#[test]
fn a_copy_opens_with_the_key_of_the_folder_that_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("data"), folder.path().join("copy"));
    let data = made(&path, &unlock());
    data.copy_to(&to).unwrap();
    for (name, bytes) in files(&to) {
        assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()), "{name}");
    }
    assert!(!to.join("server.key").exists(), "the key lies beside the backup");
    assert!(matches!(refused(&to, &unlock()), KeysError::None(_)));
    let outer = keys::read_key(&path.join("server.key")).unwrap().unwrap();
    let copied = Data::open(&to, &Unlock { outer: Outer::Named(outer), ..unlock() }).unwrap();
    assert_eq!(copied.open_store(WORKSPACE).unwrap().reader().unwrap().export().unwrap().len(), 1);
}
