//! A device's home: the folder that holds everything of one device.
//!
//! ```text
//!   home.json      which server, workspace and user: no secret, no data
//!   fieldbook.db   the encrypted database
//!   keys.json      its key and the content key, both of no use without the secret; the secret itself, if a passphrase holds it
//!   device.secret  else the device secret, and a note beside it
//!   support.json   to whom diagnostics are encrypted: public
//!   making.json    workspaces that were asked for and not answered: no secret, no data
//!   device.key     in their place in a home of an earlier program: the database's key
//!   sync.lock      held by the process that syncs
//!   sync.json      which process that is, and how it goes: no data
//!   sign-in.lock   held by the process that signs in
//!   bell           written to after each commit, so that other processes look
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use fieldbook_device_store::Identity;
use fieldbook_model::json;
use fieldbook_model::{DeviceId, UserId, WorkspaceId};
use fieldbook_protocol::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::cut;
use crate::error::DeviceError;
use crate::keys;

/// The number of the home's form.
const FORMAT: u32 = 2;
/// The form of a home without `keys.json`: `device.key` opens it.
const EARLIER: u32 = 1;

/// The database's file.
const DATABASE: &str = "fieldbook.db";

/// What `home.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeFile {
    /// The number of the home's form.
    pub format: u32,
    /// The address of the server.
    pub server: String,
    /// The one certificate of it that is trusted; without one, what the system trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
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

/// As much of `home.json` as every form of it has.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

/// What `home.json` tells.
#[derive(Debug)]
pub enum Told {
    /// All that belongs there.
    Whole(HomeFile),
    /// There is no such file.
    Missing,
    /// It is empty, or cannot be understood, for this reason: what is lost is only the file.
    Unreadable(String),
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
        self.path.join(DATABASE)
    }
    /// The file whose lock says who syncs.
    pub fn lock(&self) -> PathBuf {
        self.path.join("sync.lock")
    }

    /// What the process that syncs says of itself.
    pub fn sync_report(&self) -> PathBuf {
        self.path.join("sync.json")
    }

    /// The file whose lock says who signs in.
    pub fn sign_in_lock(&self) -> PathBuf {
        self.path.join("sign-in.lock")
    }

    /// Makes the folder, for its owner only.
    pub fn create(&self) -> Result<(), DeviceError> {
        make_folder(&self.path).map_err(|error| self.error(error))
    }

    /// Reads `home.json` as far as it can be read.
    pub fn look(&self) -> Result<Told, DeviceError> {
        let path = self.path.join("home.json");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Told::Missing),
            Err(error) => return Err(DeviceError::File { path, error }),
        };
        if bytes.trim_ascii().is_empty() {
            return Ok(Told::Unreadable("it is empty".into()));
        }
        let form: Form = match json::parse_bytes(&bytes) {
            Ok(form) => form,
            Err(error) => return Ok(Told::Unreadable(error.reason)),
        };
        if !(EARLIER..=FORMAT).contains(&form.format) {
            let words = format!("form {} of a newer program; update this one", form.format);
            return Err(DeviceError::WrongHome { path, words });
        }
        Ok(json::parse_bytes(&bytes).map_or_else(|error| Told::Unreadable(error.reason), Told::Whole))
    }

    /// Reads `home.json`, or says what to do.
    pub fn read(&self) -> Result<HomeFile, DeviceError> {
        let why = match self.look()? {
            Told::Whole(file) => return Ok(file),
            Told::Missing if !self.database().exists() => {
                return Err(DeviceError::NoHome(self.path.clone()));
            }
            Told::Missing => "it is missing".to_owned(),
            Told::Unreadable(why) => why,
        };
        Err(DeviceError::LostHomeFile { home: self.path.clone(), why })
    }

    /// Writes `home.json`, whole or not at all, whatever moment the power fails. It is written last.
    pub fn write(&self, file: &HomeFile) -> Result<(), DeviceError> {
        self.save("home.json", &json::write(file))
    }

    /// Writes a file, whole or not at all, whatever moment the power fails.
    pub fn save(&self, name: &str, text: &str) -> Result<(), DeviceError> {
        self.replace(name, text, File::create)
    }

    /// The same of a file that only its owner may read.
    pub fn save_private(&self, name: &str, text: &str) -> Result<(), DeviceError> {
        self.replace(name, text, private_file)
    }

    /// The same, and what the file held before is overwritten where it lies, and not only let go of.
    pub fn save_over(&self, name: &str, text: &str) -> Result<(), DeviceError> {
        let path = self.path.join(name);
        let at = |error| DeviceError::File { path: path.clone(), error };
        let before = OpenOptions::new().write(true).open(&path).map_err(at)?;
        self.save(name, text)?;
        overwrite(before).map_err(at)
    }

    fn replace(
        &self,
        name: &str,
        text: &str,
        make: fn(PathBuf) -> std::io::Result<File>,
    ) -> Result<(), DeviceError> {
        let (draft, path) = (self.path.join(format!("{name}.new")), self.path.join(name));
        let written = cut::here().and_then(|()| make(draft.clone())).and_then(|mut new| {
            cut::here()?;
            new.write_all(text.as_bytes())?;
            new.sync_all()?;
            sync_folder(&self.path)?;
            cut::here()?;
            fs::rename(&draft, &path)?;
            cut::here()?;
            sync_folder(&self.path)
        });
        written.map_err(|error| DeviceError::File { path, error })
    }

    /// Overwrites a file with a key and removes it. Done once more, it does nothing.
    pub fn destroy(&self, name: &str) -> Result<(), DeviceError> {
        let path = self.path.join(name);
        let open = OpenOptions::new().write(true).open(&path);
        let destroyed = open.and_then(overwrite).and_then(|()| {
            cut::here()?;
            fs::remove_file(&path)?;
            cut::here()?;
            sync_folder(&self.path)
        });
        match destroyed {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(DeviceError::File { path, error }),
            _ => Ok(()),
        }
    }

    /// Refuses a database of another person or workspace: what is done here would be done in that one's name. The device's
    /// id may have changed, where the database is a copy's.
    pub fn check(&self, file: &HomeFile, found: &Identity) -> Result<(), DeviceError> {
        if (file.workspace_id, file.user_id) == (found.workspace_id, found.user_id) {
            return Ok(());
        }
        let words = format!(
            "home.json says that this is the home of {} in {}, and the database is that of {} in {}; nothing was changed: put the right files back, all from one folder",
            file.user, file.workspace, found.user, found.workspace
        );
        Err(DeviceError::WrongHome { path: self.path.clone(), words })
    }

    /// Whether a sign-in began here, ended or not.
    pub fn has_leftovers(&self) -> bool {
        [DATABASE, "fieldbook.db-wal"].iter().chain(&keys::FILES).any(|name| self.path.join(name).exists())
    }

    /// Renames what nobody can open, so that there is room for a new home: nothing is ever deleted. The log
    /// keeps its place behind the database's name, so that both open together where the key is found again.
    pub fn put_aside(&self, wall_ms: u64) -> Result<PathBuf, DeviceError> {
        let aside = |base: &str, at: u64| self.path.join(format!("{base}.aside-{at}"));
        let taken = |at: &u64| {
            ["home.json", DATABASE].iter().chain(&keys::FILES).any(|base| aside(base, *at).exists())
        };
        let at = (wall_ms..).find(|at| !taken(at)).unwrap_or(wall_ms);
        let logs = ["-wal", "-shm"];
        // The database goes first: a power cut in between leaves no database with another one's log.
        let mut moves = vec![(DATABASE.to_owned(), aside(DATABASE, at))];
        moves.extend(logs.map(|end| {
            let old = format!("{DATABASE}{end}");
            (old, self.path.join(format!("{DATABASE}.aside-{at}{end}")))
        }));
        let others = keys::FILES.iter().chain(&["home.json"]);
        moves.extend(others.map(|name| ((*name).to_owned(), aside(name, at))));
        for (old, new) in moves {
            match fs::rename(self.path.join(old), new) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.error(error)),
                _ => {}
            }
        }
        sync_folder(&self.path).map_err(|error| self.error(error))?;
        Ok(aside(DATABASE, at))
    }

    fn error(&self, error: std::io::Error) -> DeviceError {
        DeviceError::File { path: self.path.clone(), error }
    }
}

impl HomeFile {
    /// A file of the present form.
    pub fn new(
        (server, fingerprint): (String, Option<Fingerprint>),
        (workspace, workspace_id): (String, WorkspaceId),
        (user, user_id): (String, UserId),
        device_id: DeviceId,
    ) -> Self {
        Self { format: FORMAT, server, fingerprint, workspace, workspace_id, user, user_id, device_id }
    }

    /// Whether the home's database has the key of `device.key`, or had it when this was written.
    pub fn is_earlier(&self) -> bool {
        self.format == EARLIER
    }

    /// The same of a home whose database has its key from `keys.json`, or is about to.
    pub fn of_this_form(self) -> Self {
        Self { format: FORMAT, ..self }
    }

    /// The same of a home with `device.key`.
    pub fn of_the_earlier_form(self) -> Self {
        Self { format: EARLIER, ..self }
    }
}

/// Writes zeros over all of a file, in pieces, and syncs it.
pub fn overwrite(mut file: File) -> std::io::Result<()> {
    const PIECE_BYTES: u64 = 64 << 10;
    let mut rest = file.metadata()?.len();
    cut::here()?;
    while rest > 0 {
        let piece = rest.min(PIECE_BYTES);
        file.write_all(&vec![0; usize::try_from(piece).unwrap_or_default()])?;
        rest -= piece;
    }
    file.sync_all()
}

#[cfg(unix)]
fn private_file(path: PathBuf) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_file(path: PathBuf) -> std::io::Result<File> {
    File::create(path)
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

/// A name in a folder has reached the disk only when the folder has.
#[cfg(unix)]
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be synced, and the file system sees to its names.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}
