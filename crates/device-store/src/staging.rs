//! Pages that are stored but not shown yet. A snapshot goes row by row into tables of its own, which take the place of
//! those that are shown at the end; one of a scope alone joins them. A later catch-up keeps the pages' texts. Either survives a
//! kill and goes on at the staged cursor. Nobody sees any of it before it is whole.

use std::collections::BTreeSet;
use std::ops::Range;

use fieldbook_device_sync::{Image, Key};
use fieldbook_model::json;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{RecordId, Seq, Version};
use fieldbook_protocol::page::RowState;
use fieldbook_protocol::{Answer, Page, Settlement};
use rusqlite::{OptionalExtension, params};

use crate::error::StoreError;
use crate::incoming::IncomingError;
use crate::lies;
use crate::marks::Marks;
use crate::open::{Durability, Store, Tx};
use crate::owners;
use crate::pending;
use crate::schema_sql::{index_load, quoted};
use crate::scopes;
use crate::shown;
use crate::sink::{self, Sink, Target};

/// Notes that a record went elsewhere and was not deleted before: by that version's negative, which no deletion has.
pub(crate) const NOTE_LEFT: &str = "INSERT OR REPLACE INTO fb_stage_gone VALUES (?1, ?2, -?3, NULL)";

/// What was loaded is deleted. What it held stays known, so that it can be brought back.
const TAKE_GONE: &str = "INSERT INTO fb_gone SELECT * FROM fb_stage_gone WHERE true \
     ON CONFLICT DO UPDATE SET version = excluded.version, row = coalesce(excluded.row, row)";

impl Store {
    /// Forgets what is staged, so that the next pull starts at the cursor again.
    pub fn drop_staged(&mut self) -> Result<(), StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        clear(tx)?;
        scopes::forget_loads(tx)?;
        Marks { staged: None, staged_head: Version::ZERO, loading: false, ..marks }.write(tx)?;
        Ok(conn.commit()?)
    }
}

/// Makes the empty tables of a first load.
pub(crate) fn begin_load(tx: Tx<'_>) -> Result<(), StoreError> {
    lies::forget_moves(tx)?;
    for (ty, sql) in tx.schema.types.iter().zip(&tx.tables.types) {
        tx.conn.execute_batch(&sql.load_drop)?;
        tx.conn.execute_batch(&sql.load_create)?;
        index_load(tx.conn, ty)?;
    }
    Ok(())
}

/// Takes a page into a first load.
pub(crate) fn load(tx: Tx<'_>, page: &Page) -> Result<(), IncomingError> {
    load_rows(tx, page, 0..page.rows.len())?;
    Ok(load_verdicts(tx, page)?)
}

/// Takes some of a page's rows into a first load, from its first on.
pub(crate) fn load_rows(tx: Tx<'_>, page: &Page, some: Range<usize>) -> Result<(), IncomingError> {
    if some.start == 0 {
        for place in &page.start.places {
            lies::number(tx, place, Target::Load)?;
        }
    }
    let shapes = sink::shapes(tx, page, Target::Load)?;
    let mut sink = Sink::new(tx, Target::Load)?;
    for row in &page.rows[some] {
        let shape = &shapes[row.of];
        sink::fits(page, shape, row)?;
        if row.state != RowState::Left {
            lies::opened(tx, (shape.of, row.id), shape.scope, Target::Load)?;
        }
        sink.put(shape, row)?;
    }
    Ok(())
}

/// Keeps what a page of a first load says of own ops.
pub(crate) fn load_verdicts(tx: Tx<'_>, page: &Page) -> Result<(), StoreError> {
    let mut insert = tx.conn.prepare_cached("INSERT OR REPLACE INTO fb_stage_answer VALUES (?1, ?2)")?;
    for answer in &page.answers {
        insert.execute(params![answer.seq.0, json::write(answer)])?;
    }
    let mut insert = tx.conn.prepare_cached("INSERT INTO fb_stage_settled(text) VALUES (?1)")?;
    for settlement in &page.settled {
        insert.execute([json::write(settlement)])?;
    }
    Ok(())
}

/// What a first load has filled.
pub(crate) struct Loaded {
    /// The types that have rows.
    pub filled: BTreeSet<usize>,
    pub answers: Vec<Answer>,
    pub settled: Vec<Settlement>,
}

/// Puts the loaded tables in the place of the shown ones.
pub(crate) fn swap_in(tx: Tx<'_>) -> Result<Loaded, StoreError> {
    let mut filled = BTreeSet::new();
    lies::take_moves(tx)?;
    unearth(tx)?;
    let is = |sql: &str| tx.conn.query_row(sql, [], |row| row.get::<_, bool>(0));
    let mut swapped = Vec::new();
    for (of, sql) in tx.tables.types.iter().enumerate() {
        if is(&sql.load_any)? || is(&sql.any)? {
            filled.insert(of);
        }
        match is(&sql.load_few)? {
            true => tx.conn.execute_batch(&sql.load_copy)?,
            false => swapped.push(&sql.load_swap),
        }
    }
    if !swapped.is_empty() {
        tx.conn.execute_batch(&tx.tables.no_views)?;
        let left = usize::from(planted(Defect::LargeSnapshotHalfTaken));
        swapped.into_iter().skip(left).try_for_each(|swap| tx.conn.execute_batch(swap))?;
        tx.conn.execute_batch(&tx.tables.views)?;
    }
    tx.conn.execute_batch("DELETE FROM fb_linger")?;
    bury(tx)?;
    tx.conn.execute_batch(TAKE_GONE)?;
    let unreadable = |_| StoreError::unreadable("a stored answer");
    let answers = texts(tx, "SELECT text FROM fb_stage_answer ORDER BY seq")?;
    let answers =
        answers.iter().map(|text| json::parse(text)).collect::<Result<_, _>>().map_err(unreadable)?;
    let settled = texts(tx, "SELECT text FROM fb_stage_settled ORDER BY n")?;
    let settled =
        settled.iter().map(|text| json::parse(text)).collect::<Result<_, _>>().map_err(unreadable)?;
    clear_rest(tx)?;
    Ok(Loaded { filled, answers, settled })
}

/// What was loaded joins what is shown. Of a record that both have the newer row stays.
pub(crate) fn merge_in(tx: Tx<'_>) -> Result<BTreeSet<usize>, StoreError> {
    let mut filled = BTreeSet::new();
    lies::take_moves(tx)?;
    for key in lies::all_lingering(tx)? {
        if is_loaded(tx, key)? {
            lies::stays(tx, key)?;
        }
    }
    unearth(tx)?;
    let is = |sql: &str| tx.conn.query_row(sql, [], |row| row.get::<_, bool>(0));
    tx.conn.execute_batch(&tx.tables.no_views)?;
    for (of, sql) in tx.tables.types.iter().enumerate() {
        if is(&sql.load_any)? {
            filled.insert(of);
            // The fewer rows go to the others: a large part that comes to little costs what a first load does.
            if is(&sql.load_outweighs)? {
                tx.conn.execute_batch(&sql.load_absorb)?;
                tx.conn.execute_batch(&sql.load_swap)?;
                continue;
            }
            tx.conn.execute_batch(&sql.load_merge)?;
        }
        tx.conn.execute_batch(&sql.load_drop)?;
    }
    tx.conn.execute_batch(&tx.tables.views)?;
    bury(tx)?;
    // The pages that are kept as texts are of the pull that joins it.
    tx.conn.execute_batch(TAKE_GONE)?;
    tx.conn.execute_batch(
        "DELETE FROM fb_stage_gone; DELETE FROM fb_stage_answer; DELETE FROM fb_stage_settled;",
    )?;
    Ok(filled)
}

/// What was loaded is not deleted, whatever was known before.
fn unearth(tx: Tx<'_>) -> Result<(), StoreError> {
    unearth_left(tx)?;
    let any = "SELECT EXISTS (SELECT 1 FROM fb_gone) OR EXISTS (SELECT 1 FROM fb_dead)";
    if !tx.conn.query_row(any, [], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    for (of, (ty, sql)) in tx.schema.types.iter().zip(&tx.tables.types).enumerate() {
        let load = quoted(&format!("fb_load_{}", ty.name));
        if tx.conn.query_row(&sql.load_any, [], |row| row.get(0))? {
            tx.conn.execute_batch(&format!(
                "DELETE FROM fb_gone WHERE of = {of} AND lower(hex(id)) IN (SELECT replace(id, '-', '') FROM {load}); \
                 DELETE FROM fb_dead WHERE of = {of} AND id IN (SELECT id FROM {load});"
            ))?;
        }
    }
    Ok(())
}

/// What went elsewhere is not deleted, unless it was since: a part that it lies in now may be here too. What pending ops touch
/// is shown as they have it.
fn unearth_left(tx: Tx<'_>) -> Result<(), StoreError> {
    let mut select =
        tx.conn.prepare_cached("DELETE FROM fb_stage_gone WHERE version < 0 RETURNING of, id, -version")?;
    let row = |row: &rusqlite::Row<'_>| {
        let key = Key { of: row.get(0)?, id: RecordId::from_bytes(row.get(1)?) };
        Ok((key, Version(row.get(2)?)))
    };
    for (key, left) in select.query_map([], row)?.collect::<Result<Vec<_>, _>>()? {
        if shown::gone(tx, key)?.is_some_and(|gone| gone.version > left) {
            continue;
        }
        let mut delete = tx.conn.prepare_cached("DELETE FROM fb_gone WHERE of = ?1 AND id = ?2")?;
        delete.execute((key.of, key.id.bytes()))?;
        if pending::image_version(tx, key)?.is_none() {
            owners::note(tx, key.of, key.id.encode(&mut [0; 36]), true)?;
        }
    }
    Ok(())
}

/// Where a record went elsewhere, by what was loaded.
pub(crate) fn loaded_left(tx: Tx<'_>, key: Key) -> Result<Option<Version>, StoreError> {
    let mut select = tx
        .conn
        .prepare_cached("SELECT -version FROM fb_stage_gone WHERE of = ?1 AND id = ?2 AND version < 0")?;
    Ok(select.query_row((key.of, key.id.bytes()), |row| row.get(0)).optional()?.map(Version))
}

/// Whether a record was loaded.
pub(crate) fn is_loaded(tx: Tx<'_>, key: Key) -> Result<bool, StoreError> {
    Ok(tx.conn.prepare_cached(&tx.tables.types[key.of].load_select)?.exists([key.id.to_string()])?)
}

/// A row that was loaded, and the scope in which it lies; it is no longer among those that were loaded.
pub(crate) fn take_loaded(tx: Tx<'_>, key: Key) -> Result<Option<(Image, Option<i64>)>, StoreError> {
    let (ty, sql) = (&tx.schema.types[key.of], &tx.tables.types[key.of]);
    let id = key.id.to_string();
    let mut select = tx.conn.prepare_cached(&sql.load_select)?;
    let mut rows = select.query([&id])?;
    let Some(found) = rows.next()? else { return Ok(None) };
    let (row, version) = shown::read(ty, found)?;
    let scope = if sql.scoped { found.get(ty.fields.len() + 1)? } else { None };
    tx.conn.prepare_cached(&sql.load_delete)?.execute([&id])?;
    Ok(Some((Image { version, row: Some(row), gone: None }, scope)))
}

/// A record that was deleted before the load. What it held does not come with it.
pub(crate) fn loaded_gone(tx: Tx<'_>, key: Key) -> Result<Option<Image>, StoreError> {
    let mut select = tx
        .conn
        .prepare_cached("SELECT version FROM fb_stage_gone WHERE of = ?1 AND id = ?2 AND version > 0")?;
    let version = select.query_row((key.of, key.id.bytes()), |row| row.get(0)).optional()?;
    Ok(version.map(|version| Image { version: Version(version), row: None, gone: None }))
}

/// Notes the owners that were deleted before the load: what they own is not shown.
fn bury(tx: Tx<'_>) -> Result<(), StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT of, id FROM fb_stage_gone")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id = RecordId::from_bytes(row.get(1)?);
        owners::note(tx, row.get(0)?, id.encode(&mut [0; 36]), false)?;
    }
    Ok(())
}

/// Keeps a page's text.
pub(crate) fn keep(tx: Tx<'_>, text: &str) -> Result<(), StoreError> {
    tx.conn.prepare_cached("INSERT INTO fb_stage_page(text) VALUES (?1)")?.execute([text])?;
    Ok(())
}

/// The numbers of the kept pages, in their order.
pub(crate) fn kept(tx: Tx<'_>) -> Result<Vec<i64>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT n FROM fb_stage_page ORDER BY n")?;
    let numbers = select.query_map([], |row| row.get(0))?;
    Ok(numbers.collect::<Result<_, _>>()?)
}

/// A kept page, which is kept no more: one by one that takes a moment each, and of all at once a long one.
pub(crate) fn take(tx: Tx<'_>, number: i64) -> Result<Page, StoreError> {
    let mut take = tx.conn.prepare_cached("DELETE FROM fb_stage_page WHERE n = ?1 RETURNING text")?;
    let text: String = take.query_row([number], |row| row.get(0))?;
    Page::read(&text).map_err(|_| StoreError::unreadable("a stored page"))
}

/// Forgets everything that is staged.
pub(crate) fn clear(tx: Tx<'_>) -> Result<(), StoreError> {
    lies::forget_moves(tx)?;
    for sql in &tx.tables.types {
        tx.conn.execute_batch(&sql.load_drop)?;
    }
    clear_rest(tx)
}

/// Forgets the pages that are kept as texts.
pub(crate) fn clear_pages(tx: Tx<'_>) -> Result<(), StoreError> {
    tx.conn.execute_batch("DELETE FROM fb_stage_page")?;
    Ok(())
}

fn clear_rest(tx: Tx<'_>) -> Result<(), StoreError> {
    tx.conn.execute_batch(
        "DELETE FROM fb_stage_page; DELETE FROM fb_stage_answer; DELETE FROM fb_stage_settled; \
         DELETE FROM fb_stage_gone;",
    )?;
    Ok(())
}

fn texts(tx: Tx<'_>, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut select = tx.conn.prepare_cached(sql)?;
    let texts = select.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<Result<_, _>>()?)
}

/// How many ops no pull has settled.
pub(crate) fn open_ops(last: Seq, marks: &Marks) -> u64 {
    last.0.saturating_sub(marks.settled)
}
