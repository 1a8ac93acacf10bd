//! The table of cases: a sentence, a history, what is said to each step, what is there in the end.

mod bounds;
mod chain;
mod children;
mod coverage;
mod discards;
mod fields;
mod groups;
mod holds;
mod keys;
mod life;
mod manual;
mod neighbours;
mod numbers;
mod once;
mod people;
mod ranked;
mod references;
mod refusals;
mod resolutions;
mod series;
mod sets;
mod undo;
mod unique;

use std::collections::BTreeSet;

use crate::bench::Bench;
use crate::language::steps;
use crate::render;
use crate::schema::schema;

/// Sentence, history, what is said to its steps, what is there in the end.
pub type Row = (&'static str, &'static str, &'static str, &'static str);

const TABLE: [(&str, &[Row]); 21] = [
    ("fields", fields::ROWS),
    ("numbers", numbers::ROWS),
    ("sets", sets::ROWS),
    ("bounds", bounds::ROWS),
    ("ranked", ranked::ROWS),
    ("life", life::ROWS),
    ("once", once::ROWS),
    ("references", references::ROWS),
    ("keys", keys::ROWS),
    ("chain", chain::ROWS),
    ("refusals", refusals::ROWS),
    ("manual", manual::ROWS),
    ("groups", groups::ROWS),
    ("unique", unique::ROWS),
    ("children", children::ROWS),
    ("holds", holds::ROWS),
    ("resolutions", resolutions::ROWS),
    ("discards", discards::ROWS),
    ("undo", undo::ROWS),
    ("series", series::ROWS),
    ("people", people::ROWS),
];

/// What is wrong with a row; nothing if it holds, on the server and on the reference.
fn wrong((sentence, history, said, end): &Row) -> Option<String> {
    let schema = schema();
    let mut bench = Bench::new(&schema);
    let mut replies = Vec::new();
    for step in steps(history) {
        match bench.step(&step) {
            Ok(reply) => replies.push(reply),
            Err(differs) => return Some(format!("{sentence}\n  at {}: {differs}", step.text)),
        }
    }
    let found = (replies.join("; "), render::records(&schema, &bench.server));
    let right = found == ((*said).to_owned(), (*end).to_owned());
    (!right).then(|| format!("{sentence}\n  {history}\n  {said}\n  {end}\nbut\n  {}\n  {}", found.0, found.1))
}

/// Whether a row holds on the server alone: for the knock-outs.
pub fn holds((_, history, said, end): &Row) -> bool {
    let schema = schema();
    let mut bench = Bench::new(&schema);
    let replies: Vec<_> = steps(history).iter().map(|step| bench.server_step(step)).collect();
    replies.join("; ") == *said && render::records(&schema, &bench.server) == *end
}

/// The row of a sentence.
pub fn row(sentence: &str) -> &'static Row {
    let mut rows = TABLE.iter().flat_map(|(_, rows)| rows.iter());
    rows.find(|row| row.0 == sentence).unwrap_or_else(|| panic!("no row says: {sentence}"))
}

/// Fails with all rows of one part of the table that do not hold.
fn check(part: &str) {
    let rows = TABLE.iter().filter(|(name, _)| *name == part).flat_map(|(_, rows)| rows.iter());
    let wrong: Vec<_> = rows.filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} rows do not hold:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn fields_take_the_edit_that_arrives_last_and_name_what_it_replaced() {
    check("fields");
}

#[test]
fn numbers_count_every_addition() {
    check("numbers");
}

#[test]
fn sets_gain_and_lose_elements_together() {
    check("sets");
}

#[test]
fn the_lowest_and_the_highest_stand_until_a_reset_that_saw_them() {
    check("bounds");
}

#[test]
fn values_roles_and_times_decide_between_changes_that_did_not_meet() {
    check("ranked");
}

#[test]
fn deleting_wins_over_edits_and_can_be_taken_back() {
    check("life");
}

#[test]
fn what_is_written_once_is_never_changed() {
    check("once");
}

#[test]
fn references_name_something_and_dependents_wait_for_what_they_build_on() {
    check("references");
}

#[test]
fn a_key_names_an_occasion() {
    check("keys");
}

#[test]
fn a_log_is_taken_in_its_order_and_once() {
    check("chain");
}

#[test]
fn what_does_not_fit_is_refused_with_its_code() {
    check("refusals");
}

#[test]
fn what_only_a_person_may_decide_is_held() {
    check("manual");
}

#[test]
fn groups_go_together() {
    check("groups");
}

#[test]
fn keys_are_not_shared_unseen() {
    check("unique");
}

#[test]
fn children_follow_their_owners() {
    check("children");
}

#[test]
fn what_builds_upon_a_held_op_waits_with_it() {
    check("holds");
}

#[test]
fn the_first_decision_stands_and_nothing_else_is_lost() {
    check("resolutions");
}

#[test]
fn what_is_given_up_is_done_by_nobody() {
    check("discards");
}

#[test]
fn undo_takes_back_what_an_op_did() {
    check("undo");
}

#[test]
fn a_number_is_used_once() {
    check("series");
}

#[test]
fn a_role_holds_from_its_place_in_the_order_on() {
    check("people");
}

#[test]
fn the_table_is_as_large_as_it_was_and_no_sentence_stands_twice() {
    let sentences: Vec<_> = TABLE.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.0)).collect();
    let distinct: BTreeSet<_> = sentences.iter().collect();
    assert_eq!(distinct.len(), sentences.len());
    assert_eq!(sentences.len(), 430, "rows; change the number with the table");
}
