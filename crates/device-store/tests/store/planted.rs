//! Each rule taken out of the store once: the difference shows, so a test that looks there would notice.

use fieldbook_device_store::{Action, OpState, Store};
use fieldbook_model::planted::{Defect, with};
use fieldbook_model::{Epoch, Json, Seq, Version, WallTime};
use fieldbook_protocol::{Answer, PushReply, Verdict};

use crate::world::{act, id, insert, moment, news, op_id, page, shown};

const BASE: &str = "p Tea 10 @1";

/// What a scenario shows with its rule and without it.
fn differs(defect: Defect, scenario: fn(&mut Store) -> String) -> (String, String) {
    let run = || scenario(&mut crate::world::with(BASE));
    let (kept, broken) = (run(), with(defect, run));
    assert_ne!(kept, broken, "{defect:?}");
    (kept, broken)
}

#[test]
fn an_op_that_leaves_at_its_answer_flickers() {
    let (kept, broken) = differs(Defect::PendingEndsAtAnswer, |store| {
        act(store, "add p -1");
        let answer = Answer {
            seq: Seq(1),
            op_id: op_id(store, Seq(1)),
            version: Version(2),
            verdict: Verdict::Committed,
            partly: false,
        };
        let reply = PushReply {
            time: WallTime(0),
            epoch: Epoch(1),
            head: Version(2),
            hash: fieldbook_model::chain::Hash::ZERO,
            answers: vec![answer],
            expected: None,
        };
        store.answers(&reply).expect("answers");
        shown(store)
    });
    assert_eq!((kept.as_str(), broken.as_str()), ("p Tea 9 @1", "p Tea 10 @1"));
}

#[test]
fn a_gap_in_the_live_stream_is_a_loss() {
    differs(Defect::LiveIgnoresGaps, |store| {
        let text = page(store, 5, 6, false, "q Mug 1 @6");
        format!("{:?}", store.incoming(&text).map(|arrived| arrived.cursor))
    });
}

fn states(store: &mut Store) -> Vec<OpState> {
    let filter = fieldbook_device_store::LogFilter { state: None, from: None, max: 9, newest_first: false };
    store.log(filter).expect("the log").iter().map(|entry| entry.state).collect()
}

#[test]
fn a_rebase_that_gives_verdicts_loses_an_op() {
    differs(Defect::RebaseGivesVerdicts, |store| {
        act(store, "name p Chai");
        news(store, "p gone @2").expect("news");
        format!("{:?}", states(store))
    });
}

#[test]
fn a_rebase_that_rewrites_bases_shows_in_the_ops_text() {
    differs(Defect::RebaseRewritesBase, |store| {
        act(store, "name p Chai; add p 1");
        news(store, "p Mate 10 @2").expect("news");
        (1..3).map(|seq| store.op_text(Seq(seq)).expect("a log").expect("an op")).collect()
    });
}

#[test]
fn keys_compared_by_bytes_refuse_a_double_tap() {
    differs(Defect::KeysComparedByBytes, |store| {
        let mut tap = |letter: &str| {
            let fields = [("product", Json::Text(id("p").to_string()))];
            let changes = vec![insert("payment", id(letter), fields.into())];
            let wanted = Action { action: "pay".into(), key: Some("till-1".into()), changes };
            store.act(moment(1), wanted).map(|acted| acted.duplicate)
        };
        format!("{:?} {:?}", tap("a"), tap("b"))
    });
}

#[test]
fn a_page_from_the_start_leaves_behind_what_is_gone() {
    let (kept, broken) = differs(Defect::StartJoinsAnywhere, |store| {
        // The server's page from version 0 has no word of p, which was deleted in version 2.
        let text = page(store, 0, 3, false, "q Mug 5 @3");
        let _ = store.incoming(&text);
        let rest = page(store, 1, 3, false, "p gone @2; q Mug 5 @3");
        let _ = store.incoming(&rest);
        shown(store)
    });
    assert_eq!((kept.as_str(), broken.as_str()), ("q Mug 5 @3", "p Tea 10 @1; q Mug 5 @3"));
}

#[test]
fn pages_of_two_streams_lose_a_record_that_moved_between_them() {
    let (kept, broken) = differs(Defect::StreamsMix, |store| {
        // One stream was read when p stood at version 3, another later, when p had moved on to version 6.
        let late = page(store, 1, 4, true, "q Mug 5 @4").replace("\"head\":5", "\"head\":6");
        store.incoming(&late).expect("a page");
        let early = page(store, 3, 5, false, "r Pot 7 @5");
        let _ = store.incoming(&early);
        format!("{} at {}", shown(store), store.facts().expect("facts").cursor.version)
    });
    assert_eq!(kept, "p Tea 10 @1 at 1");
    assert_eq!(
        broken, "p Tea 10 @1; q Mug 5 @4; r Pot 7 @5 at 5",
        "p is at version 3 there, and its change is missing"
    );
}

/// What a scenario on the estate shows with a rule and without it.
fn estates(defect: Defect, base: &str, scenario: fn(&mut Store) -> String) -> (String, String) {
    let run = || scenario(&mut crate::estate::estate(base));
    let (kept, broken) = (run(), with(defect, run));
    assert_ne!(kept, broken, "{defect:?}");
    (kept, broken)
}

const PLACES: &str =
    r#"site s {"name":"A"} @1; floor f {"name":"F","site":"@s"} @2; asset a {"name":"P","x":1,"y":2} @3"#;

#[test]
fn an_orphan_shows() {
    let (kept, broken) = estates(Defect::OrphansShow, PLACES, |store| {
        crate::estate::news(store, "site s gone @4").expect("news");
        format!("{}/{}", crate::estate::shown(store, "floor"), crate::estate::confirmed(store, "floor"))
    });
    assert_eq!((kept.as_str(), broken.as_str()), ("/", "f{name:F site:s}/f{name:F site:s}"));
}

#[test]
fn an_act_on_what_is_hidden_is_taken() {
    estates(Defect::ActsOnHidden, PLACES, |store| {
        crate::estate::act(store, r#"{"delete":"site","id":"@s"}"#);
        let edit = r#"{"update":"floor","id":"@f","set":{"name":"G"}}"#;
        format!("{:?}", crate::estate::try_as(store, "edit", edit).is_ok())
    });
}

#[test]
fn a_group_that_is_torn_apart_shows_in_the_ops_text() {
    estates(Defect::GroupsTornApart, PLACES, |store| {
        crate::estate::act(store, r#"{"update":"asset","id":"@a","set":{"x":5}}"#);
        store.op_text(Seq(1)).expect("a log").expect("an op")
    });
}
