//! The folder of a device's home, in memory: what is not synced goes with the power, and any call may be the last.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;

use fieldbook_device_sync::wipe::Disk;

/// What is in a folder, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What becomes of names that were changed and not synced, when the device dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The process was killed: they are as they were left.
    None,
    /// The power went: of those that were changed since the last sync some were written, by these bits.
    Power(u64),
}

#[derive(Debug, Clone)]
enum Change {
    Made(String),
    Renamed(String, String),
    Removed(String),
}

#[derive(Debug, Clone, Default)]
struct State {
    /// As whoever asks sees them.
    now: Files,
    /// As they are after a power cut.
    durable: Files,
    /// Between the two, in their order.
    unsynced: Vec<Change>,
    /// So many calls still come through.
    calls_left: Option<u64>,
}

/// A folder.
#[derive(Debug, Clone, Default)]
pub struct Folder(RefCell<State>);

impl Folder {
    /// With files that are synced.
    pub fn of(files: Files) -> Self {
        Self(RefCell::new(State { now: files.clone(), durable: files, ..State::default() }))
    }

    /// What is in it.
    pub fn files(&self) -> Files {
        self.0.borrow().now.clone()
    }

    /// Puts a file there, synced.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let state = &mut *self.0.borrow_mut();
        for files in [&mut state.now, &mut state.durable] {
            files.insert(name.to_owned(), bytes.to_vec());
        }
    }

    /// The device dies after so many calls; `None`: it lives.
    pub fn cut_after(&self, calls: Option<u64>) {
        self.0.borrow_mut().calls_left = calls;
    }

    /// The device starts again.
    pub fn restart(&self, loss: Loss) {
        let state = &mut *self.0.borrow_mut();
        state.calls_left = None;
        let changes = std::mem::take(&mut state.unsynced);
        if let Loss::Power(bits) = loss {
            let kept = |at: usize| bits.rotate_right(at as u32) & 1 == 1;
            let mut left = state.durable.clone();
            for (at, change) in changes.into_iter().enumerate() {
                if kept(at) {
                    apply(&mut left, change, &state.now);
                }
            }
            state.now = left;
        }
        state.durable = state.now.clone();
    }

    fn call(&self) -> io::Result<std::cell::RefMut<'_, State>> {
        let mut state = self.0.borrow_mut();
        match &mut state.calls_left {
            Some(0) => return Err(io::Error::other("the device is dead")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(state)
    }
}

fn apply(files: &mut Files, change: Change, now: &Files) {
    match change {
        Change::Made(name) => {
            let bytes = now.get(&name).cloned().unwrap_or_default();
            files.entry(name).or_insert(bytes);
        }
        Change::Renamed(from, to) => {
            if let Some(bytes) = files.remove(&from) {
                files.insert(to, bytes);
            }
        }
        Change::Removed(name) => drop(files.remove(&name)),
    }
}

fn absent(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, name.to_owned())
}

impl Disk for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.call()?.now.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.call()?.now.get(name).cloned())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.call()?;
        state.now.insert(name.to_owned(), bytes.to_vec());
        // The file is synced, its name is not.
        match state.durable.get_mut(name) {
            Some(known) => *known = bytes.to_vec(),
            None => state.unsynced.push(Change::Made(name.to_owned())),
        }
        Ok(())
    }

    fn overwrite(&self, name: &str) -> io::Result<()> {
        let mut state = self.call()?;
        let State { now, durable, .. } = &mut *state;
        now.get_mut(name).ok_or_else(|| absent(name))?.fill(0);
        durable.get_mut(name).into_iter().for_each(|bytes| bytes.fill(0));
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.call()?;
        let bytes = state.now.remove(from).ok_or_else(|| absent(from))?;
        state.now.insert(to.to_owned(), bytes);
        state.unsynced.push(Change::Renamed(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.call()?;
        state.now.remove(name).ok_or_else(|| absent(name))?;
        state.unsynced.push(Change::Removed(name.to_owned()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.call()?;
        state.durable = state.now.clone();
        state.unsynced.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a file as a whole, dies at a call, and tells what is there then.
    fn left(calls: u64, loss: Loss) -> Option<Vec<u8>> {
        let folder = Folder::of([("a".to_owned(), b"old".to_vec())].into());
        folder.cut_after(Some(calls));
        let all = || {
            folder.write("a.new", b"new")?;
            folder.sync()?;
            folder.rename("a.new", "a")?;
            folder.sync()
        };
        assert_eq!(all().is_ok(), calls >= 4);
        folder.restart(loss);
        folder.files().remove("a")
    }

    #[test]
    fn a_file_that_is_written_as_a_whole_is_the_old_or_the_new_one() {
        for (calls, loss, expected) in [
            (0, Loss::None, "old"),
            (2, Loss::Power(u64::MAX), "old"),
            (3, Loss::None, "new"),
            (3, Loss::Power(0), "old"),
            (3, Loss::Power(1), "new"),
            (4, Loss::Power(0), "new"),
        ] {
            assert_eq!(left(calls, loss).as_deref(), Some(expected.as_bytes()), "{calls} {loss:?}");
        }
    }

    #[test]
    fn what_is_overwritten_is_so_at_once() {
        let folder = Folder::of([("a".to_owned(), b"old".to_vec())].into());
        folder.overwrite("a").expect("it is there");
        folder.remove("a").expect("it is there");
        folder.restart(Loss::Power(0));
        assert_eq!(folder.files()["a"], [0; 3]);
        assert!(folder.remove("b").is_err() && folder.overwrite("b").is_err());
    }
}
