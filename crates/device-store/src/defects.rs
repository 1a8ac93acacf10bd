//! Rules of this store that a test can take out, to see that the test would notice. Without the cargo
//! feature `planted` nothing of this is compiled into the program's paths.

use std::collections::BTreeMap;

use fieldbook_device_sync::{Key, Pending, Rebased};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Change, SealedOp, Seq, Version};
use fieldbook_protocol::PageEnd;
use rusqlite::params;

use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::Tx;
use crate::oplog;
use crate::pending::{self, Desk};

/// One transaction becomes two, for the rules that say that it may not.
pub(crate) const BETWEEN: &str = "COMMIT; BEGIN IMMEDIATE";

/// The cursor of a page is written before its rows are.
pub(crate) fn cursor_first(tx: Tx<'_>, marks: &Marks, end: &PageEnd) -> Result<(), StoreError> {
    if planted(Defect::CursorBeforeRows) {
        Marks { cursor: end.to.version, hash: Some(end.hash), epoch: end.to.epoch, ..*marks }.write(tx)?;
        tx.conn.execute_batch(BETWEEN)?;
    }
    Ok(())
}

/// What goes wrong behind a rebase when a rule is taken out.
pub(crate) fn after_rebase(
    desk: &mut Desk<'_>,
    marks: &mut Marks,
    rebased: &Rebased,
) -> Result<(), StoreError> {
    if planted(Defect::RebaseGivesVerdicts) {
        for seq in rebased.doubt.iter().filter(|(_, doubt)| **doubt).map(|(seq, _)| *seq) {
            give_verdict(desk, marks, seq)?;
        }
    }
    if planted(Defect::RebaseRewritesBase)
        && let Some(first) = rebased.doubt.keys().next()
    {
        let bases = rebased.shown.iter().map(|(key, image)| (*key, image.version)).collect();
        rewrite_bases(desk, *first, &bases)?;
    }
    Ok(())
}

fn give_verdict(desk: &mut Desk<'_>, marks: &mut Marks, seq: Seq) -> Result<(), StoreError> {
    let tx = desk.tx;
    for key in desk.replay(seq)?.keys() {
        pending::leave(tx, key, seq)?;
    }
    tx.conn.execute("UPDATE fb_op SET state = 3, in_doubt = 0 WHERE seq = ?1", [seq.0])?;
    (marks.answered, marks.settled) = (marks.answered + 1, marks.settled + 1);
    marks.first_waiting = oplog::first_waiting(tx, marks.first_waiting)?;
    Ok(())
}

/// Seals every waiting op from a place on anew, with the bases of now and an intact chain.
fn rewrite_bases(desk: &Desk<'_>, first: Seq, bases: &BTreeMap<Key, Version>) -> Result<(), StoreError> {
    let conn = desk.tx.conn;
    let mut select = conn.prepare("SELECT text FROM fb_op WHERE seq >= ?1 AND state = 0 ORDER BY seq")?;
    let texts = select.query_map([first.0], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let mut previous = None;
    for text in texts {
        let mut op = oplog::opened(&text)?;
        op.previous = previous.unwrap_or(op.previous);
        for change in &mut op.payload.changes {
            let of = desk.tx.schema.types.iter().position(|ty| ty.name == change.of());
            let key = of.map(|of| Key { of, id: change.id() });
            let now = key.and_then(|key| bases.get(&key));
            if let (Some(now), Change::Update { base, .. } | Change::Delete { base, .. }) = (now, change) {
                *base = *now;
            }
        }
        let sealed = SealedOp::seal(op);
        conn.execute(
            "UPDATE fb_op SET text = ?2, hash = ?3, bytes = ?4 WHERE seq = ?1",
            params![sealed.op.seq.0, sealed.text, sealed.hash.0, sealed.text.len()],
        )?;
        previous = Some(sealed.hash);
    }
    Ok(())
}
