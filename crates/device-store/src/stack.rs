//! What can be undone and done again. Both follow from the op log, so that they survive a restart: an op is on
//! the undo stack if it has changes, happened or will, and no undo of it stands.

use fieldbook_model::{Seq, WallTime};

use crate::error::StoreError;
use crate::labels;
use crate::open::{Store, Tx};
use crate::oplog;
use crate::standing::{Matter, Stored};

/// An op that can be undone, or done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEntry {
    /// Its place in the log.
    pub seq: Seq,
    /// Its action.
    pub action: String,
    /// The op as a sentence.
    pub says: String,
    /// When it was made, by the device's clock.
    pub created_at: WallTime,
}

impl Store {
    /// What undo takes back, the next first.
    pub fn undo_stack(&mut self, max: u32) -> Result<Vec<StackEntry>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        entries(tx, &undoable(tx, max)?)
    }

    /// What redo does again, the next first.
    pub fn redo_stack(&mut self, max: u32) -> Result<Vec<StackEntry>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let undos = redoable(tx, max)?;
        let undone = undos.iter().map(|undo| oplog::matter(tx, *undo)).collect::<Result<Vec<_>, _>>()?;
        entries(tx, &undone.iter().filter_map(|matter| matter.as_ref()?.target).collect::<Vec<_>>())
    }
}

/// The ops that undo takes back, the next first.
pub(crate) fn undoable(tx: Tx<'_>, max: u32) -> Result<Vec<Seq>, StoreError> {
    seqs(
        tx,
        &format!(
            "SELECT seq FROM fb_op WHERE about <= {} AND undone = 0 AND state NOT IN ({}) ORDER BY seq DESC LIMIT ?1",
            Matter::REPLACES,
            Stored::came_to_nothing()
        ),
        max,
    )
}

/// The undos that redo takes back, the next first. A new act empties it.
pub(crate) fn redoable(tx: Tx<'_>, max: u32) -> Result<Vec<Seq>, StoreError> {
    seqs(
        tx,
        &format!(
            "SELECT u.seq FROM fb_op AS u JOIN fb_op AS t ON t.seq = u.target \
             WHERE u.seq > coalesce((SELECT max(seq) FROM fb_op WHERE about <= {0}), 0) AND u.about = {1} \
             AND u.undone = 0 AND u.state NOT IN ({2}) AND t.about <= {0} AND (t.state NOT IN ({2}) OR t.state = {3}) \
             ORDER BY u.seq DESC LIMIT ?1",
            Matter::REPLACES,
            Matter::UNDOES,
            Stored::came_to_nothing(),
            Stored::Withdrawn as i64
        ),
        max,
    )
}

fn seqs(tx: Tx<'_>, sql: &str, max: u32) -> Result<Vec<Seq>, StoreError> {
    let mut select = tx.conn.prepare_cached(sql)?;
    let seqs = select.query_map([max], |row| row.get(0).map(Seq))?;
    Ok(seqs.collect::<Result<_, _>>()?)
}

fn entries(tx: Tx<'_>, seqs: &[Seq]) -> Result<Vec<StackEntry>, StoreError> {
    let entry = |seq: &Seq| {
        let op = oplog::op(tx, *seq)?;
        let says = labels::says(tx, *seq)?;
        Ok(StackEntry { seq: *seq, action: op.action, says, created_at: op.created_at })
    };
    seqs.iter().map(entry).collect()
}
