//! A record is shown if and only if all its owners are (rule 18), and nobody acts on what is not shown (rule 53).

use fieldbook_device_store::{DatabaseKey, Reader, Store};
use fieldbook_model::Code;

use crate::estate::{act, confirmed, estate, news, page, pages, person, refusal, shown, try_as};

const BASE: &str = r#"site s {"name":"A"} @1; floor f {"name":"F","site":"@s"} @2;
    asset a {"name":"Pump","floor":"@f"} @3; asset b {"name":"Loose"} @4"#;

struct Case {
    sentence: &'static str,
    acts: &'static [&'static str],
    news: &'static str,
    floors: &'static str,
    assets: &'static str,
}

const CASES: &[Case] = &[
    Case {
        sentence: "what has live owners, or none, is shown",
        acts: &[],
        news: "",
        floors: "f{name:F site:s}",
        assets: "a{name:Pump floor:f} b{name:Loose}",
    },
    Case {
        sentence: "a deleted owner takes its child with it",
        acts: &[],
        news: "floor f gone @5",
        floors: "",
        assets: "b{name:Loose}",
    },
    Case {
        sentence: "and its child's child",
        acts: &[],
        news: "site s gone @5",
        floors: "",
        assets: "b{name:Loose}",
    },
    Case {
        sentence: "a restore brings them all back",
        acts: &[],
        news: r#"site s gone @5 // site s {"name":"A"} @6"#,
        floors: "f{name:F site:s}",
        assets: "a{name:Pump floor:f} b{name:Loose}",
    },
    Case {
        sentence: "a pending delete hides at once",
        acts: &[r#"{"delete":"site","id":"@s"}"#],
        news: "",
        floors: "",
        assets: "b{name:Loose}",
    },
    Case {
        sentence: "a delete that is refused shows them again",
        acts: &[r#"{"delete":"site","id":"@s"}"#],
        news: "no 1 @5",
        floors: "f{name:F site:s}",
        assets: "a{name:Pump floor:f} b{name:Loose}",
    },
    Case {
        sentence: "a pending restore shows them again",
        acts: &[r#"{"delete":"site","id":"@s"}"#, r#"{"restore":"site","id":"@s"}"#],
        news: "",
        floors: "f{name:F site:s}",
        assets: "a{name:Pump floor:f} b{name:Loose}",
    },
    Case {
        sentence: "a child that others insert under a deleted owner is not shown",
        acts: &[],
        news: r#"floor f gone @5 // asset d {"name":"Late","floor":"@f"} @6"#,
        floors: "",
        assets: "b{name:Loose}",
    },
    Case {
        sentence: "nor is one whose owner is deleted above",
        acts: &[],
        news: r#"site s gone @5; floor g {"name":"G","site":"@s"} @6; asset d {"name":"Late","floor":"@g"} @7"#,
        floors: "",
        assets: "b{name:Loose}",
    },
    Case {
        sentence: "a child that moves to a live owner is shown",
        acts: &[],
        news: r#"site s gone @5; floor g {"name":"G"} @6; asset a {"name":"Pump","floor":"@g"} @7"#,
        floors: "g{name:G}",
        assets: "a{name:Pump floor:g} b{name:Loose}",
    },
    Case {
        sentence: "the child of a refused insert is not shown",
        acts: &[
            r#"{"insert":"site","id":"@t","fields":{"name":"T"}}"#,
            r#"{"insert":"floor","id":"@g","fields":{"name":"G","site":"@t"}}"#,
        ],
        news: "no 1 @5",
        floors: "f{name:F site:s}",
        assets: "a{name:Pump floor:f} b{name:Loose}",
    },
];

#[test]
fn a_child_is_shown_if_and_only_if_its_owners_are() {
    for case in CASES {
        let mut store = estate(BASE);
        case.acts.iter().for_each(|change| drop(act(&mut store, change)));
        pages(&mut store, case.news);
        let found = (shown(&mut store, "floor"), shown(&mut store, "asset"));
        assert_eq!(found, (case.floors.to_owned(), case.assets.to_owned()), "{}", case.sentence);
    }
}

#[test]
fn the_confirmed_state_hides_by_confirmed_owners() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"delete":"site","id":"@s"}"#);
    assert_eq!(confirmed(&mut store, "asset"), "a{name:Pump floor:f} b{name:Loose}");
    news(&mut store, "floor f gone @5").expect("news");
    assert_eq!(confirmed(&mut store, "asset"), "b{name:Loose}");
}

#[test]
fn owners_in_a_circle_are_walked_up() {
    let mut store = estate(
        r#"folder a {"name":"A"} @1; folder b {"name":"B","inside":"@a"} @2; folder c {"name":"C","inside":"@b"} @3;
        folder x {"name":"X","inside":"@y"} @4; folder y {"name":"Y","inside":"@x"} @5"#,
    );
    assert_eq!(
        shown(&mut store, "folder"),
        "a{name:A} b{name:B inside:a} c{name:C inside:b} x{name:X inside:y} y{name:Y inside:x}"
    );
    news(&mut store, "folder a gone @6; folder y gone @7").expect("news");
    assert_eq!(shown(&mut store, "folder"), "");
    act(&mut store, r#"{"restore":"folder","id":"@a"}"#);
    assert_eq!(shown(&mut store, "folder"), "a{name:A} b{name:B inside:a} c{name:C inside:b}");
}

#[test]
fn a_first_load_hides_what_belongs_to_the_deleted() {
    let mut store = Store::memory(&person()).expect("a store");
    act(&mut store, r#"{"insert":"site","id":"@t","fields":{"name":"T"}}"#);
    let first = page(&mut store, 0, true, r#"asset a {"name":"Pump","floor":"@f"} @3"#);
    store.incoming(&first).expect("a page");
    let last = page(&mut store, 3, false, r#"site s gone @5; floor f {"name":"F","site":"@s"} @6; ok 1 @7"#);
    let arrived = store.incoming(&last).expect("the last page");
    assert!(arrived.applied);
    assert_eq!((shown(&mut store, "floor"), shown(&mut store, "asset")), (String::new(), String::new()));
    news(&mut store, r#"site s {"name":"A"} @8"#).expect("news");
    assert_eq!(shown(&mut store, "asset"), "a{name:Pump floor:f}");
}

#[test]
fn whoever_watches_hears_of_what_is_hidden() {
    let mut store = estate(BASE);
    let arrived = news(&mut store, "site s gone @5").expect("news");
    assert_eq!(arrived.changed_types, ["site", "floor", "asset"]);
}

#[test]
fn what_is_not_shown_cannot_be_acted_upon() {
    let mut store = estate(BASE);
    act(&mut store, r#"{"delete":"site","id":"@s"}"#);
    for change in [
        r#"{"update":"asset","id":"@a","set":{"name":"X"}}"#,
        r#"{"update":"asset","id":"@a","add":{"count":1}}"#,
        r#"{"delete":"floor","id":"@f"}"#,
        r#"{"insert":"asset","id":"@n","fields":{"name":"New","floor":"@f"}}"#,
        r#"{"insert":"floor","id":"@n","fields":{"name":"New","site":"@s"}}"#,
        r#"{"update":"asset","id":"@b","set":{"floor":"@f"}}"#,
    ] {
        let refused = refusal(try_as(&mut store, "edit", change));
        assert_eq!(refused.code, Code::NotShown, "{change}");
        assert!(refused.words.contains("is deleted"), "{}", refused.words);
    }
    assert!(store.select_one("asset", "name", "Pump").expect("a search").is_empty());
}

#[test]
fn a_query_sees_through_the_views_and_not_around_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, key) = (dir.path().join("device.db"), DatabaseKey::from_bytes([7; 32]));
    let mut store = Store::create(&path, &key, &person()).expect("a store");
    pages(&mut store, BASE);
    let mut reader = Reader::open(&path, &key).expect("a reader");
    let mut count = |sql: &str| reader.query(sql, None).map(|table| table.lists().collect::<String>());
    assert_eq!(count("SELECT count(*) FROM asset").as_deref(), Ok("[2]"));
    assert_eq!(
        count("SELECT a.name, f.name FROM asset a JOIN floor f ON f.id = a.floor").as_deref(),
        Ok(r#"["Pump","F"]"#)
    );
    news(&mut store, "site s gone @5").expect("news");
    assert_eq!(count("SELECT name FROM asset").as_deref(), Ok(r#"["Loose"]"#));
    assert_eq!(count("SELECT count(*) FROM folder").as_deref(), Ok("[0]"));
    for sql in [
        "SELECT * FROM fb_row_asset",
        "SELECT count(*) FROM fb_row_asset",
        "SELECT count(*) FROM fb_dead",
        "WITH asset AS (SELECT * FROM \"FB_row_asset\") SELECT name FROM asset",
        "SELECT name FROM (SELECT * FROM fb_row_floor) AS floor",
        "SELECT a.name FROM asset a JOIN fb_dead d ON d.id = a.id",
    ] {
        let error = count(sql).expect_err(sql).to_string();
        assert!(error.contains("engine's own"), "{sql}: {error}");
    }
}
