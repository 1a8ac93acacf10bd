//! What a damaged database still gives: the ops that were not sent, one by one, from every page that can be read. And how
//! another database of the same person takes them in.
//!
//! Each op keeps its occasion, so that one which the server had taken before takes effect once, and says no more of what its author knew
//! than it did: a record that somebody else has changed since counts as not known.

use std::path::{Path, PathBuf};

use fieldbook_crypto::DatabaseKey;
use fieldbook_model::{Change, Code, Op, Payload, Refusal, SealedOp, Seq, Version};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::act::{ActError, Acted, Action, Moment};
use crate::connect;
use crate::error::StoreError;
use crate::judge;
use crate::marks::Marks;
use crate::occasion;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::record::{self, Entry};

/// No log is longer than this.
const SEQ_MAX: u64 = 1 << 40;

/// What a database still gives of its log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rescued {
    /// The ops that no server has answered, in their order.
    pub ops: Vec<SealedOp>,
    /// The places whose ops cannot be read, from and to; without an end where nothing behind is readable.
    pub unreadable: Vec<(Seq, Option<Seq>)>,
}

/// A place of a log.
enum Place {
    /// An op that was not answered.
    Waits(Box<SealedOp>),
    /// One that was.
    Answered,
    /// Behind the last.
    End,
    /// What was there is lost.
    Unreadable,
}

/// Reads what can be read. Nothing is changed.
///
/// # Errors
/// Where the file does not open at all: see [`Store::open`].
pub fn rescue(path: &Path, key: &DatabaseKey) -> Result<Rescued, StoreError> {
    let mut damaged = Damaged { path: path.to_owned(), key, conn: None };
    damaged.connection()?;
    let (mut rescued, mut seq) = (Rescued::default(), damaged.first());
    loop {
        match damaged.place(seq) {
            Place::Waits(op) => rescued.ops.push(*op),
            Place::Answered => {}
            Place::End => return Ok(rescued),
            Place::Unreadable => {
                let next = damaged.next_readable(seq);
                rescued.unreadable.push((Seq(seq), next.map(|next| Seq(next - 1))));
                match next {
                    Some(next) => seq = next - 1,
                    None => return Ok(rescued),
                }
            }
        }
        seq += 1;
    }
}

/// A database of which not every page can be read.
struct Damaged<'a> {
    path: PathBuf,
    key: &'a DatabaseKey,
    /// None after a failed read: SQLCipher answers nothing more on that connection.
    conn: Option<Connection>,
}

impl Damaged<'_> {
    fn connection(&mut self) -> Result<&Connection, StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => {
                match connect::existing(&self.path, self.key, OpenFlags::SQLITE_OPEN_READ_ONLY) {
                    // The page that does not open may say nothing about the log.
                    Err(StoreError::Damaged(_)) => {
                        connect::keyed(&self.path, self.key, OpenFlags::SQLITE_OPEN_READ_ONLY)?
                    }
                    opened => opened?,
                }
            }
        };
        Ok(self.conn.insert(conn))
    }

    fn read<T>(&mut self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let found = read(self.connection().ok()?).ok();
        if found.is_none() {
            self.conn = None;
        }
        found
    }

    /// The first place that may wait: as the database says, or the first there is.
    fn first(&mut self) -> u64 {
        let sql = "SELECT first_waiting FROM fb_marks";
        self.read(|conn| conn.query_row(sql, [], |row| row.get(0))).unwrap_or(1)
    }

    fn place(&mut self, seq: u64) -> Place {
        let sql = "SELECT state, text FROM fb_op WHERE seq = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        match self.read(|conn| conn.query_row(sql, [seq], row).optional()) {
            None => Place::Unreadable,
            Some(None) => Place::End,
            Some(Some((0, text))) => match SealedOp::open(text) {
                Ok(op) => Place::Waits(Box::new(op)),
                Err(_) => Place::Unreadable,
            },
            Some(Some(_)) => Place::Answered,
        }
    }

    /// The first readable place behind one that is not: in ever longer steps, then back by halves. A damaged page hides all
    /// that lies on it and on the pages below it, without a gap.
    fn next_readable(&mut self, from: u64) -> Option<u64> {
        let (mut hidden, mut step) = (from, 1);
        let mut found = loop {
            let next = hidden + step;
            if next > SEQ_MAX {
                return None;
            }
            match self.place(next) {
                Place::Unreadable => (hidden, step) = (next, step * 2),
                _ => break next,
            }
        };
        while found - hidden > 1 {
            let middle = hidden + (found - hidden) / 2;
            match self.place(middle) {
                Place::Unreadable => hidden = middle,
                _ => found = middle,
            }
        }
        Some(found)
    }
}

impl Store {
    /// Does what a rescued op did, at the end of this log; durable when it returns. The same op twice is done once.
    ///
    /// # Errors
    /// [`ActError::Refused`] where it does not fit what is here, and of decisions about other ops, which are of no use behind
    /// another log.
    pub fn take_rescued(&mut self, moment: Moment, rescued: &SealedOp) -> Result<Acted, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let op = oplog::in_force(tx, &rescued.text)?;
        may_be_taken(tx, &op)?;
        let key = Some(op.idempotency_key.clone());
        let wanted = Action { action: op.action.clone(), key, changes: op.payload.changes.clone() };
        judge::admissible(tx, &wanted)?;
        if let Some(earlier) = occasion::earlier(tx, &op.idempotency_key, &wanted)? {
            return Ok(earlier);
        }
        let mut judged = judge::judge(tx, &wanted.action, &wanted.changes)?;
        for (change, then) in judged.changes.iter_mut().zip(&wanted.changes) {
            limit(change, then.base());
        }
        let entry = Entry {
            action: &wanted.action,
            key: wanted.key.as_deref(),
            payload: Payload::from(judged.changes),
            target: None,
            number: judged.series.map(|series| series.last),
        };
        let acted = record::record(&judged.board, moment, entry)?;
        conn.commit()?;
        Ok(acted)
    }
}

fn may_be_taken(tx: Tx<'_>, op: &Op) -> Result<(), ActError> {
    let refused = |words: &str| Err(Refusal::new(Code::NotHeld, words).into());
    if op.payload.about.is_some() {
        return refused("This was a decision about another action: decide anew, in the new folder.");
    }
    let of_now = op.seen.epoch == Marks::read(tx)?.epoch;
    match of_now || op.payload.changes.iter().all(|change| change.base().is_none()) {
        true => Ok(()),
        // What its author knew of a record cannot be told in versions of now.
        false => {
            refused("The server came back from a backup since: look at what it changed, and do it anew.")
        }
    }
}

/// Lets a change say no more than what its author knew of the record.
fn limit(change: &mut Change, known: Option<Version>) {
    match change {
        Change::Update { base, .. } | Change::Delete { base, .. } | Change::Restore { base, .. } => {
            *base = (*base).min(known.unwrap_or(*base));
        }
        Change::Insert { .. } => {}
    }
}
