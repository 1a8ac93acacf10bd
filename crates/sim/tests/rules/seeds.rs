//! Random worlds: a few in every test run; `cargo xtask sim` runs thousands.

use fieldbook_sim::run;

#[test]
fn forty_seeds_hold() {
    for seed in 1..=40 {
        run(seed, false);
    }
}

#[test]
fn a_seed_tells_one_story() {
    assert_eq!(run(7, false).hash, run(7, false).hash);
}
