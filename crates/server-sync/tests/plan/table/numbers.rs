//! Fields of the rule `delta`: verb `add`.

use super::Row;

pub const ROWS: &[Row] = &[
    ("an addition counts", "O: +r{n=5}; A: r.n-2 @1", "r ok; r.n ok", "r{n=3}"),
    (
        "two blind additions both count",
        "O: +r{n=5}; A: r.n-2 @1; B: r.n-3 @1",
        "r ok; r.n ok; r.n with A@2",
        "r{}",
    ),
    (
        "two additions of one device on one base both count",
        "O: +r{n=5}; A: r.n-2 @1; A: r.n-2 @1",
        "r ok; r.n ok; r.n ok",
        "r{n=1}",
    ),
    (
        "an addition on what was seen is plainly applied",
        "O: +r{n=5}; A: r.n-2 @1; B: r.n+1 @2",
        "r ok; r.n ok; r.n ok",
        "r{n=4}",
    ),
    (
        "rule 17: an addition reaches a deleted record and comes back with it",
        "O: +r{n=5}; A: -r @1; B: r.n-2 @1; A: ^r @2",
        "r ok; r ok; r.n ok; r ok",
        "r{n=3}",
    ),
    (
        "rule 17: of an op on a deleted record the addition counts and the set is lost",
        "O: +r{n=5}; A: -r @1; B: r.x=b&n-2 @1",
        "r ok; r ok; r.x lost to A@2, r.n ok",
        "r{n=3} gone",
    ),
    (
        "rule 17: additions of two devices meet on a deleted record",
        "O: +r{n=5}; C: -r @1; A: r.n-1 @1; B: r.n-1 @1",
        "r ok; r ok; r.n ok; r.n with A@3",
        "r{n=3} gone",
    ),
    ("an addition to no record is refused", "A: r.n+1 @0", "unknown-record", ""),
    (
        "an addition to what is written once is refused",
        "O: +note/m; A: note/m.text+1 @1",
        "m ok; wrong-verb",
        "m{}",
    ),
    (
        "an addition of zero counts as a change",
        "O: +r; A: r.n+0 @1; B: r.n+1 @1",
        "r ok; r.n ok; r.n with A@2",
        "r{n=1}",
    ),
    (
        "money adds exactly",
        "O: +r{cash=0.10}; A: r.cash+0.20 @1; B: r.cash-0.05 @1",
        "r ok; r.cash ok; r.cash with A@2",
        "r{cash=0.25}",
    ),
    (
        "a field that nobody gave a number starts at zero",
        "O: +r; A: r.cash+1 @1",
        "r ok; r.cash ok",
        "r{cash=1.00}",
    ),
    (
        "a sum beyond 18 digits is refused and nothing of the op is done",
        "O: +r{n=999999999999999999}; A: r.x=a&n+1 @1",
        "r ok; out-of-range",
        "r{n=999999999999999999}",
    ),
    (
        "a sum beyond 18 digits is refused on a deleted record too",
        "O: +r{n=999999999999999999}; A: -r @1; B: r.n+1 @1",
        "r ok; r ok; out-of-range",
        "r{n=999999999999999999} gone",
    ),
    (
        "a sum may leave its range and come back only between ops",
        "O: +r{n=999999999999999999}; A: r.n-1 @1; A: r.n+1 @1; A: r.n+1 @1",
        "r ok; r.n ok; r.n ok; out-of-range",
        "r{n=999999999999999999}",
    ),
    (
        "the same number twice in one op counts twice",
        "O: +r; A: r.n+1, r.n+1 @1",
        "r ok; r.n ok, r.n ok",
        "r{n=2}",
    ),
];
