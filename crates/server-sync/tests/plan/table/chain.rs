//! A device's log: order, gaps, replays, other bytes (rules 39 and 49).

use super::Row;

pub const ROWS: &[Row] = &[
    ("an op again gets its answer again", "A: +r; A[again=1]:", "r ok; again committed", "r{}"),
    (
        "an addition again counts once",
        "O: +r; A: r.n+2 @1; A[again=1]:; A[again=1]:",
        "r ok; r.n ok; again committed; again committed",
        "r{n=2}",
    ),
    (
        "a refused op again gets its refusal again, also when it would fit now",
        "A: r.x=a @0; O: +r @0; A[again=1]:",
        "unknown-record; r ok; again unknown-record",
        "r{}",
    ),
    (
        "a duplicate again is answered as a duplicate again",
        "A[key=K action=sale]: +note/m{text=t}; B[key=K action=sale]: +note/k{text=t} @0; B[again=1]:",
        "m ok; duplicate-of A1 k=m; again duplicate-of A1 k=m",
        "m{text=t}",
    ),
    (
        "an old op again, behind later ones, gets its answer again",
        "A: +r; A: r.n+1 @0; A: r.n+1 @0; A[again=2]:",
        "r ok; r.n ok; r.n ok; again committed",
        "r{n=2}",
    ),
    ("a gap in a log is not taken", "A: +r; A[gap]: r.n+1 @1", "r ok; expected 2", "r{}"),
    ("a log that does not start at its first op is not taken", "A[gap]: +r", "expected 1", ""),
    (
        "after a gap the missing op is taken",
        "A: +r; A[gap]: r.n+1 @1; A: r.n+2 @1",
        "r ok; expected 2; r.n ok",
        "r{n=2}",
    ),
    ("another op at a known place is a fork", "A: +r; A[fork]: +s @0", "r ok; forked", "r{}"),
    ("an op that names another predecessor is a fork", "A: +r; A[unchained]: +s @1", "r ok; forked", "r{}"),
    (
        "rule 39: other bytes under a known id and place are refused",
        "O: +r; A: r.n+1 @1; A[stale=1]: r.n+5 @1",
        "r ok; r.n ok; altered op-altered",
        "r{n=1}",
    ),
    (
        "rule 39: other bytes under a known id at the next place take the place and are refused",
        "O: +r; A: r.n+1 @1; A[alter=1]: r.n+5 @1; A: r.n+1 @1",
        "r ok; r.n ok; op-altered; r.n ok",
        "r{n=2}",
    ),
    (
        "rule 39: other bytes at the next place, again, get the same answer",
        "O: +r; A: r.n+1 @1; A[alter=1]: r.n+5 @1; A[again=2]:",
        "r ok; r.n ok; op-altered; again op-altered",
        "r{n=1}",
    ),
    (
        "rule 49: a refused op keeps its place, and the next one names it",
        "O: +r; A: r.x=1 @1; A: r.n+1 @1",
        "r ok; wrong-value; r.n ok",
        "r{n=1}",
    ),
    (
        "rule 49: an unreadable op keeps its place, and the next one names it",
        "O: +r; A[broken]: r.x=a @1; A: r.n+1 @1",
        "r ok; broken-form; r.n ok",
        "r{n=1}",
    ),
    (
        "rule 29: the head of an op that was too large keeps its place",
        "O: +r; A[large]: r.x=a @1; A: r.n+1 @1; A[again=1]:",
        "r ok; too-large; r.n ok; again too-large",
        "r{n=1}",
    ),
    (
        "a refused op blocks no other device",
        "O: +r; A: r.x=1 @1; B: r.n+1 @1; A: r.n+1 @1",
        "r ok; wrong-value; r.n ok; r.n with B@3",
        "r{n=2}",
    ),
];
