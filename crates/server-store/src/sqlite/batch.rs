//! A write transaction: answers what a decision asks, carries plans out, commits. It decides nothing.
//!
//! Dropped without a commit it leaves nothing behind, in the database or in memory: all that it knows is its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use fieldbook_merge::{Kinship, Line, Record, Row, Stamp};
use fieldbook_model::chain::Hash;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Ladder;
use fieldbook_model::{Access, DeviceId, Epoch, OpId, RecordId, Seq, UserId, Version, WallTime, json};
use fieldbook_protocol::push::{Gap, Pushed, SameRecord};
use fieldbook_protocol::{Branch, SettledState, Standing, Verdict};
use fieldbook_server_sync::{
    Author, Ended, Epochs, HeldOp, HeldTouch, KeyUse, Known, Log, LostNumber, NewEpoch, Park, Parked,
    ParkedBefore, Past, Plan, Stand, View, Write,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::frame::Frame;
use super::number::{int, line, nat};
use super::records::Records;
use super::{access, answer, branch, effects, epoch, held, keyed, lost, past, scopes};
use crate::error::{StoreError, damaged};
use crate::store::{Batch, Head};

const HEAD: &str = "SELECT epoch, version, hash FROM head";
const TIME: &str = "SELECT received_at FROM op ORDER BY version DESC LIMIT 1";
const HEAD_UPDATE: &str = "UPDATE head SET version = ?, hash = ?";
const HAS_ALIASES: &str = "SELECT EXISTS (SELECT 1 FROM alias)";
const LOG: &str = "SELECT line, last_seq, last_hash, has_parked FROM line WHERE device = ?";
const LOG_INSERT: &str = "INSERT INTO line (device, user, name, last_seq, last_hash, has_parked) VALUES (?, ?, ?, 0, zeroblob(32), 0)";
const NAME_UPDATE: &str = "UPDATE line SET name = ? WHERE line = ? AND name <> ?";
const LOG_UPDATE: &str = "UPDATE line SET last_seq = ?, last_hash = ?, has_parked = ? WHERE line = ?";
const KNOWN: &str = "SELECT version, line, seq, hash, answer FROM op WHERE op_id = ?1 \
    ORDER BY (line = ?2 AND hash = ?3) DESC, version LIMIT 1";
const OP_INSERT: &str = "INSERT INTO op (version, line, seq, op_id, hash, log, received_at, answer, links, effects, \
    text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const KEY: &str = "SELECT op, action, fields, made FROM idempotency WHERE key = ?";
const KEY_INSERT: &str = "INSERT INTO idempotency (key, op, action, fields, made) VALUES (?, ?, ?, ?, ?)";
const ALIAS: &str = "SELECT existing FROM alias WHERE of = ? AND own = ?";
const ALIAS_INSERT: &str = "INSERT OR REPLACE INTO alias (of, own, existing) VALUES (?, ?, ?)";
const PARKED: &str = "SELECT version, op, missing, EXISTS (SELECT 1 FROM parked AS p WHERE p.line = ?1 AND p.of = ?2 \
                      AND p.id = ?3 AND p.inserts AND p.seq < ?4 AND p.op IS NOT ?5) \
                      FROM parked WHERE line = ?1 AND of = ?2 AND id = ?3 AND seq < ?4 AND op IS NOT ?5 \
                      ORDER BY version DESC, seq DESC LIMIT 1";
const PARKED_INSERT: &str =
    "INSERT INTO parked (line, of, id, version, op, seq, inserts, missing) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
const UNPARKED: &str = "DELETE FROM parked WHERE op = ?";
const HAS_PARKED: &str = "UPDATE line SET has_parked = 1 WHERE line = ?";
const KEY_DELETE: &str = "DELETE FROM idempotency WHERE key = ?";

/// A write transaction on a workspace.
pub struct SqliteBatch<'a> {
    connection: &'a Connection,
    frame: &'a Frame,
    head: Head,
    records: Records<'a>,
    /// The logs that this batch moved on.
    logs: BTreeMap<Line, Log>,
    has_aliases: bool,
    has_held: bool,
    has_lost: bool,
    has_branches: bool,
    known: CachedStatement<'a>,
    op_insert: CachedStatement<'a>,
    /// Only ever in a test.
    fails: bool,
    /// Last, so that it goes after the statements.
    _open: Open<'a>,
}

/// Rolls back what was not committed.
struct Open<'a>(&'a Connection);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // If even this fails, the connection refuses the next BEGIN and the world learns of it there.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

/// Where a workspace stands.
pub fn head(connection: &Connection) -> Result<Head, StoreError> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (epoch, version, hash) = connection.prepare_cached(HEAD)?.query_row([], read)?;
    Ok(Head { epoch: Epoch(epoch), version: Version(nat(version)?), hash: Hash(hash) })
}

/// When the last op of a workspace was taken.
pub fn time(connection: &Connection) -> Result<WallTime, StoreError> {
    let mut find = connection.prepare_cached(TIME)?;
    Ok(WallTime(find.query_row([], |row| row.get(0)).optional()?.unwrap_or_default()))
}

impl<'a> SqliteBatch<'a> {
    /// Starts a write transaction, whose commit fails if a test wants it to. Another program may have brought the
    /// workspace to the next version of its schema meanwhile; that is noticed here, under the lock.
    pub fn begin(
        connection: &'a Connection,
        frame: &'a mut Arc<Frame>,
        fails: bool,
    ) -> Result<Self, StoreError> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let open = Open(connection);
        if Frame::in_force(connection)? != frame.schema.version {
            *frame = Arc::new(Frame::read(connection)?);
        }
        let frame: &'a Frame = frame;
        Ok(Self {
            connection,
            frame,
            head: head(connection)?,
            records: Records::new(connection, frame)?,
            logs: BTreeMap::new(),
            has_aliases: connection.prepare_cached(HAS_ALIASES)?.query_row([], |row| row.get(0))?,
            has_held: held::any(connection)?,
            has_lost: held::any_lost(connection)?,
            has_branches: branch::any(connection)?,
            known: connection.prepare_cached(KNOWN)?,
            op_insert: connection.prepare_cached(OP_INSERT)?,
            fails,
            _open: open,
        })
    }

    fn insert_op(
        &mut self,
        plan: &Plan,
        pushed: &Pushed,
        (at, log): (WallTime, Hash),
        links: &[u8],
    ) -> Result<(), StoreError> {
        let too_large;
        let text = match pushed {
            Pushed::Whole(sealed) => &sealed.text,
            Pushed::Broken(_, text) => text,
            Pushed::TooLarge(head) => {
                too_large = format!(r#"{{"too_large":{}}}"#, json::write(head));
                &too_large
            }
        };
        let effects = effects::write(&self.frame.schema, pushed, &plan.effects);
        self.op_insert.execute(params![
            int(plan.answer.version.0),
            plan.log.line.0,
            int(pushed.seq().0),
            pushed.op_id().bytes(),
            pushed.hash().0,
            log.0,
            at.0,
            answer::write(&plan.answer),
            (!links.is_empty()).then_some(links),
            effects,
            text,
        ])?;
        Ok(())
    }

    fn insert_alias(&mut self, of: usize, same: &SameRecord) -> Result<(), StoreError> {
        let ids = params![self.frame.number(of), same.own.bytes(), same.existing.bytes()];
        self.connection.prepare_cached(ALIAS_INSERT)?.execute(ids)?;
        self.has_aliases = true;
        Ok(())
    }

    fn insert_key(&mut self, key: &str, act: &KeyUse) -> Result<(), StoreError> {
        let made = json::write(&act.made);
        let act = params![key, act.op.bytes(), act.action, act.fields, made];
        self.connection.prepare_cached(KEY_INSERT)?.execute(act)?;
        Ok(())
    }

    fn insert_park(&mut self, park: &Park) -> Result<(), StoreError> {
        let (of, id, op) = (self.frame.number(park.of), park.id.bytes(), park.op.bytes());
        let (version, seq) = (int(park.version.0), int(park.seq.0));
        let row = params![park.line.0, of, id, version, op, seq, park.inserts, park.missing];
        self.connection.prepare_cached(PARKED_INSERT)?.execute(row)?;
        held::attempt(self.connection, self.frame, (park.of, park.id), park.version)?;
        // A settlement may refuse ops of another log than that of the op at hand.
        match self.logs.get_mut(&park.line) {
            Some(log) => log.has_parked = true,
            None => drop(self.connection.prepare_cached(HAS_PARKED)?.execute([park.line.0])?),
        }
        Ok(())
    }

    /// What a plan says about refused, held and settled ops.
    fn carry_over(&mut self, plan: &Plan) -> Result<(), StoreError> {
        for op in &plan.unparked {
            self.connection.prepare_cached(UNPARKED)?.execute([op.bytes()])?;
        }
        for park in &plan.parks {
            self.insert_park(park)?;
        }
        for key in &plan.freed {
            self.connection.prepare_cached(KEY_DELETE)?.execute([key])?;
        }
        held::carry_out(self.connection, self.frame, plan)?;
        access::carry_out(self.connection, plan)?;
        if !(plan.holds.is_empty() && plan.released.is_empty()) {
            self.has_held = held::any(self.connection)?;
            self.has_lost = held::any_lost(self.connection)?;
        }
        Ok(())
    }

    fn write_logs(&self) -> Result<(), StoreError> {
        let mut update = self.connection.prepare_cached(LOG_UPDATE)?;
        for log in self.logs.values() {
            update.execute(params![int(log.last_seq.0), log.last_hash.0, log.has_parked, log.line.0])?;
        }
        Ok(())
    }
}

/// Writes in an order in which each scope comes before what lies in it.
fn in_order<'w>(frame: &Frame, writes: &'w [Write]) -> Vec<&'w Write> {
    let mut ordered: Vec<&Write> = writes.iter().collect();
    if frame.has_scopes() {
        ordered.sort_by_key(|write| frame.depth(write.of));
    }
    ordered
}

impl View for SqliteBatch<'_> {
    type Error = StoreError;

    fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, StoreError> {
        Ok(self.records.find(of, id)?.cloned())
    }

    fn gone(&mut self, of: usize, id: RecordId) -> Result<Option<Stamp>, StoreError> {
        match planted(Defect::GoneIsForgotten) {
            true => Ok(None),
            false => self.records.gone(of, id),
        }
    }

    fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, StoreError> {
        self.records.exists(of, id)
    }

    fn home(&mut self, of: usize, id: RecordId) -> Result<Option<(usize, RecordId)>, StoreError> {
        match self.records.scope(of, id)? {
            0 => Ok(None),
            n => scopes::record(self.connection, self.frame, n),
        }
    }

    fn known(&mut self, op: OpId, of: Line, hash: &Hash) -> Result<Option<Known>, StoreError> {
        let mut rows = self.known.query(params![op.bytes(), of.0, hash.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let kept: Option<String> = row.get(4)?;
        let (version, seq) = (Version(nat(row.get(0)?)?), Seq(nat(row.get(2)?)?));
        let mut answer = answer::read(version, seq, op, kept.as_deref())?;
        if planted(Defect::AnswerFollowsState)
            && let Some(settled) = past::settlement(self.connection, op)?
            && settled.state == SettledState::Committed
        {
            answer.verdict = Verdict::Committed;
        }
        Ok(Some(Known { hash: Hash(row.get(3)?), line: line(row.get(1)?)?, answer }))
    }

    fn key(&mut self, key: &str) -> Result<Option<KeyUse>, StoreError> {
        let mut find = self.connection.prepare_cached(KEY)?;
        let mut rows = find.query([key])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let made = json::parse(&row.get::<_, String>(3)?).map_err(|_| damaged("an idempotency key"))?;
        let (op, action, fields) = (OpId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?);
        Ok(Some(KeyUse { op, action, fields, made }))
    }

    fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, StoreError> {
        if !self.has_aliases {
            return Ok(None);
        }
        let own = params![self.frame.number(of), id.bytes()];
        let mut find = self.connection.prepare_cached(ALIAS)?;
        let existing = find.query_row(own, |row| row.get(0)).optional()?;
        Ok(existing.map(RecordId::from_bytes))
    }

    fn parked(&mut self, asked: &ParkedBefore) -> Result<Option<Parked>, StoreError> {
        let ParkedBefore { line, of, id, before, but } = *asked;
        let mut find = self.connection.prepare_cached(PARKED)?;
        let but = but.as_ref().map(OpId::bytes);
        let asked = params![line.0, self.frame.number(of), id.bytes(), int(before.0), but];
        let mut rows = find.query(asked)?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (version, op) = (Version(nat(row.get(0)?)?), OpId::from_bytes(row.get(1)?));
        Ok(Some(Parked { version, op, missing: row.get(2)?, inserted: row.get(3)? }))
    }

    fn any_held(&mut self) -> Result<bool, StoreError> {
        Ok(self.has_held)
    }

    fn held_on(&mut self, of: usize, id: RecordId) -> Result<Vec<HeldTouch>, StoreError> {
        held::on(self.connection, self.frame, of, id)
    }

    fn waiting(&mut self) -> Result<Vec<OpId>, StoreError> {
        held::conflicts(self.connection)
    }

    fn chain(&mut self, conflict: OpId) -> Result<Vec<HeldOp>, StoreError> {
        held::chain(self.connection, self.frame, conflict)
    }

    fn lost(&mut self, lacking: Option<(usize, RecordId)>) -> Result<Vec<HeldOp>, StoreError> {
        match self.has_lost {
            true => held::lost(self.connection, self.frame, lacking),
            false => Ok(Vec::new()),
        }
    }

    fn lost_numbers(&mut self) -> Result<Vec<LostNumber>, StoreError> {
        lost::numbers(self.connection)
    }

    fn past(&mut self, op: OpId) -> Result<Option<Past>, StoreError> {
        past::read(self.connection, self.frame, op)
    }

    fn places(&mut self, op: OpId) -> Result<Vec<(Line, Seq)>, StoreError> {
        past::places(self.connection, op)
    }

    fn row_at(&mut self, of: usize, id: RecordId, version: Version) -> Result<Option<Row>, StoreError> {
        let Some((rid, touched, row)) = self.records.now(of, id)? else { return Ok(None) };
        past::row_at(self.connection, self.frame, past::Walk { of, id, rid, touched, row }, version)
    }

    fn kin(&mut self, line: Line) -> Result<Kinship, StoreError> {
        match self.has_branches {
            true => branch::kin(self.connection, line),
            false => Ok(Kinship::alone(line)),
        }
    }

    fn author(&mut self, line: Line) -> Result<Author, StoreError> {
        past::author(self.connection, line)
    }

    fn keyed(&mut self, of: usize, key: usize, value: &str) -> Result<Vec<RecordId>, StoreError> {
        keyed::find(self.connection, self.frame, of, key, value)
    }

    fn accepted(&mut self, of: usize, a: RecordId, b: RecordId) -> Result<bool, StoreError> {
        keyed::accepted(self.connection, self.frame, of, a, b)
    }

    fn access(&mut self, user: UserId, at: Version) -> Result<Option<(Version, Access)>, StoreError> {
        access::at(self.connection, user, at)
    }

    fn another_owner(&mut self, user: UserId) -> Result<bool, StoreError> {
        access::another_owner(self.connection, user)
    }
}

impl Batch for SqliteBatch<'_> {
    fn ladder(&self) -> &Ladder {
        &self.frame.ladder
    }

    fn head(&self) -> Head {
        self.head
    }

    fn time(&mut self) -> Result<WallTime, StoreError> {
        time(self.connection)
    }

    fn epochs(&mut self) -> Result<Epochs, StoreError> {
        epoch::epochs(self.connection, self.head.epoch)
    }

    fn stands(&mut self, standing: &Standing) -> Result<Stand, StoreError> {
        epoch::stands(self.connection, &self.head, standing)
    }

    fn part(&mut self, new: &NewEpoch, at: WallTime) -> Result<(), StoreError> {
        assert!(self.logs.is_empty(), "BUG: a new history begins in the middle of a batch");
        self.head = epoch::part(self.connection, new, at)?;
        Ok(())
    }

    fn lower(&mut self, ended: &Ended) -> Result<(), StoreError> {
        epoch::lower(self.connection, ended)
    }

    fn log(&mut self, device: DeviceId, user: UserId, name: &str) -> Result<Log, StoreError> {
        let mut find = self.connection.prepare_cached(LOG)?;
        let mut rows = find.query([device.bytes()])?;
        let Some(row) = rows.next()? else {
            let device = params![device.bytes(), user.bytes(), name];
            self.connection.prepare_cached(LOG_INSERT)?.execute(device)?;
            return Ok(Log::new(line(self.connection.last_insert_rowid())?));
        };
        let line = line(row.get(0)?)?;
        self.connection.prepare_cached(NAME_UPDATE)?.execute(params![name, line.0, name])?;
        if let Some(log) = self.logs.get(&line) {
            return Ok(*log);
        }
        let (last_seq, last_hash) = (Seq(nat(row.get(1)?)?), Hash(row.get(2)?));
        Ok(Log { line, last_seq, last_hash, has_parked: row.get(3)? })
    }

    fn branch(&mut self, branch: &Branch, user: UserId, name: &str) -> Result<Option<Log>, StoreError> {
        if !branch::begin(self.connection, branch, user, name)? {
            return Ok(None);
        }
        self.has_branches = true;
        self.log(branch.device, user, name).map(Some)
    }

    fn gap(&mut self, log: &Log, gap: &Gap, at: WallTime) -> Result<Option<Log>, StoreError> {
        let now = (self.head.epoch, self.head.version, at);
        let behind = lost::gap(self.connection, log, gap, now)?;
        self.logs.extend(behind.map(|log| (log.line, log)));
        Ok(behind)
    }

    fn carry_out(&mut self, plan: &Plan, pushed: &Pushed, at: WallTime) -> Result<(), StoreError> {
        assert_eq!(plan.answer.version, self.head.version.next(), "BUG: a plan for another place");
        for write in &plan.writes {
            keyed::write(self.connection, self.frame, &mut self.records, write)?;
        }
        let links = self.records.take(plan)?;
        // The outer scopes first: an op may make a scope and what lies in it.
        for write in in_order(self.frame, &plan.writes) {
            scopes::write(self.connection, self.frame, &mut self.records, write)?;
        }
        let log = epoch::running(&self.head.hash, &pushed.hash(), at);
        self.insert_op(plan, pushed, (at, log), &links)?;
        for (of, same) in &plan.aliases {
            self.insert_alias(*of, same)?;
        }
        if let Some((key, act)) = &plan.key {
            self.insert_key(key, act)?;
        }
        self.carry_over(plan)?;
        self.head.version = plan.answer.version;
        self.head.hash = log;
        self.logs.insert(plan.log.line, plan.log);
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        // A batch of ops that were all seen before writes nothing and waits for no disk.
        if !self.logs.is_empty() {
            self.records.write(self.connection)?;
            self.write_logs()?;
            let head = params![int(self.head.version.0), self.head.hash.0];
            self.connection.prepare_cached(HEAD_UPDATE)?.execute(head)?;
        }
        if self.fails {
            return Err(StoreError::Retry("a commit that a test made fail".to_owned()));
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}
