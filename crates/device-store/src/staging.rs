//! Pages that are stored but not shown yet. A first load goes row by row into tables of its own, which
//! take the place of the empty ones at the end; a later catch-up keeps the pages' texts. Either survives a
//! kill and goes on at the staged cursor. Nobody sees any of it before it is whole.

use std::collections::BTreeSet;

use fieldbook_model::json;
use fieldbook_model::{RecordId, Seq, Version};
use fieldbook_protocol::{Answer, Page, Settlement};
use rusqlite::params;

use crate::error::StoreError;
use crate::incoming::IncomingError;
use crate::marks::Marks;
use crate::open::{Durability, Store, Tx};
use crate::owners;
use crate::sink::{self, Sink, Target};

impl Store {
    /// Forgets what is staged, so that the next pull starts at the cursor again.
    pub fn drop_staged(&mut self) -> Result<(), StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        clear(tx)?;
        Marks { staged: None, staged_head: Version::ZERO, loading: false, ..marks }.write(tx)?;
        Ok(conn.commit()?)
    }
}

/// Makes the empty tables of a first load.
pub(crate) fn begin_load(tx: Tx<'_>) -> Result<(), StoreError> {
    for sql in &tx.tables.types {
        tx.conn.execute_batch(&sql.load_drop)?;
        tx.conn.execute_batch(&sql.load_create)?;
    }
    Ok(())
}

/// Takes a page into a first load.
pub(crate) fn load(tx: Tx<'_>, page: &Page) -> Result<(), IncomingError> {
    let shapes = sink::shapes(tx.schema, page)?;
    let mut sink = Sink::new(tx, Target::Load)?;
    for row in &page.rows {
        let shape = &shapes[row.of];
        sink::fits(page, shape, row)?;
        sink.put(shape, row)?;
    }
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
    tx.conn.execute_batch(&tx.tables.no_views)?;
    for (of, sql) in tx.tables.types.iter().enumerate() {
        if tx.conn.query_row(&sql.load_any, [], |row| row.get(0))? {
            filled.insert(of);
        }
        tx.conn.execute_batch(&sql.load_swap)?;
    }
    tx.conn.execute_batch(&tx.tables.views)?;
    bury(tx)?;
    tx.conn.execute_batch("INSERT OR REPLACE INTO fb_gone SELECT * FROM fb_stage_gone")?;
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

/// A kept page.
pub(crate) fn page(tx: Tx<'_>, number: i64) -> Result<Page, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT text FROM fb_stage_page WHERE n = ?1")?;
    let text: String = select.query_row([number], |row| row.get(0))?;
    Page::read(&text).map_err(|_| StoreError::unreadable("a stored page"))
}

/// Forgets everything that is staged.
pub(crate) fn clear(tx: Tx<'_>) -> Result<(), StoreError> {
    for sql in &tx.tables.types {
        tx.conn.execute_batch(&sql.load_drop)?;
    }
    clear_rest(tx)
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

/// Up to where the device has things, shown or staged.
pub(crate) fn reached(marks: &Marks) -> Version {
    marks.staged.unwrap_or(marks.cursor)
}
