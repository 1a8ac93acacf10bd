//! Owners and what they own.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "an owner that refuses stays while it has a child",
        "A: +room/r, +desk/d{room=@r}; A: -room/r",
        "r ok, d ok; has-children",
        "r{} d{room=r}",
    ),
    (
        "an owner whose child is gone goes",
        "A: +room/r, +desk/d{room=@r}; A: -desk/d; A: -room/r",
        "r ok, d ok; d ok; r ok",
        "r{} gone d{room=r} gone",
    ),
    (
        "an owner's child moved away frees it",
        "A: +room/r, +room/s, +desk/d{room=@r}; A: desk/d.room=@s; A: -room/r",
        "r ok, s ok, d ok; d.room ok; r ok",
        "r{} gone s{} d{room=s}",
    ),
    (
        "an orphan goes where the owner says",
        "A: +room/s; A: +room/r{next=@s}, +lamp/l{room=@r}; A: -room/r",
        "s ok; r ok, l ok; r ok, l.room ok",
        "r{next=s} gone s{} l{room=s}",
    ),
    (
        "an orphan of an owner without heir is nobody's",
        "A: +room/r, +lamp/l{room=@r}; A: -room/r",
        "r ok, l ok; r ok, l.room ok",
        "r{} gone l{}",
    ),
    (
        "a late child of a deleted owner goes to the heir",
        "A: +room/s; A: +room/r{next=@s}; A: -room/r; B: +lamp/l{room=@r} @2",
        "s ok; r ok; r ok; l ok",
        "r{next=s} gone s{} l{room=s}",
    ),
    (
        "an undo of the delete brings the orphan home",
        "A: +room/s; A: +room/r{next=@s}, +lamp/l{room=@r}; A: -room/r; A[action=undo undoes=A3]: nothing",
        "s ok; r ok, l ok; r ok, l.room ok; l.room ok, r ok",
        "r{next=s} s{} l{room=r}",
    ),
    (
        "a child of a deleted owner is kept",
        "A: +room/r; B: -room/r; A: +book/b{room=@r t=x} @1",
        "r ok; r ok; b ok",
        "r{} gone b{room=r t=x}",
    ),
];
