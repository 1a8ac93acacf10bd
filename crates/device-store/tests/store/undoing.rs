//! Undo and redo without a server: a stack that follows from the log, told apart by what has become of each op.

use fieldbook_device_store::{Asks, DatabaseKey, OpState, Store};
use fieldbook_model::op::About;
use fieldbook_model::{Code, Json, Op, Seq, json};

use crate::estate::{
    act, all, estate, in_doubt, news, now, op_id, pages, person, phone_conflict, refusal, shown, states,
    try_as,
};

const BASE: &str = r#"site s {"name":"A"} @1; floor f {"name":"F","site":"@s"} @2;
    asset a {"name":"Pump","floor":"@f","count":10} @3; customer c {"name":"Ann","phone":"1"} @4"#;

/// Five changes over three types.
const ACTS: [&str; 5] = [
    r#"{"update":"asset","id":"@a","add":{"count":-2}}"#,
    r#"{"update":"asset","id":"@a","set":{"x":5,"y":6}},{"update":"floor","id":"@f","set":{"name":"G"}}"#,
    r#"{"insert":"site","id":"@t","fields":{"name":"T"}}"#,
    r#"{"update":"site","id":"@t","set":{"name":"U"}}"#,
    r#"{"delete":"site","id":"@s"}"#,
];

fn undo(store: &mut Store) -> u64 {
    let moment = now(store);
    store.undo(moment, None, Asks::First).expect("an undo").of.0
}

fn redo(store: &mut Store) -> u64 {
    let moment = now(store);
    store.redo(moment, None, Asks::First).expect("a redo").of.0
}

fn op(store: &mut Store, seq: u64) -> Op {
    json::parse(&store.op_text(Seq(seq)).expect("a log").expect("an op")).expect("an op")
}

#[test]
fn five_changes_go_back_one_by_one_and_come_again() {
    let mut store = estate(BASE);
    let mut states = vec![all(&mut store)];
    for change in ACTS {
        act(&mut store, change);
        states.push(all(&mut store));
    }
    for place in (0..5).rev() {
        assert_eq!(undo(&mut store), place as u64 + 1);
        assert_eq!(all(&mut store), states[place], "back to before op {}", place + 1);
    }
    let at = now(&mut store);
    assert_eq!(refusal(store.undo(at, None, Asks::First)).code, Code::NothingToUndo);
    for (place, state) in (1..).zip(&states[1..]) {
        assert_eq!(redo(&mut store), place);
        assert_eq!(all(&mut store), *state, "op {place} again");
    }
    let at = now(&mut store);
    assert_eq!(refusal(store.redo(at, None, Asks::First)).code, Code::NothingToUndo);
    let (first, again) = (op(&mut store, 6), op(&mut store, 11));
    assert_eq!(first.action, "undo");
    assert_eq!(first.payload.about, Some(About::Undoes(op_id(&mut store, 5))));
    assert_eq!(again.action, "redo");
    assert_eq!(again.payload.about, Some(About::Undoes(first_undo_of(&mut store, 1))));
}

fn first_undo_of(store: &mut Store, seq: u64) -> fieldbook_model::OpId {
    let target = op_id(store, seq);
    let mut seqs = seq + 1..100;
    seqs.find_map(|seq| {
        let op = op(store, seq);
        (op.payload.about == Some(About::Undoes(target))).then_some(op.op_id)
    })
    .expect("an undo")
}

#[test]
fn much_undone_and_redone_to_the_present_changes_nothing_also_over_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, key) = (dir.path().join("device.db"), DatabaseKey::from_bytes([7; 32]));
    let mut store = Store::create(&path, &key, &person()).expect("a store");
    pages(&mut store, BASE);
    ACTS.iter().for_each(|change| drop(act(&mut store, change)));
    let before = all(&mut store);
    for (back, forth) in [(3, 3), (5, 2), (1, 4), (5, 5)] {
        for _ in 0..back {
            undo(&mut store);
        }
        drop(store);
        store = Store::open(&path, &key).expect("the store");
        for _ in 0..forth {
            redo(&mut store);
        }
    }
    assert_eq!(all(&mut store), before);
    assert!(store.redo_stack(9).expect("a stack").is_empty());
    let seqs: Vec<u64> = store.undo_stack(9).expect("a stack").iter().map(|entry| entry.seq.0).collect();
    assert_eq!(seqs, [5, 4, 3, 2, 1]);
}

#[test]
fn the_stacks_tell_what_comes_next_and_an_act_empties_redo() {
    let mut store = estate(BASE);
    ACTS.iter().take(3).for_each(|change| drop(act(&mut store, change)));
    undo(&mut store);
    undo(&mut store);
    let seqs = |entries: Vec<fieldbook_device_store::StackEntry>| {
        assert!(entries.iter().all(|entry| entry.says.starts_with("Nancy ") && entry.action == "edit"));
        entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>()
    };
    assert_eq!(seqs(store.undo_stack(9).expect("a stack")), [1]);
    assert_eq!(seqs(store.redo_stack(9).expect("a stack")), [2, 3]);
    assert_eq!(seqs(store.redo_stack(1).expect("a stack")), [2]);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"note":"n"}}"#);
    assert_eq!(seqs(store.redo_stack(9).expect("a stack")), Vec::<u64>::new());
    assert_eq!(seqs(store.undo_stack(9).expect("a stack")), [6, 1]);
}

#[test]
fn what_another_changed_since_is_told_and_stays() {
    let mut store = estate(BASE);
    act(
        &mut store,
        r#"{"update":"customer","id":"@c","set":{"phone":"2","note":"n"}},{"update":"asset","id":"@a","add":{"count":-2}}"#,
    );
    pages(
        &mut store,
        r#"customer c {"name":"Ann","phone":"9","note":"n"} @6; asset a {"name":"Pump","floor":"@f","count":7} @7; ok 1 @5"#,
    );
    let at = now(&mut store);
    let refused = refusal(store.undo(at, None, Asks::First));
    assert_eq!(refused.code, Code::ChangedSince);
    assert!(refused.words.contains("phone of Ann became 9"), "{}", refused.words);
    let undone = store.undo(at, None, Asks::Anyway).expect("an undo");
    assert_eq!(undone.not_undone, ["phone of Ann became 9"]);
    assert_eq!((undone.of, undone.was), (Seq(1), OpState::Committed));
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:9}");
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f count:9}");
    redo(&mut store);
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:9 note:n}");
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f count:7}");
}

#[test]
fn a_record_that_others_built_upon_stays() {
    let mut store = estate("");
    act(
        &mut store,
        r#"{"insert":"site","id":"@s","fields":{"name":"S"}},{"insert":"site","id":"@t","fields":{"name":"T"}}"#,
    );
    pages(&mut store, r#"site s {"name":"Theirs"} @2; site t {"name":"T"} @1; ok 1 @1"#);
    let at = now(&mut store);
    assert_eq!(refusal(store.undo(at, None, Asks::First)).code, Code::ChangedSince);
    let undone = store.undo(at, None, Asks::Anyway).expect("an undo");
    assert_eq!(undone.not_undone, ["name of Theirs became Theirs"]);
    assert_eq!(shown(&mut store, "site"), "s{name:Theirs}");
    news(&mut store, r#"site s {"name":"Theirs again"} @3"#).expect("news");
    assert_eq!(shown(&mut store, "site"), "s{name:Theirs again}");
}

#[test]
fn an_import_of_a_thousand_records_is_one_step() {
    let mut store = estate("");
    let mut rows: Vec<String> = (0..1000)
        .map(|n| {
            format!(
                r#"{{"insert":"customer","id":"00000000-0000-7000-8000-{n:012}","fields":{{"name":"C{n}"}}}}"#
            )
        })
        .collect();
    rows.push(r#"{"insert":"site","id":"@s","fields":{"name":"S"}}"#.into());
    try_as(&mut store, "import", &rows.join(",")).expect("an import");
    let before = all(&mut store);
    assert_eq!(before.len(), 1001);
    assert_eq!(undo(&mut store), 1);
    assert!(all(&mut store).is_empty());
    redo(&mut store);
    assert_eq!(all(&mut store), before);
}

#[test]
fn a_delete_goes_back_with_the_children() {
    let mut store = estate(BASE);
    let before = all(&mut store);
    act(&mut store, r#"{"delete":"site","id":"@s"}"#);
    assert_eq!(shown(&mut store, "asset"), "");
    undo(&mut store);
    assert_eq!(all(&mut store), before);
    // Also when the delete is confirmed, and the undo is played on the news.
    pages(&mut store, "site s gone @5; ok 1 @5");
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f count:10}");
    pages(&mut store, r#"site s {"name":"A"} @6; ok 2 @6"#);
    assert_eq!(shown(&mut store, "site"), "s{name:A}");
}

#[test]
fn the_undo_of_what_turns_out_refused_takes_nothing_back() {
    let mut store = estate(BASE);
    act(&mut store, ACTS[0]);
    undo(&mut store);
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f count:10}");
    pages(&mut store, "no 1 @5");
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f count:10}", "and not 12");
    pages(&mut store, "ok 2 @6");
    assert_eq!(
        (shown(&mut store, "asset"), in_doubt(&mut store)),
        ("a{name:Pump floor:f count:10}".into(), String::new())
    );
    let at = now(&mut store);
    assert_eq!(refusal(store.redo(at, None, Asks::First)).code, Code::NothingToUndo);
}

#[test]
fn the_undo_of_a_held_op_withdraws_it() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    let conflict = phone_conflict(1, 6, "open", "2", "3");
    pages(&mut store, &format!(r#"customer c {{"name":"Ann","phone":"3"}} @5; held 1 @6; {conflict} @6"#));
    let at = now(&mut store);
    let undone = store.undo(at, None, Asks::First).expect("an undo");
    assert_eq!((undone.of, undone.was), (Seq(1), OpState::Conflicted));
    assert_eq!(store.facts().expect("facts").conflicts, 0);
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:3}");
    // Somebody settled it first: then the undo takes back what was made of it.
    let settled = phone_conflict(1, 6, "settled", "2", "3");
    let page = format!(r#"customer c {{"name":"Ann","phone":"2"}} @7; was 1 committed @7; {settled} @7"#);
    pages(&mut store, &page);
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:1}");
}

#[test]
fn what_was_taken_out_of_a_conflict_is_done_again_as_something_new() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    let conflict = phone_conflict(1, 6, "open", "2", "3");
    pages(&mut store, &format!(r#"customer c {{"name":"Ann","phone":"3"}} @5; held 1 @6; {conflict} @6"#));
    undo(&mut store);
    // Until it is out of the conflict for everybody, nobody knows what redo would mean.
    let at = now(&mut store);
    assert!(refusal(store.redo(at, None, Asks::First)).words.contains("sync first"));
    let withdrawn = phone_conflict(1, 6, "withdrawn", "2", "3");
    pages(&mut store, &format!("ok 2 @7; was 1 withdrawn @7; {withdrawn} @7"));
    assert_eq!(redo(&mut store), 1);
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:2}");
    let again = op(&mut store, 3);
    assert_eq!((again.payload.changes.len(), again.payload.about), (1, None));
    let at = now(&mut store);
    assert_eq!(refusal(store.redo(at, Some(Seq(1)), Asks::First)).code, Code::NothingToUndo);
}

#[test]
fn what_somebody_else_decided_is_asked_about() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    let settled = phone_conflict(1, 6, "settled", "2", "3");
    let page =
        format!(r#"customer c {{"name":"Ann","phone":"2"}} @7; held 1 @6; was 1 committed @7; {settled} @7"#);
    pages(&mut store, &page);
    let at = now(&mut store);
    assert_eq!(refusal(store.undo(at, None, Asks::First)).code, Code::ChangedSince);
    let at = now(&mut store);
    let undone = store.undo(at, None, Asks::Anyway).expect("an undo");
    assert!(undone.not_undone.iter().any(|words| words.contains("decided about Ann")), "{undone:?}");
}

#[test]
fn an_undo_that_is_refused_stands_no_longer() {
    let mut store = estate(BASE);
    act(&mut store, ACTS[0]);
    undo(&mut store);
    pages(&mut store, r#"asset a {"name":"Pump","floor":"@f","count":8} @5; ok 1 @5; no 2 @6"#);
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f count:8}");
    assert_eq!(store.undo_stack(9).expect("a stack").len(), 1);
    assert!(store.redo_stack(9).expect("a stack").is_empty());
    assert_eq!(undo(&mut store), 1);
}

#[test]
fn a_redo_that_is_refused_leaves_it_undone() {
    let mut store = estate(BASE);
    act(&mut store, ACTS[0]);
    undo(&mut store);
    redo(&mut store);
    assert_eq!(store.undo_stack(9).expect("a stack").len(), 1);
    pages(&mut store, r#"asset a {"name":"Pump","floor":"@f","count":10} @6; ok 1 @5; ok 2 @6; no 3 @7"#);
    assert!(store.undo_stack(9).expect("a stack").is_empty());
    assert_eq!(store.redo_stack(9).expect("a stack").len(), 1);
    redo(&mut store);
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f count:8}");
}

#[test]
fn what_is_written_once_is_taken_back_by_what_counts_against_it() {
    let mut store = estate("");
    act(&mut store, r#"{"insert":"payment","id":"@p","fields":{"amount":5}}"#);
    undo(&mut store);
    let amounts = |store: &mut Store| {
        let lines = store.export(fieldbook_device_store::Export::Shown).expect("an export");
        let amount = |line: &String| match json::parse(line) {
            Ok(Json::Object(entries)) => match &entries[3].1 {
                Json::Object(fields) => json::write(&fields[0].1),
                _ => panic!("no fields"),
            },
            _ => panic!("no object"),
        };
        let mut amounts: Vec<String> = lines.iter().map(amount).collect();
        amounts.sort();
        amounts.join(" ")
    };
    assert_eq!(amounts(&mut store), "-5 5");
    redo(&mut store);
    assert_eq!(amounts(&mut store), "-5 5 5");
    act(&mut store, r#"{"insert":"comment","id":"@k","fields":{"words":"hm"}}"#);
    let at = now(&mut store);
    assert_eq!(refusal(store.undo(at, None, Asks::First)).code, Code::NotUndoable);
}

#[test]
fn an_action_with_a_counter_action_is_taken_back_by_that() {
    let mut store = estate("");
    try_as(
        &mut store,
        "bill.create",
        r#"{"insert":"bill","id":"@b","fields":{"number":"N","state":"open"}}"#,
    )
    .expect("a bill");
    undo(&mut store);
    assert_eq!(shown(&mut store, "bill"), "b{number:N state:void}");
    assert_eq!(op(&mut store, 2).action, "bill.void");
    redo(&mut store);
    assert_eq!(shown(&mut store, "bill"), "b{number:N state:open}");
    // Without one, what bears a number stays.
    act(&mut store, r#"{"insert":"bill","id":"@d","fields":{}}"#);
    let at = now(&mut store);
    assert_eq!(refusal(store.undo(at, None, Asks::First)).code, Code::NotUndoable);
}

#[test]
fn an_op_that_is_named_is_told_by_what_became_of_it() {
    let mut store = estate(BASE);
    for n in 1..6 {
        act(&mut store, &format!(r#"{{"update":"customer","id":"@c","set":{{"note":"{n}"}}}}"#));
    }
    pages(&mut store, "no 1 @5; held 2 @6; was 2 discarded @7");
    let moment = now(&mut store);
    let mut words = |seq: u64| refusal(store.undo(moment, Some(Seq(seq)), Asks::First)).words;
    assert!(words(1).contains("refused"));
    assert!(words(2).contains("given up"));
    assert!(words(9).contains("no action 9"));
    assert!(words(3).contains("note of Ann became 5"), "{}", words(3));
    let undone = store.undo(moment, Some(Seq(5)), Asks::First).expect("an undo");
    assert_eq!((undone.of, undone.was), (Seq(5), OpState::Waiting));
    assert!(undone.says.starts_with("Nancy "), "{}", undone.says);
    let at = now(&mut store);
    assert!(refusal(store.undo(at, Some(Seq(5)), Asks::First)).words.contains("undone already"));
    let redone = store.redo(at, Some(Seq(5)), Asks::First).expect("a redo");
    assert_eq!(redone.of, Seq(5));
    let at = now(&mut store);
    assert_eq!(refusal(store.redo(at, Some(Seq(4)), Asks::First)).code, Code::NothingToUndo);
    assert_eq!(states(&mut store).len(), 7);
}

#[test]
fn a_pending_undo_is_played_again_on_the_news() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    pages(&mut store, r#"customer c {"name":"Ann","phone":"2"} @5; ok 1 @5"#);
    undo(&mut store);
    news(&mut store, r#"customer c {"name":"Ann B","phone":"2"} @6"#).expect("news");
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann B phone:1}");
    news(&mut store, r#"customer c {"name":"Ann B","phone":"7"} @7"#).expect("news");
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann B phone:7}", "not ours to take back any more");
    assert_eq!(in_doubt(&mut store), "");
}

#[test]
fn an_undo_outlives_that_its_target_is_held_meanwhile() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    undo(&mut store);
    let conflict = phone_conflict(1, 6, "open", "2", "3");
    pages(&mut store, &format!(r#"customer c {{"name":"Ann","phone":"3"}} @5; held 1 @6; {conflict} @6"#));
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:3}", "nothing to take back");
    pages(&mut store, r#"customer c {"name":"Ann","phone":"3","note":"n"} @7"#);
    // Somebody decided before the undo was there.
    pages(&mut store, r#"customer c {"name":"Ann","phone":"2","note":"n"} @8; was 1 committed @8"#);
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:1 note:n}");
    pages(&mut store, r#"customer c {"name":"Ann","phone":"3","note":"n"} @9; ok 2 @9"#);
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:3 note:n}");
}
