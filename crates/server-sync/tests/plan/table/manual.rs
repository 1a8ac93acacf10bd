//! Manual fields and types, edits that win, and counts: what is held, and what is not.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "two devices change one manual field: held",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @1",
        "d ok; d.a ok; held",
        "d{a=y} ?A2@3x1 d.a y/z",
    ),
    (
        "a manual field that was seen is plainly changed",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=z @2",
        "d ok; d.a ok; d.a ok",
        "d{a=z}",
    ),
    (
        "equal values of a manual field are no conflict",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.a=y @1",
        "d ok; d.a ok; d.a already",
        "d{a=y}",
    ),
    (
        "different manual fields of a record merge",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: deal/d.b=z @1",
        "d ok; d.a ok; d.b ok",
        "d{a=y b=z}",
    ),
    (
        "a field that says otherwise is not held in a manual type",
        "A: +deal/d{c=x}; B: deal/d.c=y @1; A: deal/d.c=z @1",
        "d ok; d.c ok; d.c over B@2",
        "d{c=z}",
    ),
    (
        "additions of a manual type are never held",
        "A: +deal/d{n=5}; B: deal/d.n+1 @1; A: deal/d.n-2 @1",
        "d ok; d.n ok; d.n with B@2",
        "d{n=4}",
    ),
    (
        "elements of a manual type are never held",
        "A: +deal/d; B: deal/d.tags<p @1; A: deal/d.tags<q @1",
        "d ok; d.tags ok; d.tags with B@2",
        "d{tags=p|q}",
    ),
    (
        "a delete against an edit of a manual type is held",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; A: -deal/d @1",
        "d ok; d.a ok; held",
        "d{a=y} ?A2@3x1 d y/gone",
    ),
    (
        "an edit against a delete of a manual type is held",
        "A: +deal/d{a=x}; B: -deal/d @1; A: deal/d.a=y @1",
        "d ok; d ok; held",
        "d{a=x} gone ?A2@3x1 d gone/y",
    ),
    (
        "a delete against an addition is no conflict",
        "A: +deal/d{n=5}; B: deal/d.n+1 @1; A: -deal/d @1",
        "d ok; d.n ok; d ok",
        "d{n=6} gone",
    ),
    (
        "a delete against an element is no conflict",
        "A: +deal/d; B: deal/d.tags<p @1; A: -deal/d @1",
        "d ok; d.tags ok; d ok",
        "d{tags=p} gone",
    ),
    (
        "two deletes are no conflict",
        "A: +deal/d{a=x}; B: -deal/d @1; A: -deal/d @1",
        "d ok; d ok; d already",
        "d{a=x} gone",
    ),
    (
        "an addition to a deleted record counts and holds nothing",
        "A: +deal/d{n=5}; B: -deal/d @1; A: deal/d.n+2 @1; B: ^deal/d",
        "d ok; d ok; d.n ok; d ok",
        "d{n=7}",
    ),
    (
        "an element for a deleted record is lost to the delete",
        "A: +deal/d; B: -deal/d @1; A: deal/d.tags<p @1",
        "d ok; d ok; d.tags lost to B@2",
        "d{} gone",
    ),
    (
        "an edit of a record that was seen deleted is lost to the delete",
        "A: +deal/d{a=x}; B: -deal/d @1; A: deal/d.a=y @2",
        "d ok; d ok; d.a lost to B@2",
        "d{a=x} gone",
    ),
    (
        "a held op does nothing of what it does",
        "A: +deal/d{a=x n=5}, +deal/e; B: deal/d.a=y @1; A: deal/d.a=z&n+2, deal/e.b=w @1",
        "d ok, e ok; d.a ok; held",
        "d{a=y n=5} e{} ?A2@3x1 d.a y/z",
    ),
    (
        "own edits do not hide another's unseen one",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; B: deal/d.b=v; A: deal/d.b=w @2; A: deal/d.a=z @1",
        "d ok; d.a ok; d.b ok; held; held with A2",
        "d{a=y b=v} ?A2@4x2 d.b v/w",
    ),
    (
        "a value written and undone conflicts with nobody",
        "A: +deal/d{a=x}; B: deal/d.a=y @1; B[action=undo undoes=B1]: nothing; A: deal/d.a=z @1",
        "d ok; d.a ok; d.a ok; d.a ok",
        "d{a=z}",
    ),
    (
        "edits win over a delete that they had not seen",
        "A: +task/t{t=x}; B: -task/t @1; A: task/t.t=y @1",
        "t ok; t ok; t over B@2",
        "t{t=y}",
    ),
    (
        "a delete that had not seen an edit is not done where edits win",
        "A: +task/t{t=x}; B: task/t.t=y @1; A: -task/t @1",
        "t ok; t.t ok; t kept by B@2",
        "t{t=y}",
    ),
    (
        "a delete that has seen the edit is done where edits win",
        "A: +task/t{t=x}; B: task/t.t=y @1; A: -task/t @2",
        "t ok; t.t ok; t ok",
        "t{t=y} gone",
    ),
    (
        "an addition brings nothing back where edits win",
        "A: +task/t{t=x}; B: -task/t @1; A: task/t.n+1 @1",
        "t ok; t ok; t.n ok",
        "t{t=x n=1} gone",
    ),
    (
        "a count that missed nobody's addition is exact",
        "A: +deal/d{n=5}; A: deal/d.n+2 @1; A: deal/d.n#9 @1",
        "d ok; d.n ok; d.n ok",
        "d{n=9}",
    ),
    (
        "a count that missed another's addition is held",
        "A: +deal/d{n=5}; B: deal/d.n+1 @1; A: deal/d.n#9 @1",
        "d ok; d.n ok; held",
        "d{n=6} ?A2@3x1 d.n 6/9",
    ),
    (
        "a count outside of a manual type is held too",
        "A: +r{n=5}; B: r.n+1 @1; A: r.n#9 @1",
        "r ok; r.n ok; held",
        "r{n=6} ?A2@3x1 r.n 6/9",
    ),
    (
        "a count of a deleted record counts as an addition does",
        "A: +r{n=5}; B: -r @1; A: r.n#9 @1",
        "r ok; r ok; r.n ok",
        "r{n=9} gone",
    ),
];
