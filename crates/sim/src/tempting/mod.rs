//! Temptations: short histories in the middle of a random world that lead to states which chance alone seldom reaches.
//! Whoever takes part is drawn, and so is when; what comes of it is for the checks to say, which are those of every world.

mod backups;
mod closing;
mod deciding;
mod differing;
mod hostile;
mod joining;
mod meeting;
mod parts;
mod pulling;
mod selling;
mod upgrading;

use fieldbook_device_store::{Acted, Action, Export, Which};
use fieldbook_device_sync::Conditions;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::RecordId;

use crate::checks::Line;
use crate::losses::Losses;
use crate::network::{Faults, happens};
use crate::people::action;
use crate::world::{Doing, World, bytes};

/// In how many of a thousand steps somebody is tempted.
const OFTEN: u64 = 16;
/// The same of people of an estate, whose worlds are few.
const OFTEN_IN_PARTS: u64 = 40;

/// A product that people meet over.
const PRODUCT: (&str, &str) = ("product", r#"{"name":"tea","stock":10}"#);

/// What tempts a world. All its chance is its own.
pub struct Tempting {
    dice: Dice,
}

impl Tempting {
    /// Of a seed.
    pub fn of(seed: u64) -> Self {
        Self { dice: Dice(seed ^ 0x7e3b) }
    }

    /// Perhaps people of the world with all kinds of things are tempted.
    pub fn step(&mut self, world: &mut World, losses: Option<&Losses>) {
        if !happens(&mut self.dice, OFTEN) {
            return;
        }
        let roll = self.dice.roll();
        match losses {
            Some(_) if !roll.is_multiple_of(4) => self.with_backups(world),
            _ => match (roll >> 8) % 16 {
                0..4 => self.meets(world),
                4..8 => self.decides(world),
                8..11 => self.sells(world),
                11 => self.meddles(world),
                12..14 => self.pulls(world),
                _ => self.is_acknowledged(world),
            },
        }
    }

    /// Perhaps people of an estate are.
    pub fn step_in_parts(&mut self, world: &mut World) {
        if happens(&mut self.dice, OFTEN_IN_PARTS) {
            match self.dice.roll() % 8 {
                0 => self.loads_beside_news(world),
                1 => self.moves_within(world),
                2 => self.moves_away(world),
                3 => self.loads_in_pieces(world),
                4 => self.joins(world),
                _ => self.closes(world),
            }
        }
    }

    /// Two devices.
    fn two(&mut self, world: &World) -> (usize, usize) {
        let all = world.devices.len() as u64;
        let one = self.dice.roll() % all;
        let other = (one + 1 + self.dice.roll() % (all - 1)) % all;
        (one as usize, other as usize)
    }

    /// A record of a type that a device shows; made by the first device where there is none.
    fn one(&mut self, world: &mut World, device: usize, (of, fields): (&str, &str)) -> Option<RecordId> {
        if let Some(id) = self.shown(world, device, of) {
            return Some(id);
        }
        let id = self.fresh(world);
        says(world, 0, &format!(r#"[{{"insert":"{of}","id":"{id}","fields":{fields}}}]"#));
        world.play_for(3_000);
        self.shown(world, device, of)
    }

    fn shown(&mut self, world: &mut World, device: usize, of: &str) -> Option<RecordId> {
        let shown = world.devices[device].store.export(Export::Shown).expect("BUG: an export");
        let all: Vec<RecordId> =
            Line::all(&shown).values().filter(|line| line.of == of).map(|it| it.id).collect();
        (!all.is_empty()).then(|| all[(self.dice.roll() % all.len() as u64) as usize])
    }

    /// A device makes a product of a name, if it may.
    fn makes_product(&mut self, world: &mut World, device: usize, name: &str) -> RecordId {
        let id = self.fresh(world);
        let made = format!(r#"[{{"insert":"product","id":"{id}","fields":{{"name":"{name}"}}}}]"#);
        says(world, device, &made);
        id
    }

    fn fresh(&mut self, world: &World) -> RecordId {
        RecordId::v7(world.now_ms, bytes(&mut self.dice))
    }
}

/// A device does something, in the JSON of an op's changes. Whether it may is its own affair.
fn says(world: &mut World, device: usize, changes: &str) -> bool {
    does(world, device, Doing::Act(action(changes)))
}

/// The same under an action of its own.
fn says_as(world: &mut World, device: usize, name: &str, changes: &str) -> bool {
    does(world, device, Doing::Act(Action { action: name.into(), ..action(changes) }))
}

fn does(world: &mut World, device: usize, doing: Doing) -> bool {
    world.does(device, doing).is_ok()
}

/// What a device saved of a change, if it took it.
fn acts(world: &mut World, device: usize, changes: &str) -> Option<Acted> {
    world.act(device, action(changes)).ok()
}

/// What somebody changes while away, in one op after the other, and somebody else changes meanwhile. Gives the first op,
/// which is held if the two disagree.
fn apart(world: &mut World, (one, other): (usize, usize), mine: &[String], theirs: &str) -> Option<Acted> {
    away(world, one);
    let acted: Vec<Acted> = mine.iter().filter_map(|changes| acts(world, one, changes)).collect();
    says(world, other, theirs);
    world.play_for(3_000);
    back(world, one);
    acted.into_iter().next()
}

/// The first conflict that is open on a device.
fn open(world: &mut World, device: usize) -> Option<fieldbook_model::OpId> {
    let open = world.devices[device].store.conflicts(Which::Open).expect("BUG: conflicts that do not read");
    open.last().map(|conflict| conflict.id)
}

/// A device is away until [`back`].
fn away(world: &mut World, device: usize) {
    world.offline(device, 100_000_000);
}

/// A device is online again, somebody opens the app, and there is a moment to say and hear everything.
fn back(world: &mut World, device: usize) {
    world.devices[device].offline_until_ms = world.now_ms;
    world.kill(device);
    world.play_for(5_000);
}

/// What a history looks like while nothing else goes wrong.
fn undisturbed(world: &mut World, history: impl FnOnce(&mut World)) {
    let faults = std::mem::replace(&mut world.faults, Faults::none());
    world.waits_are_over();
    history(world);
    world.faults = faults;
}

/// The same, and some devices are there and have no trouble behind them.
pub(crate) fn calmly(world: &mut World, devices: &[usize], history: impl FnOnce(&mut World)) {
    undisturbed(world, |world| {
        for device in devices {
            world.surround(*device, Conditions::default());
            world.devices[*device].offline_until_ms = world.now_ms;
            world.kill(*device);
        }
        world.play_for(5_000);
        history(world);
    });
}
