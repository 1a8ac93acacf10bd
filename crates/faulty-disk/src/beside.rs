//! Files that a program writes beside SQLite: the same disk, the same points at which something can go wrong.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::disk::Disk;
use crate::medium::Node;
use crate::plan::Fault;

impl Disk {
    /// Makes a file anew with these bytes, which are not saved yet.
    ///
    /// # Errors
    /// When the plan says so, or the system.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let node = match self.spinning().open(&path).map_err(failed)? {
            Some(node) => {
                let cut = || code(OpenOptions::new().write(true).truncate(true).open(&path).map(drop));
                done(self.spinning().truncate(node, 0, cut))?;
                node
            }
            None => {
                let made = || code(fs::write(&path, []));
                let (code, node) = self.spinning().make(&path, made).map_err(failed)?;
                done(Ok(code))?;
                node.ok_or_else(|| io::Error::other("no file was made"))?
            }
        };
        self.write_at(node, &path, 0, bytes)
    }

    /// Writes zeros over a part of a file, which are not saved yet.
    ///
    /// # Errors
    /// When there is no such file, the plan says so, or the system.
    pub fn overwrite(&self, name: &str, at: usize, len: usize) -> io::Result<()> {
        let path = self.path(name);
        let node = self.node(&path)?;
        self.write_at(node, &path, at, &vec![0; len])
    }

    /// Saves what a file holds.
    ///
    /// # Errors
    /// When there is no such file, or the plan says so.
    pub fn sync(&self, name: &str) -> io::Result<()> {
        let node = self.node(&self.path(name))?;
        self.spinning().sync(node, false).map_err(failed)
    }

    /// Gives a file another name, in place of whatever had that.
    ///
    /// # Errors
    /// When the plan says so, or the system.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.path(from), self.path(to));
        done(self.spinning().rename(&from, &to, || code(fs::rename(&from, &to))))
    }

    /// Takes a name away.
    ///
    /// # Errors
    /// When there is no such file, the plan says so, or the system.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        self.node(&path)?;
        done(self.spinning().remove(&path, false, || code(fs::remove_file(&path))))
    }

    /// Saves the names.
    ///
    /// # Errors
    /// When the plan says so.
    pub fn sync_names(&self) -> io::Result<()> {
        self.spinning().sync_folder().map_err(failed)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn node(&self, path: &Path) -> io::Result<Node> {
        self.spinning().open(path).map_err(failed)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write_at(&self, node: Node, path: &Path, at: usize, bytes: &[u8]) -> io::Result<()> {
        done(self.spinning().write(node, at, bytes, |bytes| {
            code(OpenOptions::new().write(true).open(path).and_then(|mut file| {
                file.seek(SeekFrom::Start(at as u64))?;
                file.write_all(bytes)
            }))
        }))
    }
}

/// What the system said, as SQLite's calls do.
fn code(result: io::Result<()>) -> i32 {
    i32::from(result.is_err())
}

fn done(result: Result<i32, Fault>) -> io::Result<()> {
    match result.map_err(failed)? {
        0 => Ok(()),
        _ => Err(io::Error::other("the system failed")),
    }
}

fn failed(fault: Fault) -> io::Error {
    io::Error::other(format!("{fault:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Loss, Plan};

    /// Writes a file by a draft, as a program does that wants it whole.
    fn saves(disk: &Disk, text: &[u8]) -> io::Result<()> {
        disk.write("draft", text)?;
        disk.sync("draft")?;
        disk.sync_names()?;
        disk.rename("draft", "file")?;
        disk.sync_names()
    }

    #[test]
    fn a_file_that_is_saved_by_a_draft_is_the_old_one_or_the_new_one_at_every_point() {
        for loss in [Loss::Lost, Loss::Torn { sector_bytes: 512 }, Loss::Reordered] {
            let (mut point, mut found) = (1, std::collections::BTreeSet::new());
            loop {
                let folder = tempfile::tempdir().expect("a folder");
                fs::write(folder.path().join("file"), b"old").expect("a file");
                let disk = Disk::over(folder.path()).expect("a disk");
                disk.begin(Some(Plan::cut(point)));
                let saved = saves(&disk, b"new");
                disk.restart(loss, point).expect("a start");
                let text = fs::read(folder.path().join("file")).expect("a file");
                assert!(text == b"old" || text == b"new", "{loss:?} {point}: {text:?}");
                found.insert(text.clone());
                if saved.is_ok() {
                    assert_eq!(text, b"new", "what was saved is there");
                    break;
                }
                point += 1;
            }
            assert_eq!(point, 7, "{loss:?}");
            assert_eq!(found.len(), 2, "{loss:?}");
        }
    }

    #[test]
    fn what_was_removed_and_not_saved_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), b"old").expect("a file");
        let disk = Disk::over(folder.path()).expect("a disk");
        disk.overwrite("file", 0, 3).and_then(|()| disk.sync("file")).expect("overwritten");
        disk.remove("file").expect("removed");
        assert_eq!(disk.remove("file").map_err(|error| error.kind()), Err(io::ErrorKind::NotFound));
        disk.restart(Loss::Lost, 1).expect("a start");
        assert_eq!(fs::read(folder.path().join("file")).expect("a file"), [0; 3]);
    }
}
