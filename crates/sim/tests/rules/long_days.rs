//! Worlds of long days: some hold, each tells one story, and what only size shows is noticed.

use fieldbook_model::planted::Defect;
use fieldbook_sim::run::Family;
use fieldbook_sim::{hunt, play};

/// The defects that show only where much is done, each with the first seed of the worlds of long days that notices it.
const FOUND_BY: [(Defect, u64); 4] = [
    (Defect::MuchGoesTooFar, 1),
    (Defect::LongQueueOverlooked, 1),
    (Defect::LongPushHalfTaken, 2),
    (Defect::LongLogAnewInPart, 1),
];

#[test]
fn a_world_of_long_days_holds_and_tells_one_story() {
    let outcome = play(&Family::Long.plan(4), false);
    assert!(outcome.ops > 10_000, "{} ops", outcome.ops);
    assert_eq!(play(&Family::Long.plan(4), false).hash, outcome.hash);
}

#[test]
fn what_only_size_shows_is_noticed() {
    let of_size = Defect::ALL.iter().filter(|defect| defect.facts().elsewhere == Some("worlds of long days"));
    let found: Vec<Defect> = FOUND_BY.iter().map(|(defect, _)| *defect).collect();
    assert_eq!(of_size.copied().filter(|defect| !found.contains(defect)).count(), 0);
    for (defect, seed) in FOUND_BY {
        assert!(hunt::finds(defect, Family::Long, seed).is_some(), "{defect:?} by seed {seed}");
    }
}
