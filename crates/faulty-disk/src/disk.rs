//! A disk: a folder whose files go through the medium, and the plan that says which call fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use crate::medium::{Medium, Node};
use crate::plan::{Call, Fault, Lasts, Loss, Plan};

/// The disks of this process, by their folders.
static DISKS: Mutex<BTreeMap<PathBuf, Arc<Spinning>>> = Mutex::new(BTreeMap::new());

/// A folder on a disk that may fail. Dropped, the folder is an ordinary one again.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    spinning: Arc<Spinning>,
}

/// How many calls there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that change the disk: the points of a cut.
    pub points: u64,
    /// Syncs among them.
    pub syncs: u64,
    /// Writes among them.
    pub writes: u64,
    /// Reads.
    pub reads: u64,
    /// Calls that the plan made fail, but for those after a cut.
    pub failed: u64,
}

/// What the calls of SQLite reach.
#[derive(Debug)]
pub(crate) struct Spinning(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    medium: Medium,
    plan: Option<Plan>,
    counts: Counts,
    is_off: bool,
}

/// What is to be done about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    Fails(Fault),
    /// The power was gone before.
    Off,
}

impl Fate {
    /// Whether the call was on its way to the disk when the power went, or is done.
    fn is_under_way(self) -> bool {
        matches!(self, Self::Done | Self::Fails(Fault::Cut))
    }

    fn result(self, code: i32) -> Result<i32, Fault> {
        match self {
            Self::Done => Ok(code),
            Self::Fails(fault) => Err(fault),
            Self::Off => Err(Fault::Cut),
        }
    }
}

impl Disk {
    /// Puts a folder on a disk. What lies in it is safe; files that appear are as new as their names.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn over(folder: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        let state = State { medium: Medium::of(files(&folder)?), ..State::default() };
        let spinning = Arc::new(Spinning(Mutex::new(state)));
        lock(&DISKS).insert(folder.clone(), Arc::clone(&spinning));
        Ok(Self { folder, spinning })
    }

    /// Counts from here, and lets go wrong what the plan says.
    pub fn begin(&self, plan: Option<Plan>) {
        let mut state = self.spinning.state();
        state.plan = plan;
        state.counts = Counts::default();
    }

    /// The program has synced the folder itself, in a call that no VFS sees.
    pub fn folder_is_synced(&self) {
        let mut state = self.spinning.state();
        if !state.is_off {
            state.medium.sync_names();
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn spinning(&self) -> &Spinning {
        &self.spinning
    }

    /// Nothing goes wrong any more; what went wrong stays counted.
    pub fn mend(&self) {
        self.spinning.state().plan = None;
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.spinning.state().counts
    }

    /// Whether the power is gone.
    pub fn is_off(&self) -> bool {
        self.spinning.state().is_off
    }

    /// Cuts the power now, if it is there; then the machine starts again with what the loss leaves, without a plan.
    /// Whoever has a file open still must have closed it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn restart(&self, loss: Loss, seed: u64) -> io::Result<()> {
        let mut state = self.spinning.state();
        let left = state.medium.cut(loss, seed);
        empty(&self.folder)?;
        for (path, bytes) in left {
            fs::write(path, bytes)?;
        }
        *state = State { medium: std::mem::take(&mut state.medium), ..State::default() };
        Ok(())
    }

    /// Somebody takes every file away. Whoever has one open still must have closed it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn clear(&self) -> io::Result<()> {
        let mut state = self.spinning.state();
        state.medium = Medium::default();
        empty(&self.folder)
    }
}

fn empty(folder: &Path) -> io::Result<()> {
    fs::read_dir(folder)?.try_for_each(|entry| fs::remove_file(entry?.path()))
}

impl Drop for Disk {
    fn drop(&mut self) {
        lock(&DISKS).remove(&self.folder);
    }
}

/// The disk that a file lies on, if it is one of ours.
pub(crate) fn of(path: &Path) -> Option<Arc<Spinning>> {
    lock(&DISKS).get(path.parent()?).cloned()
}

/// All files of a folder but the memory that SQLite shares between connections.
fn files(folder: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && !path.to_string_lossy().ends_with("-shm") {
            files.push((path.clone(), fs::read(&path)?));
        }
    }
    Ok(files)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Spinning {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// Opens a file; one that was not there before is made. Nothing where that fails.
    pub fn open(&self, path: &Path) -> Result<Option<Node>, Fault> {
        let mut state = self.state();
        if state.is_off {
            return Err(Fault::Cut);
        }
        if let Some(node) = state.medium.find(path) {
            return Ok(Some(node));
        }
        // Somebody has made it beside SQLite, and told no folder to keep it.
        match fs::read(path) {
            Ok(bytes) => Ok(Some(state.medium.make(path, bytes))),
            Err(_) => Ok(None),
        }
    }

    /// Makes a file, where `made` does.
    pub fn make(&self, path: &Path, made: impl FnOnce() -> i32) -> Result<(i32, Option<Node>), Fault> {
        let mut state = self.state();
        let fate = state.fate(Call::Make);
        let code = if fate == Fate::Done { made() } else { 0 };
        let node = (fate.is_under_way() && code == 0).then(|| state.medium.make(path, Vec::new()));
        Ok((fate.result(code)?, node))
    }

    /// Removes a name; `synced` says whether the folder is synced with it.
    pub fn remove(&self, path: &Path, synced: bool, removed: impl FnOnce() -> i32) -> Result<i32, Fault> {
        let mut state = self.state();
        let fate = state.fate(Call::Remove);
        let code = if fate == Fate::Done { removed() } else { 0 };
        if fate.is_under_way() && code == 0 {
            state.medium.remove(path);
        }
        if synced && fate == Fate::Done && code == 0 {
            state.medium.sync_names();
        }
        fate.result(code)
    }

    /// Gives a file another name, where `renamed` does.
    pub fn rename(&self, from: &Path, to: &Path, renamed: impl FnOnce() -> i32) -> Result<i32, Fault> {
        let mut state = self.state();
        let fate = state.fate(Call::Rename);
        let code = if fate == Fate::Done { renamed() } else { 0 };
        if fate.is_under_way() && code == 0 {
            state.medium.rename(from, to);
        }
        fate.result(code)
    }

    /// Saves the names.
    pub fn sync_folder(&self) -> Result<(), Fault> {
        let mut state = self.state();
        let fate = state.fate(Call::Sync);
        if fate == Fate::Done {
            state.medium.sync_names();
        }
        fate.result(0).map(drop)
    }

    /// Whether the power is there to read by, and what befalls a read.
    pub fn read(&self) -> Result<(), Fault> {
        self.state().fate(Call::Read).result(0).map(drop)
    }

    /// Writes, as far as `written` is told to: it gets the bytes that it is to write.
    pub fn write(
        &self,
        node: Node,
        at: usize,
        bytes: &[u8],
        written: impl FnOnce(&[u8]) -> i32,
    ) -> Result<i32, Fault> {
        let mut state = self.state();
        let fate = state.fate(Call::Write);
        let reached = match fate {
            Fate::Fails(Fault::Short) => &bytes[..bytes.len() / 2],
            fate if fate.is_under_way() => bytes,
            _ => &bytes[..0],
        };
        let code = if reached.is_empty() { 0 } else { written(reached) };
        if code == 0 && !reached.is_empty() {
            state.medium.write(node, at, reached);
        }
        fate.result(code)
    }

    /// Cuts a file off, or lengthens it.
    pub fn truncate(&self, node: Node, len: usize, truncated: impl FnOnce() -> i32) -> Result<i32, Fault> {
        let mut state = self.state();
        let fate = state.fate(Call::Truncate);
        let code = if fate == Fate::Done { truncated() } else { 0 };
        if fate.is_under_way() && code == 0 {
            state.medium.truncate(node, len);
        }
        fate.result(code)
    }

    /// Saves a file, and the names of its folder if it was made since.
    pub fn sync(&self, node: Node, names: bool) -> Result<(), Fault> {
        let mut state = self.state();
        let fate = state.fate(Call::Sync);
        match fate {
            Fate::Done => {
                state.medium.sync(node);
                if names {
                    state.medium.sync_names();
                }
            }
            Fate::Fails(Fault::Forgets) => state.medium.forget(node),
            Fate::Fails(_) | Fate::Off => {}
        }
        fate.result(0).map(drop)
    }
}

impl State {
    /// Counts a call and says what becomes of it.
    fn fate(&mut self, call: Call) -> Fate {
        if self.is_off {
            return Fate::Off;
        }
        let place = self.count(call);
        let Some(plan) = self.plan.filter(|plan| plan.fault.befalls(call) && place >= plan.at) else {
            return Fate::Done;
        };
        if plan.lasts == Lasts::Once {
            self.plan = None;
        }
        self.counts.failed += 1;
        self.is_off = plan.fault == Fault::Cut;
        Fate::Fails(plan.fault)
    }

    fn count(&mut self, call: Call) -> u64 {
        let counts = &mut self.counts;
        match call {
            Call::Read => {
                counts.reads += 1;
                return counts.reads;
            }
            Call::Sync => counts.syncs += 1,
            Call::Write => counts.writes += 1,
            Call::Truncate | Call::Make | Call::Remove | Call::Rename => {}
        }
        counts.points += 1;
        counts.points
    }
}
