//! Ops and records as people speak of them: the schema's wording, with what the device knows of each record,
//! deleted ones too.

use fieldbook_device_sync::Key;
use fieldbook_merge::{Done, text};
use fieldbook_model::op::About;
use fieldbook_model::words::{self, Labels, Told, Touched};
use fieldbook_model::{Json, Op, RecordId, Seq};

use crate::did;
use crate::error::StoreError;
use crate::open::{Store, Tx};
use crate::oplog;
use crate::pending;
use crate::shown;

/// Where sentences look records up.
pub(crate) struct Known<'a> {
    tx: Tx<'a>,
    /// What the op itself gave them, for records that are not here any more.
    done: &'a [Done],
}

impl<'a> Known<'a> {
    pub fn new(tx: Tx<'a>, done: &'a [Done]) -> Self {
        Self { tx, done }
    }

    fn find(&self, of: &str, id: RecordId, field: &str) -> Option<Json> {
        let of = self.tx.schema.place(of)?;
        let place = self.tx.schema.types[of].position(field)?;
        let key = Key { of, id };
        // A record that cannot be read is left without a name: it is only about words.
        let live = shown::find(self.tx, key).ok().flatten().map(|(row, _)| row);
        let image = || pending::touched(self.tx, key).ok()?.image;
        let image_row = || image().and_then(|image| image.row.or(image.gone));
        let gone = || shown::gone(self.tx, key).ok()??.row;
        let row = live.or_else(image_row).or_else(gone);
        if let Some(row) = row {
            return Some(row[place].to_json());
        }
        let own = self.done.iter().filter(|done| done.of == of && done.id == id);
        let mut deeds = own.flat_map(|done| &done.deeds).filter(|deed| deed.field == place);
        deeds.next_back().map(|deed| deed.after.to_json())
    }
}

impl Labels for Known<'_> {
    fn value(&mut self, of: &str, id: RecordId, field: &str) -> Option<Json> {
        self.find(of, id, field)
    }
}

impl Store {
    /// What a person knows a record by: "Alfreds"; of one without a name "a customer".
    pub fn label(&mut self, of: &str, id: RecordId) -> Result<String, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        Ok(match tx.schema.place(of) {
            Some(of) => label(tx, Key { of, id }),
            None => id.to_string(),
        })
    }
}

/// What a person knows a record by.
pub(crate) fn label(tx: Tx<'_>, key: Key) -> String {
    words::label(tx.schema, &tx.schema.types[key.of].name, key.id, &mut Known::new(tx, &[]))
}

/// An op of this log as a sentence.
pub(crate) fn says(tx: Tx<'_>, seq: Seq) -> Result<String, StoreError> {
    let op = oplog::op(tx, seq)?;
    let done = told_of(tx, seq, &op)?;
    Ok(sentence(tx, &op, &done))
}

/// What a sentence about an op speaks of: of a decision, what the op would do that it decides about.
pub(crate) fn told_of(tx: Tx<'_>, seq: Seq, op: &Op) -> Result<Vec<Done>, StoreError> {
    if let Some(about @ (About::Resolves(_) | About::Discards(_))) = &op.payload.about
        && let Some(target) = about.target()
        && let Some(target) = oplog::place(tx, target)?
    {
        return did::written(tx, target);
    }
    did::written(tx, seq)
}

/// An op as a sentence.
pub(crate) fn sentence(tx: Tx<'_>, op: &Op, done: &[Done]) -> String {
    let values: Vec<Vec<(&str, Json, Json)>> = done.iter().map(|done| values(tx, done)).collect();
    let touched = done.iter().zip(&values).map(|(done, values)| Touched {
        of: &tx.schema.types[done.of].name,
        id: done.id,
        verb: text::verb(done.verb),
        fields: values.iter().map(|(name, before, after)| (*name, before, after)).collect(),
    });
    let told = Told { name: &tx.identity.user, action: &op.action, touched: touched.collect() };
    words::sentence(tx.schema, &told, &mut Known::new(tx, done))
}

fn values<'a>(tx: Tx<'a>, done: &Done) -> Vec<(&'a str, Json, Json)> {
    let fields = &tx.schema.types[done.of].fields;
    let deed = |deed: &fieldbook_merge::Deed| {
        let name = fields[deed.field].name.as_str();
        (name, deed.before.to_json(), deed.after.to_json())
    };
    done.deeds.iter().map(deed).collect()
}
