//! A record's life: verbs `insert`, `delete`, `restore`.

use super::Row;

pub const ROWS: &[Row] = &[
    ("an insert makes a record with defaults", "A: +r{x=a}", "r ok", "r{x=a}"),
    ("an insert of an id that exists is refused", "O: +r; A: +r @0", "r ok; id-taken", "r{}"),
    ("an insert of an own id again is refused", "A: +r; A: +r @0", "r ok; id-taken", "r{}"),
    (
        "an insert of a deleted id does not bring it back",
        "O: +r; A: -r @1; B: +r @2",
        "r ok; r ok; id-taken",
        "r{} gone",
    ),
    ("two records in one op are made together", "A: +r, +s{up=@r}", "r ok, s ok", "r{} s{up=r}"),
    (
        "a record may be made and edited in one op",
        "A: +r, r.x=a&n+2 @0",
        "r ok, r.x ok, r.n ok",
        "r{x=a n=2}",
    ),
    ("a delete is applied", "O: +r; A: -r @1", "r ok; r ok", "r{} gone"),
    (
        "a delete over an unseen set wins and names it",
        "O: +r; A: r.x=a @1; B: -r @1",
        "r ok; r.x ok; r over A@2",
        "r{x=a} gone",
    ),
    (
        "a delete over unseen sets names the newest",
        "O: +r; A: r.x=a @1; C: r.y=c @1; B: -r @1",
        "r ok; r.x ok; r.y ok; r over C@3",
        "r{x=a y=c} gone",
    ),
    (
        "rule 52: an unseen addition is no edit that a delete overwrites",
        "O: +r; A: r.n+2 @1; B: -r @1",
        "r ok; r.n ok; r ok",
        "r{n=2} gone",
    ),
    (
        "rule 52: an unseen include is no edit that a delete overwrites",
        "O: +r; A: r.tags<p @1; B: -r @1",
        "r ok; r.tags ok; r ok",
        "r{tags=p} gone",
    ),
    (
        "rule 52: two blind deletes are no conflict",
        "O: +r; A: -r @1; B: -r @1",
        "r ok; r ok; r already",
        "r{} gone",
    ),
    (
        "an own second delete changes nothing",
        "O: +r; A: -r @1; A: -r @1",
        "r ok; r ok; r already",
        "r{} gone",
    ),
    (
        "a delete over another's unseen restore names it",
        "O: +r; A: -r @1; A: ^r @1; B: -r @1",
        "r ok; r ok; r ok; r over A@3",
        "r{} gone",
    ),
    (
        "a delete after a restore that was seen replaces nothing unseen",
        "O: +r; A: -r @1; A: ^r @1; B: -r @3",
        "r ok; r ok; r ok; r ok",
        "r{} gone",
    ),
    (
        "a delete of an own set is plainly applied",
        "O: +r; A: r.x=a @1; A: -r @1",
        "r ok; r.x ok; r ok",
        "r{x=a} gone",
    ),
    ("a delete of no record is refused", "A: -r @0", "unknown-record", ""),
    ("a delete of what is written once is refused", "O: +note/m; A: -note/m @1", "m ok; wrong-verb", "m{}"),
    ("a restore brings a record back", "O: +r{x=o}; A: -r @1; A: ^r @2", "r ok; r ok; r ok", "r{x=o}"),
    (
        "a restore over another's unseen delete names it",
        "O: +r; A: -r @1; B: ^r @1",
        "r ok; r ok; r over A@2",
        "r{}",
    ),
    ("a restore of a live record changes nothing", "O: +r; A: ^r @1", "r ok; r already", "r{}"),
    (
        "two blind restores: the second changes nothing",
        "O: +r; O: -r @1; A: ^r @2; B: ^r @2",
        "r ok; r ok; r ok; r already",
        "r{}",
    ),
    ("an own restore follows an own delete", "O: +r; A: -r @1; A: ^r @1", "r ok; r ok; r ok", "r{}"),
    ("a restore of no record is refused", "A: ^r @0", "unknown-record", ""),
    ("a restore of what is written once is refused", "O: +note/m; A: ^note/m @1", "m ok; wrong-verb", "m{}"),
    (
        "an edit between delete and restore stays lost",
        "O: +r{x=o}; A: -r @1; B: r.x=b @1; A: ^r @2",
        "r ok; r ok; r.x lost to A@2; r ok",
        "r{x=o}",
    ),
    (
        "an edit on a record that was deleted and restored meanwhile is applied",
        "O: +r; A: -r @1; A: ^r @1; B: r.x=b @1",
        "r ok; r ok; r ok; r.x ok",
        "r{x=b}",
    ),
    (
        "an op that deletes and restores leaves the record as it was",
        "O: +r{x=o}; A: -r, ^r @1",
        "r ok; r ok, r ok",
        "r{x=o}",
    ),
];
