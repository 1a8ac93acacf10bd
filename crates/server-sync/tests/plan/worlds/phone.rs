//! A device as its store works it: shown rows, images of what waiting ops touch, and `rebase` at each pull.
//! Beside it goes the naive device, which keeps nothing and plays everything anew; they must show the same.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use fieldbook_device_sync::rebase::Replay;
use fieldbook_device_sync::rebase::attempt;
use fieldbook_device_sync::{Image, Key, News, Pending, rebase};
use fieldbook_merge::read::read;
use fieldbook_merge::{Checked, Edit, Line, Verb};
use fieldbook_model::schema::Kind;
use fieldbook_model::{DeviceId, RecordId, Schema, SealedOp, Seq, Value, Version};
use fieldbook_protocol::Verdict;
use fieldbook_protocol::push::SameRecord;
use fieldbook_reference::{Device, History};

use crate::server::Server;

/// A device.
#[derive(Debug, Clone)]
pub struct Phone {
    pub naive: Device,
    shown: BTreeMap<Key, Image>,
    waiting: Waiting,
    doubt: BTreeSet<Seq>,
    /// Waiting ops that the schema does not read: a broken app's. They show nothing.
    misfits: BTreeSet<Seq>,
    aliases: BTreeMap<Key, RecordId>,
}

/// What the store knows of waiting ops.
#[derive(Debug, Clone, Default)]
struct Waiting {
    images: BTreeMap<Key, Image>,
    changes: BTreeMap<Seq, Vec<Checked>>,
}

impl Pending for Waiting {
    type Error = Infallible;
    fn image(&mut self, key: Key) -> Result<Option<Image>, Infallible> {
        Ok(self.images.get(&key).cloned())
    }
    fn touching(&mut self, key: Key) -> Result<Vec<Seq>, Infallible> {
        let touches = |changes: &&Vec<Checked>| changes.iter().any(|change| key_of(change) == key);
        Ok(self.changes.iter().filter(|(_, changes)| touches(changes)).map(|(seq, _)| *seq).collect())
    }
    fn replay(&mut self, seq: Seq) -> Result<Replay, Infallible> {
        Ok(self.changes[&seq].clone().into())
    }
}

fn key_of(change: &Checked) -> Key {
    Key { of: change.of, id: change.id }
}

impl Phone {
    pub fn new(device: DeviceId) -> Self {
        Self {
            naive: Device {
                id: device,
                cursor: Version::ZERO,
                read: Vec::new(),
                ops: Vec::new(),
                schema: crate::schema::schema().version,
                scopes: None,
                left_out: Vec::new(),
                person: None,
            },
            shown: BTreeMap::new(),
            waiting: Waiting::default(),
            doubt: BTreeSet::new(),
            misfits: BTreeSet::new(),
            aliases: BTreeMap::new(),
        }
    }

    /// The confirmed version of a record: the base of what the user does to it.
    pub fn confirmed(&self, of: usize, id: RecordId) -> Version {
        let key = self.in_force(Key { of, id });
        let image = self.waiting.images.get(&key).or_else(|| self.shown.get(&key));
        image.map_or(Version::ZERO, |image| image.version)
    }

    fn in_force(&self, key: Key) -> Key {
        Key { id: self.aliases.get(&key).copied().unwrap_or(key.id), ..key }
    }

    /// The user acts: the op is written down and shown, if it fits.
    pub fn act(&mut self, schema: &Schema, sealed: &SealedOp) {
        let op = &sealed.op;
        self.naive.ops.push(Arc::new(op.clone()));
        let changes: Result<Vec<_>, _> =
            op.payload.changes.iter().map(|change| read(schema, change)).collect();
        let Ok(mut changes) = changes else {
            self.misfits.insert(op.seq);
            return;
        };
        changes.iter_mut().for_each(|change| self.rename(schema, change));
        for change in &changes {
            let key = key_of(change);
            let image = self.shown.get(&key).cloned().unwrap_or_default();
            self.waiting.images.entry(key).or_insert(image);
        }
        let touched =
            changes.iter().filter_map(|change| Some((key_of(change), self.shown.get(&key_of(change))?)));
        let rows = touched.map(|(key, image)| (key, image.held())).collect();
        match attempt(&schema.types, &rows, &changes.clone().into()) {
            Some(rows) => rows.into_iter().for_each(|(key, held)| {
                let shown = self.shown.entry(key).or_default();
                (shown.row, shown.gone) = (held.row, held.gone);
            }),
            None => {
                self.doubt.insert(op.seq);
            }
        }
        self.waiting.changes.insert(op.seq, changes);
    }

    /// Takes in what happened on the server after the cursor, up to `at`'s head.
    pub fn pull(&mut self, schema: &Schema, at: &Server, line: Option<Line>) {
        let news = at.records.iter().filter(|(_, record)| record.version > self.naive.cursor);
        let news: BTreeMap<Key, News> = news
            .map(|((of, id), record)| {
                let row = (!record.deleted).then(|| record.row.clone());
                (Key { of: *of, id: *id }, Image { version: record.version, row, gone: None })
            })
            .collect();
        let settled = self.settle(schema, at, line);
        let Ok(rebased) = rebase(&schema.types, &mut self.waiting, &news, &settled);
        settled.keys().for_each(|seq| {
            self.waiting.changes.remove(seq);
            self.doubt.remove(seq);
        });
        for (key, image) in news.into_iter().filter(|(key, _)| !rebased.shown.contains_key(key)) {
            self.shown.insert(key, image);
        }
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
        self.naive.cursor = at.head;
    }

    /// The own ops with a verdict up to `at`'s head, and what they touched. Ids of duplicates are mapped.
    fn settle(&mut self, schema: &Schema, at: &Server, line: Option<Line>) -> BTreeMap<Seq, Vec<Key>> {
        let own = at.known.values().filter(|known| Some(known.line) == line);
        let cursor = self.naive.cursor;
        let own = own.filter(|known| known.answer.version > cursor);
        let mut settled = BTreeMap::new();
        for known in own {
            let seq = known.answer.seq;
            self.misfits.remove(&seq);
            let changes = self.waiting.changes.get(&seq).into_iter().flatten();
            settled.insert(seq, changes.map(key_of).collect());
            if let Verdict::DuplicateOf { ids, .. } = &known.answer.verdict {
                self.map(schema, ids, seq, &mut settled);
            }
        }
        settled
    }

    /// Puts the ids in force into the waiting ops, and lays out the images of what they touch now.
    fn map(&mut self, schema: &Schema, ids: &[SameRecord], by: Seq, settled: &mut BTreeMap<Seq, Vec<Key>>) {
        for same in ids {
            let of = schema.types.iter().position(|ty| ty.name == same.of).expect("a type of the schema");
            self.aliases.insert(Key { of, id: same.own }, same.existing);
            let key = Key { of, id: same.existing };
            let image = self.shown.get(&key).cloned().unwrap_or_default();
            self.waiting.images.entry(key).or_insert(image);
            settled.entry(by).or_default().push(key);
        }
        let mut waiting = std::mem::take(&mut self.waiting.changes);
        for (_, changes) in waiting.iter_mut().filter(|(seq, _)| **seq > by) {
            let before = changes.clone();
            changes.iter_mut().for_each(|change| self.rename(schema, change));
            // What only refers to the record is shown anew too, though no news touches it.
            let renamed = changes.iter().zip(&before).filter(|(now, before)| now != before);
            settled.entry(by).or_default().extend(renamed.map(|(now, _)| key_of(now)));
        }
        self.waiting.changes = waiting;
    }

    fn rename(&self, schema: &Schema, change: &mut Checked) {
        if !matches!(change.verb, Verb::Insert(_)) {
            change.id = self.in_force(key_of(change)).id;
        }
        let fields = &schema.types[change.of].fields;
        let target = |field: usize| match &fields[field].kind {
            Kind::Ref { to, .. } => schema.types.iter().position(|ty| ty.name == *to),
            _ => None,
        };
        let rename = |field: usize, value: &mut Value| {
            if let (Some(of), Value::Ref(id)) = (target(field), &mut *value) {
                *value = Value::Ref(self.in_force(Key { of, id: *id }).id);
            }
        };
        match &mut change.verb {
            Verb::Insert(row) => row.iter_mut().enumerate().for_each(|(field, value)| rename(field, value)),
            Verb::Update(edits) => edits.iter_mut().for_each(|(field, edit)| {
                if let Edit::Set(value) = edit {
                    rename(*field, value);
                }
            }),
            _ => {}
        }
    }

    /// Whether what the engine shows is what the naive device shows.
    pub fn agree(&self, schema: &Schema, history: &History<'_>) -> Result<(), String> {
        let expected = self.naive.shown(history);
        let owned = |key: &Key, row: &[Value]| {
            let fields = schema.types[key.of].fields.iter().zip(row);
            let mut owners = fields.filter_map(|(field, value)| match (&field.kind, value) {
                (Kind::Ref { to, owner: true, .. }, Value::Ref(id)) => {
                    Some(Key { of: schema.place(to)?, id: *id })
                }
                _ => None,
            });
            owners.all(|owner| self.shown.get(&owner).is_some_and(|image| image.row.is_some()))
        };
        let live = || {
            let rows = self.shown.iter().filter_map(|(key, image)| Some((key, image.row.as_ref()?)));
            rows.filter(|(key, row)| owned(key, row))
        };
        let same_rows = live().count() == expected.rows.len()
            && live().all(|(key, row)| {
                expected.rows.get(&(schema.types[key.of].name.as_str(), key.id)).is_some_and(|own| own == row)
            });
        let doubt: BTreeSet<_> = self.doubt.union(&self.misfits).copied().collect();
        match same_rows && doubt == expected.doubt {
            true => Ok(()),
            false => Err(format!("shows {:?} in doubt {doubt:?}\nbut should show {expected:?}", self.shown)),
        }
    }

    /// Whether it shows what the server has, nothing waits and no image is kept for nothing.
    pub fn shows_just(&self, server: &Server) -> bool {
        let live = || self.shown.iter().filter(|(_, image)| image.row.is_some());
        let confirmed = || server.records.iter().filter(|(_, record)| !record.deleted);
        let same = live().zip(confirmed()).all(|((key, image), ((of, id), record))| {
            (key.of, key.id, image.version) == (*of, *id, record.version)
                && image.row.as_ref() == Some(&record.row)
        });
        let idle = self.waiting.changes.is_empty() && self.waiting.images.is_empty();
        same && live().count() == confirmed().count()
            && idle
            && self.doubt.is_empty()
            && self.misfits.is_empty()
    }
}
