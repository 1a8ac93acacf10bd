//! What a person does about an op that was refused: sends it again, edited or not, with what builds upon it, or
//! gives it up.

use fieldbook_device_store::{Asks, OpState, Store};
use fieldbook_model::op::About;
use fieldbook_model::{Code, Op, OpId, Seq, json};

use crate::estate::{act, changes, estate, now, op_id, page, pages, phone_conflict, refusal, shown, states};

const BASE: &str = r#"site s {"name":"A"} @1"#;

fn op(store: &mut Store, seq: u64) -> Op {
    json::parse(&store.op_text(Seq(seq)).expect("a log").expect("an op")).expect("an op")
}

/// An insert that was refused, an insert below it that was refused with it, and an edit of that one too.
fn refused() -> Store {
    let mut store = estate(BASE);
    act(&mut store, r#"{"insert":"site","id":"@t","fields":{"name":"T"}}"#);
    act(&mut store, r#"{"insert":"floor","id":"@f","fields":{"name":"F","site":"@t"}}"#);
    act(&mut store, r#"{"update":"site","id":"@s","set":{"name":"B"}}"#);
    act(&mut store, r#"{"update":"floor","id":"@f","set":{"name":"G"}}"#);
    pages(&mut store, r#"site s {"name":"B"} @4; no 1 @2; no 2<1 @3; ok 3 @4; no 4<2 @5"#);
    store
}

#[test]
fn a_refused_op_is_sent_again_with_what_builds_upon_it() {
    let mut store = refused();
    assert_eq!(store.facts().expect("facts").rejected, 3);
    let (at, edited) =
        (now(&mut store), changes(&mut store, r#"{"insert":"site","id":"@t","fields":{"name":"T2"}}"#));
    let acted = store.retry(at, Seq(1), Some(edited)).expect("a second try");
    assert_eq!(acted.iter().map(|acted| acted.seq.0).collect::<Vec<_>>(), [5, 6, 7]);
    assert_eq!(
        (shown(&mut store, "site"), shown(&mut store, "floor")),
        ("s{name:B} t{name:T2}".into(), "f{name:G site:t}".into())
    );
    for (seq, old) in [(5, 1), (6, 2), (7, 4)] {
        let old = op_id(&mut store, old);
        let op = op(&mut store, seq);
        assert_eq!(op.payload.about, Some(About::Replaces(old)));
        assert_eq!(op.idempotency_key, op.op_id.to_string());
    }
    assert_eq!(store.facts().expect("facts").rejected, 0, "nobody is needed any more");
    use OpState::{Committed, Rejected, Replaced, Waiting};
    pages(&mut store, r#"site t {"name":"T2"} @6; ok 5 @6; was 1 replaced @6; no 6 @7"#);
    assert_eq!(
        states(&mut store),
        [Replaced, Rejected, Committed, Replaced, Committed, Rejected, Waiting],
        "what was to replace it was refused itself"
    );
}

#[test]
fn a_second_try_has_the_bases_of_now_and_a_key_of_its_own() {
    let mut store = estate(BASE);
    let changes = changes(&mut store, r#"{"update":"site","id":"@s","set":{"name":"B"}}"#);
    let (at, key) = (now(&mut store), Some("rename".to_owned()));
    let wanted = fieldbook_device_store::Action { action: "import".into(), key, changes };
    store.act(at, wanted).expect("an act");
    pages(&mut store, r#"site s {"name":"C"} @7; no 1 @8"#);
    let at = now(&mut store);
    store.retry(at, Seq(1), None).expect("a second try");
    let (first, second) = (op(&mut store, 1), op(&mut store, 2));
    let base = |op: &Op| op.payload.changes[0].base().map(|base| base.0);
    assert_eq!((base(&first), base(&second)), (Some(1), Some(7)));
    assert_eq!((first.idempotency_key.as_str(), second.idempotency_key.as_str()), ("rename", "rename/2"));
    assert_eq!(second.action, "import");
}

#[test]
fn a_number_that_was_given_out_stays_with_its_record() {
    let mut store = estate("");
    act(&mut store, r#"{"insert":"bill","id":"@b","fields":{"state":"open"}}"#);
    pages(&mut store, "no 1 @1");
    let (at, edited) =
        (now(&mut store), changes(&mut store, r#"{"insert":"bill","id":"@b","fields":{"state":"paid"}}"#));
    store.retry(at, Seq(1), Some(edited)).expect("a second try");
    assert_eq!(shown(&mut store, "bill"), "b{number:1G60R3-000001 state:paid}");
}

#[test]
fn only_what_was_refused_is_sent_again() {
    let mut store = refused();
    act(&mut store, r#"{"update":"site","id":"@s","set":{"name":"C"}}"#);
    let at = now(&mut store);
    for (seq, code, words) in [
        (3, Code::NotHeld, "Only an action that was refused"),
        (5, Code::NotHeld, "no verdict yet"),
        (9, Code::UnknownOp, "no action 9"),
        (2, Code::UnknownReference, "names a site that is not on this device"),
    ] {
        let refused = refusal(store.retry(at, Seq(seq), None));
        assert_eq!(refused.code, code, "{seq}: {}", refused.words);
        assert!(refused.words.contains(words), "{seq}: {}", refused.words);
    }
    assert_eq!(store.facts().expect("facts").last, Seq(5), "nothing was written");
}

#[test]
fn what_does_not_fit_stops_the_dependents_and_keeps_what_came_before() {
    let mut store = refused();
    let at = now(&mut store);
    let other = changes(&mut store, r#"{"insert":"site","id":"@u","fields":{"name":"U"}}"#);
    let acted = store.retry(at, Seq(1), Some(other)).expect("a second try");
    assert_eq!(acted.len(), 1, "the floor's site is not there");
    assert_eq!(store.facts().expect("facts").rejected, 2);
}

fn discard(
    store: &mut Store,
    seq: u64,
) -> Result<fieldbook_device_store::Acted, fieldbook_device_store::ActError> {
    let (at, target) = (now(store), op_id(store, seq));
    store.discard(at, target)
}

#[test]
fn a_refused_op_that_is_given_up_needs_nobody_until_that_is_refused() {
    let mut store = refused();
    discard(&mut store, 1).expect("a discard");
    assert_eq!(op(&mut store, 5).payload.about, Some(About::Discards(op_id(&mut store, 1))));
    assert_eq!((store.facts().expect("facts").rejected, states(&mut store)[0]), (2, OpState::Discarded));
    pages(&mut store, "no 5 @6");
    assert_eq!(states(&mut store)[0], OpState::Rejected);
    discard(&mut store, 1).expect("another discard");
    pages(&mut store, "was 1 discarded @7; ok 6 @7");
    assert_eq!(states(&mut store)[0], OpState::Discarded);
    // The server has said so: a later refusal does not bring it back.
    assert_eq!(refusal(discard(&mut store, 1)).code, Code::NotHeld);
}

#[test]
fn a_conflict_is_given_up_by_its_author_or_an_owner() {
    let base = r#"customer c {"name":"Ann","phone":"1"} @1"#;
    let mut store = estate(base);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    let conflict = phone_conflict(1, 3, "open", "2", "3");
    pages(&mut store, &format!("held 1 @3; {conflict} @3"));
    discard(&mut store, 1).expect("a discard");
    assert_eq!(store.facts().expect("facts").conflicts, 0);
    pages(&mut store, &format!("{} @4", phone_conflict(1, 3, "settled", "2", "3")));
    assert_eq!(crate::estate::in_doubt(&mut store), "2", "somebody settled it first");

    let mut other = estate(base);
    let text =
        phone_conflict(1, 3, "open", "2", "3").replace("#1", "@k").replace("conflict @k", "conflict k");
    pages(&mut other, &format!("{} @3", text.replace("Nancy", "Cy")));
    let target = crate::world::id("k").as_op();
    let at = now(&mut other);
    assert_eq!(refusal(other.discard(at, target)).code, Code::NoPermission);
    other.renew("owner", fieldbook_model::Limits::default()).expect("a role");
    other.discard(at, target).expect("an owner may");
    let at = now(&mut other);
    assert_eq!(refusal(other.discard(at, OpId::from_bytes([5; 16]))).code, Code::UnknownOp);
}

#[test]
fn what_happened_or_waits_is_not_given_up() {
    let mut store = refused();
    act(&mut store, r#"{"update":"site","id":"@s","set":{"name":"C"}}"#);
    assert!(refusal(discard(&mut store, 3)).words.contains("undo"));
    assert!(refusal(discard(&mut store, 5)).words.contains("undo"));
}

/// A device that wants everything anew is told again what became of its ops. What it did about them since stands.
#[test]
fn what_is_told_again_ends_nothing_that_was_done_since() {
    const BASE: &str = r#"customer c {"name":"Ann","phone":"1"} @1"#;
    const EDITED: &str = r#"customer c {"name":"Ann","phone":"2"} @2"#;
    let edit = r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#;
    // An act was refused when its conflict was settled, and the person gave it up.
    let mut store = estate(BASE);
    act(&mut store, edit);
    let told = "held 1 @2; was 1 rejected @3";
    pages(&mut store, told);
    discard(&mut store, 1).expect("a discard");
    assert_eq!(states(&mut store), [OpState::Discarded, OpState::Waiting]);
    let anew = page(&mut store, 0, false, &format!("{BASE}; {told}"));
    store.incoming(&anew).expect("a snapshot");
    assert_eq!(states(&mut store), [OpState::Discarded, OpState::Waiting]);
    // An undo was held and withdrawn, and the person undid the same act again.
    let mut store = estate(BASE);
    act(&mut store, edit);
    pages(&mut store, &format!("{EDITED}; ok 1 @2"));
    for told in ["held 2 @3; was 2 withdrawn @4", ""] {
        let at = now(&mut store);
        store.undo(at, Some(Seq(1)), Asks::Anyway).expect("an undo");
        pages(&mut store, told);
    }
    let anew = page(&mut store, 0, false, &format!("{EDITED}; ok 1 @2; held 2 @3; was 2 withdrawn @4"));
    store.incoming(&anew).expect("a snapshot");
    let at = now(&mut store);
    assert_eq!(refusal(store.undo(at, Some(Seq(1)), Asks::Anyway)).code, Code::NothingToUndo);
}
