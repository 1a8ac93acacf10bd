//! What is held, and what people make of it: one decides about several ops at once, too late, or without being asked, and
//! what was decided is taken back.

use fieldbook_device_store::{Asks, Side, Wish};
use fieldbook_model::{Json, RecordId, Role};

use super::{PRODUCT, Tempting, acts, apart, away, back, calmly, does, says};
use crate::world::{Doing, World};

const TARIFF: (&str, &str) = ("tariff", r#"{"title":"winter","rate":1}"#);

impl Tempting {
    pub(super) fn decides(&mut self, world: &mut World) {
        match self.dice.roll() % 4 {
            0 => self.decides_about_a_chain(world),
            1 => self.takes_back_what_was_decided(world),
            2 => self.decides_late(world),
            _ => self.decides_about_a_rate(world),
        }
    }

    /// Somebody changes a price twice while another changes it: one decision is about both.
    fn decides_about_a_chain(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        calmly(world, &[one, other], |world| {
            let Some(id) = self.one(world, one, PRODUCT) else { return };
            let [first, second, theirs] = [(); 3].map(|()| self.price(id));
            let Some(held) = apart(world, (one, other), &[first, second], &theirs) else { return };
            let decider = if self.dice.roll().is_multiple_of(2) { one } else { other };
            does(world, decider, Doing::Resolve(held.op_id, self.wish(id)));
            world.play_for(3_000);
        });
    }

    /// Somebody decides about what another did, who takes it back when the decision is there.
    fn takes_back_what_was_decided(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        calmly(world, &[one, other], |world| {
            let Some(id) = self.one(world, one, PRODUCT) else { return };
            let [mine, theirs] = [(); 2].map(|()| self.price(id));
            let Some(held) = apart(world, (one, other), &[mine], &theirs) else { return };
            does(world, other, Doing::Resolve(held.op_id, self.wish(id)));
            world.play_for(3_000);
            does(world, one, Doing::Undo(Some(held.seq), Asks::Anyway));
            world.play_for(3_000);
        });
    }

    /// Somebody decides without a network, and builds upon it; meanwhile the other side changes again.
    fn decides_late(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        calmly(world, &[one, other], |world| {
            let Some(id) = self.one(world, one, PRODUCT) else { return };
            let [mine, theirs, later] = [(); 3].map(|()| self.price(id));
            let Some(held) = apart(world, (one, other), &[mine], &theirs) else { return };
            away(world, one);
            does(world, one, Doing::Resolve(held.op_id, self.wish(id)));
            let name = r#""set":{"name":"built upon it"}"#;
            acts(world, one, &format!(r#"[{{"update":"product","id":"{id}",{name}}}]"#));
            says(world, other, &later);
            world.play_for(3_000);
            back(world, one);
        });
    }

    /// A manager and the owner disagree about a rate, and others decide, who may not set it.
    fn decides_about_a_rate(&mut self, world: &mut World) {
        let all: Vec<usize> = (0..world.devices.len()).collect();
        let manager = self.two(world).1.max(1);
        calmly(world, &all, |world| {
            drop(world.says(manager, Role::App("manager".to_owned())));
            world.play_for(3_000);
            let Some(id) = self.one(world, manager, TARIFF) else { return };
            let rate = |n: u8| format!(r#"[{{"update":"tariff","id":"{id}","set":{{"rate":{n}}}}}]"#);
            let Some(held) = apart(world, (manager, 0), &[rate(7)], &rate(8)) else { return };
            for decider in all.iter().filter(|device| ![0, manager].contains(device)) {
                let wish = if self.dice.roll().is_multiple_of(2) { Wish::Mine } else { Wish::Theirs };
                does(world, *decider, Doing::Resolve(held.op_id, wish));
            }
            world.play_for(3_000);
        });
    }

    fn price(&mut self, id: RecordId) -> String {
        let price = self.dice.roll() % 900;
        format!(r#"[{{"update":"product","id":"{id}","set":{{"price":"{price}.00"}}}}]"#)
    }

    /// What somebody decides about a price.
    fn wish(&mut self, id: RecordId) -> Wish {
        match self.dice.roll() % 3 {
            0 => Wish::Mine,
            1 => Wish::Theirs,
            _ => {
                let price = Json::Text(format!("{}.00", self.dice.roll() % 900));
                Wish::Fields { values: vec![(format!("{id}.price"), price)], rest: Some(Side::Mine) }
            }
        }
    }
}
