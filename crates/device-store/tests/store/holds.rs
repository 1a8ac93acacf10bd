//! Ops that wait in a conflict, and what becomes of them: how verdicts and settlements move them, and what is
//! shown meanwhile.

use fieldbook_device_store::{OpState, Store, Which};
use fieldbook_model::{Code, Seq};

use crate::estate::{
    act, confirmed, estate, in_doubt, news, op_id, page, pages, person, phone_conflict, refusal, shown,
    states, try_as,
};

const BASE: &str = r#"customer c {"name":"Ann","phone":"1"} @1"#;
const EDIT: &str = r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#;

fn held() -> Store {
    let mut store = estate(BASE);
    act(&mut store, EDIT);
    let conflict = phone_conflict(1, 3, "open", "2", "3");
    pages(&mut store, &format!(r#"customer c {{"name":"Ann","phone":"3"}} @2; held 1 @3; {conflict} @3"#));
    store
}

#[test]
fn a_held_op_leaves_what_is_shown_with_the_page_that_brings_its_conflict() {
    let mut store = held();
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:3}");
    assert_eq!(confirmed(&mut store, "customer"), "c{name:Ann phone:3}");
    assert_eq!((states(&mut store), in_doubt(&mut store)), (vec![OpState::Conflicted], String::new()));
    let facts = store.facts().expect("facts");
    assert_eq!((facts.conflicts, facts.conflicted, facts.rejected, facts.pending()), (1, 1, 0, 0));
    let conflicts = store.conflicts(Which::Open).expect("conflicts");
    assert_eq!((conflicts.len(), conflicts[0].id, conflicts[0].pair), (1, op_id(&mut store, 1), 3));
    assert_eq!((conflicts[0].label.as_str(), conflicts[0].theirs_by.as_str()), ("Ann", "Bo"));
    assert_eq!(conflicts[0].units[0].unit.as_deref(), Some("phone"));
    let entry = &store.log(crate::own_history::all()).expect("the log")[0];
    assert_eq!((entry.conflict, entry.depends_on), (Some(conflicts[0].id), None));
}

#[test]
fn an_edit_with_the_conflict_on_the_device_is_shown() {
    let mut store = held();
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"note":"call"}}"#);
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:3 note:call}");
}

struct Case {
    sentence: &'static str,
    news: &'static str,
    states: &'static [OpState],
    facts: (u64, u64),
    phone: &'static str,
}

#[test]
fn a_settlement_moves_the_op() {
    use OpState::{Committed, Conflicted, Discarded, Rejected, Replaced, Withdrawn};
    let settled = r##"conflict #1 {"state":"settled","units":[]} @4"##;
    let cases = [
        Case {
            sentence: "its changes are made",
            news: r#"customer c {"name":"Ann","phone":"2"} @4; was 1 committed @4"#,
            states: &[Committed],
            facts: (0, 0),
            phone: "2",
        },
        Case {
            sentence: "refused after all",
            news: "was 1 rejected @4",
            states: &[Rejected],
            facts: (0, 1),
            phone: "3",
        },
        Case {
            sentence: "given up",
            news: "was 1 discarded @4",
            states: &[Discarded],
            facts: (0, 0),
            phone: "3",
        },
        Case {
            sentence: "taken back",
            news: "was 1 withdrawn @4",
            states: &[Withdrawn],
            facts: (0, 0),
            phone: "3",
        },
        Case {
            sentence: "replaced",
            news: "was 1 replaced @4",
            states: &[Replaced],
            facts: (0, 0),
            phone: "3",
        },
        Case {
            sentence: "held in another conflict",
            news: "was 1 conflicted 1 @4",
            states: &[Conflicted],
            facts: (1, 0),
            phone: "3",
        },
    ];
    for case in cases {
        let mut store = held();
        pages(&mut store, &format!("{}; {settled}", case.news));
        assert_eq!(states(&mut store), case.states, "{}", case.sentence);
        let facts = store.facts().expect("facts");
        assert_eq!((facts.conflicted, facts.rejected), case.facts, "{}", case.sentence);
        assert_eq!(facts.conflicts, 0, "{}", case.sentence);
        assert_eq!(
            shown(&mut store, "customer"),
            format!("c{{name:Ann phone:{}}}", case.phone),
            "{}",
            case.sentence
        );
    }
}

#[test]
fn a_refusal_after_all_keeps_its_words() {
    let mut store = held();
    pages(&mut store, "was 1 rejected @4");
    let entry = &store.log(crate::own_history::all()).expect("the log")[0];
    assert_eq!((entry.code, entry.words.as_deref()), (Some(Code::Deleted), Some("It is deleted.")));
}

#[test]
fn an_answer_and_its_settlement_may_come_in_one_page() {
    let mut store = estate(BASE);
    act(&mut store, EDIT);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"note":"n"}}"#);
    let page = r#"held 1 @2; customer c {"name":"Ann","phone":"2"} @4; was 1 committed @4"#;
    let arrived = news(&mut store, page).expect("a page");
    assert_eq!((arrived.settled, states(&mut store)), (1, vec![OpState::Committed, OpState::Waiting]));
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:2 note:n}");
    assert_eq!(store.facts().expect("facts").waiting, 1);
}

#[test]
fn staged_pages_keep_settlements() {
    // A later catch-up, page by page.
    let mut store = held();
    for (from, more, text) in [(3, true, "was 1 discarded @5"), (5, false, "site s {\"name\":\"A\"} @6")] {
        let page = page(&mut store, from, more, text);
        store.incoming(&page).expect("a page");
    }
    assert_eq!(states(&mut store), [OpState::Discarded]);
    // A first load: the device acted before it had anything.
    let mut store = Store::memory(&person()).expect("a store");
    act(&mut store, r#"{"insert":"site","id":"@s","fields":{"name":"S"}}"#);
    for (from, more, text) in
        [(0, true, "held 1 @2; was 1 withdrawn @3"), (3, false, "site t {\"name\":\"T\"} @4")]
    {
        let page = page(&mut store, from, more, text);
        store.incoming(&page).expect("a page");
    }
    assert_eq!(
        (states(&mut store), shown(&mut store, "site")),
        (vec![OpState::Withdrawn], "t{name:T}".to_owned())
    );
}

#[test]
fn a_settlement_of_another_log_is_reported() {
    let mut store = held();
    let mut other = held();
    act(&mut other, EDIT);
    let beyond = page(&mut other, 3, false, "was 2 discarded @4");
    assert!(store.incoming(&beyond).expect_err("foreign").to_string().contains("cloned or restored"));
    assert_eq!(states(&mut store), [OpState::Conflicted]);
}

#[test]
fn what_a_held_op_would_make_cannot_be_acted_upon() {
    let conflict = phone_conflict(1, 2, "open", "2", "3");
    check_unmade(&format!("held 1 @2; {conflict} @2"), "waits in a conflict");
}

/// What is held and is in no conflict waits for a record that the server lost (rule 6).
#[test]
fn what_waits_for_a_lost_record_cannot_be_acted_upon() {
    check_unmade("held 1 @2", "waits for a record that the server lost");
}

fn check_unmade(said: &str, expected: &str) {
    let mut store = estate("");
    act(&mut store, r#"{"insert":"site","id":"@s","fields":{"name":"S"}}"#);
    pages(&mut store, said);
    for change in [
        r#"{"update":"site","id":"@s","set":{"name":"X"}}"#,
        r#"{"insert":"floor","id":"@f","fields":{"name":"F","site":"@s"}}"#,
    ] {
        let refused = refusal(try_as(&mut store, "edit", change));
        assert_eq!(refused.code, Code::NotShown, "{change}");
        assert!(refused.words.contains(expected), "{}", refused.words);
    }
    let unknown = r#"{"update":"site","id":"@z","set":{"name":"X"}}"#;
    assert_eq!(refusal(try_as(&mut store, "edit", unknown)).code, Code::UnknownRecord);
}

#[test]
fn the_log_is_read_by_each_state() {
    for (state, become_) in [
        (OpState::Conflicted, "was 1 conflicted 1 @4"),
        (OpState::Discarded, "was 1 discarded @4"),
        (OpState::Withdrawn, "was 1 withdrawn @4"),
        (OpState::Replaced, "was 1 replaced @4"),
    ] {
        let mut store = held();
        pages(&mut store, become_);
        let filter = fieldbook_device_store::LogFilter { state: Some(state), ..crate::own_history::all() };
        let found = store.log(filter).expect("the log");
        assert_eq!(found.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [Seq(1)], "{state:?}");
    }
}
