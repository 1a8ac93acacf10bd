//! Fuzz targets of what a server sends: whatever it is, a page is taken in whole or not at all, and no op is lost.

use fieldbook_device_store::{Export, IncomingError, LogEntry, LogFilter, Store, StoreError};
use fieldbook_model::chain::Hash;
use fieldbook_model::{OpId, Seq, Version, WallTime, json};
use fieldbook_protocol::schema::SchemaReply;
use fieldbook_protocol::{Answer, Page, PushReply};

use crate::upgrading::reply;
use crate::world::{EPOCH, act, edit, moment, op_id, page, verdict, with};

/// A device that has some rows, and ops of each kind that waits.
fn device() -> Store {
    let mut store = with("p Tea 10 @1; q Mug 5 [a] @2 // r Pot 7 ~p @3");
    act(&mut store, "add p -2; name q Cup, tag q b; ins s New 3; like s q; del r");
    store
}

/// All that a person could see of a device.
#[derive(Debug, PartialEq)]
struct Seen {
    facts: String,
    shown: Vec<String>,
    confirmed: Vec<String>,
    log: Vec<LogEntry>,
}

fn seen(store: &mut Store) -> Seen {
    let filter = LogFilter { state: None, from: None, max: 100, newest_first: false };
    Seen {
        facts: format!("{:?}", store.facts().expect("facts")),
        shown: store.export(Export::Shown).expect("what is shown"),
        confirmed: store.export(Export::Confirmed).expect("what is confirmed"),
        log: store.log(filter).expect("the log"),
    }
}

/// Pages that a server could send to this device: news, a part of them, and all anew.
fn seeds() -> [String; 4] {
    let mut store = device();
    let live = page(&mut store, 3, 6, false, "p Tea 8 @4; q gone @5; ok 1 @4; no 2 @5; t Cake 1 [x,y] @6");
    let part = page(&mut store, 3, 5, true, "p Chai 9 @4; ok 1 @4; dup 3 s=t @5; t New 3 @5");
    let anew = page(&mut store, 0, 7, false, "p Tea 8 @4; ok 1 @4; ok 5 @6; u Jug 2 ~p @7");
    let empty = page(&mut store, 3, 4, false, "ok 1 @4");
    [live, part, anew, empty]
}

/// Each op with what never changes of it.
fn ops(log: &[LogEntry]) -> Vec<(Seq, OpId, String)> {
    log.iter().map(|entry| (entry.seq, entry.op_id, entry.action.clone())).collect()
}

#[test]
fn pages_of_a_server() {
    let seeds = seeds();
    let seeds = seeds.each_ref().map(String::as_str);
    let before = seen(&mut device());
    fieldbook_fuzz::slow_texts("pages_of_a_server", 150, &seeds, |made| {
        let mut store = device();
        let text = made.text();
        let arrived = store.incoming(&text);
        let after = seen(&mut store);
        if let Err(error) = &arrived {
            assert!(!matches!(error, IncomingError::Store(_)), "no fault of the database: {error}");
            assert_eq!(after, before, "nothing is left of a page that was not taken in: {error}");
            return false;
        }
        assert_eq!(ops(&after.log), ops(&before.log), "no op is lost");
        let page = Page::read(&text).expect("what was taken in is a page");
        let answered = |entry: &LogEntry| page.answers.iter().any(|answer| answer.op_id == entry.op_id);
        for (old, new) in before.log.iter().zip(&after.log).filter(|(old, _)| !answered(old)) {
            assert_eq!(
                (new.state, &new.changes),
                (old.state, &old.changes),
                "nobody spoke of op {}",
                old.seq
            );
        }
        // What the device does next is its own again.
        let next = store.act(moment(100), edit("ins z Own 1")).expect("a new record is always saved");
        assert_eq!(next.seq, Seq(6));
        true
    });
}

/// The reply to a push of all that waits.
fn pushed() -> String {
    let mut store = device();
    let verdicts = ["ok", "no", "ok", "dup 3 s=t", "ok"];
    let answer = |(seq, told)| {
        let (seq, version) = (Seq(seq), Version(3 + seq));
        Answer { seq, op_id: op_id(&mut store, seq), version, verdict: verdict(told), partly: false }
    };
    let answers = (1..).zip(verdicts).map(answer).collect();
    let (time, hash, head) = (WallTime(0), Hash::ZERO, Version(9));
    json::write(&PushReply { time, epoch: EPOCH, head, hash, answers, expected: None })
}

/// Answers change what is told of ops and nothing else, whatever they say.
#[test]
fn replies_to_a_push() {
    let seed = pushed();
    let before = seen(&mut device());
    fieldbook_fuzz::slow_texts("replies_to_a_push", 150, &[&seed], |made| {
        let Ok(reply) = json::parse::<PushReply>(&made.text()) else { return false };
        let mut store = device();
        let answered = store.answers(&reply);
        let after = seen(&mut store);
        assert!(matches!(answered, Ok(()) | Err(StoreError::NotOurOp { .. })), "{answered:?}");
        assert_eq!(
            (&after.shown, &after.confirmed),
            (&before.shown, &before.confirmed),
            "no answer changes a record"
        );
        assert_eq!(ops(&after.log), ops(&before.log), "no op is lost");
        for (old, new) in before.log.iter().zip(&after.log) {
            let is_named = reply.answers.iter().any(|answer| answer.op_id == old.op_id);
            assert!(is_named || old == new, "nobody spoke of op {}", old.seq);
        }
        true
    });
}

/// A schema that does not follow that of the device changes nothing.
#[test]
fn schemas_of_a_server() {
    let seed = json::write(&reply(3));
    let before = seen(&mut device());
    fieldbook_fuzz::slow_texts("schemas_of_a_server", 100, &[&seed], |made| {
        let Ok(reply) = json::parse::<SchemaReply>(&made.text()) else { return false };
        let mut store = device();
        let upgraded = store.upgrade(&reply);
        let after = seen(&mut store);
        assert_eq!(ops(&after.log), ops(&before.log), "no op is lost");
        if let Err(error) = upgraded {
            assert!(matches!(error, IncomingError::Malformed(_)), "no fault of the database: {error}");
            assert_eq!(after, before, "{error}");
            return false;
        }
        store.facts().expect("the store goes on");
        true
    });
}
