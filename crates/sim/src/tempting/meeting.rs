//! Two people change one thing apart from each other, and what the second had done comes first.

use fieldbook_device_store::{Asks, Wish};

use super::{PRODUCT, Tempting, away, back, does, open, says};
use crate::world::{Doing, World};

/// Ten years, in milliseconds.
const YEARS_MS: i64 = 315_360_000_000;

const GAUGE: (&str, &str) = ("gauge", r#"{"name":"boiler","highest":5}"#);
const CONTRACT: (&str, &str) = ("contract", r#"{"title":"lease"}"#);

impl Tempting {
    pub(super) fn meets(&mut self, world: &mut World) {
        match self.dice.roll() % 7 {
            0 => self.both(world, GAUGE, &[r#""reset":{"highest":0}"#, r#""set":{"highest":99}"#]),
            1 | 3 => self.differs(world),
            2 => self.clocks(world),
            4 => self.decides_for_others(
                world,
                CONTRACT,
                r#""set":{"title":"rent"}"#,
                r#""set":{"title":"loan"}"#,
            ),
            5 => self.takes_back_what_is_refused(world),
            _ => self.decides_twice(world),
        }
    }

    /// One changes a record in one way, another in another, which comes first.
    fn both(&mut self, world: &mut World, kind: (&str, &str), ways: &[&str; 2]) {
        let (one, other) = self.two(world);
        self.apart(world, (one, other), kind, ways);
    }

    fn apart(
        &mut self,
        world: &mut World,
        (one, other): (usize, usize),
        kind: (&str, &str),
        [mine, theirs]: &[&str; 2],
    ) {
        let Some(id) = self.one(world, one, kind) else { return };
        let of = kind.0;
        away(world, one);
        says(world, one, &format!(r#"[{{"update":"{of}","id":"{id}",{mine}}}]"#));
        says(world, other, &format!(r#"[{{"update":"{of}","id":"{id}",{theirs}}}]"#));
        world.play_for(3_000);
        back(world, one);
    }

    /// A clock is ten years ahead when its person writes; another writes later, and comes later.
    fn clocks(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        let Some(id) = self.one(world, one, GAUGE) else { return };
        let name = |to: &str| format!(r#"[{{"update":"gauge","id":"{id}","set":{{"name":"{to}"}}}}]"#);
        away(world, one);
        away(world, other);
        let before = std::mem::replace(&mut world.devices[one].clock_off_ms, YEARS_MS);
        says(world, one, &name("from the future"));
        back(world, one);
        world.devices[one].clock_off_ms = before;
        says(world, other, &name("later"));
        back(world, other);
    }

    /// Two disagree, and everybody tries to decide.
    fn decides_for_others(&mut self, world: &mut World, kind: (&str, &str), mine: &str, theirs: &str) {
        let (one, other) = self.two(world);
        self.apart(world, (one, other), kind, &[mine, theirs]);
        for device in (0..world.devices.len()).rev() {
            if let Some(conflict) = open(world, device) {
                does(world, device, Doing::Resolve(conflict, Wish::Mine));
            }
        }
        world.play_for(3_000);
    }

    /// Two decide about one conflict, and whoever made the op takes it back.
    fn decides_twice(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        self.apart(world, (one, other), PRODUCT, &[r#""set":{"price":"5.00"}"#, r#""set":{"price":"6.00"}"#]);
        let Some(conflict) = open(world, one) else { return };
        away(world, one);
        let wish = if self.dice.roll().is_multiple_of(2) { Wish::Mine } else { Wish::Theirs };
        does(world, other, Doing::Resolve(conflict, wish));
        does(world, one, Doing::Undo(None, Asks::Anyway));
        world.play_for(3_000);
        back(world, one);
        does(world, one, Doing::Undo(None, Asks::Anyway));
        world.play_for(3_000);
    }

    /// An op is refused because somebody else has used its id up, and its undo is on the way behind it.
    fn takes_back_what_is_refused(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        let Some(id) = self.one(world, one, PRODUCT) else { return };
        let taken = self.fresh(world);
        let made = format!(r#"{{"insert":"customer","id":"{taken}","fields":{{}}}}"#);
        away(world, one);
        if says(world, one, &format!(r#"[{made},{{"update":"product","id":"{id}","add":{{"stock":-2}}}}]"#)) {
            does(world, one, Doing::Undo(None, Asks::Anyway));
        }
        says(world, other, &format!("[{made}]"));
        world.play_for(3_000);
        back(world, one);
    }
}
