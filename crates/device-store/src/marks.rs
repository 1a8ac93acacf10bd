//! Where the device stands: one row that answers and pulls move, and that an act only reads.

use fieldbook_model::{Cursor, Epoch, Seq, Version};
use rusqlite::params;

use crate::error::StoreError;
use crate::open::Tx;

/// Where the device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Up to here everything is shown.
    pub cursor: Version,
    /// Up to here everything is stored, but not shown yet.
    pub staged: Option<Version>,
    /// The head of the workspace when the last staged page was read; 0 when nothing is staged.
    pub staged_head: Version,
    /// Whether what is staged is a first load, in tables of its own.
    pub loading: bool,
    /// The last op that was collected for a push.
    pub collected: Seq,
    /// No op before this one waits for an answer.
    pub first_waiting: Seq,
    /// How many ops have an answer, of all there ever were.
    pub answered: u64,
    /// How many of them are settled by a pull.
    pub settled: u64,
}

impl Marks {
    pub fn read(tx: Tx<'_>) -> Result<Self, StoreError> {
        let mut select = tx.conn.prepare_cached(
            "SELECT cursor, staged, loading, collected, first_waiting, answered, settled, staged_head FROM fb_marks",
        )?;
        Ok(select.query_row([], |row| {
            Ok(Self {
                cursor: Version(row.get(0)?),
                staged: row.get::<_, Option<u64>>(1)?.map(Version),
                loading: row.get(2)?,
                collected: Seq(row.get(3)?),
                first_waiting: Seq(row.get(4)?),
                answered: row.get(5)?,
                settled: row.get(6)?,
                staged_head: Version(row.get(7)?),
            })
        })?)
    }

    pub fn write(&self, tx: Tx<'_>) -> Result<(), StoreError> {
        let mut update = tx.conn.prepare_cached(
            "UPDATE fb_marks SET cursor = ?1, staged = ?2, loading = ?3, collected = ?4, first_waiting = ?5, \
             answered = ?6, settled = ?7, staged_head = ?8",
        )?;
        update.execute(params![
            self.cursor.0,
            self.staged.map(|version| version.0),
            self.loading,
            self.collected.0,
            self.first_waiting.0,
            self.answered,
            self.settled,
            self.staged_head.0,
        ])?;
        Ok(())
    }

    /// As a cursor of the workspace's history.
    pub fn at(version: Version, epoch: Epoch) -> Cursor {
        Cursor { epoch, version }
    }
}
