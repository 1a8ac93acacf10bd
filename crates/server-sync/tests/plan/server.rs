//! A server in memory: the least that a store has to do around `decide`.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use fieldbook_merge::{Done, DoneVerb, Effect, Kinship, Line, Record, Row, Stamp};
use fieldbook_model::chain::Hash;
use fieldbook_model::schema::Ladder;
use fieldbook_model::{
    Access, DeviceId, Epoch, Limits, Op, OpId, RecordId, Role, Schema, Seq, UserId, Version, WallTime,
};
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{SettledState, Settlement, Verdict};
use fieldbook_server_sync::{
    Author, Decision, Epochs, HeldOp, HeldTouch, Hold, KeyUse, Known, Log, LostNumber, Park, Parked,
    ParkedBefore, Past, PastState, Plan, Principal, Toggle, View, Workspace, decide, keys,
};

use crate::names;

/// Everything that a server remembers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Server {
    /// Deleted ones too. Shared between the copies that a world keeps of each version.
    pub records: BTreeMap<(usize, RecordId), Arc<Record>>,
    /// The first op of each id.
    pub known: BTreeMap<OpId, Known>,
    /// Later ones with an id that was used.
    pub altered: Vec<Known>,
    /// Named idempotency keys.
    pub keys: BTreeMap<String, KeyUse>,
    /// Ids that duplicates made.
    pub aliases: BTreeMap<(usize, RecordId), RecordId>,
    /// What refused ops would have touched.
    pub parks: Vec<Park>,
    /// The devices' logs, numbered as they come.
    pub logs: BTreeMap<DeviceId, Log>,
    /// The last version.
    pub head: Version,
    /// What ops say that could be read, with their logs and places: the first of each id.
    pub ops: BTreeMap<OpId, (Arc<Op>, Line)>,
    /// What was done at each version.
    pub effects: BTreeMap<Version, Arc<Vec<Effect>>>,
    /// Ops that wait.
    pub held: Vec<Hold>,
    /// What became of ops that were held or refused.
    pub settled: Vec<(Line, Settlement)>,
    /// Pairs that may share a key.
    pub accepted: BTreeSet<(usize, RecordId, RecordId)>,
    /// Ops that an undo took back, with the undo.
    pub toggled: BTreeMap<OpId, Toggle>,
    /// What people may, since when.
    pub access: BTreeMap<(UserId, Version), Access>,
}

/// What is looked up when a person has to decide.
impl Server {
    fn state(&self, op: OpId, known: &Known) -> (PastState, Version) {
        let last = self.settled.iter().rev().find(|(_, settled)| settled.op_id == op);
        if let Some((_, settled)) = last {
            let state = match settled.state {
                SettledState::Committed => PastState::Committed,
                SettledState::Rejected => PastState::Rejected,
                SettledState::Conflicted => PastState::Held(settled.conflict.expect("a conflict")),
                _ => PastState::Dropped,
            };
            return (state, settled.version);
        }
        let state = match &known.answer.verdict {
            Verdict::Committed => PastState::Committed,
            Verdict::Rejected { .. } => PastState::Rejected,
            Verdict::DuplicateOf { .. } => PastState::Duplicate,
            Verdict::Conflicted { conflict, .. } => PastState::Held(*conflict),
        };
        (state, known.answer.version)
    }

    fn done(&self, op: OpId, at: Version, own: Version) -> Vec<Done> {
        let held = if at == own { None } else { Some(op) };
        let effects = self.effects.get(&at).into_iter().flat_map(|effects| effects.iter());
        effects.filter(|effect| effect.held == held).map(Done::from).collect()
    }

    fn device_of(&self, line: Line) -> DeviceId {
        self.device(line)
    }
}

impl View for Server {
    type Error = Infallible;

    fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, Infallible> {
        Ok(self.records.get(&(of, id)).map(|record| (**record).clone()))
    }
    fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, Infallible> {
        Ok(self.records.contains_key(&(of, id)))
    }
    fn home(&mut self, _: usize, _: RecordId) -> Result<Option<(usize, RecordId)>, Infallible> {
        // The schema of these tests has no scopes.
        Ok(None)
    }
    fn kin(&mut self, line: Line) -> Result<Kinship, Infallible> {
        Ok(Kinship::alone(line))
    }
    fn known(&mut self, op: OpId, line: Line, hash: &Hash) -> Result<Option<Known>, Infallible> {
        let this = |known: &&Known| known.answer.op_id == op && known.line == line && known.hash == *hash;
        Ok(self.altered.iter().find(this).or_else(|| self.known.get(&op)).cloned())
    }
    fn key(&mut self, key: &str) -> Result<Option<KeyUse>, Infallible> {
        Ok(self.keys.get(key).cloned())
    }
    fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, Infallible> {
        Ok(self.aliases.get(&(of, id)).copied())
    }
    fn parked(&mut self, asked: &ParkedBefore) -> Result<Option<Parked>, Infallible> {
        let own = self
            .parks
            .iter()
            .filter(|park| (park.line, park.of, park.id) == (asked.line, asked.of, asked.id));
        let before = own.filter(|park| park.seq < asked.before && Some(park.op) != asked.but);
        let inserted = before.clone().any(|park| park.inserts);
        let last = before.max_by_key(|park| (park.version, park.seq));
        Ok(last.map(|park| Parked { version: park.version, op: park.op, missing: park.missing, inserted }))
    }
    fn any_held(&mut self) -> Result<bool, Infallible> {
        Ok(!self.held.is_empty())
    }
    fn held_on(&mut self, of: usize, id: RecordId) -> Result<Vec<HeldTouch>, Infallible> {
        let touch = |hold: &Hold| {
            let touch = hold.touches.iter().find(|touch| (touch.of, touch.id) == (of, id))?;
            let Hold { op, version, line, conflict, .. } = *hold;
            Some(HeldTouch { op, version, line, conflict, made: touch.made })
        };
        let mut touches: Vec<_> = self.held.iter().filter_map(touch).collect();
        touches.sort_by_key(|touch| touch.version);
        Ok(touches)
    }
    fn waiting(&mut self) -> Result<Vec<OpId>, Infallible> {
        let conflicts: BTreeSet<OpId> = self.held.iter().map(|hold| hold.conflict).collect();
        Ok(conflicts.into_iter().collect())
    }
    fn chain(&mut self, conflict: OpId) -> Result<Vec<HeldOp>, Infallible> {
        let own = self.held.iter().filter(|hold| hold.conflict == conflict);
        let mut chain: Vec<_> = own
            .map(|hold| HeldOp {
                op: (*self.ops[&hold.op].0).clone(),
                version: hold.version,
                line: hold.line,
                ghost: hold.ghost,
                lost: !hold.lacks.is_empty(),
                hlc: self.ops[&hold.op].0.hlc.bounded(CLOCK),
                role: hold.role.clone(),
            })
            .collect();
        chain.sort_by_key(|held| held.version);
        Ok(chain)
    }
    fn lost(&mut self, lacking: Option<(usize, RecordId)>) -> Result<Vec<HeldOp>, Infallible> {
        let named = |hold: &&Hold| lacking.is_none_or(|place| hold.lacks.contains(&place));
        let heads = self.held.iter().filter(|hold| hold.conflict == hold.op && !hold.lacks.is_empty());
        let mut lost = Vec::new();
        for conflict in heads.filter(named).map(|hold| hold.op).collect::<Vec<_>>() {
            let Ok(chain) = self.chain(conflict);
            lost.extend(chain.into_iter().filter(|held| held.op.op_id == conflict));
        }
        lost.sort_by_key(|held| held.version);
        Ok(lost)
    }
    fn lost_numbers(&mut self) -> Result<Vec<LostNumber>, Infallible> {
        Ok(Vec::new())
    }
    fn past(&mut self, op: OpId) -> Result<Option<Past>, Infallible> {
        let Some(known) = self.known.get(&op) else { return Ok(None) };
        let (state, at) = self.state(op, known);
        let done = match state {
            PastState::Committed => self.done(op, at, known.answer.version),
            _ => Vec::new(),
        };
        let (line, seq) = (known.line, known.answer.seq);
        let toggled = self.toggled.get(&op).copied();
        let op = self.ops.get(&op).map(|(op, _)| (**op).clone());
        Ok(Some(Past { op, line, seq, state, toggled, at, done }))
    }
    fn places(&mut self, op: OpId) -> Result<Vec<(Line, Seq)>, Infallible> {
        Ok(self.known.get(&op).map(|known| (known.line, known.answer.seq)).into_iter().collect())
    }
    fn gone(&mut self, _: usize, _: RecordId) -> Result<Option<Stamp>, Infallible> {
        Ok(None)
    }
    fn row_at(&mut self, of: usize, id: RecordId, version: Version) -> Result<Option<Row>, Infallible> {
        let Some(record) = self.records.get(&(of, id)) else { return Ok(None) };
        let mut row = record.row.clone();
        for effects in self.effects.range(version.next()..).rev().map(|(_, effects)| effects) {
            for done in effects.iter().rev().map(Done::from).filter(|done| (done.of, done.id) == (of, id)) {
                if done.verb == DoneVerb::Insert && done.life {
                    return Ok(None);
                }
                done.deeds.iter().rev().for_each(|deed| row[deed.field] = deed.before.clone());
            }
        }
        Ok(Some(row))
    }
    fn author(&mut self, line: Line) -> Result<Author, Infallible> {
        let device = self.device_of(line);
        let name = names::device_name(device);
        let letter = name.chars().next().unwrap_or('?');
        Ok(Author { user: names::user(letter), name, device })
    }
    fn keyed(&mut self, of: usize, key: usize, value: &str) -> Result<Vec<RecordId>, Infallible> {
        let schema = crate::schema::schema();
        let own = self.records.iter().filter(|((their, _), _)| *their == of);
        let has = |record: &Record| {
            let keys = keys::of(&schema.types[of], &record.row);
            keys.iter().any(|(number, text)| *number == key && text == value)
        };
        Ok(own.filter(|(_, record)| has(record)).map(|((_, id), _)| *id).collect())
    }
    fn access(&mut self, user: UserId, at: Version) -> Result<Option<(Version, Access)>, Infallible> {
        let mut upto = self.access.range((user, Version::ZERO)..=(user, at));
        Ok(upto.next_back().map(|((_, version), access)| (*version, access.clone())))
    }
    fn another_owner(&mut self, user: UserId) -> Result<bool, Infallible> {
        let last: BTreeMap<UserId, &Access> =
            self.access.iter().map(|((user, _), access)| (*user, access)).collect();
        Ok(last.iter().any(|(other, access)| *other != user && access.role == Role::Owner))
    }
    fn accepted(&mut self, of: usize, a: RecordId, b: RecordId) -> Result<bool, Infallible> {
        Ok(self.accepted.contains(&(of, a, b)) || self.accepted.contains(&(of, b, a)))
    }
}

/// What is the same for all workspaces of these tests.
pub const EPOCH: Epoch = Epoch(1);
/// What the server's clock says.
pub const CLOCK: WallTime = WallTime(1000);

impl Server {
    /// Decides about an op and carries the plan out.
    pub fn take(&mut self, schema: &Schema, limits: &Limits, by: &Principal, pushed: &Pushed) -> Decision {
        let mut log = self.log(by.device);
        self.one(schema, limits, by, &mut log, pushed)
    }

    /// The same for the ops of one push.
    pub fn push(
        &mut self,
        schema: &Schema,
        limits: &Limits,
        by: &Principal,
        ops: &[Pushed],
    ) -> Vec<Decision> {
        let mut log = self.log(by.device);
        ops.iter().map(|pushed| self.one(schema, limits, by, &mut log, pushed)).collect()
    }

    fn log(&mut self, device: DeviceId) -> Log {
        let line = Line(u32::try_from(self.logs.len()).expect("few devices"));
        *self.logs.entry(device).or_insert_with(|| Log::new(line))
    }

    fn one(
        &mut self,
        schema: &Schema,
        limits: &Limits,
        by: &Principal,
        log: &mut Log,
        pushed: &Pushed,
    ) -> Decision {
        let (ladder, epochs) = (Ladder::from(schema.clone()), Epochs::new(EPOCH, Vec::new()));
        let workspace =
            Workspace { schema, ladder: &ladder, limits, principal: by, epochs: &epochs, now: CLOCK };
        self.decided(&workspace, log, pushed)
    }

    /// Decides about an op under a schema and in a history that are not those of all other tests, and carries the plan out.
    pub fn take_under(&mut self, workspace: &Workspace<'_>, pushed: &Pushed) -> Decision {
        let mut log = self.log(workspace.principal.device);
        self.decided(workspace, &mut log, pushed)
    }

    fn decided(&mut self, workspace: &Workspace<'_>, log: &mut Log, pushed: &Pushed) -> Decision {
        let next = self.head.next();
        let Ok(decision) = decide(workspace, self, *log, next, pushed);
        if let Decision::Fresh(plan) = &decision {
            *log = plan.log;
            self.carry_out(plan, workspace.principal.device, pushed);
        }
        decision
    }

    fn carry_out(&mut self, plan: &Plan, device: DeviceId, pushed: &Pushed) {
        self.head = plan.answer.version;
        for write in &plan.writes {
            let old = self.records.insert((write.of, write.id), Arc::new(write.record.clone()));
            assert_eq!(old.is_none(), write.fresh, "a write says whether its record is new");
        }
        if let Some((key, act)) = &plan.key {
            let old = self.keys.insert(key.clone(), act.clone());
            assert!(old.is_none(), "a key is taken once");
        }
        let aliases = plan.aliases.iter().map(|(of, same)| ((*of, same.own), same.existing));
        self.aliases.extend(aliases);
        self.carry_over(plan);
        if let Pushed::Whole(sealed) = pushed {
            let op = || (Arc::new(sealed.op.clone()), plan.log.line);
            self.ops.entry(pushed.op_id()).or_insert_with(op);
        }
        if !plan.effects.is_empty() {
            self.effects.insert(self.head, Arc::new(plan.effects.clone()));
        }
        let known = Known { hash: pushed.hash(), line: plan.log.line, answer: plan.answer.clone() };
        match self.known.contains_key(&pushed.op_id()) {
            true => self.altered.push(known),
            false => drop(self.known.insert(pushed.op_id(), known)),
        }
        self.logs.insert(device, plan.log);
    }

    /// What a plan says about refused, held and settled ops.
    fn carry_over(&mut self, plan: &Plan) {
        self.parks.retain(|park| !plan.unparked.contains(&park.op));
        for park in &plan.parks {
            self.parks.push(*park);
            let mut logs = self.logs.values_mut();
            if let Some(log) = logs.find(|log| log.line == park.line) {
                log.has_parked = true;
            }
        }
        plan.freed.iter().for_each(|key| drop(self.keys.remove(key)));
        self.held.retain(|hold| !plan.released.contains(&hold.op));
        self.held.extend(plan.holds.iter().cloned());
        self.settled.extend(plan.settled.iter().cloned());
        self.accepted.extend(plan.accepted.iter().copied());
        self.toggled.extend(plan.toggled.iter().copied());
        let version = plan.answer.version;
        self.access.extend(plan.access.iter().map(|(user, it)| ((*user, version), it.clone())));
    }

    /// The device of a log's number.
    pub fn device(&self, line: Line) -> DeviceId {
        let log = self.logs.iter().find(|(_, log)| log.line == line);
        *log.expect("a line of a known device").0
    }
}
