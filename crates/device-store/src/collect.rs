//! Puts a push together from the log: the ops' texts as they were written, in seq order.

use fieldbook_device_sync::Collected;
use fieldbook_model::chain::Hash;
use fieldbook_model::{OpId, Seq};
use fieldbook_protocol::PushRequest;
use fieldbook_protocol::push::{Batch, Head};

use crate::branch;
use crate::error::StoreError;
use crate::letgo;
use crate::marks::Marks;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::trail;

/// What to collect. The server's limits hold besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The first op; without it, the first that has no answer.
    pub from: Option<Seq>,
    /// Ops.
    pub ops_max: u32,
    /// Bytes of the body. One op is collected however large it is.
    pub bytes_max: usize,
    /// Only the head of one op, because it was too large to send (rule 29).
    pub head_only: bool,
}

impl Store {
    /// Puts a push together; `None` when no op waits. That ops are on their way is one durable number and
    /// not a write for each.
    pub fn collect(&mut self, ask: Ask) -> Result<Option<Collected>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        let gap = letgo::gap(tx, ask.from.unwrap_or(marks.first_waiting))?;
        let branch = branch::of(tx)?;
        let standing = trail::standing(&marks);
        let mut batch = PushRequest::batch_behind(gap.as_ref(), branch.as_deref(), &standing);
        let span = match ask.head_only {
            true => head(tx, &marks, ask, &mut batch)?,
            false => ops(tx, &marks, ask, &mut batch)?,
        };
        conn.finish()?;
        let Some((first, last)) = span else { return Ok(None) };
        if last > marks.collected {
            self.note_collected(last)?;
        }
        Ok(Some(Collected { first, last, ops: batch.ops(), body: batch.finish() }))
    }

    fn note_collected(&mut self, last: Seq) -> Result<(), StoreError> {
        let (conn, _) = self.write(Durability::Later)?;
        conn.prepare_cached("UPDATE fb_marks SET collected = max(collected, ?1)")?.execute([last.0])?;
        Ok(conn.commit()?)
    }
}

type Span = Option<(Seq, Seq)>;

fn ops(tx: Tx<'_>, marks: &Marks, ask: Ask, batch: &mut Batch) -> Result<Span, StoreError> {
    let limits = &tx.identity.limits;
    let ops_max = ask.ops_max.min(limits.push_ops_max);
    let bytes_max = ask.bytes_max.min(limits.push_bytes_max as usize);
    let mut select = tx
        .conn
        .prepare_cached("SELECT seq, text FROM fb_op WHERE seq >= ?1 AND state = 0 ORDER BY seq LIMIT ?2")?;
    let mut rows = select.query((ask.from.unwrap_or(marks.first_waiting).0, ops_max))?;
    let mut span: Span = None;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(1)?.as_str().map_err(|_| StoreError::unreadable("an action"))?;
        if span.is_some() && batch.bytes() + text.len() + ",\n".len() > bytes_max {
            break;
        }
        let seq = Seq(row.get(0)?);
        // What lies behind something that is lost is a push of its own, which says so.
        if span.is_some_and(|(_, last)| seq > last.next()) && letgo::is_lost(tx, Seq(seq.0 - 1))? {
            break;
        }
        batch.op(text);
        span = Some((span.map_or(seq, |(first, _)| first), seq));
    }
    Ok(span)
}

fn head(tx: Tx<'_>, marks: &Marks, ask: Ask, batch: &mut Batch) -> Result<Span, StoreError> {
    let mut select = tx.conn.prepare_cached(
        "SELECT seq, op_id, hash, bytes, text FROM fb_op WHERE seq >= ?1 AND state = 0 ORDER BY seq LIMIT 1",
    )?;
    let mut rows = select.query([ask.from.unwrap_or(marks.first_waiting).0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let op = oplog::opened(row.get_ref(4)?.as_str().map_err(|_| StoreError::unreadable("an action"))?)?;
    let seq = Seq(row.get(0)?);
    batch.too_large(&Head {
        op_id: OpId::from_bytes(row.get(1)?),
        seq,
        previous: op.previous,
        hash: Hash(row.get(2)?),
        bytes: row.get(3)?,
    });
    Ok(Some((seq, seq)))
}
