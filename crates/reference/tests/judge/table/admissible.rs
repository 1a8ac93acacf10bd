//! What belongs together.

use crate::{Row, check};

pub const ROWS: &[Row] = &[
    (
        "a resolution has its action",
        "A insert man.r x=a; A act edit resolve 1 man.r.x=mine",
        "refused unknown-action",
        "man.r x=a n=0",
    ),
    ("changes have not", "A act conflict.resolve insert man.r x=a", "refused unknown-action", ""),
    ("nor has discard", "A act discard insert man.r x=a", "refused unknown-action", ""),
    (
        "an undo is no discard",
        "A insert man.r x=a; A act discard undo 1",
        "refused unknown-action",
        "man.r x=a n=0",
    ),
    (
        "the types of every app are written by the server alone",
        "A insert gap.r number=1",
        "refused unknown-type",
        "",
    ),
    ("an op of a log that has none to undo", "A undo 9", "refused unknown-op", ""),
    ("an op of a viewer", "A insert man.r x=a; V undo 1", "refused no-permission", "man.r x=a n=0"),
    (
        "the same key twice, of an undo, is no duplicate",
        "A insert item.r n=5; A key K undo 1; A key K redo 2",
        "committed | item.r",
        "item.r n=5",
    ),
];

#[test]
fn what_belongs_together() {
    check(ROWS);
}
