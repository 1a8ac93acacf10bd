//! What `act` refuses, with which code, and what it writes.

use fieldbook_device_store::{ActError, Action, Identity, OpState, Store, Together};
use fieldbook_model::{Change, Code, Fields, Json, Limits, Op, RecordId, Seq, Version, WallTime, json};

use crate::world::{act, edit, id, identity, insert, moment, news, set, shown, update, with};

const BASE: &str = "p Tea 10 [x,y] @1; q Mug 5 @2 // g Gone 1 @3 // g gone @4";

fn refused(store: &mut Store, wanted: Action) -> Code {
    match store.act(moment(999), wanted.clone()) {
        Err(ActError::Refused(refusal)) => {
            assert!(refusal.words.ends_with('.'), "{}", refusal.words);
            refusal.code
        }
        other => panic!("{wanted:?}: {other:?}"),
    }
}

fn one(change: Change) -> Action {
    Action { action: "edit".into(), key: None, changes: vec![change] }
}

#[test]
fn an_action_that_does_not_fit_is_refused_with_its_code_and_leaves_nothing() {
    let name = |value: Json| Fields::from([("name", value)]);
    let mut payment = one(insert("payment", id("m"), Fields::default()));
    payment.action = "refund".into();
    let none = Fields::default;
    let cases: Vec<(&str, Action, Code)> = vec![
        ("an edit of an unknown record", edit("name z Chai"), Code::UnknownRecord),
        ("a deletion of an unknown record", edit("del z"), Code::UnknownRecord),
        ("a restore of an unknown record", edit("res z"), Code::UnknownRecord),
        ("a restore of a record that is there", edit("res p"), Code::WrongVerb),
        ("an edit of what the server deleted", edit("name g Chai"), Code::Deleted),
        ("an addition to what the server deleted", edit("add g 1"), Code::Deleted),
        ("an edit of what a pending op deleted (rule 53)", edit("add q 1"), Code::Deleted),
        ("a deletion of what a pending op deleted", edit("del q"), Code::Deleted),
        ("an insert under an id that is there", edit("ins p Tea 1"), Code::IdTaken),
        ("an insert under an id that was there", edit("ins g Tea 1"), Code::IdTaken),
        ("an insert under an id that a pending op deleted", edit("ins q Tea 1"), Code::IdTaken),
        ("two inserts of one id", edit("ins n New 1, ins n New 1"), Code::IdTaken),
        ("an edit behind a deletion in one op", edit("del p, name p Chai"), Code::Deleted),
        ("a reference to nothing", edit("like p z"), Code::UnknownReference),
        ("a sum beyond its range", edit("add p 999999999999999999"), Code::OutOfRange),
        ("a set beyond its size", edit("tag p z"), Code::OutOfRange),
        ("a required field emptied", one(set("product", id("p"), name(Json::Null))), Code::MissingField),
        ("a required field left out", one(insert("product", id("n"), none())), Code::MissingField),
        ("a value of another kind", one(set("product", id("p"), name(Json::Int(1)))), Code::WrongValue),
        ("an unknown field", one(set("product", id("p"), [("nam", Json::Null)].into())), Code::UnknownField),
        ("an unknown type", one(set("prod", id("p"), name(Json::Null))), Code::UnknownType),
        (
            "a counted field set",
            one(set("product", id("p"), [("stock", Json::Int(1))].into())),
            Code::WrongVerb,
        ),
        (
            "an addition to a field that is not counted",
            one(update("product", id("p"), [none(), [("name", Json::Int(1))].into(), none(), none()])),
            Code::WrongVerb,
        ),
        (
            "a change without effect",
            one(update("product", id("p"), [none(), none(), none(), none()])),
            Code::Empty,
        ),
        ("an action without changes", Action { changes: Vec::new(), ..edit("del p") }, Code::Empty),
        ("an action that is not declared", payment, Code::UnknownAction),
        ("an empty key", Action { key: Some(String::new()), ..edit("del p") }, Code::WrongValue),
    ];
    for (sentence, wanted, code) in cases {
        let mut store = with(BASE);
        act(&mut store, "del q");
        let before = (shown(&mut store), store.facts());
        assert_eq!(refused(&mut store, wanted), code, "{sentence}");
        assert_eq!((shown(&mut store), store.facts()), before, "{sentence} leaves nothing");
    }
}

#[test]
fn an_action_that_fits_is_taken() {
    for ops in [
        "like p g",
        "like p p",
        "ins n New 1, like p n",
        "ins n New 1, del n",
        "res g",
        "add q -9; del q; res q",
    ] {
        let mut store = with(BASE);
        act(&mut store, ops);
    }
}

#[test]
fn a_viewer_may_not_act() {
    let mut store = Store::memory(&Identity { role: "viewer".into(), ..identity() }).expect("a store");
    assert_eq!(refused(&mut store, edit("ins n New 1")), Code::NoPermission);
}

#[test]
fn an_action_over_a_limit_is_refused_before_it_is_in_the_log() {
    let limits = Limits { op_bytes_max: 700, op_changes_max: 2, ..Limits::default() };
    let mut store = Store::memory(&Identity { limits, ..identity() }).expect("a store");
    act(&mut store, "ins n New 1");
    let long = "x".repeat(300);
    let long = one(set("product", id("n"), [("name", Json::Text(long))].into()));
    assert_eq!(refused(&mut store, long), Code::TooLarge);
    assert_eq!(refused(&mut store, edit("add n 1, add n 1, add n 1")), Code::TooManyChanges);
    assert_eq!(store.facts().expect("facts").last, Seq(1));
}

fn pay(letter: &str, product: &str, key: &str) -> Action {
    let fields = [("product", Json::Text(id(product).to_string())), ("amount", Json::from("5"))];
    Action {
        action: "pay".into(),
        key: Some(key.into()),
        changes: vec![insert("payment", id(letter), fields.into())],
    }
}

#[test]
fn a_key_names_an_occasion() {
    let mut store = with(BASE);
    let first = store.act(moment(1), pay("a", "p", "till-1")).expect("a payment");
    let second = store.act(moment(2), pay("b", "p", "till-1")).expect("a double tap");
    assert_eq!((first.seq, first.op_id, first.duplicate), (second.seq, second.op_id, false));
    assert!(second.duplicate);
    assert_eq!(second.changed, [("payment".to_owned(), id("a"))]);
    assert_eq!(refused(&mut store, pay("c", "q", "till-1")), Code::KeyReused);
    let other = Action { action: "count".into(), ..pay("c", "p", "till-1") };
    assert_eq!(refused(&mut store, other), Code::KeyReused);
    assert!(!store.act(moment(3), pay("c", "p", "till-2")).expect("another occasion").duplicate);
    news(&mut store, "no 1 @5").expect("a rejection");
    let again = store.act(moment(4), pay("d", "q", "till-1")).expect("the keys of rejected ops are free");
    assert_eq!((again.duplicate, again.seq), (false, Seq(3)));
}

fn op(store: &mut Store, seq: u64) -> Op {
    json::parse(&store.op_text(Seq(seq)).expect("a log").expect("an op")).expect("an op")
}

#[test]
fn an_op_names_what_the_device_had_confirmed_and_a_rebase_never_rewrites_it() {
    let mut store = with(BASE);
    act(&mut store, "add p -1; ins n New 1; add n -1; res g");
    let bases = |store: &mut Store, seq| {
        let op = op(store, seq);
        (op.payload.changes[0].base(), op.seen.version)
    };
    let expected = [(1, Some(1)), (2, None), (3, Some(0)), (4, Some(4))];
    for (seq, base) in expected {
        assert_eq!(bases(&mut store, seq), (base.map(Version), Version(4)), "op {seq}");
    }
    let texts: Vec<_> = (1..5).map(|seq| store.op_text(Seq(seq))).collect();
    news(&mut store, "p Tea 8 @7; n New 1 @8; ok 2 @8").expect("news");
    assert_eq!((1..5).map(|seq| store.op_text(Seq(seq))).collect::<Vec<_>>(), texts);
    act(&mut store, "add p -1; add n -1; add q -1");
    assert_eq!(bases(&mut store, 5), (Some(Version(7)), Version(8)));
    assert_eq!(bases(&mut store, 6), (Some(Version(8)), Version(8)));
    assert_eq!(bases(&mut store, 7), (Some(Version(2)), Version(8)));
}

#[test]
fn stamps_grow_though_the_clock_goes_back_and_the_chain_holds() {
    let mut store = with(BASE);
    for (n, wall) in [(1, 5_000), (2, 3_000), (3, 6_000)] {
        let moment = fieldbook_device_store::Moment { wall: WallTime(wall), ..moment(n) };
        store.act(moment, edit("add p 1")).expect("an act");
    }
    let ops: Vec<Op> = (1..4).map(|seq| op(&mut store, seq)).collect();
    assert!(ops[0].hlc < ops[1].hlc && ops[1].hlc < ops[2].hlc);
    assert_eq!(ops[1].created_at, WallTime(3_000));
    let text = store.op_text(Seq(1)).expect("a log").expect("an op");
    assert_eq!(ops[1].previous, fieldbook_model::Hash::of(text.as_bytes()));
    assert_eq!(ops[0].idempotency_key, ops[0].op_id.to_string());
}

#[test]
fn an_act_on_a_duplicates_id_reaches_the_record_in_force() {
    let mut store = with("p Tea 10 @1; s New 3 @2");
    act(&mut store, "ins r New 3");
    news(&mut store, "dup 1 r=s @3").expect("a duplicate");
    act(&mut store, "add r -1; like p r");
    assert_eq!(shown(&mut store), "p Tea 10 ~s @1; s New 2 @2");
    assert_eq!(op(&mut store, 2).payload.changes[0].base(), Some(Version(2)));
    assert_eq!(refused(&mut store, edit("ins r New 3")), Code::IdTaken);
}

#[test]
fn the_log_tells_states_and_reasons() {
    let mut store = with(BASE);
    act(&mut store, "add p -1; name p Chai; add p -2");
    store.act(moment(9), pay("a", "p", "till-1")).expect("a payment");
    news(&mut store, "p Tea 9 @5; ok 1 @5; no 2 @6").expect("news");
    let ask = fieldbook_device_store::Ask { from: None, ops_max: 1, bytes_max: 9999, head_only: false };
    store.collect(ask).expect("a push");
    let filter =
        |state, newest_first| fieldbook_device_store::LogFilter { state, from: None, max: 9, newest_first };
    let all = store.log(filter(None, true)).expect("the log");
    let states: Vec<_> = all.iter().map(|entry| (entry.seq.0, entry.state)).collect();
    let expected =
        [(4, OpState::Waiting), (3, OpState::InFlight), (2, OpState::Rejected), (1, OpState::Committed)];
    assert_eq!(states, expected);
    assert_eq!(all[0].key.as_deref(), Some("till-1"));
    assert_eq!((all[2].code, all[2].words.as_deref()), (Some(Code::UnknownRecord), Some("It is not there.")));
    assert_eq!(all[3].version, Some(Version(5)));
    let changes = json::write(&all[1].changes);
    assert!(changes.contains("\"add\":{\"stock\":-2}"), "{changes}");
    for (seq, state) in expected {
        let found = store.log(filter(Some(state), false)).expect("the log");
        assert_eq!(found.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [seq], "{state:?}");
    }
}

#[test]
fn a_record_is_found_by_what_people_see() {
    let mut store = with("p Tea 10 @1; q Tea 5 @2; r Pot 5 @3");
    let found = |store: &mut Store, field: &str, value: &str| store.select_one("product", field, value);
    assert_eq!(found(&mut store, "name", "Tea"), Ok(vec![id("p"), id("q")]));
    assert_eq!(found(&mut store, "stock", "10"), Ok(vec![id("p")]));
    assert_eq!(found(&mut store, "price", "18"), Ok(vec![id("p"), id("q"), id("r")]));
    assert_eq!(found(&mut store, "id", &id("r").to_string()), Ok(vec![id("r")]));
    assert_eq!(found(&mut store, "name", "'; DROP TABLE product; --"), Ok(Vec::<RecordId>::new()));
    for (of, field, value) in [("prod", "name", "x"), ("product", "nam", "x"), ("product", "stock", "many")] {
        assert!(store.select_one(of, field, value).is_err(), "{of}.{field}={value}");
    }
}

#[test]
fn of_actions_that_are_done_together_each_is_all_or_nothing() {
    let mut store = with(BASE);
    let half = || edit("ins h Half 1, name z Chai");
    let wanted = || [edit("ins n New 1"), half(), edit("add n 2"), edit("add p 1")];
    let at = |n: usize| moment(n as u64);
    let together = || wanted().into_iter().enumerate().map(|(n, action)| (at(n), action));

    let before = shown(&mut store);
    let tried = store.act_all(together(), Together::Tried).expect("a store");
    assert_eq!(tried.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, true]);
    assert_eq!(shown(&mut store), before, "trying leaves nothing");

    let done = store.act_all(together(), Together::Saved).expect("a store");
    let refused = done[1].as_ref().expect_err("it names what is not there");
    assert_eq!(refused.code, Code::UnknownRecord);
    let seqs: Vec<u64> = done.iter().flatten().map(|acted| acted.seq.0).collect();
    assert_eq!(seqs, [1, 2, 3], "what was refused took no place in the log");
    let now = shown(&mut store);
    assert!(now.contains("n New 3") && now.contains("p Tea 11") && !now.contains("Half"), "{now}");
}
