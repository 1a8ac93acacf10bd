//! Two people change several things apart from each other; each pair of changes meets in its own way, and what is held is
//! decided about when something else has happened to it.

use fieldbook_device_store::Wish;
use fieldbook_model::{RecordId, Role};

use super::{Tempting, acts, away, back, calmly, does, says};
use crate::world::{Doing, World};

/// What two people differ about.
struct Things {
    gauge: RecordId,
    contract: RecordId,
    product: RecordId,
    customers: [RecordId; 2],
}

impl Tempting {
    /// Somebody is away and comes back to what another did meanwhile: mostly an owner, whose word counts for more.
    pub(super) fn differs(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        let (one, other) = match self.dice.roll() % 3 {
            _ if one == 0 => (other, one),
            0 => (one, other),
            _ => (one, 0),
        };
        drop(world.says(one, Role::Member));
        calmly(world, &[one, other], |world| {
            let Some(things) = self.things(world, other) else { return };
            away(world, one);
            let shared = format!("s{}", self.dice.roll() % 1_000_000);
            self.goes_one_way(world, one, &things, &shared);
            let code = format!("c{}", self.dice.roll() % 1_000_000);
            let both = self.priced_with_a_customer(world, &things, &code);
            let held = acts(world, one, &both);
            self.goes_another_way(world, other, &things, &shared);
            world.play_for(3_000);
            back(world, one);
            let Some(held) = held else { return };
            // Another customer of that code, who touches nothing that waits (rule 10).
            let id = self.fresh(world);
            says(
                world,
                other,
                &format!(r#"[{{"insert":"customer","id":"{id}","fields":{{"code":"{code}"}}}}]"#),
            );
            world.play_for(3_000);
            for decider in [one, other] {
                does(world, decider, Doing::Resolve(held.op_id, Wish::Mine));
                world.play_for(3_000);
            }
        });
    }

    /// A gauge, a contract, a product and two customers, whom everybody sees.
    fn things(&mut self, world: &mut World, device: usize) -> Option<Things> {
        let [gauge, contract, product, first, second] = [(); 5].map(|()| self.fresh(world));
        let made = format!(
            r#"[{{"insert":"gauge","id":"{gauge}","fields":{{"name":"dial","highest":5,"marks":["p","q"]}}}},
                {{"insert":"contract","id":"{contract}","fields":{{"title":"lease"}}}},
                {{"insert":"product","id":"{product}","fields":{{"name":"tea"}}}},
                {{"insert":"customer","id":"{first}","fields":{{"note":"first"}}}},
                {{"insert":"customer","id":"{second}","fields":{{"note":"second"}}}}]"#
        );
        let made = says(world, device, &made);
        world.play_for(3_000);
        made.then_some(Things { gauge, contract, product, customers: [first, second] })
    }

    fn goes_one_way(&mut self, world: &mut World, device: usize, things: &Things, code: &str) {
        let Things { gauge, contract, customers: [first, _], .. } = things;
        let ceiling = self.dice.roll() % 90;
        for changes in [
            format!(r#"[{{"update":"gauge","id":"{gauge}","exclude":{{"marks":["p"]}}}}]"#),
            format!(r#"[{{"update":"gauge","id":"{gauge}","set":{{"ceiling":"{ceiling}.00"}}}}]"#),
            format!(r#"[{{"delete":"contract","id":"{contract}"}}]"#),
            format!(r#"[{{"update":"customer","id":"{first}","set":{{"code":"{code}"}}}}]"#),
        ] {
            says(world, device, &changes);
        }
    }

    fn goes_another_way(&mut self, world: &mut World, device: usize, things: &Things, code: &str) {
        let Things { gauge, contract, product, customers: [_, second] } = things;
        let (ceiling, price) = (self.dice.roll() % 90, self.dice.roll() % 90);
        let adds = r#""add":{"copies":1},"include":{"seals":["red"]}"#;
        for changes in [
            format!(r#"[{{"update":"gauge","id":"{gauge}","include":{{"marks":["p"]}}}}]"#),
            format!(r#"[{{"update":"gauge","id":"{gauge}","set":{{"ceiling":"{ceiling}.00"}}}}]"#),
            format!(r#"[{{"update":"contract","id":"{contract}",{adds}}}]"#),
            format!(r#"[{{"update":"customer","id":"{second}","set":{{"code":"{code}"}}}}]"#),
            format!(r#"[{{"update":"product","id":"{product}","set":{{"price":"{price}.00"}}}}]"#),
        ] {
            says(world, device, &changes);
        }
    }

    /// One op that makes a customer of a code and changes a price.
    fn priced_with_a_customer(&mut self, world: &World, things: &Things, code: &str) -> String {
        let (id, product, price) = (self.fresh(world), things.product, self.dice.roll() % 90);
        format!(
            r#"[{{"insert":"customer","id":"{id}","fields":{{"code":"{code}"}}}},
                {{"update":"product","id":"{product}","set":{{"price":"{price}.50"}}}}]"#
        )
    }
}
