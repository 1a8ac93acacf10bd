//! Many seeds: all cores play them, and what was checked is added up. It never replays.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use fieldbook_sim::checks::Checks;
use fieldbook_sim::{Family, hunt, play};

/// What all seeds together came to.
#[derive(Default)]
struct Sum {
    checks: Checks,
    ops: u64,
    failed: Vec<(u64, String)>,
    untrue: Vec<u64>,
}

/// Runs seeds on all cores, and prints what was checked.
#[expect(clippy::disallowed_methods, reason = "the runner measures how long the virtual worlds really take")]
pub fn many(family: Family, from: u64, count: u64) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let begin = Instant::now();
    let (next, sum) = (AtomicU64::new(from), Mutex::new(Sum::default()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(family, &next, from + count, &sum));
        }
    });
    let _ = std::panic::take_hook();
    let sum = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    report(family, &sum, count, begin.elapsed().as_secs_f64())
}

fn work(family: Family, next: &AtomicU64, end: u64, sum: &Mutex<Sum>) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return;
        }
        let outcome = std::panic::catch_unwind(|| play(&family.plan(seed), false));
        // One seed of a hundred is run twice: the same seed must tell the same story (I39).
        let twice = seed.is_multiple_of(100)
            && outcome.as_ref().is_ok_and(|first| play(&family.plan(seed), false).hash != first.hash);
        let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match outcome {
            Ok(outcome) => {
                sum.checks.add(&outcome.checks);
                sum.ops += outcome.ops;
            }
            Err(panic) => sum.failed.push((seed, hunt::words(panic.as_ref()))),
        }
        if twice {
            sum.untrue.push(seed);
        }
    }
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn report(family: Family, sum: &Sum, count: u64, seconds: f64) -> ExitCode {
    println!("{count} seeds, {} ops, {seconds:.1} s", sum.ops);
    print!("{}", sum.checks);
    for (seed, words) in &sum.failed {
        println!("seed {seed} failed: {words}\n  replay: cargo xtask sim{} --seed {seed}", family.flag());
    }
    for seed in &sum.untrue {
        println!("seed {seed} told two stories");
    }
    let idle = match family {
        Family::Short if count >= 500 => sum.checks.idle(),
        Family::Long if count >= 50 => sum.checks.idle_in_long_days(),
        _ => Vec::new(),
    };
    for name in &idle {
        println!("nothing was ever at stake for: {name}");
    }
    let failed = sum.failed.len() + sum.untrue.len() + idle.len();
    println!("world: {} passed, {failed} failed", (count as usize).saturating_sub(failed));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
