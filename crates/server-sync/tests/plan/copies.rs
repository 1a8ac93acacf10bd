//! A device that was copied: both copies offer what waited when they parted, each in a log of its own. It counts once
//! (rule 23). And an op that did not take hold in full is told as one.

use fieldbook_model::{Op, SealedOp, Seq, chain::Hash};
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{Answer, Verdict};
use fieldbook_server_sync::{Decision, Principal, Role};

use crate::bench::Bench;
use crate::language::steps;
use crate::names;
use crate::schema::schema;

/// The copy's way to the server: another device of the same person.
fn copy() -> Principal {
    let (user, device) = (names::user('A'), names::device('B'));
    Principal { user, device, workspace: names::HERE, role: Role::Member, name: "A".to_owned() }
}

/// What a device sent, as its copy offers it: under the name of the copy's log, at a place of it.
fn copied(sent: &Pushed, seq: u64, previous: Hash, change: impl FnOnce(&mut Op)) -> Pushed {
    let Pushed::Whole(sealed) = sent else { panic!("an op that was not whole") };
    let mut op = Op { device_id: names::device('B'), seq: Seq(seq), previous, ..sealed.op.clone() };
    change(&mut op);
    Pushed::Whole(Box::new(SealedOp::seal(op)))
}

/// What the server says to an op of the copy.
fn said(bench: &mut Bench<'_>, pushed: &Pushed) -> Decision {
    bench.server.take(bench.schema, &bench.limits, &copy(), pushed)
}

fn answer(decision: Decision) -> Answer {
    match decision {
        Decision::Fresh(plan) => plan.answer,
        other => panic!("no answer: {other:?}"),
    }
}

#[test]
fn an_op_that_waited_in_two_copies_counts_once() {
    let schema = schema();
    let mut bench = Bench::new(&schema);
    for step in steps("A: +r{x=a}; A: r.n+2") {
        bench.step(&step).expect("the reference agrees");
    }
    let sent = bench.sent();
    let (records, effects) = (bench.server.records.clone(), bench.server.effects.clone());
    let mut previous = Hash::ZERO;
    for (place, (_, op)) in sent.iter().enumerate() {
        let offered = copied(op, place as u64 + 1, previous, |_| {});
        let answer = answer(said(&mut bench, &offered));
        assert_eq!(answer.verdict, Verdict::DuplicateOf { op: op.op_id(), ids: Vec::new() });
        assert!(!answer.partly);
        previous = offered.hash();
    }
    assert_eq!((&bench.server.records, &bench.server.effects), (&records, &effects), "nothing is done twice");
    assert_eq!(bench.server.logs[&names::device('B')].last_seq, Seq(2), "its place in the log is taken");
    // Offered again at a place that is taken by then, it says that there are two copies.
    let again = copied(&sent[0].1, 2, Hash::of(b"another"), |_| {});
    assert!(matches!(said(&mut bench, &again), Decision::Forked));
    let other = copied(&sent[0].1, 2, Hash::of(b"another"), |op| op.schema = 2);
    assert!(matches!(said(&mut bench, &other), Decision::Altered(_)));
}

#[test]
fn what_only_has_the_id_of_a_known_op_is_refused() {
    let schema = schema();
    let mut bench = Bench::new(&schema);
    bench.step(&steps("A: +r{x=a}")[0]).expect("the reference agrees");
    let sent = bench.sent();
    let offered = copied(&sent[0].1, 1, Hash::ZERO, |op| op.action = "label".to_owned());
    let answer = answer(said(&mut bench, &offered));
    let Verdict::Rejected { refusal, .. } = answer.verdict else { panic!("{:?}", answer.verdict) };
    assert_eq!(refusal.code, fieldbook_model::Code::OpAltered);
    assert_eq!(bench.server.logs[&names::device('B')].last_seq, Seq(1));
}

#[test]
fn an_own_op_behind_another_one_is_altered_and_no_copy() {
    let schema = schema();
    let mut bench = Bench::new(&schema);
    bench.step(&steps("A: +r{x=a}")[0]).expect("the reference agrees");
    let Pushed::Whole(sealed) = bench.sent().remove(0).1 else { panic!("an op that was not whole") };
    let moved = Op { previous: Hash::of(b"another"), ..sealed.op };
    let moved = Pushed::Whole(Box::new(SealedOp::seal(moved)));
    assert!(matches!(bench.offer('A', &moved), Decision::Altered(_)));
}

/// Whether the last op of a history took hold only in part.
fn partly(history: &str) -> bool {
    let schema = schema();
    let mut bench = Bench::new(&schema);
    for step in steps(history) {
        bench.step(&step).expect("the reference agrees");
    }
    let known = bench.server.known.values();
    let last = known.max_by_key(|known| known.answer.version).expect("an op");
    last.answer.partly
}

#[test]
fn what_did_not_take_hold_in_full_is_told() {
    for (sentence, history, expected) in [
        ("all of it took hold", "A: +r{x=a}; B: r.x=b", false),
        ("over what somebody else wrote unseen it took hold too", "A: +r{x=a}; B: r.x=b; A: r.x=c @1", false),
        ("the same value from two devices is no loss", "A: +r{x=a}; B: r.x=b; A: r.x=b @1", false),
        ("an edit of what was deleted", "A: +r{x=a}; B: -r; A: r.x=b @1", true),
        ("one field of two", "A: +meter/r{top=1}; B: meter/r.top=9; A: meter/r.top=5&low=2 @1", true),
        (
            "an undo of what somebody else made another",
            "A: +r{x=a}; B: r.x=b; A[action=undo undoes=A1]: nothing",
            true,
        ),
        ("what was refused is not done in part", "A: +r{x=a}; A: s.n+2 @0", false),
    ] {
        assert_eq!(partly(history), expected, "{sentence}");
    }
}
