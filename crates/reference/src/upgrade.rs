//! A workspace under a newer version of its schema. The list is written anew once, as if all had always been said in the
//! words of today; rows are put into the words of an older version for who reads them there (rule 48).

use std::collections::BTreeMap;

use fieldbook_model::chain::Hash;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{DeviceId, Op, OpId, RecordId, Schema, Seq, UserId, Value, Version};

use crate::asked::{Asked, Verb};
use crate::clash::Clash;
use crate::conflict::ConflictSeen;
use crate::history::{Deed, Event, Held, History, Key, Place, What};
use crate::rungs::{self, Rung};
use crate::said::{Part, Ruling};
use crate::server::Reference;

impl<'s> Reference<'s> {
    /// Brings the workspace to the next version of its schema, which takes a place in the order.
    pub fn upgrade(&mut self, next: &'s Schema) {
        self.history.upgrade(next);
        let nobody = (DeviceId::from_bytes([0; 16]), UserId::from_bytes([0; 16]));
        let version = self.history.head().next();
        let at = (Seq(version.0), OpId::from_bytes([0; 16]), Hash::ZERO);
        self.history.events.push(Event::new(version, nobody, at, None));
    }
}

/// Under which version things are read.
impl<'s> History<'s> {
    /// A version of the schema that the workspace has or had.
    ///
    /// # Panics
    /// When it never had it.
    pub fn schema_of(&self, version: u32) -> &'s Schema {
        let mut all = self.older.iter().copied().chain([self.schema]);
        all.find(|schema| schema.version == version).expect("BUG: a version that the workspace never had")
    }

    /// The rungs from one version to another, oldest first. What is older than the workspace counts as its oldest.
    fn rungs(&self, from: u32, to: u32) -> Vec<Rung<'s>> {
        let oldest = self.older.first().unwrap_or(&self.schema).version;
        (from.max(oldest)..to).map(|n| Rung { old: self.schema_of(n), new: self.schema_of(n + 1) }).collect()
    }

    /// An op as a version has it. It keeps the number of its own.
    pub fn op_as(&self, op: &Op, version: u32) -> Op {
        let mut op = op.clone();
        self.rungs(op.schema, version).into_iter().for_each(|rung| rung.op_up(&mut op));
        op
    }

    /// Every record that was ever made, as it was at a version of the order, in the words of a version of the schema.
    pub fn records_as(&self, version: u32, until: Version) -> BTreeMap<Key<'s>, Held> {
        self.down(version, self.records(until))
    }

    /// Records in the words of a version of the schema.
    pub fn down(&self, version: u32, mut records: BTreeMap<Key<'s>, Held>) -> BTreeMap<Key<'s>, Held> {
        for rung in self.rungs(version, self.schema.version).into_iter().rev() {
            let down = |((of, id), held): (Key<'s>, Held)| {
                let (of, row) = rung.row_down(of, &held.row)?;
                Some(((of, id), Held { row, ..held }))
            };
            records = records.into_iter().filter_map(down).collect();
        }
        records
    }

    /// Records in the words of one version of the schema, in those of a later one.
    pub(crate) fn up(
        &self,
        (from, to): (u32, u32),
        mut records: BTreeMap<Key<'s>, Held>,
    ) -> BTreeMap<Key<'s>, Held> {
        for rung in self.rungs(from, to) {
            let up = |((of, id), held): (Key<'s>, Held)| {
                let (of, row) = rung.row_up(of, &held.row);
                ((of, id), Held { row, ..held })
            };
            records = records.into_iter().map(up).collect();
        }
        records
    }

    /// A conflict in the words of a version.
    pub fn conflict_as(&self, version: u32, seen: &ConflictSeen) -> ConflictSeen {
        let rungs = self.rungs(version, self.schema.version);
        rungs.into_iter().rev().fold(seen.clone(), |seen, rung| rung.conflict_down(&seen))
    }

    /// What a type of an older version is called now.
    pub fn type_now(&self, version: u32, of: &str) -> String {
        let rungs = self.rungs(version, self.schema.version);
        rungs.into_iter().fold(of.to_owned(), |of, rung| rung.type_up(&of).to_owned())
    }

    /// Whether a field of a version is a part of what was one under an older.
    pub fn is_part(&self, older: u32, version: u32, of: &str, field: &str) -> bool {
        let rungs = self.rungs(older, version);
        let mut named = vec![(of, field.to_owned())];
        for rung in rungs.into_iter().rev() {
            let Some((of, field)) = named.pop() else { return false };
            let Some(was) = rung.type_down(of) else { return false };
            let fields = rung.old.find(was).into_iter().flat_map(|ty| &ty.fields);
            let mut had = fields.filter(|it| rung.names_up(was, &it.name).contains(&field.as_str()));
            let Some(had) = had.next() else { return false };
            if rung.names_up(was, &had.name).len() > 1 {
                return true;
            }
            named.push((was, had.name.clone()));
        }
        false
    }

    /// Leaves out of an op that was read under a version what its author left as it was.
    /// `own` tells whether its author wrote a field after a base.
    pub(crate) fn leave_untouched(
        &self,
        op: &Op,
        version: u32,
        asked: &mut Asked<'s>,
        own: impl Fn(&str, RecordId, &str, Version) -> bool,
    ) {
        let Verb::Update(asks) = &mut asked.verb else { return };
        let (ty, id, base) = (asked.ty, asked.id, asked.base);
        asks.retain(|(field, what)| match what {
            What::Wrote(_, value) if op.schema < version => {
                own(&ty.name, id, &field.name, base)
                    || !self.is_untouched(op, version, (ty, id), (&field.name, value, base))
            }
            _ => true,
        });
    }

    /// Whether a device changed a field after a version, as far as those two tell who changed it last: the last, and the
    /// last by another.
    pub(crate) fn has_written(
        &self,
        device: DeviceId,
        (of, id): (&str, RecordId),
        field: &str,
        base: Version,
    ) -> bool {
        let stamps = self.stamps(of, id, Some(field));
        let last = stamps.last();
        let other = stamps.iter().rev().find(|author| last.is_some_and(|last| last.device != author.device));
        last.into_iter().chain(other).any(|author| author.device == device && author.version > base)
    }

    /// Whether what an op says of a part is what its author found there: an older version says all parts at once.
    fn is_untouched(
        &self,
        op: &Op,
        version: u32,
        (of, id): (&RecordType, RecordId),
        (field, value, base): (&str, &Value, Version),
    ) -> bool {
        if !self.is_part(op.schema, version, &of.name, field) {
            return false;
        }
        let records = self.records_as(version, base);
        let Some(held) = records.get(&(of.name.as_str(), id)) else { return false };
        let nothing = |value: &Value| matches!(value, Value::Null) || *value == Value::Text(String::new());
        let had = &held.row[of.position(field).expect("BUG: a field of no type")];
        (nothing(value) && nothing(had)) || value == had
    }

    fn upgrade(&mut self, next: &'s Schema) {
        let rung = Rung { old: self.schema, new: next };
        for event in &mut self.events {
            event.op.iter_mut().for_each(|op| rung.op_up(op));
            translate(rung, event);
        }
        let places: BTreeMap<Place, Vec<Place>> =
            self.events.iter_mut().flat_map(|event| deeds(rung, event)).collect();
        let first = |place: &Place| places[place].first().copied();
        for event in &mut self.events {
            let mut parts = Vec::new();
            for part in std::mem::take(&mut event.parts) {
                parts.extend(part_up(rung, &places, part));
            }
            event.parts = parts;
            // Each of several takes back its own.
            let mut nth: BTreeMap<Place, usize> = BTreeMap::new();
            for deed in &mut event.deeds {
                let Some(back) = deed.back else { continue };
                let several = &places[&back];
                let n = nth.entry(back).or_default();
                deed.back = several.get(*n % several.len().max(1)).copied().or_else(|| first(&back));
                *n += 1;
            }
        }
        self.older.push(self.schema);
        self.schema = next;
    }
}

fn of_new<'s>(rung: Rung<'s>, of: &str) -> &'s RecordType {
    rung.new.find(rung.type_up(of)).expect("BUG: a type that is gone")
}

fn field_new<'s>(ty: &'s RecordType, name: &str) -> &'s fieldbook_model::schema::Field {
    &ty.fields[ty.position(name).expect("BUG: a field that is gone")]
}

fn value_up<'s>(rung: Rung<'s>, of: &str, name: &str, value: &Value) -> Vec<(&'s str, Value)> {
    let ty = of_new(rung, of);
    let up = rung.up(of, name, &value.to_json()).into_iter();
    up.map(|(name, json)| {
        let field = field_new(ty, &name);
        (field.name.as_str(), rungs::read(field, &json))
    })
    .collect()
}

/// All of an event but deeds and parts.
fn translate<'s>(rung: Rung<'s>, event: &mut Event<'s>) {
    if let Ruling::DuplicateOf { ids, .. } = &mut event.ruling {
        ids.iter_mut().for_each(|same| same.of = rung.type_up(&same.of).to_owned());
    }
    event.conflicts.iter_mut().for_each(|(_, seen)| *seen = rung.conflict_up(seen));
    event.accepted.iter_mut().for_each(|(of, ..)| *of = &of_new(rung, of).name);
    event.tried.iter_mut().for_each(|(of, _)| *of = &of_new(rung, of).name);
    for (_, clashes) in &mut event.opened {
        let up = |clash: Clash<'s>| {
            let ty = of_new(rung, clash.of);
            let values = |values: &Option<crate::clash::Values>| {
                values.as_ref().map(|values| rung.values_up(clash.of, values))
            };
            let (theirs, mine) = (values(&clash.theirs), values(&clash.mine));
            let names = match clash.unit {
                None => vec![None],
                Some(unit) => rung.unit_up(clash.of, unit).iter().map(|unit| named(ty, unit)).collect(),
            };
            let one = |unit| Clash {
                of: &ty.name,
                unit,
                theirs: theirs.clone(),
                mine: mine.clone(),
                ..clash.clone()
            };
            names.into_iter().map(one).collect::<Vec<_>>()
        };
        *clashes = std::mem::take(clashes).into_iter().flat_map(up).collect();
    }
}

/// The name of a field or group, as the schema has it.
fn named<'s>(ty: &'s RecordType, unit: &str) -> Option<&'s str> {
    let groups = ty.groups.iter().map(|group| group.name.as_str());
    let mut all = groups.chain(ty.fields.iter().map(|field| field.name.as_str()));
    all.find(|name| *name == unit)
}

/// The deeds of an event, and what became of each place. What a field that is new holds came with the record's life.
fn deeds<'s>(rung: Rung<'s>, event: &mut Event<'s>) -> Vec<(Place, Vec<Place>)> {
    let (mut all, mut places) = (Vec::new(), Vec::new());
    for (n, deed) in std::mem::take(&mut event.deeds).into_iter().enumerate() {
        let begin = all.len();
        let (ty, was) = (of_new(rung, deed.of), deed.of);
        let one = |what: What<'s>| Deed { of: &ty.name, what, ..deed.clone() };
        all.extend(whats(rung, was, ty, &deed.what).into_iter().map(one));
        if deed.what.field().is_none() {
            let first = |field: &'s fieldbook_model::schema::Field| {
                let value = crate::asked::first_value(field, None).unwrap_or(Value::Null);
                one(What::Wrote(&field.name, value))
            };
            let made = deed.what == What::Made;
            // A later life leaves what is there; only who had to do with it counts.
            all.extend(rung.added(&ty.name).into_iter().filter(|_| made).map(first));
        }
        let version = event.version;
        places.push(((version, n), (begin..all.len()).map(|n| (version, n)).collect()));
    }
    event.deeds = all;
    places
}

fn whats<'s>(rung: Rung<'s>, was: &str, ty: &'s RecordType, what: &What<'s>) -> Vec<What<'s>> {
    let Some(name) = what.field() else { return vec![what.clone()] };
    let names = rung.names_up(was, name);
    let one = *names.first().expect("BUG: a field that is gone");
    let field = field_new(ty, one);
    let one = field.name.as_str();
    let old = rung.old.find(was).expect("BUG: a deed on no type");
    let old = field_new(old, name);
    match what {
        What::Wrote(_, value) => value_up(rung, was, name, value)
            .into_iter()
            .map(|(name, value)| What::Wrote(name, value))
            .collect(),
        What::Added(_, digits) => vec![What::Added(one, rungs::sum(&old.kind, &field.kind, *digits))],
        What::Included(_, elements) => vec![What::Included(one, elements.clone())],
        What::Left(_, elements, gone) => vec![What::Left(one, elements.clone(), gone.clone())],
        other => unreachable!("BUG: {other:?} is done as something else"),
    }
}

fn part_up<'s>(rung: Rung<'s>, places: &BTreeMap<Place, Vec<Place>>, part: Part<'s>) -> Vec<Part<'s>> {
    let ty = of_new(rung, part.of);
    let deed = |n: usize| part.deed.and_then(|place| places[&place].get(n).copied());
    let Some(name) = part.field else {
        return vec![Part { of: &ty.name, deed: deed(0), ..part }];
    };
    let before = value_up(rung, part.of, name, &part.before);
    let after = value_up(rung, part.of, name, &part.after);
    let several = before.len() > 1;
    let pairs = before.into_iter().zip(after).enumerate();
    let one = |(n, ((name, before), (_, after))): (usize, ((&'s str, Value), (_, Value)))| Part {
        of: &ty.name,
        field: Some(name),
        before,
        after,
        deed: deed(n),
        ..part.clone()
    };
    pairs.map(one).filter(|part| !several || part.before != part.after).collect()
}
