//! A server that came back from an old backup has lost what it had answered (rules 3 and 4). Where the device learns of
//! it, by a history that begins anew or by a pull that passes an op over, its ops wait again and are offered again.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Seq, Version};

use crate::about;
use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::Tx;
use crate::oplog;
use crate::pending;
use crate::settle::Settled;
use crate::standing::Stored;

/// Forgets all that a history said that is over: no op has an answer, nothing is known of what was deleted. What is
/// shown stays, until the tables of the new history take their place.
pub(crate) fn begin(tx: Tx<'_>, marks: &mut Marks) -> Result<(), StoreError> {
    tx.conn.execute_batch(
        "DELETE FROM fb_gone; DELETE FROM fb_alias; DELETE FROM fb_pending; \
         UPDATE fb_op SET again = again OR state > 0, state = 0, version = NULL, answer = NULL, partly = 0, \
         in_doubt = 0, undone = 0;",
    )?;
    for (of, sql) in tx.tables.types.iter().enumerate().filter(|(_, sql)| sql.bury.is_some()) {
        tx.conn.execute_batch(&format!("INSERT OR IGNORE INTO fb_dead SELECT {of}, id FROM {}", sql.name))?;
    }
    let mut select = tx.conn.prepare_cached("SELECT seq, touches FROM fb_op ORDER BY seq")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let touches = row.get_ref(1)?.as_blob().map_err(|_| StoreError::unreadable("an action"))?;
        if planted(Defect::LongLogAnewInPart) && row.get::<_, u64>(0)? > 300 {
            break;
        }
        for key in oplog::unpacked(touches) {
            pending::touch(tx, key, Seq(row.get(0)?))?;
            pending::keep_image(tx, key, Version::ZERO, None)?;
        }
    }
    (marks.answered, marks.settled, marks.acknowledged) = (0, 0, None);
    (marks.first_waiting, marks.collected) = (Seq(1), Seq::ZERO);
    Ok(())
}

/// Of the owners that were there before, those are there that the new history has. What refers to the others is not shown.
pub(crate) fn unbury(tx: Tx<'_>) -> Result<(), StoreError> {
    for (of, sql) in tx.tables.types.iter().enumerate().filter(|(_, sql)| sql.bury.is_some()) {
        let there = format!("DELETE FROM fb_dead WHERE of = {of} AND id IN (SELECT id FROM {})", sql.name);
        tx.conn.execute_batch(&there)?;
    }
    Ok(())
}

/// Takes in again that an op is there, before its answer is.
pub(crate) fn begun(tx: Tx<'_>, seq: Seq) -> Result<(), StoreError> {
    let target = oplog::matter(tx, seq)?.and_then(|matter| matter.target);
    about::begun(tx, seq, target)
}

/// Takes in again that the ops which wait are there.
pub(crate) fn waiting(tx: Tx<'_>) -> Result<(), StoreError> {
    let first = oplog::first_waiting(tx, Seq(1))?;
    let mut select =
        tx.conn.prepare_cached("SELECT seq FROM fb_op WHERE seq >= ?1 AND state = 0 ORDER BY seq")?;
    let seqs = select.query_map([first.0], |row| row.get(0).map(Seq))?.collect::<Result<Vec<_>, _>>()?;
    for seq in seqs {
        begun(tx, seq)?;
    }
    Ok(())
}

/// Ops of an older history that the new one does not have, and whose texts this device let go of: nobody has them any more.
/// And those that the server told to be such, though this device came back with their texts.
pub(crate) fn lost(tx: Tx<'_>, marks: &mut Marks, settled: &mut Settled) -> Result<(), StoreError> {
    let mut select = tx.conn.prepare_cached(
        "SELECT seq, touches, state FROM fb_op WHERE seq >= ?1 AND state = 0 AND let_go = 1 \
         UNION ALL SELECT seq, touches, state FROM fb_op WHERE state = 1 AND again = 2 ORDER BY seq",
    )?;
    let mut rows = select.query([1])?;
    while let Some(row) = rows.next()? {
        let touches = row.get_ref(1)?.as_blob().map_err(|_| StoreError::unreadable("an action"))?;
        let seq = Seq(row.get(0)?);
        settled.insert(seq, oplog::unpacked(touches));
        oplog::restate(tx, seq, Stored::Lost)?;
        marks.answered += u64::from(row.get::<_, i64>(2)? == Stored::Waiting as i64);
        marks.settled += 1;
    }
    Ok(())
}

/// The next push begins with the first op that waits again.
pub(crate) fn offer(tx: Tx<'_>, marks: &mut Marks) -> Result<(), StoreError> {
    let first = oplog::first_waiting(tx, Seq(1))?;
    marks.first_waiting = first;
    marks.collected = marks.collected.min(Seq(first.0 - 1));
    Ok(())
}

/// Ops that were answered at a place that the device has by now, and that no pull has named: the server has lost them,
/// and they wait again. Whether there are any.
pub(crate) fn unnamed(tx: Tx<'_>, marks: &mut Marks) -> Result<bool, StoreError> {
    if marks.answered <= marks.settled || planted(Defect::AcknowledgedForEver) {
        return Ok(false);
    }
    let mut update = tx.conn.prepare_cached(
        "UPDATE fb_op SET again = 1, state = 0, version = NULL, answer = NULL \
         WHERE seq > ?1 AND seq <= ?2 AND state = 1 AND version <= ?3",
    )?;
    let lost = update.execute((marks.settled, marks.answered, marks.cursor.0))?;
    marks.answered -= lost as u64;
    Ok(lost > 0)
}
