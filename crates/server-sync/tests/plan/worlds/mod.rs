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

use std::io::Write;

use std::collections::BTreeSet;

use verbs::{RULES, Rule};
use world::World;

/// All worlds there are. A smaller number is a loss of coverage, a larger one a gain: change it knowingly.
const WORLDS: u64 = 2_771_310;

/// How many ops a world has at most.
const OPS_MAX: usize = 4;

/// How many devices.
const DEVICES: usize = 3;

/// The worlds in which both verbs of a pair are used; with a pair of one verb twice, that one alone.
fn worlds_of(rule: &Rule, pair: [usize; 2]) -> u64 {
    let schema = crate::schema::slim();
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
            for record in records(rule, world) {
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

/// Where both records are there from the start they are alike, so the first op is about the first.
fn records(rule: &Rule, world: &World<'_>) -> std::ops::Range<usize> {
    let alike = rule.there.len() == 2 && world.ops() == 0;
    0..if alike { 1 } else { 2 }
}

fn device_letter(device: usize) -> char {
    ['A', 'B', 'C'][device]
}

/// The pairs of a rule's verbs. Some verbs stand in two rules; their pairs with each other are played with the
/// first.
fn pairs(rule: &Rule) -> Vec<[usize; 2]> {
    let known = |other: &Rule, verb: usize| other.verbs.iter().any(|own| own.name == rule.verbs[verb].name);
    let earlier = || RULES.iter().take_while(|other| other.name != rule.name);
    let played = |pair: &[usize; 2]| {
        earlier().any(|other| other.there == rule.there && pair.iter().all(|verb| known(other, *verb)))
    };
    let all =
        (0..rule.verbs.len()).flat_map(|first| (first..rule.verbs.len()).map(move |second| [first, second]));
    all.filter(|pair| !played(pair)).collect()
}

/// Plays all worlds of a rule and says how many there are for each pair of its verbs.
fn check(name: &str) {
    let rule = RULES.iter().find(|rule| rule.name == name).expect("a rule of the list");
    let mut total = 0;
    for pair in pairs(rule) {
        let worlds = worlds_of(rule, pair);
        let [first, second] = pair.map(|verb| rule.verbs[verb].name);
        eprintln!("{name:24} {first:14} {second:14} {worlds:>9}");
        total += worlds;
    }
    // Past the test runner's capture, so that every run says how much was looked at.
    let _ = writeln!(std::io::stderr(), "{total} worlds of {name}");
    assert_eq!(total, rule.worlds, "worlds of {name}; change the number with the verbs");
}

#[test]
fn all_small_worlds_of_last_synced_text_end_as_the_reference_says() {
    check("last-synced text");
}

#[test]
fn all_small_worlds_of_delta_numbers_end_as_the_reference_says() {
    check("delta number");
}

#[test]
fn all_small_worlds_of_set_elements_end_as_the_reference_says() {
    check("set elements");
}

#[test]
fn all_small_worlds_of_highest_numbers_end_as_the_reference_says() {
    check("highest number");
}

#[test]
fn all_small_worlds_of_insert_only_types_end_as_the_reference_says() {
    check("insert-only type");
}

#[test]
fn all_small_worlds_of_record_life_end_as_the_reference_says() {
    check("record life");
}

#[test]
fn all_small_worlds_of_references_end_as_the_reference_says() {
    check("references");
}

#[test]
fn all_small_worlds_of_refused_ops_end_as_the_reference_says() {
    check("refused and dependent");
}

#[test]
fn all_small_worlds_of_idempotency_keys_end_as_the_reference_says() {
    check("idempotency keys");
}

#[test]
fn no_world_is_lost() {
    assert_eq!(RULES.iter().map(|rule| rule.worlds).sum::<u64>(), WORLDS);
    let _ = writeln!(std::io::stderr(), "{WORLDS} small worlds in all");
}
