//! One op being played at the end of the list: as whom, under which decisions, and what clashed on the way.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::op::{Fields, Take};
use fieldbook_model::{DeviceId, OpId, RecordId, Value, Version};

use crate::clash::{Clash, Decided, Kind};
use crate::history::{Deed, Held, Key, Place, Standing, What};
use crate::said::{Author, Fate, Part};
use crate::server::Reference;

/// What decisions mean to an op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// They are about it: it does what was decided.
    Choice,
    /// They are about an op that it depends on: what was not decided for that one is closed to it.
    Closed,
}

/// What was decided about a unit, as far as an op is concerned.
pub(crate) enum Say<'a> {
    /// Nobody decided.
    Nothing,
    /// It may write what it wants, and that counts on this line.
    Mine(DeviceId),
    /// It writes these values, on this line.
    Values(&'a Fields, DeviceId),
    /// It may not write.
    Lost(Author),
}

/// One op being played.
pub(crate) struct Play<'a, 's> {
    /// Its author's line.
    pub line: DeviceId,
    /// What its author had read.
    pub seen: Version,
    /// What it has on its side.
    pub by: Standing,
    /// Where it took its place.
    pub placed: Version,
    /// The op again, where it is played when it is settled.
    pub held: Option<OpId>,
    /// What was decided.
    pub decided: &'a [Decided],
    /// What that means to it.
    pub under: Under,
    /// What clashed.
    pub clashes: Vec<Clash<'s>>,
    /// Records that it may not make, or not make live, by a decision.
    pub unmade: BTreeSet<(String, RecordId)>,
    /// Deleted records that a decision brought back.
    pub revived: Vec<Key<'s>>,
    /// All records before it.
    pub before: BTreeMap<Key<'s>, Held>,
    /// The effect at work, from 0.
    pub effect: usize,
    /// The deeds of the last event that are not of this op.
    pub deeds_before: usize,
}

impl<'s> Play<'_, 's> {
    /// What was decided about a unit.
    pub fn say(&self, of: &str, id: RecordId, unit: Option<&str>) -> Say<'_> {
        let same = |it: &&Decided| it.of == of && it.id == id && it.unit.as_deref() == unit;
        let Some(decided) = self.decided.iter().find(same) else { return Say::Nothing };
        let resolver = decided.by.device;
        match (self.under, &decided.take) {
            (_, Take::Mine) => Say::Mine(resolver),
            (Under::Choice, Take::Value(fields)) => Say::Values(fields, resolver),
            _ => Say::Lost(decided.by),
        }
    }

    /// Notes a clash; a unit that is noted stays as it was at first, but that a shared key is told before all.
    pub fn clash(&mut self, clash: Clash<'s>) {
        let same = |it: &&mut Clash<'_>| (it.of, it.id, it.unit) == (clash.of, clash.id, clash.unit);
        match self.clashes.iter_mut().find(same) {
            Some(noted) if noted.kind == Kind::Unique || clash.kind != Kind::Unique => {}
            Some(noted) => *noted = clash,
            None => self.clashes.push(clash),
        }
    }

    /// Whether a decision leaves a record unmade.
    pub fn is_unmade(&self, (of, id): Key<'_>) -> bool {
        self.unmade.contains(&(of.to_owned(), id))
    }

    /// By whom it was decided that a record is not made.
    pub fn unmaker(&self) -> Author {
        self.decided.first().expect("BUG: unmade by nobody").by
    }
}

/// Writing things down.
impl<'s> Reference<'s> {
    /// Adds a deed to the last event, on a line.
    pub(crate) fn done(&mut self, line: DeviceId, of: &'s str, id: RecordId, what: What<'s>) -> Place {
        self.deed(Deed { of, id, what, line, back: None, read: Version::ZERO, by: Standing::default() })
    }

    pub(crate) fn deed(&mut self, deed: Deed<'s>) -> Place {
        let event = self.history.events.last_mut().expect("BUG: a deed without an event");
        event.deeds.push(deed);
        (event.version, event.deeds.len() - 1)
    }

    /// Adds a part about a record's life to the last event.
    pub(crate) fn life_part(
        &mut self,
        play: &Play<'_, 's>,
        (of, id): Key<'s>,
        fate: Fate,
        deed: Option<Place>,
    ) {
        self.part(play, (of, id), None, (Value::Null, Value::Null), fate, deed);
    }

    /// Adds a part to the last event.
    pub(crate) fn part(
        &mut self,
        play: &Play<'_, 's>,
        (of, id): Key<'s>,
        field: Option<&'s str>,
        (before, after): (Value, Value),
        fate: Fate,
        deed: Option<Place>,
    ) {
        let (held, effect) = (play.held, play.effect);
        self.parts().push(Part { of, id, field, before, after, fate, held, effect, deed });
    }

    pub(crate) fn parts(&mut self) -> &mut Vec<Part<'s>> {
        &mut self.history.events.last_mut().expect("BUG: a part without an event").parts
    }
}
