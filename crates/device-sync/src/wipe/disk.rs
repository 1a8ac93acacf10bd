//! What a wipe does to a folder, call by call, so that it can be cut off at each of them.

use std::io;

/// A folder. What fails is told by whoever brings it.
pub trait Disk {
    /// The names of the files in it.
    fn names(&self) -> io::Result<Vec<String>>;
    /// What a file holds, if there is one.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;
    /// Makes a file anew, and syncs it.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Writes zeros over all of a file, and syncs it.
    fn overwrite(&self, name: &str) -> io::Result<()>;
    /// Gives a file another name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Takes a name away.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Syncs the names.
    fn sync(&self) -> io::Result<()>;
}
