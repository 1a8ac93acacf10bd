//! Worlds of the reference apps: their own schemas with generated data, people in all their roles, parts of the workspace
//! on each device, and rights that change.

use std::sync::LazyLock;

use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::schema::toml;
use fieldbook_model::{Role, Schema};

use crate::anyone::Anyone;
use crate::plan::Plan;
use crate::run::Outcome;
use crate::speaking::Speaking;
use crate::wiping::Wiping;
use crate::world::World;

/// An app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// Assets on floor plans.
    Site,
    /// Inspections.
    Capture,
    /// A shop's till.
    Counter,
}

impl App {
    /// The app whose world a seed is: three of twenty.
    pub fn of(seed: u64) -> Option<Self> {
        match seed % 20 {
            6 => Some(Self::Site),
            8 => Some(Self::Counter),
            16 => Some(Self::Capture),
            _ => None,
        }
    }

    /// Its record types.
    ///
    /// # Panics
    /// When the app's file is wrong, which a test would notice.
    pub fn schema(self) -> &'static Schema {
        const SITE: &str = include_str!("../../../apps/site/schema.toml");
        const CAPTURE: &str = include_str!("../../../apps/capture/schema.toml");
        const COUNTER: &str = include_str!("../../../apps/counter/schema.toml");
        fn read(text: &str) -> Schema {
            toml::read("schema.toml", text).expect("BUG: an app's schema is wrong")
        }
        static ALL: LazyLock<[Schema; 3]> = LazyLock::new(|| [SITE, CAPTURE, COUNTER].map(read));
        match self {
            Self::Site => &ALL[0],
            Self::Capture => &ALL[1],
            Self::Counter => &ALL[2],
        }
    }
}

/// Plays a plan. With `told` the story is printed as it happens.
///
/// # Panics
/// When a check fails.
pub fn play(app: App, plan: &Plan, told: bool) -> Outcome {
    let mut world = World::planned(app.schema(), plan, told);
    if app == App::Capture {
        world.has_twin();
    }
    world.play_for(1_000);
    if plan.changes > 0 {
        gives_roles(app, plan.seed, &mut world);
    }
    let mut people = Anyone::new();
    people.begins(&mut world, 0);
    for at in plan.played() {
        world.dice = plan.dice(at);
        step(&mut world, &mut people);
        Wiping::of(plan, at).step(&mut world);
        Speaking::of(plan, at).step(&mut world);
    }
    world.settle();
    if plan.seed.is_multiple_of(4) && plan.after > 0 {
        people.settle_the_rest(&mut world);
        world.settle();
    }
    world.check_twin();
    Outcome::of(&world)
}

/// Everybody but the owner has a role of the app, or the common one.
fn gives_roles(app: App, seed: u64, world: &mut World) {
    let own = app.schema().roles.iter().map(|role| Role::of_schema(role));
    let roles: Vec<Role> = own.chain([Role::Member]).collect();
    let mut dice = Dice(seed ^ 0x401e);
    for device in 1..world.devices.len() {
        let role = roles[(dice.roll() % roles.len() as u64) as usize].clone();
        world.says(device, role).expect("BUG: a role of the app");
    }
}

fn step(world: &mut World, people: &mut Anyone) {
    let device = (world.dice.roll() % world.devices.len() as u64) as usize;
    world.befalls(device, 100_000);
    if !world.opens(device) {
        return world.pauses(10_000);
    }
    match world.dice.roll() % 16 {
        0 | 1 => people.moves_scopes(world, device),
        2 => people.prunes(world, device),
        _ => people.act(world, device),
    }
    world.pauses(10_000);
}
