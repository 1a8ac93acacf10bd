//! What was done when, in a file of the run's folder. A run that went well leaves nothing of it.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::clock;

/// A run's journal.
pub struct Journal {
    begun: Instant,
    file: Mutex<File>,
}

impl Journal {
    /// An empty one.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { begun: clock::now(), file: Mutex::new(File::create(path)?) })
    }

    /// Writes a line.
    pub fn note(&self, words: fmt::Arguments<'_>) {
        let ms = clock::now().duration_since(self.begun).as_millis();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A journal that cannot be written fails no run: it is for whoever reads a failed one.
        let _ = writeln!(file, "{ms:>6}  {words}");
    }
}
