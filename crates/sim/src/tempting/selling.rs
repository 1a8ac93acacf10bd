//! At the till: one sale that is entered twice, and something that is too large for the way.

use fieldbook_device_store::Action;
use fieldbook_model::RecordId;

use super::{PRODUCT, Tempting, acts, away, back, calmly, does, says};
use crate::people::action;
use crate::world::{Doing, World};

/// No proxy of these lets more through at once, in bytes.
const WAY_BYTES: u64 = 1_500;
/// What is too large for one of them has so many.
const LARGE_BYTES: usize = 1_600;
/// What is behind something too large is sent within so many seconds.
const PATIENCE_S: u64 = 60;

impl Tempting {
    pub(super) fn sells(&mut self, world: &mut World) {
        match self.dice.roll() % 2 {
            0 => self.sells_twice(world),
            _ => self.is_too_large(world),
        }
    }

    /// Two tills, both without a network, enter one sale; both go on with the line that they made (rule 20).
    fn sells_twice(&mut self, world: &mut World) {
        let (one, other) = self.two(world);
        calmly(world, &[one, other], |world| {
            let Some(product) = self.one(world, one, PRODUCT) else { return };
            away(world, one);
            away(world, other);
            let occasion = format!("till:{product}:{}", world.now_ms);
            for device in [one, other] {
                let line = self.fresh(world);
                does(world, device, Doing::Act(sale(&occasion, product, line)));
                self.goes_on(world, device, line);
            }
            back(world, one);
            back(world, other);
        });
    }

    fn goes_on(&mut self, world: &mut World, device: usize, line: RecordId) {
        let change = match self.dice.roll() % 3 {
            0 => format!(r#"{{"delete":"line","id":"{line}"}}"#),
            n => format!(r#"{{"update":"line","id":"{line}","set":{{"amount":"{}"}}}}"#, n + 4),
        };
        says(world, device, &format!("[{change}]"));
    }

    /// Something that nobody on the way lets through, and something else behind it, which flows (rule 29).
    fn is_too_large(&mut self, world: &mut World) {
        let (device, _) = self.two(world);
        calmly(world, &[device], |world| {
            let Some(product) = self.one(world, device, PRODUCT) else { return };
            let it = &world.devices[device];
            let strange = it.damaged || it.lost.is_some() || !world.server.may_read(it.id);
            if strange || waiting(world, device) > 0 {
                return;
            }
            world.faults.proxy_bytes_max = WAY_BYTES;
            let named = |name: &str| {
                format!(r#"[{{"update":"product","id":"{product}","set":{{"name":"{name}"}}}}]"#)
            };
            let large = acts(world, device, &named(&"x".repeat(LARGE_BYTES)));
            let small = acts(world, device, &named("behind it"));
            if large.is_none() || small.is_none() {
                return;
            }
            for _ in 0..PATIENCE_S {
                world.play_for(1_000);
                if waiting(world, device) == 0 {
                    return world.checks.count("rule 29 what is too large for the way holds nothing up");
                }
            }
            let name = world.devices[device].name;
            panic!("rule 29: {name} sends nothing that is behind what is too large for the way");
        });
    }
}

/// A line of a product under an occasion, and what it takes from the stock.
fn sale(occasion: &str, product: RecordId, line: RecordId) -> Action {
    let changes = format!(
        r#"[{{"insert":"line","id":"{line}","fields":{{"product":"{product}","amount":"2"}}}},
            {{"update":"product","id":"{product}","add":{{"stock":-2}}}}]"#
    );
    Action { action: "sale".to_owned(), key: Some(occasion.to_owned()), ..action(&changes) }
}

fn waiting(world: &mut World, device: usize) -> u64 {
    world.devices[device].store.facts().expect("BUG: facts").pending()
}
