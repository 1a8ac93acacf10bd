//! Worlds of long days: few devices do thousands of things each before they connect, import, and are away for days. So
//! pushes are cut into parts, pulls have many pages, logs are let go of, and faults come in the middle of all that. Much is
//! done and little of it is about the same things: what two ops make of each other is for the other worlds.

mod checks;
mod crew;
mod opinion;
mod state;
mod trade;

use fieldbook_device_sync::Conditions;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::Limits;
use fieldbook_server_store::PageLimit;

pub use self::checks::Long;
use self::crew::Crew;
use crate::network::{Faults, happens};
use crate::plan::{DEVICES_MIN, Plan};
use crate::run::Outcome;
use crate::server::Sizes;
use crate::world::World;

/// All of them together do about so many things in a world.
const OPS: u64 = 20_000;
/// A shift has so many acts at most.
const SHIFT_MAX: u64 = 5_000;
/// People do something each so many milliseconds at most.
const ACT_MS_MAX: u64 = 4_000;
/// What befalls single calls and pages is so many times as rare as in worlds of short days.
const RARER: [u64; 3] = [4, 12, 40];
/// A night, in which everybody is level long before its end.
const NIGHT_MS: u64 = 3_600_000;
/// Between so many acts something may befall whoever works.
const STRETCH: u64 = 64;
/// In seeds of this remainder by four the server comes back from backups.
const LOSSES: u64 = 1;

/// What a seed draws before its world begins.
pub fn plan(seed: u64) -> Plan {
    let mut dice = Dice(seed ^ 0x10e6);
    let devices = DEVICES_MIN + dice.roll() % 5 / 2;
    let steps = 12 + dice.roll() % 16;
    let faults = Faults::drawn(&mut dice).rarer(RARER[(dice.roll() % 3) as usize]);
    // A proxy that takes less than an act needs makes a refused op of it, which is for other worlds.
    let proxy_bytes_max = if faults.proxy_bytes_max > 0 { 24_000 } else { 0 };
    let plan = Plan::new(seed, devices, steps, Faults { proxy_bytes_max, ..faults });
    let losses = u64::from(seed % 4 == LOSSES);
    Plan { long: OPS, tempting: 0, forgetting: 0, losses, damage: 0, changes: 0, after: 0, ..plan }
}

/// How large what travels may be: as it is delivered, or so small that a day has hundreds of it.
fn sizes(seed: u64) -> Sizes {
    let mut dice = Dice(seed ^ 0x512e);
    let limits = Limits { op_changes_max: 60, ..Limits::default() };
    let limits = match dice.roll() % 3 {
        0 => limits,
        1 => Limits { push_ops_max: 200, ..limits },
        _ => Limits { op_bytes_max: 20_000, push_bytes_max: 40_000, ..limits },
    };
    let page = match dice.roll() % 3 {
        0 => PageLimit { rows_max: 1_000, bytes_max: 256 << 10 },
        1 => PageLimit { rows_max: 100, bytes_max: 256 << 10 },
        _ => PageLimit { rows_max: 1_000, bytes_max: 16_000 },
    };
    let event = PageLimit { rows_max: 50, bytes_max: 32_000 };
    Sizes { limits, page, event }
}

/// Plays a plan. With `told` the story is printed as it happens.
///
/// # Panics
/// When a check fails.
pub fn play(plan: &Plan, told: bool) -> Outcome {
    let devices = plan.devices as usize;
    let mut world = World::sized(trade::trade(), sizes(plan.seed), (plan.seed, devices), told);
    world.long = Some(Long::new(devices, plan.losses > 0));
    world.faults = plan.faults.clone();
    world.tell(&format!("a world of long days: {plan}"));
    let mut crew = Crew::drawn(devices, &mut Dice(plan.seed ^ 0xc4e3));
    // In every third world the last one opens the app on the first day and connects only at the end.
    let late = plan.seed.is_multiple_of(3).then_some(devices - 1);
    late.into_iter().for_each(|device| world.offline(device, u64::MAX / 4));
    let (mut done, shifts) = (0, plan.played());
    for (nth, step) in shifts.iter().enumerate() {
        world.dice = plan.dice(*step);
        let shifts_left = (shifts.len() - nth) as u64;
        let share = plan.long.saturating_sub(done) / shifts_left;
        done += shift(&mut world, &mut crew, share);
        if plan.losses > 0 {
            loses(&mut world, &mut Dice(plan.seed_of(*step) ^ 0xbac4));
        }
    }
    late.into_iter().for_each(|device| world.devices[device].offline_until_ms = world.now_ms);
    world.play_for(60_000);
    world.settle();
    Outcome::of(&world)
}

/// Somebody works for a while, mostly alone and far from any network; then it comes back. Gives how many ops that made.
fn shift(world: &mut World, crew: &mut Crew, share: u64) -> u64 {
    let device = (world.dice.roll() % world.devices.len() as u64) as usize;
    let most = match world.dice.roll() % 4 {
        0 => 20,
        1 => share,
        _ => 2 * share,
    };
    let acts = 1 + world.dice.roll() % most.clamp(1, SHIFT_MAX);
    let ms = 1 + world.dice.roll() % ACT_MS_MAX;
    (0..world.devices.len()).for_each(|other| is_in_sight(world, other, other == device));
    match world.dice.roll() % 4 {
        0 => {}
        1 => world.offline(device, acts * ms),
        _ => world.unplugged(device, acts * ms),
    }
    let mut done = 0;
    while done < acts {
        for _ in 0..STRETCH.min(acts - done) {
            done += crew.works(world, device);
        }
        befalls(world, device);
        world.play_for(STRETCH * ms);
    }
    let line = format!("{} has done {done} things", world.devices[device].name);
    world.tell(&line);
    if world.dice.roll().is_multiple_of(3) {
        crew.decides(world, device);
    }
    evening(world);
    done
}

/// After a shift the server may be backed up, or come back from its backup while devices send.
fn loses(world: &mut World, dice: &mut Dice) {
    match dice.roll() % 6 {
        0 | 1 => world.is_backed_up(),
        2 => {
            world.play_for(dice.roll() % 3_000);
            world.restore();
            world.play_for(dice.roll() % 20_000);
        }
        _ => {}
    }
}

/// Whether somebody looks at a device: the others lie in a drawer.
fn is_in_sight(world: &mut World, device: usize, looks: bool) {
    let conditions = world.devices[device].conditions;
    world.surround(device, Conditions { hidden: !looks, ..conditions });
}

/// What may befall somebody at work.
fn befalls(world: &mut World, device: usize) {
    let kill = world.faults.kill;
    if happens(&mut world.dice, kill / 2) {
        world.kill(device);
    }
    world.befalls_connections(device);
}

/// Between two shifts devices connect, or lose their network in the middle of that, and the server may go away.
fn evening(world: &mut World) {
    let (partition, around) = (world.faults.partition, world.faults.around);
    for device in 0..world.devices.len() {
        let looks = !world.dice.roll().is_multiple_of(4);
        is_in_sight(world, device, looks);
        if happens(&mut world.dice, partition * 4) {
            let (after, ms) = (world.dice.roll() % 2_000, 1_000 + world.dice.roll() % 100_000);
            world.play_for(after);
            world.offline(device, ms);
        }
        if happens(&mut world.dice, around * 2) {
            world.change_conditions(device);
        }
    }
    match world.dice.roll() % 12 {
        0 => {
            let (after, down, busy) =
                (world.dice.roll() % 3_000, world.dice.roll() % 60_000, world.dice.roll() % 60_000);
            world.play_for(after);
            world.server_down(down, busy);
        }
        1 => world.is_backed_up(),
        _ => {}
    }
    let ms = match world.dice.roll() % 3 {
        0 => world.dice.roll() % 1_000,
        1 => world.dice.roll() % 60_000,
        // Until the next day.
        _ => {
            (0..world.devices.len()).for_each(|device| is_in_sight(world, device, false));
            NIGHT_MS
        }
    };
    world.play_for(ms);
}
