//! Answers to a push change the status and nothing else (rule 1).

use fieldbook_device_store::{LogFilter, OpState, Store, StoreError};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Code, Epoch, OpId, Seq, Version, WallTime};
use fieldbook_protocol::{Answer, PushReply};

use crate::world::{EPOCH, act, news, op_id, shown, verdict, with};

fn reply(store: &mut Store, answers: &[(u64, &str, u64)]) -> PushReply {
    let answer = |(seq, text, version): &(u64, &str, u64)| {
        let op_id = op_id(store, Seq(*seq));
        Answer { seq: Seq(*seq), op_id, version: Version(*version), verdict: verdict(text), partly: false }
    };
    let answers = answers.iter().map(answer).collect();
    PushReply { time: WallTime(0), epoch: EPOCH, head: Version(9), hash: Hash::ZERO, answers, expected: None }
}

fn states(store: &mut Store) -> Vec<OpState> {
    let filter = LogFilter { state: None, from: None, max: 9, newest_first: false };
    store.log(filter).expect("the log").iter().map(|entry| entry.state).collect()
}

#[test]
fn an_answered_op_stays_pending_until_the_pull_brings_it() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -1; name p Chai; add p -2");
    let reply = reply(&mut store, &[(1, "ok", 2), (2, "no", 3)]);
    for _ in 0..2 {
        store.answers(&reply).expect("answers");
        assert_eq!(shown(&mut store), "p Chai 7 @1");
        assert_eq!(states(&mut store), [OpState::Answered, OpState::Answered, OpState::Waiting]);
        let facts = store.facts().expect("facts");
        assert_eq!((facts.waiting, facts.unconfirmed, facts.rejected, facts.next), (1, 2, 0, Seq(3)));
    }
    let filter = LogFilter { state: Some(OpState::Answered), from: None, max: 9, newest_first: true };
    assert_eq!(store.log(filter).expect("the log")[0].code, Some(Code::UnknownRecord));
    news(&mut store, "p Tea 9 @2; ok 1 @2; no 2 @3").expect("news");
    assert_eq!(shown(&mut store), "p Tea 7 @2");
    assert_eq!(states(&mut store), [OpState::Committed, OpState::Rejected, OpState::Waiting]);
    store.answers(&reply).expect("late answers");
    assert_eq!(states(&mut store), [OpState::Committed, OpState::Rejected, OpState::Waiting]);
    let facts = store.facts().expect("facts");
    assert_eq!((facts.waiting, facts.unconfirmed, facts.rejected), (1, 0, 1));
}

#[test]
fn an_answer_to_another_op_is_left_out_and_reported() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -1; add p -2");
    let mut reply = reply(&mut store, &[(1, "ok", 2), (2, "ok", 3)]);
    reply.answers[0].op_id = OpId::from_bytes([7; 16]);
    assert_eq!(store.answers(&reply), Err(StoreError::NotOurOp { seq: Seq(1) }));
    assert_eq!(states(&mut store), [OpState::Waiting, OpState::Answered]);
    assert_eq!(store.facts().expect("facts").next, Seq(1));
}

#[test]
fn an_answer_of_another_history_says_nothing() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -1");
    let mut reply = reply(&mut store, &[(1, "ok", 2)]);
    reply.epoch = Epoch(2);
    assert_eq!(store.answers(&reply), Ok(()));
    assert_eq!(states(&mut store), [OpState::Waiting]);
    (reply.epoch, reply.answers[0].version) = (Epoch(1), Version(1));
    assert_eq!(store.answers(&reply), Ok(()), "a pull has passed this place and did not name the op");
    assert_eq!(states(&mut store), [OpState::Waiting]);
}
