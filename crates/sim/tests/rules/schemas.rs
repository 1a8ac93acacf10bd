//! Schemas that live for years: ops that waited under an older version, devices of three versions beside each other, and
//! the way back to what was there before (rule 48, I36). Played on the real stores, in files.

use fieldbook_device_store::{Asks, Follow, OpState, Which, Wish};
use fieldbook_device_sync::Applied;
use fieldbook_model::chain::Hash;
use fieldbook_model::planted::Defect;
use fieldbook_model::schema::toml;
use fieldbook_model::{Epoch, Schema, Seq, Version};
use fieldbook_protocol::schema::{Released, SchemaReply};
use fieldbook_protocol::{ProblemCode, Verdict};
use fieldbook_server_store::{SqliteStore, Store as _};
use fieldbook_sim::pair::{self, Device, WORKSPACE};

use crate::shop::{Shop, THREE, schema, shown};
use crate::tools::{filled, needs};

/// A fourth version, in which articles have a colour of a kind.
fn coloured(kind: &str) -> Schema {
    let colour = format!("colour = {{ kind = {kind} }}\ntitle = {{ kind");
    let four = THREE.replace("version = 3", "version = 4").replace("title = { kind", &colour);
    toml::read("shop.toml", &four).unwrap_or_else(|wrong| panic!("{wrong:#?}"))
}

#[test]
fn rule_48_an_op_that_waited_under_an_older_version_applies() {
    needs(Defect::OpsStayUntranslated, || {
        let mut shop = Shop::new();
        shop.b.act(&filled(
            r#"[{"update":"product","id":"$1","set":{"name":"chai","state":"open"},"add":{"stock":-3}}]"#,
        ));
        shop.b.act(&filled(r#"[{"insert":"client","id":"$3","fields":{"name":"Ben","code":"Y"}}]"#));
        shop.upgrade(2);
        shop.upgrade(3);
        let answers = shop.b.push(&mut shop.server).expect("answers");
        assert!(answers.iter().all(|answer| answer.verdict == Verdict::Committed), "{answers:?}");
        assert!(shop.shows(r#""fields":{"title":"chai","stock":"7.00","state":"open"}"#));
        assert!(shop.shows(r#""fields":{"first":"Ben","last":null,"code":"Y","mail":null}"#));
        shop.level();
    });
}

#[test]
fn rule_48_what_waits_is_shown_on_top_after_the_device_was_brought_to_the_newer_version() {
    needs(Defect::OpsStayUntranslated, || {
        let mut shop = Shop::new();
        shop.b.act(&filled(r#"[{"update":"product","id":"$1","set":{"name":"chai"},"add":{"stock":-3}}]"#));
        shop.upgrade(2);
        assert!(matches!(shop.b.pull(&shop.server), Applied::Outgrown { .. }));
        shop.b.upgrade(&shop.server);
        assert!(shown(&mut shop.b, r#""fields":{"name":"chai","stock":"7.00","state":"closed"}"#));
        shop.a.sync(&mut shop.server);
        shop.a.act(&filled(r#"[{"update":"article","id":"$1","add":{"stock":"0.5"}}]"#));
        shop.a.sync(&mut shop.server);
        shop.b.pull(&shop.server);
        assert!(shown(&mut shop.b, r#""fields":{"name":"chai","stock":"7.50","state":"closed"}"#));
        shop.level();
    });
}

#[test]
fn rule_48_a_split_text_stamps_only_the_part_that_its_author_changed() {
    needs(Defect::SplitWritesAllParts, || {
        let mut shop = Shop::new();
        shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Ann Smythe"}}]"#));
        shop.upgrade(2);
        shop.a.sync(&mut shop.server);
        shop.a.act(&filled(r#"[{"update":"client","id":"$2","set":{"first":"Anna"}}]"#));
        shop.a.sync(&mut shop.server);
        shop.b.push(&mut shop.server).expect("answers");
        assert!(shop.shows(r#""first":"Anna","last":"Smythe""#), "only the last name was changed");
        shop.level();
    });
}

#[test]
fn rule_48_what_an_author_wrote_before_is_no_part_that_they_left_as_it_was() {
    let mut shop = Shop::new();
    shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Anna Jones"}}]"#));
    // Back to the first name that the server has, and without a last one.
    shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Ann"}}]"#));
    shop.upgrade(2);
    shop.b.push(&mut shop.server).expect("answers");
    assert!(shop.shows(r#""first":"Ann","last":null"#), "the later of two own edits stands");
    shop.level();
}

#[test]
fn rule_48_nor_is_what_they_wrote_earlier_in_the_same_action() {
    let mut shop = Shop::new();
    shop.b.act(&filled(
        r#"[{"update":"client","id":"$2","set":{"name":"Anna Jones"}},{"update":"client","id":"$2","set":{"name":"Ann"}}]"#,
    ));
    shop.upgrade(2);
    assert!(matches!(shop.b.pull(&shop.server), Applied::Outgrown { .. }));
    shop.b.upgrade(&shop.server);
    assert!(shown(&mut shop.b, r#""first":"Ann","last":null"#), "as its author was shown it");
    shop.b.push(&mut shop.server).expect("answers");
    assert!(shop.shows(r#""first":"Ann","last":null"#), "the later of two own edits stands");
    shop.level();
}

#[test]
fn rule_48_an_op_about_a_dropped_field_alone_keeps_no_device_from_upgrading() {
    let mut shop = Shop::new();
    shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"note":"late"}}]"#));
    shop.upgrade(2);
    shop.upgrade(3);
    assert!(matches!(shop.b.pull(&shop.server), Applied::Outgrown { .. }));
    shop.b.upgrade(&shop.server);
    shop.level();
}

#[test]
fn a_conflict_about_what_an_older_app_does_not_know_is_for_others_to_decide() {
    let mut shop = Shop::new();
    let four = coloured(r#""text", max = 9, merge = "manual""#);
    shop.upgrade(2);
    shop.upgrade(3);
    shop.b.sync(&mut shop.server);
    shop.b.store.follow(Follow::App).expect("a note");
    pair::upgrade(&mut shop.server, &four);
    shop.a.sync(&mut shop.server);
    let mut c = Device::create(&shop.path("c.db"), 3, &four);
    c.sync(&mut shop.server);
    for (device, colour) in [(&mut shop.a, "red"), (&mut c, "blue")] {
        device.act(&filled(&format!(r#"[{{"update":"article","id":"$1","set":{{"colour":"{colour}"}}}}]"#)));
    }
    shop.a.sync(&mut shop.server);
    c.sync(&mut shop.server);
    shop.b.sync(&mut shop.server);
    let conflict = shop.b.store.conflicts(Which::Open).expect("conflicts").remove(0);
    assert!(!format!("{conflict:?}").contains("blue"), "no value of what it does not have: {conflict:?}");
    let moment = shop.b.moment();
    let refused = shop.b.store.resolve(moment, conflict.id, &Wish::Mine).expect_err("refused");
    assert!(refused.to_string().contains("does not know yet"), "{refused}");
    shop.a.pull(&shop.server);
    let moment = shop.a.moment();
    shop.a.store.resolve(moment, conflict.id, &Wish::Mine).expect("a decision");
    shop.b.store.follow(Follow::Server).expect("a note");
    shop.level();
    assert!(shop.shows(r#""colour":"blue""#));
}

/// A newer app fills in what its server does not know yet. Others change all else of the article meanwhile, and nobody that.
#[test]
fn rule_48_nobody_but_who_made_a_record_wrote_what_is_new_of_it() {
    let mut shop = Shop::new();
    let four = coloured(r#""text", max = 9, merge = "manual", default = "grey""#);
    shop.upgrade(2);
    shop.upgrade(3);
    shop.a.sync(&mut shop.server);
    shop.b.sync(&mut shop.server);
    let ahead = Released { at: Version(u64::MAX >> 1), hash: Hash::ZERO, schema: four.clone() };
    shop.b.store.upgrade(&SchemaReply { epoch: Epoch(1), schemas: vec![ahead] }).expect("an upgrade");
    shop.b.act(&filled(r#"[{"update":"article","id":"$1","set":{"colour":"red"}}]"#));
    for changes in [
        r#"[{"update":"article","id":"$1","set":{"title":"chai","state":"gone"},"add":{"stock":"1"}}]"#,
        r#"[{"delete":"article","id":"$1"}]"#,
        r#"[{"restore":"article","id":"$1"}]"#,
    ] {
        shop.a.act(&filled(changes));
    }
    shop.a.sync(&mut shop.server);
    pair::upgrade(&mut shop.server, &four);
    let answers = shop.b.push(&mut shop.server).expect("answers");
    assert_eq!(answers[0].verdict, Verdict::Committed);
    shop.level();
    assert!(shop.shows(r#""title":"chai""#) && shop.shows(r#""colour":"red""#));
}

#[test]
fn rule_48_an_undo_takes_back_what_was_done_under_an_older_version() {
    needs(Defect::HistoryStaysUntranslated, || {
        let mut shop = Shop::new();
        shop.a.act(&filled(
            r#"[{"update":"product","id":"$1","set":{"name":"chai","state":"open"},"add":{"stock":-3}},
                {"update":"client","id":"$2","set":{"name":"Ann Smythe"}}]"#,
        ));
        shop.a.sync(&mut shop.server);
        shop.upgrade(2);
        shop.upgrade(3);
        let moment = shop.a.moment();
        shop.a.store.undo(moment, Some(Seq(2)), Asks::First).expect("an undo under the older version");
        shop.level();
        assert!(shop.shows(r#""fields":{"title":"tea","stock":"10.00","state":"closed"}"#));
        assert!(shop.shows(r#""first":"Ann","last":"Smith""#));
        let moment = shop.a.moment();
        shop.a.store.redo(moment, None, Asks::First).expect("a redo under the newer version");
        shop.level();
        assert!(shop.shows(r#""fields":{"title":"chai","stock":"7.00","state":"open"}"#));
    });
}

#[test]
fn a_conflict_goes_on_across_an_upgrade_and_is_settled_by_either_version() {
    for late in [false, true] {
        let mut shop = Shop::new();
        shop.a.act(&filled(r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#));
        shop.a.sync(&mut shop.server);
        shop.b.act(&filled(r#"[{"update":"product","id":"$1","set":{"name":"mate"},"add":{"stock":-1}}]"#));
        shop.b.act(&filled(r#"[{"update":"product","id":"$1","set":{"state":"open"}}]"#));
        shop.b.sync(&mut shop.server);
        let decide = |device: &mut Device| {
            let conflict = device.store.conflicts(Which::Open).expect("conflicts").remove(0).id;
            let moment = device.moment();
            device.store.resolve(moment, conflict, &Wish::Mine).expect("a decision");
        };
        shop.a.pull(&shop.server);
        match late {
            // Decided offline under the older version, and pushed after the upgrade.
            false => {
                decide(&mut shop.a);
                shop.upgrade(2);
                shop.upgrade(3);
            }
            true => {
                shop.upgrade(2);
                shop.upgrade(3);
                shop.a.sync(&mut shop.server);
                assert!(format!("{:?}", shop.a.store.conflicts(Which::Open)).contains("title"));
                decide(&mut shop.a);
            }
        }
        shop.level();
        assert!(shop.shows(r#""fields":{"title":"mate","stock":"9.00","state":"open"}"#), "late: {late}");
        assert_eq!(shop.b.store.conflicts(Which::Open).expect("conflicts").len(), 0);
    }
}

#[test]
fn an_app_that_was_not_updated_goes_on_writing_and_reading() {
    let mut shop = Shop::new();
    shop.b.store.follow(Follow::App).expect("a note");
    shop.upgrade(2);
    shop.a.sync(&mut shop.server);
    shop.a.act(&filled(
        r#"[{"update":"article","id":"$1","set":{"state":"gone"},"add":{"stock":"0.4"}},
            {"insert":"client","id":"$3","fields":{"first":"Ben","last":"Mole","mail":"b@x"}}]"#,
    ));
    shop.a.sync(&mut shop.server);
    shop.b.sync(&mut shop.server);
    assert_eq!(shop.b.store.facts().expect("facts").schema, 1);
    assert!(
        shown(&mut shop.b, r#""fields":{"name":"tea","stock":10,"state":"gone"}"#),
        "a word that it does not know"
    );
    assert!(shown(&mut shop.b, r#""fields":{"name":"Ben Mole","code":null,"note":null}"#));
    shop.upgrade(3);
    shop.b.act(&filled(
        r#"[{"update":"product","id":"$1","add":{"stock":2}},
            {"update":"client","id":"$3","set":{"name":"Ben Moore","note":"late"}}]"#,
    ));
    shop.b.sync(&mut shop.server);
    assert!(shop.shows(r#""stock":"12.40","state":"gone""#));
    assert!(
        shop.shows(r#""first":"Ben","last":"Moore","code":null,"mail":"b@x""#),
        "what it cannot see stays"
    );
    assert!(shown(&mut shop.b, r#""note":"late""#), "a dropped field is kept for it");
    shop.b.store.follow(Follow::Server).expect("a note");
    shop.level();
    assert_eq!(shop.b.store.facts().expect("facts").schema, 3);
}

#[test]
fn a_newer_device_waits_for_an_older_server_and_loses_nothing() {
    let mut shop = Shop::new();
    let early = shop.path("early.db");
    drop(SqliteStore::create_clear(&shop.path("other.db"), schema(2), WORKSPACE).expect("a server"));
    shop.upgrade(2);
    // A server that came back without the upgrade: a copy of a time before it.
    let mut old = SqliteStore::create_clear(&early, schema(1), WORKSPACE).expect("a server");
    shop.b.sync(&mut shop.server);
    shop.b.act(&filled(r#"[{"insert":"article","id":"$3","fields":{"name":"cake"}}]"#));
    let problem = shop.b.push(&mut old).expect_err("no answer");
    assert_eq!(problem.code, ProblemCode::HistoryDiffers, "it has to pull first");
    assert_eq!(shop.b.pull(&old), Applied::TooOld);
    // One that has never pulled has no history to differ from.
    let mut new = Device::create(&shop.path("new.db"), 3, schema(2));
    new.act(&filled(r#"[{"insert":"article","id":"$4","fields":{"name":"mug"}}]"#));
    let problem = new.push(&mut old).expect_err("no answer");
    assert_eq!(problem.code, ProblemCode::NewerSchema);
    let log = |shop: &mut Shop| {
        let filter =
            fieldbook_device_store::LogFilter { state: None, from: None, max: 9, newest_first: true };
        shop.b.store.log(filter).expect("a log").remove(0).state
    };
    assert_eq!(log(&mut shop), OpState::InFlight, "it is neither refused nor forgotten");
    shop.b.sync(&mut shop.server);
    assert_eq!(log(&mut shop), OpState::Committed);
    shop.level();
}

#[test]
fn what_is_done_under_three_versions_comes_to_the_same_as_under_the_last() {
    // The same acts, with the upgrades early, between and late.
    let outcomes: Vec<String> = [[0, 0], [1, 2], [2, 3], [3, 3]]
        .iter()
        .map(|upgrades| {
            let mut shop = Shop::new();
            shop.b.store.follow(Follow::App).expect("a note");
            for step in 0..4 {
                for (place, at) in upgrades.iter().enumerate().filter(|(_, at)| **at == step) {
                    assert_eq!(*at, step);
                    shop.upgrade(place + 2);
                }
                let changes = [
                    r#"[{"update":"product","id":"$1","add":{"stock":-2},"set":{"state":"open"}}]"#,
                    r#"[{"update":"client","id":"$2","set":{"name":"Ann Marie Smith"}}]"#,
                    r#"[{"insert":"client","id":"$3","fields":{"name":"Ben","note":"x"}},{"delete":"product","id":"$1"}]"#,
                    r#"[{"restore":"product","id":"$1"},{"update":"client","id":"$3","set":{"code":"Y","name":"Ben A"}}]"#,
                ];
                shop.b.act(&filled(changes[step as usize]));
                shop.b.sync(&mut shop.server);
            }
            shop.b.store.follow(Follow::Server).expect("a note");
            shop.level();
            let export = shop.server.reader().and_then(|mut reader| reader.export()).expect("an export");
            let fields = |line: &String| line.split_once("fields").map(|(_, fields)| fields.to_owned());
            export.iter().filter_map(fields).collect::<Vec<_>>().join("\n")
        })
        .collect();
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:#?}");
    assert!(outcomes[0].contains(r#""title":"tea","stock":"8.00","state":"open""#), "{}", outcomes[0]);
}
