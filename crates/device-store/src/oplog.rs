//! The op log's rows. An op's text is written once; its state, answer and doubt are beside it, and what it did
//! to what this device showed.

use fieldbook_device_sync::Key;
use fieldbook_model::chain::Hash;
use fieldbook_model::{Hlc, Op, OpId, RecordId, Seq, Version, WallTime, json};
use fieldbook_protocol::{Answer, Settlement, Verdict};
use rusqlite::{OptionalExtension, params};

use crate::error::StoreError;
use crate::log::IS_LOST_BASE;
use crate::open::Tx;
use crate::standing::{Matter, Stored};

/// The end of the log, which the next op joins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    pub seq: Seq,
    pub hash: Hash,
    pub hlc: Hlc,
    /// The last number of the device's series.
    pub number: u64,
}

pub(crate) fn tail(tx: Tx<'_>) -> Result<Tail, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT seq, hash, hlc, number FROM fb_op ORDER BY seq DESC LIMIT 1")?;
    let tail = select.query_row([], |row| {
        let stamp = row.get::<_, i64>(2)?.cast_unsigned();
        let hlc = Hlc { ms: stamp >> 16, counter: (stamp & 0xffff) as u16 };
        Ok(Tail { seq: Seq(row.get(0)?), hash: Hash(row.get(1)?), hlc, number: row.get(3)? })
    });
    let none = Tail { seq: Seq::ZERO, hash: Hash::ZERO, hlc: Hlc::default(), number: 0 };
    Ok(tail.optional()?.unwrap_or(none))
}

/// A new op with what stands beside it.
pub(crate) struct Fresh<'a> {
    pub op: &'a Op,
    pub hash: Hash,
    pub text: &'a str,
    /// Only an occasion that the app named.
    pub key: Option<&'a str>,
    pub touches: &'a [Key],
    /// The op of this log that it is about.
    pub target: Option<Seq>,
    /// The last number of the device's series, with those that this op gives out.
    pub number: u64,
    /// What it does to what is shown: see `did`.
    pub did: &'a str,
    /// What is to be played beside its own changes: see `plays`.
    pub plays: Option<&'a str>,
}

pub(crate) fn append(tx: Tx<'_>, fresh: &Fresh<'_>) -> Result<(), StoreError> {
    let Fresh { op, hash, text, key, touches, target, number, did, plays } = fresh;
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO fb_op(seq, op_id, hash, hlc, state, in_doubt, created_at, bytes, key, number, about, target, \
         undone, touches, plays, text, did) \
         VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12, ?13, ?14)",
    )?;
    insert.execute(params![
        op.seq.0,
        op.op_id.bytes(),
        hash.0,
        (op.hlc.ms << 16 | u64::from(op.hlc.counter)).cast_signed(),
        op.created_at.0,
        text.len(),
        key,
        number,
        Matter::of(op.payload.about.as_ref()),
        target.map(|seq| seq.0),
        packed(touches),
        plays,
        text,
        did,
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

/// What an op is about.
pub(crate) fn matter(tx: Tx<'_>, seq: Seq) -> Result<Option<Matter>, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT about, target, state, undone FROM fb_op WHERE seq = ?1")?;
    let mut rows = select.query([seq.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let target = row.get::<_, Option<u64>>(1)?.map(Seq);
    Ok(Some(Matter { about: row.get(0)?, target, state: Stored::read(row.get(2)?)?, undone: row.get(3)? }))
}

/// The place of an op of this log that is held, or ended otherwise than by being done at once.
pub(crate) fn parked_place(tx: Tx<'_>, op_id: OpId) -> Result<Option<Seq>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT seq FROM fb_op WHERE state >= 3 AND op_id = ?1")?;
    Ok(select.query_row([op_id.bytes()], |row| row.get(0)).optional()?.map(Seq))
}

/// The place of an op of this log. What is parked or held is found by an index, anything else by a search.
pub(crate) fn place(tx: Tx<'_>, op_id: OpId) -> Result<Option<Seq>, StoreError> {
    for sql in
        ["SELECT seq FROM fb_op WHERE state >= 3 AND op_id = ?1", "SELECT seq FROM fb_op WHERE op_id = ?1"]
    {
        let found = tx.conn.prepare_cached(sql)?.query_row([op_id.bytes()], |row| row.get(0)).optional()?;
        if let Some(seq) = found {
            return Ok(Some(Seq(seq)));
        }
    }
    Ok(None)
}

/// An op as the schema in force has it; its text stays as it was written (rule 48).
pub(crate) fn op(tx: Tx<'_>, seq: Seq) -> Result<Op, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT text FROM fb_op WHERE seq = ?1")?;
    let text = select.query_row([seq.0], |row| row.get::<_, String>(0)).optional()?;
    in_force(tx, &text.ok_or_else(|| StoreError::unreadable("an action"))?)
}

/// An op in the words in which it was written.
pub(crate) fn op_as_written(tx: Tx<'_>, seq: Seq) -> Result<Op, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT text FROM fb_op WHERE seq = ?1")?;
    let text: Option<String> = select.query_row([seq.0], |row| row.get(0)).optional()?;
    opened(&text.ok_or_else(|| StoreError::unreadable("an action"))?)
}

/// An op from its text, as the schema in force has it.
pub(crate) fn in_force(tx: Tx<'_>, text: &str) -> Result<Op, StoreError> {
    Ok(tx.ladder.op_up(opened(text)?))
}

/// Notes an answer and the state that follows from it. That an op was committed needs no words beside it.
pub(crate) fn note_answer(tx: Tx<'_>, answer: &Answer, state: Stored) -> Result<(), StoreError> {
    let mut update = tx.conn.prepare_cached(
        "UPDATE fb_op SET state = ?2, version = ?3, answer = ?4, partly = ?5, in_doubt = in_doubt AND ?2 < 2 \
         WHERE seq = ?1",
    )?;
    update.execute(params![answer.seq.0, state as i64, answer.version.0, words(answer), answer.partly])?;
    Ok(())
}

/// Notes when a pull brought the verdict of an op.
pub(crate) fn note_settled_at(tx: Tx<'_>, seq: Seq, at: WallTime) -> Result<(), StoreError> {
    tx.conn.prepare_cached("UPDATE fb_op SET settled_at = ?2 WHERE seq = ?1")?.execute((seq.0, at.0))?;
    Ok(())
}

/// Notes how an op that was held or refused has ended, and where. Its first answer stays (rule 38).
pub(crate) fn note_settled(tx: Tx<'_>, settlement: &Settlement, state: Stored) -> Result<(), StoreError> {
    let mut update =
        tx.conn.prepare_cached("UPDATE fb_op SET state = ?2, version = ?3, partly = ?4 WHERE seq = ?1")?;
    update.execute((settlement.seq.0, state as i64, settlement.version.0, settlement.partly))?;
    Ok(())
}

/// Gives an op another state, by what this device did.
pub(crate) fn restate(tx: Tx<'_>, seq: Seq, state: Stored) -> Result<(), StoreError> {
    tx.conn.prepare_cached("UPDATE fb_op SET state = ?2 WHERE seq = ?1")?.execute((seq.0, state as i64))?;
    Ok(())
}

/// Notes whether an undo of an op stands.
pub(crate) fn note_undone(tx: Tx<'_>, seq: Seq, undone: bool) -> Result<(), StoreError> {
    tx.conn.prepare_cached("UPDATE fb_op SET undone = ?2 WHERE seq = ?1")?.execute((seq.0, undone))?;
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

/// The answer that an op has, where it says more than "committed".
pub(crate) fn answer(tx: Tx<'_>, seq: Seq) -> Result<Option<Answer>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT answer FROM fb_op WHERE seq = ?1")?;
    let text: Option<Option<String>> = select.query_row([seq.0], |row| row.get(0)).optional()?;
    read_answer(text.flatten())
}

/// Whether what an op changed is not in the log any more.
pub(crate) fn is_let_go(tx: Tx<'_>, seq: Seq) -> Result<bool, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT let_go FROM fb_op WHERE seq = ?1")?;
    Ok(select.query_row([seq.0], |row| row.get(0))?)
}

/// Whether a held op waits for what the server lost, and for no person.
pub(crate) fn is_lost_base(tx: Tx<'_>, seq: Seq) -> Result<bool, StoreError> {
    let sql = format!("SELECT {IS_LOST_BASE} FROM fb_op WHERE seq = ?1");
    Ok(tx.conn.prepare_cached(&sql)?.query_row([seq.0], |row| row.get(0))?)
}

/// Where an op was answered, or has ended.
pub(crate) fn version(tx: Tx<'_>, seq: Seq) -> Result<Option<Version>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT version FROM fb_op WHERE seq = ?1")?;
    let version: Option<Option<u64>> = select.query_row([seq.0], |row| row.get(0)).optional()?;
    Ok(version.flatten().map(Version))
}

/// Where an op was answered first, whatever has become of it since (rule 38).
pub(crate) fn answered(tx: Tx<'_>, seq: Seq) -> Result<Option<Version>, StoreError> {
    match answer(tx, seq)? {
        Some(answer) => Ok(Some(answer.version)),
        None => version(tx, seq),
    }
}

/// What an op did to what was shown, as text.
pub(crate) fn did(tx: Tx<'_>, seq: Seq) -> Result<String, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT did FROM fb_op WHERE seq = ?1")?;
    let did = select.query_row([seq.0], |row| row.get(0)).optional()?;
    did.ok_or_else(|| StoreError::unreadable("an action"))
}

/// Whether a decision of this device about a conflict stands. A search through its decisions, which are few.
pub(crate) fn decides(tx: Tx<'_>, conflict: OpId) -> Result<bool, StoreError> {
    let sql = "SELECT text FROM fb_op WHERE about = ?1 AND state = ?2";
    let mut select = tx.conn.prepare_cached(sql)?;
    let mut rows = select.query((Matter::RESOLVES, Stored::Committed as i64))?;
    while let Some(row) = rows.next()? {
        let op = opened(row.get_ref(0)?.as_str().map_err(|_| StoreError::unreadable("an action"))?)?;
        if op.payload.about.is_some_and(|about| about.target() == Some(conflict)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An answer from its column.
pub(crate) fn read_answer(text: Option<String>) -> Result<Option<Answer>, StoreError> {
    let answer = text.map(|text| json::parse(&text)).transpose();
    answer.map_err(|_| StoreError::unreadable("an answer"))
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

/// The ops in a state that waits for somebody, in their order. The bound is the index's own: without it SQLite reads the
/// whole log.
pub(crate) fn in_state(tx: Tx<'_>, state: Stored) -> Result<Vec<Seq>, StoreError> {
    assert!(state as i64 >= 3, "BUG: {state:?} is not in the index of what waits for somebody");
    let sql = "SELECT seq FROM fb_op WHERE state >= 3 AND state = ?1 ORDER BY seq";
    let mut select = tx.conn.prepare_cached(sql)?;
    let seqs = select.query_map([state as i64], |row| row.get(0).map(Seq))?;
    Ok(seqs.collect::<Result<_, _>>()?)
}

/// The ops that touch a record, in their order: a search through the log.
pub(crate) fn touching(tx: Tx<'_>, key: Key) -> Result<Vec<Seq>, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT seq, touches FROM fb_op WHERE instr(touches, ?1) > 0 ORDER BY seq")?;
    let mut rows = select.query([packed(&[key])])?;
    let mut seqs = Vec::new();
    while let Some(row) = rows.next()? {
        let touches = row.get_ref(1)?.as_blob().map_err(|_| StoreError::unreadable("an action"))?;
        if unpacked(touches).contains(&key) {
            seqs.push(Seq(row.get(0)?));
        }
    }
    Ok(seqs)
}

/// An op from its own text.
pub(crate) fn opened(text: &str) -> Result<Op, StoreError> {
    json::parse(text).map_err(|_| StoreError::unreadable("an action"))
}

/// Two bytes for the type and sixteen for the id, each.
pub(crate) fn packed(touches: &[Key]) -> Vec<u8> {
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
