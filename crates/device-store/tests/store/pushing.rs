//! What a push holds: the ops' own texts, within the limits, from the first without an answer.

use fieldbook_device_store::{Ask, Identity, Store};
use fieldbook_model::{Hash, Limits, Seq};
use fieldbook_protocol::{PushRequest, Pushed};

use crate::world::{act, cursor, identity, news, with};

const ASK: Ask = Ask { from: None, ops_max: 100, bytes_max: 100_000, head_only: false };

#[test]
fn a_push_holds_the_ops_as_they_were_written() {
    let mut store = with("p Tea 10 @1");
    assert_eq!(store.collect(ASK), Ok(None));
    act(&mut store, "add p -1; add p -2; add p -3");
    let push = store.collect(ASK).expect("a store").expect("a push");
    assert_eq!((push.first, push.last, push.ops), (Seq(1), Seq(3), 3));
    let request = PushRequest::read(push.body.as_bytes()).expect("a request");
    assert_eq!(request.standing.cursor, cursor(1));
    for (place, pushed) in request.ops.iter().enumerate() {
        let text = store.op_text(Seq(place as u64 + 1)).expect("a log").expect("an op");
        assert_eq!(pushed.hash(), Hash::of(text.as_bytes()));
    }
}

#[test]
fn a_push_keeps_to_what_was_asked_and_to_the_servers_limits() {
    let limits = Limits { push_ops_max: 3, push_bytes_max: 1400, ..Limits::default() };
    let mut store = Store::memory(&Identity { limits, ..identity() }).expect("a store");
    act(&mut store, "ins p Tea 10; add p 1; add p 1; add p 1; add p 1");
    let mut span = |ask: Ask| {
        store.collect(ask).expect("a store").map(|push| (push.first.0, push.last.0, push.body.len()))
    };
    assert_eq!(span(Ask { ops_max: 1, ..ASK }).map(|span| (span.0, span.1)), Some((1, 1)));
    let (first, last, bytes) = span(ASK).expect("a push");
    assert_eq!((first, last), (1, 2), "two ops of some 530 bytes fit into 1400");
    assert!(bytes <= 1400, "{bytes}");
    assert_eq!(span(Ask { bytes_max: 1, ..ASK }).map(|span| span.1), Some(1), "one op goes in any case");
    assert_eq!(span(Ask { from: Some(Seq(4)), ..ASK }).map(|span| (span.0, span.1)), Some((4, 5)));
    assert_eq!(span(Ask { from: Some(Seq(6)), ..ASK }), None);
}

#[test]
fn an_op_that_was_too_large_goes_as_its_head() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -1; add p -2");
    let ask = Ask { from: Some(Seq(2)), head_only: true, ..ASK };
    let push = store.collect(ask).expect("a store").expect("a push");
    let request = PushRequest::read(push.body.as_bytes()).expect("a request");
    let [Pushed::TooLarge(head)] = &request.ops[..] else { panic!("{:?}", request.ops) };
    let text = |store: &mut Store, seq| store.op_text(Seq(seq)).expect("a log").expect("an op");
    assert_eq!(head.hash, Hash::of(text(&mut store, 2).as_bytes()));
    assert_eq!(head.previous, Hash::of(text(&mut store, 1).as_bytes()));
    assert_eq!((head.seq, head.bytes), (Seq(2), text(&mut store, 2).len() as u64));
    assert_eq!((push.first, push.last, push.ops), (Seq(2), Seq(2), 1));
}

#[test]
fn what_a_pull_settled_is_not_pushed_again_though_its_answer_was_lost() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -1; add p -2");
    store.collect(ASK).expect("a push");
    news(&mut store, "p Tea 9 @2; ok 1 @2").expect("news");
    let push = store.collect(ASK).expect("a store").expect("a push");
    assert_eq!((push.first, push.last), (Seq(2), Seq(2)));
}

#[cfg(feature = "planted")]
#[test]
fn what_a_status_is_told_from_costs_the_same_however_much_waits() {
    use fieldbook_device_store::LogFilter;

    const WAITING: u64 = 1_000;
    let mut store = with("p Tea 10 @1");
    act(&mut store, &vec!["add p 1"; WAITING as usize].join("; "));
    let all = LogFilter { state: None, from: None, max: u32::MAX, newest_first: false };
    store.stop_after(1_000).expect("a handler");
    assert!(store.log(all).is_err(), "what reads the whole queue is stopped");
    let stored = store.stored().expect("no more than a few steps");
    store.start_again().expect("a store");
    assert_eq!((stored.waiting, stored.pending), (WAITING, WAITING));
    assert_eq!(stored, store.facts().expect("a store").stored());
}
