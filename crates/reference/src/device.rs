//! A device: a cursor and its own ops. What it shows is the list up to its cursor, with its own ops that are
//! not answered there played again on top. Nothing is kept from one moment to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fieldbook_model::op::About;
use fieldbook_model::schema::Kind;
use fieldbook_model::{Change, DeviceId, Op, OpId, RecordId, Seq, Value, Version};

use crate::asked::{self, Asked, Verb};
use crate::children::without_orphans;
use crate::eyes::Records;
use crate::history::{Held, History, Key};
use crate::people::Person;

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its identity.
    pub id: DeviceId,
    /// It has everything up to here.
    pub cursor: Version,
    /// What it read before, in its order: what it was told there of a record that is deleted now it can bring back.
    pub read: Vec<Read>,
    /// All that was ever done on it, in seq order.
    pub ops: Vec<Arc<Op>>,
    /// Under which version of the schema it reads and writes.
    pub schema: u32,
    /// The scopes of which it has what lies in them; `None`: everything.
    pub scopes: Option<BTreeSet<(String, RecordId)>>,
    /// What it leaves out by age.
    pub left_out: Vec<LeftOut>,
    /// Who looks at it, as that person was at the cursor; `None`: somebody who reads everything.
    pub person: Option<Person>,
}

/// What a device read at one time: of all that was changed since then how it stood at the end, in the words of a version of
/// the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Read {
    /// What was changed up to here it is not told.
    pub since: Version,
    /// The end.
    pub upto: Version,
    /// The version of the schema.
    pub schema: u32,
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
        if self.scopes.is_none() && self.left_out.is_empty() && self.person.is_none() {
            return Shown { rows: without_orphans(history.schema_of(self.schema), rows), doubt };
        }
        // An owner in a scope that is not here counts as there, whoever owns it: the device knows nothing of that.
        let here: BTreeSet<Key<'s>> = rows.keys().copied().collect();
        let records = history.at_rest(self.schema, self.cursor);
        let live = records.iter().filter(|(_, held)| !held.deleted);
        for (key, held) in live.filter(|(key, _)| !self.has(history, &records, **key)) {
            rows.entry(*key).or_insert_with(|| vec![Value::Null; held.row.len()]);
        }
        let mut rows = without_orphans(history.schema_of(self.schema), rows);
        rows.retain(|key, _| here.contains(key));
        Shown { rows, doubt }
    }

    /// Confirmed, and the own waiting ops on top.
    pub(crate) fn stored<'s>(&self, history: &History<'s>) -> (Rows<'s>, BTreeSet<Seq>) {
        let records = history.at_rest(self.schema, self.cursor);
        let here = |key: &Key<'s>| self.has(history, &records, *key);
        let confirmed = records.iter().filter(|(key, held)| !held.deleted && here(key));
        let seen = |key: Key<'s>, held: &Held| self.seen(history, &records, key, held);
        let mut rows: BTreeMap<_, _> = confirmed.map(|(key, held)| (*key, seen(*key, held))).collect();
        let mut doubt = BTreeSet::new();
        let restores = |change: &Change| matches!(change, Change::Restore { .. });
        let is_asked_for = |op: &Arc<Op>| op.payload.changes.iter().any(restores);
        let mut gone = match self.waiting(history).any(is_asked_for) {
            true => self.gone(history),
            false => Rows::new(),
        };
        for op in self.waiting(history) {
            match self.played(history, op, &rows, &gone) {
                Some(after) => (rows, gone) = after,
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
        here && self.reads(history, records, key)
            && !self.left_out.iter().any(|old| is_left_out(history, records, key, old))
    }

    /// Whether whoever looks reads records of this type there.
    fn reads<'s>(&self, history: &History<'s>, records: &Records<'s>, key: Key<'s>) -> bool {
        let Some((person, ty)) = self.person.as_ref().zip(history.schema.find(key.0)) else { return true };
        person.reads(ty, &history.scopes_around(records, key))
    }

    /// Of a record what whoever looks reads there.
    fn seen<'s>(
        &self,
        history: &History<'s>,
        records: &Records<'s>,
        key: Key<'s>,
        held: &Held,
    ) -> Vec<Value> {
        match self.person.as_ref().zip(history.schema.find(key.0)) {
            Some((person, ty)) => person.seen_of(ty, &history.scopes_around(records, key), &held.row),
            None => held.row.clone(),
        }
    }

    /// What deleted records held when this device last had them, where it ever had them.
    fn gone<'s>(&self, history: &History<'s>) -> Rows<'s> {
        let (mut gone, mut records, mut at) = (Rows::new(), BTreeMap::new(), Version::ZERO);
        for Read { since, upto, schema } in self.read.iter().copied() {
            if upto < at {
                (records, at) = (BTreeMap::new(), Version::ZERO);
            }
            history.replay(&mut records, at, upto);
            let news = records.iter().filter(|(_, held)| !held.deleted && held.version > since);
            let seen = |key: Key<'s>, held: &Held| self.seen(history, &records, key, held);
            let news = news.map(|(key, held)| (*key, Held { row: seen(*key, held), ..held.clone() }));
            // What only a later version of the schema can say it was not told.
            let told = history.up((schema, self.schema), history.down(schema, news.collect()));
            gone.extend(told.into_iter().map(|(key, held)| (key, held.row)));
            at = upto;
        }
        gone
    }

    /// The own ops whose verdict is not in what the device has (rule 1).
    pub fn waiting<'a>(&'a self, history: &'a History<'_>) -> impl Iterator<Item = &'a Arc<Op>> {
        let events = history.events.iter().filter(|event| event.version <= self.cursor);
        let own = events.filter(|event| history.shares(self.id, event.device, event.seq));
        let answered: BTreeSet<OpId> = own.map(|event| event.op_id).collect();
        self.ops.iter().filter(move |op| !answered.contains(&op.op_id))
    }

    /// Whether an own op before one changed a field after a base.
    fn has_written(
        &self,
        history: &History<'_>,
        before: Seq,
        (of, id, field): (&str, RecordId, &str),
        base: Version,
    ) -> bool {
        let earlier = self.ops.iter().filter(|op| op.seq < before);
        let mut new = earlier.filter(|op| {
            let place = history.events.iter().find(|event| event.op_id == op.op_id);
            place.is_none_or(|event| event.version > base)
        });
        new.any(|op| {
            let op = history.op_as(op, self.schema);
            let mut asked = self.asked(history, &op, |_| {}).into_iter().flatten();
            asked.any(|asked| {
                (asked.ty.name.as_str(), asked.id) == (of, id) && asked.written().any(|name| name == field)
            })
        })
    }

    /// The changes of an op, without what its author left as it was; none in the place of one that cannot be read. What an
    /// earlier change of the op wrote its author did not leave.
    fn asked<'s>(
        &self,
        history: &History<'s>,
        op: &Op,
        named: impl Fn(&mut Asked<'s>),
    ) -> Vec<Option<Asked<'s>>> {
        let mut written: BTreeSet<(&str, RecordId, &str)> = BTreeSet::new();
        let mut read = |change: &Change| {
            let mut asked = asked::read(history.schema_of(self.schema), change).ok()?;
            named(&mut asked);
            history.leave_untouched(op, self.schema, &mut asked, |of, id, field, base| {
                written.contains(&(of, id, field)) || self.has_written(history, op.seq, (of, id, field), base)
            });
            written.extend(asked.written().map(|field| (asked.ty.name.as_str(), asked.id, field)));
            Some(asked)
        };
        op.payload.changes.iter().map(&mut read).collect()
    }

    /// All of an op on top of some rows, or nothing of it, with what is known of the deleted records then, should a later
    /// one bring them back. What it is about another op fits always.
    fn played<'s>(
        &self,
        history: &History<'s>,
        op: &Op,
        rows: &Rows<'s>,
        gone: &Rows<'s>,
    ) -> Option<(Rows<'s>, Rows<'s>)> {
        let (before, mut rows, mut gone) = (rows, rows.clone(), gone.clone());
        let op = &history.op_as(op, self.schema);
        match &op.payload.about {
            None | Some(About::Replaces(_)) => {}
            Some(about) => {
                match about {
                    About::Undoes(target) => self.show_undo(history, op, *target, &mut rows),
                    About::Resolves(resolution) => self.show_resolution(history, op, resolution, &mut rows),
                    _ => {}
                }
                let deleted = before.iter().filter(|(key, _)| !rows.contains_key(*key));
                gone.extend(deleted.map(|(key, row)| (*key, row.clone())));
                return Some((rows, gone));
            }
        }
        let named = |asked: &mut Asked<'s>| {
            asked.rename(|of, id| {
                let of = history.type_now(self.schema, of);
                history.in_force(&of, id, self.cursor)
            });
        };
        for asked in self.asked(history, op, named) {
            change_row(&mut rows, &mut gone, asked?)?;
        }
        Some((rows, gone))
    }
}

/// Whether a record is too old, or one is that owns it, or owns that one.
pub fn is_left_out<'a>(
    history: &'a History<'_>,
    records: &BTreeMap<Key<'a>, Held>,
    key: Key<'a>,
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

fn lies_in(
    history: &History<'_>,
    records: &BTreeMap<Key<'_>, Held>,
    key: Key<'_>,
    within: Option<&(String, RecordId)>,
) -> bool {
    let Some((of, id)) = within else { return true };
    history.scopes_around(records, key).iter().any(|around| around.of == *of && around.id == *id)
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
