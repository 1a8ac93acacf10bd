//! Where the device stands, in numbers, all of one moment; and the small durable notes of a session.

use fieldbook_device_sync::Stored;
use fieldbook_model::{Cursor, Seq, WallTime};
use rusqlite::OptionalExtension;

use crate::blobs;
use crate::error::StoreError;
use crate::log::IS_LOST_BASE;
use crate::marks::Marks;
use crate::notes;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::policy;

/// The note that [`Facts::last_success`] is read from: a time such as `2026-05-19T09:14:23.000Z`.
pub const LAST_SUCCESS: &str = "last_success";

/// Where the device stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Up to here everything is shown.
    pub cursor: Cursor,
    /// Up to here everything is stored but not shown yet: the next pull starts here.
    pub staged: Option<Cursor>,
    /// Ops without an answer.
    pub waiting: u64,
    /// Ops with an answer that no pull has brought yet.
    pub unconfirmed: u64,
    /// Ops that the server refused and about which nobody has done anything yet.
    pub rejected: u64,
    /// Own ops that wait in a conflict.
    pub conflicted: u64,
    /// Own ops that wait for a record which the server lost when it came back from a backup.
    pub lost_base: u64,
    /// Of the ops without an answer those that a server had answered, and lost.
    pub again: u64,
    /// Conflicts about which this user may decide, of own ops and of others'.
    pub conflicts: u64,
    /// Pending ops that do not fit what is there now.
    pub in_doubt: u64,
    /// When the oldest op without an answer was made.
    pub oldest_waiting: Option<WallTime>,
    /// When the session noted its last success.
    pub last_success: Option<WallTime>,
    /// By how many milliseconds the server's clock was ahead of this device's when it was last heard.
    pub off_ms: i64,
    /// Blobs that are still to come.
    pub blobs: u64,
    /// How many bytes of them, as far as that is known.
    pub blob_bytes: u64,
    /// The schema's version.
    pub schema: u32,
    /// The first op that the next push starts with, or the next to be made.
    pub next: Seq,
    /// The last op in the log; 0 when it is empty.
    pub last: Seq,
}

impl Facts {
    /// Ops that no pull has confirmed yet.
    pub fn pending(&self) -> u64 {
        self.waiting + self.unconfirmed
    }

    /// The part of them that a status is told from.
    pub fn stored(&self) -> Stored {
        Stored {
            pending: self.pending(),
            waiting: self.waiting,
            oldest: self.oldest_waiting,
            conflicts: self.conflicts,
            rejected: self.rejected,
            last_success: self.last_success,
        }
    }
}

impl Store {
    /// Where the device stands.
    pub fn facts(&mut self) -> Result<Facts, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let (marks, last) = (Marks::read(tx)?, oplog::tail(tx)?.seq);
        let stored = stored(tx, &marks, last)?;
        let held = count(tx, &parked(5))?;
        let lost_base = match held {
            0 => 0,
            _ => count(tx, &format!("{} AND {IS_LOST_BASE}", parked(5)))?,
        };
        let (blobs, blob_bytes) = blobs::to_come(tx)?;
        Ok(Facts {
            blobs,
            blob_bytes,
            cursor: marks.at(),
            staged: marks.staged.map(|version| Cursor { version, ..marks.at() }),
            waiting: stored.waiting,
            unconfirmed: stored.pending - stored.waiting,
            rejected: stored.rejected,
            conflicted: held - lost_base,
            lost_base,
            again: count(tx, "SELECT count(*) FROM fb_op WHERE state = 0 AND again = 1")?,
            conflicts: stored.conflicts,
            in_doubt: count(tx, "SELECT count(*) FROM fb_op WHERE in_doubt = 1")?,
            oldest_waiting: stored.oldest,
            last_success: stored.last_success,
            off_ms: marks.off_ms,
            schema: tx.schema.version,
            next: marks.first_waiting,
            last,
        })
    }

    /// How many ops the server has not answered.
    pub fn waiting(&mut self) -> Result<u64, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        Ok(unanswered(&Marks::read(tx)?, oplog::tail(tx)?.seq))
    }

    /// What the server's clock said when it last let this device in.
    pub fn served(&mut self) -> Result<WallTime, StoreError> {
        let (conn, parts) = self.read()?;
        Ok(Marks::read(parts.on(&conn))?.served)
    }

    /// What is wrong with the database, read from its first page to its last; `None` where it is whole.
    pub fn checked(&mut self) -> Result<Option<String>, StoreError> {
        let (conn, parts) = self.read()?;
        let check = "PRAGMA quick_check(1)";
        let said: String = parts.on(&conn).conn.query_row(check, [], |row| row.get(0))?;
        Ok(Some(said).filter(|said| said != "ok"))
    }

    /// What a status is told from. It costs the same however much waits: a sync loop asks for it at every turn.
    pub fn stored(&mut self) -> Result<Stored, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let (marks, last) = (Marks::read(tx)?, oplog::tail(tx)?.seq);
        stored(tx, &marks, last)
    }

    /// Keeps a small fact of the session, such as when it may try again.
    pub fn note(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        notes::write(parts.on(&conn), name, Some(value))?;
        Ok(conn.commit()?)
    }

    /// A fact that was noted.
    pub fn noted(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let (conn, parts) = self.read()?;
        notes::read(parts.on(&conn), name)
    }
}

fn unanswered(marks: &Marks, last: Seq) -> u64 {
    last.0.saturating_sub(marks.answered)
}

fn stored(tx: Tx<'_>, marks: &Marks, last: Seq) -> Result<Stored, StoreError> {
    let waiting = unanswered(marks, last);
    Ok(Stored {
        pending: waiting + marks.answered.saturating_sub(marks.settled),
        waiting,
        oldest: oldest(tx, marks.first_waiting)?,
        conflicts: match count(tx, "SELECT count(*) FROM conflict WHERE state = 'open'")? {
            0 => 0,
            _ => policy::to_decide(tx)?,
        },
        rejected: count(tx, &parked(3))?,
        last_success: notes::read(tx, LAST_SUCCESS)?.and_then(|text| WallTime::parse(&text)),
    })
}

/// Counts ops in a state. The bound is the index's own: without it SQLite reads the whole log.
fn parked(state: u8) -> String {
    format!("SELECT count(*) FROM fb_op WHERE state >= 3 AND state = {state}")
}

fn count(tx: Tx<'_>, sql: &str) -> Result<u64, StoreError> {
    Ok(tx.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

fn oldest(tx: Tx<'_>, first_waiting: Seq) -> Result<Option<WallTime>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT created_at FROM fb_op WHERE seq = ?1")?;
    let made = select.query_row([first_waiting.0], |row| row.get(0)).optional()?;
    Ok(made.map(WallTime))
}
