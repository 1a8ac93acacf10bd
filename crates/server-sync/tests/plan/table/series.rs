//! Numbers of a series.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "a refused number stands in the gap list",
        "A: +bill/b{number=A-1}, -s @0; A[replaces=A1]: +bill/b{number=A-1}",
        "unknown-record; b ok > A1 replaced",
        "b{number=A-1}",
    ),
    (
        "a number that was not made by a decision stands in the gap list",
        "A: +bill/c; B: +pay/p{bill=@c} @1; A: +pay/q{bill=@c}, +bill/b{number=A-1} @1; A[action=discard discards=A2]: nothing",
        "c ok; p ok; held; committed > A2 discarded",
        "c{} p{bill=c} !A-1 discarded",
    ),
    (
        "a numbered record is not deleted",
        "A: +bill/b{number=A-1}; A: -bill/b",
        "b ok; wrong-verb",
        "b{number=A-1}",
    ),
    (
        "a number that a record has is no gap, whoever else used it",
        "A: +bill/p{number=A-1}; B: +bill/q{number=A-1}, -s @0",
        "p ok; unknown-record",
        "p{number=A-1}",
    ),
    (
        "what is no number is no gap",
        "A: +bill/p{number=aaaaaaaaaaaaaaaaaaaaaaaaa}; A: +bill/p{number=aaaaaaaaaaaaaaaaaaaaaaaaa}",
        "wrong-value; wrong-value",
        "",
    ),
];
