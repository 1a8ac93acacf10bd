//! What a page says of the device's own ops: the answers to them, and what became of those that were held.

use fieldbook_merge::Line;
use fieldbook_model::json;
use fieldbook_model::{OpId, Seq, Version};
use fieldbook_protocol::page::PageWriter;
use fieldbook_protocol::{Answer, Settlement};
use rusqlite::{Connection, params};

use super::answer;
use super::number::{bound, int, nat};
use super::size::Size;
use crate::error::{StoreError, damaged};

const ANSWERS: &str = "SELECT version, seq, op_id, answer FROM op INDEXED BY op_by_line \
    WHERE line = ? AND version > ? AND version <= ? AND seq <= ? ORDER BY version";
const SETTLED: &str = "SELECT version, text FROM settled INDEXED BY settled_by_line \
    WHERE line = ? AND version > ? AND version <= ? ORDER BY version, place";

/// Answers in the order of their versions.
#[derive(Default)]
pub(super) struct Answers(pub(super) Vec<Answer>);

/// About how many bytes a plain answer takes in a page.
const ANSWER_BYTES: usize = 140;

impl Answers {
    /// Reads answers after `from`, and says how far the page may reach with them.
    pub(super) fn read(
        &mut self,
        connection: &Connection,
        (line, last): (Line, Seq),
        (from, to): (Version, Version),
        size: Size,
    ) -> Result<Version, StoreError> {
        let mut find = connection.prepare_cached(ANSWERS)?;
        let mut rows = find.query(params![line.0, int(from.0), int(to.0), bound(last)])?;
        let (mut bytes, before) = (0, self.0.len());
        while let Some(row) = rows.next()? {
            let (version, seq) = (Version(nat(row.get(0)?)?), Seq(nat(row.get(1)?)?));
            let kept = row.get_ref(3)?.as_str_or_null().map_err(|_| damaged("an answer"))?;
            bytes += ANSWER_BYTES + kept.map_or(0, str::len);
            self.0.push(answer::read(version, seq, OpId::from_bytes(row.get(2)?), kept)?);
            if size.is_filled_by(self.0.len() - before, bytes) {
                return Ok(version);
            }
        }
        Ok(to)
    }

    pub(super) fn write(&self, page: &mut PageWriter, to: Version) {
        self.0.iter().take_while(|answer| answer.version <= to).for_each(|answer| page.answer(answer));
    }
}

/// Settlements in the order of their versions.
#[derive(Default)]
pub(super) struct Settled(pub(super) Vec<Settlement>);

impl Settled {
    /// Reads settlements after `from`, and says how far the page may reach with them. One version may settle many.
    pub(super) fn read(
        &mut self,
        connection: &Connection,
        (line, until): (Line, Seq),
        (from, to): (Version, Version),
        size: Size,
    ) -> Result<Version, StoreError> {
        let mut find = connection.prepare_cached(SETTLED)?;
        let mut rows = find.query(params![line.0, int(from.0), int(to.0)])?;
        let (mut bytes, mut last, before) = (0, from, self.0.len());
        while let Some(row) = rows.next()? {
            let version = Version(nat(row.get(0)?)?);
            let full = size.is_filled_by(self.0.len() - before, bytes);
            if full && version > last {
                return Ok(last);
            }
            let text = row.get_ref(1)?.as_str().map_err(|_| damaged("a settlement"))?;
            bytes += text.len();
            let settlement: Settlement = json::parse(text).map_err(|_| damaged("a settlement"))?;
            if settlement.seq <= until {
                self.0.push(settlement);
            }
            last = version;
        }
        Ok(to)
    }

    pub(super) fn write(&self, page: &mut PageWriter, to: Version) {
        self.0.iter().take_while(|settled| settled.version <= to).for_each(|settled| page.settled(settled));
    }
}
