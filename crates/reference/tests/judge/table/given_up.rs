//! Giving up and sending again.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "a refused op is given up, and nothing depends on it",
        "A set item.s x=a; A discard 1; A insert item.r x=a @0",
        "committed | item.r | item.r.x ->a | item.r.n ->0",
        "item.r x=a n=0",
    ),
    (
        "its parks go",
        "A insert item.r x=a; A set item.r y=b + set item.s x=a; A discard 2 @1; A set item.r y=c @1",
        "committed | item.r.y ->c",
        "item.r x=a y=c n=0",
    ),
    (
        "without that a set builds on it",
        "A insert item.r x=a; A set item.r y=b + set item.s x=a; A set item.r y=c @1",
        "refused depends-on-rejected 2",
        "item.r x=a n=0",
    ),
    (
        "a held op is dropped, and its dependents are judged",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r y=d @1; A discard 3",
        "committed | 4:man.r.y ->d | 3 is discarded | 4 is committed",
        "#3 discarded pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=b y=d n=0",
    ),
    (
        "a dependent that would meet the same is held by itself",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r x=d @1; A discard 3",
        "committed | 3 is discarded | 4 is held in 4",
        "#3 discarded pair 4 held 0: man.r.x edit [x=b] [x=d] | #4 open pair 5 held 1: man.r.x edit [x=b] [x=d] | man.r x=b n=0",
    ),
    (
        "a dependent that is given up leaves the chain alone",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r x=d @1; A discard 4",
        "committed | 4 is discarded",
        "#3 open pair 5 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "another device of the same person may",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; a discard 3",
        "committed | 3 is discarded",
        "#3 discarded pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "another person may not",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; B discard 3",
        "refused no-permission",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "an owner may",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; O discard 3",
        "committed | 3 is discarded",
        "#3 discarded pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "a committed op is not to be given up",
        "A insert man.r x=a; A discard 1",
        "refused not-held",
        "man.r x=a n=0",
    ),
    ("what was given up is given up", "A set item.s x=a; A discard 1; A discard 1", "refused not-held", ""),
    (
        "sent again",
        "A insert item.r x=a; A set item.r y=b + set item.s x=a; A replaces 2 set item.r y=c @1",
        "committed | item.r.y ->c | 2 is replaced",
        "item.r x=a y=c n=0",
    ),
    (
        "sent again and refused: nothing happens to the first",
        "A insert item.r x=a; A set item.r y=b + set item.s x=a; A replaces 2 set item.r zz=c @1; A set item.r y=c @2",
        "refused depends-on-rejected 3",
        "item.r x=a n=0",
    ),
    (
        "sent again and held",
        "A insert man.r x=a; B set man.r x=b; A set man.s x=c @1; A replaces 3 set man.r x=c @1",
        "held in 4 | 3 is replaced",
        "#4 open pair 4 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "a committed op is not replaced",
        "A insert item.r x=a; A replaces 1 set item.r x=b",
        "refused not-held",
        "item.r x=a n=0",
    ),
    (
        "nor one that was replaced",
        "A set item.s x=a; A replaces 1 insert item.r x=b; A replaces 1 insert item.s x=b",
        "refused not-held",
        "item.r x=b n=0",
    ),
    (
        "a held op takes its key",
        "A insert man.r x=a; B set man.r x=b; A key K set man.r x=c @1; a key K set man.r x=c",
        "duplicate of 3",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "and frees it when it is given up",
        "A insert man.r x=a; B set man.r x=b; A key K set man.r x=c @1; A discard 3; a key K set man.r x=c",
        "committed | man.r.x b>c",
        "#3 discarded pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=c n=0",
    ),
    (
        "numbers of what was refused stand in the gap list",
        "A insert bill.a number=1 zz=1",
        "refused unknown-field",
        "gap bill 1",
    ),
    (
        "and of what was given up, but not of what waits",
        "A insert pay.p k=7; B insert pay.q k=7 + insert bill.b number=2 @0; B insert pay.o k=7 + insert bill.c number=3 @0; B discard 2",
        "committed | 2 is discarded",
        "#2 discarded pair 2 held 0: pay.q unique [k=7 n=0] [k=7 n=0] | #3 open pair 3 held 1: pay.o unique [k=7 n=0] [k=7 n=0] | gap bill 2 | pay.p k=7 n=0",
    ),
    (
        "not made by a decision",
        "A insert pay.p k=7; B insert pay.q k=7 + insert bill.b number=2 pay=q @0; C resolve 2 pay.q=theirs",
        "committed | 2:pay.q lost to choice C3 | 2:pay.q.k ->7 lost to choice C3 | 2:pay.q.n ->0 lost to choice C3 | 2:bill.b lost to choice C3 | 2:bill.b.number ->2 lost to choice C3 | 2:bill.b.pay ->q lost to choice C3 | 2 is committed",
        "#2 settled pair 2 held 0: pay.q unique [k=7 n=0] [k=7 n=0] | gap bill 2 | pay.p k=7 n=0",
    ),
    (
        "and go when the number is made after all",
        "A insert bill.a number=1 zz=1; A replaces 1 insert bill.b number=1",
        "committed | bill.b | bill.b.number ->1 | 1 is replaced",
        "bill.b number=1",
    ),
];

#[test]
fn giving_up_and_sending_again() {
    check(ROWS);
}
