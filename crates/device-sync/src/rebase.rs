//! Shown = confirmed + pending replayed on top.
//!
//! The store keeps the confirmed image of just those records that pending ops touch. When the server's news
//! arrives, the images take it in, and the pending ops that are left are played again in their order. An op
//! that no longer fits is skipped as a whole and marked "in doubt": only the server gives verdicts (rule 2).
//! No op's text is touched, its base included (rule 40).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::play::play;
use fieldbook_merge::{Checked, Row};
use fieldbook_model::{RecordId, Seq, Version};

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
    fn changes(&mut self, seq: Seq) -> Result<Vec<Checked>, Self::Error>;
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
            let changes = pending.changes(seq)?;
            queue.extend(changes.iter().map(|change| Key { of: change.of, id: change.id }));
            replay.insert(seq, changes);
        }
    }
    Ok(replayed(images, &replay))
}

fn replayed(images: BTreeMap<Key, Image>, replay: &BTreeMap<Seq, Vec<Checked>>) -> Rebased {
    let mut rows: BTreeMap<Key, Option<Row>> =
        images.iter().map(|(key, image)| (*key, image.row.clone())).collect();
    let mut touched = BTreeSet::new();
    let mut doubt = BTreeMap::new();
    for (seq, changes) in replay {
        touched.extend(changes.iter().map(|change| Key { of: change.of, id: change.id }));
        let played = attempt(&rows, changes);
        doubt.insert(*seq, played.is_none());
        rows.extend(played.into_iter().flatten());
    }
    let shown = images.iter().map(|(key, image)| {
        let row = rows.get(key).cloned().flatten();
        (*key, Image { version: image.version, row })
    });
    let shown = shown.collect();
    let images =
        images.into_iter().map(|(key, image)| (key, touched.contains(&key).then_some(image))).collect();
    Rebased { shown, images, doubt }
}

/// The rows that an op's changes leave, made one after the other; `None` when one of them does not fit.
pub fn attempt(rows: &BTreeMap<Key, Option<Row>>, changes: &[Checked]) -> Option<BTreeMap<Key, Option<Row>>> {
    let mut after: BTreeMap<Key, Option<Row>> = BTreeMap::new();
    for change in changes {
        let key = Key { of: change.of, id: change.id };
        let before = after.get(&key).or_else(|| rows.get(&key)).and_then(Option::as_ref);
        let row = play(before, &change.verb).ok()?;
        after.insert(key, row);
    }
    Some(after)
}
