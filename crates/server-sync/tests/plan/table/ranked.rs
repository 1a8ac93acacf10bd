//! Rules that compare two changes which did not know of each other: by value, by role, by time.

use super::Row;

pub const ROWS: &[Row] = &[
    (
        "of two blind values the one that stands first in the order wins",
        "O: +bond/s{st=open}; A: bond/s.st=paid @1; B: bond/s.st=void @1; C: bond/s.st=refunded @1",
        "s ok; s.st ok; s.st over A@2; s.st beaten by B@3",
        "s{st=void}",
    ),
    (
        "whoever has seen the value may write a lower one",
        "O: +bond/s{st=void}; A: bond/s.st=open @1",
        "s ok; s.st ok",
        "s{st=open}",
    ),
    (
        "one's own later change does not hide what another wrote",
        "O: +bond/s{st=open}; B: bond/s.st=refunded @1; A: bond/s.st=void @1; A: bond/s.st=paid @1",
        "s ok; s.st ok; s.st over B@2; s.st beaten by B@2",
        "s{st=void}",
    ),
    (
        "an equal value is no loss",
        "O: +bond/s{st=open}; A: bond/s.st=paid @1; B: bond/s.st=paid @1",
        "s ok; s.st ok; s.st already",
        "s{st=paid}",
    ),
    (
        "no value ranks below all",
        "O: +bond/s{st=open}; A: bond/s.st=open @1; B: bond/s.st=null @1",
        "s ok; s.st ok; s.st beaten by A@2",
        "s{st=open}",
    ),
    (
        "of true and false likewise",
        "O: +bond/s; A: bond/s.shut=true @1; B: bond/s.shut=false @1",
        "s ok; s.shut ok; s.shut beaten by A@2",
        "s{shut=true}",
    ),
    (
        "a losing write leaves no stamp: who did not see it loses nothing to it",
        "O: +bond/s{st=open}; A: bond/s.st=void @1; B: bond/s.st=paid @1; A: bond/s.st=open @2",
        "s ok; s.st ok; s.st beaten by A@2; s.st ok",
        "s{st=open}",
    ),
    (
        "the manager's price beats the cashier's that comes later",
        "O: +bond/s{price=1}; A[role=manager]: bond/s.price=3 @1; B[role=cashier]: bond/s.price=2 @1",
        "s ok; s.price ok; s.price beaten by A@2",
        "s{price=3}",
    ),
    (
        "the manager's price beats the cashier's that came before",
        "O: +bond/s{price=1}; B[role=cashier]: bond/s.price=2 @1; A[role=manager]: bond/s.price=3 @1",
        "s ok; s.price ok; s.price over B@2",
        "s{price=3}",
    ),
    (
        "of equal roles the last to arrive wins",
        "O: +bond/s{price=1}; A[role=cashier]: bond/s.price=3 @1; B[role=cashier]: bond/s.price=2 @1",
        "s ok; s.price ok; s.price over A@2",
        "s{price=2}",
    ),
    (
        "a role that the order does not name ranks below all",
        "O: +bond/s{price=1}; A[role=cashier]: bond/s.price=3 @1; B: bond/s.price=2 @1; C[owner]: bond/s.price=4 @1",
        "s ok; s.price ok; s.price beaten by A@2; s.price over A@2",
        "s{price=4}",
    ),
    (
        "a cashier who has seen the manager's price may change it",
        "O: +bond/s{price=1}; A[role=manager]: bond/s.price=3 @1; B[role=cashier]: bond/s.price=2 @2",
        "s ok; s.price ok; s.price ok",
        "s{price=2}",
    ),
    (
        "an equal price by a lower role does not lower its rank",
        "O: +bond/s{price=1}; A[role=manager]: bond/s.price=3 @1; B[role=cashier]: bond/s.price=3 @1; C[role=cashier]: bond/s.price=2 @1",
        "s ok; s.price ok; s.price already; s.price beaten by A@2",
        "s{price=3}",
    ),
    (
        "a role is that of the change, not of the device",
        "O: +bond/s{price=1}; A[role=manager]: bond/s.price=3 @1; A[role=cashier]: bond/s.price=4 @2; B[role=manager]: bond/s.price=2 @2",
        "s ok; s.price ok; s.price ok; s.price over A@3",
        "s{price=2}",
    ),
    (
        "a group goes by the role as a whole",
        "O: +bond/s{x=a y=a}; A[role=manager]: bond/s.x=b&y=a @1; B[role=cashier]: bond/s.x=b&y=c @1",
        "s ok; s.x ok, s.y ok; s.x beaten by A@2, s.y beaten by A@2",
        "s{x=b y=a}",
    ),
    (
        "an undo gives the rank back that was there",
        "O: +bond/s{price=1}; A[role=manager]: bond/s.price=3 @1; A[action=undo undoes=A1]: nothing; B[role=cashier]: bond/s.price=2 @1",
        "s ok; s.price ok; s.price ok; s.price ok",
        "s{price=2}",
    ),
    (
        "a held op has the role that it had at its place",
        "O: +bond/s{price=1 asked=a}; B: bond/s.asked=b @1; A[role=manager]: bond/s.asked=c&price=3 @1; B[role=cashier]: bond/s.price=2 @1; C[action=conflict.resolve resolves=A1/3/bond~s.asked:theirs]: nothing",
        "s ok; s.asked ok; held; s.price ok; s.asked not chosen C@5, s.price over B@4 > A1 committed",
        "s{price=3 asked=b}",
    ),
    (
        "of two blind edits the one that was written later wins, whichever arrives last",
        "O: +bond/s{memo=a}; A[hlc=50]: bond/s.memo=b @1; B[hlc=40]: bond/s.memo=c @1; C[hlc=60]: bond/s.memo=d @1",
        "s ok; s.memo ok; s.memo beaten by A@2; s.memo over A@2",
        "s{memo=d}",
    ),
    (
        "whoever has seen an edit follows it, whatever the clocks say",
        "O: +bond/s{memo=a}; A[hlc=50]: bond/s.memo=b @1; B[hlc=40]: bond/s.memo=c @2",
        "s ok; s.memo ok; s.memo ok",
        "s{memo=c}",
    ),
    (
        "a stamp from the future counts as one of its arrival: what comes then is as late",
        "O: +bond/s{memo=a}; A[hlc=99999]: bond/s.memo=b @1; B[hlc=1000]: bond/s.memo=c @1; C[hlc=999]: bond/s.memo=d @1",
        "s ok; s.memo ok; s.memo over A@2; s.memo beaten by B@3",
        "s{memo=c}",
    ),
    (
        "an edit that lost does not count as the last",
        "O: +bond/s{memo=a}; A[hlc=50]: bond/s.memo=b @1; B[hlc=40]: bond/s.memo=c @1; C[hlc=30]: bond/s.memo=d @2",
        "s ok; s.memo ok; s.memo beaten by A@2; s.memo ok",
        "s{memo=d}",
    ),
    (
        "an equal text that was written earlier leaves the later stamp",
        "O: +bond/s{memo=a}; A[hlc=50]: bond/s.memo=b @1; B[hlc=40]: bond/s.memo=b @1; C[hlc=45]: bond/s.memo=d @1",
        "s ok; s.memo ok; s.memo already; s.memo beaten by A@2",
        "s{memo=b}",
    ),
    (
        "an undo gives the time back that was there",
        "O[hlc=10]: +bond/s{memo=a}; A[hlc=50]: bond/s.memo=b @1; A[hlc=60 action=undo undoes=A1]: nothing; B[hlc=20]: bond/s.memo=c @1",
        "s ok; s.memo ok; s.memo ok; s.memo ok",
        "s{memo=c}",
    ),
    (
        "a held op is of the time at which it came",
        "O: +bond/s{memo=a asked=a}; B[hlc=20]: bond/s.asked=b @1; A[hlc=30]: bond/s.asked=c&memo=d @1; B[hlc=40]: bond/s.memo=e @1; C[hlc=90 action=conflict.resolve resolves=A1/3/bond~s.asked:theirs]: nothing",
        "s ok; s.asked ok; held; s.memo ok; s.asked not chosen C@5, s.memo beaten by B@4 > A1 committed",
        "s{memo=e asked=b}",
    ),
];
