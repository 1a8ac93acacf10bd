//! The database under a newer version of the schema: what was confirmed, what waits and what was done go with it.

use fieldbook_device_store::{
    Action, Asks, DatabaseKey, Export, Follow, IncomingError, LogFilter, Payloads, Store,
};
use fieldbook_model::chain::Hash;
use fieldbook_model::schema::{Field, Kind, RecordType, Step, StepChange};
use fieldbook_model::{Change, Epoch, Fields, Json, Schema, Seq, Version, WallTime, json};
use fieldbook_protocol::diagnostics::Part;
use fieldbook_protocol::page::{PageEnd, PageWriter};
use fieldbook_protocol::row;
use fieldbook_protocol::schema::{Released, SchemaReply};

use crate::world::{
    EPOCH, act, cursor, edit, id, identity, moment, news, op_id, page, schema, set, start, verdict, with,
};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);

/// The shop with another type in front, a type and a field renamed, a wider number, a new field and a split text.
fn next() -> Schema {
    let mut next = Schema { version: 4, ..schema() };
    for ty in &mut next.types {
        for field in &mut ty.fields {
            if let Kind::Ref { to, .. } = &mut field.kind {
                "article".clone_into(to);
            }
        }
        if ty.name == "product" {
            "article".clone_into(&mut ty.name);
            "title".clone_into(&mut ty.fields[0].name);
            ty.fields[1].kind = Kind::Decimal { scale: 1 };
            ty.fields
                .push(Field { default: Some("box".into()), ..Field::new("unit", Kind::Text { max: 9 }) });
        }
        if ty.name == "thing" {
            let parts = ["head", "rest"].map(|name| Field::new(name, Kind::Text { max: 300 }));
            ty.fields.splice(0..1, parts);
        }
    }
    next.types.insert(0, RecordType::new("shelf", vec![Field::new("name", Kind::Text { max: 9 })]));
    let changes = [
        StepChange::RenameType { from: "product".into(), to: "article".into() },
        StepChange::RenameField { of: "article".into(), from: "name".into(), to: "title".into() },
        StepChange::ChangeKind { of: "article".into(), field: "stock".into(), values: Vec::new() },
        StepChange::Split {
            of: "thing".into(),
            field: "text".into(),
            into: vec!["head".into(), "rest".into()],
            by: " ".into(),
        },
    ];
    next.steps = changes.map(|change| Step { to: 4, change }).to_vec();
    next
}

/// The next version, in force from a place on.
pub fn reply(at: u64) -> SchemaReply {
    SchemaReply {
        epoch: EPOCH,
        schemas: vec![Released { at: Version(at), hash: Hash::ZERO, schema: next() }],
    }
}

/// `type letter: values @version` of what is shown.
fn told(store: &mut Store, what: Export) -> Vec<String> {
    let lines = store.export(what).expect("an export");
    let line = |line: &String| {
        let Json::Object(line) = json::parse(line).expect("JSON") else { panic!("no object") };
        let text = |json: &Json| json::write(json).replace('"', "");
        let Json::Object(fields) = &line[3].1 else { panic!("no fields") };
        let values: Vec<String> = fields.iter().map(|(_, value)| text(value)).collect();
        let id = text(&line[1].1);
        let letter = u8::from_str_radix(&id[34..], 16).map(char::from).expect("a letter");
        format!("{} {letter}: {} @{}", text(&line[0].1), values.join(" "), text(&line[2].1))
    };
    lines.iter().map(line).collect()
}

/// A last page of rows of the new version.
fn new_page(
    store: &mut Store,
    from: u64,
    to: u64,
    rows: &[(&str, &str, u64)],
    answers: &[(u64, u64)],
) -> String {
    let mut writer = PageWriter::new(&start(store, from));
    let schema = next();
    writer.columns(&row::columns(&schema, schema.place("article").expect("a type")));
    for (letter, values, version) in rows {
        writer.row(0, id(letter), Version(*version), values);
    }
    for (seq, version) in answers {
        let (seq, version) = (Seq(*seq), Version(*version));
        let op_id = op_id(store, seq);
        let answer =
            fieldbook_protocol::Answer { seq, op_id, version, verdict: verdict("ok"), partly: false };
        writer.answer(&answer);
    }
    let (to, head) = (cursor(to), Version(to));
    writer.end(&PageEnd {
        backup: None,
        to,
        head,
        hash: Hash::ZERO,
        head_hash: None,
        fork: None,
        horizon: None,
        more: false,
        schema: 4,
        newest: 4,
        time: WallTime(0),
    })
}

#[test]
fn confirmed_rows_and_what_waits_get_the_new_shape() {
    let mut store = with("p Tea 10 @1; q Mug 5 [a] ~p @2");
    act(&mut store, "add p -2, name p Chai; ins r New 3; del q");
    assert_eq!(store.upgrade(&reply(2)).expect("an upgrade"), cursor(2));
    assert_eq!(store.facts().expect("facts").schema, 4);
    let p = "article p: Chai 8.0 null null 18.0000 box @1";
    let r = "article r: New 3.0 null null null box @0";
    assert_eq!(told(&mut store, Export::Shown), [p, r]);
    let confirmed = told(&mut store, Export::Confirmed);
    assert_eq!(confirmed[0], "article p: Tea 10.0 null null 18.0000 box @1");
    assert!(confirmed[1].starts_with("article q: Mug 5.0 [a] 00000000-"), "{confirmed:?}");
    let acted = store.act(
        moment(9),
        Action {
            action: "edit".into(),
            key: None,
            changes: vec![set("article", id("p"), Fields::from([("title", "Mate".into())]))],
        },
    );
    assert_eq!(acted.expect("an act under the new names").seq, Seq(4));
    let text = store.op_text(Seq(4)).expect("a log").expect("an op");
    assert!(text.contains(r#""schema":4"#) && text.contains(r#""base":1"#), "{text}");
    let old = store.act(moment(10), edit("name p x"));
    assert!(old.is_err_and(|error| error.to_string().contains("There is no record type product")));
}

#[test]
fn queued_ops_keep_their_bytes_and_apply_on_top_of_news_of_the_new_version() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -2, name p Chai");
    let text = store.op_text(Seq(1)).expect("a log");
    store.upgrade(&reply(2)).expect("an upgrade");
    assert_eq!(store.op_text(Seq(1)).expect("a log"), text);
    let page = new_page(&mut store, 1, 4, &[("p", r#"["Tea","6.5",null,null,null,"bag"]"#, 3)], &[]);
    store.incoming(&page).expect("a page");
    assert_eq!(told(&mut store, Export::Shown), ["article p: Chai 4.5 null null null bag @3"]);
    let page = new_page(&mut store, 4, 5, &[("p", r#"["Chai","4.5",null,null,null,"bag"]"#, 5)], &[(1, 5)]);
    assert_eq!(store.incoming(&page).expect("a page").settled, 1);
    assert_eq!(told(&mut store, Export::Shown), ["article p: Chai 4.5 null null null bag @5"]);
    assert_eq!(store.facts().expect("facts").pending(), 0);
}

#[test]
fn what_was_translated_down_is_read_again_and_its_verdicts_are_not_taken_twice() {
    let mut store = with("p Tea 10 @1");
    act(&mut store, "add p -2");
    news(&mut store, "p Tea 8 @3; ok 1 @3; q Mug 5 @4").expect("news");
    assert_eq!(store.upgrade(&reply(2)).expect("an upgrade"), cursor(2), "back to where it came into force");
    assert_eq!(store.facts().expect("facts").pending(), 0);
    let rows = [
        ("p", r#"["Tea","8.5",null,null,null,"bag"]"#, 3),
        ("q", r#"["Mug","5.0",null,null,null,"box"]"#, 4),
    ];
    let page = new_page(&mut store, 2, 4, &rows, &[(1, 3)]);
    assert_eq!(store.incoming(&page).expect("a page").settled, 0);
    assert_eq!(told(&mut store, Export::Shown)[0], "article p: Tea 8.5 null null null bag @3");
}

#[test]
fn an_undo_and_a_redo_reach_across_an_upgrade() {
    let mut store = with("p Tea 10 @1; q Mug 5 @2");
    act(&mut store, "add p -2, name p Chai; del q");
    store.upgrade(&reply(2)).expect("an upgrade");
    for n in 0..2 {
        store.undo(moment(20 + n), None, Asks::First).expect("an undo");
    }
    let shown = told(&mut store, Export::Shown);
    assert_eq!(shown[0], "article p: Tea 10.0 null null 18.0000 box @1");
    assert!(shown[1].starts_with("article q: Mug 5.0"), "{shown:?}");
    store.redo(moment(30), None, Asks::First).expect("a redo");
    let shown = told(&mut store, Export::Shown);
    assert_eq!((shown.len(), shown[0].as_str()), (2, "article p: Chai 8.0 null null 18.0000 box @1"));
    store.redo(moment(31), None, Asks::First).expect("a redo");
    let shown = told(&mut store, Export::Shown);
    assert_eq!(shown, ["article p: Chai 8.0 null null 18.0000 box @1"]);
}

#[test]
fn a_replayed_split_leaves_the_part_alone_that_its_author_left_alone() {
    let thing = |fields: [(&str, Json); 1]| Action {
        action: "edit".into(),
        key: None,
        changes: vec![set("thing", id("t"), fields.into())],
    };
    let mut store = Store::memory(&identity()).expect("a store");
    let mut writer = PageWriter::new(&start(&mut store, 0));
    writer.columns(&crate::world::columns("thing"));
    writer.row(
        0,
        id("t"),
        Version(1),
        r#"["Ann Smith",1,null,null,null,null,null,null,null,null,null,null]"#,
    );
    let end = |to| PageEnd {
        backup: None,
        to: cursor(to),
        head: Version(to),
        hash: Hash::ZERO,
        head_hash: None,
        fork: None,
        horizon: None,
        more: false,
        schema: 3,
        newest: 3,
        time: WallTime(0),
    };
    store.incoming(&writer.end(&end(1))).expect("a page");
    store.act(moment(1), thing([("text", "Ann Smythe".into())])).expect("an act");
    store.upgrade(&reply(2)).expect("an upgrade");
    assert!(told(&mut store, Export::Shown)[0].starts_with("thing t: Ann Smythe 1"));
    let mut writer = PageWriter::new(&start(&mut store, 1));
    let schema = next();
    writer.columns(&row::columns(&schema, schema.place("thing").expect("a type")));
    let values = r#"["Anna","Smith",1,null,null,null,null,null,null,null,null,null,null]"#;
    writer.row(0, id("t"), Version(3), values);
    store.incoming(&writer.end(&PageEnd { schema: 4, newest: 4, ..end(3) })).expect("a page");
    assert!(told(&mut store, Export::Shown)[0].starts_with("thing t: Anna Smythe 1"));
}

#[test]
fn pages_of_another_version_are_not_taken_in() {
    let mut store = with("p Tea 10 @1");
    let old = page(&mut store, 1, 2, false, "p Mug 1 @2");
    store.upgrade(&reply(2)).expect("an upgrade");
    // The server went back to what it had before.
    let error = store.incoming(&old).expect_err("an old server");
    assert_eq!(error, IncomingError::TooOld { newest: 3, own: 4 });
    let late = old.replace(r#""newest":3"#, r#""newest":4"#);
    assert_eq!(store.incoming(&late), Err(IncomingError::Gap), "read before the upgrade");
    let newer = new_page(&mut store, 1, 3, &[], &[]).replace(r#""schema":4"#, r#""schema":5"#);
    assert!(matches!(store.incoming(&newer), Err(IncomingError::Malformed(_))));
}

#[test]
fn what_does_not_follow_is_refused_and_nothing_changes() {
    let mut store = with("p Tea 10 @1");
    let before = told(&mut store, Export::Shown);
    let jump = Released { at: Version(2), hash: Hash::ZERO, schema: Schema { version: 6, ..next() } };
    let jump = SchemaReply { epoch: EPOCH, schemas: vec![jump] };
    assert!(matches!(store.upgrade(&jump), Err(IncomingError::Malformed(_))));
    let other = SchemaReply { epoch: Epoch(2), ..reply(2) };
    assert_eq!(store.upgrade(&other), Ok(cursor(1)), "the pull that brings the other history comes first");
    let none = SchemaReply { epoch: EPOCH, schemas: Vec::new() };
    assert_eq!(store.upgrade(&none), Ok(cursor(1)));
    assert_eq!(told(&mut store, Export::Shown), before);
    assert_eq!(store.facts().expect("facts").schema, 3);
}

#[test]
fn a_store_beside_the_one_that_upgrades_notices() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1");
    let mut beside = Store::open(&path, &KEY).expect("a store");
    store.upgrade(&reply(0)).expect("an upgrade");
    let refused = beside.act(moment(5), edit("name p x")).expect_err("an old name");
    assert!(refused.to_string().contains("There is no record type product"), "{refused}");
    assert_eq!(beside.facts().expect("facts").schema, 4);
    assert_eq!(told(&mut beside, Export::Shown), told(&mut store, Export::Shown));
    drop((store, beside));
    let mut again = Store::open(&path, &KEY).expect("a store");
    assert_eq!(told(&mut again, Export::Shown), ["article p: Tea 1.0 null null null box @0"]);
    assert_eq!(again.follows(), Ok(Follow::Server));
    again.follow(Follow::App).expect("a note");
    assert_eq!(again.follows(), Ok(Follow::App));
}

#[cfg(feature = "planted")]
#[test]
fn a_kill_at_any_step_leaves_the_old_version_and_the_next_try_brings_the_new_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 10; ins q Mug 5; add p -2; del q");
    let log =
        |store: &mut Store| (1..=4).map(|seq| store.op_text(Seq(seq)).expect("a log")).collect::<Vec<_>>();
    let (before, texts) = (told(&mut store, Export::Shown), log(&mut store));
    let (mut kills, mut steps) = (0, 1);
    loop {
        store.stop_after(steps).expect("a handler");
        let upgraded = store.upgrade(&reply(0));
        drop(store);
        store = Store::open(&path, &KEY).expect("the store opens again");
        assert_eq!(log(&mut store), texts, "after {steps} steps");
        match upgraded {
            Ok(_) => break,
            Err(IncomingError::Store(error)) => {
                assert_eq!(error.kind(), fieldbook_device_store::Kind::Retry, "{error}")
            }
            Err(other) => panic!("{other}"),
        }
        assert_eq!(told(&mut store, Export::Shown), before, "after {steps} steps");
        assert_eq!(store.facts().expect("facts").schema, 3);
        (kills, steps) = (kills + 1, steps + 23);
    }
    assert!(kills > 20, "only {kills} kills");
    assert_eq!(told(&mut store, Export::Shown), ["article p: Tea 8.0 null null null box @0"]);
    assert_eq!(store.facts().expect("facts").schema, 4);
}

#[test]
fn a_reader_sees_the_new_tables() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1");
    store.upgrade(&reply(0)).expect("an upgrade");
    let mut reader = fieldbook_device_store::Reader::open(&path, &KEY).expect("a reader");
    let table = reader.query("SELECT title, stock, unit FROM article", None).expect("rows");
    assert_eq!(table.lists().collect::<Vec<_>>(), [r#"["Tea",10,"box"]"#]);
    assert!(reader.query("SELECT * FROM product", None).is_err());
}

#[test]
fn a_reader_that_is_open_meanwhile_sees_the_new_tables_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    act(&mut store, "ins p Tea 1");
    let mut reader = fieldbook_device_store::Reader::open(&path, &KEY).expect("a reader");
    let mut count = reader.live("SELECT count(*) FROM product").expect("a query");
    assert!(reader.refresh(&mut count).expect("rows").is_some());
    store.upgrade(&reply(0)).expect("an upgrade");
    let table = reader.query("SELECT title, stock, unit FROM article", None).expect("rows");
    assert_eq!(table.lists().collect::<Vec<_>>(), [r#"["Tea",10,"box"]"#]);
    let mut count = reader.live("SELECT count(*) FROM article").expect("a query");
    let table = reader.refresh(&mut count).expect("rows").expect("the first");
    assert_eq!(table.lists().collect::<Vec<_>>(), ["[1]"]);
    assert!(reader.table_names().contains(&"article".to_owned()), "{:?}", reader.table_names());
    let gone = reader.query("SELECT * FROM product", None).expect_err("it has another name").to_string();
    assert!(gone.contains("there are: ") && gone.contains("article"), "{gone}");
    let inner = reader.query("SELECT * FROM fb_marks", None).expect_err("the engine's own").to_string();
    assert!(inner.contains("fb_marks is the engine's own"), "{inner}");
}

#[test]
fn an_action_about_a_field_that_is_no_more_is_told_with_what_is_left_of_it() {
    let mut store = with("p Tea 1 @1; q Mug 1 @1");
    act(&mut store, "like p q");
    let mut dropped = Schema { version: 4, ..schema() };
    for ty in dropped.types.iter_mut().filter(|ty| ty.name == "product") {
        ty.fields.retain(|field| field.name != "like");
    }
    let change = StepChange::DropField { of: "product".into(), field: "like".into() };
    dropped.steps = vec![Step { to: 4, change }];
    let schemas = vec![Released { at: Version(1), hash: Hash::ZERO, schema: dropped }];
    store.upgrade(&SchemaReply { epoch: EPOCH, schemas }).expect("an upgrade");
    let filter = LogFilter { state: None, from: None, max: 9, newest_first: true };
    let [entry] = store.log(filter).expect("the log").try_into().expect("one action");
    let left = matches!(&entry.changes[..], [Change::Update { set, .. }] if set.is_empty());
    assert!(left, "{:?}", entry.changes);
    for payloads in [Payloads::Without, Payloads::With] {
        let told = store.diagnostics(payloads);
        let op = told.parts.iter().find_map(|part| match part {
            Part::Op(op) => Some(op),
            _ => None,
        });
        let op = op.expect("the action is told");
        assert!(told.absent.is_empty() && op.changes[0].fields.is_empty(), "{told:?}");
    }
}
