//! Takes a rule out of the engine and sees that its row of the table does not hold any more: the table would
//! notice. Each row holds without the defect, else its part of the table fails too.

use fieldbook_model::planted::{Defect, with};

use crate::bench::Bench;
use crate::language::steps;
use crate::schema::schema;
use crate::table::{holds, row};

/// Fails if the row holds with the defect, or does not hold without it.
fn check(defect: Defect, sentence: &str) {
    let row = row(sentence);
    assert!(holds(row), "without any defect: {sentence}");
    assert!(!with(defect, || holds(row)), "{defect:?} is not noticed by: {sentence}");
    assert!(holds(row), "a defect that stays behind: {defect:?}");
}

/// What the server says to a history.
fn said(history: &str) -> String {
    let schema = schema();
    let mut bench = Bench::new(&schema);
    steps(history).iter().map(|step| bench.server_step(step)).collect::<Vec<_>>().join("; ")
}

#[test]
fn rule_08_with_one_stamp_an_own_change_hides_anothers() {
    let sentence = "rule 8: an own later set does not hide another device's that was not seen";
    check(Defect::OneStampPerUnit, sentence);
}

#[test]
fn rule_19_without_dependents_an_edit_lands_beside_the_refused_one_it_built_on() {
    let sentence = "rule 19: a set on a record that a refused op of the same device set is refused with it";
    check(Defect::DependentsFlow, sentence);
}

#[test]
fn rule_20_by_bytes_no_two_tills_ever_do_the_same_act() {
    let sentence = "rule 20: the same act under one key is answered with the first and a map of ids";
    check(Defect::KeysComparedByBytes, sentence);
}

#[test]
fn rule_20_without_a_map_of_ids_what_follows_a_duplicate_refers_to_nothing() {
    let sentence = "rule 20: what refers to a duplicate's record refers to the one in force";
    check(Defect::DuplicateWithoutIdMap, sentence);
}

#[test]
fn rule_32_by_the_role_at_writing_a_demoted_manager_goes_on_setting_prices() {
    check(Defect::RoleAtWrite, "rule 32: a demoted manager's queued price is refused");
}

#[test]
fn rule_50_by_the_named_roles_alone_a_price_is_decided_by_who_may_not_set_it() {
    check(Defect::ResolverNeedNotWrite, "rule 50: a conflict is settled by who may write all of it");
}

#[test]
fn rule_39_an_answer_to_other_bytes_hides_that_they_were_never_applied() {
    check(Defect::AlteredOpIsAnswered, "rule 39: other bytes under a known id and place are refused");
}

#[test]
fn rule_40_a_base_that_a_rebase_rewrote_hides_what_the_user_never_saw() {
    // A acts on version 1 while B's x is on its way, then pulls it. With its own base the op says what it
    // replaces; with the base of the rebase it says that the user knew.
    assert_eq!(said("O: +r; B: r.x=b @1; A: r.x=a @1"), "r ok; r.x ok; r.x over B@2");
    assert_eq!(said("O: +r; B: r.x=b @1; A: r.x=a @2"), "r ok; r.x ok; r.x ok");
}

#[test]
fn rule_41_an_equal_write_without_a_stamp_is_overwritten_silently() {
    check(Defect::EqualWriteLeavesNoStamp, "rule 41: an equal set stamps, so that a third device meets it");
}

#[test]
fn rule_49_a_refused_op_without_its_place_blocks_all_behind_it() {
    check(Defect::RejectedBreaksChain, "rule 49: a refused op keeps its place, and the next one names it");
}

#[test]
fn guarantee_02_a_replay_that_is_applied_counts_twice() {
    check(Defect::ReplayIsApplied, "an addition again counts once");
}

#[test]
fn guarantee_03_a_gap_that_is_accepted_loses_the_op_in_it() {
    check(Defect::GapsAreAccepted, "after a gap the missing op is taken");
}
