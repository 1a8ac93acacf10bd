//! A hunt: seeds are played with a rule taken out until one fails. It never chooses seeds; it takes them in their order.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fieldbook_model::planted::{self, Defect};

use crate::run::{Family, play};

/// The seed that finds a defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The seed.
    pub seed: u64,
    /// The first words of what failed.
    pub words: String,
}

/// The first of some seeds that fails with a defect, if one does.
pub fn hunt(defect: Defect, family: Family, mut seeds: impl Iterator<Item = u64>) -> Option<Kill> {
    seeds.find_map(|seed| finds(defect, family, seed))
}

/// What a seed says to a defect, if it notices.
pub fn finds(defect: Defect, family: Family, seed: u64) -> Option<Kill> {
    let played = catch_unwind(AssertUnwindSafe(|| planted::with(defect, || play(&family.plan(seed), false))));
    played.err().map(|panic| Kill { seed, words: words(panic.as_ref()) })
}

/// The first words of a panic.
pub fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").lines().next().unwrap_or_default().chars().take(200).collect()
}
