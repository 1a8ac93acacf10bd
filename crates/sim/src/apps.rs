//! Worlds of the reference apps: their own schemas with generated data, people in all their roles, parts of the workspace
//! on each device, and rights that change.

use std::sync::LazyLock;

use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::schema::toml;
use fieldbook_model::{Role, Schema};

use crate::anyone::Anyone;
use crate::network::Faults;
use crate::run::Outcome;
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

/// Runs a seed. With `told` the story is printed as it happens.
///
/// # Panics
/// When a check fails.
pub fn run(app: App, seed: u64, told: bool) -> Outcome {
    let mut dice = Dice(seed ^ 0xa995);
    let devices = 2 + (dice.roll() % 3) as usize;
    let steps = 60 + dice.roll() % 90;
    let mut world = World::of(app.schema(), seed, devices, told);
    world.faults = Faults::drawn(&mut dice).with_torn_writes(seed);
    let begin = format!("{app:?} {seed}: {devices} devices, {steps} steps, {:?}", world.faults);
    world.tell(&begin);
    if seed % 20 == 16 {
        world.has_twin();
    }
    world.play_for(1_000);
    for device in 1..devices {
        let own = app.schema().roles.iter().cloned().map(Role::App);
        let roles: Vec<Role> = own.chain([Role::Member]).collect();
        let role = roles[(dice.roll() % roles.len() as u64) as usize].clone();
        world.says(device, role).expect("BUG: a role of the app");
    }
    let mut people = Anyone::new();
    people.begins(&mut world, 0);
    for _ in 0..steps {
        step(&mut world, &mut people);
    }
    world.settle();
    if seed.is_multiple_of(4) {
        people.settle_the_rest(&mut world);
        world.settle();
    }
    world.check_twin();
    Outcome::of(&world)
}

fn step(world: &mut World, people: &mut Anyone) {
    let device = (world.dice.roll() % world.devices.len() as u64) as usize;
    world.befalls(device, 100_000);
    match world.dice.roll() % 16 {
        0 | 1 => people.moves_scopes(world, device),
        2 => people.prunes(world, device),
        _ => people.act(world, device),
    }
    world.pauses(10_000);
}
