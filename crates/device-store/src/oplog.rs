//! The op log's rows. An op's text is written once; its state, answer and doubt are beside it.

use fieldbook_device_sync::Key;
use fieldbook_model::chain::Hash;
use fieldbook_model::{Hlc, Op, OpId, RecordId, Seq, json};
use fieldbook_protocol::{Answer, Verdict};
use rusqlite::{OptionalExtension, params};

use crate::error::StoreError;
use crate::open::Tx;

/// What a log row says of its op. In flight is no state of its own: it is waiting and collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stored {
    Waiting = 0,
    Answered = 1,
    Committed = 2,
    Rejected = 3,
    Duplicate = 4,
}

impl Stored {
    pub fn read(number: i64) -> Result<Self, StoreError> {
        [Self::Waiting, Self::Answered, Self::Committed, Self::Rejected, Self::Duplicate]
            .into_iter()
            .find(|state| *state as i64 == number)
            .ok_or_else(|| StoreError::unreadable("the state of an action"))
    }
    /// Whether a pull has brought the verdict.
    pub fn settled(self) -> bool {
        self >= Self::Committed
    }
}

/// The end of the log, which the next op joins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    pub seq: Seq,
    pub hash: Hash,
    pub hlc: Hlc,
}

pub(crate) fn tail(tx: Tx<'_>) -> Result<Tail, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT seq, hash, hlc FROM fb_op ORDER BY seq DESC LIMIT 1")?;
    let tail = select.query_row([], |row| {
        let stamp = row.get::<_, i64>(2)?.cast_unsigned();
        let hlc = Hlc { ms: stamp >> 16, counter: (stamp & 0xffff) as u16 };
        Ok(Tail { seq: Seq(row.get(0)?), hash: Hash(row.get(1)?), hlc })
    });
    Ok(tail.optional()?.unwrap_or(Tail { seq: Seq::ZERO, hash: Hash::ZERO, hlc: Hlc::default() }))
}

/// A new op with what stands beside it.
pub(crate) struct Fresh<'a> {
    pub op: &'a Op,
    pub hash: Hash,
    pub text: &'a str,
    /// Only an occasion that the app named.
    pub key: Option<&'a str>,
    pub touches: &'a [Key],
}

pub(crate) fn append(tx: Tx<'_>, fresh: &Fresh<'_>) -> Result<(), StoreError> {
    let Fresh { op, hash, text, key, touches } = fresh;
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO fb_op(seq, op_id, hash, hlc, state, in_doubt, created_at, bytes, key, touches, text) \
         VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, ?6, ?7, ?8, ?9)",
    )?;
    insert.execute(params![
        op.seq.0,
        op.op_id.bytes(),
        hash.0,
        (op.hlc.ms << 16 | u64::from(op.hlc.counter)).cast_signed(),
        op.created_at.0,
        text.len(),
        key,
        packed(touches),
        text,
    ])?;
    Ok(())
}

/// An op's place in its life.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub op_id: OpId,
    pub state: Stored,
    pub touches: Vec<Key>,
}

pub(crate) fn standing(tx: Tx<'_>, seq: Seq) -> Result<Option<Standing>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT op_id, state, touches FROM fb_op WHERE seq = ?1")?;
    let mut rows = select.query([seq.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let touches = row.get_ref(2)?.as_blob().map_err(|_| StoreError::unreadable("an action"))?;
    let state = Stored::read(row.get(1)?)?;
    Ok(Some(Standing { op_id: OpId::from_bytes(row.get(0)?), state, touches: unpacked(touches) }))
}

/// Notes an answer and the state that follows from it. That an op was committed needs no words beside it.
pub(crate) fn note_answer(tx: Tx<'_>, answer: &Answer, state: Stored) -> Result<(), StoreError> {
    let mut update = tx.conn.prepare_cached(
        "UPDATE fb_op SET state = ?2, version = ?3, answer = ?4, in_doubt = in_doubt AND ?2 < 2 WHERE seq = ?1",
    )?;
    update.execute(params![answer.seq.0, state as i64, answer.version.0, words(answer)])?;
    Ok(())
}

/// Notes the first answer to an op; whether there was an op of ours that waited for it.
pub(crate) fn first_answer(tx: Tx<'_>, answer: &Answer) -> Result<bool, StoreError> {
    let mut update = tx.conn.prepare_cached(
        "UPDATE fb_op SET state = 1, version = ?2, answer = ?3 WHERE seq = ?1 AND op_id = ?4 AND state = 0",
    )?;
    let op_id = answer.op_id.bytes();
    Ok(update.execute(params![answer.seq.0, answer.version.0, words(answer), op_id])? == 1)
}

fn words(answer: &Answer) -> Option<String> {
    (answer.verdict != Verdict::Committed).then(|| json::write(answer))
}

/// The first op from a place on that has no answer, or the place behind the last op.
pub(crate) fn first_waiting(tx: Tx<'_>, from: Seq) -> Result<Seq, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT seq FROM fb_op WHERE seq >= ?1 AND state = 0 ORDER BY seq LIMIT 1")?;
    let first = select.query_row([from.0], |row| row.get(0)).optional()?.map(Seq);
    match first {
        Some(first) => Ok(first),
        None => Ok(tail(tx)?.seq.next()),
    }
}

/// An op from its own text.
pub(crate) fn opened(text: &str) -> Result<Op, StoreError> {
    json::parse(text).map_err(|_| StoreError::unreadable("an action"))
}

/// Two bytes for the type and sixteen for the id, each.
fn packed(touches: &[Key]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(touches.len() * 18);
    for key in touches {
        let of = u16::try_from(key.of).expect("BUG: a schema has at most 200 types");
        bytes.extend(of.to_be_bytes());
        bytes.extend(key.id.bytes());
    }
    bytes
}

pub(crate) fn unpacked(bytes: &[u8]) -> Vec<Key> {
    let key = |part: &[u8]| {
        let id: [u8; 16] = part[2..].try_into().ok()?;
        Some(Key { of: usize::from(u16::from_be_bytes([part[0], part[1]])), id: RecordId::from_bytes(id) })
    };
    bytes.chunks_exact(18).filter_map(key).collect()
}
