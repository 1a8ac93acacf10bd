//! What people do about what was done before: undo and redo, decide about conflicts, give up, send again.

use std::collections::BTreeMap;

use fieldbook_device_store::{Asks, Conflict, ConflictUnit, LogFilter, OpState, Side, Which, Wish};
use fieldbook_model::{Change, Json, OpId, Seq, json};

use super::{People, price, text};
use crate::world::{Doing, World};

/// How many are taken back at once.
const MUCH: u64 = 3;
/// With more ops than this under way nobody takes anything back.
const PENDING_MAX: u64 = 3;

impl People {
    /// Somebody does something about an earlier op.
    pub fn second(&mut self, world: &mut World, device: usize) {
        let pending = world.devices[device].store.facts().expect("BUG: facts").pending();
        match world.dice.roll() % 100 {
            // The reference reads a log from its beginning for each undo that waits, again for each before it.
            0..44 if pending > PENDING_MAX => self.decide(world, device),
            0..26 => self.undo(world, device),
            26..38 => self.redo(world, device),
            38..44 if pending == 0 => {
                let steps = 1 + world.dice.roll() % MUCH;
                world.there_and_back(device, steps as usize);
            }
            44..74 => self.decide(world, device),
            74..82 => self.discard(world, device),
            82..96 => self.send_again(world, device),
            _ => self.undo_one(world, device),
        }
    }

    fn undo(&mut self, world: &mut World, device: usize) {
        let asks = asks(world);
        // What does not fit is refused at once.
        let _ = world.does(device, Doing::Undo(None, asks));
    }

    fn redo(&mut self, world: &mut World, device: usize) {
        let asks = asks(world);
        let _ = world.does(device, Doing::Redo(None, asks));
    }

    /// Any op of the log, also one that was taken back, refused or is held.
    fn undo_one(&mut self, world: &mut World, device: usize) {
        let last = world.devices[device].promised.len() as u64;
        if last > 0 {
            let seq = Seq(last - world.dice.roll() % last.min(8));
            let doing = match world.dice.roll() % 3 {
                0 => Doing::Redo(Some(seq), Asks::Anyway),
                _ => Doing::Undo(Some(seq), Asks::Anyway),
            };
            let _ = world.does(device, doing);
        }
    }

    /// Somebody decides about a conflict; and perhaps about all that are like it, in the same way.
    fn decide(&mut self, world: &mut World, device: usize) {
        let Some(conflict) = self.one(world, device) else { return };
        let wish = wish(world, &conflict);
        let alike = world.devices[device].store.alike(conflict.id).expect("BUG: conflicts that do not read");
        let _ = world.does(device, Doing::Resolve(conflict.id, wish.clone()));
        if matches!(wish, Wish::Mine | Wish::Theirs) && world.dice.roll().is_multiple_of(2) {
            for other in alike {
                let _ = world.does(device, Doing::Resolve(other, wish.clone()));
            }
        }
    }

    fn one(&mut self, world: &mut World, device: usize) -> Option<Conflict> {
        let mut open = open(world, device);
        match open.len() as u64 {
            0 => None,
            len => Some(open.swap_remove((world.dice.roll() % len) as usize)),
        }
    }

    /// Gives up what was refused or is held, of this device's or another's.
    fn discard(&mut self, world: &mut World, device: usize) {
        let mut ops: Vec<OpId> = open(world, device).into_iter().map(|conflict| conflict.id).collect();
        for state in [OpState::Rejected, OpState::Conflicted, OpState::LostBase] {
            ops.extend(in_state(world, device, state).into_iter().map(|(_, op)| op));
        }
        if !ops.is_empty() {
            let op = ops[(world.dice.roll() % ops.len() as u64) as usize];
            let _ = world.does(device, Doing::Discard(op));
        }
    }

    /// Sends something that was refused again, as it was or edited.
    fn send_again(&mut self, world: &mut World, device: usize) {
        let refused = in_state(world, device, OpState::Rejected);
        if refused.is_empty() {
            return;
        }
        let (seq, _) = refused[(world.dice.roll() % refused.len() as u64) as usize];
        let edited = match world.dice.roll() % 2 {
            0 => None,
            _ => self.edited(world, device, seq),
        };
        let _ = world.does(device, Doing::Retry(seq, edited));
    }

    /// The changes of an op without the first, or with small numbers where it added large ones.
    fn edited(&mut self, world: &mut World, device: usize, seq: Seq) -> Option<Vec<Change>> {
        let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
        let entry = world.devices[device].store.log(filter).expect("BUG: the log").pop()?;
        let mut changes: Vec<Change> = json::parse(&json::write(&entry.changes)).ok()?;
        if changes.len() > 1 {
            changes.remove(0);
        }
        for change in &mut changes {
            if let Change::Update { add, .. } = change {
                add.0.iter_mut().for_each(|(_, number)| *number = Json::Int(1));
            }
        }
        Some(changes)
    }

    /// Whoever may decides about what is left, until nothing is: one decision for each conflict, at the first device.
    pub fn settle_the_rest(&mut self, world: &mut World) {
        const ROUNDS_MAX: usize = 40;
        for _ in 0..ROUNDS_MAX {
            world.drain();
            let open = open(world, 0);
            if open.is_empty() {
                return world.checks.count("I17 conflicts drain when people decide");
            }
            for conflict in open {
                let wish = wish(world, &conflict);
                let doing = match world.dice.roll() % 5 {
                    0 => Doing::Discard(conflict.id),
                    _ => Doing::Resolve(conflict.id, wish),
                };
                if world.does(0, doing).is_err() {
                    let _ = world.does(0, Doing::Resolve(conflict.id, Wish::Theirs));
                }
            }
        }
        panic!("I17: conflicts are still open after {ROUNDS_MAX} rounds of decisions: {:?}", open(world, 0));
    }
}

fn asks(world: &mut World) -> Asks {
    if world.dice.roll().is_multiple_of(3) { Asks::First } else { Asks::Anyway }
}

fn open(world: &mut World, device: usize) -> Vec<Conflict> {
    world.devices[device].store.conflicts(Which::Open).expect("BUG: conflicts that do not read")
}

fn in_state(world: &mut World, device: usize, state: OpState) -> Vec<(Seq, OpId)> {
    let filter = LogFilter { state: Some(state), from: None, max: u32::MAX, newest_first: false };
    let log = world.devices[device].store.log(filter).expect("BUG: the log");
    log.into_iter().map(|entry| (entry.seq, entry.op_id)).collect()
}

fn wish(world: &mut World, conflict: &Conflict) -> Wish {
    match world.dice.roll() % 5 {
        0 | 1 => Wish::Mine,
        2 => Wish::Theirs,
        _ => {
            let mut values = Vec::new();
            for unit in &conflict.units {
                if world.dice.roll().is_multiple_of(2) {
                    values.extend(given(world, unit));
                }
            }
            let rest = if world.dice.roll().is_multiple_of(2) { Side::Mine } else { Side::Theirs };
            Wish::Fields { values, rest: Some(rest) }
        }
    }
}

/// A third value for each field of a unit that has some.
fn given(world: &mut World, unit: &ConflictUnit) -> Vec<(String, Json)> {
    let mut given = BTreeMap::new();
    if unit.unit.is_some() {
        for (name, _) in unit.mine.iter().chain(&unit.theirs).flat_map(|fields| &fields.0) {
            let value = match name.as_str() {
                "price" | "total" => price(world),
                "stock" | "x" | "y" | "highest" => Json::Int((world.dice.roll() % 60) as i64),
                "status" => "paid".into(),
                "area" | "asset" | "bill" | "customer" | "product" | "parent" | "folder" => continue,
                _ => text(world),
            };
            given.insert(format!("{}.{name}", unit.id), value);
        }
    }
    given.into_iter().collect()
}
