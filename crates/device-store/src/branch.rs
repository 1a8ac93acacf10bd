//! A device that was restored from an old backup, or copied: the server has other ops in the places of its log. Behind the
//! last op that both have it goes on in a log of its own (rule 23). Its ops keep their ids and places; what the server
//! has is not offered again (rule 58).

use fieldbook_model::chain::Hash;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{DeviceId, OpId, SealedOp, Seq, WallTime, json};
use fieldbook_protocol::branch::Entry;
use fieldbook_protocol::{Branch, Common, CommonReply, CommonRequest, Page};
use rusqlite::OptionalExtension;

use crate::cuts;
use crate::error::StoreError;
use crate::identity::Identity;
use crate::marks::Marks;
use crate::notes;
use crate::open::{Durability, Known, Store, Tx};
use crate::oplog;
use crate::standing::Stored;

/// The note of what the log began as a copy of.
const BRANCH: &str = "branch";

/// So many ops at most: what a server takes in one request. Also what was confirmed, since the server may have lost it.
const ASKED_MAX: u64 = 50_000;

/// What the log began as a copy of, if it did.
pub(crate) fn of(tx: Tx<'_>) -> Result<Option<Box<Branch>>, StoreError> {
    let branch = notes::read(tx, BRANCH)?.map(|text| json::parse(&text).map(Box::new)).transpose();
    branch.map_err(|_| StoreError::unreadable("what the log began with"))
}

/// Whether a page tells of other ops than this log has in their places.
pub(crate) fn is_foreign(tx: Tx<'_>, page: &Page) -> Result<bool, StoreError> {
    for answer in &page.answers {
        if oplog::standing(tx, answer.seq)?.is_none_or(|own| own.op_id != answer.op_id) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Store {
    /// What the server is asked about.
    pub fn common_request(&mut self) -> Result<CommonRequest, StoreError> {
        let (conn, parts) = self.read()?;
        let marks = Marks::read(parts.on(&conn))?;
        let last = if planted(Defect::CopiesOfferAll) { marks.settled } else { u64::MAX >> 1 };
        let mut select = conn.prepare_cached(
            "SELECT seq, op_id, hash FROM (SELECT seq, op_id, hash FROM fb_op WHERE seq <= ?1 ORDER BY seq DESC \
             LIMIT ?2) ORDER BY seq",
        )?;
        let entry = |row: &rusqlite::Row<'_>| {
            Ok(Entry { seq: Seq(row.get(0)?), op_id: OpId::from_bytes(row.get(1)?), hash: Hash(row.get(2)?) })
        };
        let log = select.query_map((last, ASKED_MAX), entry)?.collect::<Result<_, _>>()?;
        Ok(CommonRequest { log })
    }

    /// Goes on in a log of its own, behind what the server has. The inner `Err`: why that cannot be.
    pub fn part(
        &mut self,
        reply: &CommonReply,
        (now, random): (WallTime, [u8; 10]),
    ) -> Result<Result<(), String>, StoreError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let mut marks = Marks::read(tx)?;
        let none = || Common { device: tx.identity.device_id, seq: Seq::ZERO, hash: Hash::ZERO };
        let from = reply.common.clone().unwrap_or_else(none);
        let is_behind = reply.epoch.is_some_and(|epoch| epoch > marks.epoch);
        if (!is_behind && has_confirmed(tx, from.seq)?) || hash(tx, from.seq)? != Some(from.hash) {
            return Ok(Err("a log that lacks what the server has confirmed".to_owned()));
        }
        let device = DeviceId::v7(u64::try_from(now.0).unwrap_or(0), random);
        let last = from.seq;
        let branch = json::write(&Branch { device, from });
        notes::write(tx, BRANCH, Some(&branch))?;
        let answered = conn.execute("UPDATE fb_op SET state = 1 WHERE seq <= ?1 AND state = 0", [last.0])?;
        if answered > 0 {
            // Their verdicts may stand before what this device has read.
            cuts::want_anew(tx)?;
        }
        // The next page takes them out of what is shown.
        for (first, last) in &reply.lost {
            let sql = "UPDATE fb_op SET again = 2 WHERE seq BETWEEN ?1 AND ?2 AND state = 1";
            conn.execute(sql, (first.0, last.0))?;
        }
        conn.execute(
            "UPDATE fb_op SET state = 0, version = NULL, answer = NULL WHERE seq > ?1 AND state < 2",
            [last.0],
        )?;
        sealed_anew(tx, device, last)?;
        (marks.answered, marks.first_waiting) = (last.0, last.next());
        marks.collected = marks.collected.min(last);
        marks.write(tx)?;
        let identity = Identity { device_id: device, ..tx.identity.clone() };
        identity.write(&conn)?;
        let known = Known::of(&conn, identity)?;
        conn.commit()?;
        self.know(known);
        Ok(Ok(()))
    }
}

/// Whether the server has confirmed an op behind a place. What it has lost since counts for nothing.
fn has_confirmed(tx: Tx<'_>, behind: Seq) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM fb_op WHERE seq > ?1 AND state >= 2 AND state <> ?2)";
    let mut select = tx.conn.prepare_cached(sql)?;
    Ok(select.query_row((behind.0, Stored::Lost as i64), |row| row.get(0))?)
}

/// The hash of the op at a place.
fn hash(tx: Tx<'_>, seq: Seq) -> Result<Option<Hash>, StoreError> {
    if seq == Seq::ZERO {
        return Ok(Some(Hash::ZERO));
    }
    let mut select = tx.conn.prepare_cached("SELECT hash FROM fb_op WHERE seq = ?1")?;
    Ok(select.query_row([seq.0], |row| row.get(0).map(Hash)).optional()?)
}

/// The ops behind a place, in the name of the new log: each names the one before by its hash.
fn sealed_anew(tx: Tx<'_>, device: DeviceId, last: Seq) -> Result<(), StoreError> {
    let mut previous = hash(tx, last)?.unwrap_or(Hash::ZERO);
    let mut select = tx.conn.prepare_cached("SELECT seq, text FROM fb_op WHERE seq > ?1 ORDER BY seq")?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?));
    let texts = select.query_map([last.0], row)?.collect::<Result<Vec<_>, _>>()?;
    let mut update =
        tx.conn.prepare_cached("UPDATE fb_op SET text = ?2, hash = ?3, bytes = ?4 WHERE seq = ?1")?;
    for (seq, text) in texts {
        let mut op = oplog::opened(&text)?;
        (op.device_id, op.previous) = (device, previous);
        let sealed = SealedOp::seal(op);
        update.execute((seq, &sealed.text, sealed.hash.0, sealed.text.len()))?;
        previous = sealed.hash;
    }
    Ok(())
}
