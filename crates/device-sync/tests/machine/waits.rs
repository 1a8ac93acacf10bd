//! How long the machine waits after trouble.

use std::collections::BTreeSet;

use fieldbook_device_sync::{Input, Link, Output, Trouble};
use fieldbook_protocol::ProblemCode;

use crate::bench::Bench;

/// The waits after the first troubles in a row, in milliseconds.
fn waits(seed: u64, troubles: usize, trouble: &Trouble) -> Vec<u64> {
    let mut bench = Bench::new(seed);
    let mut outputs = bench.play("begin 1:10");
    let mut waits = Vec::new();
    for _ in 0..troubles {
        let pull = outputs.iter().find_map(|output| match output {
            Output::Pull(call) => Some(*call),
            _ => None,
        });
        let mut said = bench.tell(Input::PullEnded(pull.expect("a pull"), Err(trouble.clone())));
        waits.push(wait(&bench, &said));
        if waits.last() != Some(&0) {
            said = bench.play("wait");
        }
        outputs = said;
    }
    waits
}

/// The wait that is stored; the one that the link is in is the same.
fn wait(bench: &Bench, outputs: &[Output]) -> u64 {
    let stored = outputs.iter().find_map(|output| match output {
        Output::Remember(Some(backoff)) => Some(backoff.until.0 - bench.now.wall.0),
        _ => None,
    });
    let stored = u64::try_from(stored.expect("a stored wait")).expect("a wait forwards");
    match bench.machine.session(bench.now).link {
        Link::Broken { until_ms, .. } => assert_eq!(until_ms - bench.now.mono_ms, stored),
        link => panic!("{link:?}"),
    }
    stored
}

#[test]
fn the_first_twelve_waits_are_drawn_from_zero_to_a_ceiling_that_doubles_up_to_half_a_minute() {
    let ceilings = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000];
    let drawn: Vec<_> = (0..400).map(|seed| waits(seed, ceilings.len(), &Trouble::NoAnswer)).collect();
    for (attempt, ceiling) in ceilings.into_iter().enumerate() {
        let waits: Vec<u64> = drawn.iter().map(|waits| waits[attempt]).collect();
        let (least, most) = (waits.iter().min().expect("waits"), waits.iter().max().expect("waits"));
        assert!(*most <= ceiling && *most > ceiling * 9 / 10, "{attempt}: {most} of {ceiling}");
        assert!(*least < ceiling / 10, "{attempt}: {least} of {ceiling}");
        let mean = waits.iter().sum::<u64>() / waits.len() as u64;
        assert!((ceiling * 4 / 10..ceiling * 6 / 10).contains(&mean), "{attempt}: {mean} of {ceiling}");
    }
}

#[test]
fn the_same_seed_waits_the_same_and_another_does_not() {
    let of = |seed| waits(seed, 12, &Trouble::Cut);
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
}

#[test]
fn a_wait_that_the_server_asks_for_is_the_least() {
    let after = |ms| Trouble::Problem { code: ProblemCode::TooMany, retry_after_ms: Some(ms) };
    for (asked, least, most) in
        [(0, 0, 250), (6000, 6000, 9000), (120_000, 120_000, 180_000), (u64::MAX, 3_600_000, 5_400_000)]
    {
        for seed in 0..50 {
            let wait = waits(seed, 1, &after(asked))[0];
            assert!((least..=most).contains(&wait), "{wait} where {asked} was asked for");
        }
        let spread: BTreeSet<u64> = (0..50).map(|seed| waits(seed, 1, &after(asked))[0]).collect();
        assert!(spread.len() > 30, "devices that were sent away together come back together: {spread:?}");
    }
}
