//! What the fuzz targets of all crates share. A target stands beside the code that it is for, in a module called `fuzz`: it
//! gets text after text and says of each whether it could be read; what must be true of what was read, it asserts.
//!
//! ```text
//!   seeds ──► tokens ──► a few edits ──► a target ──► read: print, read again, the same
//!   texts that are right  (spoil.rs)                  refused: an error that is a value
//! ```
//!
//! Under plain `cargo test` a target is played a bounded number of times. `cargo xtask fuzz` plays it for minutes.

mod spoil;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};

use bolero::{Driver, ValueGenerator};

/// So often a target is played in a test run.
const CASES: usize = 400;

/// A text that may or may not be one of its kind.
#[derive(Clone, PartialEq, Eq)]
pub struct Made(Vec<u8>);

impl Made {
    /// Its bytes, which need not be UTF-8.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same as a text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text())
    }
}

/// Texts made from right ones.
struct Spoiled<'a>(&'a [&'a str]);

impl ValueGenerator for Spoiled<'_> {
    type Output = Made;
    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Made> {
        spoil::spoiled(self.0, driver).map(Made)
    }
}

/// Plays a target on texts made from right ones. The target says whether it could read what it got.
///
/// # Panics
/// When the target does, with the text in few words and the `BOLERO_RANDOM_SEED` that brings it again; and when it could
/// read nothing at all, so that it looked at nothing.
pub fn texts(name: &str, seeds: &[&str], target: impl Fn(&Made) -> bool) {
    play(name, CASES, Spoiled(seeds), target);
}

/// The same for a target that takes long: so many times in a test run.
///
/// # Panics
/// As [`texts`].
pub fn slow_texts(name: &str, cases: usize, seeds: &[&str], target: impl Fn(&Made) -> bool) {
    play(name, cases, Spoiled(seeds), target);
}

/// Plays a target on values of any kind.
///
/// # Panics
/// As [`texts`].
pub fn values<G>(name: &str, generator: G, target: impl Fn(&G::Output) -> bool)
where
    G: ValueGenerator,
    G::Output: fmt::Debug,
{
    play(name, 10 * CASES, generator, target);
}

fn play<G>(name: &str, cases: usize, generator: G, target: impl Fn(&G::Output) -> bool)
where
    G: ValueGenerator,
    G::Output: fmt::Debug,
{
    let (played, read) = (AtomicU64::new(0), AtomicU64::new(0));
    // A target leaves nothing behind that a panic could spoil.
    let counted = AssertUnwindSafe(|made: &G::Output| {
        played.fetch_add(1, Ordering::Relaxed);
        read.fetch_add(u64::from(target(made)), Ordering::Relaxed);
    });
    // BOLERO_RANDOM_ITERATIONS and BOLERO_RANDOM_TEST_TIME_MS ask for more.
    let asked = bolero::check!(name = name).with_generator(generator).with_iterations(cases);
    asked.for_each(|made| (*counted)(made));
    let (played, read) = (played.into_inner(), read.into_inner());
    eprintln!("fuzz {name}: {played} cases, {read} read");
    assert!(read > 0, "{name} reads nothing of what it gets");
}
