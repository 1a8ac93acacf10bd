//! A run as it is drawn from its seed: who does what, and what goes wrong. It is the same for the same seed; the
//! times at which real processes get to it are not.

use crate::deed::{self, Deed};
use crate::dice::Dice;
use crate::family::Family;
use crate::fault::{self, Fault};
use crate::shop::Shop;

/// A run before it begins.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// What kind of faults.
    pub family: Family,
    /// From what it was drawn.
    pub seed: u64,
    /// What each device does.
    pub deeds: Vec<Vec<Deed>>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

impl Plan {
    /// The plan of a seed.
    pub fn draw(family: Family, seed: u64, shop: &Shop) -> Self {
        let mut dice = Dice::of(seed, family as u64);
        let devices = dice.between(3, 4) as usize;
        let deeds = (0..devices).map(|device| deed::draw(family, &mut dice, shop, device)).collect();
        let faults = fault::draw(family, &mut dice, seed, devices);
        Self { family, seed, deeds, faults }
    }

    /// How many devices act.
    pub fn devices(&self) -> usize {
        self.deeds.len()
    }

    /// What a failed run is called.
    pub fn name(&self) -> String {
        format!("{}-{}", self.family.name(), self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Target, What};

    const DEMO: &str = r#"{"changes":[{"insert":"product","id":"p"}]}
{"changes":[{"insert":"customer","id":"c"}]}
{"changes":[{"insert":"employee","id":"e"}]}
"#;

    #[test]
    fn the_same_seed_draws_the_same_plan_and_another_seed_another() {
        let shop = Shop::of(DEMO);
        for family in Family::ALL {
            assert_eq!(Plan::draw(family, 7, &shop), Plan::draw(family, 7, &shop));
            assert_ne!(Plan::draw(family, 7, &shop).deeds, Plan::draw(family, 8, &shop).deeds);
            assert!(!Plan::draw(family, 7, &shop).faults.is_empty(), "{}", family.name());
        }
    }

    #[test]
    fn what_strikes_one_target_is_over_before_the_next_begins() {
        let shop = Shop::of(DEMO);
        for (family, seed) in
            Family::ALL.into_iter().flat_map(|family| (1..40).map(move |seed| (family, seed)))
        {
            let plan = Plan::draw(family, seed, &shop);
            let mut over: Vec<u64> = vec![0; plan.devices() + 1];
            for fault in &plan.faults {
                for place in places(&fault.what) {
                    assert!(fault.at_ms >= over[place], "{} {:?}", plan.name(), plan.faults);
                    over[place] = fault.at_ms + fault.lasts_ms;
                }
            }
        }
    }

    /// The server is the first.
    fn places(what: &What) -> Vec<usize> {
        match what {
            What::Process(Target::Server, _) | What::Disk(Target::Server, _) => vec![0],
            What::Process(Target::Device(device), _) | What::Disk(Target::Device(device), _) => {
                vec![device + 1]
            }
            What::Network(devices, ..) => devices.iter().map(|device| device + 1).collect(),
        }
    }
}
