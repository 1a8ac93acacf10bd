//! A kill at every step of an upgrade, on real files: what it leaves opens again, has all that was there, and comes to the
//! same in the end. The files are copied as they lie at each of so many steps of the database, which is what a kill leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fieldbook_device_store::{Asks, Export, Which};
use fieldbook_model::{Schema, Seq, json};
use fieldbook_server_store::{SqliteStore, Store as _};
use fieldbook_sim::pair::{self, Device};

use crate::formats::{copied, formats, schema};
use crate::tools::filled;

/// The databases of the oldest format, with more in them that waits.
fn shop() -> (tempfile::TempDir, SqliteStore, Device, Device) {
    let folder = copied(&formats()[0]);
    let server = SqliteStore::open_clear(&folder.path().join("server.db")).expect("a server");
    let (mut a, mut b) = devices(folder.path());
    let moment = a.moment();
    a.store.undo(moment, Some(Seq(3)), Asks::Anyway).expect("an undo that waits");
    b.act(&filled(r#"[{"delete":"customer","id":"$3"}]"#));
    (folder, server, a, b)
}

fn devices(folder: &Path) -> (Device, Device) {
    (Device::open(&folder.join("device-1.db"), 1), Device::open(&folder.join("device-2.db"), 2))
}

/// All that a device tells of itself.
fn told(device: &mut Device) -> Vec<String> {
    let log = (1..20).filter_map(|seq| device.store.op_text(Seq(seq)).expect("a log"));
    let mut all: Vec<String> = log.collect();
    all.extend(device.store.export(Export::Shown).expect("an export"));
    all.extend(device.store.export(Export::Confirmed).expect("an export"));
    all.push(format!("{:?}", device.store.facts().expect("facts").pending()));
    all
}

/// Copies a database with its log each time, and gives the copies.
fn copying(path: PathBuf, to: PathBuf) -> (impl FnMut() -> bool + Send + 'static, Arc<Mutex<usize>>) {
    let copies = Arc::new(Mutex::new(0));
    let count = Arc::clone(&copies);
    let copy = move || {
        let mut count = count.lock().expect("no panic");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let folder = to.join(format!("{count}"));
        fs::create_dir(&folder).expect("a folder");
        fs::copy(&path, folder.join(&name)).expect("a copy");
        let _ = fs::copy(path.with_file_name(format!("{name}-wal")), folder.join(format!("{name}-wal")));
        *count += 1;
        false
    };
    (copy, copies)
}

#[test]
fn a_device_killed_at_any_step_of_an_upgrade_has_lost_nothing_and_goes_on() {
    let (folder, mut server, mut a, mut b) = shop();
    pair::upgrade(&mut server, &schema(2));
    let reply = server.reader().and_then(|mut reader| reader.schemas(1)).expect("schemas");
    for (name, device) in [("device-1.db", &mut a), ("device-2.db", &mut b)] {
        let (n, before) = (name.as_bytes()[7] - b'0', told(device));
        let copies = tempfile::tempdir().expect("a folder");
        let (copy, count) = copying(folder.path().join(name), copies.path().to_owned());
        device.store.watch(40, copy).expect("a watcher");
        device.store.upgrade(&reply).expect("an upgrade");
        device.store.watch(0, || false).expect("no watcher");
        let after = told(device);
        assert_ne!(before, after);
        let count = *count.lock().expect("no panic");
        assert!(count > 20, "only {count} places in the upgrade of {name}");
        for place in 0..count {
            let mut left = Device::open(&copies.path().join(format!("{place}/{name}")), n);
            let lies = told(&mut left);
            assert!(lies == before || lies == after, "{name}, place {place}: {lies:#?}");
            left.store.upgrade(&reply).unwrap_or_else(|error| panic!("{name}, place {place}: {error}"));
            assert_eq!(told(&mut left), after, "{name}, place {place}");
        }
    }
}

#[test]
fn a_server_killed_at_any_step_of_an_upgrade_has_lost_nothing_and_goes_on() {
    let (folder, mut server, ..) = shop();
    let told = |server: &SqliteStore| {
        let mut reader = server.reader().expect("a reader");
        let mut all = reader.export().expect("an export");
        all.extend(reader.ops(fieldbook_model::Version::ZERO, 100).expect("ops").into_iter().map(|it| it.1));
        all.push(json::write(&reader.schemas(0).expect("schemas")));
        all
    };
    let (before, copies) = (told(&server), tempfile::tempdir().expect("a folder"));
    let (copy, count) = copying(folder.path().join("server.db"), copies.path().to_owned());
    server.watch(8, copy).expect("a watcher");
    pair::upgrade(&mut server, &schema(2));
    server.watch(0, || false).expect("no watcher");
    let after = told(&server);
    let count = *count.lock().expect("no panic");
    assert!(count > 20, "only {count} places");
    for place in 0..count {
        let left = copies.path().join(format!("{place}"));
        let mut opened = SqliteStore::open_clear(&left.join("server.db")).expect("a server");
        if told(&opened) == before {
            pair::upgrade(&mut opened, &schema(2));
        }
        assert_eq!(told(&opened), after, "place {place}");
        // What waits on devices counts there as ever.
        for name in ["device-1.db", "device-2.db"].into_iter().filter(|_| place % 10 == 0) {
            fs::copy(formats()[0].join(name), left.join(name)).expect("a copy");
        }
        if place % 10 == 0 {
            let (mut a, mut b) = devices(&left);
            a.sync(&mut opened);
            b.sync(&mut opened);
            a.sync(&mut opened);
            assert_eq!(a.store.facts().expect("facts").pending(), 0);
            assert_eq!(a.store.conflicts(Which::Open).expect("conflicts").len(), 1);
            let export = opened.reader().and_then(|mut reader| reader.export()).expect("an export");
            assert_eq!(a.store.export(Export::Shown).expect("an export"), export);
        }
    }
}

#[test]
fn an_upgrade_that_is_stopped_is_as_if_it_had_not_begun() {
    let (_folder, mut server, mut a, _) = shop();
    let next: Schema = schema(2);
    let export = |server: &SqliteStore| server.reader().and_then(|mut it| it.export()).expect("an export");
    let (before, log) = (export(&server), told(&mut a));
    for place in 3..60 {
        // Once: what is taken back then is not to be stopped too.
        let mut passed = 0;
        let stop = move || {
            passed += 1;
            passed == place
        };
        server.watch(4, stop).expect("a watcher");
        assert!(server.upgrade(&next).is_err(), "{place}");
        server.watch(0, || false).expect("no watcher");
        assert_eq!((export(&server), server.schema().version), (before.clone(), 1), "{place}");
    }
    a.sync(&mut server);
    pair::upgrade(&mut server, &next);
    assert_eq!(server.schema().version, 2);
    a.sync(&mut server);
    assert_ne!(told(&mut a), log);
}
