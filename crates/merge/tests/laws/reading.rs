//! What a change of an op is read as, and what is refused.

use std::collections::BTreeSet;

use fieldbook_merge::read::{read, unsaid};
use fieldbook_merge::unit::Unit;
use fieldbook_merge::{Edit, Verb};
use fieldbook_model::decimal::Scaled;
use fieldbook_model::limits::JSON_DEPTH_MAX;
use fieldbook_model::schema::{Field, Group, Kind, Merge, RecordType};
use fieldbook_model::{Change, Code, Fields, Json, RecordId, Refusal, Schema, Value, json};

const ID: &str = "01010101-0101-0101-0101-010101010101";

fn schema() -> Schema {
    let text = |name: &str| Field::new(name, Kind::Text { max: 20 });
    let merged = |merge, field: Field| Field { merge, ..field };
    let number = |name: &str| Field::new(name, Kind::Integer);
    let price = Field::new("price", Kind::Decimal { scale: 2 });
    let up = Kind::Ref { to: "item".to_owned(), owner: false, on_delete: Default::default() };
    let mut item = RecordType::new(
        "item",
        vec![
            Field { required: true, ..text("name") },
            merged(Merge::Delta, number("n")),
            merged(Merge::Delta, price),
            Field::new("tags", Kind::Set { max: 2 }),
            merged(Merge::Max, number("top")),
            merged(Merge::Min, number("low")),
            text("street"),
            text("town"),
            Field::new("any", Kind::Json),
            Field { default: Some(Json::Int(7)), ..number("seven") },
            Field::new("up", up),
            Field { fixed: true, ..text("origin") },
        ],
    );
    item.groups = vec![Group {
        name: "place".to_owned(),
        fields: vec!["street".to_owned(), "town".to_owned()],
        merge: Merge::LastSynced,
        order: Vec::new(),
    }];
    let receipt = RecordType::new("receipt", vec![Field { series: true, ..text("number") }, text("note")]);
    let note = RecordType { insert_only: true, ..RecordType::new("note", vec![text("text")]) };
    Schema::new("shop", 1, vec![item, receipt, note], Vec::new())
}

fn change(text: &str) -> Change {
    json::parse(&text.replace("$1", ID)).unwrap_or_else(|_| panic!("no change: {text}"))
}

fn update(parts: &str) -> Change {
    change(&format!(r#"{{"update":"item","id":"$1","base":4,{parts}}}"#))
}

fn edits(parts: &str) -> Result<Vec<(usize, Edit)>, Refusal> {
    read(&schema(), &update(parts)).map(|checked| match checked.verb {
        Verb::Update(edits) => edits,
        verb => panic!("no update: {verb:?}"),
    })
}

/// JSON that is nested so deep.
fn nested(depth: usize) -> String {
    format!(r#""set":{{"any":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn each_verb_of_an_update_is_an_edit_of_its_field() {
    let set = |elements: &[&str]| elements.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    let text = |text: &str| Value::Text(text.to_owned());
    let cases = [
        (r#""set":{"name":"Tea"}"#, vec![(0, Edit::Set(text("Tea")))]),
        (r#""add":{"n":-2}"#, vec![(1, Edit::Add(-2))]),
        (r#""count":{"n":9}"#, vec![(1, Edit::Count(9))]),
        (r#""add":{"price":"1.5"}"#, vec![(2, Edit::Add(150))]),
        (r#""include":{"tags":["a"]}"#, vec![(3, Edit::Include(set(&["a"]), 2))]),
        (r#""exclude":{"tags":["a","b"]}"#, vec![(3, Edit::Exclude(set(&["a", "b"])))]),
        (
            r#""set":{"top":3,"low":4}"#,
            vec![(4, Edit::Raise(Value::Int(3))), (5, Edit::Lower(Value::Int(4)))],
        ),
        (
            r#""reset":{"top":1,"low":null}"#,
            vec![(4, Edit::Reset(Value::Int(1))), (5, Edit::Reset(Value::Null))],
        ),
        (r#""set":{"street":"a","town":null}"#, vec![(6, Edit::Set(text("a"))), (7, Edit::Set(Value::Null))]),
    ];
    for (parts, expected) in cases {
        assert_eq!(edits(parts), Ok(expected), "{parts}");
    }
    assert!(edits(&nested(JSON_DEPTH_MAX)).is_ok(), "as deep as may be");
}

#[test]
fn what_does_not_fit_is_refused_and_the_place_is_named() {
    let cases: Vec<(String, Code, &str)> = vec![
        (r#""set":{"nothing":1}"#.to_owned(), Code::UnknownField, "item.nothing"),
        (r#""set":{"name":7}"#.to_owned(), Code::WrongValue, "item.name"),
        (r#""set":{"name":null}"#.to_owned(), Code::MissingField, "item.name"),
        (r#""set":{"n":7}"#.to_owned(), Code::WrongVerb, "item.n"),
        (r#""add":{"seven":7}"#.to_owned(), Code::WrongVerb, "item.seven"),
        (r#""add":{"n":null}"#.to_owned(), Code::WrongValue, "item.n"),
        (r#""add":{"n":"many"}"#.to_owned(), Code::WrongValue, "item.n"),
        (r#""include":{"name":["a"]}"#.to_owned(), Code::WrongVerb, "item.name"),
        (r#""include":{"tags":null}"#.to_owned(), Code::WrongValue, "item.tags"),
        (r#""exclude":{"tags":7}"#.to_owned(), Code::WrongValue, "item.tags"),
        (r#""set":{"top":null}"#.to_owned(), Code::WrongVerb, "item.top"),
        (r#""set":{"low":null}"#.to_owned(), Code::WrongVerb, "item.low"),
        (r#""reset":{"name":"a"}"#.to_owned(), Code::WrongVerb, "item.name"),
        (r#""reset":{"top":"a"}"#.to_owned(), Code::WrongValue, "item.top"),
        (r#""set":{"street":"a"}"#.to_owned(), Code::IncompleteGroup, "item.place"),
        (r#""set":{"origin":"a"}"#.to_owned(), Code::WrongVerb, "item.origin"),
        (r#""set":{}"#.to_owned(), Code::Empty, "item"),
        (nested(JSON_DEPTH_MAX + 1), Code::WrongValue, "item.any"),
        (nested(JSON_DEPTH_MAX + 2), Code::WrongValue, "item.any"),
    ];
    for (parts, code, place) in cases {
        let refusal = edits(&parts).expect_err(&parts);
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some(place)), "{parts}");
    }
    let whole = [
        (r#"{"insert":"thing","id":"$1","fields":{}}"#, Code::UnknownType, "thing"),
        (r#"{"insert":"conflict","id":"$1","fields":{}}"#, Code::UnknownType, "conflict"),
        (r#"{"insert":"item","id":"$1","fields":{}}"#, Code::MissingField, "item.name"),
        (r#"{"insert":"item","id":"$1","fields":{"name":"a","z":1}}"#, Code::UnknownField, "item.z"),
        (r#"{"delete":"receipt","id":"$1","base":1}"#, Code::WrongVerb, "receipt"),
        (r#"{"delete":"note","id":"$1","base":1}"#, Code::WrongVerb, "note"),
        (r#"{"restore":"note","id":"$1","base":1}"#, Code::WrongVerb, "note"),
    ];
    for (text, code, place) in whole {
        let refusal = read(&schema(), &change(text)).expect_err(text);
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some(place)), "{text}");
    }
}

#[test]
fn what_an_insert_does_not_name_has_its_default_and_what_is_counted_begins_at_zero() {
    let insert = change(r#"{"insert":"item","id":"$1","fields":{"name":"Tea","seven":null}}"#);
    let checked = read(&schema(), &insert).expect("an insert");
    let Verb::Insert(row) = &checked.verb else { panic!("{checked:?}") };
    let mut expected = vec![Value::Null; 12];
    expected[0] = Value::Text("Tea".to_owned());
    (expected[1], expected[2]) = (Value::Int(0), Value::Decimal(Scaled(0, 2)));
    assert_eq!(*row, expected);
    expected[0] = Value::Null;
    expected[9] = Value::Int(7);
    assert_eq!(schema().types[0].fields.iter().map(unsaid).collect::<Vec<_>>(), expected);
    // What may not change may be made, and what may not be deleted may be edited.
    for text in [
        r#"{"insert":"note","id":"$1","fields":{"text":"a"}}"#,
        r#"{"update":"receipt","id":"$1","base":1,"set":{"note":"a"}}"#,
        r#"{"delete":"item","id":"$1","base":1}"#,
        r#"{"restore":"item","id":"$1","base":1}"#,
    ] {
        let checked = read(&schema(), &change(text)).expect(text);
        assert_eq!(checked.id, RecordId::parse(ID).expect("an id"));
    }
}

#[test]
fn only_additions_and_elements_mean_the_same_whatever_was_there() {
    let commutes = |parts: &str| Verb::Update(edits(parts).expect("an update")).commutes();
    for (parts, expected) in [
        (r#""add":{"n":1}"#, true),
        (r#""include":{"tags":["a"]}"#, true),
        (r#""add":{"n":1},"exclude":{"tags":["a"]}"#, true),
        (r#""add":{"n":1},"set":{"name":"a"}"#, false),
        (r#""count":{"n":1}"#, false),
        (r#""set":{"top":1}"#, false),
        (r#""reset":{"top":1}"#, false),
    ] {
        assert_eq!(commutes(parts), expected, "{parts}");
    }
    assert!(!Verb::Delete.commutes() && !Verb::Restore.commutes());
}

#[test]
fn a_change_refers_to_the_records_that_it_writes_the_ids_of() {
    let id = RecordId::parse(ID).expect("an id");
    let references = |change: &Change| {
        let checked = read(&schema(), change).expect("a change");
        checked.verb.references().collect::<Vec<_>>()
    };
    assert_eq!(references(&update(&format!(r#""set":{{"up":"{ID}","name":"a"}}"#))), [(10, id)]);
    assert_eq!(references(&update(r#""set":{"up":null}"#)), []);
    let insert = format!(r#"{{"insert":"item","id":"$1","fields":{{"name":"a","up":"{ID}"}}}}"#);
    assert_eq!(references(&change(&insert)), [(10, id)]);
    assert_eq!(references(&change(r#"{"delete":"item","id":"$1","base":1}"#)), []);
}

#[test]
fn a_person_gives_a_unit_a_value_for_each_of_its_fields_and_no_other() {
    let ty = &schema().types[0];
    let given = |text: &str| {
        let fields: Fields = json::parse(text).expect("fields");
        Unit::Group(0).values(ty, &fields)
    };
    let whole = given(r#"{"town":"b","street":null}"#);
    assert_eq!(whole, Ok(vec![(6, Value::Null), (7, Value::Text("b".to_owned()))]));
    for (text, code, place) in [
        (r#"{"town":"b"}"#, Code::WrongValue, "item.street"),
        (r#"{"town":"b","street":"a","name":"c"}"#, Code::WrongValue, "item.name"),
        (r#"{"town":"b","street":"a","z":"c"}"#, Code::UnknownField, "item.z"),
        (r#"{"town":7,"street":"a"}"#, Code::WrongValue, "item.town"),
    ] {
        let refusal = given(text).expect_err(text);
        assert_eq!((refusal.code, refusal.field.as_deref()), (code, Some(place)), "{text}");
    }
    let fields: Fields = json::parse(r#"{"name":null}"#).expect("fields");
    let refusal = Unit::Field(0).values(ty, &fields).expect_err("a name");
    assert_eq!(refusal.code, Code::MissingField);
}
