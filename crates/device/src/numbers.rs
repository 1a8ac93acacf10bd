//! The note of the last number of this device's series, kept beside the key and outside of the database: a
//! database that is put back to an earlier state must not give a printed number out again (rule 30). When the
//! operating system's secure store takes the key, it takes the note too.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fieldbook_device_store::{Store, StoreError};

use crate::error::DeviceError;

const FILE: &str = "series";
/// Always so many digits, so that one write of the file replaces all of it.
const DIGITS: usize = 20;

/// The note of a home.
#[derive(Debug, Clone)]
pub struct Numbers {
    path: PathBuf,
    /// Whether any record of the app is numbered; without that nothing is ever noted.
    are_used: bool,
}

impl Numbers {
    /// Of a home, once its store is open: a database that is behind the note begins a new series.
    pub fn of(home: &Path, store: &mut Store) -> Result<Self, DeviceError> {
        let types = &store.identity().schema.types;
        let are_used = types.iter().any(|ty| ty.fields.iter().any(|field| field.series));
        let numbers = Self { path: home.join(FILE), are_used };
        if are_used && let Some(noted) = numbers.noted()? {
            store.renew_series(noted)?;
        }
        Ok(numbers)
    }

    /// Makes room for the note before anybody acts: a disk without room for it must refuse the act, and not be noticed
    /// when the act is saved.
    pub fn make_room(&self) -> Result<(), DeviceError> {
        let is_there = fs::metadata(&self.path).is_ok_and(|file| file.len() > DIGITS as u64);
        match self.are_used && !is_there {
            true => self.raise(0).map_err(|error| self.unwritten(error)),
            false => Ok(()),
        }
    }

    /// Notes the last number that was given out, before whoever acted is told of it. The note only grows.
    pub fn keep(&self, store: &mut Store) -> Result<(), DeviceError> {
        if !self.are_used {
            return Ok(());
        }
        let last = store.series()?.last;
        if last == 0 {
            return Ok(());
        }
        self.raise(last).map_err(|error| self.unwritten(error))
    }

    fn unwritten(&self, error: std::io::Error) -> DeviceError {
        match error.kind() {
            ErrorKind::StorageFull => DeviceError::Store(StoreError::Full),
            _ => DeviceError::File { path: self.path.clone(), error },
        }
    }

    fn raise(&self, last: u64) -> std::io::Result<()> {
        let mut file = open(&self.path)?;
        // Another process may act in the same home: it waits here for a moment.
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        if text.trim().parse::<u64>().is_ok_and(|noted| noted >= last) {
            return Ok(());
        }
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{last:0DIGITS$}")?;
        file.sync_data()
    }

    fn noted(&self) -> Result<Option<u64>, DeviceError> {
        let wrong = || DeviceError::WrongHome {
            path: self.path.clone(),
            words:
                "this is not the number of the last receipt; bring the file back from where it was changed"
                    .into(),
        };
        match fs::read_to_string(&self.path) {
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => text.trim().parse().map(Some).map_err(|_| wrong()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DeviceError::File { path: self.path.clone(), error }),
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
