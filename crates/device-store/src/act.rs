//! The one door for writing: an action becomes an op at the end of the log and is shown, in one durable
//! transaction. It writes as few pages as it can: the log's last, the record's, and one of `fb_pending`.

use fieldbook_device_sync::{Image, Key};
use fieldbook_model::{
    Change, Code, Cursor, Op, OpId, Payload, RecordId, Refusal, SealedOp, Seq, Version, WallTime,
};

use crate::error::StoreError;
use crate::judge::{self, Judged};
use crate::marks::Marks;
use crate::occasion;
use crate::open::{Durability, Store, Tx};
use crate::oplog::{self, Fresh};
use crate::pending;
use crate::shown;

/// What the shell hands in for an act, since the store has no clock and draws no lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What the device's clock says.
    pub wall: WallTime,
    /// For the op's id.
    pub random: [u8; 16],
}

/// What an app wants done.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// `edit`, or an action that the schema declares.
    pub action: String,
    /// The occasion, if the app names one: a second act of this name is the same act (rule 20).
    pub key: Option<String>,
    /// In their order. Bases that stand in them are not read: the store knows them.
    pub changes: Vec<Change>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The op's place in the log.
    pub seq: Seq,
    /// The op.
    pub op_id: OpId,
    /// Nothing new was done: this is the earlier op of the same occasion.
    pub duplicate: bool,
    /// The records that it touches: type and id.
    pub changed: Vec<(String, RecordId)>,
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The action does not fit what is here.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ActError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Does an action. When it returns, the op survives a kill and a power cut.
    pub fn act(&mut self, moment: Moment, wanted: Action) -> Result<Acted, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let acted = acted(tx, moment, wanted)?;
        match acted.duplicate {
            true => conn.rollback()?,
            false => conn.commit()?,
        }
        Ok(acted)
    }
}

fn acted(tx: Tx<'_>, moment: Moment, wanted: Action) -> Result<Acted, ActError> {
    judge::admissible(tx, &wanted)?;
    if let Some(key) = &wanted.key
        && let Some(earlier) = occasion::earlier(tx, key, &wanted)?
    {
        return Ok(earlier);
    }
    let judged = judge::judge(tx, &wanted.changes)?;
    let sealed = sealed(tx, moment, &wanted, &judged)?;
    let touches: Vec<Key> = judged.records.keys().copied().collect();
    let Op { seq, op_id, .. } = sealed.op;
    let key = wanted.key.as_deref();
    oplog::append(
        tx,
        &Fresh { op: &sealed.op, hash: sealed.hash, text: &sealed.text, key, touches: &touches },
    )?;
    show(tx, seq, &judged)?;
    let name = |key: &Key| (tx.schema.types[key.of].name.clone(), key.id);
    Ok(Acted { seq, op_id, duplicate: false, changed: touches.iter().map(name).collect() })
}

/// The op, fixed for good: bases, cursor, place in the chain, stamp.
fn sealed(tx: Tx<'_>, moment: Moment, wanted: &Action, judged: &Judged) -> Result<SealedOp, ActError> {
    let (tail, marks, identity) = (oplog::tail(tx)?, Marks::read(tx)?, tx.identity);
    let mut random = [0; 10];
    random.copy_from_slice(&moment.random[..10]);
    let op_id = OpId::v7(u64::try_from(moment.wall.0).unwrap_or(0), random);
    let changes = wanted.changes.iter().zip(&judged.bases);
    let op = Op {
        op_id,
        workspace_id: identity.workspace_id,
        user_id: identity.user_id,
        device_id: identity.device_id,
        seq: tail.seq.next(),
        action: wanted.action.clone(),
        payload: Payload { changes: changes.map(|(change, base)| based(change, *base)).collect() },
        idempotency_key: wanted.key.clone().unwrap_or_else(|| op_id.to_string()),
        created_at: moment.wall,
        hlc: tail.hlc.tick(moment.wall),
        schema: identity.schema.version,
        seen: Cursor { epoch: identity.epoch, version: marks.cursor },
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

/// A change with the base that the device knows.
fn based(change: &Change, known: Version) -> Change {
    let mut change = change.clone();
    match &mut change {
        Change::Update { base, .. } | Change::Delete { base, .. } | Change::Restore { base, .. } => {
            *base = known
        }
        Change::Insert { .. } => {}
    }
    change
}

/// Keeps the image of each record that is touched for the first time, and shows what it is now.
fn show(tx: Tx<'_>, seq: Seq, judged: &Judged) -> Result<(), StoreError> {
    for (key, record) in &judged.records {
        if !record.touched {
            pending::keep_image(tx, *key, record.confirmed, record.before.as_ref())?;
        }
        pending::touch(tx, *key, seq)?;
        if record.before.is_some() || record.now.is_some() {
            shown::put(tx, *key, &Image { version: record.confirmed, row: record.now.clone() })?;
        }
    }
    Ok(())
}
