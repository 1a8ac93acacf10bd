//! What syncing costs a battery, a network and a server, in numbers: how often a device at rest asks, how far apart it
//! sends on a low battery, and how many ask at once when a server returns.
//!
//! Each is played in a world where everything is level, for as long as it takes to count.

use fieldbook_device_sync::Conditions;
use fieldbook_model::RecordId;

use crate::checks::Checks;
use crate::device::Request;
use crate::network::Faults;
use crate::people::action;
use crate::world::{World, bytes};

const HOUR_MS: u64 = 3_600_000;
/// A device that is hidden and idle makes no more requests than this in any hour.
const REQUESTS_MAX: usize = 12;
/// Flushes on a low battery are so many times as far apart as otherwise.
const STRETCH: u64 = 4;
/// The devices of a site whose server returns.
const DEVICES: usize = 12;
/// Of all those devices together, in any second after the server is back. All that they have to ask for are 48, in the second in which
/// they all come; by chance it is 32 in one of 50,000 seeds.
const REQUESTS_A_SECOND_MAX: usize = 40;
/// The device whose user may change nothing.
const ONLY_LOOKS: usize = 4;
/// A push of what was done now begins within this, in milliseconds: one that is under way may end first.
const AT_ONCE_MS: u64 = 200;

/// Nobody looks at any device for two hours, and nothing happens.
///
/// # Panics
/// When a device asks too often, or not at all.
pub fn at_rest(world: &mut World) {
    let begin_ms = world.now_ms;
    if world.dice.roll().is_multiple_of(2) {
        world.faults = Faults { lost: 200, reply_lost: 200, foreign: 100, ..Faults::none() };
    }
    for device in 0..world.devices.len() {
        let low_battery = world.dice.roll().is_multiple_of(3);
        world.surround(device, Conditions { hidden: true, low_battery, ..Conditions::default() });
    }
    world.play_for(2 * HOUR_MS);
    for device in 0..world.devices.len() {
        let name = world.devices[device].name;
        let asked: Vec<u64> = since(world, device, begin_ms).iter().map(|request| request.at_ms).collect();
        let most = busiest(&asked, HOUR_MS);
        assert!(most <= REQUESTS_MAX, "{name} is hidden and idle, and makes {most} requests in an hour");
        assert!(!asked.is_empty(), "{name} is hidden and never asks what is new");
        world.checks.count("energy: at rest and hidden, at most 12 requests in any hour");
    }
    world.settle();
}

/// Somebody works on a device, first on mains power, then on a low battery.
///
/// # Panics
/// When an act on mains power is not sent at once, or too many are sent on a low battery.
pub fn low_battery(world: &mut World) {
    let powered = work(world, Conditions::default());
    let saving = work(world, Conditions { low_battery: true, ..Conditions::default() });
    let mean = (powered[powered.len() - 1] - powered[0]) / (powered.len() as u64 - 1);
    for (earlier, later) in saving.iter().zip(&saving[1..]) {
        let gap = later - earlier;
        assert!(
            gap >= STRETCH * mean,
            "flushes are {gap} ms apart on a low battery, and {mean} ms otherwise"
        );
        world.checks.count("energy: on a low battery flushes are at least four times as far apart");
    }
    world.settle();
}

/// Two minutes of work on the first device. Gives when it pushed.
fn work(world: &mut World, conditions: Conditions) -> Vec<u64> {
    // Whoever is answered in the server's place has to wait.
    world.devices[0].deceit = None;
    world.surround(0, conditions);
    world.play_for(60_000);
    let begin_ms = world.now_ms;
    while world.now_ms < begin_ms + 120_000 {
        let acted_ms = world.now_ms;
        add_product(world, 0);
        let pause_ms = 1_500 + world.dice.roll() % 1_000;
        world.play_for(pause_ms);
        if conditions == Conditions::default() {
            let pushed = pushes(world, 0, acted_ms).iter().any(|at_ms| *at_ms <= acted_ms + AT_ONCE_MS);
            assert!(pushed, "an act on mains power was not sent at once");
            world.checks.count("energy: an act in sight and on mains power is sent at once");
        }
    }
    pushes(world, 0, begin_ms)
}

/// A site of twelve devices whose server goes away and comes back: for a moment in which only their streams notice;
/// for a while in which all of them did something; and asking everybody to come back later.
///
/// # Panics
/// When too many of them ask within one second.
pub fn server_returns(seed: u64) -> Checks {
    let mut world = World::new(seed, DEVICES, false);
    world.play_for(5_000);
    for (down_ms, busy_ms) in [(1_500, 0), (20_000, 0), (600_000, 0), (1_500, 20_000)] {
        let back_ms = world.now_ms + down_ms;
        world.server_down(down_ms, busy_ms);
        world.play_for(down_ms / 2);
        if down_ms + busy_ms > 10_000 {
            (0..DEVICES)
                .filter(|device| *device != ONLY_LOOKS)
                .for_each(|device| add_product(&mut world, device));
        }
        world.play_for(down_ms / 2 + busy_ms + 90_000);
        let all = (0..DEVICES).flat_map(|device| since(&world, device, back_ms));
        let mut asked: Vec<u64> = all.map(|request| request.at_ms).collect();
        asked.sort_unstable();
        let most = busiest(&asked, 1_000);
        assert!(
            most <= REQUESTS_A_SECOND_MAX,
            "I18: {most} requests in a second after the server was away for {down_ms} ms and busy for {busy_ms} ms"
        );
        world.checks.count("I18 requests are spread when a server returns");
        world.settle();
    }
    world.checks
}

fn add_product(world: &mut World, device: usize) {
    let id = RecordId::v7(world.now_ms, bytes(&mut world.dice));
    let changes = format!(r#"[{{"insert":"product","id":"{id}","fields":{{"name":"tea","stock":1}}}}]"#);
    world.act(device, action(&changes)).expect("BUG: a new product fits");
}

fn since(world: &World, device: usize, begin_ms: u64) -> Vec<Request> {
    let requests = &world.devices[device].requests;
    requests.iter().filter(|request| request.at_ms >= begin_ms).copied().collect()
}

fn pushes(world: &World, device: usize, begin_ms: u64) -> Vec<u64> {
    let requests = since(world, device, begin_ms).into_iter();
    requests.filter(|request| request.is_push).map(|request| request.at_ms).collect()
}

/// The most of some moments, in order, that lie within a time of each other.
fn busiest(at_ms: &[u64], span_ms: u64) -> usize {
    let from = |first: usize| at_ms[first..].iter().take_while(|at| **at < at_ms[first] + span_ms).count();
    (0..at_ms.len()).map(from).max().unwrap_or(0)
}
