//! Worlds whose schema gets newer while people work: devices are brought to it at different times, some stay behind for
//! the whole of it, one may run ahead, and ops, conflicts and loads go on through all of it (rule 48, I36).

use std::sync::LazyLock;

use fieldbook_device_store::Follow;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::schema::succession::succeed;
use fieldbook_model::schema::{Ladder, toml};
use fieldbook_model::{Schema, Version};

use crate::anyone::Anyone;
use crate::plan::Plan;
use crate::run::Outcome;
use crate::speaking::Speaking;
use crate::tempting::Tempting;
use crate::wiping::Wiping;
use crate::world::World;

/// The versions, oldest first.
const TEXTS: [&str; 5] = [
    include_str!("life/1.toml"),
    include_str!("life/2.toml"),
    include_str!("life/3.toml"),
    include_str!("life/4.toml"),
    include_str!("life/5.toml"),
];
/// In how many of a hundred steps somebody changes what a device follows, or the workspace gets newer.
const CHANGES: u64 = 6;
/// The same while a conflict is open.
const CHANGES_IN_CONFLICT: u64 = 25;

/// The versions as they are written, and as they come into force in a workspace that was made with each of them: with
/// what was dropped since.
struct Life {
    written: Vec<Schema>,
    in_force: Vec<Vec<Schema>>,
}

fn life() -> &'static Life {
    static LIFE: LazyLock<Life> = LazyLock::new(|| {
        let read = |text: &&str| toml::read("life.toml", text).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
        let written: Vec<Schema> = TEXTS.iter().map(read).collect();
        let from = |first: usize| {
            let mut all = written[..=first].to_vec();
            for next in &written[first + 1..] {
                let last = all.last().expect("BUG: no version");
                all.push(succeed(last, next).unwrap_or_else(|wrong| panic!("{wrong:#?}")));
            }
            all
        };
        let in_force = (0..written.len()).map(from).collect();
        Life { written, in_force }
    });
    &LIFE
}

/// What a type of a version is called in the last.
fn name(version: u32, of: &str) -> String {
    static LADDER: LazyLock<Ladder> =
        LazyLock::new(|| Ladder::new(life().written.iter().cloned().map(std::sync::Arc::new).collect()));
    LADDER.type_up(version, of)
}

/// Plays a plan. With `told` the story is printed as it happens.
///
/// # Panics
/// When a check fails.
pub fn play(plan: &Plan, told: bool) -> Outcome {
    let mut dice = Dice(plan.seed ^ 0x1f1f);
    let first = (dice.roll() % (TEXTS.len() as u64 - 1)) as usize;
    let mut world = World::planned(&life().written[first], plan, told);
    let mut people = Anyone::of(name);
    for device in 0..world.devices.len() {
        if dice.roll().is_multiple_of(3) {
            world.follow(device, Follow::App);
        }
    }
    for at in plan.played() {
        world.dice = plan.dice(at);
        let before = world.schema.version;
        step(&mut world, &mut people, plan, first);
        Wiping::of(plan, at).step(&mut world);
        Speaking::of(plan, at).step(&mut world);
        if world.schema.version > before && plan.tempting > 0 {
            Tempting::of(plan.seed_of(at)).upgrades(&mut world, &mut people);
        }
    }
    catch_up(&mut world, first);
    world.settle();
    if plan.seed.is_multiple_of(2) && plan.after > 0 {
        people.settle_the_rest(&mut world);
        world.settle();
    }
    Outcome::of(&world)
}

fn step(world: &mut World, people: &mut Anyone, plan: &Plan, first: usize) {
    let device = (world.dice.roll() % world.devices.len() as u64) as usize;
    world.befalls(device, 200_000);
    let conflicts = world.oracle.conflicts(Version(u64::MAX));
    let open = conflicts.values().any(|seen| seen.state == "open");
    let changed = world.dice.roll() % 100 < if open { CHANGES_IN_CONFLICT } else { CHANGES };
    if changed && plan.changes > 0 {
        changes(world, device, first);
    }
    people.act(world, device);
    world.pauses(15_000);
}

/// Somebody brings the workspace to the next version, updates an app, or stops doing so.
fn changes(world: &mut World, device: usize, first: usize) {
    let next = world.schema.version as usize;
    match world.dice.roll() % 6 {
        0..3 if next < TEXTS.len() => world.upgrade(&life().written[next], &life().in_force[first][next]),
        3 if next < TEXTS.len() && world.version_of(device) as usize == next => {
            world.runs_ahead(device, &life().written[next]);
        }
        4 => world.follow(device, Follow::App),
        _ => world.follow(device, Follow::Server),
    }
}

/// The workspace comes to what the newest device has; whoever wants to follows it.
fn catch_up(world: &mut World, first: usize) {
    let newest = (0..world.devices.len()).map(|device| world.version_of(device)).max().unwrap_or(0);
    while world.schema.version < newest {
        let next = world.schema.version as usize;
        world.upgrade(&life().written[next], &life().in_force[first][next]);
    }
}
