//! Settling conflicts, offline too: each unit gets a decision, the decision shows at once, and a decision that came
//! too late is in doubt.

use fieldbook_device_store::{ActError, Acted, OpState, Side, Store, Which, Wish};
use fieldbook_model::op::{About, Choice, Take};
use fieldbook_model::{Code, Json, Limits, Op, OpId, Seq, Version, json};

use crate::estate::{
    act, estate, in_doubt, news, now, op_id, pages, person, phone_conflict, refusal, shown, spelled, states,
};
use crate::world::id;

const CUSTOMER: &str = r#"customer c {"name":"Ann","phone":"3"} @2"#;

fn held() -> Store {
    let mut store = estate(r#"customer c {"name":"Ann","phone":"1"} @1"#);
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
    let conflict = phone_conflict(1, 3, "open", "2", "3");
    pages(&mut store, &format!("{CUSTOMER}; held 1 @3; {conflict} @3"));
    store
}

fn resolve(store: &mut Store, seq: u64, wish: &Wish) -> Result<Acted, ActError> {
    let (at, conflict) = (now(store), op_id(store, seq));
    store.resolve(at, conflict, wish)
}

fn value(name: &str, text: &str, rest: Option<Side>) -> Wish {
    Wish::Fields { values: vec![(name.to_owned(), Json::from(text))], rest }
}

fn choices(store: &mut Store, seq: u64) -> Vec<Choice> {
    let op: Op = json::parse(&store.op_text(Seq(seq)).expect("a log").expect("an op")).expect("an op");
    match op.payload.about {
        Some(About::Resolves(resolution)) => resolution.choices,
        other => panic!("{other:?}"),
    }
}

/// Whoever cannot decide is not told that a decision is waited for.
#[test]
fn conflicts_are_counted_for_those_who_may_decide_them() {
    let both = ["member", "owner"].map(str::to_owned).to_vec();
    for (role, roles, counted) in [
        ("member", vec![], 1),
        ("member", vec!["owner".to_owned()], 0),
        ("member", both.clone(), 1),
        ("owner", vec!["owner".to_owned()], 1),
        ("viewer", vec![], 0),
        ("viewer", both, 0),
    ] {
        let mut person = person();
        let customer = person.schema.types.iter_mut().find(|ty| ty.name == "customer").expect("a customer");
        customer.resolve = roles.clone();
        let mut store = Store::memory(&person).expect("a store");
        pages(&mut store, r#"customer c {"name":"Ann","phone":"1"} @1"#);
        act(&mut store, r#"{"update":"customer","id":"@c","set":{"phone":"2"}}"#);
        let conflict = phone_conflict(1, 3, "open", "2", "3");
        pages(&mut store, &format!("{CUSTOMER}; held 1 @3; {conflict} @3"));
        store.renew(role, Limits::default()).expect("a role");
        let facts = store.facts().expect("facts");
        assert_eq!((facts.conflicts, facts.conflicted), (counted, 1), "{role} {roles:?}");
        assert_eq!(facts.stored().conflicts, counted);
    }
}

#[test]
fn a_decision_shows_at_once_and_the_verdict_takes_its_place() {
    for (wish, phone) in [
        (Wish::Mine, "2"),
        (Wish::Theirs, "3"),
        (value("phone", "030", None), "030"),
        (value("customer.phone", "030", Some(Side::Theirs)), "030"),
    ] {
        let mut store = held();
        let acted = resolve(&mut store, 1, &wish).expect("a decision");
        assert_eq!(shown(&mut store, "customer"), format!("c{{name:Ann phone:{phone}}}"), "{wish:?}");
        assert_eq!(store.facts().expect("facts").conflicts, 0);
        let all = store.conflicts(Which::All).expect("conflicts");
        assert_eq!((all[0].state.as_str(), all[0].settled_by.as_deref()), ("settled", Some("Nancy")));
        let op: Op = json::parse(&store.op_text(acted.seq).expect("a log").expect("an op")).expect("an op");
        let Some(About::Resolves(resolution)) = op.payload.about else { panic!("no resolution") };
        assert_eq!((op.action.as_str(), resolution.pair), ("conflict.resolve", Version(3)));
        let closed = phone_conflict(1, 3, "settled", "2", "3");
        let page = format!(
            r#"customer c {{"name":"Ann B","phone":"{phone}"}} @4; was 1 committed @4; ok 2 @4; {closed} @4"#
        );
        pages(&mut store, &page);
        assert_eq!(shown(&mut store, "customer"), format!("c{{name:Ann B phone:{phone}}}"));
        assert_eq!(states(&mut store), [OpState::Committed, OpState::Committed]);
    }
}

#[test]
fn a_decision_about_a_pair_that_has_moved_on_is_in_doubt() {
    let mut store = held();
    resolve(&mut store, 1, &Wish::Mine).expect("a decision");
    act(&mut store, r#"{"update":"customer","id":"@c","set":{"note":"n"}}"#);
    let moved = phone_conflict(1, 4, "open", "2", "4");
    pages(&mut store, &format!(r#"customer c {{"name":"Ann","phone":"4"}} @4; {moved} @4"#));
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:4 note:n}");
    assert_eq!((in_doubt(&mut store), store.facts().expect("facts").conflicts), ("2".into(), 1));
    pages(&mut store, "no 2 @5");
    assert_eq!(states(&mut store), [OpState::Conflicted, OpState::Rejected, OpState::Waiting]);
    // Decided anew, about what is there now.
    resolve(&mut store, 1, &Wish::Mine).expect("a decision");
    assert_eq!(shown(&mut store, "customer"), "c{name:Ann phone:2 note:n}");
}

#[test]
fn news_of_the_record_alone_leaves_the_decision_shown() {
    let mut store = held();
    resolve(&mut store, 1, &Wish::Mine).expect("a decision");
    news(&mut store, r#"customer c {"name":"Ann C","phone":"3"} @4"#).expect("news");
    assert_eq!(
        (shown(&mut store, "customer"), in_doubt(&mut store)),
        ("c{name:Ann C phone:2}".into(), String::new())
    );
}

#[test]
fn a_decision_that_cannot_be_is_refused_with_words() {
    let mut store = held();
    for (wish, code, words) in [
        (value("note", "x", None), Code::WrongValue, "about customer.phone of Ann: give phone, and not note"),
        (Wish::Fields { values: vec![], rest: None }, Code::WrongValue, "customer.phone of Ann"),
        (
            Wish::Fields { values: vec![("phone".into(), Json::Int(5))], rest: None },
            Code::WrongValue,
            "a whole number where a text belongs",
        ),
    ] {
        let refused = refusal(resolve(&mut store, 1, &wish));
        assert_eq!(refused.code, code, "{wish:?}");
        assert!(refused.words.contains(words), "{}", refused.words);
    }
    let at = now(&mut store);
    let unknown = store.resolve(at, OpId::from_bytes([4; 16]), &Wish::Mine);
    assert_eq!(refusal(unknown).code, Code::UnknownConflict);
    resolve(&mut store, 1, &Wish::Mine).expect("a decision");
    assert_eq!(refusal(resolve(&mut store, 1, &Wish::Theirs)).code, Code::AlreadyResolved);
}

fn unit(of: &str, letter: &str, unit: &str, kind: &str, theirs: &str, mine: &str) -> String {
    let named = if unit.is_empty() { String::new() } else { format!(r#""unit":"{unit}","#) };
    format!(
        r#"{{"type":"{of}","id":"@{letter}","label":"L",{named}"kind":"{kind}","base":{{}},"theirs":{theirs},"mine":{mine}}}"#
    )
}

/// A conflict of another's op with some units.
fn conflict(letter: &str, units: &[String], version: u64) -> String {
    let units = units.join(",");
    format!(
        r#"conflict {letter} {{"state":"open","type":"asset","record":"@a","label":"Pump","action":"edit","by":"Cy","made_at":"2026-05-19T09:14:23.000Z","theirs_by":"Bo","units":[{units}],"pair":{version},"held":1}} @{version}"#
    )
}

const ASSETS: &str = r#"asset a {"name":"Pump","x":1,"y":2,"count":10} @1; asset b {"name":"Fan"} @2; asset d {"name":"Old"} @3 //
    asset d gone @4"#;

fn decide(store: &mut Store, letter: &str, wish: &Wish) -> Result<Acted, ActError> {
    let at = now(store);
    store.resolve(at, id(letter).as_op(), wish)
}

#[test]
fn every_kind_of_unit_shows_what_was_decided() {
    let place = unit("asset", "a", "place", "edit", r#"{"x":1,"y":2}"#, r#"{"x":8,"y":9}"#);
    let count = unit("asset", "a", "count", "count", r#"{"count":10}"#, r#"{"count":7}"#);
    let gone = unit("asset", "d", "", "edit-of-deleted", "null", r#"{"name":"New"}"#);
    let ends = unit("asset", "b", "", "delete-of-edited", r#"{"name":"Fan"}"#, "null");
    let twin = unit("asset", "n", "", "unique", r#"{"name":"Fan"}"#, r#"{"name":"Fan","x":1}"#);
    for (units, wish, expected) in [
        (vec![place.clone()], Wish::Mine, "a{name:Pump count:10 x:8 y:9} b{name:Fan}"),
        (vec![count.clone()], Wish::Mine, "a{name:Pump count:7 x:1 y:2} b{name:Fan}"),
        (vec![gone.clone()], Wish::Mine, "a{name:Pump count:10 x:1 y:2} b{name:Fan} d{name:New}"),
        (vec![gone.clone()], Wish::Theirs, "a{name:Pump count:10 x:1 y:2} b{name:Fan}"),
        (vec![ends.clone()], Wish::Mine, "a{name:Pump count:10 x:1 y:2}"),
        (vec![ends.clone()], Wish::Theirs, "a{name:Pump count:10 x:1 y:2} b{name:Fan}"),
        (vec![twin.clone()], Wish::Mine, "a{name:Pump count:10 x:1 y:2} b{name:Fan} n{name:Fan x:1}"),
        (vec![twin], Wish::Theirs, "a{name:Pump count:10 x:1 y:2} b{name:Fan}"),
        (
            vec![count, place, ends],
            Wish::Fields { values: vec![("count".into(), Json::Int(5))], rest: Some(Side::Theirs) },
            "a{name:Pump count:5 x:1 y:2} b{name:Fan}",
        ),
    ] {
        let mut store = estate(ASSETS);
        pages(&mut store, &conflict("k", &units, 5));
        decide(&mut store, "k", &wish).unwrap_or_else(|error| panic!("{units:?} {wish:?}: {error}"));
        assert_eq!(shown(&mut store, "asset"), expected, "{units:?} {wish:?}");
        assert_eq!(in_doubt(&mut store), "");
        assert_eq!(choices(&mut store, 1).len(), units.len());
    }
}

#[test]
fn a_count_that_was_decided_moves_with_what_others_add() {
    let mut store = estate(ASSETS);
    let count = unit("asset", "a", "count", "count", r#"{"count":10}"#, r#"{"count":7}"#);
    pages(&mut store, &conflict("k", &[count], 5));
    decide(&mut store, "k", &Wish::Mine).expect("a decision");
    news(&mut store, r#"asset a {"name":"Pump","x":1,"y":2,"count":12} @6"#).expect("news");
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump count:9 x:1 y:2} b{name:Fan}");
}

#[test]
fn a_group_is_decided_whole_and_a_field_of_two_records_is_named() {
    let place = unit("asset", "a", "place", "edit", r#"{"x":1,"y":2}"#, r#"{"x":8,"y":9}"#);
    let names =
        ["a", "b"].map(|letter| unit("asset", letter, "name", "edit", r#"{"name":"T"}"#, r#"{"name":"M"}"#));
    let units = [vec![place], names.to_vec()].concat();
    let mut store = estate(ASSETS);
    pages(&mut store, &conflict("k", &units, 5));
    let number = |name: &str, n| (name.to_owned(), Json::Int(n));
    let half = Wish::Fields { values: vec![number("x", 5)], rest: Some(Side::Mine) };
    assert_eq!(refusal(decide(&mut store, "k", &half)).code, Code::IncompleteGroup);
    let which = refusal(decide(&mut store, "k", &value("name", "Z", Some(Side::Mine))));
    assert!(which.words.contains("could be one of"), "{}", which.words);
    let open = Wish::Fields { values: vec![number("x", 5), number("y", 6)], rest: None };
    let open = refusal(decide(&mut store, "k", &open));
    assert!(open.words.contains("asset.name of L, asset.name of L"), "{}", open.words);
    let named = spelled(&mut store, "@b.name");
    let values = vec![number("x", 5), number("y", 6), (named, Json::from("Z"))];
    decide(&mut store, "k", &Wish::Fields { values, rest: Some(Side::Mine) }).expect("a decision");
    assert_eq!(shown(&mut store, "asset"), "a{name:M count:10 x:5 y:6} b{name:Z}");
    let takes: Vec<bool> =
        choices(&mut store, 1).iter().map(|it| matches!(it.take, Take::Value(_))).collect();
    assert_eq!(takes, [true, false, true]);
}

#[test]
fn conflicts_about_the_same_units_are_alike() {
    let name = |letter| unit("asset", letter, "name", "edit", r#"{"name":"T"}"#, r#"{"name":"M"}"#);
    let place = unit("asset", "a", "place", "edit", r#"{"x":1,"y":2}"#, r#"{"x":8,"y":9}"#);
    let mut store = estate(ASSETS);
    pages(&mut store, &conflict("k", &[name("a")], 5));
    pages(&mut store, &conflict("l", &[name("b")], 6));
    pages(&mut store, &conflict("m", &[place, name("a")], 7));
    let of = |letter: &str| id(letter).as_op();
    assert_eq!(store.alike(of("k")), Ok(vec![of("l")]));
    assert_eq!(store.alike(of("m")), Ok(vec![]));
    decide(&mut store, "l", &Wish::Mine).expect("a decision");
    assert_eq!(store.alike(of("k")), Ok(vec![]));
    let open: Vec<OpId> = store.conflicts(Which::Open).expect("conflicts").iter().map(|it| it.id).collect();
    assert_eq!(open, [of("k"), of("m")]);
}
