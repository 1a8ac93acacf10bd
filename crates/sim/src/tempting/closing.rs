//! Parts that are closed to somebody: what lies in them and is open all the same, what a conflict tells of them, and what is
//! left of it to somebody who was removed.

use fieldbook_device_store::Asks;
use fieldbook_model::{RecordId, Role, Scope};

use super::{Tempting, acts, apart, calmly, does, says};
use crate::world::{Doing, World};

impl Tempting {
    pub(super) fn closes(&mut self, world: &mut World) {
        // An owner reads all; who it is about is somebody else.
        let member = 1 + (self.dice.roll() % (world.devices.len() as u64 - 1)) as usize;
        let all: Vec<usize> = (0..world.devices.len()).collect();
        let which = self.dice.roll() % 3;
        calmly(world, &all, |world| match which {
            0 => self.closes_around(world, member),
            1 => self.closes_one_side(world, member),
            _ => self.removes_and_lets_in(world, member),
        });
    }

    /// A floor is open to somebody to whom its estate is closed; it goes with what owns it, and comes back (rule 18).
    fn closes_around(&mut self, world: &mut World, member: usize) {
        let Some((estate, floor, building)) = self.house(world, 0) else { return };
        self.makes_asset(world, 0, &floor);
        drop(world.grants(member, estate.clone(), Some(Role::Nobody)));
        drop(world.grants(member, floor.clone(), Some(Role::Member)));
        match self.dice.roll() % 2 {
            0 => world.load(member, &estate, true),
            _ => world.load(member, &floor, false),
        }
        world.play_for(3_000);
        let gone = match self.dice.roll() % 2 {
            0 => format!(r#"[{{"delete":"building","id":"{building}"}}]"#),
            _ => format!(r#"[{{"delete":"floor","id":"{}"}}]"#, floor.id),
        };
        let Some(gone) = acts(world, 0, &gone) else { return };
        world.play_for(3_000);
        if self.dice.roll().is_multiple_of(2) {
            does(world, 0, Doing::Undo(Some(gone.seq), Asks::Anyway));
            world.play_for(3_000);
        }
    }

    /// Two disagree about what stands on two floors, one of which is closed to somebody (rule 50).
    fn closes_one_side(&mut self, world: &mut World, member: usize) {
        let Some((estate, floor, building)) = self.house(world, 0) else { return };
        let Some(other) = self.another_floor(world, 0, building) else { return };
        let here = self.makes_asset(world, 0, &floor);
        let there = self.makes_asset(world, 0, &other);
        (0..world.devices.len()).for_each(|device| world.load(device, &estate, true));
        world.play_for(3_000);
        let first = self.dice.roll().is_multiple_of(2);
        if first {
            drop(world.grants(member, other.clone(), Some(Role::Nobody)));
        }
        let serials = |by: &str| {
            let one = |id| format!(r#"{{"update":"asset","id":"{id}","set":{{"serial":"{by}"}}}}"#);
            format!("[{},{}]", one(here), one(there))
        };
        let author = (1..world.devices.len()).find(|device| *device != member || !first);
        let Some(author) = author else { return };
        apart(world, (author, 0), &[serials("brass")], &serials("amber"));
        if !first {
            drop(world.grants(member, other, Some(Role::Nobody)));
        }
        world.play_for(3_000);
    }

    /// Whoever is removed and let in again has what the role gives, and not what was given before (I28).
    fn removes_and_lets_in(&mut self, world: &mut World, member: usize) {
        let Some((estate, floor, _)) = self.house(world, 0) else { return };
        let role = if self.dice.roll().is_multiple_of(2) { Role::Nobody } else { Role::Viewer };
        drop(world.grants(member, floor.clone(), Some(role)));
        world.load(member, &estate, true);
        world.play_for(3_000);
        drop(world.says(member, Role::Nobody));
        world.play_for(3_000);
        drop(world.says(member, Role::Member));
        // Who was turned away asks again when somebody starts the app.
        world.kill(member);
        world.play_for(3_000);
        self.makes_asset(world, member, &floor);
        world.play_for(3_000);
    }

    fn makes_asset(&mut self, world: &mut World, device: usize, floor: &Scope) -> RecordId {
        let (id, floor) = (self.fresh(world), floor.id);
        let fields = format!(r#"{{"floor":"{floor}","name":"closed"}}"#);
        says(world, device, &format!(r#"[{{"insert":"asset","id":"{id}","fields":{fields}}}]"#));
        id
    }
}
