//! A device: a cursor and its own ops. What it shows is the list up to its cursor, with its own ops that are
//! not answered there played again on top. Nothing is kept from one moment to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fieldbook_model::{DeviceId, Op, Seq, Value, Version};

use crate::asked::{self, Asked, Verb};
use crate::history::{History, Key};

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its identity.
    pub id: DeviceId,
    /// It has everything up to here.
    pub cursor: Version,
    /// All that was ever done on it, in seq order.
    pub ops: Vec<Arc<Op>>,
}

/// What a device shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<'s> {
    /// Live records.
    pub rows: BTreeMap<Key<'s>, Vec<Value>>,
    /// The waiting ops that do not fit on what is there: skipped, and still waiting (rule 2).
    pub doubt: BTreeSet<Seq>,
}

impl Device {
    /// Confirmed, and the own waiting ops on top.
    pub fn shown<'s>(&self, history: &History<'s>) -> Shown<'s> {
        let confirmed = history.records(self.cursor).into_iter().filter(|(_, held)| !held.deleted);
        let mut rows: BTreeMap<_, _> = confirmed.map(|(key, held)| (key, held.row)).collect();
        let mut doubt = BTreeSet::new();
        for op in self.waiting(history) {
            match self.played(history, op, &rows) {
                Some(after) => rows = after,
                None => {
                    doubt.insert(op.seq);
                }
            }
        }
        Shown { rows, doubt }
    }

    /// The own ops whose verdict is not in what the device has (rule 1).
    pub fn waiting<'a>(&'a self, history: &'a History<'_>) -> impl Iterator<Item = &'a Arc<Op>> {
        self.ops.iter().filter(|op| {
            let mut events = history.events.iter().filter(|event| event.version <= self.cursor);
            !events.any(|event| event.device == self.id && event.op_id == op.op_id)
        })
    }

    /// All of an op on top of some rows, or nothing of it.
    fn played<'s>(
        &self,
        history: &History<'s>,
        op: &Op,
        rows: &BTreeMap<Key<'s>, Vec<Value>>,
    ) -> Option<BTreeMap<Key<'s>, Vec<Value>>> {
        let mut rows = rows.clone();
        for change in &op.payload.changes {
            let mut asked = asked::read(history.schema, change).ok()?;
            asked.rename(|of, id| history.in_force(of, id, self.cursor));
            change_row(&mut rows, asked)?;
        }
        Some(rows)
    }
}

fn change_row<'s>(rows: &mut BTreeMap<Key<'s>, Vec<Value>>, asked: Asked<'s>) -> Option<()> {
    let key = (asked.ty.name.as_str(), asked.id);
    let is_here = rows.contains_key(&key);
    match asked.verb {
        Verb::Insert(row) if !is_here => {
            rows.insert(key, row);
        }
        Verb::Update(asks) => {
            let row = rows.get_mut(&key)?;
            for (field, what) in asks {
                let place = asked.ty.position(&field.name)?;
                row[place] = asked::after(field, &row[place], &what).ok()?;
            }
        }
        Verb::Delete => {
            rows.remove(&key)?;
        }
        // What a deleted record held is the server's to know: it comes back with the verdict.
        Verb::Restore if !is_here => {}
        Verb::Insert(_) | Verb::Restore => return None,
    }
    Some(())
}
