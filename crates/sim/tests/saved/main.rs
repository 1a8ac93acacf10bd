//! Seeds that failed, made smaller and saved as they were printed: `cargo xtask sim --seed N --shrink` writes such a test, and
//! it is pasted to the end of `seeds.rs` when what was wrong is mended.

mod seeds;

use fieldbook_model::planted::Defect;
use fieldbook_sim::shrink::{fails, shrink};
use fieldbook_sim::{Plan, play};

/// A plan that failed once holds now.
pub fn holds(plan: &str) {
    let plan = Plan::read(plan).unwrap_or_else(|wrong| panic!("{wrong}"));
    play(&plan, false);
}

/// Worlds that the test below may play.
const WORLDS_MAX: u32 = 150;
/// What is left is at most this share of the steps, in percent, and of the lines of the story.
const LEFT_MAX: u64 = 40;

/// A planted defect on the first seed that notices it: what is left of that fails at the same check, is much shorter, and
/// holds with the rule in its place.
#[test]
fn a_failing_seed_is_made_smaller() {
    let defect = Defect::ReplayIsApplied;
    let plan = (1..200).map(Plan::of).find(|plan| fails(plan, Some(defect)).is_some());
    let plan = plan.expect("a seed of two hundred that notices");
    let shrunk = shrink(&plan, Some(defect), WORLDS_MAX).expect("it fails");
    let again = fails(&shrunk.plan, Some(defect)).expect("what is left fails");
    assert_eq!(again, shrunk.after, "the same plan is the same world");
    assert!(again.is_like(&shrunk.before), "{again:?} is none of {:?}", shrunk.before);
    assert!(shrunk.plan.played().len() as u64 * 100 <= plan.steps * LEFT_MAX, "{plan}\n{}", shrunk.plan);
    assert!(again.lines * 100 <= shrunk.before.lines * LEFT_MAX, "{again:?} {:?}", shrunk.before);
    assert_eq!(fails(&shrunk.plan, None), None, "it holds without the defect");
    assert_eq!(Plan::read(&shrunk.plan.to_string()), Ok(shrunk.plan.clone()));
    assert!(shrunk.test().contains(&format!("\"{}\"", shrunk.plan)));
}
