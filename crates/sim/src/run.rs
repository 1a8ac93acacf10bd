//! One seed: a world, its faults, its people; then everything heals and must agree.

use fieldbook_device_sync::backoff::Dice;

use crate::apps;
use crate::checks::Checks;
use crate::energy;
use crate::estate;
use crate::forgetting::Forgetting;
use crate::life;
use crate::losses::Losses;
use crate::network::{Faults, happens};
use crate::people::People;
use crate::tempting::Tempting;
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
        let ops = world.devices.iter().map(|device| device.promised.len() as u64).sum();
        Self { checks: world.checks.clone(), ops, hash: world.story.hash() }
    }
}

/// After how many of a hundred steps a row is damaged, where that happens.
const DAMAGES: u64 = 6;

/// Runs a seed; one of five is a world whose devices hold parts of an estate, one of ten one whose schema gets newer, three
/// of twenty are the apps'. With `told` the story is printed as it happens.
///
/// # Panics
/// When a check fails.
pub fn run(seed: u64, told: bool) -> Outcome {
    if seed.is_multiple_of(5) {
        return estate::run(seed, told);
    }
    if let Some(app) = apps::App::of(seed) {
        return apps::run(app, seed, told);
    }
    if seed % 10 == 4 {
        return life::run(seed, told);
    }
    let mut dice = Dice(seed ^ 0x5eed);
    let devices = 2 + (dice.roll() % 4) as usize;
    let steps = 60 + dice.roll() % 160;
    let mut world = World::new(seed, devices, told);
    world.faults = Faults::drawn(&mut dice).with_torn_writes(seed).with_backups(&mut Dice(seed ^ 0xbac4));
    if seed % 20 == 12 {
        world.has_twin();
    }
    let begin = format!("seed {seed}: {devices} devices, {steps} steps, {:?}", world.faults);
    world.tell(&begin);
    let mut people = People::drawn(&mut dice);
    let mut forgetting = Forgetting::of(seed);
    let mut damage = (seed % 20 == 19).then_some(Dice(seed ^ 0xda3a));
    let mut losses = Losses::of(seed);
    let mut tempting = Tempting::of(seed);
    for _ in 0..steps {
        step(&mut world, &mut people);
        forgetting.step(&mut world);
        damage.iter_mut().for_each(|dice| befall(&mut world, dice));
        losses.iter_mut().for_each(|losses| losses.befall(&mut world));
        tempting.step(&mut world, losses.as_ref());
    }
    world.settle();
    losses.iter_mut().for_each(|losses| losses.close(&mut world));
    if seed.is_multiple_of(2) {
        people.settle_the_rest(&mut world);
        world.settle();
    }
    match seed % 20 {
        3 | 13 => energy::at_rest(&mut world),
        1 | 11 => energy::low_battery(&mut world),
        2 => world.checks.add(&energy::server_returns(seed)),
        12 => world.check_twin(),
        _ => {}
    }
    Outcome::of(&world)
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
    if happens(&mut world.dice, 8) {
        // Clocks are off by up to ten years either way; nothing may depend on it (I20).
        let off = (world.dice.roll() % 630_720_000_000) as i64 - 315_360_000_000;
        world.devices[device].clock_off_ms = off;
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
