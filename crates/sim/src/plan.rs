//! What a seed draws before its world begins, as plain numbers that can be read, changed and written down: a line of
//! `name=number`. The same plan is the same world. What is drawn in a step depends on the seed and the step alone, so that a
//! step can be left out without the others becoming others.

use std::collections::BTreeSet;
use std::fmt;

use fieldbook_device_sync::backoff::Dice;

use crate::network::Faults;

/// The plan of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Everything that is not below comes from it; its remainder says whose world it is.
    pub seed: u64,
    /// How many devices there are.
    pub devices: u64,
    /// How many steps there are.
    pub steps: u64,
    /// Those of them that are left out.
    pub skips: BTreeSet<u64>,
    /// Whether people are tempted, where this kind of world has that; and so on. 0 or 1.
    pub tempting: u64,
    /// Whether the server forgets.
    pub forgetting: u64,
    /// Whether anything comes back from backups.
    pub losses: u64,
    /// Whether rows are damaged.
    pub damage: u64,
    /// Whether rights, roles or the schema change, where that is not what people do.
    pub changes: u64,
    /// Whether it goes on when everything is level.
    pub after: u64,
    /// Whether devices are lost and wiped.
    pub wiping: u64,
    /// For how many seconds devices may be opened without their server; 0: for ever.
    pub lease_s: u64,
    /// About how many ops are made, in a world of long days; 0: it is one of short days.
    pub long: u64,
    /// What goes wrong.
    pub faults: Faults,
}

/// No world has fewer devices.
pub const DEVICES_MIN: u64 = 2;

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        crate::run::plan(seed)
    }

    /// A plan in which nothing is left out.
    pub fn new(seed: u64, devices: u64, steps: u64, faults: Faults) -> Self {
        let skips = BTreeSet::new();
        let (tempting, forgetting, losses, damage, changes, after) = (1, 1, 1, 1, 1, 1);
        let (wiping, lease_s, long) = (0, 0, 0);
        Self {
            seed,
            devices,
            steps,
            skips,
            tempting,
            forgetting,
            losses,
            damage,
            changes,
            after,
            wiping,
            lease_s,
            long,
            faults,
        }
    }

    /// The steps that are played.
    pub fn played(&self) -> Vec<u64> {
        (0..self.steps).filter(|step| !self.skips.contains(step)).collect()
    }

    /// The chance of a step.
    pub fn dice(&self, step: u64) -> Dice {
        Dice(self.seed_of(step))
    }

    /// A seed of a step, with the remainder of the world's. So whatever is made of it is of the same kind.
    pub fn seed_of(&self, step: u64) -> u64 {
        let mixed = Dice(Dice(self.seed).roll() ^ (step + 1)).roll();
        self.seed % KINDS + KINDS * (mixed >> 6)
    }

    /// Each number with its name, beside the steps that are left out.
    pub fn numbers(&mut self) -> Vec<(&'static str, &mut u64)> {
        let mut all = vec![
            ("seed", &mut self.seed),
            ("devices", &mut self.devices),
            ("steps", &mut self.steps),
            ("tempting", &mut self.tempting),
            ("forgetting", &mut self.forgetting),
            ("losses", &mut self.losses),
            ("damage", &mut self.damage),
            ("changes", &mut self.changes),
            ("after", &mut self.after),
            ("wiping", &mut self.wiping),
            ("lease_s", &mut self.lease_s),
            ("long", &mut self.long),
        ];
        all.extend(self.faults.all());
        all
    }

    /// Reads what `Display` writes.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut plan = Self::new(0, DEVICES_MIN, 0, Faults::none());
        plan.numbers().into_iter().for_each(|(_, number)| *number = 0);
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("{word:?} is no name=number"))?;
            if name == "skips" {
                plan.skips = skips(value)?;
                continue;
            }
            let number = value.parse().map_err(|_| format!("{word:?} has no whole number"))?;
            let found = plan.numbers().into_iter().find(|(of, _)| *of == name);
            *found.ok_or_else(|| format!("a plan has no {name:?}"))?.1 = number;
        }
        match plan.devices >= DEVICES_MIN && plan.faults.delay_ms_max > 0 {
            true => Ok(plan),
            false => Err(format!("a plan has at least devices={DEVICES_MIN} and delay_ms_max=1")),
        }
    }
}

/// Worlds are of so many kinds, by the remainder of their seed.
const KINDS: u64 = 20;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plan = self.clone();
        let numbers = plan.numbers().into_iter().filter(|(_, number)| **number > 0);
        let mut words: Vec<String> = numbers.map(|(name, number)| format!("{name}={number}")).collect();
        if !self.skips.is_empty() {
            words.push(format!("skips={}", ranges(&self.skips)));
        }
        f.write_str(&words.join(" "))
    }
}

/// `0-3,7`
fn ranges(steps: &BTreeSet<u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for step in steps {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *step => *last = *step,
            _ => ranges.push((*step, *step)),
        }
    }
    let word = |(first, last): &(u64, u64)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.iter().map(word).collect::<Vec<_>>().join(",")
}

fn skips(text: &str) -> Result<BTreeSet<u64>, String> {
    let wrong = || format!("{text:?} are no steps such as 0-3,7");
    let mut steps = BTreeSet::new();
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let number = |word: &str| word.parse::<u64>().map_err(|_| wrong());
        steps.extend(number(first)?..=number(last)?);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for seed in 1..=40 {
            let mut plan = Plan::of(seed);
            plan.skips = [0, 1, 2, 7, 9, 10].into();
            let text = plan.to_string();
            assert!(text.ends_with("skips=0-2,7,9-10"), "{text}");
            assert_eq!(Plan::read(&text), Ok(plan));
        }
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        for text in ["seed", "seed=x", "days=3", "seed=1", "seed=1 devices=1 delay_ms_max=5", "skips=3-"] {
            assert!(Plan::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_step_has_a_seed_of_its_own_and_of_the_worlds_kind() {
        let plan = Plan::of(173);
        let seeds: BTreeSet<u64> = (0..500).map(|step| plan.seed_of(step)).collect();
        assert_eq!(seeds.len(), 500);
        assert!(seeds.iter().all(|seed| seed % KINDS == 173 % KINDS));
    }
}
