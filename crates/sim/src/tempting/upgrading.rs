//! A device that is brought to a newer schema while pages are on their way to it, and one that writes the whole of what the
//! newer schema has in parts.

use fieldbook_device_store::Follow;

use super::{Tempting, away, back, calmly, says};
use crate::anyone::Anyone;
use crate::world::World;

/// So much is done by others meanwhile.
const DONE: usize = 6;

/// A field that the next version splits.
struct Split {
    /// The version that still has the whole.
    version: u32,
    of: &'static str,
    whole: &'static str,
    /// What the next version calls the first part.
    first: &'static str,
    /// The reference to what it lies in, and the type of that.
    within: Option<(&'static str, &'static str)>,
}

const SPLITS: [Split; 3] = [
    Split { version: 1, of: "client", whole: "name", first: "first", within: None },
    Split { version: 3, of: "page", whole: "text", first: "head", within: Some(("customer", "customer")) },
    Split { version: 4, of: "page", whole: "rest", first: "body", within: Some(("customer", "customer")) },
];

impl Tempting {
    /// The workspace got newer, and somebody is behind.
    pub fn upgrades(&mut self, world: &mut World, people: &mut Anyone) {
        let before = world.schema.version - 1;
        let split = SPLITS.iter().find(|split| split.version == before);
        match split.filter(|_| self.dice.roll().is_multiple_of(2)) {
            Some(split) => self.writes_the_whole(world, split),
            None => self.upgrades_under_way(world, people),
        }
    }

    /// Pages in the words that a device had come when it has the newer ones (I36).
    fn upgrades_under_way(&mut self, world: &mut World, people: &mut Anyone) {
        let newest = world.schema.version;
        let Some((device, other)) = self.behind(world, |version| version < newest) else { return };
        let id = world.devices[device].id;
        away(world, device);
        calmly(world, &[other], |world| {
            (0..DONE).for_each(|_| people.act(world, other));
            world.play_for(3_000);
            let request = world.devices[device].store.pull_request().expect("BUG: a request");
            let wall = world.wall();
            let pages = world.server.pull(id, request, wall);
            // What is taken in before may be nothing: then the rest continues what is here.
            let first = match self.dice.roll() % 2 {
                0 => 0,
                _ => (self.dice.roll() % (pages.len() as u64 + 1)) as usize,
            };
            let (before, after) = pages.split_at(first);
            world.takes_in(device, before);
            world.catches_up(device);
            world.takes_in(device, after);
            world.checks.count("I36 a page is on its way while a device upgrades");
            back(world, device);
        });
    }

    /// Somebody changes the second part of a field by writing all of it, as an older version does, and somebody else the
    /// first, which is left as that one wrote it (rule 48).
    fn writes_the_whole(&mut self, world: &mut World, split: &Split) {
        let newest = world.schema.version;
        let Some((device, other)) = self.behind(world, |version| version == split.version) else { return };
        world.follow(device, Follow::App);
        world.follow(other, Follow::Server);
        calmly(world, &[device, other], |world| {
            let Split { of, whole, first, within, .. } = split;
            let (id, around) = (self.fresh(world), self.fresh(world));
            let field = |to: &str| format!(r#""{whole}":"{to}""#);
            let (made, fields) = match within {
                Some((reference, of)) => (
                    format!(r#"{{"insert":"{of}","id":"{around}","fields":{{}}}},"#),
                    format!(r#""{reference}":"{around}",{}"#, field("long white")),
                ),
                None => (String::new(), field("long white")),
            };
            let made = format!(r#"[{made}{{"insert":"{of}","id":"{id}","fields":{{{fields}}}}}]"#);
            if !says(world, device, &made) {
                return;
            }
            world.play_for(3_000);
            if world.version_of(other) != newest {
                return;
            }
            away(world, device);
            let set = |what: &str| format!(r#"[{{"update":"{of}","id":"{id}","set":{{{what}}}}}]"#);
            says(world, device, &set(&field("long black")));
            says(world, other, &set(&format!(r#""{first}":"short""#)));
            world.play_for(3_000);
            back(world, device);
            world.checks.count("rule 48 an older device writes the whole while another writes a part");
        });
        if self.dice.roll().is_multiple_of(2) {
            world.follow(device, Follow::Server);
        }
    }

    /// A device of some older version that may read, and another.
    fn behind(&mut self, world: &World, is: impl Fn(u32) -> bool) -> Option<(usize, usize)> {
        let all = world.devices.len();
        let from = (self.dice.roll() % all as u64) as usize;
        let mut devices = (0..all).map(|place| (from + place) % all);
        let fits = |device: &usize| {
            is(world.version_of(*device)) && world.server.may_read(world.devices[*device].id)
        };
        let device = devices.find(fits)?;
        Some((device, (device + 1 + (self.dice.roll() % (all as u64 - 1)) as usize) % all))
    }
}
