//! One process at a time runs the sync loop of a home. The lock is the system's, so that it ends with the
//! process, however that ends; a file beside it says who holds it, and how the loop goes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use fieldbook_device_sync::Report;
use fieldbook_model::WallTime;
use fieldbook_model::json;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::error::DeviceError;
use crate::home::Home;

/// Who syncs a home, and how it goes, as far as other processes may know: no data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The process.
    pub pid: u32,
    /// Since when.
    pub since: WallTime,
    /// How its session stands.
    pub report: Report,
}

/// The right to sync a home.
#[derive(Debug)]
pub struct SyncLock {
    home: Home,
    running: Running,
    _file: File,
}

impl SyncLock {
    /// Takes the lock, or says who has it.
    pub fn take(home: &Home) -> Result<Self, DeviceError> {
        let path = home.lock();
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = open.map_err(|error| DeviceError::File { path: path.clone(), error })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(home)),
            Err(TryLockError::Error(error)) => return Err(DeviceError::File { path, error }),
        }
        let report = Report::begun(None);
        let running = Running { pid: std::process::id(), since: clock::wall(), report: report.clone() };
        let mut lock = Self { home: home.clone(), running, _file: file };
        lock.tell(report);
        Ok(lock)
    }

    /// Lets other processes read how it goes. Failing to say so is no reason to stop.
    pub fn tell(&mut self, report: Report) {
        self.running.report = report;
        if let Err(error) = write(&self.home, &self.running) {
            tracing::debug!(%error, "cannot say how the sync goes");
        }
    }
}

impl Drop for SyncLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.home.sync_report());
    }
}

/// Who syncs a home, if anybody does.
pub fn running(home: &Home) -> Option<Running> {
    let file = OpenOptions::new().read(true).write(true).open(home.lock()).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => read(home),
        _ => None,
    }
}

/// The right to sign in to a home. The folder is made for it.
#[derive(Debug)]
pub struct SignInLock {
    home: Home,
    /// Whether the folder was not there before.
    made: bool,
    _file: File,
}

impl SignInLock {
    /// Takes the lock, unless another process has it.
    pub fn take(home: &Home) -> Result<Self, DeviceError> {
        let (made, path) = (!home.path().exists(), home.sign_in_lock());
        home.create()?;
        let under_way = || DeviceError::SigningIn(home.path().to_owned());
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = match open {
            Ok(file) => file,
            // Whoever made the folder has just failed and removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(under_way()),
            Err(error) => return Err(DeviceError::File { path, error }),
        };
        match file.try_lock() {
            Ok(()) if is_at(&file, &path) => Ok(Self { home: home.clone(), made, _file: file }),
            Ok(()) | Err(TryLockError::WouldBlock) => Err(under_way()),
            Err(TryLockError::Error(error)) => Err(DeviceError::File { path, error }),
        }
    }

    /// Lets go of a folder in which nothing came about; one that was made for it goes too.
    pub fn give_up(self) {
        if self.made && cfg!(unix) && only_the_lock(&self.home) {
            let _ = fs::remove_file(self.home.sign_in_lock());
            let _ = fs::remove_dir(self.home.path());
        }
    }
}

/// Whether a folder holds the lock and nothing else.
fn only_the_lock(home: &Home) -> bool {
    let lock = home.sign_in_lock();
    let entries = fs::read_dir(home.path());
    entries.is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| entry.path() == lock)))
}

/// Whether a file is still the one of this name: who waited for a lock may hold one that was removed.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |meta: fs::Metadata| (meta.dev(), meta.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => place(ours) == place(there),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Writes a file of its own and gives it the name: whoever reads meanwhile finds the old text or the new one.
fn write(home: &Home, running: &Running) -> io::Result<()> {
    let (draft, path) = (home.path().join("sync.json.new"), home.sync_report());
    fs::write(&draft, json::write(running))?;
    fs::rename(draft, path)
}

fn read(home: &Home) -> Option<Running> {
    let text = fs::read_to_string(home.sync_report()).ok()?;
    json::parse(&text).ok()
}

fn taken(home: &Home) -> DeviceError {
    let (pid, since) = read(home).map_or((0, WallTime(0)), |running| (running.pid, running.since));
    DeviceError::AlreadySyncing { home: home.path().to_owned(), pid, since }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reads_while_it_is_written_always_learns_who_syncs() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(folder.path());
        let mut lock = SyncLock::take(&home).expect("a lock");
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                for n in 0..2_000 {
                    lock.tell(Report::begun((n % 2 == 0).then(|| "no room".repeat(n % 60))));
                }
            });
            while !writing.is_finished() {
                let running = running(&home).expect("the text is never half there");
                assert_eq!(running.pid, std::process::id());
            }
        });
    }
}
