//! What the table must cover: each verb in each situation, and each code that the server refuses with.

use std::collections::BTreeSet;

use fieldbook_model::{Change, Code, Version};
use fieldbook_reference::history::NOW;

use super::TABLE;
use crate::bench::Bench;
use crate::language::{LEVEL, Step, steps};
use crate::names;
use crate::schema::schema;

const VERBS: [&str; 8] = ["insert", "set", "add", "include", "exclude", "reset", "delete", "restore"];
const SITUATIONS: [&str; 6] = ["fresh", "concurrent", "own", "deleted", "unknown", "insert-only"];

/// The codes that the server refuses with.
const CODES: [Code; 28] = [
    Code::BrokenForm,
    Code::WrongIdentity,
    Code::NoPermission,
    Code::UnknownAction,
    Code::UnknownType,
    Code::UnknownField,
    Code::WrongValue,
    Code::MissingField,
    Code::WrongVerb,
    Code::Empty,
    Code::UnknownRecord,
    Code::UnknownReference,
    Code::IdTaken,
    Code::OutOfRange,
    Code::TooLarge,
    Code::TooManyChanges,
    Code::KeyReused,
    Code::OpAltered,
    Code::DependsOnRejected,
    Code::IncompleteGroup,
    Code::HasChildren,
    Code::UnknownOp,
    Code::UnknownConflict,
    Code::AlreadyResolved,
    Code::MovedOn,
    Code::NotHeld,
    Code::NotUndoable,
    Code::LastOwner,
];

/// Whether the server says a code. A new code does not compile here until somebody has decided that; then it goes
/// into the list too.
fn is_the_servers(code: Code) -> bool {
    match code {
        // Only a store forgets; its own tests have a row for it.
        Code::Gone => false,
        // A device says it before an action. At the server an edit of a deleted record is committed and lost to
        // the delete, with its value in the history.
        Code::Deleted | Code::NotShown | Code::ChangedSince | Code::NothingToUndo => false,
        Code::BrokenForm
        | Code::WrongIdentity
        | Code::NoPermission
        | Code::UnknownAction
        | Code::UnknownType
        | Code::UnknownField
        | Code::WrongValue
        | Code::MissingField
        | Code::WrongVerb
        | Code::Empty
        | Code::UnknownRecord
        | Code::UnknownReference
        | Code::IdTaken
        | Code::OutOfRange
        | Code::TooLarge
        | Code::TooManyChanges
        | Code::KeyReused
        | Code::OpAltered
        | Code::DependsOnRejected
        | Code::IncompleteGroup
        | Code::HasChildren
        | Code::UnknownOp
        | Code::UnknownConflict
        | Code::AlreadyResolved
        | Code::MovedOn
        | Code::NotHeld
        | Code::NotUndoable
        | Code::LastOwner => true,
    }
}

fn verbs(change: &Change) -> Vec<&'static str> {
    match change {
        Change::Insert { .. } => vec!["insert"],
        Change::Delete { .. } => vec!["delete"],
        Change::Restore { .. } => vec!["restore"],
        Change::Update { set, add, count, include, exclude, reset, .. } => {
            let numbers = [("add", add), ("count", count)];
            let others = [("set", set), ("include", include), ("exclude", exclude), ("reset", reset)];
            let edits = numbers.into_iter().chain(others);
            edits.filter(|(_, fields)| !fields.is_empty()).map(|(verb, _)| verb).collect()
        }
    }
}

/// Where a change meets its record: what was done to it last, by whom, and whether that was seen.
fn situation(bench: &Bench<'_>, step: &Step, change: &Change) -> &'static str {
    let (of, id, history) = (change.of(), change.id(), &bench.reference.history);
    if bench.schema.find(of).is_some_and(|ty| ty.insert_only) {
        return "insert-only";
    }
    let device = names::device(step.device);
    let base = change.base().or(step.seen).filter(|base| *base != LEVEL).unwrap_or(bench.server.head);
    match history.record(of, id, NOW) {
        None => "unknown",
        Some(held) if held.deleted => "deleted",
        Some(_) if history.unseen(device, (of, id), base, |_| true).is_some() => "concurrent",
        Some(held) if held.version > base || base == Version::ZERO => "own",
        Some(_) => "fresh",
    }
}

#[test]
fn every_verb_meets_every_situation() {
    let (schema, mut met) = (schema(), BTreeSet::new());
    for (_, history, ..) in TABLE.iter().flat_map(|(_, rows)| rows.iter()) {
        let mut bench = Bench::new(&schema);
        for step in steps(history) {
            for change in &step.changes {
                let situation = situation(&bench, &step, change);
                met.extend(verbs(change).into_iter().map(|verb| (verb, situation)));
            }
            bench.step(&step).expect("agreement, which the parts of the table look at");
        }
    }
    let all = VERBS.iter().flat_map(|verb| SITUATIONS.map(|situation| (*verb, situation)));
    let missing: Vec<_> = all.filter(|pair| !met.contains(pair)).collect();
    assert!(missing.is_empty(), "the table lacks {missing:?}");
}

#[test]
fn every_code_of_the_server_is_said() {
    let said = TABLE.iter().flat_map(|(_, rows)| rows.iter()).flat_map(|row| row.2.split("; "));
    let said: BTreeSet<_> = said.filter_map(|reply| reply.split(' ').next()).collect();
    let missing: Vec<_> = CODES.iter().filter(|code| !said.contains(code.to_string().as_str())).collect();
    assert!(missing.is_empty(), "the table lacks {missing:?}");
    assert!(CODES.into_iter().all(is_the_servers) && !is_the_servers(Code::Deleted));
}
