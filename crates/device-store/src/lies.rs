//! Where the rows of a device lie: each in the innermost scope around it, by number, and which scopes are covered by what was
//! asked for. What is covered no longer goes, but for what pending ops touch: that lingers.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{RecordId, Scope, Value};
use fieldbook_protocol::page::ScopeAsk;
use rusqlite::{OptionalExtension, params};

use crate::conflicts;
use crate::cuts;
use crate::error::StoreError;
use crate::notes;
use crate::open::Tx;
use crate::oplog;
use crate::pending;
use crate::scopes::{self, parsed};
use crate::shown;
use crate::sink::Target;
use crate::staging;

/// The notes of scopes that lie elsewhere in what is kept apart begin so.
const MOVED: &str = "moved ";

/// The number of a scope in this database, by its path; 0 for the root. What is new, or lies elsewhere now, is noted.
pub(crate) fn number(tx: Tx<'_>, path: &[Scope], target: Target) -> Result<i64, StoreError> {
    let mut parent = 0;
    for scope in path {
        let name = scope.to_string();
        let mut select = tx.conn.prepare_cached("SELECT n, parent FROM fb_scope WHERE name = ?1")?;
        let found: Option<(i64, i64)> =
            select.query_row([&name], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        parent = match found {
            Some((n, was)) if was == parent => n,
            Some((n, _)) => {
                moved(tx, &name, parent, target)?;
                n
            }
            None => {
                tx.conn
                    .prepare_cached("INSERT INTO fb_scope(name, parent) VALUES (?1, ?2)")?
                    .execute(params![name, parent])?;
                tx.conn.last_insert_rowid()
            }
        };
    }
    Ok(parent)
}

/// Notes where the scopes lie that a page's records open.
pub(crate) fn opened(
    tx: Tx<'_>,
    (of, id): (usize, RecordId),
    within: i64,
    target: Target,
) -> Result<(), StoreError> {
    let ty = &tx.schema.types[of];
    if !ty.scope {
        return Ok(());
    }
    let name = Scope { of: ty.name.clone(), id }.to_string();
    let mut insert =
        tx.conn.prepare_cached("INSERT OR IGNORE INTO fb_scope(name, parent) VALUES (?1, ?2)")?;
    match insert.execute((&name, within))? {
        0 => moved(tx, &name, within, target),
        _ => Ok(()),
    }
}

/// A scope lies in another now. What is kept apart says so only when it is shown: until then the rows that are here lie
/// where they lay.
fn moved(tx: Tx<'_>, name: &str, parent: i64, target: Target) -> Result<(), StoreError> {
    match target {
        Target::Shown => {
            let mut update =
                tx.conn.prepare_cached("UPDATE fb_scope SET parent = ?2 WHERE name = ?1 AND parent <> ?2")?;
            update.execute((name, parent))?;
        }
        Target::Load => notes::write(tx, &format!("{MOVED}{name}"), Some(&parent.to_string()))?,
    }
    Ok(())
}

/// What was kept apart is shown.
pub(crate) fn take_moves(tx: Tx<'_>) -> Result<(), StoreError> {
    tx.conn.execute(
        "UPDATE fb_scope SET parent = cast(m.value AS INTEGER) FROM fb_note AS m WHERE m.name = ?1 || fb_scope.name",
        [MOVED],
    )?;
    forget_moves(tx)
}

/// What was kept apart is of no use any more.
pub(crate) fn forget_moves(tx: Tx<'_>) -> Result<(), StoreError> {
    tx.conn.execute("DELETE FROM fb_note WHERE substr(name, 1, length(?1)) = ?1", [MOVED])?;
    Ok(())
}

/// Whether the scopes around count as here too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    Taken,
    Left,
}

/// The numbers of the scopes that some asks cover, as far as they are known; without the root.
pub(crate) fn covered(tx: Tx<'_>, asks: &[ScopeAsk], around: Around) -> Result<BTreeSet<i64>, StoreError> {
    let tree = tree(tx)?;
    let here: BTreeSet<String> = asks.iter().map(|ask| ask.scope.to_string()).collect();
    let beneath: BTreeSet<String> =
        asks.iter().filter(|ask| ask.beneath).map(|ask| ask.scope.to_string()).collect();
    let up = |n: i64| {
        std::iter::successors(Some(n), |n| tree.get(n).map(|(_, parent)| *parent))
            .take_while(|n| *n != 0)
            .take(tree.len())
    };
    let mut numbers = BTreeSet::new();
    for (n, (name, _)) in &tree {
        let within = up(*n).any(|n| tree.get(&n).is_some_and(|(name, _)| beneath.contains(name)));
        if here.contains(name) || within {
            numbers.insert(*n);
        }
        if here.contains(name) && around == Around::Taken {
            numbers.extend(up(*n));
        }
    }
    Ok(numbers)
}

/// The numbers of the scopes that are here by some asks, with those around them; without the root.
pub(crate) fn covered_by(tx: Tx<'_>, asks: &[ScopeAsk]) -> Result<BTreeSet<i64>, StoreError> {
    covered(tx, asks, Around::Taken)
}

/// The same of one ask, without the scopes around it.
pub(crate) fn asked_for(tx: Tx<'_>, ask: &ScopeAsk) -> Result<BTreeSet<i64>, StoreError> {
    covered(tx, std::slice::from_ref(ask), Around::Left)
}

/// The number of a scope and those of all that lie in it, as far as they are known.
pub(crate) fn beneath(tx: Tx<'_>, scope: &Scope) -> Result<BTreeSet<i64>, StoreError> {
    covered(tx, &[ScopeAsk { scope: scope.clone(), beneath: true }], Around::Left)
}

/// A row goes when the ops on it are settled.
pub(crate) fn linger(tx: Tx<'_>, key: Key) -> Result<(), StoreError> {
    let mut insert = tx.conn.prepare_cached("INSERT OR IGNORE INTO fb_linger VALUES (?1, ?2)")?;
    insert.execute((key.of, key.id.bytes()))?;
    Ok(())
}

/// What the server sends (again) does not linger.
pub(crate) fn stays(tx: Tx<'_>, key: Key) -> Result<(), StoreError> {
    let mut delete = tx.conn.prepare_cached("DELETE FROM fb_linger WHERE of = ?1 AND id = ?2")?;
    delete.execute((key.of, key.id.bytes()))?;
    Ok(())
}

/// The rows that go when the ops on them are settled.
pub(crate) fn all_lingering(tx: Tx<'_>) -> Result<BTreeSet<Key>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT of, id FROM fb_linger")?;
    let keys =
        select.query_map([], |row| Ok(Key { of: row.get(0)?, id: RecordId::from_bytes(row.get(1)?) }))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// The numbers of all scopes that are known.
pub(crate) fn all(tx: Tx<'_>) -> Result<BTreeSet<i64>, StoreError> {
    Ok(tree(tx)?.into_keys().collect())
}

/// Whether any of some scopes is one that nothing asks for.
pub(crate) fn any_uncovered(tx: Tx<'_>, numbers: &BTreeSet<i64>) -> Result<bool, StoreError> {
    if numbers.iter().all(|n| *n == 0) {
        return Ok(false);
    }
    let covered = covered(tx, &scopes::loaded(tx)?, Around::Taken)?;
    Ok(numbers.iter().any(|n| *n != 0 && !covered.contains(n)))
}

/// The names of some scopes.
pub(crate) fn names_of(tx: Tx<'_>, numbers: &BTreeSet<i64>) -> Result<BTreeSet<String>, StoreError> {
    let tree = tree(tx)?;
    Ok(numbers.iter().filter_map(|n| Some(tree.get(n)?.0.clone())).collect())
}

/// Every scope that is known: its name, and the number of the one around it.
fn tree(tx: Tx<'_>) -> Result<BTreeMap<i64, (String, i64)>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT n, name, parent FROM fb_scope")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The scopes around a scope and itself, as far as they are known, the outermost first.
pub(crate) fn path_of(tx: Tx<'_>, scope: &Scope) -> Result<Vec<Scope>, StoreError> {
    let tree = tree(tx)?;
    let name = scope.to_string();
    let Some((n, _)) = tree.iter().find(|(_, (known, _))| *known == name) else {
        return Ok(vec![scope.clone()]);
    };
    let (mut path, mut next) = (Vec::new(), *n);
    while let Some((name, parent)) = tree.get(&next).filter(|_| path.len() <= tree.len()) {
        path.push(parsed(name)?);
        next = *parent;
    }
    path.reverse();
    Ok(path)
}

/// How many records lie in some scopes, and about how many bytes they take.
pub(crate) fn size(tx: Tx<'_>, numbers: &BTreeSet<i64>) -> Result<(u64, u64), StoreError> {
    let (list, mut records, mut bytes) = (list(numbers), 0, 0);
    for (ty, sql) in tx.schema.types.iter().zip(&tx.tables.types).filter(|(_, sql)| sql.scoped) {
        let lengths: Vec<String> = ty
            .fields
            .iter()
            .map(|field| format!("coalesce(length({}), 0)", crate::schema_sql::quoted(&field.name)))
            .collect();
        let each = if lengths.is_empty() { "0".to_owned() } else { lengths.join(" + ") };
        let sum = format!(
            "SELECT count(*), coalesce(sum(44 + {each}), 0) FROM {} WHERE _scope IN ({list})",
            sql.name
        );
        let (count, size): (u64, u64) = tx.conn.query_row(&sum, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        (records, bytes) = (records + count, bytes + size);
    }
    Ok((records, bytes))
}

pub(crate) fn list(numbers: &BTreeSet<i64>) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

/// Takes away the rows of scopes that nothing asks for any more, but for those that pending or held ops touch: those go
/// later.
pub(crate) fn drop_uncovered(tx: Tx<'_>) -> Result<u64, StoreError> {
    let covered = covered(tx, &scopes::loaded(tx)?, Around::Taken)?;
    let list = list(&covered);
    lay_all(tx)?;
    linger_unshown(tx, &covered)?;
    if !planted(Defect::OwnConflictsLeave) {
        keep_own_conflicts(tx, &list)?;
    }
    let (mut went, held) = (0, cuts::held(tx)?);
    for (of, sql) in tx.tables.types.iter().enumerate().filter(|(_, sql)| sql.scoped) {
        let name = &sql.name;
        let outside = format!("_scope > 0 AND _scope NOT IN ({list})");
        let pending = format!(
            "{outside} AND EXISTS (SELECT 1 FROM fb_pending AS p \
             WHERE p.of = {of} AND lower(hex(p.id)) = replace({name}.id, '-', ''))"
        );
        let mut stay = those(tx, of, &pending)?;
        let held = held.iter().filter(|key| key.of == of).map(|key| format!("'{}'", key.id));
        let held = held.collect::<Vec<_>>().join(",");
        stay.extend(those(tx, of, &format!("{outside} AND id IN ({held})"))?);
        if planted(Defect::UnloadDropsPending) {
            stay.clear();
        }
        for id in &stay {
            linger(tx, Key { of, id: *id })?;
        }
        let stays: Vec<String> = stay.iter().map(|id| format!("'{id}'")).collect();
        let delete = format!("DELETE FROM {name} WHERE {outside} AND id NOT IN ({})", stays.join(","));
        went += tx.conn.execute(&delete, [])? as u64;
    }
    Ok(went)
}

/// The rows of a type of which a condition holds.
fn those(tx: Tx<'_>, of: usize, condition: &str) -> Result<Vec<RecordId>, StoreError> {
    let select = format!("SELECT id FROM {} WHERE {condition}", tx.tables.types[of].name);
    let mut select = tx.conn.prepare(&select)?;
    let ids = select.query_map([], |row| row.get::<_, String>(0))?;
    let read = |id: Result<String, rusqlite::Error>| {
        RecordId::parse(&id?).map_err(|_| StoreError::unreadable("the id of a record"))
    };
    ids.map(read).collect()
}

/// The conflicts of own ops stay whatever the scopes (rule 34): they lie at the root from now on, as a page brings them.
fn keep_own_conflicts(tx: Tx<'_>, covered: &str) -> Result<(), StoreError> {
    let of = conflicts::of(tx.schema);
    for id in those(tx, of, &format!("_scope > 0 AND _scope NOT IN ({covered})"))? {
        if oplog::place(tx, id.as_op())?.is_some() {
            lay(tx, Key { of, id }, 0)?;
        }
    }
    Ok(())
}

/// What a pending op deleted has no row now, and should it come back by its verdict, it goes then.
fn linger_unshown(tx: Tx<'_>, covered: &BTreeSet<i64>) -> Result<(), StoreError> {
    for key in pending::all(tx)? {
        let Some(row) = pending::touched(tx, key)?.image.and_then(|image| image.row) else { continue };
        if let Some(n) = place(tx, key, &row)?.filter(|n| *n != 0 && !covered.contains(n)) {
            linger(tx, key)?;
            // What leads to its scope goes.
            let mut lay = tx.conn.prepare_cached("INSERT OR IGNORE INTO fb_lay VALUES (?1, ?2, ?3)")?;
            lay.execute((key.of, key.id.bytes(), n))?;
        }
    }
    Ok(())
}

/// The number of the scope in which a record lies by what it holds; `None` at the root, or where that is not known here.
pub(crate) fn home(tx: Tx<'_>, of: usize, row: &Row) -> Result<Option<i64>, StoreError> {
    let Some((field, to)) = tx.schema.types[of].inside_of() else { return Ok(None) };
    let (Value::Ref(id), Some(to)) = (&row[field], tx.schema.place(to)) else { return Ok(None) };
    let ty = &tx.schema.types[to];
    if ty.scope {
        let name = Scope { of: ty.name.clone(), id: *id }.to_string();
        let mut select = tx.conn.prepare_cached("SELECT n FROM fb_scope WHERE name = ?1")?;
        return Ok(select.query_row([name], |row| row.get(0)).optional()?);
    }
    let around = Key { of: to, id: *id };
    let held = match pending::touched(tx, around)?.image.and_then(|image| image.row) {
        Some(row) => Some(row),
        None => shown::find(tx, around)?.map(|(row, _)| row),
    };
    held.map_or(Ok(None), |row| home(tx, to, &row))
}

/// Takes away what lingers and no op of this device touches any more: whatever the server sent (again) does not linger. Returns
/// the types.
pub(crate) fn drop_lingering(tx: Tx<'_>) -> Result<BTreeSet<usize>, StoreError> {
    let mut select = tx.conn.prepare_cached(
        "SELECT of, id FROM fb_linger AS l WHERE NOT EXISTS (SELECT 1 FROM fb_pending AS p WHERE p.of = l.of AND p.id = l.id)",
    )?;
    let free =
        select.query_map([], |row| Ok(Key { of: row.get(0)?, id: RecordId::from_bytes(row.get(1)?) }))?;
    let mut free: Vec<Key> = free.collect::<Result<_, _>>()?;
    if free.is_empty() {
        return Ok(BTreeSet::new());
    }
    let held = cuts::held(tx)?;
    free.retain(|key| !held.contains(key));
    for key in &free {
        tx.conn.prepare_cached(&tx.tables.types[key.of].delete)?.execute([key.id.to_string()])?;
        stays(tx, *key)?;
    }
    Ok(free.into_iter().map(|key| key.of).collect())
}

/// The number of the scope in which a row lies that is here, or lay when an op took it off the screen; `None` where that is
/// not known.
pub(crate) fn lies(tx: Tx<'_>, key: Key) -> Result<Option<i64>, StoreError> {
    let select = format!("SELECT _scope FROM {} WHERE id = ?1", tx.tables.types[key.of].name);
    let id = key.id.to_string();
    let scope: Option<Option<i64>> =
        tx.conn.prepare_cached(&select)?.query_row([&id], |row| row.get(0)).optional()?;
    match scope {
        Some(Some(scope)) => Ok(Some(scope)),
        Some(None) => {
            // What a pending op would move lies where it lay until that is done.
            let image = pending::touched(tx, key)?.image.and_then(|image| image.row);
            let row = match image {
                Some(row) => Some(row),
                None => shown::find(tx, key)?.map(|(row, _)| row),
            };
            row.map_or(Ok(None), |row| place(tx, key, &row))
        }
        None => remembered(tx, key),
    }
}

/// The number of the scope in which a record lies by what it holds, else by what is remembered of it: what it lies in may be
/// deleted, so that nothing leads any further.
pub(crate) fn place(tx: Tx<'_>, key: Key, row: &Row) -> Result<Option<i64>, StoreError> {
    home(tx, key.of, row)?.map_or_else(|| remembered(tx, key), |scope| Ok(Some(scope)))
}

/// Where a record lay when an op took it off the screen.
fn remembered(tx: Tx<'_>, key: Key) -> Result<Option<i64>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT scope FROM fb_lay WHERE of = ?1 AND id = ?2")?;
    Ok(select.query_row((key.of, key.id.bytes()), |row| row.get(0)).optional()?)
}

/// Keeps in mind where a record lies that an op takes off the screen: it may come back.
pub(crate) fn remember(tx: Tx<'_>, key: Key) -> Result<(), StoreError> {
    let note = format!(
        "INSERT OR REPLACE INTO fb_lay SELECT ?1, ?2, _scope FROM {} WHERE id = ?3 AND _scope IS NOT NULL",
        tx.tables.types[key.of].name
    );
    tx.conn.prepare_cached(&note)?.execute((key.of, key.id.bytes(), key.id.encode(&mut [0; 36]) as &str))?;
    Ok(())
}

/// What lingers here of the part that comes, but for what is left out by age.
pub(crate) fn lingering_of_ready(tx: Tx<'_>) -> Result<Vec<Key>, StoreError> {
    let lingering = all_lingering(tx)?;
    let Some(join) = scopes::ready(tx)?.filter(|_| !lingering.is_empty()) else { return Ok(Vec::new()) };
    let (comes, cuts) = (covered(tx, &[join.ask], Around::Taken)?, cuts::cuts(tx)?);
    let mut keys = Vec::new();
    for key in lingering.into_iter().filter(|key| tx.tables.types[key.of].scoped) {
        if lies(tx, key)?.is_some_and(|scope| comes.contains(&scope)) && !cuts::hides(tx, &cuts, key)? {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Notes of each row that was written here, by an op or put back after one, where it lies by now.
pub(crate) fn lay_all(tx: Tx<'_>) -> Result<(), StoreError> {
    for (of, _) in tx.tables.types.iter().enumerate().filter(|(_, sql)| sql.scoped) {
        for id in those(tx, of, "_scope IS NULL")? {
            let key = Key { of, id };
            if let Some(scope) = lies(tx, key)? {
                lay(tx, key, scope)?;
            }
        }
    }
    // What is back on the screen says itself where it lies, and what no op waits on does not come back.
    tx.conn.execute_batch(
        "DELETE FROM fb_lay WHERE NOT EXISTS (SELECT 1 FROM fb_pending AS p WHERE p.of = fb_lay.of AND p.id = fb_lay.id)",
    )?;
    Ok(())
}

/// Notes in which scope a record lies that was written without one.
pub(crate) fn lay(tx: Tx<'_>, key: Key, scope: i64) -> Result<(), StoreError> {
    let sql = &tx.tables.types[key.of];
    if sql.scoped {
        let update = format!("UPDATE {} SET _scope = ?2 WHERE id = ?1", sql.name);
        let rows = tx.conn.prepare_cached(&update)?.execute((key.id.encode(&mut [0; 36]) as &str, scope))?;
        let note = match rows {
            // An op keeps it off the screen: it may come back.
            0 => "INSERT OR REPLACE INTO fb_lay(of, id, scope) VALUES (?1, ?2, ?3)",
            _ => "UPDATE fb_lay SET scope = ?3 WHERE of = ?1 AND id = ?2",
        };
        tx.conn.prepare_cached(note)?.execute((key.of, key.id.bytes(), scope))?;
    }
    Ok(())
}

/// What a snapshot that took everything's place leaves of what was kept apart.
pub(crate) fn begin_anew(tx: Tx<'_>) -> Result<(), StoreError> {
    scopes::forget_loads(tx)?;
    staging::begin_load(tx)
}
