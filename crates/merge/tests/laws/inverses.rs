//! What takes an op back: worked out from what it did (rules 11, 12 and 31).

use fieldbook_merge::undo::inverse;
use fieldbook_merge::{Checked, Deed, Done, DoneVerb, Edit, Stamps, Verb};
use fieldbook_model::decimal::Scaled;
use fieldbook_model::schema::{Action, Counter, Field, Kind, Merge, RecordType};
use fieldbook_model::{Code, Json, OpId, RecordId, Refusal, Schema, Value, Version};

use crate::at;

/// The places of the types.
const ITEM: usize = 0;
const SALE: usize = 1;
const RECEIPT: usize = 2;
const MEMO: usize = 3;
/// The first of those that every app has.
const SYSTEM: usize = 4;

/// The op that takes back, what its author had seen, and where the target took effect.
const BY: OpId = OpId::from_bytes([7; 16]);
const SEEN: Version = Version(30);
const AT: Version = Version(20);

fn schema() -> Schema {
    let text = |name: &str| Field::new(name, Kind::Text { max: 20 });
    let top = Field { merge: Merge::Max, ..Field::new("top", Kind::Integer) };
    let tags = Field::new("tags", Kind::Set { max: 3 });
    let item = RecordType::new("item", vec![text("name"), top, tags]);
    let of = Kind::Ref { to: "sale".to_owned(), owner: false, on_delete: Default::default() };
    let sale = RecordType {
        insert_only: true,
        counter: Some(Counter { negate: vec!["pieces".to_owned(), "total".to_owned()], of: "of".to_owned() }),
        ..RecordType::new(
            "sale",
            vec![
                Field::new("pieces", Kind::Integer),
                Field::new("total", Kind::Decimal { scale: 2 }),
                Field::new("till", Kind::Integer),
                text("note"),
                Field::new("of", of),
                Field::new("rate", Kind::Decimal { scale: 2 }),
            ],
        )
    };
    let receipt = RecordType::new("receipt", vec![Field { series: true, ..text("number") }, text("state")]);
    let memo = RecordType { insert_only: true, ..RecordType::new("memo", vec![text("text")]) };
    Schema::new("shop", 1, vec![item, sale, receipt, memo], Vec::new())
}

fn id(digit: u8) -> RecordId {
    RecordId::from_bytes([digit; 16])
}

fn words(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn done(of: usize, digit: u8, verb: DoneVerb, life: bool, deeds: Vec<Deed>) -> Done {
    Done { of, id: id(digit), verb, life, life_before: None, deeds }
}

fn deed(field: usize, before: Value, after: Value) -> Deed {
    Deed { field, before, after, stamps: None }
}

fn inverse_of(counter: Option<&Action>, done: &[Done]) -> Result<Vec<Checked>, Refusal> {
    inverse(&schema(), counter, done, BY, SEEN, AT)
}

/// A change on what was there before the target took effect.
fn back(of: usize, id: RecordId, verb: Verb) -> Checked {
    Checked { of, id, base: Version(19), verb }
}

#[test]
fn each_deed_has_its_inverse_and_what_did_nothing_has_none() {
    let gone =
        Done { life_before: Some(Stamps::first(at(5, 1))), ..done(ITEM, 1, DoneVerb::Delete, true, vec![]) };
    let name = || deed(0, words("a"), words("b"));
    let same = |field| deed(field, Value::Int(3), Value::Int(3));
    let tags = || Value::Set(["a".to_owned()].into());
    let revert = |deeds| Verb::Revert(deeds);
    let cases = [
        (done(ITEM, 1, DoneVerb::Insert, true, vec![]), vec![Verb::Unmake]),
        (done(ITEM, 1, DoneVerb::Insert, false, vec![name()]), vec![]),
        (gone, vec![Verb::Revive(Some(Stamps::first(at(5, 1))))]),
        (done(ITEM, 1, DoneVerb::Delete, false, vec![]), vec![]),
        (done(ITEM, 1, DoneVerb::Restore, true, vec![]), vec![Verb::Unmake]),
        (done(ITEM, 1, DoneVerb::Restore, false, vec![]), vec![]),
        (done(ITEM, 1, DoneVerb::Update, false, vec![name()]), vec![revert(vec![name()])]),
        // An edit that brought its record back.
        (done(ITEM, 1, DoneVerb::Update, true, vec![name()]), vec![revert(vec![name()]), Verb::Unmake]),
        (done(ITEM, 1, DoneVerb::Update, true, vec![]), vec![Verb::Unmake]),
        // What was as high, and elements that were there, go nowhere; a value that was set again is set.
        (done(ITEM, 1, DoneVerb::Update, false, vec![same(1)]), vec![]),
        (done(ITEM, 1, DoneVerb::Update, false, vec![deed(2, tags(), tags())]), vec![]),
        (
            done(ITEM, 1, DoneVerb::Update, false, vec![deed(1, Value::Int(3), Value::Int(4)), same(1)]),
            vec![revert(vec![deed(1, Value::Int(3), Value::Int(4))])],
        ),
        (
            done(ITEM, 1, DoneVerb::Update, false, vec![deed(0, words("a"), words("a"))]),
            vec![revert(vec![deed(0, words("a"), words("a"))])],
        ),
        // What every app has is the server's own.
        (done(SYSTEM, 1, DoneVerb::Insert, true, vec![]), vec![]),
    ];
    for (done, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|verb| back(done.of, done.id, verb)).collect();
        assert_eq!(inverse_of(None, std::slice::from_ref(&done)), Ok(expected), "{done:?}");
    }
}

#[test]
fn what_was_done_last_goes_back_first() {
    let made = |digit| done(ITEM, digit, DoneVerb::Insert, true, vec![]);
    let expected = [3, 2, 1].map(|digit| back(ITEM, id(digit), Verb::Unmake));
    assert_eq!(inverse_of(None, &[made(1), made(2), made(3)]), Ok(expected.to_vec()));
}

#[test]
fn what_is_written_once_is_taken_back_by_a_record_against_it() {
    let money = |cents| Value::Decimal(Scaled(cents, 2));
    let held = [Value::Int(2), money(150), Value::Int(4), words("a")];
    let held = held.into_iter().enumerate().chain([(5, money(19))]);
    let deeds = held.map(|(field, after)| deed(field, Value::Null, after)).collect();
    let sale = done(SALE, 1, DoneVerb::Insert, true, deeds);
    let against = |digit, own: [Value; 4], rate| {
        let [pieces, total, till, note] = own;
        Verb::Insert(vec![pieces, total, till, note, Value::Ref(id(digit)), rate])
    };
    let nothing = || [Value::Null, Value::Null, Value::Null, Value::Null];
    let other = [Value::Int(-2), money(-150), Value::Int(4), words("a")];
    let bare = done(SALE, 2, DoneVerb::Insert, true, vec![]);
    let expected = vec![
        back(SALE, BY.derived(0), against(2, nothing(), Value::Null)),
        back(SALE, BY.derived(1), against(1, other, money(19))),
    ];
    assert_eq!(inverse_of(None, &[sale, bare]), Ok(expected));
    let memo = done(MEMO, 1, DoneVerb::Insert, true, vec![]);
    assert_eq!(inverse_of(None, &[memo]).map_err(|refusal| refusal.code), Err(Code::NotUndoable));
}

#[test]
fn a_counter_action_sets_what_it_declares_in_the_place_of_deleting() {
    let counter = |sets: &[(&str, Json)]| Action {
        name: "void".to_owned(),
        key: Vec::new(),
        says: None,
        undo: None,
        sets: sets.iter().map(|(path, json)| ((*path).to_owned(), json.clone())).collect(),
        actors: Vec::new(),
    };
    let void = counter(&[("receipt.state", "void".into()), ("item.name", "gone".into())]);
    let receipt = done(RECEIPT, 1, DoneVerb::Insert, true, vec![]);
    let set = |of, field, value| {
        let verb = Verb::Update(vec![(field, Edit::Set(words(value)))]);
        // An edit like any: its author has seen what is there.
        Checked { of, id: id(1), base: SEEN, verb }
    };
    assert_eq!(inverse_of(Some(&void), std::slice::from_ref(&receipt)), Ok(vec![set(RECEIPT, 1, "void")]));
    let item = done(ITEM, 1, DoneVerb::Insert, true, vec![]);
    assert_eq!(inverse_of(Some(&void), std::slice::from_ref(&item)), Ok(vec![set(ITEM, 0, "gone")]));
    let other = counter(&[("receipt.state", "void".into())]);
    assert_eq!(inverse_of(Some(&other), &[item]), Ok(vec![back(ITEM, id(1), Verb::Unmake)]));
    // A number of a series stays given out.
    let numbered = std::slice::from_ref(&receipt);
    assert_eq!(inverse_of(None, numbered).map_err(|refusal| refusal.code), Err(Code::NotUndoable));
    let wrong = inverse_of(Some(&counter(&[("receipt.state", Json::Int(7))])), numbered);
    let wrong = wrong.map_err(|refusal| (refusal.code, refusal.field));
    assert_eq!(wrong, Err((Code::WrongValue, Some("receipt.state".to_owned()))));
}
