//! Undo and redo.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "a set goes back",
        "A insert item.r x=a; A set item.r x=b; A undo 2",
        "committed | item.r.x b>a",
        "item.r x=a n=0",
    ),
    (
        "and forth",
        "A insert item.r x=a; A set item.r x=b; A undo 2; A redo 3",
        "committed | item.r.x a>b",
        "item.r x=b n=0",
    ),
    (
        "redo of a value that another wrote before",
        "B insert item.r x=a; A set item.r x=b; A undo 2; A redo 3",
        "committed | item.r.x a>b",
        "item.r x=b n=0",
    ),
    (
        "not where another wrote (rule 12)",
        "A insert item.r x=a; A set item.r x=b; B set item.r x=c; A undo 2",
        "committed | item.r.x c>a not undone B3",
        "item.r x=c n=0",
    ),
    (
        "not where the own line wrote since",
        "A insert item.r x=a; A set item.r x=b; A set item.r x=c; A undo 2",
        "committed | item.r.x c>a not undone A3",
        "item.r x=c n=0",
    ),
    (
        "with the stamps that it had (rule 42)",
        "A insert man.r x=a; A set man.r x=b; A undo 2; B set man.r x=c @1",
        "committed | man.r.x a>c",
        "man.r x=c n=0",
    ),
    (
        "an undo after a seen value still leaves an equal stamp",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c; A undo 3; A set man.r x=d @1",
        "held in 5",
        "#5 open pair 5 held 1: man.r.x edit [x=b] [x=d] | man.r x=b n=0",
    ),
    (
        "an addition has its opposite",
        "A insert item.r n=5; A add item.r n=-2; B add item.r n=-1; A undo 2",
        "committed | item.r.n 2>4",
        "item.r n=4",
    ),
    (
        "also on a deleted record",
        "A insert item.r n=5; A add item.r n=-2; B delete item.r; A undo 2",
        "committed | item.r.n 3>5",
        "item.r gone n=5",
    ),
    (
        "a count has its opposite",
        "A insert item.r n=5; A count item.r n=9; A undo 2",
        "committed | item.r.n 9>5",
        "item.r n=5",
    ),
    (
        "only elements that really came go",
        "A insert item.r tags=p; A include item.r tags=p,q; A undo 2",
        "committed | item.r.tags [p,q]>[p]",
        "item.r n=0 tags=[p]",
    ),
    (
        "elements that went come",
        "A insert item.r tags=p,q; A exclude item.r tags=q,s; A undo 2",
        "committed | item.r.tags [p]>[p,q]",
        "item.r n=0 tags=[p,q]",
    ),
    (
        "what did nothing has no inverse",
        "A insert item.r tags=p; A include item.r tags=p; A undo 2",
        "committed",
        "item.r n=0 tags=[p]",
    ),
    (
        "a deleted record comes back",
        "A insert item.r x=a; A delete item.r; A undo 2",
        "committed | item.r",
        "item.r x=a n=0",
    ),
    (
        "it is there already if another restored it",
        "A insert item.r x=a; A delete item.r; B restore item.r; A undo 2",
        "committed | item.r already",
        "item.r x=a n=0",
    ),
    (
        "not if another had to do with its life",
        "A insert item.r x=a; A delete item.r; B restore item.r; B delete item.r; A undo 2",
        "committed | item.r not undone B4",
        "item.r gone x=a n=0",
    ),
    (
        "an inserted record goes",
        "A insert item.r x=a; B add item.r n=1; A undo 1",
        "committed | item.r",
        "item.r gone x=a n=1",
    ),
    (
        "not if another edited it",
        "A insert item.r x=a; B set item.r x=b; A undo 1",
        "committed | item.r not undone B2",
        "item.r x=b n=0",
    ),
    (
        "and comes back by redo",
        "A insert item.r x=a; A undo 1; A redo 2",
        "committed | item.r",
        "item.r x=a n=0",
    ),
    (
        "redo of a delete",
        "B insert item.r x=a; A delete item.r; A undo 2; A redo 3",
        "committed | item.r",
        "item.r gone x=a n=0",
    ),
    (
        "an insert-only record has a counter record",
        "A insert moved.r n=5 x=a; A undo 1",
        "committed | moved.2#0 | moved.2#0.n ->-5 | moved.2#0.x ->a | moved.2#0.of ->r",
        "moved.2#0 n=-5 x=a of=r | moved.r n=5 x=a",
    ),
    (
        "the place counts from the end of the op",
        "A insert moved.r n=5 + insert moved.s n=6; A undo 1; A redo 2",
        "committed | moved.3#0 | moved.3#0.n ->5 | moved.3#0.of ->2#1 | moved.3#1 | moved.3#1.n ->6 | moved.3#1.of ->2#0",
        "moved.2#0 n=-6 of=s | moved.2#1 n=-5 of=r | moved.3#0 n=5 of=2#1 | moved.3#1 n=6 of=2#0 | moved.r n=5 | moved.s n=6",
    ),
    (
        "without a counter it is not undoable",
        "A insert note.r x=a; A undo 1",
        "refused not-undoable",
        "note.r x=a",
    ),
    (
        "a numbered record is not undoable by itself",
        "A insert bill.r number=1; A undo 1",
        "refused not-undoable",
        "bill.r number=1",
    ),
    (
        "the counter-action sets its fields",
        "A act bill.create insert bill.r number=1; A act bill.void undo 1",
        "committed | bill.r.state ->void",
        "bill.r number=1 state=void",
    ),
    (
        "and is undone itself",
        "A act bill.create insert bill.r number=1; A act bill.void undo 1; A undo 2",
        "committed | bill.r.state void>-",
        "bill.r number=1",
    ),
    (
        "the action is the counter-action or none",
        "A act bill.create insert bill.r number=1; A undo 1",
        "refused unknown-action",
        "bill.r number=1",
    ),
    (
        "a counter-action takes back only what names it",
        "A act pos.sale insert item.r x=a; A act bill.void undo 1",
        "refused unknown-action",
        "item.r x=a n=0",
    ),
    (
        "an edit is no undo",
        "A insert item.r x=a; A act edit undo 1",
        "refused unknown-action",
        "item.r x=a n=0",
    ),
    (
        "of a refused op nothing (rule 11)",
        "A insert item.r n=5; A add item.r n=-2 zz=1; A undo 2",
        "committed",
        "item.r n=5",
    ),
    (
        "of a held op it withdraws",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A set man.r y=d @1; A undo 3 @1",
        "committed | 4:man.r.y ->d | 3 is withdrawn | 4 is committed",
        "#3 withdrawn pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=b y=d n=0",
    ),
    (
        "of what is undone already nothing",
        "A insert item.r n=5; A add item.r n=-2; A undo 2; A undo 2",
        "committed",
        "item.r n=5",
    ),
    (
        "and again after redo",
        "A insert item.r n=5; A add item.r n=-2; A undo 2; A redo 3; A undo 2",
        "committed | item.r.n 3>5",
        "item.r n=5",
    ),
    ("of another device's op", "A insert item.r n=5; B undo 1", "refused unknown-op", "item.r n=5"),
    (
        "an edit that won goes back whole",
        "A insert keep.r x=a; B delete keep.r; A set keep.r x=c @1; A undo 3",
        "committed | keep.r | keep.r.x c>a",
        "keep.r gone x=a n=0",
    ),
    (
        "of an op that was settled",
        "A insert man.r x=a n=5; B set man.r x=b; A set man.r y=c + add man.r n=1 + set man.r x=d @1; C resolve 3 man.r.x=theirs; A undo 3",
        "committed | man.r.n 6>5 | man.r.y c>-",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=d] | man.r x=b n=5",
    ),
    (
        "not what a resolver decided",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; C resolve 3 man.r.x=mine; A undo 3",
        "committed | man.r.x c>b not undone C4",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=c n=0",
    ),
    (
        "of a resolution nothing",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; C resolve 3 man.r.x=mine; C undo 4",
        "committed",
        "#3 settled pair 3 held 0: man.r.x edit [x=b] [x=c] | man.r x=c n=0",
    ),
    (
        "a group goes back whole or not",
        "A insert man.r gx=a gy=b; A set man.r gx=c gy=d; B set man.r gx=c gy=e; A undo 2",
        "committed | man.r.gx c>a not undone B3 | man.r.gy e>b not undone B3",
        "man.r gx=c gy=e n=0",
    ),
    (
        "a set on a deleted record does not go back",
        "A insert item.r x=a; A set item.r x=b; B delete item.r; A undo 2",
        "committed | item.r.x b>a not undone B3",
        "item.r gone x=b n=0",
    ),
    ("a discard is no target that did something", "A set item.s x=a; A discard 1; A undo 2", "committed", ""),
];

#[test]
fn undo_and_redo() {
    check(ROWS);
}
