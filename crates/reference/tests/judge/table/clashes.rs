//! What clashes and what does not.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "a set on a manual field meets an unseen change",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1",
        "held in 3",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "another field of a manual type meets nothing",
        "A insert man.r x=a; B set man.r y=b; A set man.r x=c @1",
        "committed | man.r.x a>c",
        "man.r x=c y=b n=0",
    ),
    (
        "an equal value is no conflict",
        "A insert man.r x=a; B set man.r x=c; A set man.r x=c @1",
        "committed | man.r.x c>c already",
        "man.r x=c n=0",
    ),
    (
        "a seen change is no conflict",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c",
        "committed | man.r.x b>c",
        "man.r x=c n=0",
    ),
    (
        "a group meets as one unit, and is equal only as a whole",
        "A insert man.r gx=a gy=b; B set man.r gx=c gy=d; A set man.r gx=c gy=e @1",
        "held in 3",
        "#3 open pair 3 held 1: man.r.g edit [gx=c gy=d] [gx=c gy=e] | man.r gx=c gy=d n=0",
    ),
    (
        "half a group is refused",
        "A insert man.r gx=a gy=b; A set man.r gx=c",
        "refused incomplete-group",
        "man.r gx=a gy=b n=0",
    ),
    (
        "elements of a manual type join",
        "A insert man.r tags=p; B include man.r tags=q; A exclude man.r tags=p @1",
        "committed | man.r.tags [p,q]>[q] with B2",
        "man.r n=0 tags=[q]",
    ),
    (
        "a count that saw everything is an addition",
        "A insert item.r n=5; B add item.r n=-2; A count item.r n=7",
        "committed | item.r.n 3>7",
        "item.r n=7",
    ),
    (
        "a count meets an unseen addition, whatever the rule",
        "A insert item.r n=5; B add item.r n=-2; A count item.r n=7 @1",
        "held in 3",
        "#3 open pair 3 held 1: item.r.n count [n=3] [n=7] | item.r n=3",
    ),
    (
        "a count is for a delta",
        "A insert item.r x=a; A count item.r x=7",
        "refused wrong-verb",
        "item.r x=a n=0",
    ),
    (
        "an edit of a deleted record of a manual type",
        "A insert man.r x=a n=3; B delete man.r; A set man.r x=c @1",
        "held in 3",
        "#3 open pair 3 held 1: man.r edit-of-deleted none [x=c] | man.r gone x=a n=3",
    ),
    (
        "an addition to a deleted record of a manual type counts",
        "A insert man.r x=a n=3; B delete man.r; A add man.r n=-1 @1",
        "committed | man.r.n 3>2",
        "man.r gone x=a n=2",
    ),
    (
        "an edit of a record whose delete was seen is lost",
        "A insert man.r x=a; B delete man.r; A set man.r x=c",
        "committed | man.r.x a>c lost to delete B2",
        "man.r gone x=a n=0",
    ),
    (
        "an edit wins against an unseen delete",
        "A insert keep.r x=a; B delete keep.r; A set keep.r x=c @1",
        "committed | keep.r over B2 | keep.r.x a>c",
        "keep.r x=c n=0",
    ),
    (
        "elements alone bring nothing back",
        "A insert keep.r x=a; B delete keep.r; A include keep.r tags=p @1",
        "committed | keep.r.tags ->[p] lost to delete B2",
        "keep.r gone x=a n=0",
    ),
    (
        "elsewhere an edit is lost to a delete, and the addition beside it counts",
        "A insert item.r x=a n=3; B delete item.r; A set item.r x=c + add item.r n=2 @1",
        "committed | item.r.x a>c lost to delete B2 | item.r.n 3>5",
        "item.r gone x=a n=5",
    ),
    (
        "a delete meets an unseen edit",
        "A insert man.r x=a y=b; B set man.r x=c; A delete man.r @1",
        "held in 3",
        "#3 open pair 3 held 1: man.r delete-of-edited [x=c] none | man.r x=c y=b n=0",
    ),
    (
        "a delete meets an unseen life",
        "A insert man.r x=a; A delete man.r; B restore man.r; A delete man.r @2",
        "held in 4",
        "#4 open pair 4 held 1: man.r delete-of-edited [n=0 x=a] none | man.r x=a n=0",
    ),
    (
        "a delete does not meet additions and elements",
        "A insert man.r x=a; B add man.r n=1; B include man.r tags=p; A delete man.r @1",
        "committed | man.r",
        "man.r gone x=a n=1 tags=[p]",
    ),
    (
        "a delete is lost to an edit that wins",
        "A insert keep.r x=a; B set keep.r x=c; A delete keep.r @1",
        "committed | keep.r lost to edit B2",
        "keep.r x=c n=0",
    ),
    (
        "elsewhere a delete goes over an edit",
        "A insert item.r x=a; B set item.r x=c; A delete item.r @1",
        "committed | item.r over B2",
        "item.r gone x=c n=0",
    ),
    (
        "two deletes are no conflict",
        "A insert man.r x=a; B delete man.r; A delete man.r @1",
        "committed | man.r already",
        "man.r gone x=a n=0",
    ),
    (
        "a refusal goes before a clash",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c + set man.s x=d @1",
        "refused unknown-record",
        "man.r x=b n=0",
    ),
    (
        "an op that clashes in one unit does nothing in the others",
        "A insert man.r x=a n=5; B set man.r x=b; A set man.r x=c + add man.r n=1 + insert item.s x=d @1",
        "held in 3",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=5",
    ),
];

#[test]
fn what_clashes_and_what_does_not() {
    check(ROWS);
}
