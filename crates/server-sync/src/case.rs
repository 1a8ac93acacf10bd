//! An op while it is decided: the copies it works on, and what follows from it besides.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::{Checked, Clash, Edit, Effect, Line, Verb, read, undo};
use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{REDO, UNDO};
use fieldbook_model::{Access, Cursor, Epoch, Hlc, Op, OpId, RecordId, UserId, Value, Version};
use fieldbook_protocol::{SettledState, Settlement};

use crate::desk::{By, Desk, Place};
use crate::plan::{Hold, KeyUse, Park};
use crate::stop::Stop;
use crate::view::{HeldOp, Log, Toggle, View, Workspace};

/// An op while it is decided.
pub(crate) struct Case<'a, V: View> {
    pub desk: Desk<'a, V>,
    pub log: Log,
    pub op: &'a Op,
    /// What its author may, at its place in the order.
    pub rights: Access,
    /// Its stamp, never ahead of the clock of the server that takes it (rule 25).
    pub hlc: Hlc,
    pub draft: Draft,
}

/// What follows from an op besides the records that it changes.
#[derive(Default)]
pub(crate) struct Draft {
    pub effects: Vec<Effect>,
    pub key: Option<(String, KeyUse)>,
    pub parks: Vec<Park>,
    pub unparked: Vec<OpId>,
    pub holds: Vec<Hold>,
    /// What clashed as an op that had waited with another came to wait by itself. What follows may hide it.
    pub noted: BTreeMap<OpId, Vec<(Place, Clash)>>,
    /// The ops of `holds`.
    pub waiting: BTreeMap<OpId, HeldOp>,
    pub released: BTreeSet<OpId>,
    pub settled: Vec<(Line, Settlement)>,
    pub freed: Vec<String>,
    pub accepted: Vec<(usize, RecordId, RecordId)>,
    pub toggled: Vec<(OpId, Toggle)>,
    pub access: Vec<(UserId, Access)>,
    pub closes: Option<Epoch>,
    /// Conflicts whose ops have come or gone.
    pub stale: BTreeSet<OpId>,
}

impl<'a, V: View> Case<'a, V> {
    pub fn new(workspace: &'a Workspace<'a>, view: &'a mut V, log: Log, next: Version, op: &'a Op) -> Self {
        let rights = Access::everywhere(workspace.principal.role.clone());
        let bounded = !planted(Defect::FutureStampsStand);
        let hlc = if bounded { op.hlc.bounded(workspace.now) } else { op.hlc };
        Self { desk: Desk::new(workspace, view, next), log, op, rights, hlc, draft: Draft::default() }
    }

    pub fn next(&self) -> Version {
        self.desk.next
    }

    pub fn workspace(&self) -> &'a Workspace<'a> {
        self.desk.workspace
    }

    /// What an op asks for: its changes as the schema reads them, with the ids in force; or the inverse of what its
    /// target did.
    pub fn asked(&mut self, op: &Op, line: Line) -> Result<Vec<Checked>, Stop<V::Error>> {
        let schema = self.workspace().schema;
        if let Some(About::Undoes(target)) = op.payload.about {
            let past = self.desk.view.past(target).map_err(Stop::Fail)?;
            let counter =
                (op.action != UNDO && op.action != REDO).then(|| schema.action(&op.action)).flatten();
            let takes = self.takes_back(op.op_id, target).map_err(Stop::Fail)?;
            let past = past.filter(|_| takes.is_some());
            let (done, at) = past.map(|past| (past.done, past.at)).unwrap_or_default();
            let seen = self.workspace().seen(op.seen);
            return Ok(undo::inverse(schema, counter, &done, op.op_id, seen, at)?);
        }
        let mut asked = Vec::with_capacity(op.payload.changes.len());
        for change in &op.payload.changes {
            let mut checked = read::read(schema, change)?;
            checked.base = self.workspace().seen(Cursor { version: checked.base, ..op.seen });
            asked.push(checked);
        }
        for checked in &mut asked {
            self.desk.rename(checked).map_err(Stop::Fail)?;
        }
        if self.workspace().ladder.moves(op.schema) && !planted(Defect::SplitWritesAllParts) {
            self.touched_parts(op, line, &mut asked).map_err(Stop::Fail)?;
        }
        Ok(asked)
    }

    /// Leaves out parts of a split field that the op's author left as they were: an older version writes the whole.
    /// What they had is what the record held at the op's base, but for what they wrote themselves since, in this op too.
    fn touched_parts(&mut self, op: &Op, line: Line, asked: &mut [Checked]) -> Result<(), V::Error> {
        let Workspace { schema, ladder, .. } = *self.workspace();
        let mut wrote: BTreeSet<(usize, RecordId, usize)> = BTreeSet::new();
        for checked in asked {
            let (of, id, base) = (checked.of, checked.id, checked.base);
            let Verb::Update(edits) = &mut checked.verb else { continue };
            let ty = &schema.types[of];
            let is_part = |field: usize| ladder.is_part(op.schema, &ty.name, &ty.fields[field].name);
            if !edits.iter().any(|(field, _)| is_part(*field)) {
                continue;
            }
            let Some(had) = self.desk.view.row_at(of, id, base)? else { continue };
            let units = self.desk.record(of, id)?.map(|record| record.units.clone()).unwrap_or_default();
            let own = |field: usize| {
                let stamps = units.get(field).into_iter().flat_map(|it| [Some(it.last), it.other]);
                wrote.contains(&(of, id, field))
                    || stamps.flatten().any(|stamp| stamp.line == line && stamp.version > base)
            };
            edits.retain(|(field, edit)| match edit {
                Edit::Set(value) => {
                    !is_part(*field)
                        || own(*field)
                        || is_filled(value) != is_filled(&had[*field])
                        || (is_filled(value) && *value != had[*field])
                }
                _ => true,
            });
            wrote.extend(edits.iter().map(|(field, _)| (of, id, *field)));
        }
        Ok(())
    }

    /// The name in which the op at hand changes something.
    pub fn by(&self) -> By<'static> {
        let (line, seen, rights) = (self.log.line, self.op.seen, self.rights.clone());
        By { line, seen, held: None, decided: None, hlc: self.hlc, rights }
    }

    /// Tells a device what became of an op of its.
    pub fn settle(&mut self, line: Line, settlement: Settlement) {
        self.draft.settled.push((line, settlement));
    }

    /// What becomes of an op because of the one at hand.
    pub fn settlement(&self, op: &Op, state: SettledState) -> Settlement {
        Settlement {
            seq: op.seq,
            op_id: op.op_id,
            version: self.next(),
            state,
            by: self.op.op_id,
            conflict: None,
            refusal: None,
            partly: false,
        }
    }

    /// The ops that wait in a conflict, as far as is decided.
    pub fn waiting_in(&mut self, conflict: OpId) -> Result<Vec<HeldOp>, V::Error> {
        let mut chain = self.desk.view.chain(conflict)?;
        chain.retain(|held| !self.draft.released.contains(&held.op.op_id));
        let new = self.draft.holds.iter().filter(|hold| hold.conflict == conflict);
        chain.extend(new.filter_map(|hold| self.draft.waiting.get(&hold.op).cloned()));
        chain.sort_by_key(|held| held.version);
        Ok(chain)
    }
}

/// Whether a part of a text is there: nothing and an empty text are one to whoever sees the whole.
fn is_filled(value: &Value) -> bool {
    !matches!(value, Value::Null) && *value != Value::Text(String::new())
}

/// An idempotency key that is more than the op's own id.
pub(crate) fn named_key(op: &Op) -> Option<&str> {
    let mut own = [0; 36];
    if op.payload.changes.is_empty() {
        return None;
    }
    (op.idempotency_key != op.op_id.encode(&mut own)).then_some(op.idempotency_key.as_str())
}
