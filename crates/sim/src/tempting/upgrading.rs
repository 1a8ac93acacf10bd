//! A device that is brought to a newer schema while pages are on their way to it.

use super::{Tempting, away, back, calmly};
use crate::anyone::Anyone;
use crate::world::World;

/// So much is done by others meanwhile.
const DONE: usize = 6;

impl Tempting {
    /// The workspace got newer. Pages in the words that a device had come when it has the newer ones (I36).
    pub fn upgrades_under_way(&mut self, world: &mut World, people: &mut Anyone) {
        let (device, other) = self.two(world);
        let id = world.devices[device].id;
        if world.version_of(device) >= world.schema.version || !world.server.may_read(id) {
            return;
        }
        away(world, device);
        calmly(world, &[other], |world| {
            (0..DONE).for_each(|_| people.act(world, other));
            world.play_for(3_000);
            let request = world.devices[device].store.pull_request().expect("BUG: a request");
            let wall = world.wall();
            let pages = world.server.pull(id, request, wall);
            let first = (self.dice.roll() % (pages.len() as u64 + 1)) as usize;
            let (before, after) = pages.split_at(first);
            world.takes_in(device, before);
            world.catches_up(device);
            world.takes_in(device, after);
            world.checks.count("I36 a page is on its way while a device upgrades");
            back(world, device);
        });
    }
}
