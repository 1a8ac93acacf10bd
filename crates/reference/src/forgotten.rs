//! Deleted records that a server does not keep for ever (rules 17 and 37). It is told a time, and forgets what was deleted
//! up to then, but for what somebody may still come back to.

use std::collections::BTreeSet;

use fieldbook_model::decimal::Scaled;
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Code, RecordId, Value, Version, WallTime};

use crate::asked::{self, Asked, Verb};
use crate::clash::{self, Clash, Values};
use crate::history::{Held, History, Key, NOW, What};
use crate::make::unit_clash;
use crate::play::{Play, Say};

use crate::server::Reference;
use crate::undo::Effect;

type Name = (String, RecordId);

impl History<'_> {
    /// Whether a record is forgotten.
    pub fn is_forgotten(&self, (of, id): Key<'_>) -> bool {
        !self.forgotten.is_empty() && self.forgotten.contains(&(of.to_owned(), id))
    }
}

/// Forgetting.
impl<'s> Reference<'s> {
    /// Forgets what was deleted up to a time; tells how many records that are.
    pub fn collect(&mut self, until: WallTime) -> usize {
        let old = self.history.events.iter().take_while(|event| event.came <= until);
        let upto = old.last().map_or(Version::ZERO, |event| event.version);
        self.history.horizon = self.history.horizon.max(upto);
        let (before, waited_for) = (self.history.forgotten.len(), self.waited_for());
        let records = self.history.records(NOW);
        loop {
            let there = records.iter().filter(|(key, _)| !self.history.is_forgotten(**key));
            let needed: BTreeSet<Name> =
                there.clone().flat_map(|(key, held)| self.leans_on(*key, held)).collect();
            let old = there.filter(|(_, held)| held.deleted && held.version <= self.history.horizon);
            let names = old.map(|(key, _)| (key.0.to_owned(), key.1));
            let free: Vec<Name> = names
                .filter(|name| self.may_end(&name.0) && !needed.contains(name) && !waited_for.contains(name))
                .collect();
            if free.is_empty() {
                return self.history.forgotten.len() - before;
            }
            self.history.forgotten.extend(free);
        }
    }

    /// What is written once, what gives a number out, and what opens a scope does not end.
    fn may_end(&self, of: &str) -> bool {
        let ty = self.history.schema.find(of).expect("BUG: a record of no type");
        !ty.scope && !ty.insert_only && !ty.fields.iter().any(|field| field.series && field.required)
    }

    /// What a record is nothing without: its owners, and what it lies in.
    fn leans_on(&self, key: Key<'s>, held: &Held) -> Vec<Name> {
        let ty = self.history.schema.find(key.0).expect("BUG: a record of no type");
        let fields = ty.fields.iter().zip(&held.row).filter(|(field, _)| leans(ty, field));
        let names = fields.filter_map(|(field, value)| asked::reference(field, value));
        names.map(|(of, id)| (of.to_owned(), id)).collect()
    }

    /// What ops that wait would change or refer to.
    fn waited_for(&self) -> BTreeSet<Name> {
        let mut names = BTreeSet::new();
        for n in self.history.chains().into_values().flatten() {
            let event = &self.history.events[n];
            names.extend(self.would_change(event));
            let asks = event.op.as_ref().and_then(|op| self.read(op).ok()).unwrap_or_default();
            let named = asks.iter().flat_map(Asked::references);
            names.extend(named.map(|(of, id)| (of.to_owned(), id)));
        }
        names
    }

    /// Refuses what the last event did since some deed if it leans on what is forgotten.
    pub(crate) fn keeps_nothing_forgotten(&self, since: usize) -> Result<(), Code> {
        let event = self.history.events.last().expect("BUG: played in no event");
        for deed in event.deeds.iter().skip(since) {
            let What::Wrote(name, value) = &deed.what else { continue };
            let ty = self.history.schema.find(deed.of).expect("BUG: a deed on no type");
            let field = ty.fields.iter().find(|field| field.name == *name).filter(|field| leans(ty, field));
            let named = field.and_then(|field| asked::reference(field, value));
            if named.is_some_and(|named| self.history.is_forgotten(named)) {
                return Err(Code::Gone);
            }
        }
        Ok(())
    }

    /// A change of what is forgotten. Nobody can make it; what adds to a number waits until somebody gives it up.
    pub(crate) fn make_of_forgotten(
        &mut self,
        play: &mut Play<'_, 's>,
        asked: &Asked<'s>,
    ) -> Result<(), Code> {
        let key = (asked.ty.name.as_str(), asked.id);
        if !matches!(play.say(key.0, key.1, None), Say::Nothing) {
            self.not_made(play, asked);
            return Ok(());
        }
        let counts = |(field, _): &(&Field, What<'_>)| field.merge == Merge::Delta;
        match &asked.verb {
            Verb::Update(asks) if asks.iter().any(counts) => {
                play.clash(unforgotten(key));
                Ok(())
            }
            _ => Err(Code::Gone),
        }
    }

    /// The same for what an undo takes back.
    pub(crate) fn take_back_of_forgotten(
        &mut self,
        play: &mut Play<'_, 's>,
        effect: &Effect<'_, 's>,
    ) -> Result<(), Code> {
        if !matches!(play.say(effect.key.0, effect.key.1, None), Say::Nothing) {
            self.not_taken_back(play, effect);
            return Ok(());
        }
        let mut did = effect.parts.iter().filter(|part| part.has_inverse(effect.ty));
        if did.clone().next().is_none() {
            return Ok(());
        }
        let counts = |name: &str| {
            effect.ty.fields.iter().any(|field| field.name == name && field.merge == Merge::Delta)
        };
        let counted = did.all(|part| part.field.is_some())
            && effect.parts.iter().any(|part| part.deed.is_some() && part.field.is_some_and(counts));
        match counted {
            true => {
                play.clash(unforgotten(effect.key));
                Ok(())
            }
            false => Err(Code::Gone),
        }
    }

    /// What ops that wait would write to what is forgotten, as if it held nothing.
    pub(crate) fn wanted_of_forgotten(&self, key: Key<'s>, ops: &[usize]) -> Option<Values> {
        let ty = self.history.schema.find(key.0)?;
        let mut row: Vec<Value> = ty.fields.iter().map(nothing).collect();
        let mut named = BTreeSet::new();
        for n in ops {
            let op = self.history.events[*n].op.as_ref();
            let asks = op.filter(|op| asked::has_changes(op)).and_then(|op| self.read(op).ok());
            for asked in asks.unwrap_or_default().into_iter().filter(|it| (it.ty.name.as_str(), it.id) == key)
            {
                let Verb::Update(asks) = asked.verb else { continue };
                for (field, what) in asks {
                    let place = ty.position(&field.name)?;
                    row[place] = asked::after(field, &row[place], &what).unwrap_or(Value::Null);
                    named.insert(field.name.as_str());
                }
            }
        }
        (!named.is_empty()).then(|| clash::values(ty, &row, |name| named.contains(name)))
    }
}

/// Whether a record is nothing without what a field names.
fn leans(ty: &RecordType, field: &Field) -> bool {
    let owner = matches!(field.kind, Kind::Ref { owner: true, .. });
    owner || ty.inside.as_deref() == Some(field.name.as_str())
}

fn unforgotten(key: Key<'_>) -> Clash<'_> {
    unit_clash(key, None, clash::Kind::EditOfDeleted)
}

fn nothing(field: &Field) -> Value {
    match (field.merge, &field.kind) {
        (Merge::Delta, Kind::Integer) => Value::Int(0),
        (Merge::Delta, kind) => Value::Decimal(Scaled(0, kind.scale().unwrap_or_default())),
        _ => Value::Null,
    }
}
