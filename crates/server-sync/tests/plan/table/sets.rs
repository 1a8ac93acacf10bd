//! Set fields: verbs `include` and `exclude`.

use super::Row;

pub const ROWS: &[Row] = &[
    ("an include is applied", "O: +r; A: r.tags<p @1", "r ok; r.tags ok", "r{tags=p}"),
    (
        "two blind includes both stay",
        "O: +r; A: r.tags<p @1; B: r.tags<q @1",
        "r ok; r.tags ok; r.tags with A@2",
        "r{tags=p|q}",
    ),
    (
        "an include on an own base follows",
        "O: +r; A: r.tags<p @1; A: r.tags<q @1",
        "r ok; r.tags ok; r.tags ok",
        "r{tags=p|q}",
    ),
    (
        "an include of a present element stamps",
        "O: +r{tags=[p]}; A: r.tags<p @1; B: r.tags=[q] @1",
        "r ok; r.tags ok; r.tags over A@2",
        "r{tags=q}",
    ),
    ("an exclude is applied", "O: +r{tags=[p|q]}; A: r.tags>p @1", "r ok; r.tags ok", "r{tags=q}"),
    (
        "a blind exclude and a blind include of different elements both count",
        "O: +r{tags=[p]}; A: r.tags<q @1; B: r.tags>p @1",
        "r ok; r.tags ok; r.tags with A@2",
        "r{tags=q}",
    ),
    (
        "an exclude on an own base follows",
        "O: +r; A: r.tags<p @1; A: r.tags>p @1",
        "r ok; r.tags ok; r.tags ok",
        "r{tags=}",
    ),
    ("an exclude of an absent element changes nothing", "O: +r; A: r.tags>p @1", "r ok; r.tags ok", "r{}"),
    (
        "an include on a deleted record is lost",
        "O: +r; A: -r @1; B: r.tags<p @1",
        "r ok; r ok; r.tags lost to A@2",
        "r{} gone",
    ),
    (
        "an exclude on a deleted record is lost",
        "O: +r{tags=[p]}; A: -r @1; B: r.tags>p @1",
        "r ok; r ok; r.tags lost to A@2",
        "r{tags=p} gone",
    ),
    ("an include on no record is refused", "A: r.tags<p @0", "unknown-record", ""),
    ("an exclude on no record is refused", "A: r.tags>p @0", "unknown-record", ""),
    (
        "an include on what is written once is refused",
        "O: +note/m; A: note/m.text<p @1",
        "m ok; wrong-verb",
        "m{}",
    ),
    (
        "an exclude on what is written once is refused",
        "O: +note/m; A: note/m.text>p @1",
        "m ok; wrong-verb",
        "m{}",
    ),
    (
        "a set that is full stays as it is, also when two devices fill it together",
        "O: +r; A: r.tags<p|q @1; B: r.tags<s|t @1",
        "r ok; r.tags ok; out-of-range",
        "r{tags=p|q}",
    ),
    (
        "an element more than a set takes is refused on a deleted record too",
        "O: +r{tags=[p|q|s]}; A: -r @1; B: r.tags<t @1",
        "r ok; r ok; out-of-range",
        "r{tags=p|q|s} gone",
    ),
    (
        "one op may make room in a set and fill it",
        "O: +r{tags=[p|q|s]}; A: r.tags>p, r.tags<t @1",
        "r ok; r.tags ok, r.tags ok",
        "r{tags=q|s|t}",
    ),
];
