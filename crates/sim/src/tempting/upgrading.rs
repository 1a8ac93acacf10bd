//! A device that is brought to a newer schema while pages are on their way to it.

use super::{Tempting, away, back, undisturbed};
use crate::world::World;

impl Tempting {
    /// The workspace got newer. Pages in the words that a device had come when it has the newer ones (I36).
    pub fn upgrades_under_way(&mut self, world: &mut World) {
        let device = self.two(world).0;
        let id = world.devices[device].id;
        if world.version_of(device) >= world.schema.version || !world.server.may_read(id) {
            return;
        }
        undisturbed(world, |world| {
            away(world, device);
            let request = world.devices[device].store.pull_request().expect("BUG: a request");
            let wall = world.wall();
            let pages = world.server.pull(id, request, wall);
            let first = (self.dice.roll() % (pages.len() as u64 + 1)) as usize;
            let (before, after) = pages.split_at(first);
            world.takes_in(device, before);
            world.catches_up(device);
            world.takes_in(device, after);
            world.checks.count("I36 a page is on its way while a device upgrades");
            world.kill(device);
            back(world, device);
        });
    }
}
