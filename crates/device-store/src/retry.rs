//! Sending again what was refused: a new op in the place of the old one, and after it, in their order, those that
//! were refused because they build upon it.

use std::collections::BTreeSet;

use fieldbook_model::limits::NAME_CHARS_MAX;
use fieldbook_model::{Change, Code, Fields, Hash, Op, OpId, Refusal, Schema, Seq};
use fieldbook_protocol::Verdict;

use crate::act::{self, ActError, Acted, Action, Moment};
use crate::error::StoreError;
use crate::judge;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::standing::Stored;

impl Store {
    /// Sends a refused op again, edited or as it is. Its bases are those of now. What depended on it follows, as
    /// far as it fits: the rest stays refused.
    pub fn retry(
        &mut self,
        moment: Moment,
        seq: Seq,
        changes: Option<Vec<Change>>,
    ) -> Result<Vec<Acted>, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        judge::may_act(tx)?;
        may_be_sent(tx, seq)?;
        let op = oplog::op(tx, seq)?;
        if oplog::standing(tx, seq)?.is_some_and(|it| it.state == Stored::Lost) {
            // The server does not know it: it is done as something new.
            let wanted = wanted(tx, &op, changes)?;
            let acted = act::with_changes(tx, moment, &wanted, None)?;
            oplog::restate(tx, seq, Stored::Replaced)?;
            conn.commit()?;
            return Ok(vec![acted]);
        }
        let dependents = dependents(tx, seq, op.op_id)?;
        let mut acted = vec![again(tx, moment, &op, changes)?];
        for (place, seq) in dependents.into_iter().enumerate() {
            let op = oplog::op(tx, seq)?;
            match again(tx, later(moment, place), &op, None) {
                Ok(one) => acted.push(one),
                Err(ActError::Refused(_)) => break,
                Err(error) => return Err(error),
            }
        }
        conn.commit()?;
        Ok(acted)
    }
}

fn may_be_sent(tx: Tx<'_>, seq: Seq) -> Result<(), ActError> {
    let Some(matter) = oplog::matter(tx, seq)? else {
        let words = format!("There is no action {seq} in this device's log.");
        return Err(Refusal::new(Code::UnknownOp, words).into());
    };
    let words = match matter.state {
        Stored::Rejected if matter.acts() => return Ok(()),
        Stored::Rejected => {
            "This was a decision about another action: decide anew, and give this one up with discard."
        }
        Stored::Conflicted => "It waits in a conflict: settle that, or discard it.",
        Stored::Waiting | Stored::Answered => "It has no verdict yet.",
        Stored::Replaced => "It was sent again before.",
        Stored::Lost if oplog::is_let_go(tx, seq)? => {
            "The server lost it after this device had let go of what it changed: do it anew."
        }
        Stored::Lost => return Ok(()),
        _ => "Only an action that was refused can be sent again.",
    };
    Err(Refusal::new(Code::NotHeld, words).into())
}

/// The refused ops that build upon one, through however many others, in their order.
fn dependents(tx: Tx<'_>, seq: Seq, op_id: OpId) -> Result<Vec<Seq>, StoreError> {
    let (mut found, mut upon) = (Vec::new(), BTreeSet::from([op_id]));
    for later in oplog::in_state(tx, Stored::Rejected)?.into_iter().filter(|later| *later > seq) {
        let Some(answer) = oplog::answer(tx, later)? else { continue };
        let Verdict::Rejected { depends_on: Some(on), .. } = answer.verdict else { continue };
        let acts = oplog::matter(tx, later)?.is_some_and(|matter| matter.acts());
        if upon.contains(&on) && acts {
            found.push(later);
            upon.insert(answer.op_id);
        }
    }
    Ok(found)
}

/// Does what an op wanted, as something new.
pub(crate) fn anew(tx: Tx<'_>, moment: Moment, op: &Op) -> Result<Acted, ActError> {
    let wanted = wanted(tx, op, None)?;
    act::with_changes(tx, moment, &wanted, None)
}

fn again(tx: Tx<'_>, moment: Moment, op: &Op, changes: Option<Vec<Change>>) -> Result<Acted, ActError> {
    let wanted = wanted(tx, op, changes)?;
    act::with_changes(tx, moment, &wanted, Some((op.seq, op.op_id)))
}

fn wanted(tx: Tx<'_>, op: &Op, changes: Option<Vec<Change>>) -> Result<Action, ActError> {
    let mut changes = changes.unwrap_or_else(|| op.payload.changes.clone());
    keep_numbers(tx.schema, &op.payload.changes, &mut changes);
    let named = op.idempotency_key != op.op_id.to_string();
    let key = named.then(|| another(&op.idempotency_key, oplog::tail(tx).map(|tail| tail.seq.next())?));
    let wanted = Action { action: op.action.clone(), key: key.transpose()?, changes };
    judge::admissible(tx, &wanted)?;
    Ok(wanted)
}

/// A key of its own for the occasion of a second try (rule 20).
fn another(key: &str, seq: Seq) -> Result<String, StoreError> {
    let behind = format!("/{seq}");
    let kept: String = key.chars().take(NAME_CHARS_MAX - behind.len()).collect();
    Ok(kept + &behind)
}

/// A record that was numbered keeps its number: it may be printed.
fn keep_numbers(schema: &Schema, old: &[Change], new: &mut [Change]) {
    for change in new {
        let Some(ty) = schema.find(change.of()) else { continue };
        let before = old.iter().find(|old| (old.of(), old.id()) == (change.of(), change.id()));
        let (Some(Change::Insert { fields: before, .. }), Change::Insert { fields, .. }) = (before, change)
        else {
            continue;
        };
        for field in ty.fields.iter().filter(|field| field.series) {
            keep(before, fields, &field.name);
        }
    }
}

fn keep(before: &Fields, fields: &mut Fields, name: &str) {
    if let (Some(number), None) = (before.find(name), fields.find(name)) {
        fields.0.push((name.to_owned(), number.clone()));
    }
}

/// The moment of a later op of one retry: another id, the same time.
fn later(moment: Moment, place: usize) -> Moment {
    let mut bytes = moment.random.to_vec();
    bytes.extend((place as u64).to_be_bytes());
    let mut random = [0; 16];
    random.copy_from_slice(&Hash::of(&bytes).0[..16]);
    Moment { random, ..moment }
}
