//! Undo on the server: what goes back, what somebody else touched, and in whose name it stands afterwards (rules 12 and 42).

use std::collections::BTreeMap;

use fieldbook_merge::merge::{Outcome, merge};
use fieldbook_merge::{Deed, Edit, Effect, Record, Ruling, Rulings, Stamps, Unit, Verb};
use fieldbook_model::Value;

use crate::{N, X, at, by, change, row, ty};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A record of line 1 at version 1, and then some changes, each by a line on what was there.
fn after(changes: &[(u64, u32, Verb)]) -> Record {
    let (ty, mut record) = (ty(), None);
    merge(&ty, &mut record, change(0, Verb::Insert(row(0))), by(1, 1), None).expect("a new record");
    for (version, line, verb) in changes {
        let change = change(version - 1, verb.clone());
        merge(&ty, &mut record, change, by(*version, *line), None).expect("it fits");
    }
    record.expect("a record")
}

/// An undo by line 1 at version 9 of what took effect behind a version.
fn undone(record: Record, behind: u64, verb: Verb, rulings: Option<&Rulings>) -> (Record, Effect) {
    let mut record = Some(record);
    let merged = merge(&ty(), &mut record, change(behind, verb), by(9, 1), rulings).expect("it fits");
    (record.expect("a record"), merged.effect)
}

fn set(value: &str) -> Verb {
    Verb::Update(vec![(X, Edit::Set(text(value)))])
}

#[test]
fn a_record_that_another_edited_since_is_not_unmade() {
    let cases = [(2, Outcome::Applied), (1, Outcome::NotUndone(at(2, 7)))];
    for (behind, expected) in cases {
        let (record, effect) = undone(after(&[(2, 7, set("u"))]), behind, Verb::Unmake, None);
        assert_eq!(effect.life, Some(expected), "what was done behind version {behind} is taken back");
        assert_eq!(record.deleted, expected == Outcome::Applied);
    }
    let (record, effect) = undone(after(&[(2, 1, Verb::Delete)]), 0, Verb::Unmake, None);
    assert_eq!((record.deleted, effect.life), (true, Some(Outcome::Already)));
}

#[test]
fn what_comes_back_from_a_delete_has_the_life_that_it_had() {
    let deleted = after(&[(2, 1, Verb::Delete)]);
    let before = Stamps::first(at(1, 1));
    let (record, effect) = undone(deleted.clone(), 1, Verb::Revive(Some(before)), None);
    assert_eq!((record.deleted, record.life, effect.life), (false, before, Some(Outcome::Applied)));
    let (record, _) = undone(deleted, 1, Verb::Revive(None), None);
    assert_eq!(record.life.last, at(9, 1), "where nobody knows it, the undo brought it back");
}

#[test]
fn a_value_comes_back_with_the_stamps_that_it_had_and_an_addition_is_a_change_of_its_own() {
    let add = |number| (N, Edit::Add(number));
    let record = after(&[(2, 1, Verb::Update(vec![(X, Edit::Set(text("u"))), add(4)]))]);
    let stamps = Some(Stamps::first(at(1, 1)));
    let deeds = vec![
        Deed { field: X, before: Value::Null, after: text("u"), stamps },
        Deed { field: N, before: Value::Int(0), after: Value::Int(4), stamps },
    ];
    let (record, effect) = undone(record, 1, Verb::Revert(deeds), None);
    assert_eq!((&record.row[X], &record.row[N]), (&Value::Null, &Value::Int(0)));
    assert!(effect.units.iter().all(|unit| unit.outcome == Outcome::Applied), "{effect:?}");
    assert_eq!(Some(record.units[X]), stamps);
    assert_eq!(record.units[N].last, at(9, 1));
}

#[test]
fn what_a_person_decided_about_an_undo_is_done() {
    let record = after(&[(2, 1, set("u"))]);
    let deeds = || vec![Deed { field: X, before: text("v"), after: text("u"), stamps: None }];
    let ruled = |ruling| Rulings { by: at(8, 4), units: BTreeMap::from([(Unit::Field(X), ruling)]) };
    let theirs = ruled(Ruling::Theirs);
    let (kept, effect) = undone(record.clone(), 1, Verb::Revert(deeds()), Some(&theirs));
    assert_eq!(effect.units[0].outcome, Outcome::LostToChoice(at(8, 4)));
    assert_eq!(kept, record, "nothing is put back");
    let mine = ruled(Ruling::Mine);
    let (put, effect) = undone(record, 1, Verb::Revert(deeds()), Some(&mine));
    assert_eq!(effect.units[0].outcome, Outcome::Applied);
    assert_eq!((&put.row[X], put.units[X].last), (&text("v"), at(8, 4)));
}
