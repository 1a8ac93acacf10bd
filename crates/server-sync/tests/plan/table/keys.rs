//! Idempotency keys (rule 20). `sale` declares note.text as its key field, `label` item.x and item.y, `open`
//! item.price and item.up, `plain` item.y, `bare` none.

use super::Row;

pub const ROWS: &[Row] = &[
    (
        "rule 20: the same act under one key is answered with the first and a map of ids",
        "A[key=K action=sale]: +note/m{text=t}; B[key=K action=sale]: +note/k{text=t} @0",
        "m ok; duplicate-of A1 k=m",
        "m{text=t}",
    ),
    (
        "rule 20: another value of a key field is another act and refused",
        "A[key=K action=sale]: +note/m{text=t}; B[key=K action=sale]: +note/k{text=u} @0",
        "m ok; key-reused",
        "m{text=t}",
    ),
    (
        "rule 20: another action under one key is another act",
        "A[key=K action=sale]: +note/m{text=t}; B[key=K action=plain]: +note/k{text=t} @0",
        "m ok; key-reused",
        "m{text=t}",
    ),
    (
        "rule 20: what is no key field may differ",
        "O: +r; A[key=K action=sale]: +note/m{text=t} @1; B[key=K action=sale]: +note/k{text=t about=@r} @1",
        "r ok; m ok; duplicate-of A1 k=m",
        "r{} m{text=t}",
    ),
    (
        "rule 20: a double tap on one device is one act",
        "A[key=K action=sale]: +note/m{text=t}; A[key=K action=sale]: +note/k{text=t} @0",
        "m ok; duplicate-of A1 k=m",
        "m{text=t}",
    ),
    (
        "rule 20: what refers to a duplicate's record refers to the one in force",
        "A[key=K action=plain]: +r; B[key=K action=plain]: +s @0; B: +note/m{about=@s} @0; B: s.x=b @0",
        "r ok; duplicate-of A1 s=r; m ok; r.x over A@1",
        "r{x=b} m{about=r}",
    ),
    (
        "rule 20: the key of a refused op is free",
        "A[key=K action=sale]: +note/m{text=1}; B[key=K action=sale]: +note/k{text=t} @0",
        "wrong-value; k ok",
        "k{text=t}",
    ),
    (
        "rule 20: a third under one key is a duplicate of the first",
        "A[key=K action=sale]: +note/m{text=t}; B[key=K action=sale]: +note/k{text=t} @0; C[key=K action=sale]: +note/l{text=t} @0",
        "m ok; duplicate-of A1 k=m; duplicate-of A1 l=m",
        "m{text=t}",
    ),
    (
        "rule 20: records are paired type by type in their order",
        "A[key=K action=plain]: +r, +note/m, +s; B[key=K action=plain]: +note/k, +u, +v @0",
        "r ok, m ok, s ok; duplicate-of A1 k=m u=r v=s",
        "r{} s{} m{}",
    ),
    (
        "who makes more records than the first did another act, and nothing of it is swallowed",
        "A[key=K action=plain]: +r; B[key=K action=plain]: +u, +v @0; B: v.x=b @0",
        "r ok; key-reused; depends-on-rejected B1",
        "r{}",
    ),
    (
        "without declared key fields all that is done is compared: another value is another act",
        "O: +r; A[key=K action=bare]: r.x=a @1; B[key=K action=bare]: r.x=b @1",
        "r ok; r.x ok; key-reused",
        "r{x=a}",
    ),
    (
        "without declared key fields the same done twice is one act, whatever each was based on",
        "O: +r; A[key=K action=bare]: r.n+2 @1; B[key=K action=bare]: r.n+2 @2",
        "r ok; r.n ok; duplicate-of A1",
        "r{n=2}",
    ),
    (
        "without declared key fields the ids that an act makes do not count",
        "A[key=K action=bare]: +r{name=t}; B[key=K action=bare]: +s{name=t} @0; B: s.x=b @0",
        "r ok; duplicate-of A1 s=r; r.x over A@1",
        "r{x=b}",
    ),
    (
        "rule 20: a duplicate with the same record ids maps nothing",
        "A[key=K action=plain]: +r; B[key=K action=plain]: +r @0; B: r.x=b @2",
        "r ok; duplicate-of A1; r.x ok",
        "r{x=b}",
    ),
    (
        "rule 20: a duplicate cannot turn the id of an existing record into another's",
        "O: +z; A[key=K action=plain]: +r @1; B[key=K action=plain]: +z @1; C: z.x=c @1",
        "z ok; r ok; duplicate-of A1; z.x ok",
        "r{} z{x=c}",
    ),
    (
        "rule 20: an id that is mapped stays mapped to the first",
        "A[key=K action=plain]: +r; A[key=L action=plain]: +s @0; B[key=K action=plain]: +u @0; \
         B[key=L action=plain]: +u @0; B: u.x=b @4",
        "r ok; s ok; duplicate-of A1 u=r; duplicate-of A2; r.x ok",
        "r{x=b} s{}",
    ),
    (
        "rule 20: an id that a duplicate made is taken",
        "A[key=K action=plain]: +r; B[key=K action=plain]: +s @0; B: +s{x=b} @2",
        "r ok; duplicate-of A1 s=r; id-taken",
        "r{}",
    ),
    (
        "rule 20: a delete of a duplicate's record deletes the one in force",
        "A[key=K action=plain]: +r; B[key=K action=plain]: +s @0; B: -s @2",
        "r ok; duplicate-of A1 s=r; r ok",
        "r{} gone",
    ),
    (
        "rule 20: the same value in another spelling is the same act",
        "A[key=K action=open]: +r{price=1.5}; B[key=K action=open]: +s{price=1.50} @0",
        "r ok; duplicate-of A1 s=r",
        "r{price=1.50}",
    ),
    (
        "rule 20: one value in two different key fields is two acts",
        "A[key=K action=label]: +r{x=a}; B[key=K action=label]: +s{y=a} @0",
        "r ok; key-reused",
        "r{x=a}",
    ),
    (
        "rule 20: a key field that is a reference means the record in force",
        "A[key=K action=plain]: +r; B[key=K action=plain]: +s @0; A[key=L action=open]: +t{up=@r} @1; \
         B[key=L action=open]: +u{up=@s} @0",
        "r ok; duplicate-of A1 s=r; t ok; duplicate-of A2 u=t",
        "r{} t{up=r}",
    ),
    (
        "rule 20: an update's value counts as the key field",
        "O: +r; A[key=K action=label]: r.x=a @1; B[key=K action=label]: r.x=a @1; C[key=K action=label]: r.x=c @1",
        "r ok; r.x ok; duplicate-of A1; key-reused",
        "r{x=a}",
    ),
    ("rule 20: a key that is the op's own id is no key", "A: +r; B: +s @0", "r ok; s ok", "r{} s{}"),
    (
        "rule 20: an id that a duplicate makes twice means the first of what it was made as",
        "A[key=K action=sale]: +note/m{text=t}, +note/o{text=t}; B[key=K action=sale]: +note/k{text=t}, +note/k{text=t} @0",
        "m ok, o ok; duplicate-of A1 k=m",
        "m{text=t} o{text=t}",
    ),
];
