//! A device: a cursor and its own ops. What it shows is the list up to its cursor, with its own ops that are
//! not answered there played again on top. Nothing is kept from one moment to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fieldbook_model::op::About;
use fieldbook_model::schema::Kind;
use fieldbook_model::{DeviceId, Op, RecordId, Seq, Value, Version};

use crate::asked::{self, Asked, Verb};
use crate::children::without_orphans;
use crate::history::{Held, History, Key};

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its identity.
    pub id: DeviceId,
    /// It has everything up to here.
    pub cursor: Version,
    /// Where it was before, in its order: what it had there of a record that is deleted now it can bring back.
    pub read: Vec<Version>,
    /// All that was ever done on it, in seq order.
    pub ops: Vec<Arc<Op>>,
    /// The scopes of which it has what lies in them; `None`: everything.
    pub scopes: Option<BTreeSet<(String, RecordId)>>,
    /// What it leaves out by age.
    pub left_out: Vec<LeftOut>,
}

/// Records of a type that are older than something are left out, with what they own.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The type.
    pub of: String,
    /// The first value of the type's age that is not.
    pub from: Value,
    /// Only those that lie in this scope, however deep.
    pub within: Option<(String, RecordId)>,
}

/// What a device shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<'s> {
    /// Live records.
    pub rows: BTreeMap<Key<'s>, Vec<Value>>,
    /// The waiting ops that do not fit on what is there: skipped, and still waiting (rule 2).
    pub doubt: BTreeSet<Seq>,
}

/// Live records, also those whose owners are not.
pub(crate) type Rows<'s> = BTreeMap<Key<'s>, Vec<Value>>;

impl Device {
    /// Confirmed, and the own waiting ops on top, without children whose owners are not shown.
    pub fn shown<'s>(&self, history: &History<'s>) -> Shown<'s> {
        let (mut rows, doubt) = self.stored(history);
        if self.scopes.is_none() && self.left_out.is_empty() {
            return Shown { rows: without_orphans(history.schema, rows), doubt };
        }
        // An owner in a scope that is not here counts as there, whoever owns it: the device knows nothing of that.
        let here: BTreeSet<Key<'s>> = rows.keys().copied().collect();
        let records = history.records(self.cursor);
        let live = records.iter().filter(|(_, held)| !held.deleted);
        for (key, held) in live.filter(|(key, _)| !self.has(history, &records, **key)) {
            rows.entry(*key).or_insert_with(|| vec![Value::Null; held.row.len()]);
        }
        let mut rows = without_orphans(history.schema, rows);
        rows.retain(|key, _| here.contains(key));
        Shown { rows, doubt }
    }

    /// Confirmed, and the own waiting ops on top.
    pub(crate) fn stored<'s>(&self, history: &History<'s>) -> (Rows<'s>, BTreeSet<Seq>) {
        let records = history.records(self.cursor);
        let here = |key: &Key<'s>| self.has(history, &records, *key);
        let confirmed = records.iter().filter(|(key, held)| !held.deleted && here(key));
        let mut rows: BTreeMap<_, _> = confirmed.map(|(key, held)| (*key, held.row.clone())).collect();
        let mut doubt = BTreeSet::new();
        let mut gone = self.gone(history);
        for op in self.waiting(history) {
            match self.played(history, op, &rows, &gone) {
                Some(after) => {
                    // What a waiting op deletes is known, should a later one bring it back.
                    let deleted = rows.into_iter().filter(|(key, _)| !after.contains_key(key));
                    gone.extend(deleted);
                    rows = after;
                }
                None => {
                    doubt.insert(op.seq);
                }
            }
        }
        (rows, doubt)
    }

    /// Whether a record lies where this device looks.
    fn has<'s>(&self, history: &History<'s>, records: &BTreeMap<Key<'s>, Held>, key: Key<'s>) -> bool {
        let here = match &self.scopes {
            None => true,
            Some(scopes) => history.home(records, key).is_none_or(|home| scopes.contains(&home)),
        };
        here && !self.left_out.iter().any(|old| is_left_out(history, records, key, old))
    }

    /// What deleted records held when this device last had them, where it ever had them.
    fn gone<'s>(&self, history: &History<'s>) -> Rows<'s> {
        let (mut gone, mut records, mut at) = (Rows::new(), BTreeMap::new(), Version::ZERO);
        for cursor in &self.read {
            if *cursor < at {
                (records, at) = (BTreeMap::new(), Version::ZERO);
            }
            history.replay(&mut records, at, *cursor);
            let news = records.iter().filter(|(_, held)| !held.deleted && held.version > at);
            gone.extend(news.map(|(key, held)| (*key, held.row.clone())));
            at = *cursor;
        }
        gone
    }

    /// The own ops whose verdict is not in what the device has (rule 1).
    pub fn waiting<'a>(&'a self, history: &'a History<'_>) -> impl Iterator<Item = &'a Arc<Op>> {
        self.ops.iter().filter(|op| {
            let mut events = history.events.iter().filter(|event| event.version <= self.cursor);
            !events.any(|it| history.shares(self.id, it.device, it.seq) && it.op_id == op.op_id)
        })
    }

    /// All of an op on top of some rows, or nothing of it. What it is about another op fits always.
    fn played<'s>(
        &self,
        history: &History<'s>,
        op: &Op,
        rows: &Rows<'s>,
        gone: &Rows<'s>,
    ) -> Option<Rows<'s>> {
        let (mut rows, mut gone) = (rows.clone(), gone.clone());
        match &op.payload.about {
            None | Some(About::Replaces(_)) => {}
            Some(About::Undoes(target)) => {
                self.show_undo(history, op, *target, &mut rows);
                return Some(rows);
            }
            Some(About::Resolves(resolution)) => {
                self.show_resolution(history, op, resolution, &mut rows);
                return Some(rows);
            }
            Some(About::Discards(_) | About::Member(_) | About::Grant(_)) => return Some(rows),
        }
        for change in &op.payload.changes {
            let mut asked = asked::read(history.schema, change).ok()?;
            asked.rename(|of, id| history.in_force(of, id, self.cursor));
            change_row(&mut rows, &mut gone, asked)?;
        }
        Some(rows)
    }
}

/// Whether a record is too old, or one is that owns it, or owns that one.
pub fn is_left_out<'s>(
    history: &History<'s>,
    records: &BTreeMap<Key<'s>, Held>,
    key: Key<'s>,
    old: &LeftOut,
) -> bool {
    let Some(held) = records.get(&key) else { return false };
    let Some(ty) = history.schema.find(key.0) else { return false };
    let age = ty.prune.as_ref().and_then(|age| ty.position(age)).map(|place| &held.row[place]);
    let too_old = match (age, &old.from) {
        (Some(Value::Int(age)), Value::Int(from)) => age < from,
        (Some(Value::Text(age)), Value::Text(from)) => age < from,
        _ => false,
    };
    if too_old && ty.name == old.of && lies_in(history, records, key, old.within.as_ref()) {
        return true;
    }
    let owners = ty.fields.iter().zip(&held.row).filter_map(|(field, value)| match (&field.kind, value) {
        (Kind::Ref { to, owner: true, .. }, Value::Ref(id)) => Some((to.as_str(), *id)),
        _ => None,
    });
    let mut owners = owners.filter_map(|owner| records.get_key_value(&owner).map(|(key, _)| *key));
    owners.any(|owner| is_left_out(history, records, owner, old))
}

fn lies_in<'s>(
    history: &History<'s>,
    records: &BTreeMap<Key<'s>, Held>,
    key: Key<'s>,
    within: Option<&(String, RecordId)>,
) -> bool {
    let Some(within) = within else { return true };
    let mut home = history.home(records, key);
    while let Some(around) = home {
        if around == *within {
            return true;
        }
        let next = records.keys().find(|key| key.0 == around.0 && key.1 == around.1);
        home = next.and_then(|next| history.home(records, *next));
    }
    false
}

fn change_row<'s>(rows: &mut Rows<'s>, gone: &mut Rows<'s>, asked: Asked<'s>) -> Option<()> {
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
            let row = rows.remove(&key)?;
            gone.insert(key, row);
        }
        // What a deleted record held that this device never had is the server's to know: it comes with the verdict.
        Verb::Restore if !is_here => rows.extend(gone.get(&key).map(|row| (key, row.clone()))),
        Verb::Insert(_) | Verb::Restore => return None,
    }
    Some(())
}
