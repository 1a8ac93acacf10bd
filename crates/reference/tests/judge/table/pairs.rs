//! What a conflict shows.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "mine is the end of the chain",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r x=d @1",
        "held in 3 by 3",
        "#3 open pair 4 held 2: man.r.x edit [x=b] [x=d] | man.r x=b n=0",
    ),
    (
        "another's change of the unit moves the pair",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D set man.r x=e",
        "committed | man.r.x b>e",
        "#3 open pair 4 held 1: man.r.x edit [x=e] [x=c] | man.r x=e n=0",
    ),
    (
        "a change of another unit does not (rule 26)",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D add man.r n=1; D set man.r y=e",
        "committed | man.r.y ->e",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b y=e n=1",
    ),
    (
        "a unit that clashes only since is added",
        "A insert man.r x=a y=a; B set man.r x=b; A set man.r x=c y=c @1; D set man.r y=e",
        "committed | man.r.y a>e",
        "#3 open pair 4 held 1: man.r.x edit [x=b] [x=c], man.r.y edit [y=e] [y=c] | man.r x=b y=e n=0",
    ),
    (
        "a unit that clashes no longer stays",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D set man.r x=c",
        "committed | man.r.x b>c",
        "#3 open pair 4 held 1: man.r.x edit [x=c] [x=c] | man.r x=c n=0",
    ),
    (
        "a count stays as it was at first",
        "A insert item.r n=5; B add item.r n=-2; A count item.r n=7 @1; D add item.r n=-1",
        "committed | item.r.n 3>2",
        "#3 open pair 3 held 1: item.r.n count [n=3] [n=7] | item.r n=2",
    ),
    (
        "two conflicts on one record: settling one moves the other (rule 46)",
        "A insert man.r x=a; B set man.r x=b @1; A set man.r x=c @1; D set man.r x=d @1; E resolve 3 man.r.x=mine",
        "committed | 3:man.r.x b>c over B2 | 3 is committed",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=c] | #4 open pair 5 held 1: man.r.x edit [x=c] [x=d] | man.r x=c n=0",
    ),
    (
        "a deleted record is another unit of the conflict",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D delete man.r",
        "committed | man.r",
        "#3 open pair 4 held 1: man.r edit-of-deleted none [x=c], man.r.x edit [x=b] [x=c] | man.r gone x=b n=0",
    ),
];

#[test]
fn what_a_conflict_shows() {
    check(ROWS);
}
