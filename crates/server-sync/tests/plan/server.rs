//! A server in memory: the least that a store has to do around `decide`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use fieldbook_merge::{Line, Record};
use fieldbook_model::chain::Hash;
use fieldbook_model::{DeviceId, Epoch, Limits, OpId, RecordId, Schema, Version};
use fieldbook_protocol::push::Pushed;
use fieldbook_server_sync::{Decision, KeyUse, Known, Log, Park, Plan, Principal, View, Workspace, decide};

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
    pub parks: BTreeMap<(Line, usize, RecordId), Park>,
    /// The devices' logs, numbered as they come.
    pub logs: BTreeMap<DeviceId, Log>,
    /// The last version.
    pub head: Version,
}

impl View for Server {
    type Error = Infallible;

    fn record(&mut self, of: usize, id: RecordId) -> Result<Option<Record>, Infallible> {
        Ok(self.records.get(&(of, id)).map(|record| (**record).clone()))
    }
    fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, Infallible> {
        Ok(self.records.contains_key(&(of, id)))
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
    fn parked(&mut self, line: Line, of: usize, id: RecordId) -> Result<Option<Park>, Infallible> {
        Ok(self.parks.get(&(line, of, id)).copied())
    }
}

/// What is the same for all workspaces of these tests.
pub const EPOCH: Epoch = Epoch(1);

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
        let workspace = Workspace { schema, limits, principal: by, epoch: EPOCH };
        let next = self.head.next();
        let Ok(decision) = decide(&workspace, self, *log, next, pushed);
        if let Decision::Fresh(plan) = &decision {
            *log = plan.log;
            self.carry_out(plan, by.device, pushed);
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
        self.parks.extend(plan.parks.iter().map(|park| ((plan.log.line, park.of, park.id), *park)));
        let known = Known { hash: pushed.hash(), line: plan.log.line, answer: plan.answer.clone() };
        match self.known.contains_key(&pushed.op_id()) {
            true => self.altered.push(known),
            false => drop(self.known.insert(pushed.op_id(), known)),
        }
        self.logs.insert(device, plan.log);
    }

    /// The device of a log's number.
    pub fn device(&self, line: Line) -> DeviceId {
        let log = self.logs.iter().find(|(_, log)| log.line == line);
        *log.expect("a line of a known device").0
    }
}
