//! What people do: on a handful of records, so that they meet; with mistakes, so that ops are refused. What they
//! make is in a file for each kind of work; what they do about earlier ops is in `second`.

mod change;
mod gauges;
mod goods;
mod owners;
mod papers;
mod places;
mod second;

use std::collections::BTreeMap;

use fieldbook_device_store::Action;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::json::Json;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, RecordId};

use crate::world::{Doing, World, bytes};

pub use change::{action, update};

/// The records that people know of, whoever made them. Ids are shared by word of mouth, so that two devices
/// may use one before they have synced.
#[derive(Debug, Default, Clone)]
pub struct People {
    known: BTreeMap<String, Vec<RecordId>>,
    occasions: u64,
    /// What most of their work is about, of four kinds; with more of one kind they meet more often.
    mostly: u64,
}

/// Few records of a type are talked about at a time: the old ones are forgotten.
const KNOWN_MAX: usize = 4;

impl People {
    /// People whose work is mostly about one kind of thing, or about all alike.
    pub fn drawn(dice: &mut Dice) -> Self {
        Self { mostly: dice.roll() % 4, ..Self::default() }
    }

    /// Somebody does something on a device. What does not fit there is refused at once and changes nothing.
    pub fn act(&mut self, world: &mut World, device: usize) {
        match world.dice.roll() % 100 {
            0..5 => self.administer(world),
            5..64 => {
                let action = self.action(world);
                self.does(world, device, action);
            }
            _ => self.second(world, device),
        }
    }

    fn does(&mut self, world: &mut World, device: usize, action: Action) {
        let made: Vec<(String, RecordId)> = action
            .changes
            .iter()
            .filter(|change| matches!(change, Change::Insert { .. }))
            .map(|change| (change.of().to_owned(), change.id()))
            .collect();
        if world.does(device, Doing::Act(action)).is_ok() {
            made.into_iter().for_each(|(of, id)| self.learn(of, id));
        }
    }

    fn learn(&mut self, of: String, id: RecordId) {
        let known = self.known.entry(of).or_default();
        if known.len() >= KNOWN_MAX {
            known.remove(0);
        }
        known.push(id);
    }

    fn action(&mut self, world: &mut World) -> Action {
        if world.dice.roll().is_multiple_of(20) {
            return self.with_gauges(world);
        }
        let kind = match (self.mostly, world.dice.roll() % 4) {
            (0, 1..) => 0,
            (1, 1..) => 34,
            (2, 1..) => 64,
            _ => world.dice.roll() % 100,
        };
        match kind {
            0..34 => self.with_goods(world),
            34..64 => self.with_papers(world),
            64..84 => self.with_places(world),
            84..90 => self.with_tariffs(world),
            _ => self.over_several(world),
        }
    }

    /// One action about records of several types.
    fn over_several(&mut self, world: &mut World) -> Action {
        let one = |people: &mut Self, world: &mut World| match world.dice.roll() % 4 {
            0 => people.edit_product(world),
            1 => people.edit_customer(world),
            2 => people.edit_asset(world),
            _ => people.add_stock(world),
        };
        let count = 2 + world.dice.roll() % 4;
        plain((0..count).map(|_| one(self, world)).collect())
    }

    /// A record that somebody has spoken of; now and then one that nobody has.
    fn known(&self, world: &mut World, of: &str) -> RecordId {
        let known = self.known.get(of).map(Vec::as_slice).unwrap_or_default();
        match known.len() as u64 {
            0 => RecordId::v7(9, bytes(&mut world.dice)),
            len => known[(world.dice.roll() % len) as usize],
        }
    }

    fn name_of(&self, world: &mut World, of: &str) -> Json {
        Json::Text(self.known(world, of).to_string())
    }

    /// Mostly a new id; now and then one that somebody else used or is about to use.
    fn id(&mut self, world: &mut World, of: &str) -> RecordId {
        match world.dice.roll() % 24 {
            0 => self.known(world, of),
            // Of one type only: two types never have an id in common.
            1 => RecordId::v7(7, [(world.dice.roll() % 3) as u8 + 16 * of.len() as u8; 10]),
            _ => fresh(world),
        }
    }
}

fn fresh(world: &mut World) -> RecordId {
    RecordId::v7(world.now_ms, bytes(&mut world.dice))
}

fn plain(changes: Vec<Change>) -> Action {
    Action { action: EDIT.into(), key: None, changes }
}

fn named(action: &str, changes: Vec<Change>) -> Action {
    Action { action: action.into(), key: None, changes }
}

fn word(world: &mut World) -> String {
    const WORDS: [&str; 8] = ["tea", "rope", "nail", "jam", "salt", "ink", "oil", "wax"];
    WORDS[(world.dice.roll() % 8) as usize].to_owned()
}

fn text(world: &mut World) -> Json {
    match world.dice.roll() % 10 {
        0 => Json::Null,
        n => Json::Text(format!("{} {n}", word(world))),
    }
}

fn price(world: &mut World) -> Json {
    Json::Text(format!("{}.50", world.dice.roll() % 90))
}
