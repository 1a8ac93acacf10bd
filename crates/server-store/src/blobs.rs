//! The blobs of workspaces: files in the data folder, each named after the SHA-256 of what is in it, and sealed under a key of its own.
//!
//! ```text
//!   blobs/WORKSPACE/SUM.part   being written
//!   blobs/WORKSPACE/SUM.new    whole and synced; no op is known that names it
//!   blobs/WORKSPACE/SUM        an op names it: it stays for as long as the workspace
//! ```
//!
//! An op is kept for good, and history with it: what one of them names is never collected. So a collection looks only at what came and
//! was not named yet, and reads the log once for all of these.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use fieldbook_crypto::DataKey;
use fieldbook_crypto::pieces::{At, PIECE, Pieces, TAG, plain_bytes};
use fieldbook_model::chain::Hash;
use fieldbook_model::{WallTime, WorkspaceId};

use crate::error::StoreError;
use crate::file::keep_names;

/// The folder in a data folder.
pub const BLOBS: &str = "blobs";
/// How the name of one ends that is being written.
const DRAFT: &str = "part";
/// How the name of one ends that no op is known to name.
const UNNAMED: &str = "new";
/// How many ends a name may have.
const ENDS: [&str; 2] = ["", UNNAMED];

/// The blobs of a data folder: for any number of threads of the one process that serves it.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
    key: Arc<DataKey>,
    /// What each workspace has, as far as somebody has looked. Held while a name comes or goes.
    used: Arc<Mutex<BTreeMap<WorkspaceId, u64>>>,
}

/// What came of a blob that somebody sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is kept from now on.
    Made,
    /// It was there.
    There,
    /// It does not fit: the workspace has room for so many bytes.
    Full(u64),
}

/// A blob that is there, to be read in parts.
pub struct Kept {
    file: File,
    pieces: Pieces,
    bytes: u64,
}

impl Blobs {
    /// Those of a data folder. The folder is made when something is put there.
    pub(crate) fn of(data: &Path, key: Arc<DataKey>) -> Self {
        Self { folder: data.join(BLOBS), key, used: Arc::default() }
    }

    /// Keeps what somebody sent, of which the caller has seen that `sum` is its sum; durably, before this returns. Whole or not at all.
    /// `most` is how many bytes the workspace may have.
    pub fn put(&self, workspace: WorkspaceId, sum: Hash, bytes: &[u8], most: u64) -> Result<Put, StoreError> {
        let mut used = self.lock();
        let has = match used.get(&workspace) {
            Some(has) => *has,
            None => self.bytes(workspace)?,
        };
        let path = self.path(workspace, sum);
        if let Some(there) = found(&path) {
            // From now on it is as one that has just come: nobody collects it under the hands of who is about to name it.
            touch(&there).map_err(failed(&there))?;
            return Ok(Put::There);
        }
        let more = bytes.len() as u64;
        if has.saturating_add(more) > most {
            used.insert(workspace, has);
            return Ok(Put::Full(most.saturating_sub(has)));
        }
        make_folder(&self.folder.join(workspace.to_string()))?;
        let draft = path.with_extension(DRAFT);
        let there = path.with_extension(UNNAMED);
        let sealed = self.pieces(workspace, sum).seal(bytes);
        let written = write(&draft, &sealed).and_then(|()| fs::rename(&draft, &there));
        if let Err(error) = written {
            let _ = fs::remove_file(&draft);
            return Err(failed(&path)(error));
        }
        keep_names(&there)?;
        used.insert(workspace, has + more);
        Ok(Put::Made)
    }

    /// A blob, if it is there.
    pub fn find(&self, workspace: WorkspaceId, sum: Hash) -> Result<Option<Kept>, StoreError> {
        let path = self.path(workspace, sum);
        for end in ENDS {
            let path = path.with_extension(end);
            let file = match File::open(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                file => file.map_err(failed(&path))?,
            };
            let sealed = file.metadata().map_err(failed(&path))?.len();
            let bytes = plain_bytes(sealed).ok_or_else(|| damaged(&path))?;
            return Ok(Some(Kept { file, pieces: self.pieces(workspace, sum), bytes }));
        }
        Ok(None)
    }

    /// Those that came before a time and that no op is known to name.
    pub fn unnamed(&self, workspace: WorkspaceId, before: WallTime) -> Result<BTreeSet<Hash>, StoreError> {
        let mut found = BTreeSet::new();
        for entry in self.entries(workspace)? {
            let is_old = entry.at < before;
            found.extend(Some(entry.sum).filter(|_| entry.end == UNNAMED && is_old));
        }
        Ok(found)
    }

    /// Says of blobs that no op was known to name what the log says of them: those that it names stay for good, and the others go, unless
    /// somebody has sent them again meanwhile. Gives how many went.
    pub fn settle(
        &self,
        workspace: WorkspaceId,
        looked_at: &BTreeSet<Hash>,
        named: &BTreeSet<Hash>,
        before: WallTime,
    ) -> Result<usize, StoreError> {
        let mut used = self.lock();
        let still = self.unnamed(workspace, before)?;
        let mut gone = 0;
        for sum in looked_at {
            let path = self.path(workspace, *sum);
            let there = path.with_extension(UNNAMED);
            match (named.contains(sum), still.contains(sum)) {
                (true, _) if there.exists() => fs::rename(&there, &path).map_err(failed(&path))?,
                (false, true) => {
                    fs::remove_file(&there).map_err(failed(&there))?;
                    gone += 1;
                }
                _ => {}
            }
        }
        used.remove(&workspace);
        Ok(gone)
    }

    /// Removes all of a workspace. One that has none is as it should be.
    pub fn remove(&self, workspace: WorkspaceId) -> Result<(), StoreError> {
        let folder = self.folder.join(workspace.to_string());
        let mut used = self.lock();
        used.remove(&workspace);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&folder)(error)),
            _ => Ok(()),
        }
    }

    /// Copies those of a workspace into another data folder with the same key, as they lie here, and reads each copy again.
    pub(crate) fn copy_to(&self, to: &Self, workspace: WorkspaceId) -> Result<(), StoreError> {
        let entries = self.entries(workspace)?;
        let Some(first) = entries.first() else { return Ok(()) };
        make_folder(&to.folder.join(workspace.to_string()))?;
        for Entry { sum, .. } in &entries {
            // One that was collected meanwhile no op names.
            let Some(from) = found(&self.path(workspace, *sum)) else { continue };
            let copy = to.folder.join(workspace.to_string()).join(from.file_name().unwrap_or_default());
            match fs::copy(&from, &copy) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                copied => copied.map_err(failed(&from))?,
            };
            File::open(&copy).and_then(|file| file.sync_all()).map_err(failed(&copy))?;
            to.check(workspace, *sum)?;
        }
        keep_names(&to.path(workspace, first.sum))
    }

    /// Whether a blob is whole: that it opens, and has the sum that it is named after.
    pub fn check(&self, workspace: WorkspaceId, sum: Hash) -> Result<(), StoreError> {
        let Some(mut kept) = self.find(workspace, sum)? else { return Ok(()) };
        let all = kept.read(0..kept.bytes)?;
        match Hash::of(&all) == sum {
            true => Ok(()),
            false => Err(damaged(&self.path(workspace, sum))),
        }
    }

    /// How many bytes a workspace has, as they were sent.
    pub fn bytes(&self, workspace: WorkspaceId) -> Result<u64, StoreError> {
        Ok(self.entries(workspace)?.iter().filter_map(|entry| plain_bytes(entry.sealed)).sum())
    }

    fn entries(&self, workspace: WorkspaceId) -> Result<Vec<Entry>, StoreError> {
        let folder = self.folder.join(workspace.to_string());
        let listed = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed.map_err(failed(&folder))?,
        };
        let mut entries = Vec::new();
        for file in listed {
            let file = file.map_err(failed(&folder))?;
            // One that went meanwhile is none.
            let Ok(meta) = file.metadata() else { continue };
            entries.extend(file.file_name().to_str().and_then(|name| Entry::of(name, &meta)));
        }
        entries.sort_by_key(|entry| entry.sum);
        Ok(entries)
    }

    fn pieces(&self, workspace: WorkspaceId, sum: Hash) -> Pieces {
        self.key.file(&format!("{BLOBS}/{workspace}/{sum}")).pieces()
    }

    fn path(&self, workspace: WorkspaceId, sum: Hash) -> PathBuf {
        self.folder.join(workspace.to_string()).join(sum.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<WorkspaceId, u64>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A part of it, which must lie in it.
    pub fn read(&mut self, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        assert!(range.start <= range.end && range.end <= self.bytes, "BUG: no part of the blob");
        let last = self.bytes.div_ceil(PIECE as u64).max(1) - 1;
        let (mut plain, mut next) = (Vec::new(), range.start);
        while next < range.end {
            let number = next / PIECE as u64;
            let opened = self.piece(At { number, is_last: number == last })?;
            let begins = number * PIECE as u64;
            let end = range.end.min(begins + opened.len() as u64);
            plain.extend_from_slice(&opened[(next - begins) as usize..(end - begins) as usize]);
            next = end;
        }
        Ok(plain)
    }

    fn piece(&mut self, at: At) -> Result<Vec<u8>, StoreError> {
        let failed = |error: io::Error| StoreError::Retry(format!("a blob: {error}"));
        let mut sealed = Vec::with_capacity(PIECE + TAG);
        self.file.seek(SeekFrom::Start(at.number * (PIECE + TAG) as u64)).map_err(failed)?;
        (&mut self.file).take((PIECE + TAG) as u64).read_to_end(&mut sealed).map_err(failed)?;
        self.pieces.open(at, &sealed).filter(|opened| !opened.is_empty()).ok_or_else(|| {
            StoreError::Unusable("a blob is damaged; put it back from the last backup".to_owned())
        })
    }
}

/// A file of a workspace's folder.
struct Entry {
    sum: Hash,
    end: String,
    sealed: u64,
    /// When it came, by the clock of this machine.
    at: WallTime,
}

impl Entry {
    /// Of a name that is one of ours, and of no draft.
    fn of(name: &str, meta: &fs::Metadata) -> Option<Self> {
        let (sum, end) = name.split_once('.').unwrap_or((name, ""));
        let sum = Hash::parse(sum).filter(|_| ENDS.contains(&end))?;
        let since = meta.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let at = WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        Some(Self { sum, end: end.to_owned(), sealed: meta.len(), at })
    }
}

/// Where a blob lies, under whichever of its names.
fn found(path: &Path) -> Option<PathBuf> {
    ENDS.iter().map(|end| path.with_extension(end)).find(|path| path.is_file())
}

/// A file that is written over by itself is one of today.
fn touch(path: &Path) -> io::Result<()> {
    if path.extension().is_none() {
        return Ok(());
    }
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut first = [0];
    file.read_exact(&mut first)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&first)?;
    file.sync_all()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the folder of a workspace, and sees that its name stays.
fn make_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed(path))?;
    keep_names(path)?;
    path.parent().map_or(Ok(()), keep_names)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    move |error| match error.kind() {
        ErrorKind::StorageFull => {
            StoreError::Retry(format!("blob {name}: {error}; free some space, then try again"))
        }
        _ => StoreError::Retry(format!("blob {name}: {error}")),
    }
}

fn damaged(path: &Path) -> StoreError {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    StoreError::Unusable(format!("blob {name} is damaged; put it back from the last backup"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = 1 << 30;
    /// After everything that a test puts down.
    const LATER: WallTime = WallTime(i64::MAX);

    fn blobs(folder: &Path) -> Blobs {
        Blobs::of(folder, Arc::new(DataKey::from_bytes([5; 32])))
    }

    fn workspace(n: u8) -> WorkspaceId {
        WorkspaceId::from_bytes([n; 16])
    }

    fn some(bytes: usize) -> (Hash, Vec<u8>) {
        let bytes: Vec<u8> = (0..bytes).map(|at| (at % 253) as u8).collect();
        (Hash::of(&bytes), bytes)
    }

    fn read(blobs: &Blobs, of: WorkspaceId, sum: Hash) -> Option<Vec<u8>> {
        let mut kept = blobs.find(of, sum).expect("a look")?;
        let all = 0..kept.bytes();
        Some(kept.read(all).expect("bytes"))
    }

    #[test]
    fn what_was_put_is_read_in_parts_by_its_own_workspace_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = blobs(folder.path());
        let (sum, bytes) = some(3 * PIECE + 7);
        assert_eq!(blobs.put(workspace(1), sum, &bytes, MOST).expect("kept"), Put::Made);
        assert_eq!(blobs.put(workspace(1), sum, &bytes, MOST).expect("kept"), Put::There);
        assert_eq!(read(&blobs, workspace(1), sum), Some(bytes.clone()));
        assert_eq!(read(&blobs, workspace(2), sum), None, "another's");
        let mut kept = blobs.find(workspace(1), sum).expect("a look").expect("it is there");
        for range in [0..1, 5..70_000, 65_535..65_537, 65_536..131_072, 196_600..196_615, 9..9] {
            let part = kept.read(range.clone()).expect("a part");
            assert_eq!(part, bytes[range.start as usize..range.end as usize], "{range:?}");
        }
        let (none, nothing) = some(0);
        blobs.put(workspace(1), none, &nothing, MOST).expect("kept");
        assert_eq!(read(&blobs, workspace(1), none), Some(Vec::new()));
        assert_eq!(blobs.bytes(workspace(1)).expect("a count"), bytes.len() as u64);
    }

    #[test]
    fn nothing_of_it_stands_on_the_disk_in_clear_and_what_was_changed_there_is_not_handed_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = blobs(folder.path());
        let plain = b"the boiler is on the second floor ".repeat(99);
        let sum = Hash::of(&plain);
        blobs.put(workspace(1), sum, &plain, MOST).expect("kept");
        let path = found(&blobs.path(workspace(1), sum)).expect("a file");
        let mut sealed = fs::read(&path).expect("a file");
        assert!(!sealed.windows(10).any(|part| part == b"the boiler"));
        sealed[40] ^= 1;
        fs::write(&path, &sealed).expect("written");
        let mut kept = blobs.find(workspace(1), sum).expect("a look").expect("it is there");
        assert!(kept.read(0..5).is_err());
        assert!(blobs.check(workspace(1), sum).is_err());
        fs::write(&path, &sealed[..3]).expect("written");
        assert!(blobs.find(workspace(1), sum).is_err(), "cut off");
    }

    #[test]
    fn a_workspace_has_no_more_than_it_may_and_is_told_its_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = blobs(folder.path());
        let ((one, first), (two, second)) = (some(60), some(50));
        assert_eq!(blobs.put(workspace(1), one, &first, 100).expect("kept"), Put::Made);
        assert_eq!(blobs.put(workspace(1), two, &second, 100).expect("an answer"), Put::Full(40));
        assert_eq!(blobs.put(workspace(1), one, &first, 100).expect("an answer"), Put::There);
        assert_eq!(blobs.put(workspace(2), two, &second, 100).expect("kept"), Put::Made, "another's room");
        // A server that starts counts what is there.
        let again = self::blobs(folder.path());
        assert_eq!(again.put(workspace(1), two, &second, 100).expect("an answer"), Put::Full(40));
        assert_eq!(again.put(workspace(1), two, &second, 110).expect("an answer"), Put::Made);
    }

    #[test]
    fn what_no_op_names_goes_and_what_one_names_stays_for_good() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = blobs(folder.path());
        let sums: Vec<Hash> = (1..4)
            .map(|n| {
                let (sum, bytes) = some(n);
                blobs.put(workspace(1), sum, &bytes, MOST).expect("kept");
                sum
            })
            .collect();
        assert_eq!(blobs.unnamed(workspace(1), WallTime(0)).expect("a list"), BTreeSet::new(), "too new");
        let looked_at = blobs.unnamed(workspace(1), LATER).expect("a list");
        assert_eq!(looked_at.len(), 3);
        // Somebody sends the last one again while the log is read: it is not of before any more.
        let named = BTreeSet::from([sums[0]]);
        let gone = blobs.settle(workspace(1), &looked_at, &named, WallTime(0)).expect("settled");
        assert_eq!(gone, 0, "all were sent again");
        let gone = blobs.settle(workspace(1), &looked_at, &named, LATER).expect("settled");
        assert_eq!(gone, 2);
        assert_eq!(blobs.unnamed(workspace(1), LATER).expect("a list"), BTreeSet::new());
        assert!(
            read(&blobs, workspace(1), sums[0]).is_some() && read(&blobs, workspace(1), sums[1]).is_none()
        );
        assert_eq!(blobs.put(workspace(1), sums[1], &some(2).1, MOST).expect("kept"), Put::Made);
    }

    #[test]
    fn a_draft_is_no_blob_and_a_forgotten_workspace_leaves_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = blobs(folder.path());
        let (sum, bytes) = some(9);
        blobs.put(workspace(1), sum, &bytes, MOST).expect("kept");
        let (other, _) = some(8);
        fs::write(blobs.path(workspace(1), other).with_extension(DRAFT), b"half").expect("written");
        fs::write(folder.path().join(BLOBS).join(workspace(1).to_string()).join("notes.txt"), b"x")
            .expect("written");
        assert_eq!(blobs.unnamed(workspace(1), LATER).expect("a list"), BTreeSet::from([sum]));
        assert!(read(&blobs, workspace(1), other).is_none());
        let copy = tempfile::tempdir().expect("a folder");
        let to = self::blobs(copy.path());
        blobs.copy_to(&to, workspace(1)).expect("a copy");
        blobs.copy_to(&to, workspace(2)).expect("nothing to copy");
        blobs.remove(workspace(1)).expect("removed");
        blobs.remove(workspace(1)).expect("nothing to remove");
        assert!(read(&blobs, workspace(1), sum).is_none());
        assert_eq!(read(&to, workspace(1), sum), Some(bytes));
    }
}
