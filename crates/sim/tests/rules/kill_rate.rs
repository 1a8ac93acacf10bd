//! The table of planted defects, and what the guide says of them: each is found by the seed that stands there.

use std::collections::BTreeMap;
use std::sync::Mutex;

use fieldbook_model::planted::{Area, Defect};
use fieldbook_sim::hunt;
use fieldbook_sim::run::Family;

const PAGE: &str = include_str!("../../../../docs/guide/kill-rate.md");
/// Defects of each area.
const OF_AREA_MIN: usize = 5;
/// Defects that show only when two faults meet.
const OF_TWO_MIN: usize = 20;
/// Worlds at a time.
const WORKERS: usize = 2;

/// The seed that the guide names for each defect; `None` for one that survived.
fn named() -> BTreeMap<&'static str, Option<u64>> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let row = |row: &'static str| {
        let cells: Vec<&str> = row.split(" | ").collect();
        (cells.len() == 7 && !["area", "---"].contains(&cells[0])).then(|| (cells[1], cells[5].parse().ok()))
    };
    rows.filter_map(row).collect()
}

#[test]
fn every_area_has_its_share_of_defects_and_some_need_two_faults() {
    for area in Area::ALL {
        let of_area = Defect::ALL.iter().filter(|defect| defect.facts().area == area).count();
        assert!(of_area >= OF_AREA_MIN, "{area} has only {of_area}");
    }
    let of_two = Defect::ALL.iter().filter(|defect| defect.facts().when.is_some()).count();
    assert!(of_two >= OF_TWO_MIN, "only {of_two} need two faults");
}

#[test]
fn the_guide_has_a_row_for_every_defect_and_no_other() {
    let mut named: Vec<&str> = named().into_keys().collect();
    let mut planted: Vec<&str> = Defect::ALL
        .iter()
        .map(|defect| defect.facts())
        .filter(|it| it.elsewhere.is_none())
        .map(|it| it.name)
        .collect();
    named.sort_unstable();
    planted.sort_unstable();
    assert_eq!(named, planted, "docs/guide/kill-rate.md is old: cargo xtask kill-rate --write");
}

#[test]
fn each_defect_is_found_by_the_seed_that_the_guide_names() {
    let wanted: Vec<(&str, u64)> =
        named().into_iter().filter_map(|(name, seed)| Some((name, seed?))).collect();
    let (wanted, missed) = (Mutex::new(wanted), Mutex::new(Vec::new()));
    let work = || {
        while let Some((name, seed)) = wanted.lock().expect("no panic").pop() {
            let defect = Defect::named(name).expect("a defect of the guide");
            if hunt::finds(defect, Family::Short, seed).is_none() {
                missed.lock().expect("no panic").push(format!("{name} by seed {seed}"));
            }
        }
    };
    std::thread::scope(|scope| (0..WORKERS).for_each(|_| drop(scope.spawn(work))));
    let missed = missed.into_inner().expect("no panic");
    assert!(
        missed.is_empty(),
        "not found any more: {missed:?}; the worlds are others: cargo xtask kill-rate --write"
    );
}
