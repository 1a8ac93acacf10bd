//! Worlds whose server forgets what was deleted, after minutes or after half a year, while devices are away for longer.

use fieldbook_device_store::{Action, Export};
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::{Change, Json, RecordId, Version};

use crate::checks::Line;
use crate::network::happens;
use crate::people::{action, update};
use crate::tempting::calmly;
use crate::world::{Doing, World};

/// A day.
const DAY_MS: u64 = 86_400_000;

/// When a server forgets. All its chance is its own, so that the worlds of other seeds are what they were.
pub struct Forgetting {
    dice: Dice,
    on: bool,
}

impl Forgetting {
    /// Of a seed: three worlds of twenty.
    pub fn of(seed: u64) -> Self {
        Self { dice: Dice(seed ^ 0x60_4e), on: matches!(seed % 20, 5 | 7 | 15) }
    }

    /// Perhaps the server forgets, or somebody goes away, or a long time passes.
    pub fn step(&mut self, world: &mut World) {
        if !self.on {
            return;
        }
        if happens(&mut self.dice, 25) {
            self.tempts(world);
        }
        if happens(&mut self.dice, 120) {
            let keep_ms = 500 + self.dice.roll() % 20_000;
            world.forgets(keep_ms);
        }
        if happens(&mut self.dice, 30) {
            let device = (self.dice.roll() % world.devices.len() as u64) as usize;
            let ms = 20_000 + self.dice.roll() % 150_000;
            world.offline(device, ms);
        }
        if happens(&mut self.dice, 8) {
            let days = 1 + self.dice.roll() % 400;
            world.leap(days * DAY_MS);
            world.forgets(180 * DAY_MS);
        }
    }

    /// One goes away and works on a record, another deletes it, and the server forgets it.
    fn tempts(&mut self, world: &mut World) {
        let all = world.devices.len() as u64;
        let one = (self.dice.roll() % all) as usize;
        let there = (one + 1 + (self.dice.roll() % (all - 1)) as usize) % world.devices.len();
        let calm = self.dice.roll().is_multiple_of(2);
        match calm {
            true => calmly(world, &[one, there], |world| self.is_forgotten(world, one, there)),
            false => self.is_forgotten(world, one, there),
        }
    }

    fn is_forgotten(&mut self, world: &mut World, one: usize, there: usize) {
        let Some((of, field, id)) = self.counted(world, one) else { return };
        if !(world.opens(one) && world.opens(there)) {
            return;
        }
        world.offline(one, 30_000 + self.dice.roll() % 60_000);
        let delete = Change::Delete { of: of.into(), id, base: Version::ZERO };
        let change = match self.dice.roll() % 4 {
            0 => update(of, id, [("set", [("name", Json::Text("tempted".into()))].into())]),
            1 => delete.clone(),
            _ => update(of, id, [("add", [(field, Json::Int(2))].into())]),
        };
        for (device, change) in [(there, delete), (one, change)] {
            // It may be refused at once: not everybody has it, or may.
            let wanted = Action { changes: vec![change], ..action("[]") };
            drop(world.does(device, Doing::Act(wanted)));
        }
        world.play_for(3_000);
        world.forgets(500);
    }

    /// A record that a device shows and that has a number to which one adds.
    fn counted(
        &mut self,
        world: &mut World,
        device: usize,
    ) -> Option<(&'static str, &'static str, RecordId)> {
        let shown = world.devices[device].store.export(Export::Shown).expect("BUG: an export");
        let lines = Line::all(&shown);
        let kinds = [("product", "stock"), ("asset", "count")];
        let own = lines.values().filter_map(|line| {
            let (of, field) = kinds.into_iter().find(|(of, _)| line.of == *of)?;
            line.fields.find(field)?;
            Some((of, field, line.id))
        });
        let own: Vec<_> = own.collect();
        (!own.is_empty()).then(|| own[(self.dice.roll() % own.len() as u64) as usize])
    }
}
