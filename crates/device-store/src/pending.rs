//! What pending ops touch: for each such record its confirmed image, and the ops. This is what a rebase
//! looks at; within one transaction each record is read once.

use std::collections::BTreeMap;

use fieldbook_device_sync::{Image, Key, Pending, Replay};
use fieldbook_merge::Row;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{RecordId, Seq, Value, Version, json};
use fieldbook_protocol::row;
use rusqlite::params;

use crate::error::StoreError;
use crate::open::Tx;
use crate::replay;
use crate::shown;

/// A record that pending ops touch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// `None`: no pending op touches it.
    pub image: Option<Image>,
    pub by: Vec<Seq>,
}

/// Reads a record's image and the ops that touch it.
pub(crate) fn touched(tx: Tx<'_>, key: Key) -> Result<Touched, StoreError> {
    let mut select = tx.conn.prepare_cached(
        "SELECT seq, version, image FROM fb_pending WHERE of = ?1 AND id = ?2 ORDER BY seq",
    )?;
    let mut rows = select.query((key.of, key.id.bytes()))?;
    let mut touched = Touched::default();
    while let Some(found) = rows.next()? {
        match found.get(0)? {
            0 => {
                let (row, gone) = match found.get_ref(2)?.as_str_or_null() {
                    Ok(None) => (None, shown::gone(tx, key)?.and_then(|gone| gone.row)),
                    Ok(Some(text)) => (Some(image_row(&tx.schema.types[key.of], text)?), None),
                    Err(_) => return Err(StoreError::unreadable("an image")),
                };
                touched.image = Some(Image { version: Version(found.get(1)?), row, gone });
            }
            seq => touched.by.push(Seq(seq)),
        }
    }
    Ok(touched)
}

/// The confirmed version of a record that pending ops touch; `None` where none does.
pub(crate) fn image_version(tx: Tx<'_>, key: Key) -> Result<Option<Version>, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT version FROM fb_pending WHERE of = ?1 AND id = ?2 AND seq = 0")?;
    let mut rows = select.query((key.of, key.id.bytes()))?;
    Ok(match rows.next()? {
        Some(row) => Some(Version(row.get(0)?)),
        None => None,
    })
}

/// A row from the text of its values.
pub(crate) fn image_row(ty: &RecordType, text: &str) -> Result<Row, StoreError> {
    let wrong = || StoreError::unreadable("an image");
    let values: Vec<json::Json> = json::parse(text).map_err(|_| wrong())?;
    if values.len() != ty.fields.len() {
        return Err(wrong());
    }
    let fields = ty.fields.iter().zip(&values);
    fields.map(|(field, value)| Value::judged(field, value).ok_or_else(wrong)).collect()
}

/// Keeps the confirmed image of a record.
pub(crate) fn keep_image(
    tx: Tx<'_>,
    key: Key,
    version: Version,
    row: Option<&Row>,
) -> Result<(), StoreError> {
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO fb_pending(of, id, seq, version, image) VALUES (?1, ?2, 0, ?3, ?4) \
         ON CONFLICT DO UPDATE SET version = excluded.version, image = excluded.image",
    )?;
    let image = row.map(|row| row::write(row));
    insert.execute(params![key.of, key.id.bytes(), version.0, image])?;
    Ok(())
}

/// Notes that an op touches a record.
pub(crate) fn touch(tx: Tx<'_>, key: Key, seq: Seq) -> Result<(), StoreError> {
    let mut insert =
        tx.conn.prepare_cached("INSERT OR IGNORE INTO fb_pending(of, id, seq) VALUES (?1, ?2, ?3)")?;
    insert.execute(params![key.of, key.id.bytes(), seq.0])?;
    Ok(())
}

/// An op no longer touches a record.
pub(crate) fn leave(tx: Tx<'_>, key: Key, seq: Seq) -> Result<(), StoreError> {
    let mut delete =
        tx.conn.prepare_cached("DELETE FROM fb_pending WHERE of = ?1 AND id = ?2 AND seq = ?3")?;
    delete.execute(params![key.of, key.id.bytes(), seq.0])?;
    Ok(())
}

/// No op touches a record any longer.
pub(crate) fn forget(tx: Tx<'_>, key: Key) -> Result<(), StoreError> {
    let mut delete = tx.conn.prepare_cached("DELETE FROM fb_pending WHERE of = ?1 AND id = ?2")?;
    delete.execute(params![key.of, key.id.bytes()])?;
    Ok(())
}

/// Every record that pending ops touch.
pub(crate) fn all(tx: Tx<'_>) -> Result<Vec<Key>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT of, id FROM fb_pending WHERE seq = 0")?;
    let keys =
        select.query_map([], |row| Ok(Key { of: row.get(0)?, id: RecordId::from_bytes(row.get(1)?) }))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// What a rebase looks at.
pub(crate) struct Desk<'a> {
    pub tx: Tx<'a>,
    records: BTreeMap<Key, Touched>,
    /// What came of such records and is not written down yet, where an op of an older version of the schema may ask for it.
    pub news: BTreeMap<Key, Image>,
    /// Whether each op that was looked at stood in doubt before.
    pub doubted: BTreeMap<Seq, bool>,
}

/// What lay on a desk, while the transaction is left open without it.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    records: BTreeMap<Key, Touched>,
    news: BTreeMap<Key, Image>,
    doubted: BTreeMap<Seq, bool>,
}

impl<'a> Desk<'a> {
    pub fn new(tx: Tx<'a>) -> Self {
        Self::with(tx, Laid::default())
    }

    /// A desk with what lay on it before, in the same transaction.
    pub fn with(tx: Tx<'a>, Laid { records, news, doubted }: Laid) -> Self {
        Self { tx, records, news, doubted }
    }

    /// What lies on it.
    pub fn lay(self) -> Laid {
        Laid { records: self.records, news: self.news, doubted: self.doubted }
    }

    pub fn record(&mut self, key: Key) -> Result<&Touched, StoreError> {
        match self.records.entry(key) {
            std::collections::btree_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => Ok(place.insert(touched(self.tx, key)?)),
        }
    }

    /// A record as the server has it, by what came last.
    pub fn confirmed(&mut self, key: Key) -> Result<Option<Image>, StoreError> {
        match self.news.get(&key) {
            Some(image) => Ok(Some(image.clone())),
            None => Ok(self.record(key)?.image.clone()),
        }
    }

    /// Something else changed what touches a record: it is read again.
    pub fn reread(&mut self, key: Key) {
        self.records.remove(&key);
    }
}

impl Pending for Desk<'_> {
    type Error = StoreError;

    fn image(&mut self, key: Key) -> Result<Option<Image>, StoreError> {
        Ok(self.record(key)?.image.clone())
    }

    fn touching(&mut self, key: Key) -> Result<Vec<Seq>, StoreError> {
        Ok(self.record(key)?.by.clone())
    }

    fn replay(&mut self, seq: Seq) -> Result<Replay, StoreError> {
        let (doubted, op) = replay::of(self, seq)?;
        self.doubted.insert(seq, doubted);
        Ok(op)
    }
}
