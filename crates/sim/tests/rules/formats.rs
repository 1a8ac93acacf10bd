//! Databases that earlier programs wrote (`fixtures/formats`), opened by this one: their format is renewed, their schema
//! brought to the next version, and what waited in them for however long still counts.

use std::fs;
use std::path::{Path, PathBuf};

use fieldbook_device_store::{Asks, Export, OpState, Which};
use fieldbook_model::Schema;
use fieldbook_model::schema::toml;
use fieldbook_server_store::{SqliteStore, Store as _};
use fieldbook_sim::pair::{self, Device};

use crate::tools::{filled, id};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/formats")
}

pub fn schema(version: u32) -> Schema {
    let file = folder().join(format!("schema-{version}.toml"));
    let text = fs::read_to_string(&file).expect("a schema file");
    toml::read("schema.toml", &text).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// A copy of the databases of a format, which may be written.
pub fn copied(format: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(format).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("a copy");
    }
    copy
}

pub fn formats() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut formats: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    formats.sort();
    formats
}

fn open(folder: &Path) -> (SqliteStore, Device, Device) {
    let server = SqliteStore::open_clear(&folder.join("server.db"));
    let server = server.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    (server, Device::open(&folder.join("device-1.db"), 1), Device::open(&folder.join("device-2.db"), 2))
}

#[test]
fn every_format_that_was_written_opens_and_goes_on_under_a_newer_schema() {
    let formats = formats();
    assert!(!formats.is_empty(), "no format was ever written");
    for format in formats {
        let copy = copied(&format);
        let (mut server, mut a, mut b) = open(copy.path());
        pair::upgrade(&mut server, &schema(2));
        let answers = b.push(&mut server).expect("answers");
        let rejected = answers.iter().filter(|answer| format!("{answer:?}").contains("Rejected")).count();
        assert_eq!((answers.len(), rejected), (2, 0), "{}: {answers:?}", format.display());
        a.sync(&mut server);
        b.sync(&mut server);
        for device in [&mut a, &mut b] {
            let export = device.store.export(Export::Shown).expect("an export").join("\n");
            for part in [
                r#""fields":{"title":"Chai","stock":"4.0","unit":"box"}"#,
                r#""fields":{"title":"Cake","stock":"3.0","unit":"box"}"#,
                r#""fields":{"first":"Ann","last":"Smythe","number":"X1"}"#,
            ] {
                assert!(export.contains(part), "{}: {part}\n{export}", format.display());
            }
            assert!(!export.contains("Mug"), "{export}");
            assert_eq!(device.store.conflicts(Which::Open).expect("conflicts").len(), 1);
            assert_eq!(device.store.facts().expect("facts").pending(), 0);
        }
    }
}

#[test]
fn an_undo_reaches_an_op_of_an_older_format() {
    for format in formats() {
        let copy = copied(&format);
        let (mut server, mut a, _) = open(copy.path());
        pair::upgrade(&mut server, &schema(2));
        a.sync(&mut server);
        // The fourth op deleted the mug, long ago.
        let moment = a.moment();
        a.store.undo(moment, Some(fieldbook_model::Seq(4)), Asks::Anyway).expect("an undo");
        a.sync(&mut server);
        let export = server.reader().and_then(|mut reader| reader.export()).expect("an export").join("\n");
        let mug = format!(r#"{{"type":"article","id":"{}""#, id(2));
        assert!(export.contains(&mug) && export.contains("Mug"), "{export}");
    }
}

#[test]
fn a_file_that_waited_is_renewed_once_and_stays_what_it_is() {
    for format in formats() {
        let copy = copied(&format);
        let before = {
            let (_, mut a, _) = open(copy.path());
            a.store.export(Export::Shown).expect("an export")
        };
        let (server, mut a, mut b) = open(copy.path());
        assert_eq!(a.store.export(Export::Shown).expect("an export"), before);
        assert_eq!(server.schema().version, 1);
        let waiting = fieldbook_device_store::LogFilter {
            state: Some(OpState::Waiting),
            from: None,
            max: 9,
            newest_first: false,
        };
        assert_eq!(b.store.log(waiting).expect("a log").len(), 2);
        a.act(&filled(r#"[{"update":"product","id":"$1","add":{"stock":1}}]"#));
    }
}
