//! The codes and their names: what a program of another language compares with, so none may be renamed.

use fieldbook_model::{Code, json};
use fieldbook_protocol::ProblemCode;

/// All variants of an enum; a new one that is missing here does not compile.
macro_rules! all {
    ($of:ident: $($name:ident)*) => {{
        let _every = |code: $of| match code { $($of::$name => ()),* };
        [$($of::$name),*]
    }};
}

fn problems() -> impl Iterator<Item = ProblemCode> {
    let codes = all!(ProblemCode: BadRequest SignInNeeded SessionEnded WrongSignIn Revoked Forbidden NotFound OtherProtocol
        WrongMethod TooLarge LogForked OtherKeys NotSigned HistoryDiffers NewerSchema Wiped TooMany Unavailable Internal
        WrongPassword ConfirmNeeded UselessCode Conflict);
    codes.into_iter()
}

fn refusals() -> impl Iterator<Item = Code> {
    let codes = all!(Code: BrokenForm WrongIdentity NoPermission UnknownAction UnknownType
        UnknownField WrongValue MissingField WrongVerb Empty UnknownRecord UnknownReference Deleted Gone IdTaken OutOfRange
        TooLarge TooManyChanges KeyReused OpAltered DependsOnRejected IncompleteGroup HasChildren UnknownOp UnknownConflict
        AlreadyResolved MovedOn NotHeld NotUndoable LastOwner NotShown ChangedSince NothingToUndo);
    codes.into_iter()
}

#[test]
fn every_code_of_a_problem_keeps_its_name_and_status() {
    let lines =
        problems().map(|code| format!("{} {}\n", json::write(&code).trim_matches('"'), code.status()));
    assert_eq!(lines.collect::<String>(), include_str!("../../golden/problem-codes.txt"));
}

#[test]
fn every_code_of_a_refusal_keeps_its_name() {
    let lines = refusals().map(|code| format!("{code}\n"));
    assert_eq!(lines.collect::<String>(), include_str!("../../golden/refusal-codes.txt"));
}

#[test]
fn every_name_reads_back() {
    for code in problems() {
        assert_eq!(json::parse(&json::write(&code)), Ok(code));
    }
    for code in refusals() {
        assert_eq!(json::parse(&json::write(&code)), Ok(code));
    }
    assert!(json::parse::<ProblemCode>("\"teapot\"").is_err());
}
