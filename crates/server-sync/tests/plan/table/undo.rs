//! Undo and redo.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "a set goes back",
        "A: +r{x=a}; A: r.x=b; A[action=undo undoes=A2]: nothing",
        "r ok; r.x ok; r.x ok",
        "r{x=a}",
    ),
    (
        "a set that another changed since stays",
        "A: +r{x=a}; A: r.x=b; B: r.x=c; A[action=undo undoes=A2]: nothing",
        "r ok; r.x ok; r.x ok; r.x not undone B@3",
        "r{x=c}",
    ),
    (
        "an addition is taken back whoever added since",
        "A: +r{n=5}; A: r.n+2; B: r.n+3; A[action=undo undoes=A2]: nothing",
        "r ok; r.n ok; r.n ok; r.n ok",
        "r{n=8}",
    ),
    (
        "elements that really came go",
        "A: +r{tags=[p]}; A: r.tags<p, r.tags<q; A[action=undo undoes=A2]: nothing",
        "r ok; r.tags ok, r.tags ok; r.tags ok",
        "r{tags=p}",
    ),
    (
        "an insert is deleted",
        "A: +r{x=a}; A[action=undo undoes=A1]: nothing",
        "r ok; r ok",
        "r{x=a} gone",
    ),
    (
        "an insert that another edited stays",
        "A: +r{x=a}; B: r.x=b; A[action=undo undoes=A1]: nothing",
        "r ok; r.x ok; r not undone B@2",
        "r{x=b}",
    ),
    (
        "a delete is taken back",
        "A: +r{x=a}; A: -r; A[action=undo undoes=A2]: nothing",
        "r ok; r ok; r ok",
        "r{x=a}",
    ),
    (
        "a restore is taken back",
        "A: +r{x=a}; A: -r; A: ^r; A[action=undo undoes=A3]: nothing",
        "r ok; r ok; r ok; r ok",
        "r{x=a} gone",
    ),
    (
        "only the last undo or redo of an op has something to take back",
        "A: +r{x=a}; A[action=undo undoes=A1]: nothing; A[action=redo undoes=A2]: nothing; \
         A[action=undo undoes=A1]: nothing; A[action=undo undoes=A3]: nothing; A[action=redo undoes=A4]: nothing; \
         A[action=undo undoes=A1]: nothing",
        "r ok; r ok; r ok; r ok; committed; r ok; r ok",
        "r{x=a} gone",
    ),
    (
        "what was undone is done again",
        "A: +r{x=a}; A: r.x=b&n+2; A[action=undo undoes=A2]: nothing; A[action=redo undoes=A3]: nothing",
        "r ok; r.x ok, r.n ok; r.x ok, r.n ok; r.x ok, r.n ok",
        "r{x=b n=2}",
    ),
    (
        "undo of what was refused does nothing",
        "A: s.n+2 @0; A[action=undo undoes=A1]: nothing",
        "unknown-record; committed",
        "",
    ),
    (
        "undo of what is held withdraws it",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1; A[action=undo undoes=A2]: nothing",
        "d ok; d.a ok; held; committed > A2 withdrawn",
        "d{a=y}",
    ),
    (
        "undo of another's op is refused",
        "A: +r{x=a}; B[action=undo undoes=A1]: nothing",
        "r ok; unknown-op",
        "r{x=a}",
    ),
    (
        "what is written once is undone by a record against it",
        "A: +moved/m{count=3}; A[action=undo undoes=A1]: nothing",
        "m ok; A2 ok",
        "A2{count=-3 of=m} m{count=3}",
    ),
    (
        "what is written once without a counter stays",
        "A: +note/m{text=x}; A[action=undo undoes=A1]: nothing",
        "m ok; not-undoable",
        "m{text=x}",
    ),
    (
        "a numbered record is voided and not deleted",
        "A[action=bill.make]: +bill/b{number=A-1 state=open}; A[action=undo undoes=A1]: nothing; A[action=bill.void undoes=A1]: nothing",
        "b ok; unknown-action; b.state ok",
        "b{number=A-1 state=void}",
    ),
    (
        "a group goes back as one",
        "A: +pin/p{x=a y=a}; A: pin/p.x=b&y=b; A[action=undo undoes=A2]: nothing",
        "p ok; p.x ok, p.y ok; p.x ok, p.y ok",
        "p{x=a y=a}",
    ),
    (
        "undo of a settled op leaves what somebody decided",
        "A: +deal/d{a=x n=5}; B: deal/d.a=y @1; A: deal/d.a=z&n+2 @1; B[action=conflict.resolve resolves=A2/3/deal~d.a:mine]: nothing; A[action=undo undoes=A2]: nothing",
        "d ok; d.a ok; held; d.a over B@2, d.n ok > A2 committed; d.a not undone B@4, d.n ok",
        "d{a=z n=5}",
    ),
    (
        "an undo of what is undone already is nothing that redo could take back",
        "A: +r{n=10}; A: r.n-2; A[action=undo undoes=A2]: nothing; A[action=undo undoes=A2]: nothing; A[action=redo undoes=A4]: nothing; A[action=undo undoes=A2]: nothing",
        "r ok; r.n ok; r.n ok; committed; committed; committed",
        "r{n=10}",
    ),
    (
        "a reference does not go back to an owner that is deleted by now",
        "A: +room/m; A: +room/o{next=@m}; A: +lamp/l{room=@o}; A: lamp/l.room=@m; B: -room/o @4; A[action=undo undoes=A4]: nothing",
        "m ok; o ok; l ok; l.room ok; o ok; l.room ok, l.room ok",
        "m{} o{next=m} gone l{room=m}",
    ),
    (
        "two undos under one key are two",
        "A: +r{n=10}; A: r.n-2; A: r.n-3; A[key=K action=undo undoes=A2]: nothing; A[key=K action=undo undoes=A3]: nothing",
        "r ok; r.n ok; r.n ok; r.n ok; r.n ok",
        "r{n=10}",
    ),
    (
        "an undo after another wrote the same, which its author had seen",
        "O: +r; A: r.x=b @1; B: r.x=b @2; A[action=undo undoes=A1]: nothing",
        "r ok; r.x ok; r.x ok; r.x not undone B@3",
        "r{x=b}",
    ),
    (
        "an undo of an undo that gave the stamp of somebody else's older value back",
        "O: +r{x=a}; A: r.x=a @1; A: r.x=b @2; A[action=undo undoes=A2]: nothing; A[action=undo undoes=A1]: nothing; A[action=redo undoes=A3]: nothing",
        "r ok; r.x ok; r.x ok; r.x ok; r.x ok; r.x ok",
        "r{x=b}",
    ),
];
