//! An estate for tests of owners, conflicts and undo: places that own each other, customers about whom people
//! decide, and money that is only ever written. Changes and news are JSON with letters for records: `@a` is the
//! record a, `#3` the id of the device's op 3.
//!
//! News: `site s {"name":"A"} @1`, `site s gone @2`, `ok 1 @2`, `no 1 @2`, `no 2<1 @2` (because of op 1),
//! `held 1 @2`, `held 2<1 @2`, and `was 1 committed @3`.

use fieldbook_device_store::{
    ActError, Acted, Action, Arrived, Export, Identity, IncomingError, LogFilter, OpState, Store,
};
use fieldbook_model::op::Wanted;
use fieldbook_model::schema::{Action as Declared, Counter, Field, Group, Kind, Merge, OnDelete, RecordType};
use fieldbook_model::{Change, Code, Json, OpId, RecordId, Refusal, Schema, Seq, Version, WallTime, json};
use fieldbook_protocol::page::{Columns, PageEnd, PageWriter};
use fieldbook_protocol::{Answer, SettledState, Settlement, Verdict};

use crate::world::{cursor, id, identity, moment};

fn text(name: &str) -> Field {
    Field::new(name, Kind::Text { max: 100 })
}

fn to(name: &str, of: &str, owner: bool, on_delete: OnDelete) -> Field {
    Field::new(name, Kind::Ref { to: of.into(), owner, on_delete })
}

fn owner(of: &str) -> Field {
    to(of, of, true, OnDelete::Cascade)
}

fn number(name: &str) -> Field {
    Field { merge: Merge::Delta, ..Field::new(name, Kind::Integer) }
}

fn of(name: &str, fields: Vec<Field>) -> RecordType {
    RecordType { label: Some(fields[0].name.clone()), ..RecordType::new(name, fields) }
}

fn types() -> Vec<RecordType> {
    let xy = ["x", "y"].map(|name| Field::new(name, Kind::Integer));
    let asset = [vec![text("name"), owner("floor"), number("count")], xy.to_vec()].concat();
    let group = Group {
        name: "place".into(),
        fields: vec!["x".into(), "y".into()],
        merge: Merge::LastSynced,
        order: vec![],
    };
    let customer = ["name", "phone", "note"].map(text).to_vec();
    let task = to("customer", "customer", true, OnDelete::OrphanTo(Some("heir".into())));
    let counter = Counter { negate: vec!["amount".into()], of: "against".into() };
    let money = vec![Field::new("amount", Kind::Integer), to("against", "payment", false, OnDelete::Cascade)];
    let folder = to("inside", "folder", true, OnDelete::Cascade);
    let heir = to("heir", "customer", false, OnDelete::Cascade);
    let bill_of = to("customer", "customer", true, OnDelete::Refuse);
    vec![
        of("site", vec![text("name")]),
        of("floor", vec![text("name"), owner("site")]),
        RecordType { groups: vec![group], ..of("asset", asset) },
        of("folder", vec![text("name"), folder]),
        RecordType { merge: Merge::Manual, ..of("customer", [customer, vec![heir]].concat()) },
        of("bill", vec![Field { series: true, ..text("number") }, bill_of, text("state")]),
        of("task", vec![text("name"), task]),
        RecordType { insert_only: true, counter: Some(counter), ..of("payment", money) },
        RecordType { insert_only: true, ..of("comment", vec![text("words")]) },
    ]
}

pub fn schema() -> Schema {
    let create = Declared { undo: Some("bill.void".into()), ..Declared::new("bill.create") };
    let void =
        Declared { sets: vec![("bill.state".into(), Json::from("void"))], ..Declared::new("bill.void") };
    let import = Declared { says: Some("imported the catalogue".into()), ..Declared::new("import") };
    Schema::new("estate", 1, types(), vec![create, void, import])
}

pub fn person() -> Identity {
    Identity { schema: schema(), ..identity() }
}

/// A store in memory that has taken in some pages, parted by `//`.
pub fn estate(base: &str) -> Store {
    let mut store = Store::memory(&person()).expect("a store");
    pages(&mut store, base);
    store
}

pub fn pages(store: &mut Store, all: &str) {
    for part in all.split("//").map(str::trim).filter(|part| !part.is_empty()) {
        news(store, part).unwrap_or_else(|error| panic!("{part}: {error}"));
    }
}

/// `@a` and `#3` as ids.
pub fn spelled(store: &mut Store, text: &str) -> String {
    let mut spelled = String::new();
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match next {
            '@' => {
                let letter = chars.next().expect("a letter").to_string();
                spelled.push_str(&id(&letter).to_string());
            }
            '#' => {
                let seq = chars.next().and_then(|digit| digit.to_digit(10)).expect("a seq");
                spelled.push_str(&op_id(store, u64::from(seq)).to_string());
            }
            other => spelled.push(other),
        }
    }
    spelled
}

pub fn op_id(store: &mut Store, seq: u64) -> OpId {
    crate::world::op_id(store, Seq(seq))
}

pub fn changes(store: &mut Store, text: &str) -> Vec<Change> {
    let text = spelled(store, text);
    let wanted: Vec<Wanted> =
        json::parse(&format!("[{text}]")).unwrap_or_else(|error| panic!("{text}: {error}"));
    wanted.into_iter().map(|Wanted(change)| change).collect()
}

pub fn try_as(store: &mut Store, action: &str, text: &str) -> Result<Acted, ActError> {
    let changes = changes(store, text);
    let n = store.facts().expect("facts").last.0 + 1;
    store.act(moment(n), Action { action: action.into(), key: None, changes })
}

pub fn act(store: &mut Store, text: &str) -> Acted {
    try_as(store, "edit", text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The next moment of a device.
pub fn now(store: &mut Store) -> fieldbook_device_store::Moment {
    moment(store.facts().expect("facts").last.0 + 1)
}

pub fn refusal<T: std::fmt::Debug>(result: Result<T, ActError>) -> Refusal {
    match result {
        Err(ActError::Refused(refusal)) => {
            assert!(refusal.words.ends_with('.'), "{}", refusal.words);
            refusal
        }
        other => panic!("no refusal: {other:?}"),
    }
}

/// Takes in a page from the device's cursor to the last version that the news names.
pub fn news(store: &mut Store, text: &str) -> Result<Arrived, IncomingError> {
    let from = store.facts().expect("facts").cursor.version.0;
    let page = page(store, from, false, text);
    store.incoming(&page)
}

pub fn page(store: &mut Store, from: u64, more: bool, text: &str) -> String {
    let mut writer = PageWriter::new(&crate::world::start(store, from));
    let schema = schema();
    for place in 0..schema.types.len() {
        let columns: Columns = fieldbook_protocol::row::columns(&schema, place);
        writer.columns(&columns);
    }
    let mut to = from + 1;
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (what, version) = entry.rsplit_once(" @").expect("a version");
        let version = Version(version.parse().expect("a version"));
        to = to.max(version.0);
        let (verb, rest) = what.split_once(' ').expect("two words");
        match verb {
            "ok" | "no" | "held" => answer(store, &mut writer, (verb, rest), version),
            "was" => settled(store, &mut writer, rest, version),
            of => row(store, &mut writer, of, rest, version),
        }
    }
    let head = Version(if more { to + 1 } else { to });
    writer.end(&PageEnd {
        backup: None,
        to: cursor(to),
        head,
        hash: fieldbook_model::chain::Hash::ZERO,
        head_hash: None,
        fork: None,
        horizon: None,
        more,
        schema: 1,
        newest: 1,
        time: WallTime(0),
    })
}

fn answer(store: &mut Store, writer: &mut PageWriter, (verb, which): (&str, &str), version: Version) {
    let (seq, upon) = which.split_once('<').unwrap_or((which, ""));
    let seq = Seq(seq.parse().expect("a seq"));
    let depends_on = upon.parse().ok().map(|upon| op_id(store, upon));
    let own = op_id(store, seq.0);
    let verdict = match (verb, depends_on) {
        ("ok", _) => Verdict::Committed,
        ("held", _) => Verdict::Conflicted { conflict: depends_on.unwrap_or(own), depends_on },
        (_, None) => Verdict::Rejected { refusal: Refusal::new(Code::OutOfRange, "Too much."), depends_on },
        _ => Verdict::Rejected {
            refusal: Refusal::new(Code::DependsOnRejected, "It builds upon what was refused."),
            depends_on,
        },
    };
    writer.answer(&Answer { seq, op_id: own, version, verdict, partly: false });
}

fn settled(store: &mut Store, writer: &mut PageWriter, rest: &str, version: Version) {
    let (seq, state) = rest.split_once(' ').expect("a state");
    let seq = Seq(seq.parse().expect("a seq"));
    let (state, conflict) = state.split_once(' ').unwrap_or((state, ""));
    let state: SettledState = json::parse(&format!("{state:?}")).expect("a state");
    let conflict = conflict.parse().ok().map(|seq| op_id(store, seq));
    let refusal = (state == SettledState::Rejected).then(|| Refusal::new(Code::Deleted, "It is deleted."));
    let op_id = op_id(store, seq.0);
    let by = OpId::from_bytes([8; 16]);
    writer.settled(&Settlement { seq, op_id, version, state, by, conflict, refusal, partly: false });
}

fn row(store: &mut Store, writer: &mut PageWriter, of: &str, rest: &str, version: Version) {
    let schema = schema();
    let place = schema.place(of).unwrap_or_else(|| panic!("no type {of}"));
    let (name, fields) = rest.split_once(' ').expect("a record and its fields");
    let at = match name.strip_prefix('#') {
        Some(_) => spelled(store, name).parse().expect("an id"),
        None => id(name),
    };
    if fields == "gone" {
        return writer.gone(place, at, version);
    }
    let fields: Json = json::parse(&spelled(store, fields)).expect("fields");
    let Json::Object(fields) = fields else { panic!("no fields") };
    let value = |field: &Field| {
        let given = fields.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.clone());
        let zero = field.merge == Merge::Delta;
        given.unwrap_or(if zero { Json::Int(0) } else { Json::Null })
    };
    let values: Vec<Json> = schema.types[place].fields.iter().map(value).collect();
    writer.row(place, at, version, &json::write(&values));
}

/// The records that are shown: `site s`, `floor f`, each with the fields that are not empty.
pub fn shown(store: &mut Store, of: &str) -> String {
    list(&store.export(Export::Shown).expect("an export"), of)
}

pub fn confirmed(store: &mut Store, of: &str) -> String {
    list(&store.export(Export::Confirmed).expect("an export"), of)
}

/// `s{name:A} t{name:B}`
fn list(lines: &[String], of: &str) -> String {
    let own = lines.iter().filter_map(|line| {
        let Json::Object(entries) = json::parse(line).expect("JSON") else { panic!("no object") };
        let Json::Object(fields) = &entries[3].1 else { panic!("no fields") };
        let given = fields.iter().filter(|(_, value)| !matches!(value, Json::Null | Json::Int(0)));
        let given = given.map(|(name, value)| format!("{name}:{}", brief(value)));
        let name = brief(&entries[1].1);
        (entries[0].1 == Json::from(of)).then(|| format!("{name}{{{}}}", given.collect::<Vec<_>>().join(" ")))
    });
    own.collect::<Vec<_>>().join(" ")
}

fn brief(json: &Json) -> String {
    match json {
        Json::Text(text) => match RecordId::parse(text) {
            Ok(id) if id.bytes()[..15] == [0; 15] => char::from(id.bytes()[15]).to_string(),
            Ok(_) => "+".to_owned(),
            Err(_) => text.clone(),
        },
        other => json::write(other),
    }
}

/// The states of the ops in the log, in their order.
pub fn states(store: &mut Store) -> Vec<OpState> {
    let filter = LogFilter { state: None, from: None, max: 10_000, newest_first: false };
    store.log(filter).expect("the log").iter().map(|entry| entry.state).collect()
}

pub fn in_doubt(store: &mut Store) -> String {
    crate::world::in_doubt(store)
}

/// Everything that is shown.
pub fn all(store: &mut Store) -> Vec<String> {
    store.export(Export::Shown).expect("an export")
}

/// The row of a conflict: about the phone of customer c, held by op `seq`.
pub fn phone_conflict(seq: u64, pair: u64, state: &str, mine: &str, theirs: &str) -> String {
    format!(
        r##"conflict #{seq} {{"state":"{state}","type":"customer","record":"@c","label":"Ann","action":"edit","by":"Nancy","made_at":"2026-05-19T09:14:23.000Z","theirs_by":"Bo","units":[{{"type":"customer","id":"@c","label":"Ann","unit":"phone","kind":"edit","base":{{"phone":"1"}},"theirs":{{"phone":"{theirs}"}},"mine":{{"phone":"{mine}"}}}}],"pair":{pair},"held":1}}"##
    )
}
