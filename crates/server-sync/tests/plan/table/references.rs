//! References, and what builds on a refused op (rule 19). `r.x=1` is refused everywhere: a number is no text.

use super::Row;

pub const ROWS: &[Row] = &[
    ("a reference to a record is taken", "O: +r; A: +s{up=@r} @1", "r ok; s ok", "r{} s{up=r}"),
    ("a reference to nothing is refused", "A: +s{up=@r} @0", "unknown-reference", ""),
    ("a set of a reference to nothing is refused", "O: +s; A: s.up=@r @1", "s ok; unknown-reference", "s{}"),
    (
        "a reference to a deleted record is taken",
        "O: +r; O: -r @1; A: +s{up=@r} @2",
        "r ok; r ok; s ok",
        "r{} gone s{up=r}",
    ),
    ("a record may refer to itself", "A: +r{up=@r} @0", "r ok", "r{up=r}"),
    (
        "a reference to a record of the same op is taken",
        "A: +r, +note/m{about=@r} @0",
        "r ok, m ok",
        "r{} m{about=r}",
    ),
    (
        "a reference to a record that the same op makes later is refused",
        "A: +note/m{about=@r}, +r @0",
        "unknown-reference",
        "",
    ),
    (
        "a reference must be of the named type",
        "O: +note/m; A: +r{up=@m} @1",
        "m ok; unknown-reference",
        "m{}",
    ),
    (
        "rule 19: a set on a record that a refused op of the same device set is refused with it",
        "O: +r; A: r.x=1 @1; A: r.x=a @1",
        "r ok; wrong-value; depends-on-rejected A1",
        "r{}",
    ),
    (
        "rule 19: a set by a device that knows of the refusal is applied",
        "O: +r; A: r.x=1 @1; A: r.x=a @1/2",
        "r ok; wrong-value; r.x ok",
        "r{x=a}",
    ),
    (
        "rule 19: another device's set is not concerned",
        "O: +r; A: r.x=1 @1; B: r.x=b @1",
        "r ok; wrong-value; r.x ok",
        "r{x=b}",
    ),
    (
        "rule 19: an addition stands alone",
        "O: +r; A: r.x=1 @1; A: r.n+2 @1",
        "r ok; wrong-value; r.n ok",
        "r{n=2}",
    ),
    (
        "rule 19: an include stands alone",
        "O: +r; A: r.x=1 @1; A: r.tags<p @1",
        "r ok; wrong-value; r.tags ok",
        "r{tags=p}",
    ),
    (
        "rule 19: a delete builds on it",
        "O: +r; A: r.x=1 @1; A: -r @1",
        "r ok; wrong-value; depends-on-rejected A1",
        "r{}",
    ),
    (
        "rule 19: a restore builds on it",
        "O: +r; A: r.x=1 @1; A: ^r @1",
        "r ok; wrong-value; depends-on-rejected A1",
        "r{}",
    ),
    (
        "rule 19: a set on a record that a refused op would have made is refused with it",
        "A: +r{x=1}; A: r.x=a @0",
        "wrong-value; depends-on-rejected A1",
        "",
    ),
    (
        "rule 19: an addition to a record that a refused op would have made is refused with it",
        "A: +r{x=1}; A: r.n+1 @0",
        "wrong-value; depends-on-rejected A1",
        "",
    ),
    (
        "rule 19: a reference to a record that a refused op would have made is refused with it",
        "A: +r{x=1}; A: +note/m{about=@r} @0",
        "wrong-value; depends-on-rejected A1",
        "",
    ),
    (
        "rule 19: what depends on a dependent is refused with that, from one record to the next",
        "A: +r{x=1}; A: +s{up=@r} @0; A: +note/m{about=@s} @0",
        "wrong-value; depends-on-rejected A1; depends-on-rejected A2",
        "",
    ),
    (
        "rule 19: an addition to a record that never was depends on the last op that was refused with it",
        "A: +r{x=1}; A: r.x=a @0; A: r.n+1 @0",
        "wrong-value; depends-on-rejected A1; depends-on-rejected A2",
        "",
    ),
    (
        "rule 19: a record that a refused op makes and then edits would have been made by it",
        "A: +r{x=1}, r.n+1 @0; A: r.n+1 @0; A: +note/m{about=@r} @0",
        "wrong-value; depends-on-rejected A1; depends-on-rejected A2",
        "",
    ),
    (
        "rule 19: a record that a refused op only referred to is free",
        "O: +r; A: +s{up=@r x=1} @1; A: r.x=a @1",
        "r ok; wrong-value; r.x ok",
        "r{x=a}",
    ),
    (
        "rule 19: a reference to an existing record that a refused op set is taken",
        "O: +r; A: r.x=1 @1; A: +s{up=@r} @1",
        "r ok; wrong-value; s ok",
        "r{} s{up=r}",
    ),
    (
        "rule 19: an op on another record flows past a refused one",
        "O: +r, +s; A: r.x=1 @1; A: s.x=a @1",
        "r ok, s ok; wrong-value; s.x ok",
        "r{} s{x=a}",
    ),
    (
        "rule 19: a record that is made anew by who knows of the refusal can be used",
        "A: +r{x=1}; A: +r @0/1; A: r.x=a @0/1",
        "wrong-value; r ok; r.x ok",
        "r{x=a}",
    ),
    (
        "rule 19: an insert of the record that a refused op would have made, by who does not know, waits with it",
        "A: +r{x=1}; A: +r @0",
        "wrong-value; depends-on-rejected A1",
        "",
    ),
    (
        "rule 19: a refused op on a duplicate's record counts for the record in force",
        "A[key=K action=plain]: +r; B[key=K action=plain]: +s @0; B: s.x=1 @0; B: s.x=b @0",
        "r ok; duplicate-of A1 s=r; wrong-value; depends-on-rejected B2",
        "r{}",
    ),
];
