//! What becomes of a resolution.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "mine, with all the rest of the op (rule 7)",
        "A insert man.r x=a n=5; B set man.r x=b; A set man.r x=c + add man.r n=-1 @1; C resolve 3 man.r.x=mine",
        "committed | 3:man.r.x b>c over B2 | 3:man.r.n 5>4 | 3 is committed",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=c n=4",
    ),
    (
        "theirs, with all the rest of the op",
        "A insert man.r x=a n=5; B set man.r x=b; A set man.r x=c y=z + add man.r n=-1 @1; C resolve 3 man.r.x=theirs",
        "committed | 3:man.r.x b>c lost to choice C4 | 3:man.r.y ->z | 3:man.r.n 5>4 | 3 is committed",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=b y=z n=4",
    ),
    (
        "a value",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; C resolve 3 man.r.x=x:v",
        "committed | 3:man.r.x b>v over B2 | 3 is committed",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=v n=0",
    ),
    (
        "a group has a value for each member",
        "A insert man.r gx=a gy=b; B set man.r gx=c gy=d; A set man.r gx=e gy=f @1; C resolve 3 man.r.g=gx:1,gy:2",
        "committed | 3:man.r.gx c>1 over B2 | 3:man.r.gy d>2 over B2 | 3 is committed",
        "#3 settled pair 3 held 0: man.r.g edit [gx=c gy=d] [gx=e gy=f] | man.r gx=1 gy=2 n=0",
    ),
    (
        "half a group is no value",
        "A insert man.r gx=a gy=b; B set man.r gx=c gy=d; A set man.r gx=e gy=f @1; C resolve 3 man.r.g=gx:1",
        "refused wrong-value",
        "#3 open pair 3 held 1: man.r.g edit [gx=c gy=d] [gx=e gy=f] | man.r gx=c gy=d n=0",
    ),
    (
        "a later count of the chain keeps what others added meanwhile",
        "A insert item.r n=5; B add item.r n=-2; A count item.r n=7 @1; A count item.r n=9 @1; D add item.r n=-1; C resolve 3 item.r.n=mine",
        "committed | 3:item.r.n 2>6 with D5 | 4:item.r.n 6>8 with C6 | 3 is committed | 4 is committed",
        "#3 settled pair 3 held 0: item.r.n count [n=3] [n=7] | item.r n=8",
    ),
    (
        "a record that came back meanwhile",
        "A insert man.r x=a; B delete man.r; A set man.r y=c @1; B restore man.r; C resolve 3 man.r=mine",
        "committed | 3:man.r.y ->c | 3 is committed",
        "#3 settled pair 4 held 0: man.r edit-of-deleted [] [y=c] | man.r x=a y=c n=0",
    ),
    (
        "no such conflict",
        "A insert man.r x=a; C resolve 1 man.r.x=mine",
        "refused unknown-conflict",
        "man.r x=a n=0",
    ),
    (
        "the first resolution stands",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; C resolve 3 man.r.x=mine; D resolve 3 man.r.x=theirs",
        "refused already-resolved",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=c n=0",
    ),
    (
        "a viewer may not",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; V resolve 3 man.r.x=mine",
        "refused no-permission",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "a type may name who may",
        "A insert boss.r x=a; B set boss.r x=b; A set boss.r x=c @1; C resolve 3 boss.r.x=mine",
        "refused no-permission",
        "#3 open pair 3 held 1: boss.r.x edit [x=b] [x=c] | boss.r x=b n=0",
    ),
    (
        "and these may",
        "A insert boss.r x=a; B set boss.r x=b; A set boss.r x=c @1; O resolve 3 boss.r.x=mine",
        "committed | 3:boss.r.x b>c over B2 | 3 is committed",
        "#3 settled pair 3 held 0: boss.r.x edit [x=b] [x=c] | boss.r x=c n=0",
    ),
    (
        "another pair",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D set man.r x=e; C resolve 3 man.r.x=mine pair 3",
        "refused moved-on",
        "#3 open pair 4 held 1: man.r.x edit [x=e] [x=c] | man.r x=e n=0",
    ),
    (
        "a unit that is not decided",
        "A insert man.r x=a y=a; B set man.r x=b y=b; A set man.r x=c y=c @1; C resolve 3 man.r.x=mine",
        "refused moved-on",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c], man.r.y edit [y=b] [y=c] | man.r x=b y=b n=0",
    ),
    (
        "a choice for what is no unit",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; C resolve 3 man.r.x=mine man.r.y=mine",
        "refused wrong-value",
        "#3 open pair 3 held 1: man.r.x edit [x=b] [x=c] | man.r x=b n=0",
    ),
    (
        "a value for a life",
        "A insert man.r x=a; B delete man.r; A set man.r x=c @1; C resolve 3 man.r=x:v",
        "refused wrong-value",
        "#3 open pair 3 held 1: man.r edit-of-deleted none [x=c] | man.r gone x=a n=0",
    ),
    (
        "the held op would be refused now",
        "A insert room.r x=a; A insert man.r x=a; B set man.r x=b; A set man.r x=c + delete room.r @2; D insert lamp.a room=r; C resolve 4 man.r.x=mine",
        "refused moved-on",
        "#4 open pair 6 held 1: man.r.x edit [x=b] [x=b] | lamp.a room=r | man.r x=b n=0 | room.r x=a",
    ),
    (
        "mine for an edit of a deleted record revives it",
        "A insert man.r x=a n=3; B delete man.r; A set man.r x=c @1; C resolve 3 man.r=mine",
        "committed | 3:man.r over B2 | 3:man.r.x a>c | 3 is committed",
        "#3 settled pair 3 held 0: man.r edit-of-deleted none [x=c] | man.r x=c n=3",
    ),
    (
        "theirs leaves it deleted, and the addition counts",
        "A insert man.r x=a n=3; B delete man.r; A set man.r x=c + add man.r n=1 @1; C resolve 3 man.r=theirs",
        "committed | 3:man.r.x a>c lost to delete B2 | 3:man.r.n 3>4 | 3 is committed",
        "#3 settled pair 3 held 0: man.r edit-of-deleted none [x=c] | man.r gone x=a n=4",
    ),
    (
        "mine for a delete of an edited record",
        "A insert man.r x=a; B set man.r x=b; A delete man.r @1; C resolve 3 man.r=mine",
        "committed | 3:man.r over B2 | 3 is committed",
        "#3 settled pair 3 held 0: man.r delete-of-edited [x=b] none | man.r gone x=b n=0",
    ),
    (
        "theirs for a delete of an edited record",
        "A insert man.r x=a; B set man.r x=b; A delete man.r @1; C resolve 3 man.r=theirs",
        "committed | 3:man.r lost to choice C4 | 3 is committed",
        "#3 settled pair 3 held 0: man.r delete-of-edited [x=b] none | man.r x=b n=0",
    ),
    (
        "mine after the parent was deleted (rule 45)",
        "A insert room.r x=a; A insert chair.a room=r x=a; B set chair.a x=b; A set chair.a x=c @2; B delete chair.a; B delete room.r; C resolve 4 chair.a.x=mine",
        "refused moved-on",
        "#4 open pair 4 held 1: chair.a.x edit [x=b] [x=c] | chair.a gone room=r x=b | room.r gone x=a",
    ),
    (
        "mine revives what was deleted only since (rule 45)",
        "A insert room.r x=a; A insert chair.a room=r x=a; B set chair.a x=b; A set chair.a x=c @2; B delete chair.a; C resolve 4 chair.a.x=mine",
        "committed | 4:chair.a over B5 | 4:chair.a.x b>c over B3 | 4 is committed",
        "#4 settled pair 4 held 0: chair.a.x edit [x=b] [x=c] | chair.a room=r x=c | room.r x=a",
    ),
    (
        "mine for a dependent revives what another dependent deleted",
        "A insert room.r x=a; A insert chair.a room=r x=a; B set chair.a x=b; A set chair.a x=c @2; D set chair.a x=d; C resolve 4 chair.a.x=mine pair 4 @4; C delete chair.a @5; E resolve 4 chair.a.x=mine pair 4 @4; E set chair.a x=e @4; D resolve 4 chair.a.x=mine",
        "committed | 4:chair.a.x d>c over D5 | 7:chair.a over D10 | 9:chair.a over C10 | 9:chair.a.x c>e over D10 | 4 is committed | 7 is committed | 9 is committed",
        "#4 settled pair 9 held 0: chair.a.x edit [x=d] [x=e] | chair.a room=r x=e | room.r x=a",
    ),
    (
        "a count adds what was counted less what was there when it was held",
        "A insert item.r n=5; B add item.r n=-2; A count item.r n=7 @1; D add item.r n=-1; C resolve 3 item.r.n=mine",
        "committed | 3:item.r.n 2>6 with D4 | 3 is committed",
        "#3 settled pair 3 held 0: item.r.n count [n=3] [n=7] | item.r n=6",
    ),
    (
        "a counted value likewise",
        "A insert item.r n=5; B add item.r n=-2; A count item.r n=7 @1; D add item.r n=-1; C resolve 3 item.r.n=n:4",
        "committed | 3:item.r.n 2>3 with D4 | 3 is committed",
        "#3 settled pair 3 held 0: item.r.n count [n=3] [n=7] | item.r n=3",
    ),
    (
        "theirs for a count adds nothing",
        "A insert item.r n=5; B add item.r n=-2; A count item.r n=7 @1; C resolve 3 item.r.n=theirs",
        "committed | 3:item.r.n 3>7 lost to choice C4 | 3 is committed",
        "#3 settled pair 3 held 0: item.r.n count [n=3] [n=7] | item.r n=3",
    ),
    (
        "dependents write what was decided as mine (rule 9)",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r x=d y=e @1; C resolve 3 man.r.x=mine",
        "committed | 3:man.r.x b>c over B2 | 4:man.r.x c>d over C5 | 4:man.r.y ->e | 3 is committed | 4 is committed",
        "#3 settled pair 4 held 0: man.r.x edit [x=b] [x=d] | man.r x=d y=e n=0",
    ),
    (
        "what was decided otherwise is closed to them",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r x=d y=e @1; C resolve 3 man.r.x=theirs",
        "committed | 3:man.r.x b>c lost to choice C5 | 4:man.r.x b>d lost to choice C5 | 4:man.r.y ->e | 3 is committed | 4 is committed",
        "#3 settled pair 4 held 0: man.r.x edit [x=b] [x=d] | man.r x=b y=e n=0",
    ),
    (
        "a dependent that clashes itself opens a conflict",
        "A insert man.r x=a; A insert man.s x=a; B set man.r x=b; B set man.s x=b; A set man.r x=c @2; A set man.r y=d + set man.s x=d @2; A set man.s y=e @2; C resolve 5 man.r.x=mine",
        "committed | 5:man.r.x b>c over B3 | 5 is committed | 6 is held in 6 | 7 is held in 6",
        "#5 settled pair 5 held 0: man.r.x edit [x=b] [x=c] | #6 open pair 8 held 2: man.s.x edit [x=b] [x=d] | man.r x=c n=0 | man.s x=b n=0",
    ),
    (
        "a dependent on what was not made is refused after all, with what depends on it",
        "A insert pay.p k=7; B insert pay.q k=7 @0; B add pay.q n=1 + insert item.s x=a @0; B set item.s y=b @0; C resolve 2 pay.q=theirs",
        "committed | 2:pay.q lost to choice C5 | 2:pay.q.k ->7 lost to choice C5 | 2:pay.q.n ->0 lost to choice C5 | 2 is committed | 3 is refused unknown-record | 4 is refused depends-on-rejected",
        "#2 settled pair 3 held 0: pay.q unique [k=7 n=0] [k=7 n=1] | pay.p k=7 n=0",
    ),
    (
        "a dependent that waits for another conflict too",
        "A insert man.r x=a; A insert man.s x=a; B set man.r x=b; B set man.s x=b; A set man.r x=c @2; A set man.s x=c @2; A set man.r y=d + set man.s y=d @2; C resolve 6 man.s.x=mine",
        "committed | 6:man.s.x b>c over B4 | 6 is committed | 7 is held in 5",
        "#5 open pair 5 held 2: man.r.x edit [x=b] [x=c] | #6 settled pair 6 held 0: man.s.x edit [x=b] [x=c] | man.r x=b n=0 | man.s x=c n=0",
    ),
    (
        "a dependent that still waits moves",
        "A insert man.r x=a; A insert man.s x=a; B set man.r x=b; B set man.s x=b; A set man.r x=c @2; A set man.s x=c @2; A set man.r y=d + set man.s y=d @2; C resolve 6 man.s.x=mine; C resolve 5 man.r.x=mine",
        "committed | 5:man.r.x b>c over B3 | 7:man.r.y ->d | 7:man.s.y ->d | 5 is committed | 7 is committed",
        "#5 settled pair 5 held 0: man.r.x edit [x=b] [x=c] | #6 settled pair 6 held 0: man.s.x edit [x=b] [x=c] | man.r x=c y=d n=0 | man.s x=c y=d n=0",
    ),
    (
        "what is built upon a resolution that came too late waits with the conflict (rule 47)",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D set man.r x=e; C resolve 3 man.r.x=mine pair 3 @3; C set man.r x=f @3; C add man.r n=1 @3",
        "committed | man.r.n 0>1",
        "#3 open pair 6 held 2: man.r.x edit [x=e] [x=f] | man.r x=e n=1",
    ),
    (
        "and is settled with it",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D set man.r x=e; C resolve 3 man.r.x=mine pair 3 @3; C set man.r x=f @3; E resolve 3 man.r.x=mine",
        "committed | 3:man.r.x e>c over D4 | 6:man.r.x c>f over E7 | 3 is committed | 6 is committed",
        "#3 settled pair 6 held 0: man.r.x edit [x=e] [x=f] | man.r x=f n=0",
    ),
    (
        "who saw the refusal is judged by himself",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D set man.r x=e; C resolve 3 man.r.x=mine pair 3 @3; C set man.r y=f",
        "committed | man.r.y ->f",
        "#3 open pair 4 held 1: man.r.x edit [x=e] [x=c] | man.r x=e y=f n=0",
    ),
    (
        "a moved-on resolution brings the fresh pair",
        "A insert pay.p k=7; B insert pay.q k=7 + insert pay.r k=8 @0; C insert pay.s k=8; D resolve 2 pay.q=mine; D resolve 2 pay.q=mine pay.r=theirs",
        "committed | 2:pay.q | 2:pay.q.k ->7 | 2:pay.q.n ->0 | 2:pay.r lost to choice D5 | 2:pay.r.k ->8 lost to choice D5 | 2:pay.r.n ->0 lost to choice D5 | 2 is committed",
        "#2 settled pair 4 held 0: pay.r unique [k=8 n=0] [k=8 n=0], pay.q unique [k=7 n=0] [k=7 n=0] | pay.p k=7 n=0 | pay.q k=7 n=0 | pay.s k=8 n=0",
    ),
];

#[test]
fn what_becomes_of_a_resolution() {
    check(ROWS);
}
