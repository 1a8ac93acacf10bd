//! Keys that two records may not share unseen.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "a second payment by somebody who had not seen the first is held",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b} @1",
        "b ok; p ok; held",
        "b{} p{bill=b} ?A2@3x1 q b/b",
    ),
    (
        "a second payment by somebody who had seen the first is a part payment",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b} @2",
        "b ok; p ok; q ok",
        "b{} p{bill=b} q{bill=b}",
    ),
    (
        "two payments of one device are its own affair",
        "A: +bill/b; A: +pay/p{bill=@b} @1; A: +pay/q{bill=@b} @1",
        "b ok; p ok; q ok",
        "b{} p{bill=b} q{bill=b}",
    ),
    (
        "both payments stay",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b} @1; B[action=conflict.resolve resolves=A2/3/pay~q:mine]: nothing",
        "b ok; p ok; held; q ok > A2 committed",
        "b{} p{bill=b} q{bill=b}",
    ),
    (
        "the second payment is not made",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b} @1; B[action=conflict.resolve resolves=A2/3/pay~q:theirs]: nothing",
        "b ok; p ok; held; q not chosen B@4 > A2 committed",
        "b{} p{bill=b}",
    ),
    (
        "a third payment meets both",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b} @1; B[action=conflict.resolve resolves=A2/3/pay~q:mine]: nothing; C: +pay/s{bill=@b} @1",
        "b ok; p ok; held; q ok > A2 committed; held",
        "b{} p{bill=b} q{bill=b} ?C1@5x1 s b/b",
    ),
    (
        "an empty key meets nobody",
        "A: +pay/p; B: +pay/q @0",
        "p ok; q ok",
        "p{} q{}",
    ),
    (
        "a change of a key meets too",
        "A: +bill/b, +bill/c; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@c} @1; A: pay/q.bill=@b @3/1",
        "b ok, c ok; p ok; q ok; held",
        "b{} c{} p{bill=b} q{bill=c} ?A3@4x1 q.bill c/b",
    ),
    (
        "a restore meets what took the key meanwhile",
        "A: +bill/b, +pay/p{bill=@b}; A: -pay/p @1; B: +pay/q{bill=@b} @2; A: ^pay/p @2/2",
        "b ok, p ok; p ok; q ok; held",
        "b{} p{bill=b} gone q{bill=b} ?A3@4x1 p b/b",
    ),
    (
        "an undo of a delete meets too",
        "A: +bill/b, +pay/p{bill=@b}; A: -pay/p @1; B: +pay/q{bill=@b} @2; A[action=undo undoes=A2]: nothing @2/2",
        "b ok, p ok; p ok; q ok; held",
        "b{} p{bill=b} gone q{bill=b} ?A3@4x1 p b/b",
    ),
    (
        "a key that always asks meets what was seen",
        "A: +badge/p{code=x}; B: +badge/q{code=x}",
        "p ok; held",
        "p{code=x} ?B1@2x1 q x/x",
    ),
    (
        "an accepted pair is not asked about again",
        "A: +badge/p{code=x}; B: +badge/q{code=x}; B[action=conflict.resolve resolves=B1/2/badge~q:mine]: nothing; B: -badge/q; B: ^badge/q",
        "p ok; held; q ok > B1 committed; q ok; q ok",
        "p{code=x} q{code=x}",
    ),
    (
        "a deleted record has no key",
        "A: +badge/p{code=x}; A: -badge/p; B: +badge/q{code=x}",
        "p ok; p ok; q ok",
        "p{code=x} gone q{code=x}",
    ),
    (
        "a decision about a key that nobody else has any more is asked again",
        "A: +bill/b; B: +pay/p{bill=@b} @1; A: +pay/q{bill=@b} @1; B: -pay/p; B[action=conflict.resolve resolves=A2/3/pay~q:theirs]: nothing",
        "b ok; p ok; held; p ok; moved-on",
        "b{} p{bill=b} gone ?A2@5x1 q gone/b",
    ),
    (
        "an edit that makes two of one key is told as that",
        "A: +badge/e{code=k}; A: +badge/c{code=x}; B: badge/c.code=k @2",
        "e ok; c ok; held",
        "c{code=x} e{code=k} ?B1@3x1 c.code x/k",
    ),
];
