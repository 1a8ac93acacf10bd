//! What lies on the disk, and what is under way to it. Pure: bytes and names, no file.
//!
//! A file is a node; names lead to nodes. A sync of a file saves its bytes; a sync of the folder saves the names. What has
//! not been saved yet stands in one list in the order in which it was done, and [`Medium::cut`] says what remains of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::dice::Dice;
use crate::plan::Loss;

/// A file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node(u64);

/// Something that was done and not saved.
#[derive(Debug, Clone)]
enum Change {
    Write { node: Node, at: usize, bytes: Vec<u8> },
    Truncate { node: Node, len: usize },
    Make { path: PathBuf, node: Node },
    Remove { path: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
}

impl Change {
    fn node(&self) -> Option<Node> {
        match self {
            Self::Write { node, .. } | Self::Truncate { node, .. } => Some(*node),
            Self::Make { .. } | Self::Remove { .. } | Self::Rename { .. } => None,
        }
    }

    /// Its parts that reach the disk each by itself.
    fn parts(self, sector_bytes: usize) -> Vec<Self> {
        let Self::Write { node, at, bytes } = self else { return vec![self] };
        let mut parts = Vec::new();
        let (mut from, mut rest) = (at, bytes.as_slice());
        while !rest.is_empty() {
            let len = (sector_bytes - from % sector_bytes).min(rest.len());
            parts.push(Self::Write { node, at: from, bytes: rest[..len].to_vec() });
            (from, rest) = (from + len, &rest[len..]);
        }
        parts
    }
}

/// The disk.
#[derive(Debug, Default)]
pub(crate) struct Medium {
    bytes: BTreeMap<Node, Vec<u8>>,
    names: BTreeMap<PathBuf, Node>,
    /// The names as the running machine sees them.
    seen: BTreeMap<PathBuf, Node>,
    under_way: Vec<Change>,
    last: u64,
}

impl Medium {
    /// A disk on which some files lie safely.
    pub fn of(files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Self {
        let mut medium = Self::default();
        for (path, bytes) in files {
            let node = medium.node();
            medium.bytes.insert(node, bytes);
            medium.names.insert(path.clone(), node);
            medium.seen.insert(path, node);
        }
        medium
    }

    /// The file of a name.
    pub fn find(&self, path: &Path) -> Option<Node> {
        self.seen.get(path).copied()
    }

    /// A new file, with what somebody else has written into it already.
    pub fn make(&mut self, path: &Path, bytes: Vec<u8>) -> Node {
        let node = self.node();
        self.bytes.insert(node, Vec::new());
        self.seen.insert(path.to_owned(), node);
        self.under_way.push(Change::Make { path: path.to_owned(), node });
        if !bytes.is_empty() {
            self.write(node, 0, &bytes);
        }
        node
    }

    pub fn remove(&mut self, path: &Path) {
        if self.seen.remove(path).is_some() {
            self.under_way.push(Change::Remove { path: path.to_owned() });
        }
    }

    /// Gives a file another name: both are changed, or neither.
    pub fn rename(&mut self, from: &Path, to: &Path) {
        if let Some(node) = self.seen.remove(from) {
            self.seen.insert(to.to_owned(), node);
            self.under_way.push(Change::Rename { from: from.to_owned(), to: to.to_owned() });
        }
    }

    pub fn write(&mut self, node: Node, at: usize, bytes: &[u8]) {
        self.under_way.push(Change::Write { node, at, bytes: bytes.to_vec() });
    }

    pub fn truncate(&mut self, node: Node, len: usize) {
        self.under_way.push(Change::Truncate { node, len });
    }

    /// Saves what was done to a file.
    pub fn sync(&mut self, node: Node) {
        for change in self.taken(|change| change.node() == Some(node)) {
            self.apply(change);
        }
    }

    /// Drops what was done to a file since it was saved.
    pub fn forget(&mut self, node: Node) {
        self.taken(|change| change.node() == Some(node));
    }

    /// Saves the names.
    pub fn sync_names(&mut self) {
        for change in self.taken(|change| change.node().is_none()) {
            self.apply(change);
        }
    }

    /// The power goes: what is under way is lost but for what the loss leaves. Gives the files that are there then.
    pub fn cut(&mut self, loss: Loss, seed: u64) -> BTreeMap<PathBuf, Vec<u8>> {
        let changes = std::mem::take(&mut self.under_way);
        for change in survivors(changes, loss, &mut Dice(seed)) {
            self.apply(change);
        }
        let named = self.names.iter().map(|(path, node)| (path.clone(), self.bytes[node].clone()));
        let files: BTreeMap<PathBuf, Vec<u8>> = named.collect();
        *self = Self::of(files.clone());
        files
    }

    fn node(&mut self) -> Node {
        self.last += 1;
        Node(self.last)
    }

    fn taken(&mut self, is: impl Fn(&Change) -> bool) -> Vec<Change> {
        let all = std::mem::take(&mut self.under_way);
        let (taken, left) = all.into_iter().partition(is);
        self.under_way = left;
        taken
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Write { node, at, bytes } => {
                let file = self.bytes.entry(node).or_default();
                if file.len() < at + bytes.len() {
                    file.resize(at + bytes.len(), 0);
                }
                file[at..at + bytes.len()].copy_from_slice(&bytes);
            }
            Change::Truncate { node, len } => self.bytes.entry(node).or_default().resize(len, 0),
            Change::Make { path, node } => drop(self.names.insert(path, node)),
            Change::Remove { path } => drop(self.names.remove(&path)),
            Change::Rename { from, to } => {
                if let Some(node) = self.names.remove(&from) {
                    self.names.insert(to, node);
                }
            }
        }
    }
}

/// What of some changes reaches the disk after all.
fn survivors(mut changes: Vec<Change>, loss: Loss, dice: &mut Dice) -> Vec<Change> {
    match loss {
        Loss::Lost => Vec::new(),
        Loss::Torn { sector_bytes } => {
            let whole = dice.below(changes.len());
            let torn = changes.drain(whole..).next().map_or_else(Vec::new, |it| it.parts(sector_bytes));
            let sectors = dice.below(torn.len() + 1);
            changes.into_iter().chain(torn.into_iter().take(sectors)).collect()
        }
        Loss::Reordered => {
            let parts = changes.into_iter().flat_map(|change| change.parts(512));
            parts.filter(|_| dice.coin()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(medium: &mut Medium, loss: Loss, seed: u64) -> BTreeMap<String, Vec<u8>> {
        let named = |(path, bytes): (PathBuf, Vec<u8>)| (path.display().to_string(), bytes);
        medium.cut(loss, seed).into_iter().map(named).collect()
    }

    fn disk(text: &[u8]) -> (Medium, Node) {
        let medium = Medium::of([(PathBuf::from("a"), text.to_vec())]);
        let node = medium.find(Path::new("a")).expect("a file");
        (medium, node)
    }

    #[test]
    fn what_was_synced_is_there_and_what_was_only_written_is_lost() {
        let (mut medium, a) = disk(b"old");
        medium.write(a, 0, b"new");
        medium.sync(a);
        medium.write(a, 3, b"er");
        medium.truncate(a, 1);
        assert_eq!(left(&mut medium, Loss::Lost, 1)["a"], b"new");
    }

    #[test]
    fn a_removed_file_comes_back_unless_its_folder_was_synced() {
        for (synced, there) in [(false, true), (true, false)] {
            let (mut medium, _) = disk(b"old");
            medium.remove(Path::new("a"));
            if synced {
                medium.sync_names();
            }
            assert_eq!(left(&mut medium, Loss::Lost, 1).contains_key("a"), there);
        }
    }

    #[test]
    fn a_new_file_is_gone_with_its_bytes_until_its_folder_is_synced() {
        let (mut medium, _) = disk(b"old");
        let b = medium.make(Path::new("b"), Vec::new());
        medium.write(b, 0, b"bytes");
        medium.sync(b);
        assert!(!left(&mut medium, Loss::Lost, 1).contains_key("b"));
    }

    #[test]
    fn another_file_of_the_same_name_is_another_file() {
        let (mut medium, _) = disk(b"old");
        medium.remove(Path::new("a"));
        let a = medium.make(Path::new("a"), Vec::new());
        medium.write(a, 0, b"new");
        medium.sync(a);
        assert_eq!(left(&mut medium, Loss::Lost, 1)["a"], b"old");
    }

    #[test]
    fn a_torn_write_ends_at_a_sector() {
        for (sector_bytes, whole) in [(512, [500_usize, 512, 1024]), (4096, [500, 500, 4096])] {
            let mut ends = std::collections::BTreeSet::new();
            for seed in 0..100 {
                let (mut medium, a) = disk(&[0; 500]);
                medium.write(a, 500, &[1; 4000]);
                let len = left(&mut medium, Loss::Torn { sector_bytes }, seed)["a"].len();
                assert!(len == 500 || len == 4500 || len.is_multiple_of(sector_bytes), "{len}");
                ends.insert(len);
            }
            assert!(whole.iter().all(|end| ends.contains(end)), "{ends:?}");
        }
    }

    #[test]
    fn reordered_sectors_leave_later_ones_without_earlier_ones_and_the_other_way_round() {
        let mut found = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let (mut medium, a) = disk(&[0; 1024]);
            medium.write(a, 0, &[1; 1024]);
            let file = left(&mut medium, Loss::Reordered, seed).remove("a").expect("a file");
            found.insert((file[0], file[1023]));
        }
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [(0, 0), (0, 1), (1, 0), (1, 1)]);
    }

    #[test]
    fn what_a_failed_sync_forgot_is_lost_though_a_later_one_succeeds() {
        let (mut medium, a) = disk(b"old");
        medium.write(a, 0, b"new");
        medium.forget(a);
        medium.write(a, 3, b"er");
        medium.sync(a);
        assert_eq!(left(&mut medium, Loss::Lost, 1)["a"], b"older");
    }
}
