//! Reads one page: the rows after a cursor in the order of their versions, and the answers to the device's own ops
//! of the same stretch, with what became of those that were held. The rows' text goes from the database into the page
//! as it is.
//!
//! A page ends with a whole version. Its end is found three times: where the answers fill it, where the settlements
//! do, then where the rows do.

use fieldbook_model::{Cursor, DeviceId, OpId, RecordId, Seq, Version, WallTime, json};
use fieldbook_protocol::page::{PageEnd, PageWriter};
use fieldbook_protocol::{Answer, Settlement, row};
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::number::{int, nat};
use super::{answer, batch};
use crate::error::{StoreError, damaged};
use crate::store::{Head, PageLimit};

const LINE: &str = "SELECT line FROM line WHERE device = ?";
const ANSWERS: &str = "SELECT version, seq, op_id, answer FROM op INDEXED BY op_by_line \
    WHERE line = ? AND version > ? AND version <= ? ORDER BY version";
const SETTLED: &str = "SELECT version, text FROM settled INDEXED BY settled_by_line \
    WHERE line = ? AND version > ? AND version <= ? ORDER BY version, place";
const ROWS: &str = "SELECT version, of, id, deleted, row FROM record INDEXED BY record_by_version \
    WHERE version > ? AND version <= ? ORDER BY version";

/// Reads a page; the caller holds the read transaction.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    cursor: Cursor,
    device: DeviceId,
    limit: PageLimit,
    now: WallTime,
) -> Result<String, StoreError> {
    let head = batch::head(connection)?;
    let from = start(cursor, &head);
    let (mut answers, mut settled) = (Answers::default(), Settled::default());
    let mut bound = head.version;
    let mut find = connection.prepare_cached(LINE)?;
    if let Some(line) = find.query_row([device.bytes()], |row| row.get::<_, i64>(0)).optional()? {
        bound = answers.read(connection, line, from, bound, limit)?;
        bound = settled.read(connection, line, from, bound, limit)?;
    }
    let mut rows = Rows::new(frame, PageWriter::new(Cursor { epoch: head.epoch, version: from }), limit);
    let to = rows.read(connection, from, bound)?;
    let mut page = rows.page;
    answers.write(&mut page, to);
    settled.write(&mut page, to);
    let (to, more) = (Cursor { epoch: head.epoch, version: to }, to < head.version);
    Ok(page.end(&PageEnd { to, head: head.version, more, time: now }))
}

/// A cursor of another history, or of a future that was lost, starts again.
fn start(cursor: Cursor, head: &Head) -> Version {
    match cursor.epoch == head.epoch && cursor.version <= head.version {
        true => cursor.version,
        false => Version::ZERO,
    }
}

/// Answers in the order of their versions.
#[derive(Default)]
struct Answers(Vec<Answer>);

/// About how many bytes a plain answer takes in a page.
const ANSWER_BYTES: usize = 140;

impl Answers {
    /// Reads answers after `from`, and says how far the page may reach with them.
    fn read(
        &mut self,
        connection: &Connection,
        line: i64,
        from: Version,
        to: Version,
        limit: PageLimit,
    ) -> Result<Version, StoreError> {
        let mut find = connection.prepare_cached(ANSWERS)?;
        let mut rows = find.query(params![line, int(from.0), int(to.0)])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let (version, seq) = (Version(nat(row.get(0)?)?), Seq(nat(row.get(1)?)?));
            let kept = row.get_ref(3)?.as_str_or_null().map_err(|_| damaged("an answer"))?;
            bytes += ANSWER_BYTES + kept.map_or(0, str::len);
            self.0.push(answer::read(version, seq, OpId::from_bytes(row.get(2)?), kept)?);
            if self.0.len() >= limit.rows_max as usize || bytes >= limit.bytes_max {
                return Ok(version);
            }
        }
        Ok(to)
    }

    fn write(&self, page: &mut PageWriter, to: Version) {
        self.0.iter().take_while(|answer| answer.version <= to).for_each(|answer| page.answer(answer));
    }
}

/// Settlements in the order of their versions.
#[derive(Default)]
struct Settled(Vec<Settlement>);

impl Settled {
    /// Reads settlements after `from`, and says how far the page may reach with them. One version may settle many.
    fn read(
        &mut self,
        connection: &Connection,
        line: i64,
        from: Version,
        to: Version,
        limit: PageLimit,
    ) -> Result<Version, StoreError> {
        let mut find = connection.prepare_cached(SETTLED)?;
        let mut rows = find.query(params![line, int(from.0), int(to.0)])?;
        let (mut bytes, mut last) = (0, from);
        while let Some(row) = rows.next()? {
            let version = Version(nat(row.get(0)?)?);
            let full = self.0.len() >= limit.rows_max as usize || bytes >= limit.bytes_max;
            if full && version > last {
                return Ok(last);
            }
            let text = row.get_ref(1)?.as_str().map_err(|_| damaged("a settlement"))?;
            bytes += text.len();
            self.0.push(json::parse(text).map_err(|_| damaged("a settlement"))?);
            last = version;
        }
        Ok(to)
    }

    fn write(&self, page: &mut PageWriter, to: Version) {
        self.0.iter().take_while(|settled| settled.version <= to).for_each(|settled| page.settled(settled));
    }
}

/// Rows on their way into a page.
struct Rows<'a> {
    frame: &'a Frame,
    page: PageWriter,
    limit: PageLimit,
    /// For each type of the schema its number in this page.
    numbers: Vec<Option<usize>>,
    named: usize,
    count: u32,
}

impl<'a> Rows<'a> {
    fn new(frame: &'a Frame, page: PageWriter, limit: PageLimit) -> Self {
        Self { frame, page, limit, numbers: vec![None; frame.schema.types.len()], named: 0, count: 0 }
    }

    /// Writes rows of `(from, to]` until the page is full, and says which version is its last.
    fn read(&mut self, connection: &Connection, from: Version, to: Version) -> Result<Version, StoreError> {
        let mut find = connection.prepare_cached(ROWS)?;
        let mut rows = find.query([int(from.0), int(to.0)])?;
        let mut last = from;
        while let Some(row) = rows.next()? {
            let version = Version(nat(row.get(0)?)?);
            if version > last && self.is_full() {
                return Ok(last);
            }
            last = version;
            let deleted = row.get(3)?;
            let number = row.get(1)?;
            // Whoever starts with nothing has nothing to take away; but what a deleted record owns is not shown.
            if deleted && from == Version::ZERO && !self.frame.owns(number) {
                continue;
            }
            let (of, id) = (self.number(number)?, RecordId::from_bytes(row.get(2)?));
            match deleted {
                true => self.page.gone(of, id, version),
                false => {
                    let values = row.get_ref(4)?.as_str().map_err(|_| damaged("a record"))?;
                    self.page.row(of, id, version, values);
                }
            }
            self.count += 1;
        }
        Ok(to)
    }

    /// Never before its first row, so that every page leads on however small it has to be.
    fn is_full(&self) -> bool {
        let (rows, bytes) = (self.count >= self.limit.rows_max, self.page.bytes() >= self.limit.bytes_max);
        self.count > 0 && (rows || bytes)
    }

    /// The number of a type in this page, which names it before its first row.
    fn number(&mut self, of: i64) -> Result<usize, StoreError> {
        let of = self.frame.place(of).ok_or_else(|| damaged("a record's type"))?;
        if let Some(number) = self.numbers[of] {
            return Ok(number);
        }
        self.page.columns(&row::columns(&self.frame.schema, of));
        self.numbers[of] = Some(self.named);
        self.named += 1;
        Ok(self.named - 1)
    }
}
