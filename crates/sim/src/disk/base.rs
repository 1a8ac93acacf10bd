//! What is there before a script begins: made by the real stores, hand in hand, and kept as files.

use std::fs;
use std::path::{Path, PathBuf};

use fieldbook_device_store::Ask;
use fieldbook_faulty_disk::{Disk, install};
use fieldbook_model::schema::toml;
use fieldbook_model::{RecordId, Schema, Seq};
use fieldbook_server_store::SqliteStore;

use super::stage::{Base, DEVICE, Files, OTHER, SERVER, Side};
use crate::pair::{Device, WORKSPACE};

/// A record id that is easy to recognise.
pub fn id(number: u8) -> RecordId {
    RecordId::v7(1_000, [number; 10])
}

/// Changes with `$n` for ids.
pub fn filled(changes: &str) -> String {
    (1..10).fold(changes.to_owned(), |text, n| text.replace(&format!("${n}"), &id(n).to_string()))
}

/// The kept databases of every format that was released.
fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/formats")
}

/// A version of the schema of the kept databases.
///
/// # Panics
/// When it cannot be read.
pub fn schema(version: u32) -> Schema {
    let text = match version {
        1 => include_str!("../../../../fixtures/formats/schema-1.toml"),
        _ => include_str!("../../../../fixtures/formats/schema-2.toml"),
    };
    toml::read("schema.toml", text).expect("BUG: the schema of the kept databases")
}

/// A server and two devices in one folder, while a base is made.
pub struct Making {
    /// The server.
    pub server: SqliteStore,
    /// The device of the scripts.
    pub a: Device,
    /// Another.
    pub b: Device,
    folder: tempfile::TempDir,
    // Nothing of it has to reach a real disk.
    _disk: Disk,
}

impl Making {
    /// An empty workspace with two devices.
    ///
    /// # Panics
    /// When there is no room for temporary files.
    pub fn of(schema: &Schema) -> Self {
        install();
        let folder = tempfile::tempdir().expect("BUG: no room for temporary files");
        let disk = Disk::over(folder.path()).expect("BUG: no room for temporary files");
        let file = |name: &str| folder.path().join(name);
        let server = SqliteStore::create_clear(&file(SERVER), schema, WORKSPACE).expect("BUG: a new server");
        let a = Device::create(&file(DEVICE), 1, schema);
        let b = Device::create(&file(OTHER), 2, schema);
        Self { server, a, b, folder, _disk: disk }
    }

    /// A shop: tea `$1` of which there are ten, the mug `$2`, and the customer `$3`, on both devices.
    pub fn shop() -> Self {
        let mut making = Self::of(&schema(1));
        making.a.act(&filled(
            r#"[{"insert":"product","id":"$1","fields":{"name":"Tea","stock":10}},
                {"insert":"product","id":"$2","fields":{"name":"Mug"}},
                {"insert":"customer","id":"$3","fields":{"name":"Ann Smith","code":"X1"}}]"#,
        ));
        making.level();
        making
    }

    /// A house `$1` with the floors `$3` and `$4`, on the first the pump `$5` with its remark `$6` and the visits `$7` of
    /// March and `$8` of May. B has all of it, A nothing.
    pub fn house() -> Self {
        let mut making = Self::of(crate::estate::estate());
        making.b.act(&filled(
            r#"[{"insert":"estate","id":"$1","fields":{"name":"estate"}},
                {"insert":"building","id":"$2","fields":{"estate":"$1","name":"house"}},
                {"insert":"floor","id":"$3","fields":{"building":"$2","name":"ground"}},
                {"insert":"floor","id":"$4","fields":{"building":"$2","name":"attic"}},
                {"insert":"asset","id":"$5","fields":{"floor":"$3","name":"pump"}},
                {"insert":"remark","id":"$6","fields":{"asset":"$5","text":"drips"}},
                {"insert":"visit","id":"$7","fields":{"floor":"$3","day":"2026-03-01","text":"first"}},
                {"insert":"visit","id":"$8","fields":{"floor":"$3","day":"2026-05-01","text":"second"}}]"#,
        ));
        making.b.store.load(&house(), true).expect("BUG: a scope");
        making.level();
        making
    }

    /// Both devices send and take in all that there is.
    pub fn level(&mut self) {
        self.a.sync(&mut self.server);
        self.b.sync(&mut self.server);
        self.a.sync(&mut self.server);
    }

    /// Copies of the files as they are, before more is done.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn kept(self) -> Files {
        let Self { server, a, b, folder, _disk } = self;
        drop((server, a, b));
        let names = [DEVICE, SERVER, OTHER].into_iter();
        let read = |name: &str| fs::read(folder.path().join(name)).expect("BUG: a file of a base");
        names.map(|name| (name.to_owned(), read(name))).collect()
    }

    /// The same with the program that wrote them going on.
    pub fn kept_so_far(self) -> (Files, Self) {
        let files = self.kept();
        (files.clone(), Self::over(&files))
    }

    /// Goes on with some files.
    fn over(files: &Files) -> Self {
        let folder = tempfile::tempdir().expect("BUG: no room for temporary files");
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).expect("BUG: no room for temporary files");
        }
        let disk = Disk::over(folder.path()).expect("BUG: no room for temporary files");
        let file = |name: &str| folder.path().join(name);
        let server = SqliteStore::open_clear(&file(SERVER)).expect("BUG: a server of a base");
        let (a, b) = (Device::open(&file(DEVICE), 1), Device::open(&file(OTHER), 2));
        Self { server, a, b, folder, _disk: disk }
    }

    /// For a script whose device is on the disk that fails.
    pub fn of_device(self) -> Base {
        split(self.kept(), Side::Device)
    }

    /// For a script whose server is on the disk that fails, with what both devices still have to send, so many ops at a time.
    pub fn of_server(mut self, ops: u32) -> Base {
        let mut requests = Vec::new();
        for (n, device) in [(1, &mut self.a), (2, &mut self.b)] {
            let mut from = device.store.facts().expect("BUG: facts").next;
            let ask =
                |from: Seq| Ask { from: Some(from), ops_max: ops, bytes_max: 1 << 20, head_only: false };
            while let Some(batch) = device.store.collect(ask(from)).expect("BUG: a batch") {
                from = batch.last.next();
                requests.push((n, batch.body));
            }
        }
        Base { requests, ..split(self.kept(), Side::Server) }
    }
}

/// The scope of the house.
pub fn house() -> fieldbook_model::Scope {
    fieldbook_model::Scope { of: "estate".into(), id: id(1) }
}

/// Files by the disk that they lie on.
pub fn split(files: Files, side: Side) -> Base {
    let ill = if side == Side::Device { DEVICE } else { SERVER };
    let (ill, well) = files.into_iter().partition(|(name, _)| name == ill);
    Base { ill, well, ..Base::default() }
}

/// The kept databases of a format.
///
/// # Panics
/// When they cannot be read.
pub fn format(number: u32, side: Side) -> Base {
    let folder = formats().join(number.to_string());
    let read = |name: &str| fs::read(folder.join(name)).expect("BUG: a kept database");
    let names = [(DEVICE, "device-1.db"), (OTHER, "device-2.db"), (SERVER, "server.db")];
    split(names.map(|(name, from)| (name.to_owned(), read(from))).to_vec(), side)
}
