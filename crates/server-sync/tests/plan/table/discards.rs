//! Ops that are given up, and ops that are sent again.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "a held op is given up",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A[action=discard discards=A2]: nothing",
        "d ok; d.a ok; held; committed > A2 discarded",
        "d{a=y}",
    ),
    (
        "dependents of what is given up are judged anew",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.b=w @1; A[action=discard discards=A2]: nothing",
        "d ok; d.a ok; held; held with A2; d.b ok > A2 discarded, A3 committed",
        "d{a=y b=w}",
    ),
    (
        "a dependent that clashes then opens a conflict",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.a=w @1; A[action=discard discards=A2]: nothing",
        "d ok; d.a ok; held; held with A2; committed > A2 discarded, A3 conflicted in A3",
        "d{a=y} ?A3@5x1 d.a y/w",
    ),
    (
        "a dependent is given up alone",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.a=w @1; A[action=discard discards=A3]: nothing",
        "d ok; d.a ok; held; held with A2; committed > A3 discarded",
        "d{a=y} ?A2@5x1 d.a y/z",
    ),
    (
        "what builds on a record that is not made is refused after all",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b}, +item/i @1; A: item/i.x=a @1; A[action=discard discards=A2]: nothing",
        "b ok; p ok; held; held with A2; committed > A2 discarded, A3 unknown-record",
        "b{} p{bill=b}",
    ),
    (
        "another's op is an owner's to give up",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B[action=discard discards=A2]: nothing; O[owner action=discard discards=A2]: nothing",
        "d ok; d.a ok; held; no-permission; committed > A2 discarded",
        "d{a=y}",
    ),
    (
        "what happened is undone and not given up",
        "A: +deal/d{a=x}; A[action=discard discards=A1]: nothing",
        "d ok; not-held",
        "d{a=x}",
    ),
    (
        "a refused op is given up",
        "A: -s; A[action=discard discards=A1]: nothing; A[action=discard discards=A1]: nothing",
        "unknown-record; committed > A1 discarded; not-held",
        "",
    ),
    (
        "an op that nobody made cannot be given up",
        "A[action=discard discards=B7]: nothing",
        "unknown-op",
        "",
    ),
    (
        "a refused op is sent again",
        "A: s.x=a @0; A[replaces=A1]: +s; A[replaces=A1]: +t",
        "unknown-record; s ok > A1 replaced; not-held",
        "s{}",
    ),
    (
        "what is sent again frees what depended on it",
        "A: +s, -t @0; A: s.x=a @0; A[replaces=A1]: +s @2; A[replaces=A2]: s.x=a @3",
        "unknown-record; depends-on-rejected A1; s ok > A1 replaced; s.x ok > A2 replaced",
        "s{x=a}",
    ),
];
