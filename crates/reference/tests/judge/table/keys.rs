//! Keys that two records may not share.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "two records of one key, made blindly",
        "A insert pay.p k=7; B insert pay.q k=7 x=b @0",
        "held in 2",
        "#2 open pair 2 held 1: pay.q unique [k=7 n=0] [k=7 n=0 x=b] | pay.p k=7 n=0",
    ),
    (
        "a knowing second is an ordinary record",
        "A insert pay.p k=7; B insert pay.q k=7",
        "committed | pay.q | pay.q.k ->7 | pay.q.n ->0",
        "pay.p k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "a key that is always asked about",
        "A insert once.p k=7; A insert once.q k=7",
        "held in 2",
        "#2 open pair 2 held 1: once.q unique [k=7 n=0] [k=7 n=0] | once.p k=7 n=0",
    ),
    (
        "an empty key is none",
        "A insert pay.p x=a; B insert pay.q x=b @0",
        "committed | pay.q | pay.q.x ->b | pay.q.n ->0",
        "pay.p x=a n=0 | pay.q x=b n=0",
    ),
    (
        "a deleted record has no key",
        "A insert pay.p k=7; A delete pay.p; B insert pay.q k=7 @0",
        "committed | pay.q | pay.q.k ->7 | pay.q.n ->0",
        "pay.p gone k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "a key that is edited into another's",
        "A insert pay.p k=7; B insert pay.q k=8; B set pay.q k=7 @0",
        "held in 3",
        "#3 open pair 3 held 1: pay.q.k unique [k=8] [k=7] | pay.p k=7 n=0 | pay.q k=8 n=0",
    ),
    (
        "a restore makes live",
        "A insert pay.p k=7; A delete pay.p; B insert pay.q k=7; A restore pay.p @2",
        "held in 4",
        "#4 open pair 4 held 1: pay.p unique [k=7 n=0] [k=7 n=0] | pay.p gone k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "an edit that wins makes live",
        "A insert keepkey.p k=7; B delete keepkey.p; B insert keepkey.q k=7; A set keepkey.p x=a @1",
        "held in 4",
        "#4 open pair 4 held 1: keepkey.p unique [k=7 n=0] [k=7 n=0 x=a] | keepkey.p gone k=7 n=0 | keepkey.q k=7 n=0",
    ),
    (
        "undo of a delete makes live (rule 22)",
        "A insert pay.p k=7; A delete pay.p; B insert pay.q k=7; A undo 2 @2",
        "held in 4",
        "#4 open pair 4 held 1: pay.p unique [k=7 n=0] [k=7 n=0] | pay.p gone k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "mine keeps both",
        "A insert pay.p k=7; B insert pay.q k=7 @0; C resolve 2 pay.q=mine",
        "committed | 2:pay.q | 2:pay.q.k ->7 | 2:pay.q.n ->0 | 2 is committed",
        "#2 settled pair 2 held 0: pay.q unique [k=7 n=0] [k=7 n=0] | pay.p k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "who shares a key by decision is not asked again; a third meets both",
        "A insert pay.p k=7; B insert pay.q k=7 @0; C resolve 2 pay.q=mine; A delete pay.p; A restore pay.p @2; D insert pay.o k=7 @2",
        "held in 6",
        "#2 settled pair 2 held 0: pay.q unique [k=7 n=0] [k=7 n=0] | #6 open pair 6 held 1: pay.o unique [k=7 n=0] [k=7 n=0] | pay.p k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "theirs leaves the record unmade, and all that is done with it",
        "A insert pay.p k=7; B insert pay.q k=7 x=b + insert note.a x=n pay=q + insert part.b x=o + set part.b pay=q @0; C resolve 2 pay.q=theirs",
        "committed | 2:pay.q lost to choice C3 | 2:pay.q.k ->7 lost to choice C3 | 2:pay.q.x ->b lost to choice C3 | 2:pay.q.n ->0 lost to choice C3 | 2:note.a lost to choice C3 | 2:note.a.x ->n lost to choice C3 | 2:note.a.pay ->q lost to choice C3 | 2:part.b | 2:part.b.x ->o | 2:part.b.pay ->q lost to choice C3 | 2 is committed",
        "#2 settled pair 2 held 0: pay.q unique [k=7 n=0] [k=7 n=0 x=b] | part.b x=o | pay.p k=7 n=0",
    ),
    (
        "theirs about an edited key keeps the rest of the edit",
        "A insert pay.p k=7; B insert pay.q k=8; B set pay.q k=7 x=b @0; C resolve 3 pay.q.k=theirs",
        "committed | 3:pay.q.k 8>7 lost to choice C4 | 3:pay.q.x ->b | 3 is committed",
        "#3 settled pair 3 held 0: pay.q.k unique [k=8] [k=7] | pay.p k=7 n=0 | pay.q k=8 x=b n=0",
    ),
    (
        "a value gives another key",
        "A insert pay.p k=7; B insert pay.q k=8; B set pay.q k=7 x=b @0; C resolve 3 pay.q.k=k:9",
        "committed | 3:pay.q.k 8>9 | 3:pay.q.x ->b | 3 is committed",
        "#3 settled pair 3 held 0: pay.q.k unique [k=8] [k=7] | pay.p k=7 n=0 | pay.q k=9 x=b n=0",
    ),
    (
        "mine for the undo of a delete",
        "A insert pay.p k=7; A delete pay.p; B insert pay.q k=7; A undo 2 @2; C resolve 4 pay.p=mine",
        "committed | 4:pay.p | 4 is committed",
        "#4 settled pair 4 held 0: pay.p unique [k=7 n=0] [k=7 n=0] | pay.p k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "theirs for the undo of a delete",
        "A insert pay.p k=7; A delete pay.p; B insert pay.q k=7; A undo 2 @2; C resolve 4 pay.p=theirs",
        "committed | 4:pay.p lost to choice C5 | 4 is committed",
        "#4 settled pair 4 held 0: pay.p unique [k=7 n=0] [k=7 n=0] | pay.p gone k=7 n=0 | pay.q k=7 n=0",
    ),
];

#[test]
fn keys_that_two_records_may_not_share() {
    check(ROWS);
}
