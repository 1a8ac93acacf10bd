//! The lowest and the highest, and the verb `reset`.

use super::Row;

pub const ROWS: &[Row] = &[
    ("a higher value is taken", "O: +meter/m{top=5}; A: meter/m.top=9 @1", "m ok; m.top ok", "m{top=9}"),
    (
        "a lower value is told and not taken, also from somebody who had seen all",
        "O: +meter/m{top=5}; A: meter/m.top=3 @1",
        "m ok; m.top beaten by O@1",
        "m{top=5}",
    ),
    (
        "the first value of all is the highest",
        "O: +meter/m; A: meter/m.top=-3 @1",
        "m ok; m.top ok",
        "m{top=-3}",
    ),
    (
        "two blind highest values: the higher stays, whoever comes last",
        "O: +meter/m{top=1}; A: meter/m.top=9 @1; B: meter/m.top=4 @1; C: meter/m.top=12 @1",
        "m ok; m.top ok; m.top beaten by A@2; m.top with A@2",
        "m{top=12}",
    ),
    (
        "a later and lower value of one's own does not lower it",
        "O: +meter/m{top=1}; A: meter/m.top=2 @1; B: meter/m.top=2 @1; B: meter/m.top=1 @1",
        "m ok; m.top ok; m.top already; m.top beaten by A@2",
        "m{top=2}",
    ),
    (
        "the lowest of exact numbers, in any order",
        "O: +meter/m{low=4}; A: meter/m.low=2 @1; B: meter/m.low=3 @1; C: meter/m.low=1 @1",
        "m ok; m.low ok; m.low beaten by A@2; m.low with A@2",
        "m{low=1.0}",
    ),
    (
        "the earliest of days",
        "O: +meter/m{since=2026-05-19}; A: meter/m.since=2026-05-02 @1; B: meter/m.since=2026-05-11 @1",
        "m ok; m.since ok; m.since beaten by A@2",
        "m{since=2026-05-02}",
    ),
    (
        "a reset by somebody who had seen all lowers it",
        "O: +meter/m{top=9}; A: meter/m.top!2 @1",
        "m ok; m.top ok",
        "m{top=2}",
    ),
    (
        "a reset may empty it, and what comes then is the highest again",
        "O: +meter/m{top=9}; A: meter/m.top!null @1; B: meter/m.top=1 @2",
        "m ok; m.top ok; m.top ok",
        "m{top=1}",
    ),
    (
        "a reset that did not see a higher value is for a person",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; B: meter/m.top!0 @1",
        "m ok; m.top ok; held",
        "m{top=9} ?B1@3x1 m.top 9/",
    ),
    (
        "a reset that was decided for is done",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; B: meter/m.top!1 @1; C[action=conflict.resolve resolves=B1/3/meter~m.top:mine]: nothing",
        "m ok; m.top ok; held; m.top over A@2 > B1 committed",
        "m{top=1}",
    ),
    (
        "a reset that was decided against is told",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; B: meter/m.top!1 @1; C[action=conflict.resolve resolves=B1/3/meter~m.top:theirs]: nothing",
        "m ok; m.top ok; held; m.top not chosen C@4 > B1 committed",
        "m{top=9}",
    ),
    (
        "a value that a person gives in place of a reset stands, though it is lower",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; B: meter/m.top!1 @1; C[action=conflict.resolve resolves=B1/3/meter~m.top:value,top,3]: nothing",
        "m ok; m.top ok; held; m.top over A@2 > B1 committed",
        "m{top=3}",
    ),
    (
        "a value that somebody wrote before they saw the reset counts still",
        "O: +meter/m{top=9}; A: meter/m.top!2 @1; B: meter/m.top=5 @1",
        "m ok; m.top ok; m.top with A@2",
        "m{top=5}",
    ),
    (
        "a reset to what is there already asks nobody",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; B: meter/m.top!9 @1",
        "m ok; m.top ok; m.top already",
        "m{top=9}",
    ),
    (
        "a higher value on a deleted record is lost",
        "O: +meter/m{top=5}; A: -meter/m @1; B: meter/m.top=9 @1",
        "m ok; m ok; m.top lost to A@2",
        "m{top=5} gone",
    ),
    (
        "an undo puts the value back that was there",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; A[action=undo undoes=A1]: nothing",
        "m ok; m.top ok; m.top ok",
        "m{top=5}",
    ),
    (
        "an undo of a value that was not the highest does nothing",
        "O: +meter/m{top=5}; A: meter/m.top=3 @1; A[action=undo undoes=A1]: nothing",
        "m ok; m.top beaten by O@1; committed",
        "m{top=5}",
    ),
    (
        "an undo of an equal value does nothing",
        "O: +meter/m{top=5}; A: meter/m.top=5 @1; A[action=undo undoes=A1]: nothing",
        "m ok; m.top ok; committed",
        "m{top=5}",
    ),
    (
        "an undo leaves a higher value of somebody else",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; B: meter/m.top=12 @2; A[action=undo undoes=A1]: nothing",
        "m ok; m.top ok; m.top ok; m.top not undone B@3",
        "m{top=12}",
    ),
    (
        "what is only ever raised is not emptied",
        "O: +meter/m{top=5}; A: meter/m.top=null @1",
        "m ok; wrong-verb",
        "m{top=5}",
    ),
    ("what is set like any is not reset", "O: +meter/m; A: meter/m.note!a @1", "m ok; wrong-verb", "m{}"),
    ("a reset fits its kind", "O: +meter/m{top=5}; A: meter/m.top!a @1", "m ok; wrong-value", "m{top=5}"),
    ("a reset on no record is refused", "A: meter/m.top!1 @0", "unknown-record", ""),
    (
        "a reset on what is written once is refused",
        "O: +note/n; A: note/n.text!a @1",
        "n ok; wrong-verb",
        "n{}",
    ),
    (
        "a reset on a deleted record is lost",
        "O: +meter/m{top=5}; A: -meter/m @1; B: meter/m.top!1 @1",
        "m ok; m ok; m.top lost to A@2",
        "m{top=5} gone",
    ),
    (
        "a reset on an own base follows",
        "O: +meter/m{top=5}; A: meter/m.top=9 @1; A: meter/m.top!1 @1",
        "m ok; m.top ok; m.top ok",
        "m{top=1}",
    ),
];
