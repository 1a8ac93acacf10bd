//! Who may do what, and from which place in the order on.

use super::Row;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    (
        "a field with writers is set by one of them",
        "M[role=manager]: +ware/w{t=a}; M[role=manager]: ware/w.price=9",
        "w ok; w.price ok",
        "w{t=a price=9 margin=low}",
    ),
    (
        "and by nobody else",
        "A: +ware/w{t=a}; C[role=cashier]: ware/w.price=9; C[role=cashier]: ware/w.t=b",
        "w ok; no-permission; w.t ok",
        "w{t=b margin=low}",
    ),
    (
        "an owner is on every list",
        "O[owner]: +ware/w{t=a}; O[owner]: ware/w.price=9&margin=high",
        "w ok; w.price ok, w.margin ok",
        "w{t=a price=9 margin=high}",
    ),
    (
        "an insert may leave what its author may not write",
        "A: +ware/w{t=a margin=low}; A: +ware/v{t=a price=9}",
        "w ok; no-permission",
        "w{t=a margin=low}",
    ),
    (
        "who may not read a field may not write it",
        "A: +ware/w{t=a}; A: ware/w.margin=high",
        "w ok; no-permission",
        "w{t=a margin=low}",
    ),
    (
        "elements of a set with writers",
        "A: +ware/w{t=a}; A: ware/w.tags<p; M[role=manager]: ware/w.tags<p",
        "w ok; no-permission; w.tags ok",
        "w{t=a margin=low tags=p}",
    ),
    (
        "additions are for all who write the type",
        "A: +ware/w{t=a}; C[role=cashier]: ware/w.n+2",
        "w ok; w.n ok",
        "w{t=a n=2 margin=low}",
    ),
    (
        "one forbidden change refuses the whole action",
        "A: +ware/w{t=a}; A: ware/w.t=b, ware/w.price=9",
        "w ok; no-permission",
        "w{t=a margin=low}",
    ),
    (
        "a type with writers is made by one of them",
        "A: +rule/r{t=a}; C[role=cashier]: +rule/r{t=a}; A: rule/r.t=b @2/2; A: -rule/r @2/2",
        "no-permission; r ok; no-permission; no-permission",
        "r{t=a}",
    ),
    (
        "a type that one does not read one does not write",
        "A: +secret/s{t=a}; M[role=manager]: +secret/s{t=a}",
        "no-permission; s ok",
        "s{t=a}",
    ),
    (
        "an action with actors is done by one of them",
        "A: +r; A[action=reprice]: r.x=b; M[role=manager action=reprice]: r.x=c",
        "r ok; no-permission; r.x ok",
        "r{x=c}",
    ),
    (
        "a viewer is told so before anything else",
        "V[viewer action=reprice]: +secret/s{t=a}",
        "no-permission",
        "",
    ),
    (
        "rule 32: what an owner says counts from its place on",
        "A: +ware/w{t=a}; O[owner action=member.role member=A:manager]: nothing; A: ware/w.price=9",
        "w ok; committed; w.price ok",
        "w{t=a price=9 margin=low} A:manager",
    ),
    (
        "rule 32: a demoted manager's queued price is refused",
        "O[owner action=member.role member=M:manager]: nothing; M: +ware/w{t=a}; O[owner action=member.role member=M:cashier]: nothing; M: ware/w.price=9 @2/2; M: ware/v.t=b @2/2",
        "committed; w ok; committed; no-permission; unknown-record",
        "w{t=a margin=low} M:cashier",
    ),
    (
        "rule 32: who was made a manager meanwhile may write what was queued",
        "C[role=cashier]: +ware/w{t=a}; O[owner action=member.role member=C:manager]: nothing; C[role=cashier]: ware/w.price=9 @1/1",
        "w ok; committed; w.price ok",
        "w{t=a price=9 margin=low} C:manager",
    ),
    (
        "rule 33: what a removed member had queued is refused",
        "A: +r; O[owner action=member.role member=A:nobody]: nothing; A: r.x=b @1/1; A: +s",
        "r ok; committed; no-permission; no-permission",
        "r{} A:nobody",
    ),
    (
        "rule 33: a member who came back may act again",
        "O[owner action=member.role member=A:nobody]: nothing; O[owner action=member.role member=A:member]: nothing; A: +r",
        "committed; committed; r ok",
        "r{} A:member",
    ),
    (
        "only an owner says who is what",
        "A[action=member.role member=A:owner]: nothing; M[role=manager action=member.role member=A:viewer]: nothing",
        "no-permission; no-permission",
        "",
    ),
    (
        "a role that the schema has not is refused",
        "O[owner action=member.role member=A:boss]: nothing",
        "wrong-value",
        "",
    ),
    (
        "the last owner stays one",
        "O[owner action=member.role member=O:owner]: nothing; O[owner action=member.role member=O:member]: nothing; O[owner action=member.role member=A:owner]: nothing; O[owner action=member.role member=O:member]: nothing; O[action=member.role member=O:owner]: nothing",
        "committed; last-owner; committed; committed; no-permission",
        "A:owner O:member",
    ),
    (
        "the action says what it is",
        "O[owner member=A:viewer]: nothing; O[owner action=member.grant member=A:viewer]: nothing; O[owner action=member.role]: r.x=a",
        "unknown-action; unknown-action; unknown-action",
        "",
    ),
    (
        "a role is not undone",
        "O[owner action=member.role member=A:viewer]: nothing; O[owner action=undo undoes=O1]: nothing",
        "committed; not-undoable",
        "A:viewer",
    ),
    (
        "a grant is given to a member in a scope that is there",
        "O[owner]: +shop/s{t=a}, +ware/w; O[owner action=member.grant grant=A:shop~s:manager]: nothing; O[owner action=member.role member=A:member]: nothing; O[owner action=member.grant grant=A:shop~x:manager]: nothing; O[owner action=member.grant grant=A:ware~w:manager]: nothing; O[owner action=member.grant grant=A:shop~s:manager]: nothing",
        "s ok, w ok; unknown-record; committed; unknown-record; unknown-record; committed",
        "w{margin=low} s{t=a} A:member A:shop~s:manager",
    ),
    (
        "a grant is taken back, by an owner",
        "O[owner]: +shop/s{t=a}; O[owner action=member.role member=A:member]: nothing; O[owner action=member.grant grant=A:shop~s:boss]: nothing; O[owner action=member.grant grant=A:shop~s:viewer]: nothing; A[action=member.grant grant=A:shop~s]: nothing; O[owner action=member.grant grant=A:shop~s]: nothing",
        "s ok; committed; wrong-value; committed; no-permission; committed",
        "s{t=a} A:member",
    ),
    (
        "whoever is removed has no grants left",
        "O[owner]: +shop/s{t=a}; O[owner action=member.role member=A:member]: nothing; O[owner action=member.grant grant=A:shop~s:manager]: nothing; O[owner action=member.role member=A:nobody]: nothing; A: +r",
        "s ok; committed; committed; committed; no-permission",
        "s{t=a} A:nobody",
    ),
    (
        "rule 50: a conflict is settled by who may write all of it",
        "M[role=manager]: +ware/w{price=1}; O[owner]: ware/w.price=2 @1; M[role=manager]: ware/w.price=3 @1; C[role=cashier action=conflict.resolve resolves=M2/3/ware~w.price:mine]: nothing; O[owner action=conflict.resolve resolves=M2/3/ware~w.price:mine]: nothing",
        "w ok; w.price ok; held; no-permission; w.price over O@2 > M2 committed",
        "w{price=3 margin=low}",
    ),
    (
        "rule 50: theirs too is a decision",
        "M[role=manager]: +ware/w{price=1}; O[owner]: ware/w.price=2 @1; M[role=manager]: ware/w.price=3 @1; A[action=conflict.resolve resolves=M2/3/ware~w.price:theirs]: nothing",
        "w ok; w.price ok; held; no-permission",
        "w{price=2 margin=low} ?M2@3x1 w.price 2/3",
    ),
    (
        "a held op was allowed at its place and is done whatever its author is by then",
        "M[role=manager]: +ware/w{price=1}; O[owner]: ware/w.price=2 @1; M[role=manager]: ware/w.price=3 @1; O[owner action=member.role member=M:viewer]: nothing; O[owner action=conflict.resolve resolves=M2/3/ware~w.price:mine]: nothing",
        "w ok; w.price ok; held; committed; w.price over O@2 > M2 committed",
        "w{price=3 margin=low} M:viewer",
    ),
    (
        "an undo is allowed as the change itself is",
        "M[role=manager]: +ware/w{t=a price=1}; M[role=manager]: ware/w.price=2; M[role=cashier action=undo undoes=M2]: nothing; M[role=manager action=undo undoes=M2]: nothing",
        "w ok; w.price ok; no-permission; w.price ok",
        "w{t=a price=1 margin=low}",
    ),
    (
        "a counter record is written by who may write its type",
        "C[role=cashier]: +slip/s{count=2}; C[action=undo undoes=C1]: nothing; C[role=cashier action=undo undoes=C1]: nothing",
        "s ok; no-permission; C3 ok",
        "C3{count=-2 of=s} s{count=2}",
    ),
    (
        "an owner discards what another has queued, and a demoted one does not",
        "A: r.x=a @0/0; O[owner action=member.role member=O:owner]: nothing; O[owner action=member.role member=B:owner]: nothing; O[owner action=member.role member=B:member]: nothing; B[owner action=discard discards=A1]: nothing; O[owner action=discard discards=A1]: nothing",
        "unknown-record; committed; committed; committed; no-permission; committed > A1 discarded",
        "B:member O:owner",
    ),
];
