//! Undo: what an op really did, taken back in reverse (rules 11, 12, 31 and 42).

use std::collections::BTreeMap;

use fieldbook_model::decimal::Scaled;
use fieldbook_model::op::About;
use fieldbook_model::schema::{REDO, RecordType, UNDO};
use fieldbook_model::{Code, Json, Op, OpId, Value, Version};

use crate::asked::asked_set;
use crate::clash::Clash;
use crate::history::{Deed, Event, Key, NOW, Place, Standing, What};
use crate::judge::No;
use crate::life::is_edit;
use crate::offer::Member;
use crate::play::{Play, Say};
use crate::said::{Fate, Part, Ruling, SettledState};
use crate::server::Reference;
use crate::state::State;

/// One of a target's effects, and what it takes to take it back.
pub(crate) struct Effect<'a, 's> {
    pub undo: &'a Op,
    /// Its place in the reversed list.
    pub place: u32,
    /// Where it was done.
    pub at: Version,
    pub ty: &'s RecordType,
    pub key: Key<'s>,
    pub parts: Vec<Part<'s>>,
}

impl<'s> Reference<'s> {
    pub(crate) fn judge_undo(&mut self, by: &Member, op: &Op, target: OpId) -> Result<Ruling, No> {
        let own = self.history.events.len() - 1;
        let device = self.history.events[own].device;
        let n = self.history.events[..own]
            .iter()
            .position(|it| self.history.shares(device, it.device, it.seq) && it.op_id == target);
        let n = n.ok_or(Code::UnknownOp)?;
        let event = &self.history.events[n];
        let action = event.op.as_ref().and_then(|target| self.history.schema.action(&target.action));
        let fits = match action.and_then(|action| action.undo.as_ref()) {
            Some(counter) => op.action == *counter,
            None => op.action == UNDO || op.action == REDO,
        };
        if !fits {
            return Err(Code::UnknownAction.into());
        }
        let about = event.op.as_ref().and_then(|target| target.payload.about.as_ref());
        if matches!(about, Some(About::Member(_) | About::Grant(_) | About::Closes(_))) {
            return Err(Code::NotUndoable.into());
        }
        self.may_undo(by, op, target)?;
        let event = &self.history.events[n];
        match self.history.state(event) {
            State::Held { .. } => self.drop(n, op.op_id, SettledState::Withdrawn),
            State::Committed { .. } => {
                let clashes = self.play_again(own, &[])?;
                if !clashes.is_empty() {
                    self.tried(&clashes);
                    return Ok(self.hold(op, clashes));
                }
            }
            _ => {}
        }
        Ok(Ruling::Committed)
    }

    /// Remembers the records that an undo would have changed; also those of which it leaves something, which may be
    /// otherwise when it is settled. On what is forgotten it leaves no mark but the clash.
    fn tried(&mut self, clashes: &[Clash<'s>]) {
        let event = self.history.events.last_mut().expect("BUG: judged without an event");
        let deeds = event.deeds.iter().map(|deed| (deed.of, deed.id));
        let parts = event.parts.iter().map(|part| (part.of, part.id));
        event.tried = deeds.chain(parts).chain(clashes.iter().map(|clash| (clash.of, clash.id))).collect();
    }

    /// Takes back what an op did. One that did nothing, or is taken back already, has nothing to take back.
    pub(crate) fn undo(&mut self, play: &mut Play<'_, 's>, op: &Op, target: OpId) -> Result<(), Code> {
        let is_target = |event: &&Event<'s>| {
            self.history.shares(play.line, event.device, event.seq)
                && event.op_id == target
                && event.version < play.placed
        };
        let event = self.history.events.iter().find(is_target).ok_or(Code::UnknownOp)?;
        if !self.history.takes_back(play.line, op.op_id, target) {
            return Ok(());
        }
        let Some((at, parts)) = self.history.did(event) else { return Ok(()) };
        let mut effects: BTreeMap<usize, Vec<Part<'s>>> = BTreeMap::new();
        for part in parts {
            effects.entry(part.effect).or_default().push(part);
        }
        for (place, parts) in (0..).zip(effects.into_values().rev()) {
            let key = (parts[0].of, parts[0].id);
            let ty = self.history.schema.find(key.0).expect("BUG: an effect on no type");
            let (before, deeds) = (self.parts().len(), self.marks().0);
            self.take_back(play, &Effect { undo: op, place, at, ty, key, parts })?;
            if self.parts().len() > before {
                play.effect += 1;
            }
            self.keeps_nothing_forgotten(deeds)?;
        }
        Ok(())
    }

    fn take_back(&mut self, play: &mut Play<'_, 's>, effect: &Effect<'_, 's>) -> Result<(), Code> {
        let key = effect.key;
        if play.is_unmade(key) {
            self.not_taken_back(play, effect);
            return Ok(());
        }
        if self.history.is_forgotten(key) {
            return self.take_back_of_forgotten(play, effect);
        }
        let deleted = |it: &Self| it.is_deleted(key).then(|| it.life(key));
        let mut delete = deleted(self);
        let life = effect.parts.iter().find(|part| part.field.is_none()).and_then(|part| part.deed);
        match life.map(|place| (place, self.deed_at(place).what)) {
            Some((_, What::Made)) => return self.take_back_insert(play, effect),
            Some((_, What::Restored)) => self.take_back_life(play, effect)?,
            Some((place, _)) => {
                self.revive(play, key, place);
                delete = deleted(self);
            }
            None => {}
        }
        let wrote =
            |part: &&Part<'s>| part.field.is_some() && part.deed.is_some() && part.fate != Fate::Already;
        let parts: Vec<_> = effect.parts.iter().filter(wrote).collect();
        let kept: Vec<_> = parts.iter().map(|part| self.stands_in_the_way(play, effect, part)).collect();
        for (part, kept) in parts.into_iter().zip(kept) {
            self.take_back_field(play, effect, part, delete.map(Fate::NotUndone).or(kept))?;
        }
        Ok(())
    }

    pub(crate) fn not_taken_back(&mut self, play: &Play<'_, 's>, effect: &Effect<'_, 's>) {
        let fate = Fate::LostToChoice(play.unmaker());
        for part in effect.parts.iter().filter(|part| part.deed.is_some()) {
            let before = part.field.map_or(Value::Null, |field| self.value(effect.key, field));
            self.part(play, effect.key, part.field, (before, part.before.clone()), fate, None);
        }
    }

    pub(crate) fn deed_at(&self, (version, n): Place) -> Deed<'s> {
        let event = self.history.events.iter().find(|event| event.version == version);
        event.expect("BUG: a deed of no event").deeds[n].clone()
    }

    /// Brings back what was deleted, if nobody else had to do with its life since.
    fn revive(&mut self, play: &Play<'_, 's>, key: Key<'s>, place: Place) {
        let last = self.life(key);
        if !self.is_deleted(key) {
            return self.life_part(play, key, Fate::Already, None);
        }
        if !self.history.did_itself(play.line, last.device, last.version) {
            return self.life_part(play, key, Fate::NotUndone(last), None);
        }
        let (line, back) = match play.say(key.0, key.1, None) {
            Say::Mine(line) | Say::Values(_, line) => (line, None),
            Say::Lost(by) => return self.life_part(play, key, Fate::LostToChoice(by), None),
            Say::Nothing => (play.line, Some(place)),
        };
        let deed = self.deed(Deed {
            of: key.0,
            id: key.1,
            what: What::Restored,
            line,
            back,
            read: Version::ZERO,
            by: Standing::default(),
        });
        self.life_part(play, key, Fate::Applied, Some(deed));
    }

    fn take_back_insert(&mut self, play: &mut Play<'_, 's>, effect: &Effect<'_, 's>) -> Result<(), Code> {
        let (ty, key) = (effect.ty, effect.key);
        let action = self.history.schema.action(&effect.undo.action);
        let sets = action.map(|action| action.sets.as_slice()).unwrap_or_default();
        let own = |(path, json): &'s (String, Json)| {
            let (of, field) = path.split_once('.')?;
            (of == ty.name).then_some((field, json))
        };
        let sets: Vec<_> = sets.iter().filter_map(own).collect();
        if !sets.is_empty() {
            let asks = sets.into_iter().map(|(field, json)| asked_set(ty, field, json));
            return self.update(play, ty, key.1, play.seen, asks.collect::<Result<_, _>>()?);
        }
        let numbered = ty.fields.iter().any(|it| it.series && self.value(key, &it.name) != Value::Null);
        match (&ty.counter, ty.insert_only) {
            _ if numbered => Err(Code::NotUndoable),
            (None, true) => Err(Code::NotUndoable),
            (Some(_), true) => {
                self.counter_record(play, effect);
                Ok(())
            }
            (_, false) => self.take_back_life(play, effect),
        }
    }

    /// Another record, which counts against the one that stays.
    fn counter_record(&mut self, play: &mut Play<'_, 's>, effect: &Effect<'_, 's>) {
        let counter = effect.ty.counter.as_ref().expect("BUG: no counter");
        let held = self.history.record(effect.key.0, effect.key.1, NOW).expect("BUG: a counter of no record");
        let fields = effect.ty.fields.iter().zip(held.row);
        let row = fields.map(|(field, value)| match value {
            _ if field.name == counter.of => Value::Ref(effect.key.1),
            value if counter.negate.contains(&field.name) => negated(value),
            value => value,
        });
        let row = row.collect();
        self.insert(play, effect.ty, effect.undo.op_id.derived(effect.place), row);
    }

    /// Deletes what came to life, if nobody else had to do with it since.
    fn take_back_life(&mut self, play: &mut Play<'_, 's>, effect: &Effect<'_, 's>) -> Result<(), Code> {
        let (ty, key) = (effect.ty, effect.key);
        if self.is_deleted(key) {
            self.life_part(play, key, Fate::Already, None);
            return Ok(());
        }
        let edits = ty.fields.iter().map(|field| field.name.as_str()).filter(|name| is_edit(ty, name));
        let units = edits.map(Some).chain([None]);
        let last = units.filter_map(|field| self.history.stamps(key.0, key.1, field).last().copied());
        let foreign = |it: &crate::Author| !self.history.did_itself(play.line, it.device, it.version);
        let other = last.filter(|author| foreign(author) && author.version >= effect.at);
        if let Some(other) = other.max_by_key(|author| author.version) {
            self.life_part(play, key, Fate::NotUndone(other), None);
            return Ok(());
        }
        self.refuse_for_children(key)?;
        let deed = self.done(play.line, key.0, key.1, What::Deleted);
        self.life_part(play, key, Fate::Applied, Some(deed));
        self.orphan(play, key);
        Ok(())
    }
}

/// A number with the other sign.
pub(crate) fn negated(value: Value) -> Value {
    match value {
        Value::Int(number) => Value::Int(-number),
        Value::Decimal(Scaled(number, scale)) => Value::Decimal(Scaled(-number, scale)),
        other => other,
    }
}
