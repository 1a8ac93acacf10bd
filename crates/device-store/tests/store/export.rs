//! The export is the server's own text: fields in the order of the schema, values in their one spelling.

use fieldbook_device_store::{Export, Store};
use fieldbook_model::{Fields, Json, Version, WallTime, json};
use fieldbook_protocol::page::{PageEnd, PageStart, PageWriter};

use crate::world::{act, columns, cursor, id, identity, insert, moment, news, with};

const VALUES: &str = r#"["é \"x\"\n",-7,"-0.05","118.5000",true,"2024-02-29","2026-05-19T08:14:23.000Z","b",{"b":[1.5,null],"a":1e300},["a","b"],"00000000-0000-0000-0000-000000000070","0000000000000000000000000000000000000000000000000000000000000000"]"#;
const NAMES: [&str; 12] =
    ["text", "whole", "exact", "money", "flag", "day", "at", "word", "json", "set", "ref", "blob"];

fn line(values: &[Json], version: u64) -> String {
    let fields = NAMES.iter().zip(values).map(|(name, value)| format!("\"{name}\":{}", json::write(value)));
    let fields = fields.collect::<Vec<_>>().join(",");
    format!(r#"{{"type":"thing","id":"{}","version":{version},"fields":{{{fields}}}}}"#, id("t"))
}

fn page(values: &[&str]) -> String {
    let mut writer = PageWriter::new(&PageStart {
        from: cursor(0),
        base: Version(0),
        view: String::new(),
        join: None,
        load: None,
        cuts: None,
        places: Vec::new(),
    });
    writer.columns(&columns("thing"));
    for (place, values) in values.iter().enumerate() {
        writer.row(0, id(["t", "u"][place]), Version(5), values);
    }
    writer.end(&PageEnd {
        backup: None,
        to: cursor(5),
        head: Version(5),
        hash: fieldbook_model::chain::Hash::ZERO,
        head_hash: None,
        fork: None,
        horizon: None,
        more: false,
        schema: 3,
        newest: 3,
        time: WallTime(0),
    })
}

#[test]
fn every_kind_of_value_comes_back_as_the_server_wrote_it() {
    let values: Vec<Json> = json::parse(VALUES).expect("values");
    let empty = vec![Json::Null; 12];
    for row in [&values, &empty] {
        // Straight from a page, and through an image under a pending op.
        let mut store = Store::memory(&identity()).expect("a store");
        store.incoming(&page(&[&json::write(row)])).expect("a page");
        let expected = vec![line(row, 5)];
        assert_eq!(store.export(Export::Shown), Ok(expected.clone()));
        let change = crate::world::set("thing", id("t"), Fields::from([("text", Json::from("mine"))]));
        let wanted =
            fieldbook_device_store::Action { action: "edit".into(), key: None, changes: vec![change] };
        store.act(moment(1), wanted).expect("an act");
        assert_eq!(store.export(Export::Confirmed), Ok(expected));
        let mut mine = row.clone();
        mine[0] = Json::from("mine");
        assert_eq!(store.export(Export::Shown), Ok(vec![line(&mine, 5)]));
    }
}

#[test]
fn an_insert_shows_what_the_server_will_write() {
    let values: Vec<Json> = json::parse(VALUES).expect("values");
    let mut store = with("p Tea 10 @1");
    let fields =
        Fields(NAMES.iter().zip(&values).map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
    let changes = vec![insert("thing", id("t"), fields)];
    let wanted = fieldbook_device_store::Action { action: "edit".into(), key: None, changes };
    store.act(moment(1), wanted).expect("an act");
    assert_eq!(store.export(Export::Shown).expect("an export")[1], line(&values, 0));
    assert_eq!(store.export(Export::Confirmed).expect("an export").len(), 1);
}

#[test]
fn an_export_is_sorted_by_type_and_id() {
    let mut store = with("q Mug 5 @1; a Ant 1 @2; p Tea 10 @3");
    act(&mut store, "ins b Bee 1");
    news(&mut store, "c Cup 1 @4").expect("news");
    let fields = [("amount", Json::from("1"))];
    let changes =
        vec![insert("payment", id("z"), fields.into()), insert("thing", id("a"), Fields::default())];
    let wanted = fieldbook_device_store::Action { action: "count".into(), key: None, changes };
    store.act(moment(9), wanted).expect("an act");
    let lines = store.export(Export::Shown).expect("an export");
    let mut sorted = lines.clone();
    sorted.sort();
    assert_eq!((lines.len(), &lines), (7, &sorted));
    let confirmed = store.export(Export::Confirmed).expect("an export");
    assert_eq!(confirmed.len(), 4);
    assert!(confirmed.iter().all(|line| lines.contains(line)));
}
