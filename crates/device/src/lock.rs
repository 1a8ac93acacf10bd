//! One process at a time runs the sync loop of a home. The lock is the system's, so that it ends with the
//! process, however that ends; the file's text says who holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
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

/// As long as the text is with blanks behind it, which is longer than any.
const TEXT_BYTES: usize = 2_048;

/// The right to sync a home.
#[derive(Debug)]
pub struct SyncLock {
    file: File,
    running: Running,
}

impl SyncLock {
    /// Takes the lock, or says who has it.
    pub fn take(home: &Home) -> Result<Self, DeviceError> {
        let path = home.lock();
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = open.map_err(|error| DeviceError::File { path: path.clone(), error })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(home, file)),
            Err(TryLockError::Error(error)) => return Err(DeviceError::File { path, error }),
        }
        let report = Report::begun(None);
        let running = Running { pid: std::process::id(), since: clock::wall(), report: report.clone() };
        let mut lock = Self { file, running };
        lock.tell(report);
        Ok(lock)
    }

    /// Lets other processes read how it goes. Failing to say so is no reason to stop.
    pub fn tell(&mut self, report: Report) {
        self.running.report = report;
        // In one write over what was there: whoever reads meanwhile finds the old text or the new one, and never none.
        let text = format!("{:TEXT_BYTES$}", json::write(&self.running));
        let file = &mut self.file;
        let written = file.rewind().and_then(|()| file.write_all(text.as_bytes()));
        let written = written.and_then(|()| file.set_len(text.len() as u64));
        if let Err(error) = written {
            tracing::debug!(%error, "cannot write sync.lock");
        }
    }
}

impl Drop for SyncLock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

/// Who syncs a home, if anybody does.
pub fn running(home: &Home) -> Option<Running> {
    let mut file = OpenOptions::new().read(true).write(true).open(home.lock()).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => read(&mut file),
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

fn read(file: &mut File) -> Option<Running> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    json::parse(text.trim_end()).ok()
}

fn taken(home: &Home, mut file: File) -> DeviceError {
    let (pid, since) = read(&mut file).map_or((0, WallTime(0)), |running| (running.pid, running.since));
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
