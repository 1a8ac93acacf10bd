//! Shown = confirmed + pending replayed on top.
//!
//! The store keeps the confirmed image of just those records that pending ops touch. When the server's news
//! arrives, the images take it in, and the pending ops that are left are played again in their order. An op
//! that no longer fits is skipped as a whole and marked "in doubt": only the server gives verdicts (rule 2).
//! No op's text is touched, its base included (rule 40).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::play::play;
use fieldbook_merge::{Checked, Held, Row};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{RecordId, Seq, Value, Version};

/// A record: the place of its type in the schema, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The place of its type.
    pub of: usize,
    /// Its id.
    pub id: RecordId,
}

/// A record as the server has confirmed it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Image {
    /// The version that changed it last; 0 where the server does not have it.
    pub version: Version,
    /// Its values; `None` where it is deleted or was never there.
    pub row: Option<Row>,
    /// What it held when it was deleted, where that is known.
    pub gone: Option<Row>,
}

impl Image {
    /// A record at a version, as it is held.
    pub fn of(version: Version, Held { row, gone }: Held) -> Self {
        Self { version, row, gone }
    }

    /// What changes are played on.
    pub fn held(&self) -> Held {
        Held { row: self.row.clone(), gone: self.gone.clone() }
    }
}

/// What a pending op does, and what has to be there for it to fit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    /// Its changes, in their order.
    pub changes: Vec<Checked>,
    /// What has to be there; otherwise the op is in doubt.
    pub needs: Vec<Need>,
}

/// A value that has to stand in a live record.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The record.
    pub key: Key,
    /// The place of the field.
    pub field: usize,
    /// The value.
    pub value: Value,
}

impl From<Vec<Checked>> for Replay {
    fn from(changes: Vec<Checked>) -> Self {
        Self { changes, needs: Vec::new() }
    }
}

impl Replay {
    /// The records that it has to do with.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let changed = self.changes.iter().map(|change| Key { of: change.of, id: change.id });
        changed.chain(self.needs.iter().map(|need| need.key))
    }
}

/// The server's news of a record.
pub type News = Image;

/// What the store knows of the pending ops, in the transaction that the plan is carried out in.
pub trait Pending {
    /// The world failed.
    type Error;
    /// The kept image of a record that a pending op touches; `None` for a record that none touches.
    fn image(&mut self, key: Key) -> Result<Option<Image>, Self::Error>;
    /// The pending ops that touch a record, in seq order.
    fn touching(&mut self, key: Key) -> Result<Vec<Seq>, Self::Error>;
    /// What a pending op does, ids of duplicates already replaced by those in force.
    fn replay(&mut self, seq: Seq) -> Result<Replay, Self::Error>;
}

/// What to write so that the device shows confirmed + pending again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rebased {
    /// What each record shows now, with its confirmed version.
    pub shown: BTreeMap<Key, Image>,
    /// The images of records that pending ops still touch; `None`: no longer needed.
    pub images: BTreeMap<Key, Option<Image>>,
    /// For each op that was played again, whether it is in doubt.
    pub doubt: BTreeMap<Seq, bool>,
}

/// Takes in news and the end of some ops. `news` may hold records that no pending op touches: they are left
/// to the caller, and do not stand in the result.
pub fn rebase<P: Pending>(
    types: &[RecordType],
    pending: &mut P,
    news: &BTreeMap<Key, News>,
    settled: &BTreeMap<Seq, Vec<Key>>,
) -> Result<Rebased, P::Error> {
    let (mut images, mut replay) = (BTreeMap::new(), BTreeMap::new());
    let mut queue: Vec<Key> = settled.values().flatten().copied().collect();
    queue.extend(news.keys().copied());
    let mut seen = BTreeSet::new();
    while let Some(key) = queue.pop() {
        if !seen.insert(key) {
            continue;
        }
        let Some(image) = pending.image(key)? else { continue };
        images.insert(key, news.get(&key).cloned().unwrap_or(image));
        for seq in pending.touching(key)? {
            if settled.contains_key(&seq) || replay.contains_key(&seq) {
                continue;
            }
            // An op is skipped or played as a whole, so all that it touches is played anew.
            let op = pending.replay(seq)?;
            queue.extend(op.keys());
            replay.insert(seq, op);
        }
    }
    Ok(replayed(types, images, &replay))
}

fn replayed(types: &[RecordType], images: BTreeMap<Key, Image>, replay: &BTreeMap<Seq, Replay>) -> Rebased {
    let mut rows: BTreeMap<Key, Held> = images.iter().map(|(key, image)| (*key, image.held())).collect();
    let mut touched = BTreeSet::new();
    let mut doubt = BTreeMap::new();
    for (seq, op) in replay {
        touched.extend(op.keys());
        let played = attempt(types, &rows, op);
        doubt.insert(*seq, played.is_none());
        rows.extend(played.into_iter().flatten());
    }
    let shown = images
        .iter()
        .map(|(key, image)| (*key, Image::of(image.version, rows.get(key).cloned().unwrap_or_default())));
    let shown = shown.collect();
    let images =
        images.into_iter().map(|(key, image)| (key, touched.contains(&key).then_some(image))).collect();
    Rebased { shown, images, doubt }
}

/// What an op leaves of the records that it touches, its changes made one after the other; `None` when one of
/// them does not fit.
pub fn attempt(types: &[RecordType], rows: &BTreeMap<Key, Held>, op: &Replay) -> Option<BTreeMap<Key, Held>> {
    let there = |need: &Need| {
        let row = rows.get(&need.key).and_then(|held| held.row.as_ref());
        row.is_some_and(|row| row[need.field] == need.value)
    };
    if !op.needs.iter().all(there) {
        return None;
    }
    let nothing = Held::default();
    let mut after: BTreeMap<Key, Held> = BTreeMap::new();
    for change in &op.changes {
        let key = Key { of: change.of, id: change.id };
        let before = after.get(&key).or_else(|| rows.get(&key)).unwrap_or(&nothing);
        let held = play(&types[change.of], before, &change.verb).ok()?;
        after.insert(key, held);
    }
    Some(after)
}
