//! What a device keeps of ops that the server has, and what it lets go of (rule 5). A server that comes back from an old
//! backup needs the texts of what it lost, so a device keeps them until the server says that a backup has them, else
//! for thirty days. Then the changes leave the log, in quiet moments; place, id, hash, state and what the op did stay.
//!
//! If a server turns out to have lost one all the same, nobody has it any more: the device says so with the push of what
//! comes behind it, and the server goes on there.

use fieldbook_device_sync::Key;
use fieldbook_merge::{Checked, Done, DoneVerb, Effect, Outcome, UnitEffect, Verb, text};
use fieldbook_model::chain::Hash;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Op, Payload, Seq, Value, Version, json};
use fieldbook_protocol::push::{Gap, Number};
use rusqlite::OptionalExtension;

use crate::did;
use crate::error::StoreError;
use crate::marks::Marks;
use crate::notes;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::standing::{Matter, Stored};

/// Without word of a backup texts are kept for so long after their verdict, in milliseconds.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// At most so many at a time, so that nobody waits for it.
const AT_ONCE: usize = 500;
/// The note of the version up to which the server has a backup.
const BACKUP: &str = "backup";
/// The note of the place behind which texts have not been looked at.
const LOOKED: &str = "let-go";

/// Notes up to where the server has a backup, as it says.
pub(crate) fn note(tx: Tx<'_>, backup: Option<Version>) -> Result<(), StoreError> {
    notes::write(tx, BACKUP, backup.map(|version| version.0.to_string()).as_deref())
}

fn noted(tx: Tx<'_>, name: &str) -> Result<u64, StoreError> {
    let text = notes::read(tx, name)?;
    text.map_or(Ok(0), |text| text.parse().map_err(|_| StoreError::unreadable("a note")))
}

/// What is found at a place of the log.
struct Found {
    seq: Seq,
    state: Stored,
    version: Option<Version>,
    settled_at: i64,
    /// Plain changes, under no key of an occasion, and not let go of yet.
    may_go: bool,
}

impl Store {
    /// Lets go of texts that nobody is going to need. How many.
    pub fn let_go(&mut self) -> Result<usize, StoreError> {
        let (conn, parts) = self.read()?;
        let Due { goes, looked, undated } = due(parts.on(&conn))?;
        conn.finish()?;
        if looked.is_none() && undated.is_none() {
            return Ok(0);
        }
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        for seq in &goes {
            strip(tx, *seq)?;
        }
        if let Some(looked) = looked {
            notes::write(tx, LOOKED, Some(&looked.0.to_string()))?;
        }
        if let Some(undated) = undated {
            date(tx, undated)?;
        }
        conn.commit()?;
        Ok(goes.len())
    }
}

/// What is to be done about texts.
#[derive(Default)]
struct Due {
    /// They may go.
    goes: Vec<Seq>,
    /// Up to here that is said; `None`: nothing is different from the last time.
    looked: Option<Seq>,
    /// The first that was settled nobody noted when.
    undated: Option<Seq>,
}

/// Says that what is settled from a place on was settled now, where nobody noted when: an older format did not.
fn date(tx: Tx<'_>, from: Seq) -> Result<(), StoreError> {
    let mut update = tx.conn.prepare_cached(
        "UPDATE fb_op SET settled_at = (SELECT served_ms FROM fb_marks) \
         WHERE settled_at = 0 AND state >= 2 AND seq >= ?1",
    )?;
    update.execute([from.0])?;
    Ok(())
}

/// The next ops whose texts may go.
fn due(tx: Tx<'_>) -> Result<Due, StoreError> {
    let marks = Marks::read(tx)?;
    let (backup, before) = (Version(noted(tx, BACKUP)?), Seq(noted(tx, LOOKED)?));
    let backup = if planted(Defect::TextsGoAtOnce) { Version(u64::MAX >> 1) } else { backup };
    let mut select = tx.conn.prepare_cached(
        "SELECT seq, state, version, settled_at, about = ?2 AND key IS NULL AND let_go = 0 FROM fb_op \
         WHERE seq > ?1 ORDER BY seq LIMIT ?3",
    )?;
    let plain = Matter::of(None);
    let mut rows = select.query((before.0, plain, AT_ONCE as u64))?;
    let mut due = Due::default();
    while let Some(row) = rows.next()? {
        let found = Found {
            seq: Seq(row.get(0)?),
            state: Stored::read(row.get(1)?)?,
            version: row.get::<_, Option<u64>>(2)?.map(Version),
            settled_at: row.get(3)?,
            may_go: row.get(4)?,
        };
        let is_old = found.settled_at > 0 && marks.served.0 - found.settled_at >= KEPT_MS;
        let too_far = planted(Defect::MuchGoesTooFar) && due.goes.len() > AT_ONCE / 2;
        let is_kept = too_far || found.version.is_some_and(|version| version <= backup);
        // What is not settled may be needed still, and so may all behind it.
        if !found.state.settled() || !(is_old || is_kept) {
            due.undated = (found.state.settled() && found.settled_at == 0).then_some(found.seq);
            break;
        }
        if found.may_go && found.state == Stored::Committed {
            due.goes.push(found.seq);
        }
        due.looked = Some(found.seq);
    }
    Ok(due)
}

/// Takes the changes out of an op's text. What it did is told without them from then on.
fn strip(tx: Tx<'_>, seq: Seq) -> Result<(), StoreError> {
    let op = oplog::op_as_written(tx, seq)?;
    let done = did::written(tx, seq)?;
    let did = text::write(tx.schema, &done.iter().map(effect).collect::<Vec<_>>());
    let emptied = Op { payload: Payload { changes: Vec::new(), about: None }, ..op };
    let mut update = tx
        .conn
        .prepare_cached("UPDATE fb_op SET text = ?2, did = ?3, plays = NULL, let_go = 1 WHERE seq = ?1")?;
    update.execute((seq.0, json::write(&emptied), did))?;
    Ok(())
}

/// What was done, as something that can be written down.
fn effect(done: &Done) -> Effect {
    let verb = match done.verb {
        DoneVerb::Insert => Verb::Insert(Vec::new()),
        DoneVerb::Update => Verb::Update(Vec::new()),
        DoneVerb::Delete => Verb::Delete,
        DoneVerb::Restore => Verb::Restore,
    };
    let life = match (done.verb, done.life) {
        (_, true) => Some(Outcome::Applied),
        (DoneVerb::Update, false) => None,
        (_, false) => Some(Outcome::Already),
    };
    let unit = |deed: &fieldbook_merge::Deed| UnitEffect {
        field: deed.field,
        before: deed.before.clone(),
        after: deed.after.clone(),
        outcome: Outcome::Applied,
        stamps: deed.stamps,
    };
    let change = Checked { of: done.of, id: done.id, base: Version::ZERO, verb };
    Effect { change, life, life_before: None, units: done.deeds.iter().map(unit).collect(), held: None }
}

/// Whether nobody has the op at a place any more.
pub(crate) fn is_lost(tx: Tx<'_>, seq: Seq) -> Result<bool, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT state = ?2 FROM fb_op WHERE seq = ?1")?;
    let is = select.query_row((seq.0, Stored::Lost as i64), |row| row.get(0)).optional()?;
    Ok(is.unwrap_or(false))
}

/// What is to be said with a push that begins at or behind a place: that what lies before it is lost.
pub(crate) fn gap(tx: Tx<'_>, from: Seq) -> Result<Option<Gap>, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT seq FROM fb_op WHERE seq >= ?1 AND state = 0 ORDER BY seq LIMIT 1")?;
    let Some(first) = select.query_row([from.0], |row| row.get(0)).optional()?.map(Seq) else {
        return Ok(None);
    };
    if first <= Seq(1) || !is_lost(tx, Seq(first.0 - 1))? || planted(Defect::GapsAreSilent) {
        return Ok(None);
    }
    let mut select = tx.conn.prepare_cached(
        "SELECT seq, hash FROM fb_op WHERE state = ?2 AND seq < ?1 AND seq > \
         coalesce((SELECT max(seq) FROM fb_op WHERE seq < ?1 AND state <> ?2), 0) ORDER BY seq",
    )?;
    let mut rows = select.query((first.0, Stored::Lost as i64))?;
    let (mut previous, mut numbers) = (Hash::ZERO, Vec::new());
    while let Some(row) = rows.next()? {
        previous = Hash(row.get(1)?);
        numbers.extend(given(tx, Seq(row.get(0)?))?);
    }
    Ok(Some(Gap { first, previous, numbers }))
}

/// The numbers of series that an op gave out.
fn given(tx: Tx<'_>, seq: Seq) -> Result<Vec<Number>, StoreError> {
    let mut numbers = Vec::new();
    for done in did::written(tx, seq)?.iter().filter(|done| done.verb == DoneVerb::Insert) {
        let ty = &tx.schema.types[Key { of: done.of, id: done.id }.of];
        for deed in done.deeds.iter().filter(|deed| ty.fields[deed.field].series) {
            if let Value::Text(number) = &deed.after {
                let field = ty.fields[deed.field].name.clone();
                numbers.push(Number { of: ty.name.clone(), field, number: number.clone() });
            }
        }
    }
    Ok(numbers)
}
