//! Keys that two live records may not share unseen (rules 21 and 22).

use fieldbook_model::schema::{RecordType, Unique};
use fieldbook_model::{RecordId, Value};

use crate::clash::{Clash, Kind};
use crate::history::{Key, NOW};
use crate::make::unit_of;
use crate::play::{Play, Say, Under};
use crate::server::Reference;

/// The values of a key; nothing where one is empty.
fn key_of(ty: &RecordType, unique: &Unique, row: &[Value]) -> Option<Vec<Value>> {
    let value = |name: &String| ty.position(name).map(|place| row[place].clone());
    unique.fields.iter().map(|name| value(name).filter(|value| *value != Value::Null)).collect()
}

impl<'s> Reference<'s> {
    /// Looks at all that an op made live or gave another key.
    pub(crate) fn shared_keys(&mut self, play: &mut Play<'_, 's>) {
        let deeds =
            &self.history.events.last().expect("BUG: an op without an event").deeds[play.deeds_before..];
        let mut touched: Vec<Key<'s>> = deeds.iter().map(|deed| (deed.of, deed.id)).collect();
        touched.sort();
        touched.dedup();
        for key in touched {
            let ty = self.history.schema.find(key.0).expect("BUG: a record of no type");
            for unique in ty.unique.iter().filter(|_| !ty.insert_only) {
                self.shared_key(play, ty, key, unique);
            }
        }
    }

    fn shared_key(&mut self, play: &mut Play<'_, 's>, ty: &'s RecordType, key: Key<'s>, unique: &'s Unique) {
        let records = self.history.records(NOW);
        let now = &records[&key];
        let was = play.before.get(&key).filter(|held| !held.deleted);
        let own = key_of(ty, unique, &now.row).filter(|_| !now.deleted);
        let Some(own) = own else { return };
        if was.is_some_and(|was| key_of(ty, unique, &was.row).as_ref() == Some(&own)) {
            return;
        }
        let others = records.iter().filter(|(other, held)| {
            other.0 == key.0
                && **other != key
                && !held.deleted
                && key_of(ty, unique, &held.row).as_ref() == Some(&own)
        });
        let others = others.map(|((_, id), _)| *id);
        let met: Vec<RecordId> = others.filter(|other| self.meets(play, key, unique, *other)).collect();
        for unit in self.units_of_key(play, ty, key, unique, was.is_some()) {
            match play.say(key.0, key.1, unit) {
                // Beside a record that its author knew of it needs nobody's word.
                Say::Mine(_) if play.under == Under::Choice => self.accept(key, &met),
                Say::Mine(_) | Say::Values(..) | Say::Lost(_) => {}
                Say::Nothing => {
                    let Some(other) = met.first().copied() else { continue };
                    let (of, id) = key;
                    let clash = Clash {
                        of,
                        id,
                        unit,
                        kind: Kind::Unique,
                        theirs: None,
                        mine: None,
                        other: Some(other),
                    };
                    play.clash(clash);
                }
            }
        }
    }

    /// Whether another record of the same key was not seen, and not accepted beside this one.
    fn meets(&self, play: &Play<'_, 's>, (of, id): Key<'s>, unique: &Unique, other: RecordId) -> bool {
        let pair = (of, id.min(other), id.max(other));
        let accepted = self.history.events.iter().any(|event| event.accepted.contains(&pair));
        let of_key = |field: Option<&str>| field.is_none_or(|name| unique.fields.iter().any(|it| it == name));
        let unseen = self.unseen(play, (of, other), play.seen, |what| of_key(what.field()));
        !accepted && (unique.always || unseen.is_some())
    }

    fn accept(&mut self, (of, id): Key<'s>, others: &[RecordId]) {
        let event = self.history.events.last_mut().expect("BUG: accepted in no event");
        event.accepted.extend(others.iter().map(|other| (of, id.min(*other), id.max(*other))));
    }

    /// The units by which a record got its key: its life, or the fields that the op wrote.
    fn units_of_key(
        &self,
        play: &Play<'_, 's>,
        ty: &'s RecordType,
        key: Key<'s>,
        unique: &'s Unique,
        was_live: bool,
    ) -> Vec<Option<&'s str>> {
        if !was_live {
            return vec![None];
        }
        let deeds =
            &self.history.events.last().expect("BUG: an op without an event").deeds[play.deeds_before..];
        let wrote = |name: &&String| {
            deeds.iter().any(|deed| (deed.of, deed.id) == key && deed.what.field() == Some(name.as_str()))
        };
        let fields = unique.fields.iter().filter(wrote).filter_map(|name| ty.position(name));
        fields.map(|place| Some(unit_of(ty, &ty.fields[place]).0)).collect()
    }
}
