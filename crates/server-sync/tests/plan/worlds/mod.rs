//! All small worlds: up to four ops on three devices over two records, for each rule and each pair of its verbs.
//!
//! A world is a sequence of arrivals at the server. For each arrival: which device (devices are alike, so a new
//! one is always the next letter), which verb of the pair, which record, and up to which version the device had
//! pulled when its user acted: any from where it was to the head before the arrival. That is every interleaving
//! that keeps each device's order, with a pull or none before each act. Ops wait on their devices while others
//! arrive, so later acts and pulls meet them.
//!
//! After each arrival the server must say, hold and remember what the reference finds in its list; the device
//! must show what the naive device shows after each pull and each act; and every world ends with all devices
//! pulling page by page, one version each, until they show what the server has and nothing waits.

mod phone;
mod verbs;
mod world;

use std::collections::BTreeSet;

use verbs::{RULES, Rule};
use world::World;

/// All worlds there are. A smaller number is a loss of coverage, a larger one a gain: change it knowingly.
const WORLDS: u64 = 0;

/// How many ops a world has at most.
const OPS_MAX: usize = 4;

/// How many devices.
const DEVICES: usize = 3;

/// The worlds in which both verbs of a pair are used; with a pair of one verb twice, that one alone.
fn worlds_of(rule: &Rule, pair: [usize; 2]) -> u64 {
    let schema = crate::schema::schema();
    let mut world = World::new(&schema, rule.there);
    let mut path = Vec::new();
    explore(rule, &pair, &mut world, &mut path)
}

fn explore(rule: &Rule, pair: &[usize; 2], world: &mut World<'_>, path: &mut Vec<String>) -> u64 {
    let verbs: BTreeSet<usize> = pair.iter().copied().collect();
    let mut worlds = u64::from(world.uses(&verbs));
    if world.ops() == OPS_MAX {
        return worlds;
    }
    for device in 0..DEVICES.min(world.devices_used() + 1) {
        for verb in &verbs {
            for record in 0..2 {
                for pulled in world.cursor(device).0..=world.head().0 {
                    path.push(format!(
                        "{}: {} on {record} @{pulled}",
                        device_letter(device),
                        rule.verbs[*verb].name
                    ));
                    let back = world.arrive(device, (*verb, &rule.verbs[*verb]), record, pulled);
                    let back = back.unwrap_or_else(|differs| panic!("{}: {path:#?}\n{differs}", rule.name));
                    worlds += explore(rule, pair, world, path);
                    world.undo(back);
                    path.pop();
                }
            }
        }
    }
    worlds
}

fn device_letter(device: usize) -> char {
    ['A', 'B', 'C'][device]
}

#[test]
fn every_small_world_ends_as_the_reference_says() {
    let (mut total, mut seen) = (0, BTreeSet::new());
    for rule in RULES {
        for first in 0..rule.verbs.len() {
            for second in first..rule.verbs.len() {
                // Some verbs stand in two rules; their pairs with each other are played once.
                if !seen.insert((rule.there, [first, second].map(|verb| rule.verbs[verb].name))) {
                    continue;
                }
                let worlds = worlds_of(rule, [first, second]);
                let [first, second] = [first, second].map(|verb| rule.verbs[verb].name);
                eprintln!("{:24} {first:14} {second:14} {worlds:>9}", rule.name);
                total += worlds;
            }
        }
    }
    eprintln!("{total} worlds");
    assert_eq!(total, WORLDS, "worlds; change the number with the verbs");
}
