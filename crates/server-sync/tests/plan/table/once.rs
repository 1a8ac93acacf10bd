//! Types that are written once: inserts and nothing else.

use super::Row;

pub const ROWS: &[Row] = &[
    ("a note is made", "A: +note/m{text=hi}", "m ok", "m{text=hi}"),
    ("two blind notes both stay", "A: +note/m @0; B: +note/k @0", "m ok; k ok", "k{} m{}"),
    (
        "a note about a record that another deleted unseen stays",
        "O: +r; A: -r @1; B: +note/m{about=@r} @1",
        "r ok; r ok; m ok",
        "r{} gone m{about=r}",
    ),
    (
        "an op that makes a note and changes one does neither",
        "O: +note/m; A: +note/k, note/m.text=u @1",
        "m ok; wrong-verb",
        "m{}",
    ),
    ("a note of a known id is refused", "O: +note/m; A: +note/m{text=u} @0", "m ok; id-taken", "m{}"),
];
