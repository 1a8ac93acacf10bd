//! Conflicts as everybody sees them: what is in force beside what the ops that wait would make of it. Worked out
//! anew by playing them on what is there.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::chain::Hash;
use fieldbook_model::op::Take;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{OpId, RecordId, Seq, Version};

use crate::asked::Verb;
use crate::clash::{self, Clash, Decided, Kind, Values, fields_of};
use crate::history::{Deed, Event, Held, Key, NOW, What};
use crate::life::is_edit;
use crate::play::Under;
use crate::said::Author;
use crate::server::Reference;

/// A conflict at some time.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictSeen {
    /// `open`, `settled`, `withdrawn` or `discarded`.
    pub state: String,
    /// Where the units last changed.
    pub pair: Version,
    /// How many ops wait.
    pub held: u64,
    /// What is to be decided, in the order of type, record and unit.
    pub units: Vec<UnitSeen>,
}

/// What is to be decided about one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitSeen {
    /// The record's type.
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// The field or group; `None` for the record's life.
    pub unit: Option<String>,
    /// What met what.
    pub kind: &'static str,
    /// The record that has the same key.
    pub with: Option<RecordId>,
    /// What is in force.
    pub theirs: Option<Values>,
    /// What the ops that wait make of it.
    pub mine: Option<Values>,
}

/// What the ops of a chain would do.
struct Played<'s> {
    clashes: Vec<Clash<'s>>,
    rows: BTreeMap<Key<'s>, Held>,
    deeds: Vec<Deed<'s>>,
}

impl<'s> Reference<'s> {
    /// All conflicts that ever were, as they are now.
    pub fn conflicts(&self) -> BTreeMap<OpId, ConflictSeen> {
        let all = self.history.events.iter().flat_map(|event| &event.conflicts);
        all.map(|(id, seen)| (*id, seen.clone())).collect()
    }

    /// Writes down what the last event changed of open conflicts. `before` are the chains before it.
    pub(crate) fn refresh(&mut self, before: &BTreeMap<OpId, Vec<usize>>, moved_on: Option<OpId>) {
        let after = self.history.chains();
        for (conflict, chain) in &after {
            let is_lost = |n: &usize| {
                let event = &self.history.events[*n];
                event.op_id == *conflict && event.lost
            };
            if chain.iter().any(is_lost) {
                continue;
            }
            let event = self.history.events.last().expect("BUG: nothing happened");
            let touched: BTreeSet<_> =
                chain.iter().flat_map(|n| self.would_change(&self.history.events[*n])).collect();
            let wrote = event.deeds.iter().any(|deed| touched.contains(&(deed.of.to_owned(), deed.id)));
            // What waited for something lost waited alike, in no conflict.
            let is_new = self.history.conflict(*conflict, NOW).is_none();
            if wrote || is_new || moved_on == Some(*conflict) || before.get(conflict) != Some(chain) {
                self.work_out(*conflict, chain);
            }
        }
    }

    /// Works the units of a conflict out again and writes them down if anything differs.
    pub(crate) fn work_out(&mut self, conflict: OpId, chain: &[usize]) {
        let old = self.history.conflict(conflict, NOW).cloned();
        let opened = self.history.events.iter().flat_map(|event| &event.opened);
        let noted =
            opened.filter(|(id, _)| *id == conflict).flat_map(|(_, clashes)| clashes.clone()).collect();
        let head = chain.iter().find(|n| self.history.events[**n].op_id == conflict);
        let first = self.played(head.map(std::slice::from_ref).unwrap_or_default(), &[]);
        let mut units = self.listed(old.as_ref(), noted, &first);
        let mine: Vec<_> = units.iter().map(|unit| self.as_mine(unit, chain)).collect();
        let whole = self.played(chain, &mine);
        self.show_sides(&mut units, &first, &whole, chain);
        let version = self.history.head();
        let pair = match &old {
            Some(old) if old.units == units => old.pair,
            _ => version,
        };
        let new = ConflictSeen { state: "open".to_owned(), pair, held: chain.len() as u64, units };
        if old.as_ref() != Some(&new) {
            self.write_conflict(conflict, new);
        }
    }

    pub(crate) fn write_conflict(&mut self, conflict: OpId, seen: ConflictSeen) {
        let event = self.history.events.last_mut().expect("BUG: a conflict without an event");
        event.conflicts.retain(|(id, _)| *id != conflict);
        event.conflicts.push((conflict, seen));
    }

    /// Plays ops on what is in force, whatever clashes; what is refused is left out. Then takes it all back.
    fn played(&mut self, ops: &[usize], decided: &[Decided]) -> Played<'s> {
        let first = &self.history.events[0];
        let at = (Seq::ZERO, first.op_id, Hash::ZERO);
        let event = Event::new(self.history.head().next(), (first.device, first.user), at, None);
        self.history.events.push(event);
        let mut clashes = Vec::new();
        for n in ops {
            let marks = self.marks();
            let under = if n == &ops[0] { Under::Choice } else { Under::Closed };
            match self.play_as(*n, decided, under) {
                Ok(clashed) => clashes.extend(clashed),
                Err(_) => self.back_to(&marks),
            }
        }
        let rows = self.history.records(NOW);
        let event = self.history.events.pop().expect("BUG: the event was just put there");
        Played { clashes, rows, deeds: event.deeds }
    }

    /// A unit as if everybody had chosen "mine": that is what the chain would make of it.
    fn as_mine(&self, unit: &UnitSeen, chain: &[usize]) -> Decided {
        let by = Author { version: Version::ZERO, device: self.history.events[chain[0]].device };
        let (of, kind, take) = (unit.of.clone(), unit.kind, Take::Mine);
        Decided { of, id: unit.id, unit: unit.unit.clone(), kind, take, by, counted: None }
    }

    /// The units listed before, those noted when the op was held, and those that clash now.
    fn listed(&self, old: Option<&ConflictSeen>, noted: Vec<Clash<'s>>, first: &Played<'s>) -> Vec<UnitSeen> {
        let mut units: Vec<UnitSeen> = old.map(|old| old.units.clone()).unwrap_or_default();
        // One that clashes still is told as it is when everything that the event brought is done.
        for clash in first.clashes.iter().chain(&noted) {
            let (of, unit) = (clash.of.to_owned(), clash.unit.map(str::to_owned));
            let (theirs, mine) = (clash.theirs.clone(), clash.mine.clone());
            let (kind, with) = (clash.kind.name(), clash.other);
            let new = UnitSeen { of, id: clash.id, unit, kind, with, theirs, mine };
            if !units.iter().any(|unit| same(unit, &new)) {
                units.push(new);
            }
        }
        units.sort_by_key(|unit| self.order(unit));
        units
    }

    fn show_sides(&self, units: &mut [UnitSeen], first: &Played<'s>, whole: &Played<'s>, ops: &[usize]) {
        let rows = self.history.records(NOW);
        for unit in units {
            let clash = first.clashes.iter().find(|clash| {
                clash.of == unit.of && clash.id == unit.id && clash.unit == unit.unit.as_deref()
            });
            unit.with = clash.and_then(|clash| clash.other);
            if let Some((theirs, mine)) = self.sides(unit, clash, &rows, whole, ops) {
                (unit.theirs, unit.mine) = (theirs, mine);
            }
        }
    }

    /// What is in force and what the chain makes of it; nothing for a count, which stays as it was found.
    fn sides(
        &self,
        unit: &UnitSeen,
        clash: Option<&Clash<'s>>,
        rows: &BTreeMap<Key<'s>, Held>,
        whole: &Played<'s>,
        ops: &[usize],
    ) -> Option<(Option<Values>, Option<Values>)> {
        let ty = self.history.schema.find(&unit.of)?;
        let key = (ty.name.as_str(), unit.id);
        let fields = |rows: &BTreeMap<Key<'s>, Held>, id: RecordId, of: &dyn Fn(&str) -> bool| {
            rows.get(&(key.0, id)).map(|held| clash::values(ty, &held.row, of))
        };
        let all = |_: &str| true;
        match (&unit.unit, unit.kind) {
            (None, _) if self.history.is_forgotten(key) => Some((None, self.wanted_of_forgotten(key, ops))),
            (_, kind) if kind == Kind::Count.name() => None,
            (Some(name), _) => {
                let members = fields_of(ty, name);
                let of_unit = |field: &str| members.contains(&field);
                Some((fields(rows, unit.id, &of_unit), fields(&whole.rows, unit.id, &of_unit)))
            }
            (None, kind) if kind == Kind::EditOfDeleted.name() => {
                let edited = self.edited(key, whole, ops);
                let named = |field: &str| edited.contains(field);
                // It may be there again by now, and a later op of the chain may delete it again.
                let live = rows.get(&key).is_some_and(|held| !held.deleted);
                let stays = whole.rows.get(&key).is_some_and(|held| !held.deleted);
                let (theirs, mine) = (fields(rows, unit.id, &named), fields(&whole.rows, unit.id, &named));
                Some((theirs.filter(|_| live), mine.filter(|_| stays)))
            }
            (None, kind) if kind == Kind::DeleteOfEdited.name() => {
                let theirs = clash.and_then(|clash| clash.theirs.clone()).or(unit.theirs.clone());
                // What was changed unseen stays listed, with the values of now. Nothing is while it is deleted.
                let listed: BTreeSet<String> = match theirs {
                    Some(theirs) => theirs.into_keys().collect(),
                    None => self.edited_unseen(ty, key, ops),
                };
                let live = rows.get(&key).is_some_and(|held| !held.deleted);
                let named = |field: &str| listed.is_empty() || listed.contains(field);
                // A later op of the chain may bring it back.
                let comes_back = whole.rows.get(&key).is_some_and(|held| !held.deleted);
                let (theirs, mine) = (fields(rows, unit.id, &named), fields(&whole.rows, unit.id, &named));
                Some((theirs.filter(|_| live), mine.filter(|_| comes_back)))
            }
            (None, _) => {
                let other = clash.and_then(|clash| clash.other);
                let theirs = other.and_then(|other| fields(rows, other, &all));
                let live = whole.rows.get(&key).is_some_and(|held| !held.deleted);
                Some((theirs, fields(&whole.rows, unit.id, &all).filter(|_| live)))
            }
        }
    }

    /// The fields of a record that some ops edit, also where something else outweighs that.
    fn edited(&self, key: Key<'s>, played: &Played<'s>, ops: &[usize]) -> BTreeSet<String> {
        let ops = ops.iter().filter_map(|n| self.history.events[*n].op.as_ref());
        let asks = ops.filter_map(|op| self.read(op).ok()).flatten();
        let asks = asks.filter(|asked| (asked.ty.name.as_str(), asked.id) == key);
        let edits = asks.flat_map(|asked| match asked.verb {
            Verb::Update(asks) => asks,
            _ => Vec::new(),
        });
        let named = edits.filter(|(_, what)| what.writes()).map(|(field, _)| field.name.clone());
        let deeds = played.deeds.iter().filter(|deed| (deed.of, deed.id) == key);
        let wrote = deeds.filter_map(|deed| match &deed.what {
            What::Wrote(field, _) => Some((*field).to_owned()),
            _ => None,
        });
        wrote.chain(named).collect()
    }

    /// The fields of a record that others edited and that the author of the first of some ops, who deletes it, had not seen.
    fn edited_unseen(&self, ty: &'s RecordType, key: Key<'s>, ops: &[usize]) -> BTreeSet<String> {
        let event = &self.history.events[ops[0]];
        let asks = event.op.as_ref().and_then(|op| self.read(op).ok()).unwrap_or_default();
        let Some(own) = asks.iter().find(|asked| (asked.ty.name.as_str(), asked.id) == key) else {
            return BTreeSet::new();
        };
        let unseen = |name: &&String| {
            let of = |what: &What<'_>| what.field() == Some(name.as_str());
            is_edit(ty, name) && self.history.unseen(event.device, key, own.base, of).is_some()
        };
        ty.fields.iter().map(|field| &field.name).filter(unseen).cloned().collect()
    }

    fn order(&self, unit: &UnitSeen) -> (usize, RecordId, usize, Option<String>) {
        let of = self.history.schema.place(&unit.of).unwrap_or(usize::MAX);
        let ty = self.history.schema.find(&unit.of);
        let first = ty.zip(unit.unit.as_deref()).and_then(|(ty, name)| {
            fields_of(ty, name).into_iter().filter_map(|field| ty.position(field)).min()
        });
        (of, unit.id, first.map_or(0, |place| place + 1), unit.unit.clone())
    }
}

fn same(one: &UnitSeen, other: &UnitSeen) -> bool {
    (&one.of, one.id, &one.unit) == (&other.of, other.id, &other.unit)
}
