//! Fields of the rule `last-synced`: verb `set`.

use super::Row;

pub const ROWS: &[Row] = &[
    ("a set on what the device has seen is plainly applied", "O: +r; A: r.x=a @1", "r ok; r.x ok", "r{x=a}"),
    (
        "of two blind sets the one that arrives last wins and names the other",
        "O: +r; A: r.x=a @1; B: r.x=b @1",
        "r ok; r.x ok; r.x over A@2",
        "r{x=b}",
    ),
    (
        "a set over another device's that was seen replaces nothing unseen",
        "O: +r; A: r.x=a @1; B: r.x=b @2",
        "r ok; r.x ok; r.x ok",
        "r{x=b}",
    ),
    (
        "two sets of one device on one base follow each other",
        "O: +r; A: r.x=a @1; A: r.x=b @1",
        "r ok; r.x ok; r.x ok",
        "r{x=b}",
    ),
    (
        "rule 8: an own later set does not hide another device's that was not seen",
        "O: +r; B: r.x=b @1; A: r.x=a @1; A: r.x=c @1",
        "r ok; r.x ok; r.x over B@2; r.x over B@2",
        "r{x=c}",
    ),
    (
        "rule 8: of two other devices the newer one is named",
        "O: +r; B: r.x=b @1; C: r.x=c @1; A: r.x=a @1",
        "r ok; r.x ok; r.x over B@2; r.x over C@3",
        "r{x=a}",
    ),
    (
        "rule 8: the newer one was seen, the older one too",
        "O: +r; B: r.x=b @1; C: r.x=c @2; A: r.x=a @3",
        "r ok; r.x ok; r.x ok; r.x ok",
        "r{x=a}",
    ),
    (
        "rule 8: another's set between two own ones is named by the second own one",
        "O: +r; A: r.x=a @1; B: r.x=b @2; A: r.x=c @2",
        "r ok; r.x ok; r.x ok; r.x over B@3",
        "r{x=c}",
    ),
    (
        "rule 40: the second op has a newer base and is judged by it",
        "O: +r; B: r.x=b @1; A: r.x=a @1; A: r.x=c @2",
        "r ok; r.x ok; r.x over B@2; r.x ok",
        "r{x=c}",
    ),
    (
        "blind sets of different fields both stay",
        "O: +r; A: r.x=a @1; B: r.y=b @1",
        "r ok; r.x ok; r.y ok",
        "r{x=a y=b}",
    ),
    (
        "an op of two fields replaces only the one that another changed",
        "O: +r; A: r.x=a @1; B: r.x=b&y=b @1",
        "r ok; r.x ok; r.x over A@2, r.y ok",
        "r{x=b y=b}",
    ),
    (
        "rule 41: an equal blind set is no conflict",
        "O: +r; A: r.x=a @1; B: r.x=a @1",
        "r ok; r.x ok; r.x already",
        "r{x=a}",
    ),
    (
        "rule 41: an equal set stamps, so that a third device meets it",
        "O: +r; A: r.x=a @1; B: r.x=a @2; C: r.x=c @2",
        "r ok; r.x ok; r.x ok; r.x over B@3",
        "r{x=c}",
    ),
    (
        "rule 41: an equal blind set stamps too",
        "O: +r; A: r.x=a @1; B: r.x=a @1; A: r.x=c @2",
        "r ok; r.x ok; r.x already; r.x over B@3",
        "r{x=c}",
    ),
    (
        "rule 41: a write that lost to a delete does not stamp",
        "O: +r; A: -r @1; B: r.x=b @1; A: ^r @2; C: r.x=c @2",
        "r ok; r ok; r.x lost to A@2; r ok; r.x ok",
        "r{x=c}",
    ),
    (
        "a set of nothing empties a field and names what it replaced",
        "O: +r{x=o}; A: r.x=a @1; B: r.x=null @1",
        "r ok; r.x ok; r.x over A@2",
        "r{}",
    ),
    (
        "a set of a set field replaces elements that another included unseen",
        "O: +r; A: r.tags<p @1; B: r.tags=[q] @1",
        "r ok; r.tags ok; r.tags over A@2",
        "r{tags=q}",
    ),
    (
        "a set on another's new record that was seen is applied",
        "O: +r; A: +s; B: s.x=b @2",
        "r ok; s ok; s.x ok",
        "r{} s{x=b}",
    ),
    (
        "a set on an own record that the server confirmed never is applied",
        "A: +r{x=o}; A: r.x=a @0; A: r.y=a @0",
        "r ok; r.x ok; r.y ok",
        "r{x=a y=a}",
    ),
    (
        "a set on an own waiting record meets what another did to it in between",
        "A: +r; B: r.x=b @1; A: r.x=a @0",
        "r ok; r.x ok; r.x over B@2",
        "r{x=a}",
    ),
    (
        "the same field twice in one op ends at the second",
        "O: +r; A: r.x=a, r.x=b @1",
        "r ok; r.x ok, r.x ok",
        "r{x=b}",
    ),
    (
        "the same field twice in one op names the unseen change twice",
        "O: +r; B: r.x=b @1; A: r.x=a, r.x=c @1",
        "r ok; r.x ok; r.x over B@2, r.x over B@2",
        "r{x=c}",
    ),
    (
        "a set on a deleted record loses, also when the device knew",
        "O: +r; A: -r @1; B: r.x=b @2",
        "r ok; r ok; r.x lost to A@2",
        "r{} gone",
    ),
    (
        "a set on an own deleted record loses to that",
        "O: +r; A: -r @1; A: r.x=a @1",
        "r ok; r ok; r.x lost to A@2",
        "r{} gone",
    ),
    ("a set on no record is refused", "A: r.x=a @0", "unknown-record", ""),
    (
        "a set on what is written once is refused",
        "O: +note/m{text=t}; A: note/m.text=u @1",
        "m ok; wrong-verb",
        "m{text=t}",
    ),
];
