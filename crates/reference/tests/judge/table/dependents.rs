//! What waits with what.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "a later set of the same record",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r y=d @1",
        "held in 3 by 3",
        "#3 open pair 3 held 2: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "an addition stands alone",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A add man.r n=1 @1",
        "committed | man.r.n 0>1",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=1",
    ),
    (
        "an op made with the conflict at hand is judged by itself (rule 27)",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r y=d",
        "committed | man.r.y ->d",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b y=d n=0",
    ),
    (
        "a reference to what would be made (rule 19)",
        "A insert pay.p k=7; B insert pay.q k=7 @0; B insert note.a pay=q @0",
        "held in 2 by 2",
        "#2 open pair 2 held 2: pay.q unique [k=7 n=0] [k=7 n=0] | pay.p k=7 n=0",
    ),
    (
        "an addition to what would be made",
        "A insert pay.p k=7; B insert pay.q k=7 @0; B add pay.q n=1 @0",
        "held in 2 by 2",
        "#2 open pair 3 held 2: pay.q unique [k=7 n=0] [k=7 n=1] | pay.p k=7 n=0",
    ),
    (
        "an insert of what would be made",
        "A insert pay.p k=7; B insert pay.q k=7 @0; B insert pay.q k=8 @0",
        "held in 2 by 2",
        "#2 open pair 2 held 2: pay.q unique [k=7 n=0] [k=7 n=0] | pay.p k=7 n=0",
    ),
    (
        "would make passes on, and the last names it",
        "A insert pay.p k=7; B insert pay.q k=7 @0; B set pay.q x=c @0; B add pay.q n=1 @0",
        "held in 2 by 3",
        "#2 open pair 4 held 3: pay.q unique [k=7 n=0] [k=7 n=1 x=c] | pay.p k=7 n=0",
    ),
    (
        "another device depends on nothing",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; a set man.r y=d @1",
        "committed | man.r.y ->d",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b y=d n=0",
    ),
    (
        "refused goes before held",
        "A insert man.r x=a; B set man.r x=b; A set man.s y=2 @1; A set man.r x=c @1; A set man.r y=d + set man.s y=3 @1",
        "refused depends-on-rejected 3",
        "#4 open pair 4 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "all changes are read before anything is asked",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r y=d + set man.r zz=1 @1",
        "refused unknown-field",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "what is set upon an undo that waits waits with it",
        "A insert pay.p k=7; A delete pay.p; B insert pay.q k=7; A undo 2 @2; A set pay.p x=c @2",
        "held in 4 by 4",
        "#4 open pair 5 held 2: pay.p unique [k=7 n=0] [k=7 n=0 x=c] | pay.p gone k=7 n=0 | pay.q k=7 n=0",
    ),
    (
        "an undo depends on nothing",
        "A insert man.r x=a; A set man.r y=q; B set man.r x=b; A set man.r x=c @2; A undo 2 @2",
        "committed | man.r.y q>-",
        "#4 open pair 4 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
];

#[test]
fn what_waits_with_what() {
    check(ROWS);
}
