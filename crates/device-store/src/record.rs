//! Writes an op down: its text is sealed, it joins the log, and what it does is shown, all in the transaction of
//! the caller. It writes as few pages as it can: the log's last, the record's, and one of `fb_pending`.

use fieldbook_device_sync::{Image, Key};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Code, Op, OpId, Payload, Refusal, SealedOp, Seq};

use crate::about;
use crate::act::{ActError, Acted, Moment};
use crate::board::Board;
use crate::defects::BETWEEN;
use crate::did;
use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::Tx;
use crate::oplog::{self, Fresh};
use crate::pending;
use crate::plays;
use crate::shown;

/// An op that is to be written down.
pub(crate) struct Entry<'a> {
    pub action: &'a str,
    /// Only an occasion that was named.
    pub key: Option<&'a str>,
    pub payload: Payload,
    /// The op of this log that it is about.
    pub target: Option<Seq>,
    /// The last number of the device's series, if it gives any out.
    pub number: Option<u64>,
}

/// The id of the op that is made at a moment.
pub(crate) fn op_id(moment: Moment) -> OpId {
    let mut random = [0; 10];
    random.copy_from_slice(&moment.random[..10]);
    OpId::v7(u64::try_from(moment.wall.0).unwrap_or(0), random)
}

/// Writes an op down.
pub(crate) fn record(board: &Board<'_>, moment: Moment, entry: Entry<'_>) -> Result<Acted, ActError> {
    let tx = board.tx;
    let tail = oplog::tail(tx)?;
    let (key, target, number) = (entry.key, entry.target, entry.number.unwrap_or(tail.number));
    let acts = !entry.payload.changes.is_empty();
    let sealed = sealed(tx, moment, entry, tail)?;
    let touches: Vec<Key> = board.records.keys().copied().collect();
    let (did, plays) = (did::write(tx, &board.effects, acts), plays::write(tx, &board.plays));
    let Op { seq, op_id, .. } = sealed.op;
    let (hash, text, plays) = (sealed.hash, &sealed.text, plays.as_deref());
    let fresh =
        Fresh { op: &sealed.op, hash, text, key, touches: &touches, target, number, did: &did, plays };
    oplog::append(tx, &fresh)?;
    if planted(Defect::OpBeforeRows) {
        tx.conn.execute_batch(BETWEEN)?;
    }
    about::begun(tx, seq, target)?;
    show(board, seq)?;
    let name = |key: &Key| (tx.schema.types[key.of].name.clone(), key.id);
    Ok(Acted { seq, op_id, duplicate: false, changed: touches.iter().map(name).collect() })
}

/// The op, fixed for good: cursor, place in the chain, stamp.
fn sealed(tx: Tx<'_>, moment: Moment, entry: Entry<'_>, tail: oplog::Tail) -> Result<SealedOp, ActError> {
    let (marks, identity, op_id) = (Marks::read(tx)?, tx.identity, op_id(moment));
    // What the server has confirmed counts by the stamp that it gave it, which is among what was read.
    let own = (tail.seq.0 > marks.settled).then_some(tail.hlc);
    let hlc = match planted(Defect::StampsIgnoreOthers) {
        true => tail.hlc.tick(moment.wall),
        false => marks.stamp(own, moment.wall),
    };
    let op = Op {
        op_id,
        workspace_id: identity.workspace_id,
        user_id: identity.user_id,
        device_id: identity.device_id,
        seq: tail.seq.next(),
        action: entry.action.to_owned(),
        payload: entry.payload,
        idempotency_key: entry.key.map_or_else(|| op_id.to_string(), str::to_owned),
        created_at: moment.wall,
        hlc,
        schema: identity.schema.version,
        seen: marks.at(),
        previous: tail.hash,
    };
    let sealed = SealedOp::seal(op);
    let (bytes, max) = (sealed.text.len(), identity.limits.op_bytes_max);
    if bytes as u64 > u64::from(max) {
        let words = format!(
            "This action has {bytes} bytes; the server takes at most {max} in one. Make several smaller ones."
        );
        return Err(Refusal::new(Code::TooLarge, words).into());
    }
    Ok(sealed)
}

/// Keeps the image of each record that is touched for the first time, and shows what it is now.
fn show(board: &Board<'_>, seq: Seq) -> Result<(), StoreError> {
    let tx = board.tx;
    for (key, laid) in &board.records {
        if !laid.touched {
            pending::keep_image(tx, *key, laid.confirmed, laid.before.row.as_ref())?;
        }
        pending::touch(tx, *key, seq)?;
        if laid.before.row != laid.now.row {
            shown::put(tx, *key, &Image::of(laid.confirmed, laid.now.clone()))?;
        }
    }
    Ok(())
}
