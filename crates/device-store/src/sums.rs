//! What the records that the server confirmed come to on this device, part for part: what is shown, with the confirmed image in
//! the place of each row that pending ops touch. Rows that only wait here for an own op, of a part that was unloaded or below a
//! cut-off, are the server's business no more and do not count. One read over all tables, of which no row is kept.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::schema::RecordType;
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::sum::{Shape, Sum, Tally, Total};
use fieldbook_model::{RecordId, Value, cut};
use fieldbook_protocol::page::ScopeAsk;
use fieldbook_protocol::{PartSum, Sums};

use crate::cuts;
use crate::error::StoreError;
use crate::lies;
use crate::open::Tx;
use crate::pending;
use crate::schema_sql::quoted;
use crate::shown;

/// What is here.
pub(crate) struct Here {
    /// Part for part.
    pub sums: Sums,
    /// The records of all parts, each counted once.
    pub records: u64,
}

/// What is here of some scopes and of the root. With the conflicts if the server's sums have them. `None` while it cannot be
/// told where a record lies that a pending op took off the screen.
pub(crate) fn here(tx: Tx<'_>, asks: &[ScopeAsk], conflicts: bool) -> Result<Option<Here>, StoreError> {
    let covered = lies::covered_by(tx, asks)?;
    let pending = pending::all(tx)?.into_iter().collect();
    let mut count = Count {
        tx,
        left_out: lies::all_lingering(tx)?,
        covered,
        pending,
        along: along(tx)?,
        orphaned: BTreeMap::new(),
        tally: Tally::default(),
        sums: BTreeMap::new(),
    };
    for (of, ty) in tx.schema.types.iter().enumerate() {
        if conflicts || !is_conflict(ty) {
            count.rows(of)?;
        }
    }
    for key in count.pending.clone() {
        if (conflicts || !is_conflict(&tx.schema.types[key.of])) && !count.image(key)? {
            return Ok(None);
        }
    }
    let (mut parts, mut of_root) = (vec![PartSum::default()], count.sums.clone());
    for ask in asks {
        let mut is = Sum::default();
        for scope in lies::asked_for(tx, ask)? {
            of_root.remove(&scope);
            count.sums.get(&scope).into_iter().for_each(|sum| is.join(sum));
        }
        parts.push(PartSum { scope: Some(ask.scope.clone()), beneath: ask.beneath, is });
    }
    of_root.values().for_each(|sum| parts[0].is.join(sum));
    let records = count.sums.values().map(|sum| sum.rows).sum();
    Ok(Some(Here { sums: Sums { conflicts, parts }, records }))
}

/// The types of which records may be left out by age.
fn along(tx: Tx<'_>) -> Result<BTreeSet<usize>, StoreError> {
    let tops = cuts::cuts(tx)?;
    Ok(cut::taken_along(tx.schema, tops.iter().filter_map(|cut| tx.schema.place(&cut.of))))
}

fn is_conflict(ty: &RecordType) -> bool {
    ty.system && ty.name == CONFLICT
}

/// Records on their way into sums.
struct Count<'a> {
    tx: Tx<'a>,
    covered: BTreeSet<i64>,
    /// What stays for an own op alone.
    left_out: BTreeSet<Key>,
    pending: BTreeSet<Key>,
    /// The types of which records may be left out by age.
    along: BTreeSet<usize>,
    orphaned: BTreeMap<Key, bool>,
    tally: Tally,
    /// For each scope what lies in itself.
    sums: BTreeMap<i64, Sum>,
}

impl Count<'_> {
    /// Takes in the rows of a type that no pending op touches.
    fn rows(&mut self, of: usize) -> Result<(), StoreError> {
        let (ty, sql, tx) = (&self.tx.schema.types[of], &self.tx.tables.types[of], self.tx);
        let shape = shape(ty);
        let fields: String = ty.fields.iter().map(|field| quoted(&field.name) + ", ").collect();
        let scope = if sql.scoped { ", _scope" } else { "" };
        let mut select = tx.conn.prepare(&format!("SELECT {fields}_version, id{scope} FROM {}", sql.name))?;
        let (mut rows, width) = (select.query([])?, ty.fields.len());
        while let Some(found) = rows.next()? {
            let id = found.get_ref(width + 1)?.as_str().ok().and_then(|text| RecordId::parse(text).ok());
            let key = id.map(|id| Key { of, id });
            if key.is_some_and(|key| self.pending.contains(&key) || self.left_out.contains(&key)) {
                continue;
            }
            // What cannot be read any more is not what the server has.
            let row = shown::read(ty, found).ok();
            let record = match (key, &row) {
                (Some(key), Some((row, version))) => self.tally.record(&shape, (key.id, *version), row),
                _ => Total::default(),
            };
            if let Some((row, _)) = &row
                && self.is_orphaned(of, row)?
            {
                continue;
            }
            let scope: Option<i64> = if sql.scoped { found.get(width + 2)? } else { Some(0) };
            let scope = match (scope, row) {
                (Some(scope), _) => scope,
                (None, Some((row, _))) => match key {
                    Some(key) => self.lies(key, &row)?.unwrap_or(0),
                    None => 0,
                },
                (None, None) => 0,
            };
            self.add(scope, record);
        }
        Ok(())
    }

    /// Takes in the confirmed image of a record that pending ops touch. Tells whether it is known where it lies.
    fn image(&mut self, key: Key) -> Result<bool, StoreError> {
        let Some(image) = pending::touched(self.tx, key)?.image else { return Ok(true) };
        let Some(row) = image.row.filter(|_| !self.left_out.contains(&key)) else { return Ok(true) };
        let Some(scope) = self.lies(key, &row)? else { return Ok(false) };
        if scope != 0 && !self.covered.contains(&scope) {
            return Ok(true);
        }
        if self.is_orphaned(key.of, &row)? {
            return Ok(true);
        }
        let shape = shape(&self.tx.schema.types[key.of]);
        let record = self.tally.record(&shape, (key.id, image.version), &row);
        self.add(scope, record);
        Ok(true)
    }

    /// Whether a record that may be left out by age belongs to one that is deleted. How old that was the server knows and not
    /// always the device; neither shows it, and neither counts it.
    fn is_orphaned(&mut self, of: usize, row: &Row) -> Result<bool, StoreError> {
        if !self.along.contains(&of) {
            return Ok(false);
        }
        for (field, owner) in self.tx.tables.owners.above(of) {
            let Value::Ref(id) = &row[*field] else { continue };
            if self.along.contains(owner) && self.is_gone(Key { of: *owner, id: *id })? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a record is deleted, or belongs to one that is.
    fn is_gone(&mut self, key: Key) -> Result<bool, StoreError> {
        if let Some(known) = self.orphaned.get(&key) {
            return Ok(*known);
        }
        // A record that owns itself, by whatever way, is there.
        self.orphaned.insert(key, false);
        let row = match self.pending.contains(&key) {
            true => pending::touched(self.tx, key)?.image.and_then(|image| image.row),
            false => shown::find(self.tx, key)?.map(|(row, _)| row),
        };
        let is_gone = row.map_or(Ok(true), |row| self.is_orphaned(key.of, &row))?;
        self.orphaned.insert(key, is_gone);
        Ok(is_gone)
    }

    /// The scope in which a record lies by what the server said, else by what it held.
    fn lies(&self, key: Key, row: &Row) -> Result<Option<i64>, StoreError> {
        let sql = &self.tx.tables.types[key.of];
        if !sql.scoped {
            return Ok(Some(0));
        }
        let select = format!("SELECT _scope FROM {} WHERE id = ?1", sql.name);
        let mut select = self.tx.conn.prepare_cached(&select)?;
        let mut rows = select.query([key.id.encode(&mut [0; 36])])?;
        let said: Option<i64> = rows.next()?.map_or(Ok(None), |row| row.get(0))?;
        if said.is_some() {
            return Ok(said);
        }
        lies::place(self.tx, key, row)
    }

    /// What lies in a part that is not here has no business here: it counts at the root, where it makes a difference.
    fn add(&mut self, scope: i64, record: Total) {
        let scope = if self.covered.contains(&scope) { scope } else { 0 };
        self.sums.entry(scope).or_default().add(record);
    }
}

fn shape(ty: &RecordType) -> Shape {
    Shape::of(&ty.name, ty.fields.iter().enumerate())
}
