//! What a history keeps of an op: one text, which says what is needed to take the op back, under every later version of the
//! schema too.

use std::sync::Arc;

use fieldbook_merge::merge::{commutes, merge};
use fieldbook_merge::{
    Author, Checked, Done, DoneVerb, Edit, Effect, Outcome, Row, Stamp, Stamps, UnitEffect, Verb, text,
};
use fieldbook_model::clock::Hlc;
use fieldbook_model::schema::{Field, Kind, Ladder, RecordType, Step, StepChange, Vocabulary};
use fieldbook_model::{OpId, Schema, Value};
use proptest::prelude::*;

use crate::{MEMO, N, TAGS, X, any_verb, at, change, config, row, ty};

const ID: &str = "01010101-0101-0101-0101-010101010101";
const OP: &str = "0198c0de-7a11-7000-8000-000000000106";

fn schema(version: u32, types: Vec<RecordType>, steps: Vec<StepChange>) -> Schema {
    Schema {
        name: "shop".to_owned(),
        version,
        roles: Vec::new(),
        types,
        actions: Vec::new(),
        status: Vocabulary::Counter,
        steps: steps.into_iter().map(|change| Step { to: version, change }).collect(),
    }
}

fn words(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn effect(verb: Verb, life: Option<Outcome>, units: Vec<UnitEffect>) -> Effect {
    Effect { change: change(0, verb), life, life_before: None, units, held: None }
}

fn unit(field: usize, [before, after]: [Value; 2], outcome: Outcome, stamps: Option<Stamps>) -> UnitEffect {
    UnitEffect { field, before, after, outcome, stamps }
}

fn weighing(version: u64, line: u32, weight: u64) -> Stamp {
    Stamp { weight, ..at(version, line) }
}

/// Effects, and what is kept of them between the brackets of the list.
fn cases() -> Vec<(Vec<Effect>, String)> {
    let first = |stamp| Some(Stamps::first(stamp));
    let two = |last, other| Some(Stamps { last, other: Some(other) });
    let tea = || [words("Chai"), words("Tea")];
    let update = |units| effect(Verb::Update(Vec::new()), None, units);
    let tags = Value::Set(["a".to_owned()].into());
    vec![
        (vec![], String::new()),
        (
            vec![update(vec![
                unit(N, [Value::Int(5), Value::Int(3)], Outcome::Applied, first(at(9, 1))),
                unit(X, tea(), Outcome::Over(at(1311, 2)), first(at(1300, 1))),
            ])],
            format!(r#"["update","item","{ID}",null,[["n",5,3],["x","Chai","Tea","over",1311,2,[1300,1]]]]"#),
        ),
        (
            vec![update(vec![
                unit(TAGS, [Value::Null, tags], Outcome::Merged(at(8, 2)), first(at(7, 2))),
                unit(X, tea(), Outcome::LostToDelete(at(9, 3)), first(at(7, 2))),
                unit(X, tea(), Outcome::Already, first(at(7, 2))),
            ])],
            format!(
                r#"["update","item","{ID}",null,[["tags",null,["a"],"merged",8,2],["x","Chai","Tea","lost-to-delete",9,3],["x","Chai","Tea","already"]]]"#
            ),
        ),
        (
            vec![update(vec![
                unit(MEMO, tea(), Outcome::Applied, two(weighing(1300, 1, 77), weighing(1200, 2, 0))),
                unit(X, tea(), Outcome::Applied, two(at(6, 1), at(5, 2))),
            ])],
            format!(
                r#"["update","item","{ID}",null,[["memo","Chai","Tea",[1300,1,77,1200,2,0]],["x","Chai","Tea",[6,1,5,2]]]]"#
            ),
        ),
        (
            vec![
                Effect {
                    held: Some(OpId::parse(OP).expect("an id")),
                    ..effect(
                        Verb::Insert(row(0)),
                        Some(Outcome::Applied),
                        vec![unit(X, [Value::Null, words("Tea")], Outcome::Applied, None)],
                    )
                },
                Effect {
                    life_before: two(at(5, 2), at(4, 1)),
                    ..effect(Verb::Delete, Some(Outcome::Over(at(7, 1))), Vec::new())
                },
            ],
            format!(
                r#"["insert","item","{ID}",["applied"],[["x",null,"Tea"]],"{OP}"],["delete","item","{ID}",["over",7,1,[5,2,4,1]],[]]"#
            ),
        ),
        (
            // An edit that brought the record back: a later undo deletes it again, and has nothing to put back there.
            vec![Effect {
                life_before: first(at(5, 2)),
                life: Some(Outcome::Over(at(5, 2))),
                ..update(vec![unit(X, tea(), Outcome::Applied, None)])
            }],
            format!(r#"["update","item","{ID}",["over",5,2],[["x","Chai","Tea"]]]"#),
        ),
    ]
}

#[test]
fn what_is_kept_is_this_text() {
    let schema = schema(1, vec![ty()], Vec::new());
    for (effects, expected) in cases() {
        let kept = text::write(&schema, &effects);
        assert_eq!(kept, format!("[{expected}]"));
        let read = text::read(&schema, &kept).expect("what was written");
        let held: Vec<_> = effects.iter().map(|effect| effect.held).collect();
        assert_eq!(read.iter().map(|(_, held)| *held).collect::<Vec<_>>(), held);
        assert_eq!(read.into_iter().map(|(done, _)| done).collect::<Vec<_>>(), told(&effects));
    }
}

/// What is told of effects: of what adds up or joins no stamps, and those of a life only where nothing else was done.
fn told(effects: &[Effect]) -> Vec<Done> {
    let ty = ty();
    let told = |effect: &Effect| {
        let mut done = Done::from(effect);
        let sums = done.deeds.iter_mut().filter(|deed| commutes(&ty.fields[deed.field]));
        sums.for_each(|deed| deed.stamps = None);
        done.life_before = done.life_before.filter(|_| effect.units.is_empty());
        done
    };
    effects.iter().map(told).collect()
}

#[test]
fn each_verb_and_each_outcome_has_its_word() {
    let verbs = [
        (Verb::Insert(Row::new()), "insert"),
        (Verb::Update(Vec::new()), "update"),
        (Verb::Amend(Vec::new()), "update"),
        (Verb::Revert(Vec::new()), "update"),
        (Verb::Delete, "delete"),
        (Verb::Unmake, "delete"),
        (Verb::Restore, "restore"),
        (Verb::Revive(None), "restore"),
    ];
    for (verb, word) in verbs {
        assert_eq!(text::verb(DoneVerb::of(&verb)), word, "{verb:?}");
    }
    let other = at(4, 2);
    let outcomes = [
        (Outcome::Applied, ("applied", None)),
        (Outcome::Already, ("already", None)),
        (Outcome::Merged(other), ("merged", Some(other))),
        (Outcome::Over(other), ("over", Some(other))),
        (Outcome::LostToDelete(other), ("lost-to-delete", Some(other))),
        (Outcome::LostToEdit(other), ("lost-to-edit", Some(other))),
        (Outcome::LostToChoice(other), ("lost-to-choice", Some(other))),
        (Outcome::Superseded(other), ("superseded", Some(other))),
        (Outcome::NotUndone(other), ("not-undone", Some(other))),
    ];
    for (outcome, told) in outcomes {
        assert_eq!(text::outcome(outcome), told);
    }
}

#[test]
fn a_text_that_is_none_is_not_read() {
    let schema = schema(1, vec![ty()], Vec::new());
    let good = format!(r#"[["update","item","{ID}",null,[["x","a","b",[6,1]]],"{OP}"]]"#);
    assert!(text::read(&schema, &good).is_some());
    for (part, other) in [
        (r#""update""#, r#""updated""#),
        (r#""item""#, r#""thing""#),
        (ID, "7"),
        (OP, "7"),
        (r#"["x","#, r#"["z","#),
        (r#""b""#, "7"),
        (r#"[["x","a","b",[6,1]]]"#, "null"),
        (r#"["x","a","b",[6,1]]"#, "7"),
    ] {
        let bad = good.replace(part, other);
        assert_eq!(text::read(&schema, &bad), None, "{bad}");
    }
    // A stamp of a later kind is no reason to lose the rest.
    let strange = good.replace("[6,1]", "[-6,1]");
    let read = text::read(&schema, &strange).expect("the rest of it");
    assert_eq!(read[0].0.deeds[0].stamps, None);
}

/// A shop of two versions: the second renames the type and a field, and splits a text.
fn ladder() -> Ladder {
    let text = |name: &str| Field::new(name, Kind::Text { max: 40 });
    let of = || "item".to_owned();
    let old = RecordType::new("thing", vec![text("title"), text("who")]);
    let new = RecordType::new("item", vec![text("name"), text("first"), text("last")]);
    let steps = vec![
        StepChange::RenameType { from: "thing".to_owned(), to: of() },
        StepChange::RenameField { of: of(), from: "title".to_owned(), to: "name".to_owned() },
        StepChange::Split {
            of: of(),
            field: "who".to_owned(),
            into: vec!["first".to_owned(), "last".to_owned()],
            by: " ".to_owned(),
        },
    ];
    let versions = [schema(1, vec![old], Vec::new()), schema(2, vec![new], steps)];
    Ladder::new(versions.map(Arc::new).to_vec())
}

#[test]
fn what_an_older_version_kept_is_told_in_the_words_of_the_newest() {
    let kept = |of: &str, units: &str| format!(r#"[["update","{of}","{ID}",null,{units},"{OP}"]]"#);
    let cases = [
        ("a name", r#"[["title","a","b","over",7,2,[6,1]]]"#, r#"[["name","a","b","over",7,2,[6,1]]]"#),
        ("the same value is told where nothing was split", r#"[["title","a","a"]]"#, r#"[["name","a","a"]]"#),
        (
            "of parts only those that are others",
            r#"[["who","Ann Lee","Ann Low",[6,1]]]"#,
            r#"[["last","Lee","Low",[6,1]]]"#,
        ),
        ("both", r#"[["who","Ann Lee","Bea Low"]]"#, r#"[["first","Ann","Bea"],["last","Lee","Low"]]"#),
        ("what is no field of it stays", r#"[7]"#, r#"[7]"#),
    ];
    for (sentence, old, new) in cases {
        let up = text::up(&ladder(), 1, &kept("thing", old));
        assert_eq!(up.as_deref(), Some(kept("item", new).as_str()), "{sentence}");
        let same = text::up(&ladder(), 2, &kept("item", new));
        assert_eq!(same.as_deref(), Some(kept("item", new).as_str()), "{sentence}");
    }
    for none in ["7", "[7]", "[[]]", r#"[["update"]]"#, "not JSON"] {
        assert_eq!(text::up(&ladder(), 1, none), None, "{none}");
    }
}

/// Any change, by any line on any base, with the time at which it was made.
fn any_change() -> impl Strategy<Value = (Checked, u32, u64)> {
    let memo = Just(Verb::Update(vec![(MEMO, Edit::Set(words("w")))]));
    let verb = prop_oneof![3 => any_verb(), 1 => memo];
    (verb, 0_u32..4, 0_u64..12, 0_u64..9).prop_map(|(verb, line, base, ms)| (change(base, verb), line, ms))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_kept_reads_back_as_what_was_done(changes in prop::collection::vec(any_change(), 1..9)) {
        let (schema, mut record, mut effects) = (schema(1, vec![ty()], Vec::new()), None, Vec::new());
        let first = (change(0, Verb::Insert(row(0))), 0, 0);
        for (version, (change, line, ms)) in (1..).zip([vec![first], changes].concat()) {
            let author = Author { hlc: Hlc { ms, counter: 1 }, ..Author::plain(at(version, line)) };
            let merged = merge(&schema.types[0], &mut record, change, author, None);
            effects.extend(merged.ok().map(|merged| merged.effect));
        }
        let read = text::read(&schema, &text::write(&schema, &effects)).expect("what was written");
        let read: Vec<Done> = read.into_iter().map(|(done, _)| done).collect();
        prop_assert_eq!(read, told(&effects));
    }
}
