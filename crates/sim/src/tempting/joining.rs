//! Parts that have come and wait for the pull that joins them: what happens to them and elsewhere meanwhile, and a device
//! that is stopped in the middle of joining them.

use fieldbook_device_store::ScopeState;
use fieldbook_model::{RecordId, Scope};

use super::parts::state;
use super::{Tempting, away, back, calmly, says};
use crate::world::World;

/// A part comes within so many milliseconds, or is here by then.
const PATIENCE_MS: u64 = 2_000;

impl Tempting {
    pub(super) fn joins(&mut self, world: &mut World) {
        let (device, other) = self.two(world);
        if !world.server.may_read(world.devices[device].id) {
            return;
        }
        let which = self.dice.roll() % 2;
        calmly(world, &[device, other], |world| match which {
            0 => self.joins_in_pieces(world, device, other),
            _ => self.joins_what_was_not_there(world, device, other),
        });
    }

    /// A part joins with what happened to it and elsewhere, and the device is stopped in the middle of that (rule 15).
    fn joins_in_pieces(&mut self, world: &mut World, device: usize, other: usize) {
        let Some((_, floor, building)) = self.house(world, other) else { return };
        self.furnishes(world, other, &floor, 3);
        world.play_for(3_000);
        if !waits_to_join(world, device, &floor) {
            return;
        }
        self.furnishes(world, other, &floor, 3);
        self.another_floor(world, other, building);
        let id = self.fresh(world);
        says(
            world,
            other,
            &format!(r#"[{{"insert":"notice","id":"{id}","fields":{{"text":"beside it"}}}}]"#),
        );
        world.play_for(3_000);
        let (id, wall) = (world.devices[device].id, world.wall());
        let request = world.devices[device].store.pull_request().expect("BUG: a request");
        for page in world.server.pull(id, request, wall) {
            world.is_stopped_at_any_step(device, &page, &mut self.dice);
            world.takes_in(device, &[page]);
        }
        back(world, device);
    }

    /// Somebody knows of a floor by word of mouth: what comes of it is from before it was made (I17).
    fn joins_what_was_not_there(&mut self, world: &mut World, device: usize, other: usize) {
        let Some((_, _, building)) = self.house(world, other) else { return };
        let floor = Scope { of: "floor".to_owned(), id: self.fresh(world) };
        if !waits_to_join(world, device, &floor) {
            return;
        }
        makes_floor(world, other, building, floor.id);
        self.furnishes(world, other, &floor, 2);
        world.play_for(3_000);
        back(world, device);
        world.play_for(10_000);
        let is = state(world, device, &floor);
        assert!(is == Some(ScopeState::Loaded), "I17: a part that was asked for is {is:?} and not shown");
        world.checks.count("I17 a part that was made after it came is shown");
    }
}

fn makes_floor(world: &mut World, device: usize, building: RecordId, id: RecordId) {
    let fields = format!(r#"{{"building":"{building}","name":"roof"}}"#);
    says(world, device, &format!(r#"[{{"insert":"floor","id":"{id}","fields":{fields}}}]"#));
}

/// A device asks for a part and loses its network in the moment in which that has come. Tells whether it has.
fn waits_to_join(world: &mut World, device: usize, part: &Scope) -> bool {
    world.load(device, part, false);
    for _ in 0..PATIENCE_MS {
        match state(world, device, part) {
            Some(ScopeState::Wanted) => world.play_for(1),
            Some(ScopeState::Ready) => {
                away(world, device);
                return true;
            }
            _ => return false,
        }
    }
    false
}
