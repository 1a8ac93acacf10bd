//! What a person decides, and what follows.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "mine writes the value and all else that the op does",
        "A: +deal/d{a=x n=5}; B: deal/d.a=y @1; A: deal/d.a=z&n+2 @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing",
        "d ok; d.a ok; held; d.a over B@2, d.n ok > A2 committed",
        "d{a=z n=7}",
    ),
    (
        "theirs keeps all else that the op does",
        "A: +deal/d{a=x n=5}; B: deal/d.a=y @1; A: deal/d.a=z&n+2 @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:theirs]: nothing",
        "d ok; d.a ok; held; d.a not chosen B@4, d.n ok > A2 committed",
        "d{a=y n=7}",
    ),
    (
        "a value is written in the place of both",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:value,a,v]: nothing",
        "d ok; d.a ok; held; d.a over B@2 > A2 committed",
        "d{a=v}",
    ),
    (
        "a second resolution is told of the first",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing; A[action=conflict.resolve resolves=A2/3/deal~d.a:theirs]: nothing @3/3",
        "d ok; d.a ok; held; d.a over B@2 > A2 committed; already-resolved",
        "d{a=z}",
    ),
    (
        "a resolution of another pair is refused",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B: deal/d.a=w; A[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing @3/3; A[action=conflict.resolve resolves=A2/4/deal~d.a:mine]: nothing",
        "d ok; d.a ok; held; d.a ok; moved-on; d.a over B@4 > A2 committed",
        "d{a=z}",
    ),
    (
        "a change of another field moves no pair",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B: deal/d.b=w; A[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing @3/3",
        "d ok; d.a ok; held; d.b ok; d.a over B@2 > A2 committed",
        "d{a=z b=w}",
    ),
    (
        "a resolution that leaves a unit open is refused",
        "A: +deal/d{a=x b=x}; B: deal/d.a=y&b=y @1; A: deal/d.a=z&b=z @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing",
        "d ok; d.a ok, d.b ok; held; moved-on",
        "d{a=y b=y} ?A2@3x1 d.a y/z d.b y/z",
    ),
    (
        "units are decided one by one",
        "A: +deal/d{a=x b=x}; B: deal/d.a=y&b=y @1; A: deal/d.a=z&b=z @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine/deal~d.b:theirs]: nothing",
        "d ok; d.a ok, d.b ok; held; d.a over B@2, d.b not chosen B@4 > A2 committed",
        "d{a=z b=y}",
    ),
    (
        "a choice about something else is refused",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine/deal~d.b:mine]: nothing",
        "d ok; d.a ok; held; wrong-value",
        "d{a=y} ?A2@3x1 d.a y/z",
    ),
    (
        "there is nothing to settle",
        "A: +deal/d{a=x}; B[action=conflict.resolve resolves=A1/1/deal~d.a:mine]: nothing",
        "d ok; unknown-conflict",
        "d{a=x}",
    ),
    (
        "mine deletes",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: -deal/d @1; B[action=conflict.resolve resolves=A2/3/deal~d:mine]: nothing",
        "d ok; d.a ok; held; d over B@2 > A2 committed",
        "d{a=y} gone",
    ),
    (
        "theirs keeps the record",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: -deal/d @1; B[action=conflict.resolve resolves=A2/3/deal~d:theirs]: nothing",
        "d ok; d.a ok; held; d not chosen B@4 > A2 committed",
        "d{a=y}",
    ),
    (
        "mine brings a deleted record back",
        "A: +deal/d{a=x}; B: -deal/d @1; A: deal/d.a=y @1; B[action=conflict.resolve resolves=A2/3/deal~d:mine]: nothing",
        "d ok; d ok; held; d over B@2 > A2 committed",
        "d{a=y}",
    ),
    (
        "theirs leaves it deleted",
        "A: +deal/d{a=x}; B: -deal/d @1; A: deal/d.a=y @1; B[action=conflict.resolve resolves=A2/3/deal~d:theirs]: nothing",
        "d ok; d ok; held; d.a lost to B@2 > A2 committed",
        "d{a=x} gone",
    ),
    (
        "dependents follow mine",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.a=w @1; B[action=conflict.resolve resolves=A2/4/deal~d.a:mine]: nothing",
        "d ok; d.a ok; held; held with A2; d.a over B@2, d.a over B@5 > A2 committed, A3 committed",
        "d{a=w}",
    ),
    (
        "dependents do not reopen theirs",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.a=w&b=v @1; B[action=conflict.resolve resolves=A2/4/deal~d.a:theirs]: nothing",
        "d ok; d.a ok; held; held with A2; d.a not chosen B@5, d.a not chosen B@5, d.b ok > A2 committed, A3 committed",
        "d{a=y b=v}",
    ),
    (
        "a dependent that clashes itself is a conflict of its own",
        "A: +deal/d{a=x b=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.b=w @1; B: deal/d.b=v @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing",
        "d ok; d.a ok; held; held with A2; d.b ok; d.a over B@2 > A2 committed, A3 conflicted in A3",
        "d{a=z b=v} ?A3@6x1 d.b v/w",
    ),
    (
        "a held op that conflicts elsewhere meanwhile shows that",
        "A: +deal/d{a=x}, +deal/e{a=x}; B: deal/d.a=y @1; A: deal/d.a=z, deal/e.a=z @1; B: deal/e.a=y @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing; B[action=conflict.resolve resolves=A2/4/deal~d.a:mine/deal~e.a:mine]: nothing",
        "d ok, e ok; d.a ok; held; e.a ok; moved-on; d.a over B@2, e.a over B@4 > A2 committed",
        "d{a=z} e{a=z}",
    ),
    (
        "a record deleted meanwhile is brought back by mine",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B: -deal/d; B[action=conflict.resolve resolves=A2/4/deal~d.a:mine/deal~d:mine]: nothing",
        "d ok; d.a ok; held; d ok; d over B@4 > A2 committed",
        "d{a=z}",
    ),
    (
        "a count that is right adds what was missing",
        "A: +deal/d{n=5}; B: deal/d.n+1 @1; A: deal/d.n#9 @1; A: deal/d.n-2 @1; B[action=conflict.resolve resolves=A2/3/deal~d.n:mine]: nothing",
        "d ok; d.n ok; held; d.n with B@2; d.n with B@2 > A2 committed",
        "d{n=7}",
    ),
    (
        "a count that is wrong adds nothing",
        "A: +deal/d{n=5}; B: deal/d.n+1 @1; A: deal/d.n#9 @1; B[action=conflict.resolve resolves=A2/3/deal~d.n:theirs]: nothing",
        "d ok; d.n ok; held; d.n not chosen B@4 > A2 committed",
        "d{n=6}",
    ),
    (
        "only a role that the type names settles",
        "A: +law/l{t=x}; B: law/l.t=y @1; A: law/l.t=z @1; B[action=conflict.resolve resolves=A2/3/law~l.t:mine]: nothing; O[owner action=conflict.resolve resolves=A2/3/law~l.t:mine]: nothing",
        "l ok; l.t ok; held; no-permission; l.t over B@2 > A2 committed",
        "l{t=z}",
    ),
    (
        "what was built upon a refused resolution waits with the conflict",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B: deal/d.a=w @3; C[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing @3/3; C: deal/d.b=v @3/3; B[action=conflict.resolve resolves=A2/4/deal~d.a:theirs]: nothing",
        "d ok; d.a ok; held; d.a ok; moved-on; held with A2 by C1; d.a not chosen B@7, d.b ok > A2 committed, C2 committed",
        "d{a=w b=v}",
    ),
    (
        "and so does what was built upon its second record",
        "A: +deal/d{a=x}, +deal/e{a=x}; B: deal/d.a=y, deal/e.a=y @1; A: deal/d.a=z, deal/e.a=z @1; B: deal/d.a=w @3; C[action=conflict.resolve resolves=A2/3/deal~d.a:mine/deal~e.a:mine]: nothing @3/3; C: deal/e.b=v @3/3; B[action=conflict.resolve resolves=A2/4/deal~d.a:theirs/deal~e.a:theirs]: nothing",
        "d ok, e ok; d.a ok, e.a ok; held; d.a ok; moved-on; held with A2 by C1; d.a not chosen B@7, e.a not chosen B@7, e.b ok > A2 committed, C2 committed",
        "d{a=w} e{a=y b=v}",
    ),
];
