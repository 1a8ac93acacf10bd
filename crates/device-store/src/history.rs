//! What this device did to a record, from its own log: the part of the history that is there without a server.

use fieldbook_device_sync::Key;
use fieldbook_merge::{Deed, Done, text};
use fieldbook_model::{Change, Fields, Json, OpId, RecordId, Seq, Version};
use fieldbook_protocol::history::{HistoryLine, HistoryUnit};

use crate::alias;
use crate::did;
use crate::error::StoreError;
use crate::labels;
use crate::open::{Store, Tx};
use crate::oplog;
use crate::standing::Stored;

impl Store {
    /// What this device did to a record, oldest first.
    pub fn own_history(&mut self, of: &str, id: RecordId) -> Result<Vec<HistoryLine>, StoreError> {
        let place = self.identity().schema.place(of);
        let of = place.ok_or_else(|| StoreError::Asked(format!("There is no record type {of}.")))?;
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let key = Key { of, id };
        let mut lines = Vec::new();
        for seq in oplog::touching(tx, key)? {
            let line = |line: &HistoryLine| line.id == key.id && line.of == tx.schema.types[of].name;
            lines.extend(lines_of(tx, seq)?.into_iter().filter(line));
        }
        Ok(lines)
    }

    /// What this device did to a record and the server has not ordered yet: what the server's history lacks.
    pub fn unordered_history(&mut self, of: &str, id: RecordId) -> Result<Vec<HistoryLine>, StoreError> {
        let mut lines = self.own_history(of, id)?;
        lines.retain(|line| line.version.is_none());
        Ok(lines)
    }

    /// The change that gives a field a value which it once had.
    pub fn back(&self, of: String, id: RecordId, field: &str, value: Json) -> Change {
        let [mut set, add, count, include, exclude, mut reset] = [const { Fields(Vec::new()) }; 6];
        let known = self.identity().schema.find(&of);
        let known = known.and_then(|ty| ty.fields.iter().find(|known| known.name == field));
        let is_bound = known.is_some_and(|field| field.merge.is_bound());
        let written = if is_bound { &mut reset } else { &mut set };
        written.0.push((field.to_owned(), value));
        Change::Update { of, id, base: Version::ZERO, set, add, count, include, exclude, reset }
    }

    /// What an op of this device did, in its order.
    pub fn own_history_of(&mut self, op: OpId) -> Result<Vec<HistoryLine>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        match oplog::place(tx, op)? {
            Some(seq) => lines_of(tx, seq),
            None => Ok(Vec::new()),
        }
    }
}

fn lines_of(tx: Tx<'_>, seq: Seq) -> Result<Vec<HistoryLine>, StoreError> {
    let op = oplog::op(tx, seq)?;
    let state = oplog::matter(tx, seq)?.map_or(Stored::Waiting, |matter| matter.state);
    let (done, outcome) = (did::written(tx, seq)?, outcome(state));
    let says = labels::sentence(tx, &op, &labels::told_of(tx, seq, &op)?);
    let version = oplog::version(tx, seq)?;
    let line = |done: &Done| {
        let ty = &tx.schema.types[done.of];
        let key = alias::in_force(tx, Key { of: done.of, id: done.id })?;
        Ok(HistoryLine {
            version,
            op_id: op.op_id,
            settled_by: None,
            action: op.action.clone(),
            user: tx.identity.user_id,
            name: tx.identity.user.clone(),
            device: tx.identity.device_id,
            edited_at: op.created_at,
            synced_at: None,
            clock_ahead: false,
            of: ty.name.clone(),
            id: done.id,
            label: Some(labels::label(tx, key)),
            verb: text::verb(done.verb).to_owned(),
            outcome: done.life.then(|| outcome.to_owned()),
            other: None,
            units: done.deeds.iter().map(|deed| unit(tx, done, deed, outcome)).collect(),
            says: says.clone(),
        })
    };
    done.iter().map(line).collect()
}

fn unit(tx: Tx<'_>, done: &Done, deed: &Deed, outcome: &str) -> HistoryUnit {
    HistoryUnit {
        field: tx.schema.types[done.of].fields[deed.field].name.clone(),
        before: deed.before.to_json(),
        after: deed.after.to_json(),
        outcome: outcome.to_owned(),
        other: None,
    }
}

/// What has become of an op's writes, as far as this device knows.
fn outcome(state: Stored) -> &'static str {
    match state {
        Stored::Waiting | Stored::Answered => "waiting",
        Stored::Conflicted => "held",
        Stored::Rejected => "refused",
        Stored::Discarded => "discarded",
        Stored::Withdrawn => "withdrawn",
        Stored::Replaced => "replaced",
        Stored::Lost => "lost",
        Stored::Duplicate => "duplicate",
        Stored::Committed => "applied",
    }
}
