//! A device in memory: what a store has to do around `rebase`, and beside it the confirmed state with the pending
//! ops played on top of it from nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use fieldbook_device_sync::rebase::attempt;
use fieldbook_device_sync::{Image, Key, Pending, Replay, rebase};
use fieldbook_merge::{Held, Row};
use fieldbook_model::Seq;
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};

/// One type: a text and a counted number.
pub fn types() -> Vec<RecordType> {
    let text = Field::new("text", Kind::Text { max: 9 });
    let number = Field { merge: Merge::Delta, ..Field::new("number", Kind::Integer) };
    vec![RecordType::new("thing", vec![text, number])]
}

/// A device.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// For the expectation only.
    confirmed: BTreeMap<Key, Image>,
    shown: BTreeMap<Key, Image>,
    doubt: BTreeSet<Seq>,
    pub waiting: Waiting,
    last: Seq,
}

/// The waiting ops, and the images of what they touch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiting {
    pub images: BTreeMap<Key, Image>,
    ops: BTreeMap<Seq, Replay>,
}

impl Pending for Waiting {
    type Error = Infallible;
    fn image(&mut self, key: Key) -> Result<Option<Image>, Infallible> {
        Ok(self.images.get(&key).cloned())
    }
    fn touching(&mut self, key: Key) -> Result<Vec<Seq>, Infallible> {
        let touching = self.ops.iter().filter(|(_, op)| keys(op).contains(&key));
        Ok(touching.map(|(seq, _)| *seq).collect())
    }
    fn replay(&mut self, seq: Seq) -> Result<Replay, Infallible> {
        Ok(self.ops[&seq].clone())
    }
}

fn keys(op: &Replay) -> BTreeSet<Key> {
    op.keys().collect()
}

fn live(rows: &BTreeMap<Key, Held>) -> BTreeMap<Key, Row> {
    rows.iter().filter_map(|(key, held)| Some((*key, held.row.clone()?))).collect()
}

fn rows(images: &BTreeMap<Key, Image>) -> BTreeMap<Key, Held> {
    images.iter().map(|(key, image)| (*key, image.held())).collect()
}

impl Device {
    pub fn new(confirmed: &BTreeMap<Key, Image>) -> Self {
        Self {
            confirmed: confirmed.clone(),
            shown: confirmed.clone(),
            doubt: BTreeSet::new(),
            waiting: Waiting::default(),
            last: Seq::ZERO,
        }
    }

    /// The user acts. What does not fit waits in doubt: a store would refuse it, a rebase may meet it.
    pub fn act(&mut self, op: Replay) {
        self.last = self.last.next();
        for key in keys(&op) {
            let image = self.shown.get(&key).cloned().unwrap_or_default();
            self.waiting.images.entry(key).or_insert(image);
        }
        match attempt(&types(), &rows(&self.shown), &op) {
            Some(rows) => rows.into_iter().for_each(|(key, held)| {
                let version = self.shown.get(&key).cloned().unwrap_or_default().version;
                self.shown.insert(key, Image::of(version, held));
            }),
            None => {
                self.doubt.insert(self.last);
            }
        }
        self.waiting.ops.insert(self.last, op);
    }

    /// Takes in news and the end of some ops.
    pub fn pull(&mut self, news: &BTreeMap<Key, Image>, seqs: &BTreeSet<Seq>) {
        let ops = &self.waiting.ops;
        let settled = seqs.iter().filter_map(|seq| Some((*seq, keys(ops.get(seq)?).into_iter().collect())));
        let settled: BTreeMap<Seq, Vec<Key>> = settled.collect();
        let Ok(rebased) = rebase(&types(), &mut self.waiting, news, &settled);
        self.confirmed.extend(news.iter().map(|(key, image)| (*key, image.clone())));
        for seq in settled.keys() {
            self.waiting.ops.remove(seq);
            self.doubt.remove(seq);
        }
        let untouched = news.iter().filter(|(key, _)| !rebased.shown.contains_key(key));
        self.shown.extend(untouched.map(|(key, image)| (*key, image.clone())));
        self.shown.extend(rebased.shown);
        for (key, image) in rebased.images {
            match image {
                Some(image) => self.waiting.images.insert(key, image),
                None => self.waiting.images.remove(&key),
            };
        }
        for (seq, in_doubt) in rebased.doubt {
            if in_doubt {
                self.doubt.insert(seq)
            } else {
                self.doubt.remove(&seq)
            };
        }
    }

    /// The live rows.
    pub fn shown(&self) -> BTreeMap<Key, Row> {
        live(&rows(&self.shown))
    }

    pub fn doubt(&self) -> &BTreeSet<Seq> {
        &self.doubt
    }

    /// Confirmed, and all pending ops played on top in their order; with the ops that did not fit.
    fn played(&self) -> (BTreeMap<Key, Held>, BTreeSet<Seq>) {
        let (mut all, mut doubt) = (rows(&self.confirmed), BTreeSet::new());
        for (seq, op) in &self.waiting.ops {
            match attempt(&types(), &all, op) {
                Some(after) => all.extend(after),
                None => {
                    doubt.insert(*seq);
                }
            }
        }
        (all, doubt)
    }

    pub fn expected(&self) -> BTreeMap<Key, Row> {
        live(&self.played().0)
    }

    pub fn expected_doubt(&self) -> BTreeSet<Seq> {
        self.played().1
    }

    /// An image for each record that a waiting op touches and for no other, and each is the confirmed state.
    pub fn keeps_just_the_images_it_needs(&self) -> bool {
        let touched: BTreeSet<_> = self.waiting.ops.values().flat_map(keys).collect();
        let confirmed = |key: &Key| self.confirmed.get(key).cloned().unwrap_or_default();
        self.waiting.images.keys().copied().eq(touched)
            && self.waiting.images.iter().all(|(key, image)| *image == confirmed(key))
    }
}
