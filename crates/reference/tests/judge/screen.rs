//! What a device shows that has read up to some version: its own ops behind that wait, whatever became of them.

use std::sync::Arc;

use fieldbook_model::Version;
use fieldbook_reference::Device;

use crate::language::{Bench, device};
use crate::render;
use crate::schema::schema;

/// A sentence, a history, a device and how far it has read, and what it shows.
type Row = (&'static str, &'static str, char, u64, &'static str);

const ROWS: &[Row] = &[
    (
        "a held op is shown until its verdict has come",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1",
        'A',
        2,
        "man.r x=c n=0",
    ),
    (
        "and then no longer (rule 27)",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1",
        'A',
        3,
        "man.r x=b n=0",
    ),
    (
        "a count is shown as the number that was counted",
        "A insert item.r n=5; A count item.r n=9",
        'A',
        1,
        "item.r n=9",
    ),
    (
        "an undo shows what stood there when its user acted",
        "A insert item.r x=a n=5; A set item.r x=b + add item.r n=2; A undo 2 @1",
        'A',
        1,
        "item.r x=a n=5",
    ),
    (
        "not where news came in",
        "A insert item.r x=a n=5; A set item.r x=b + add item.r n=2 @1; B set item.r x=c @1; A undo 2 @1",
        'A',
        3,
        "item.r x=c n=5",
    ),
    (
        "a redo",
        "A insert item.r x=a; A set item.r x=b @1; A undo 2 @1; A redo 3 @1",
        'A',
        1,
        "item.r x=b n=0",
    ),
    (
        "an undo of an insert",
        "A insert item.s x=a; A insert item.r x=a @1; A undo 2 @1",
        'A',
        1,
        "item.s x=a n=0",
    ),
    (
        "and its redo",
        "A insert item.s x=a; A insert item.r x=a @1; A undo 2 @1; A redo 3 @1",
        'A',
        1,
        "item.r x=a n=0 | item.s x=a n=0",
    ),
    (
        "an undo of an insert that another edited",
        "A insert item.r x=a; B set item.r y=b; A undo 1 @2",
        'A',
        2,
        "item.r x=a y=b n=0",
    ),
    (
        "an undo of a delete",
        "A insert item.r x=a tags=p; A delete item.r; A undo 2 @2",
        'A',
        2,
        "item.r x=a n=0 tags=[p]",
    ),
    (
        "an undo of elements takes only those that came",
        "A insert item.r tags=p; A include item.r tags=p,q @1; A undo 2 @1",
        'A',
        1,
        "item.r n=0 tags=[p]",
    ),
    ("a counter record", "A insert moved.r n=5; A undo 1 @1", 'A', 1, "moved.2#0 n=-5 of=r | moved.r n=5"),
    (
        "a counter-action",
        "A act bill.create insert bill.r number=1; A act bill.void undo 1 @1",
        'A',
        1,
        "bill.r number=1 state=void",
    ),
    (
        "an undo of what is known to be held shows nothing",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A undo 3 @1",
        'A',
        3,
        "man.r x=b n=0",
    ),
    (
        "a second undo shows nothing more",
        "A insert item.r n=5; A add item.r n=2 @1; A undo 2 @1; A undo 2 @1",
        'A',
        1,
        "item.r n=5",
    ),
    (
        "a resolution shows the decided values",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; C resolve 3 man.r.x=mine @3",
        'C',
        3,
        "man.r x=c n=0",
    ),
    (
        "and a value",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; C resolve 3 man.r.x=x:v @3",
        'C',
        3,
        "man.r x=v n=0",
    ),
    (
        "a resolution that makes a record",
        "A insert pay.p k=7; B insert pay.q k=7 x=b @0; C resolve 2 pay.q=mine @2",
        'C',
        2,
        "pay.p k=7 n=0 | pay.q k=7 x=b n=0",
    ),
    (
        "a resolution that deletes one",
        "A insert man.r x=a; B set man.r x=b; A delete man.r @1; C resolve 3 man.r=mine @3",
        'C',
        3,
        "",
    ),
    (
        "a resolution of what others settled meanwhile shows nothing",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; D resolve 3 man.r.x=theirs; C resolve 3 man.r.x=mine @3",
        'C',
        4,
        "man.r x=b n=0",
    ),
    (
        "a discard shows nothing",
        "A insert man.r x=a; B set man.r x=b; A set man.r x=c @1; A discard 3 @3",
        'A',
        3,
        "man.r x=b n=0",
    ),
    (
        "children of what is not shown are not shown (rule 18)",
        "A insert room.r x=a; A insert chair.a room=r; B delete room.r @1",
        'A',
        3,
        "",
    ),
    (
        "and again when the owner comes back",
        "A insert room.r x=a; A insert chair.a room=r; B delete room.r @1; B restore room.r",
        'A',
        4,
        "chair.a room=r | room.r x=a",
    ),
    (
        "also of what was deleted here",
        "A insert room.r x=a; A insert chair.a room=r; A delete room.r @2",
        'A',
        2,
        "",
    ),
];

#[test]
fn what_a_device_shows() {
    let schema = schema();
    let mut wrong = Vec::new();
    for (sentence, history, letter, cursor, expected) in ROWS {
        let mut bench = Bench::new(&schema);
        bench.play(history);
        let own = bench.ops.iter().filter(|op| op.device_id == device(*letter)).cloned().map(Arc::new);
        let screen = Device {
            id: device(*letter),
            cursor: Version(*cursor),
            read: Vec::new(),
            ops: own.collect(),
            schema: schema.version,
            scopes: None,
            left_out: Vec::new(),
            person: None,
        };
        let shown = screen.shown(&bench.reference.history);
        let found = render::rows(&bench, &shown.rows);
        if found != *expected || !shown.doubt.is_empty() {
            wrong
                .push(format!("{sentence}\n  {history}\n  {found}\n  expected {expected} {:?}", shown.doubt));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
