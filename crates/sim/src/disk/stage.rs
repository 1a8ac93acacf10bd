//! The stage of one run: a device and a server, one of them on a disk that may fail, the other on one that holds.

use std::path::{Path, PathBuf};
use std::{fs, io};

use fieldbook_device_store::{Export, Identity, Kind, LogEntry, LogFilter, Store, StoreError, Which};
use fieldbook_faulty_disk::{Disk, Loss};
use fieldbook_model::{Epoch, Limits, Schema, Seq, json};
use fieldbook_protocol::{Answer, Standing};
use fieldbook_server_store::{SqliteStore, Store as _, StoreError as ServerError};

use super::trouble::Trouble;
use crate::pair::{Device, KEY, NEW_KEY, WORKSPACE, principal};

/// Whose disk it is that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The device's.
    Device,
    /// The server's.
    Server,
}

/// The files of a folder.
pub type Files = Vec<(String, Vec<u8>)>;

/// What lies in a folder before a script begins.
#[derive(Debug, Default, Clone)]
pub struct Base {
    /// On the disk that may fail.
    pub ill: Files,
    /// On the one that holds.
    pub well: Files,
    /// What devices send, in the order in which they do, each with whose it is.
    pub requests: Vec<(u8, String)>,
    /// Where devices stand that have seen more than the server has.
    pub standings: Vec<Standing>,
}

/// The device of the scripts.
pub const DEVICE: &str = "device.db";
/// The server.
pub const SERVER: &str = "server.db";
/// Another device, on a disk that holds.
pub const OTHER: &str = "other.db";

/// A folder on a disk of its own.
struct Place {
    folder: tempfile::TempDir,
    disk: Disk,
}

impl Place {
    fn with(files: &Files) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes)?;
        }
        let disk = Disk::over(folder.path())?;
        Ok(Self { folder, disk })
    }
}

/// A stage.
pub struct Stage {
    /// Whose disk may fail.
    pub side: Side,
    ill: Place,
    well: Place,
    /// The device, while it runs.
    pub device: Option<Store>,
    second: Option<Store>,
    /// The server, while it runs.
    pub server: Option<SqliteStore>,
    other: Option<Device>,
    /// What devices send.
    pub requests: Vec<(u8, String)>,
    /// Where devices stand that have seen more than the server has.
    pub standings: Vec<Standing>,
    /// What `act` returned for, with the text of the op.
    pub promised: Vec<(Seq, String)>,
    /// What the server gave out: for each request the answers.
    pub answered: Vec<(usize, Vec<Answer>)>,
    /// What was shown at each moment at which nothing was under way; only in a run that notes it.
    pub seen: Option<Vec<String>>,
    /// How many steps that happen elsewhere have happened.
    pub elsewhere: usize,
    /// What the script makes was made: from then on it must open.
    pub made: bool,
}

/// Opens a device's database, as whoever knows both keys that it may have.
fn keyed(path: &Path) -> Result<Store, StoreError> {
    match Store::open(path, &KEY) {
        Err(StoreError::WrongKey) => Store::open(path, &NEW_KEY),
        opened => opened,
    }
}

impl Stage {
    /// Lays the files out. Nothing is open yet.
    ///
    /// # Panics
    /// When there is no room for temporary files.
    pub fn lay(side: Side, base: &Base) -> Self {
        fieldbook_faulty_disk::install();
        let place = |files| Place::with(files).expect("BUG: no room for temporary files");
        Self {
            side,
            ill: place(&base.ill),
            well: place(&base.well),
            device: None,
            second: None,
            server: None,
            other: None,
            requests: base.requests.clone(),
            standings: base.standings.clone(),
            promised: Vec::new(),
            answered: Vec::new(),
            seen: None,
            elsewhere: 0,
            made: !base.ill.is_empty(),
        }
    }

    /// The disk that may fail.
    pub fn disk(&self) -> &Disk {
        &self.ill.disk
    }

    /// Where the file of one side lies.
    pub fn path(&self, side: Side) -> PathBuf {
        let place = if side == self.side { &self.ill } else { &self.well };
        let name = if side == Side::Device { DEVICE } else { SERVER };
        place.folder.path().join(name)
    }

    /// Opens what is not open yet.
    ///
    /// # Errors
    /// When what lies on the disk that may fail does not open.
    ///
    /// # Panics
    /// When anything else does not.
    pub fn open(&mut self) -> Result<(), Trouble> {
        let path = self.path(self.side);
        if self.device.is_some() || self.server.is_some() && self.side == Side::Server || !path.exists() {
            return Ok(());
        }
        match self.side {
            Side::Device => match keyed(&path) {
                Ok(store) => {
                    self.device = Some(store);
                    self.ill.disk.folder_is_synced();
                }
                // Its setup was cut off, and whoever sets it up again begins anew.
                Err(error) if !self.made && error.kind() == Kind::Fatal => self.clear(),
                Err(error) => return Err(error.into()),
            },
            Side::Server => match SqliteStore::open_clear(&path) {
                Ok(store) => {
                    self.server = Some(store);
                    self.ill.disk.folder_is_synced();
                }
                // Whoever makes it again goes on where the first has stopped.
                Err(ServerError::Unusable(_)) if !self.made => {}
                Err(error) => return Err(error.into()),
            },
        }
        Ok(())
    }

    /// The device through another connection, as another process has it.
    ///
    /// # Errors
    /// When it does not open.
    pub fn second(&mut self) -> Result<&mut Store, Trouble> {
        if self.second.is_none() {
            self.second = Some(keyed(&self.path(Side::Device))?);
            self.ill.disk.folder_is_synced();
        }
        Ok(self.second.as_mut().expect("BUG: it was opened above"))
    }

    /// The device, which runs.
    ///
    /// # Panics
    /// When a script uses it before it is there.
    pub fn device(&mut self) -> &mut Store {
        self.device.as_mut().expect("BUG: the script has no device yet")
    }

    /// The server, which is opened where it is on the disk that holds.
    ///
    /// # Panics
    /// When it does not open there.
    pub fn server(&mut self) -> &mut SqliteStore {
        let (is_well, path) = (self.side == Side::Device, self.path(Side::Server));
        let server = &mut self.server;
        if server.is_none() && is_well {
            *server = Some(SqliteStore::open_clear(&path).expect("BUG: the server's disk holds"));
        }
        server.as_mut().expect("BUG: the script has no server yet")
    }

    /// The other device and the server, both on the disk that holds.
    pub fn others(&mut self) -> (&mut Device, &mut SqliteStore) {
        self.server();
        let path = self.well.folder.path().join(OTHER);
        let other = self.other.get_or_insert_with(|| Device::open(&path, 2));
        (other, self.server.as_mut().expect("BUG: it was opened above"))
    }

    /// What runs on the disk that may fail ends.
    pub fn close(&mut self) {
        match self.side {
            Side::Device => (self.device, self.second) = (None, None),
            Side::Server => self.server = None,
        }
    }

    /// The machine loses its power, and starts again with what the loss leaves.
    ///
    /// # Panics
    /// When there is no room for temporary files.
    pub fn restart(&mut self, loss: Loss, seed: u64) {
        self.close();
        self.ill.disk.restart(loss, seed).expect("BUG: no room for temporary files");
    }

    /// A person removes what a setup that was cut off has left, as signing in again does.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn clear(&mut self) {
        self.close();
        self.ill.disk.clear().expect("BUG: a folder that can be written");
    }

    /// Nothing is under way: notes what is shown, in a run that notes it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn mark(&mut self) -> Result<(), Trouble> {
        if self.seen.is_some() {
            let shows = self.shows()?;
            self.seen.get_or_insert_default().push(shows);
        }
        Ok(())
    }

    /// What is shown at this moment: what moves in one transaction, or not at all.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn shows(&mut self) -> Result<String, Trouble> {
        match self.side {
            Side::Device => {
                let Some(store) = &mut self.device else { return Ok(String::new()) };
                let mut lines = store.export(Export::Shown)?;
                lines.push("confirmed:".into());
                lines.extend(store.export(Export::Confirmed)?);
                let facts = store.facts()?;
                lines.push(format!("{} ops, {} pending", facts.last, facts.pending()));
                Ok(lines.join("\n"))
            }
            Side::Server => {
                let Some(store) = &self.server else { return Ok(String::new()) };
                let mut reader = store.reader()?;
                let mut lines = reader.export()?;
                lines.push(format!("{:?}", reader.head()?));
                Ok(lines.join("\n"))
            }
        }
    }

    /// All that the side on the disk that may fail tells of itself.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn tells(&mut self) -> Result<String, Trouble> {
        let mut all = self.shows()?;
        match self.side {
            Side::Device => {
                let store = self.device();
                for entry in log(store)? {
                    all.push_str(&format!("\n{entry:?}\n{:?}", store.op_text(entry.seq)?));
                }
                let facts = store.facts()?;
                all.push_str(&format!("\n{:?} {}", facts.cursor, facts.schema));
                all.push_str(&format!("\n{:?}", store.conflicts(Which::All)?));
                all.push_str(&format!("\n{:?} {:?}", store.scopes()?, store.cut_offs()?));
            }
            Side::Server => {
                let store = self.server();
                let mut reader = store.reader()?;
                for (version, text) in reader.ops(fieldbook_model::Version::ZERO, 10_000)? {
                    all.push_str(&format!("\n{version} {text}"));
                }
                all.push_str(&format!("\n{}\n{:?}", json::write(&reader.schemas(0)?), store.recovery()?));
            }
        }
        Ok(all)
    }
}

/// A device's whole log.
///
/// # Errors
/// When it cannot be read.
pub fn log(store: &mut Store) -> Result<Vec<LogEntry>, Trouble> {
    Ok(store.log(LogFilter { state: None, from: None, max: 10_000, newest_first: false })?)
}

/// Whose database the device of the scripts has.
pub fn identity(schema: &Schema) -> Identity {
    let principal = principal(1);
    Identity {
        workspace_id: WORKSPACE,
        workspace: "pair".into(),
        user_id: principal.user,
        user: principal.name,
        device_id: principal.device,
        role: principal.role.to_string(),
        schema: schema.clone(),
        limits: Limits::default(),
        epoch: Epoch(1),
    }
}
