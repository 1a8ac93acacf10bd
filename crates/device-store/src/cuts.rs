//! What a device leaves out by age: its cut-offs, which every request tells the server, and the rows that go.
//!
//! ```text
//!   prune ──► rows below the cut-off go, but for those that own ops touch ──► these go when the ops are settled
//!   unprune ──► the next pull is a snapshot of everything
//! ```

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::cut::{self, Age};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{Cut, Scope, Value, json};

use crate::blobs;
use crate::diagnostics::pragma;
use crate::error::StoreError;
use crate::lies;
use crate::notes;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::owners::Owners;
use crate::pending;
use crate::schema_sql::quoted;
use crate::scopes;
use crate::shown;
use crate::standing::Stored;

/// The note of the cut-offs.
const CUTS: &str = "cuts";
/// The note that the next pull brings everything anew.
const FRESH: &str = "fresh";

/// A cut-off of this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// What is left out.
    pub cut: Cut,
    /// How many records of each type went.
    pub pruned: BTreeMap<String, u64>,
}

/// What a person wants to prune.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruning {
    /// Records from before this go: a date, a time or a number.
    pub before: String,
    /// Only of this type.
    pub of: Option<String>,
    /// Only in this scope, and all beneath.
    pub scope: Option<Scope>,
}

/// What goes, or would go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Each type, how many of its records, and about how many bytes those take.
    pub types: Vec<(String, u64, u64)>,
    /// Records that stay until the own ops on them are settled.
    pub stay: u64,
}

/// How large the database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shrunk {
    /// Before, in bytes.
    pub before: u64,
    /// Now, in bytes.
    pub after: u64,
}

/// Why nothing was pruned.
#[derive(Debug, thiserror::Error)]
pub enum PruneError {
    /// The app has no such type.
    #[error("there is no record type {0}; those that can be pruned are {1}")]
    NoType(String, String),
    /// The type does not say how old its records are.
    #[error("a {0} does not say how old it is; those that can be pruned are {1}")]
    NoAge(String, String),
    /// No type does.
    #[error(
        "nothing of this app can be pruned: no record type says how old its records are (prune in schema.toml)"
    )]
    NothingAges,
    /// It is no value of the field.
    #[error("{0:?} is no value of {1}, by which it is pruned; {2} would be one")]
    NoValue(String, String, &'static str),
    /// The scope is not one that is here.
    #[error(transparent)]
    Scope(#[from] scopes::ScopeError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for PruneError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Takes records off the device that are older than a value, with what they own, and leaves them out from now on. What
    /// own ops touch stays until those are settled (rule 34). `dry`: only says what would go.
    pub fn prune(&mut self, wish: &Pruning, dry: bool) -> Result<Pruned, PruneError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        if let Some(scope) = &wish.scope {
            scopes::is_here(tx, scope)?;
        }
        let mut kept = cut_offs(tx)?;
        for cut in wanted(tx, wish)? {
            let same = |it: &&mut CutOff| it.cut.of == cut.of && it.cut.scope == cut.scope;
            match kept.iter_mut().find(same) {
                Some(before) => before.cut.before = cut.before.max(before.cut.before.clone()),
                None => kept.push(CutOff { cut, pruned: BTreeMap::new() }),
            }
        }
        let pruned = sweep(tx, &mut kept)?;
        keep(tx, &kept)?;
        blobs::drop_unnamed(tx, None)?;
        // What is on its way was asked for without them.
        scopes::forget_loads(tx)?;
        if !dry {
            conn.commit()?;
        }
        Ok(pruned)
    }

    /// Leaves nothing out any more: the next pull brings what was pruned. Tells whether anything was.
    pub fn unprune(&mut self) -> Result<bool, StoreError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let any = !cut_offs(tx)?.is_empty();
        if any {
            keep(tx, &[])?;
            want_anew(tx)?;
            scopes::forget_loads(tx)?;
        }
        conn.commit()?;
        Ok(any)
    }

    /// What this device leaves out.
    pub fn cut_offs(&mut self) -> Result<Vec<CutOff>, StoreError> {
        let (conn, parts) = self.read()?;
        cut_offs(parts.on(&conn))
    }

    /// Whether the next pull is to bring everything anew.
    pub fn wants_anew(&mut self) -> Result<bool, StoreError> {
        let (conn, parts) = self.read()?;
        wants_anew(parts.on(&conn))
    }

    /// Gives the room of what went back to the disk. Takes as long as writing the rest anew.
    pub fn shrink(&mut self) -> Result<Shrunk, StoreError> {
        let before = self.size()?.0;
        let conn = self.connection();
        conn.execute_batch("VACUUM")?;
        // The file itself gets smaller when nothing is left in the log; a reader may hold that up for a while.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(Shrunk { before, after: self.size()?.0 })
    }

    /// How many bytes the database has, and how many of them it would give back if it were written anew.
    pub fn size(&mut self) -> Result<(u64, u64), StoreError> {
        let number = |name| pragma(self.connection(), name);
        let (pages, free, bytes) = (number("page_count")?, number("freelist_count")?, number("page_size")?);
        Ok((pages * bytes, free * bytes))
    }
}

/// What a person wants as cut-offs, one for each type.
fn wanted(tx: Tx<'_>, wish: &Pruning) -> Result<Vec<Cut>, PruneError> {
    let ages = |ty: &&RecordType| ty.prune.is_some();
    let names: Vec<&str> = tx.schema.types.iter().filter(ages).map(|ty| ty.name.as_str()).collect();
    if names.is_empty() {
        return Err(PruneError::NothingAges);
    }
    let Pruning { before, of, scope } = wish;
    let cut = |ty: &RecordType| {
        let before = Age::read(age(ty)?.1, before)?;
        Some(Cut { of: ty.name.clone(), before, scope: scope.clone() })
    };
    let no_value = |of: &str| {
        let Some((_, field)) = tx.schema.find(of).and_then(age) else { return PruneError::NothingAges };
        let example = if field.kind == Kind::Integer { "1000" } else { "2026-01-31" };
        PruneError::NoValue(before.clone(), format!("{of}.{}", field.name), example)
    };
    if let Some(of) = of {
        let ty = tx.schema.find(of).ok_or_else(|| PruneError::NoType(of.clone(), names.join(", ")))?;
        if ty.prune.is_none() {
            return Err(PruneError::NoAge(of.clone(), names.join(", ")));
        }
        return Ok(vec![cut(ty).ok_or_else(|| no_value(of))?]);
    }
    let cuts: Vec<Cut> = tx.schema.types.iter().filter_map(cut).collect();
    match cuts.is_empty() {
        true => Err(no_value(names[0])),
        false => Ok(cuts),
    }
}

/// The field that says how old records of a type are, and its place.
fn age(ty: &RecordType) -> Option<(usize, &Field)> {
    let place = ty.position(ty.prune.as_deref()?)?;
    Some((place, &ty.fields[place]))
}

/// What this device leaves out.
pub(crate) fn cut_offs(tx: Tx<'_>) -> Result<Vec<CutOff>, StoreError> {
    match notes::read(tx, CUTS)? {
        None => Ok(Vec::new()),
        Some(text) => {
            let read: Result<Vec<(Cut, BTreeMap<String, u64>)>, _> = json::parse(&text);
            let read = read.map_err(|_| StoreError::unreadable("the cut-offs"))?;
            Ok(read.into_iter().map(|(cut, pruned)| CutOff { cut, pruned }).collect())
        }
    }
}

/// The same as a request tells it.
pub(crate) fn cuts(tx: Tx<'_>) -> Result<Vec<Cut>, StoreError> {
    Ok(cut_offs(tx)?.into_iter().map(|it| it.cut).collect())
}

fn keep(tx: Tx<'_>, kept: &[CutOff]) -> Result<(), StoreError> {
    let all: Vec<_> = kept.iter().map(|it| (&it.cut, &it.pruned)).collect();
    notes::write(tx, CUTS, (!all.is_empty()).then(|| json::write(&all)).as_deref())
}

/// The next pull brings everything anew.
pub(crate) fn want_anew(tx: Tx<'_>) -> Result<(), StoreError> {
    notes::write(tx, FRESH, Some("1"))
}

/// Whether the next pull is to bring everything anew.
pub(crate) fn wants_anew(tx: Tx<'_>) -> Result<bool, StoreError> {
    Ok(notes::read(tx, FRESH)?.is_some())
}

/// A scope is asked for again: what was left out of it alone comes with it.
pub(crate) fn widen(tx: Tx<'_>, scope: &Scope) -> Result<(), StoreError> {
    let mut kept = cut_offs(tx)?;
    let all = kept.len();
    kept.retain(|it| it.cut.scope.as_ref() != Some(scope));
    if kept.len() < all {
        keep(tx, &kept)?;
        want_anew(tx)?;
    }
    Ok(())
}

/// A page came that leaves out by some cut-offs. `whole`: it ends a snapshot of everything. Gives the types of which
/// rows went that this device does not want any more.
pub(crate) fn arrived(tx: Tx<'_>, mark: Option<&str>, whole: bool) -> Result<Vec<usize>, StoreError> {
    let mut kept = cut_offs(tx)?;
    let cuts: Vec<Cut> = kept.iter().map(|it| it.cut.clone()).collect();
    if cut::mark(&cuts).as_deref() == mark {
        if whole {
            notes::write(tx, FRESH, None)?;
        }
        return Ok(Vec::new());
    }
    // It was asked for before the person pruned.
    let pruned = sweep(tx, &mut kept)?;
    if !pruned.types.is_empty() {
        keep(tx, &kept)?;
    }
    Ok(pruned.types.iter().filter_map(|(of, ..)| tx.schema.place(of)).collect())
}

/// The names of types in another version of the schema.
pub(crate) fn rename(tx: Tx<'_>, name: impl Fn(&str) -> String) -> Result<(), StoreError> {
    let mut kept = cut_offs(tx)?;
    for it in &mut kept {
        it.cut.of = name(&it.cut.of);
        let pruned = std::mem::take(&mut it.pruned);
        it.pruned = pruned.into_iter().map(|(of, count)| (name(&of), count)).collect();
    }
    keep(tx, &kept)
}

/// Records of ops that are held: their rows stay.
pub(crate) fn held(tx: Tx<'_>) -> Result<Vec<Key>, StoreError> {
    let mut keys = Vec::new();
    for seq in oplog::in_state(tx, Stored::Conflicted)? {
        keys.extend(oplog::standing(tx, seq)?.into_iter().flat_map(|standing| standing.touches));
    }
    Ok(keys)
}

/// Takes away the rows below the cut-offs.
fn sweep(tx: Tx<'_>, kept: &mut [CutOff]) -> Result<Pruned, StoreError> {
    lies::lay_all(tx)?;
    let tops = kept.iter().filter_map(|it| tx.schema.place(&it.cut.of));
    let along = cut::taken_along(tx.schema, tops);
    tx.conn.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS fb_below(of INTEGER NOT NULL, id TEXT NOT NULL, cut INTEGER NOT NULL, \
         PRIMARY KEY (of, id)) WITHOUT ROWID; DELETE FROM temp.fb_below;",
    )?;
    for (number, it) in kept.iter().enumerate() {
        below(tx, number, &it.cut)?;
    }
    let cuts: Vec<Cut> = kept.iter().map(|it| it.cut.clone()).collect();
    unshown(tx, &along, &cuts)?;
    while owned(tx, &along)? > 0 {}
    let mut pruned = Pruned::default();
    let mut stay = held(tx)?;
    stay.extend(pending::all(tx)?);
    for key in stay.iter().filter(|key| along.contains(&key.of) && !planted(Defect::PruneDropsPending)) {
        let sql = "DELETE FROM temp.fb_below WHERE of = ?1 AND id = ?2";
        if tx.conn.prepare_cached(sql)?.execute((key.of, key.id.to_string()))? > 0 {
            lies::linger(tx, *key)?;
            pruned.stay += 1;
        }
    }
    for of in along {
        let (ty, sql) = (&tx.schema.types[of], &tx.tables.types[of]);
        let lengths =
            ty.fields.iter().map(|field| format!(" + coalesce(length({}), 0)", quoted(&field.name)));
        let size: String = lengths.collect();
        let going = format!(
            "SELECT cut, count(*), sum(44{size}) FROM {} AS r JOIN temp.fb_below AS b ON b.of = {of} AND b.id = r.id \
             GROUP BY cut",
            sql.name
        );
        let mut select = tx.conn.prepare(&going)?;
        let rows =
            select.query_map([], |row| Ok((row.get::<_, usize>(0)?, row.get::<_, u64>(1)?, row.get(2)?)))?;
        let rows: Vec<(usize, u64, u64)> = rows.collect::<Result<_, _>>()?;
        for (number, count, _) in &rows {
            *kept[*number].pruned.entry(ty.name.clone()).or_default() += count;
        }
        let (count, bytes) =
            rows.iter().fold((0, 0), |sum, (_, count, bytes)| (sum.0 + count, sum.1 + bytes));
        if count > 0 {
            let delete = format!(
                "DELETE FROM {} WHERE id IN (SELECT id FROM temp.fb_below WHERE of = {of})",
                sql.name
            );
            tx.conn.execute(&delete, [])?;
            pruned.types.push((ty.name.clone(), count, bytes));
        }
    }
    tx.conn.execute_batch("DELETE FROM temp.fb_below")?;
    Ok(pruned)
}

/// Notes the records that lie below a cut-off by their own age.
fn below(tx: Tx<'_>, number: usize, cut: &Cut) -> Result<(), StoreError> {
    let Some(of) = tx.schema.place(&cut.of) else { return Ok(()) };
    let (ty, sql) = (&tx.schema.types[of], &tx.tables.types[of]);
    let Some((_, field)) = age(ty) else { return Ok(()) };
    let within = match &cut.scope {
        None => String::new(),
        Some(_) if !sql.scoped => return Ok(()),
        Some(scope) => format!(" AND _scope IN ({})", lies::list(&lies::beneath(tx, scope)?)),
    };
    let insert = format!(
        "INSERT OR IGNORE INTO temp.fb_below SELECT {of}, id, {number} FROM {} WHERE {} < ?1{within}",
        sql.name,
        quoted(&field.name)
    );
    match &cut.before {
        Age::Number(limit) => tx.conn.execute(&insert, [limit])?,
        Age::Text(limit) => tx.conn.execute(&insert, [limit])?,
    };
    Ok(())
}

/// Notes what is owned by records that are noted; also by some that went before and were not deleted. Tells how many.
fn owned(tx: Tx<'_>, along: &BTreeSet<usize>) -> Result<usize, StoreError> {
    let mut found = 0;
    for of in along {
        for (field, owner) in tx.tables.owners.above(*of).iter().filter(|(_, owner)| along.contains(owner)) {
            let (sql, of_owner) = (&tx.tables.types[*of].name, &tx.tables.types[*owner].name);
            let column = quoted(&tx.schema.types[*of].fields[*field].name);
            let insert = format!(
                "INSERT OR IGNORE INTO temp.fb_below SELECT {of}, r.id, b.cut FROM {sql} AS r \
                 JOIN temp.fb_below AS b ON b.of = {owner} AND b.id = r.{column}"
            );
            found += tx.conn.execute(&insert, [])?;
            let insert = format!(
                "INSERT OR IGNORE INTO temp.fb_below SELECT {of}, r.id, 0 FROM {sql} AS r WHERE r.{column} IS NOT NULL \
                 AND NOT EXISTS (SELECT 1 FROM {of_owner} AS o WHERE o.id = r.{column}) \
                 AND NOT EXISTS (SELECT 1 FROM fb_gone AS g WHERE g.of = {owner} AND g.id = unhex(replace(r.{column}, '-', ''))) \
                 AND NOT EXISTS (SELECT 1 FROM fb_pending AS p WHERE p.of = {owner} AND p.id = unhex(replace(r.{column}, '-', '')))"
            );
            found += tx.conn.execute(&insert, [])?;
        }
    }
    Ok(found)
}

/// Notes what pending ops deleted: it has no row now. What it owned goes, and so does itself, should its verdict bring it back.
fn unshown(tx: Tx<'_>, along: &BTreeSet<usize>, cuts: &[Cut]) -> Result<(), StoreError> {
    for key in pending::all(tx)?.into_iter().filter(|key| along.contains(&key.of)) {
        if !shown::exists(tx, key)? && hides(tx, cuts, key)? {
            let insert = "INSERT OR IGNORE INTO temp.fb_below VALUES (?1, ?2, 0)";
            tx.conn.prepare_cached(insert)?.execute((key.of, key.id.to_string()))?;
        }
    }
    Ok(())
}

/// Whether a record lies below one of some cut-offs, as far as is known here.
pub(crate) fn hides(tx: Tx<'_>, cuts: &[Cut], key: Key) -> Result<bool, StoreError> {
    let along = cut::taken_along(tx.schema, cuts.iter().filter_map(|cut| tx.schema.place(&cut.of)));
    let mut hidden = false;
    let mut queue = vec![key];
    let mut been = BTreeSet::new();
    while let Some(next) = queue.pop() {
        if hidden || !along.contains(&next.of) || !been.insert(next) {
            continue;
        }
        let held = match pending::touched(tx, next)?.image.and_then(|image| image.row) {
            Some(row) => Some(row),
            None => shown::find(tx, next)?.map(|(row, _)| row),
        };
        match held {
            Some(row) => {
                hidden = is_below(tx, cuts, next, &row)?;
                queue.extend(above(&tx.tables.owners, next, &row));
            }
            // What owns a record lies where that does: if it was not deleted it went by a cut-off.
            None => hidden = next != key && shown::gone(tx, next)?.is_none(),
        }
    }
    Ok(hidden)
}

fn above(owners: &Owners, key: Key, row: &Row) -> Vec<Key> {
    let owner = |(field, of): &(usize, usize)| match &row[*field] {
        Value::Ref(id) => Some(Key { of: *of, id: *id }),
        _ => None,
    };
    owners.above(key.of).iter().filter_map(owner).collect()
}

/// Whether a record lies below a cut-off by its own age.
fn is_below(tx: Tx<'_>, cuts: &[Cut], key: Key, row: &Row) -> Result<bool, StoreError> {
    let ty = &tx.schema.types[key.of];
    let Some((place, field)) = age(ty) else { return Ok(false) };
    for cut in cuts.iter().filter(|cut| cut.of == ty.name) {
        let Some(limit) = cut.before.value(field) else { continue };
        let within = match &cut.scope {
            None => true,
            Some(scope) => {
                let home = lies::home(tx, key.of, row)?;
                home.is_some_and(|home| lies::beneath(tx, scope).is_ok_and(|all| all.contains(&home)))
            }
        };
        if within && cut::is_before(&row[place], &limit) {
            return Ok(true);
        }
    }
    Ok(false)
}
