//! A device's home: the folder that holds everything of one device.
//!
//! ```text
//!   home.json      which server, workspace and user: no secret, no data
//!   fieldbook.db   the encrypted database
//!   device.key     its key, and a note beside it
//!   sync.lock      held by the process that syncs
//!   bell           written to after each commit, so that other processes look
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use fieldbook_model::json;
use fieldbook_model::{DeviceId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::error::DeviceError;

/// The number of the home's form.
const FORMAT: u32 = 1;

/// What `home.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeFile {
    /// The number of the home's form.
    pub format: u32,
    /// The address of the server.
    pub server: String,
    /// The workspace's name.
    pub workspace: String,
    /// Its id.
    pub workspace_id: WorkspaceId,
    /// The user's name.
    pub user: String,
    /// Its id.
    pub user_id: UserId,
    /// This device.
    pub device_id: DeviceId,
}

/// A device's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
}

impl Home {
    /// A folder that is or may become a home.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }
    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// The database.
    pub fn database(&self) -> PathBuf {
        self.path.join("fieldbook.db")
    }
    /// The file whose lock says who syncs.
    pub fn lock(&self) -> PathBuf {
        self.path.join("sync.lock")
    }

    /// Makes the folder, for its owner only.
    pub fn create(&self) -> Result<(), DeviceError> {
        make_folder(&self.path).map_err(|error| self.error(error))
    }

    /// Whether a device lives here.
    pub fn is_taken(&self) -> bool {
        self.path.join("home.json").exists()
    }

    /// Reads `home.json`.
    pub fn read(&self) -> Result<HomeFile, DeviceError> {
        let path = self.path.join("home.json");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(DeviceError::NoHome(self.path.clone()));
            }
            Err(error) => return Err(DeviceError::File { path, error }),
        };
        let wrong = |words: String| DeviceError::WrongHome { path: path.clone(), words };
        let file: HomeFile = json::parse(&text).map_err(|error| wrong(error.reason))?;
        match file.format {
            FORMAT => Ok(file),
            other => Err(wrong(format!("form {other} of a newer program; update this one"))),
        }
    }

    /// Writes `home.json`, whole or not at all. It is written last: a home without it is not taken.
    pub fn write(&self, file: &HomeFile) -> Result<(), DeviceError> {
        let (draft, path) = (self.path.join("home.json.new"), self.path.join("home.json"));
        let written = fs::write(&draft, json::write(file)).and_then(|()| fs::rename(&draft, &path));
        written.map_err(|error| DeviceError::File { path, error })
    }

    /// Removes what a sign-in that was cut off left behind. Never anything of a home that is taken.
    pub fn clear_leftovers(&self) -> Result<(), DeviceError> {
        assert!(!self.is_taken(), "BUG: a taken home is no leftover");
        for name in ["fieldbook.db", "fieldbook.db-wal", "fieldbook.db-shm", "device.key", "home.json.new"] {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(self.error(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn error(&self, error: std::io::Error) -> DeviceError {
        DeviceError::File { path: self.path.clone(), error }
    }
}

impl HomeFile {
    /// A file of the present form.
    pub fn new(
        server: String,
        (workspace, workspace_id): (String, WorkspaceId),
        (user, user_id): (String, UserId),
        device_id: DeviceId,
    ) -> Self {
        Self { format: FORMAT, server, workspace, workspace_id, user, user_id, device_id }
    }
}

#[cfg(unix)]
fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}
