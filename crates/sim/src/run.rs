//! One seed: a world, its faults, its people; then everything heals and must agree.

use fieldbook_device_sync::backoff::Dice;

use crate::apps;
use crate::checks::Checks;
use crate::energy;
use crate::estate;
use crate::forgetting::Forgetting;
use crate::life;
use crate::long::{self, Long};
use crate::losses::Losses;
use crate::network::{Faults, happens};
use crate::people::People;
use crate::plan::{DEVICES_MIN, Plan};
use crate::schema::schema;
use crate::speaking::Speaking;
use crate::tempting::Tempting;
use crate::wiping::{self, Wiping};
use crate::world::World;

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was checked, and how often.
    pub checks: Checks,
    /// The ops that people made.
    pub ops: u64,
    /// The hash of the story: the same for the same seed.
    pub hash: u64,
}

impl Outcome {
    /// What a world has come to.
    pub fn of(world: &World) -> Self {
        let promised = world.devices.iter().map(|device| device.promised.len() as u64).sum::<u64>();
        let ops = promised + world.long.as_ref().map_or(0, Long::ops);
        Self { checks: world.checks.clone(), ops, hash: world.story.hash() }
    }
}

/// After how many of a hundred steps a row is damaged, where that happens.
const DAMAGES: u64 = 6;

/// Runs a seed. With `told` the story is printed as it happens.
///
/// # Panics
/// When a check fails.
pub fn run(seed: u64, told: bool) -> Outcome {
    play(&Plan::of(seed), told)
}

/// The worlds of a seed: each seed has one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Of short days: every step is looked at from all sides.
    Short,
    /// Of long ones.
    Long,
}

impl Family {
    /// The word that asks for it.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Short => "",
            Self::Long => " --long",
        }
    }

    /// What a seed draws before its world begins.
    pub fn plan(self, seed: u64) -> Plan {
        match self {
            Self::Short => plan(seed),
            Self::Long => long::plan(seed),
        }
    }
}

/// Plays a plan. One seed of five is a world whose devices hold parts of an estate, one of ten one whose schema gets newer,
/// three of twenty are the apps'.
///
/// # Panics
/// When a check fails.
pub fn play(plan: &Plan, told: bool) -> Outcome {
    if plan.long > 0 {
        return long::play(plan, told);
    }
    match Kind::of(plan.seed) {
        Kind::Estate => estate::play(plan, told),
        Kind::App(app) => apps::play(app, plan, told),
        Kind::Life => life::play(plan, told),
        Kind::All => all(plan, told),
    }
}

/// What a seed draws before its world begins.
pub fn plan(seed: u64) -> Plan {
    let (mut dice, least, devices, steps) = match Kind::of(seed) {
        Kind::Estate => (Dice(seed ^ 0xe57a7e), 50, 3, 100),
        Kind::App(_) => (Dice(seed ^ 0xa995), 60, 3, 90),
        Kind::Life => (Dice(seed ^ 0x11fe), 50, 3, 70),
        Kind::All => (Dice(seed ^ 0x5eed), 60, 4, 160),
    };
    let (devices, steps) = (DEVICES_MIN + dice.roll() % devices, least + dice.roll() % steps);
    let faults = Faults::drawn(&mut dice);
    let faults = match Kind::of(seed) {
        Kind::All => faults.with_backups(&mut Dice(seed ^ 0xbac4)),
        Kind::Estate | Kind::App(_) | Kind::Life => faults,
    };
    let plan = Plan::new(seed, devices, steps, faults);
    let lease_s = match Kind::of(seed) {
        Kind::Estate | Kind::App(_) => wiping::lease_drawn(seed),
        Kind::Life | Kind::All => 0,
    };
    match wiping::drawn(seed) {
        0 if lease_s == 0 => plan,
        0 => Plan { lease_s, tempting: 0, ..plan },
        // Whoever is tempted relies on the device that they have.
        wiping => Plan { wiping, lease_s, tempting: 0, ..plan },
    }
}

/// Whose world it is.
enum Kind {
    Estate,
    App(apps::App),
    Life,
    All,
}

impl Kind {
    fn of(seed: u64) -> Self {
        match apps::App::of(seed) {
            _ if seed.is_multiple_of(5) => Self::Estate,
            Some(app) => Self::App(app),
            None if seed % 10 == 4 => Self::Life,
            None => Self::All,
        }
    }
}

/// The world with all kinds of things.
fn all(plan: &Plan, told: bool) -> Outcome {
    let seed = plan.seed;
    let mut world = World::planned(schema(), plan, told);
    if seed % 20 == 12 {
        world.has_twin();
    }
    let mut people = People::drawn(&mut Dice(seed ^ 0x9e0b));
    for at in plan.played() {
        world.dice = plan.dice(at);
        step(&mut world, &mut people);
        besides(&mut world, plan, at);
    }
    world.settle();
    let lost = Losses::of(seed).filter(|_| plan.losses > 0);
    lost.into_iter().for_each(|mut losses| losses.close(&mut world));
    if seed.is_multiple_of(2) && plan.after > 0 {
        people.settle_the_rest(&mut world);
        world.settle();
    }
    match seed % 20 {
        _ if plan.after == 0 => {}
        3 | 13 => energy::at_rest(&mut world),
        1 | 11 => energy::low_battery(&mut world),
        2 => world.checks.add(&energy::server_returns(seed)),
        12 => world.check_twin(),
        _ => {}
    }
    Outcome::of(&world)
}

/// What happens in a step beside what somebody does; all its chance is its own.
fn besides(world: &mut World, plan: &Plan, at: u64) {
    let seed = plan.seed_of(at);
    Wiping::of(plan, at).step(world);
    Speaking::of(plan, at).step(world);
    if plan.forgetting > 0 {
        Forgetting::of(seed).step(world);
    }
    if plan.damage > 0 && seed % 20 == 19 {
        befall(world, &mut Dice(seed ^ 0xda3a));
    }
    let mut losses = Losses::of(seed).filter(|_| plan.losses > 0);
    losses.iter_mut().for_each(|losses| losses.befall(world));
    if plan.tempting > 0 {
        Tempting::of(seed).step(world, losses.as_ref());
    }
}

/// Now and then a row of a device is damaged.
fn befall(world: &mut World, dice: &mut Dice) {
    if dice.roll() % 100 < DAMAGES {
        let device = (dice.roll() % world.devices.len() as u64) as usize;
        world.damage(device, dice);
    }
}

/// Somebody does something, or something goes wrong, and some time passes.
fn step(world: &mut World, people: &mut People) {
    let device = (world.dice.roll() % world.devices.len() as u64) as usize;
    let (partition, kill) = (world.faults.partition, world.faults.kill);
    if happens(&mut world.dice, partition) {
        let ms = 1_000 + world.dice.roll() % 200_000;
        // Not every shell notices that the network is gone.
        match world.dice.roll() % 2 {
            0 => world.offline(device, ms),
            _ => world.unplugged(device, ms),
        }
    }
    let around = world.faults.around;
    if happens(&mut world.dice, around) {
        world.change_conditions(device);
    }
    if happens(&mut world.dice, kill / 2) {
        world.kill(device);
    }
    world.befalls_connections(device);
    if happens(&mut world.dice, 8) {
        // Clocks are off by up to ten years either way; nothing may depend on it (I20).
        let off = (world.dice.roll() % 630_720_000_000) as i64 - 315_360_000_000;
        world.devices[device].clock_off_ms = off;
        let line = format!("the clock of {} is off by {} days", world.devices[device].name, off / 86_400_000);
        world.tell(&line);
        world.checks.count("fault: a clock jumps");
    }
    let restore = world.faults.restore;
    if happens(&mut world.dice, restore * 2) {
        world.back_up();
    }
    if happens(&mut world.dice, restore) {
        world.restore();
    }
    people.act(world, device);
    let pause = match world.dice.roll() % 4 {
        0 => 0,
        1 => world.dice.roll() % 20,
        2 => world.dice.roll() % 500,
        _ => world.dice.roll() % 20_000,
    };
    world.play_for(pause);
}
