//! Records that own others.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "a needed owner is not deleted",
        "A insert room.r x=a; A insert lamp.a room=r; A delete room.r",
        "refused has-children",
        "lamp.a room=r | room.r x=a",
    ),
    (
        "unless its child goes first",
        "A insert room.r x=a; A insert lamp.a room=r; A delete lamp.a + delete room.r",
        "committed | lamp.a | room.r",
        "lamp.a gone room=r | room.r gone x=a",
    ),
    (
        "undo of an insert asks too",
        "A insert room.r x=a; B insert lamp.a room=r; A undo 1",
        "refused has-children",
        "lamp.a room=r | room.r x=a",
    ),
    (
        "children go to whom the owner names, or to nobody",
        "A insert room.s x=b; A insert room.r x=a next=s; A insert desk.b room=r + insert desk.a room=r + insert rug.c room=r; A delete room.r + set room.s x=c",
        "committed | room.r | desk.a.room r>s | desk.b.room r>s | rug.c.room r>- | room.s.x b>c",
        "desk.a room=s | desk.b room=s | room.r gone x=a next=s | room.s x=c | rug.c",
    ),
    (
        "and come back by undo",
        "A insert room.s x=b; A insert room.r x=a next=s; A insert desk.a room=r + insert rug.c room=r; A delete room.r; A undo 4",
        "committed | rug.c.room ->r | desk.a.room s>r | room.r",
        "desk.a room=r | room.r x=a next=s | room.s x=b | rug.c room=r",
    ),
    (
        "a reference to an owner already deleted is turned",
        "A insert room.s x=b; A insert room.r x=a next=s; A delete room.r; B insert desk.a room=r @2; B insert rug.b room=r @2",
        "committed | rug.b",
        "desk.a room=s | room.r gone x=a next=s | room.s x=b | rug.b",
    ),
    (
        "until it is live",
        "A insert room.s x=b; A insert room.r x=a next=s; A delete room.r; A delete room.s; B insert desk.a room=r @2",
        "committed | desk.a",
        "desk.a | room.r gone x=a next=s | room.s gone x=b",
    ),
    (
        "a child that one op makes and another deletes the owner of",
        "A insert room.r x=a; B delete room.r; A insert chair.a room=r @1",
        "committed | chair.a | chair.a.room ->r",
        "chair.a room=r | room.r gone x=a",
    ),
    (
        "a set is turned likewise",
        "A insert room.s x=b; A insert room.r x=a next=s; A insert desk.a; A delete room.r; B set desk.a room=r @3",
        "committed | desk.a.room ->s",
        "desk.a room=s | room.r gone x=a next=s | room.s x=b",
    ),
    (
        "an orphaned child meets nobody",
        "A insert room.r x=a; A insert rug.a room=r; B delete room.r @2; B set rug.a room=- @2",
        "committed | rug.a.room ->-",
        "room.r gone x=a | rug.a",
    ),
];

#[test]
fn records_that_own_others() {
    check(ROWS);
}
