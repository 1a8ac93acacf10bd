//! A log that began as a copy of another: what both have in common is its own (rule 23).

use std::collections::BTreeSet;

use fieldbook_merge::merge::{Outcome, merge};
use fieldbook_merge::{Author, Edit, Kin, Kinship, Line, Record, Stamps, Verb};
use fieldbook_model::{Seq, Value, Version};

use crate::{TAGS, X, at, by, change, row, ty};

/// The copy, and the log that it is a copy of up to version 3.
const COPY: u32 = 5;
const OTHER: u32 = 1;

fn kin() -> Kinship {
    let kin = Kin { line: Line(OTHER), seq: Seq(3), version: Version(3) };
    Kinship::new(Line(COPY), vec![kin])
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A record that the other log made, with a text and an element.
fn made() -> Record {
    let (ty, mut record) = (ty(), None);
    let tag = Edit::Include(BTreeSet::from(["a".to_owned()]), 3);
    let verbs = [Verb::Insert(row(0)), Verb::Update(vec![(X, Edit::Set(text("u"))), (TAGS, tag)])];
    for (version, verb) in (2..).zip(verbs) {
        merge(&ty, &mut record, change(0, verb), by(version, OTHER), None).expect("it fits");
    }
    record.expect("a record")
}

/// What became of a change by the copy, which knows nothing of version 1 and later but what is its own.
fn changed(record: &Record, verb: Verb) -> (Record, fieldbook_merge::Effect) {
    let mut record = record.clone();
    record.claim(&kin());
    let mut record = Some(record);
    let author = Author::plain(at(9, COPY));
    let mut effect = merge(&ty(), &mut record, change(1, verb), author, None).expect("it fits").effect;
    let mut record = record.expect("a record");
    record.release(&kin());
    effect.release(&kin());
    (record, effect)
}

#[test]
fn what_both_logs_have_is_no_change_by_another() {
    let edit = Verb::Update(vec![(X, Edit::Set(text("v")))]);
    let (record, effect) = changed(&made(), edit);
    assert_eq!(effect.units[0].outcome, Outcome::Applied);
    assert_eq!(effect.units[0].stamps, Some(Stamps::first(at(3, OTHER))));
    assert_eq!(record.units[X].last, at(9, COPY));
    assert_eq!(record.life, Stamps::first(at(2, OTHER)), "everybody knows it under the other log's number");
    let out = Verb::Update(vec![(TAGS, Edit::Exclude(BTreeSet::from(["a".to_owned()])))]);
    let (record, effect) = changed(&made(), out);
    assert_eq!((effect.units.len(), effect.units[0].outcome), (1, Outcome::Applied), "an element of its own");
    assert_eq!(record.row[TAGS], Value::Set(BTreeSet::new()));
    let (record, effect) = changed(&made(), Verb::Delete);
    assert_eq!(effect.life, Some(Outcome::Applied));
    assert_eq!(effect.life_before, Some(Stamps::first(at(2, OTHER))));
    assert!(record.deleted);
}

#[test]
fn what_the_other_log_did_alone_is_told_under_its_number() {
    let mut record = Some(made());
    let later = change(0, Verb::Update(vec![(X, Edit::Set(text("w")))]));
    merge(&ty(), &mut record, later, by(4, OTHER), None).expect("it fits");
    let record = record.expect("a record");
    let (_, effect) = changed(&record, Verb::Update(vec![(X, Edit::Set(text("v")))]));
    assert_eq!(effect.units[0].outcome, Outcome::Over(at(4, OTHER)));
    // What is the copy's own may lose to somebody's delete, which is told as everybody knows it.
    let mut deleted = Some(record);
    merge(&ty(), &mut deleted, change(4, Verb::Delete), by(5, OTHER), None).expect("it fits");
    let own = Kinship::new(Line(COPY), vec![Kin { line: Line(OTHER), seq: Seq(9), version: Version(5) }]);
    let mut claimed = deleted.clone().expect("a record");
    claimed.claim(&own);
    assert_eq!(claimed.life.last, at(5, COPY));
    let edit = change(1, Verb::Update(vec![(X, Edit::Set(text("v")))]));
    let mut claimed = Some(claimed);
    let mut effect = merge(&ty(), &mut claimed, edit, by(9, COPY), None).expect("it fits").effect;
    assert_eq!(effect.units[0].outcome, Outcome::LostToDelete(at(5, COPY)));
    effect.release(&own);
    assert_eq!(effect.units[0].outcome, Outcome::LostToDelete(at(5, OTHER)));
    let mut released = claimed.expect("a record");
    released.release(&own);
    assert_eq!(Some(released), deleted, "what was claimed and changed nothing is as it was");
}
