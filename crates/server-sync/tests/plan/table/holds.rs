//! What waits with a held op, and what flows.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "what changes a held record again waits with it",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.a=w @1",
        "d ok; d.a ok; held; held with A2",
        "d{a=y} ?A2@4x2 d.a y/w",
    ),
    (
        "what changes another field of a held record waits too",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.b=w @1",
        "d ok; d.a ok; held; held with A2",
        "d{a=y} ?A2@3x2 d.a y/z",
    ),
    (
        "additions to a held record flow",
        "A: +deal/d{a=x n=5}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.n+1 @1",
        "d ok; d.a ok; held; d.n ok",
        "d{a=y n=6} ?A2@3x1 d.a y/z",
    ),
    (
        "what refers to a record that a held op would make waits",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b}, +item/i @1; A: +note/m{about=@i} @1",
        "b ok; p ok; held; held with A2",
        "b{} p{bill=b} ?A2@3x2 q b/b",
    ),
    (
        "what depends on a dependent waits transitively",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b}, +item/i @1; A: +item/j{up=@i} @1; A: +item/k{up=@j} @1",
        "b ok; p ok; held; held with A2; held with A2 by A3",
        "b{} p{bill=b} ?A2@3x3 q b/b",
    ),
    (
        "an edit by somebody who has seen the conflict stands alone",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A: deal/d.b=w @3",
        "d ok; d.a ok; held; d.b ok",
        "d{a=y b=w} ?A2@3x1 d.a y/z",
    ),
    (
        "another device's edit of a held record flows",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; B: deal/d.b=w",
        "d ok; d.a ok; held; d.b ok",
        "d{a=y b=w} ?A2@3x1 d.a y/z",
    ),
    (
        "two conflicts on one record are apart",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; C: deal/d.a=w @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing; B[action=conflict.resolve resolves=C1/4/deal~d.a:mine]: nothing; B[action=conflict.resolve resolves=C1/5/deal~d.a:mine]: nothing",
        "d ok; d.a ok; held; held; d.a over B@2 > A2 committed; moved-on; d.a over B@5 > C1 committed",
        "d{a=w}",
    ),
    (
        "an act under the key of a held op is a duplicate of it",
        "A: +deal/d{a=x}, +note/m{text=t}; B: deal/d.a=y @1; A[key=K action=sale]: deal/d.a=z, +note/o{text=t} @1; B[key=K action=sale]: deal/d.a=z, +note/o2{text=t} @1",
        "d ok, m ok; d.a ok; held; duplicate-of A2 o2=o",
        "m{text=t} d{a=y} ?A2@3x1 d.a y/z",
    ),
];
