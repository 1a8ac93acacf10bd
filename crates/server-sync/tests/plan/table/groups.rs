//! Groups: fields that go together.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "half a group is refused",
        "A: +pin/p{x=a y=a}; A: pin/p.x=b",
        "p ok; incomplete-group",
        "p{x=a y=a}",
    ),
    (
        "a group changed by two devices is held as one",
        "A: +pin/p{x=a y=a}; B: pin/p.x=b&y=a @1; A: pin/p.x=a&y=b @1",
        "p ok; p.x ok, p.y ok; held",
        "p{x=b y=a} ?A2@3x1 p.place b+a/a+b",
    ),
    (
        "a group with one member alike is still another value",
        "A: +pin/p{x=a y=a}; B: pin/p.x=b&y=b @1; A: pin/p.x=b&y=c @1",
        "p ok; p.x ok, p.y ok; held",
        "p{x=b y=b} ?A2@3x1 p.place b+b/b+c",
    ),
    (
        "an equal group is no conflict",
        "A: +pin/p{x=a y=a}; B: pin/p.x=b&y=b @1; A: pin/p.x=b&y=b @1",
        "p ok; p.x ok, p.y ok; p.x already, p.y already",
        "p{x=b y=b}",
    ),
    (
        "a last-synced group is taken as a whole",
        "A: +pin/p{w=a h=a}; B: pin/p.w=b&h=b @1; A: pin/p.w=c&h=a @1",
        "p ok; p.w ok, p.h ok; p.w over B@2, p.h over B@2",
        "p{w=c h=a}",
    ),
    (
        "two groups of a record merge",
        "A: +pin/p{x=a y=a w=a h=a}; B: pin/p.x=b&y=b @1; A: pin/p.w=c&h=c @1",
        "p ok; p.x ok, p.y ok; p.w ok, p.h ok",
        "p{x=b y=b w=c h=c}",
    ),
    (
        "a group is settled as one",
        "A: +pin/p{x=a y=a}; B: pin/p.x=b&y=a @1; A: pin/p.x=a&y=b @1; B[action=conflict.resolve resolves=A2/3/pin~p.place:mine]: nothing",
        "p ok; p.x ok, p.y ok; held; p.x over B@2, p.y over B@2 > A2 committed",
        "p{x=a y=b}",
    ),
    (
        "a group gets a value for each member",
        "A: +pin/p{x=a y=a}; B: pin/p.x=b&y=a @1; A: pin/p.x=a&y=b @1; B[action=conflict.resolve resolves=A2/3/pin~p.place:value,x,g,y,h]: nothing",
        "p ok; p.x ok, p.y ok; held; p.x over B@2, p.y over B@2 > A2 committed",
        "p{x=g y=h}",
    ),
];
