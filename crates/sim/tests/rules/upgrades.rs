//! What an upgrade brings from one version to the next beside the rows: what waits, what was done, what is to be decided
//! (rule 48, I36). Played on the real stores, in files.

use fieldbook_device_store::{Asks, Follow, Which, Wish};
use fieldbook_device_sync::Applied;
use fieldbook_model::schema::toml;
use fieldbook_protocol::Verdict;
use fieldbook_sim::pair;

use crate::shop::{Shop, THREE, shown};
use crate::tools::filled;

/// An earlier op of the same author wrote a part, and the base of the later one does not know it: the server counts it to
/// the later one too, so the device shows it.
#[test]
fn rule_48_a_part_that_its_author_wrote_just_before_is_shown_as_theirs() {
    let mut shop = Shop::new();
    shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Ann Jones"}}]"#));
    shop.b.push(&mut shop.server).expect("answers");
    shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Anna Jones"}}]"#));
    shop.upgrade(2);
    shop.a.sync(&mut shop.server);
    shop.a.act(&filled(r#"[{"update":"client","id":"$2","set":{"last":"King"}}]"#));
    shop.a.sync(&mut shop.server);
    assert!(matches!(shop.b.pull(&shop.server), Applied::Outgrown { .. }));
    shop.b.upgrade(&shop.server);
    shop.b.pull(&shop.server);
    assert!(shown(&mut shop.b, r#""first":"Anna","last":"Jones""#), "as the server will have it");
    shop.level();
    assert!(shop.shows(r#""first":"Anna","last":"Jones""#));
}

/// An older app shows a word that only a newer version knows, and what it replaced can be put back.
#[test]
fn an_undo_puts_a_word_back_that_its_device_does_not_know() {
    let mut shop = Shop::new();
    shop.b.store.follow(Follow::App).expect("a note");
    shop.upgrade(2);
    shop.a.sync(&mut shop.server);
    shop.a.act(&filled(r#"[{"update":"article","id":"$1","set":{"state":"gone"}}]"#));
    shop.a.sync(&mut shop.server);
    shop.b.sync(&mut shop.server);
    shop.b.act(&filled(r#"[{"update":"product","id":"$1","set":{"state":"open"}}]"#));
    let moment = shop.b.moment();
    shop.b.store.undo(moment, None, Asks::First).expect("an undo");
    assert!(shown(&mut shop.b, r#""state":"gone""#));
    shop.b.store.follow(Follow::Server).expect("a note");
    shop.level();
    assert!(shop.shows(r#""state":"gone""#));
}

/// A field that is new came with the record. Who deleted that, or brought it back, has not changed it.
#[test]
fn nobody_disagrees_about_a_field_that_came_with_a_version() {
    let mut shop = Shop::new();
    shop.a.act(&filled(r#"[{"delete":"product","id":"$1"}]"#));
    shop.a.act(&filled(r#"[{"restore":"product","id":"$1"}]"#));
    shop.a.sync(&mut shop.server);
    let four = THREE.replace("version = 3", "version = 4").replace(
        "title = { kind",
        "colour = { kind = \"text\", max = 9, merge = \"manual\" }\ntitle = { kind",
    );
    let four = toml::read("shop.toml", &four).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
    shop.upgrade(2);
    shop.upgrade(3);
    pair::upgrade(&mut shop.server, &four);
    // It has the version, and none of the news yet.
    shop.b.upgrade(&shop.server);
    shop.b.act(&filled(r#"[{"update":"article","id":"$1","set":{"colour":"red"}}]"#));
    let answers = shop.b.push(&mut shop.server).expect("answers");
    assert_eq!(answers[0].verdict, Verdict::Committed);
    shop.level();
    assert!(shop.shows(r#""colour":"red""#));
}

/// The parts of a text are listed in the order in which a server lists them, so that nothing looks changed to it.
#[test]
fn a_conflict_about_a_text_that_was_split_can_be_decided() {
    let split = r#"
[[step]]
to = 4
split = { type = "article", field = "title", into = ["top", "below"], by = " " }"#;
    let title = "title = { kind = \"text\", max = 100, merge = \"manual\" }";
    let parts = format!("{}\n{}", title.replace("title", "top"), title.replace("title", "below"));
    let four = THREE
        .replace("version = 3", "version = 4")
        .replace("label = \"title\"", "label = \"top\"")
        .replace(title, &parts);
    let four = toml::read("shop.toml", &(four + split)).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
    let mut shop = Shop::new();
    for (device, name) in [(&mut shop.a, "green tea"), (&mut shop.b, "black coffee")] {
        device.act(&filled(&format!(r#"[{{"update":"product","id":"$1","set":{{"name":"{name}"}}}}]"#)));
    }
    shop.a.sync(&mut shop.server);
    shop.b.sync(&mut shop.server);
    shop.upgrade(2);
    shop.upgrade(3);
    pair::upgrade(&mut shop.server, &four);
    shop.a.sync(&mut shop.server);
    let conflict = shop.a.store.conflicts(Which::Open).expect("conflicts").remove(0);
    let units: Vec<_> = conflict.units.iter().map(|unit| unit.unit.as_deref()).collect();
    assert_eq!(units, [Some("below"), Some("top")]);
    let moment = shop.a.moment();
    shop.a.store.resolve(moment, conflict.id, &Wish::Mine).expect("a decision");
    let answers = shop.a.push(&mut shop.server).expect("answers");
    assert_eq!(answers[0].verdict, Verdict::Committed, "what is decided has not changed");
    shop.level();
    assert!(shop.shows(r#""top":"black","below":"coffee""#));
}

/// An op is in doubt because a record that it names was deleted. What it says of that record is only about a field that a
/// newer version drops, and the rest of it is not shown for all that.
#[test]
fn rule_02_an_op_in_doubt_stays_so_when_what_did_not_fit_is_about_a_dropped_field() {
    let mut shop = Shop::new();
    shop.b.act(&filled(
        r#"[{"update":"product","id":"$1","set":{"name":"chai"}},{"update":"client","id":"$2","set":{"note":"late"}}]"#,
    ));
    shop.a.act(&filled(r#"[{"delete":"client","id":"$2"}]"#));
    shop.a.sync(&mut shop.server);
    shop.b.pull(&shop.server);
    assert!(!shown(&mut shop.b, "chai"), "half of an op is shown");
    shop.upgrade(2);
    shop.upgrade(3);
    assert!(matches!(shop.b.pull(&shop.server), Applied::Outgrown { .. }));
    shop.b.upgrade(&shop.server);
    assert!(!shown(&mut shop.b, "chai"), "half of an op is shown");
    shop.level();
    assert!(shop.shows("chai"), "only the server gives verdicts");
}

/// An older app has two parts as one text, from which they cannot be told again. What its author wrote there is what all will
/// have, and what is shown as soon as the parts have come.
#[test]
fn rule_48_what_a_part_was_is_not_told_from_the_text_that_it_was_read_in() {
    let mut shop = Shop::new();
    shop.b.store.follow(Follow::App).expect("a note");
    shop.upgrade(2);
    shop.a.sync(&mut shop.server);
    shop.a.act(&filled(r#"[{"update":"client","id":"$2","set":{"first":"Ann Marie"}}]"#));
    shop.a.sync(&mut shop.server);
    shop.b.sync(&mut shop.server);
    assert!(shown(&mut shop.b, r#""name":"Ann Marie Smith""#));
    shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Bo Marie Smith"}}]"#));
    shop.b.store.follow(Follow::Server).expect("a note");
    assert!(matches!(shop.b.pull(&shop.server), Applied::Outgrown { .. }));
    shop.b.upgrade(&shop.server);
    shop.b.pull(&shop.server);
    assert!(shown(&mut shop.b, r#""first":"Bo","last":"Marie Smith""#), "as the server will have it");
    shop.level();
    assert!(shop.shows(r#""first":"Bo","last":"Marie Smith""#), "what its author wrote");
}

/// What waits is shown as the new version has it at once, also before the next pull: of a text that was split it says only the part
/// that its author changed, and the other is whoever's changed it last.
#[test]
fn rule_48_what_waits_is_shown_anew_with_the_new_version() {
    let mut shop = Shop::new();
    shop.b.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Ann Jones"}}]"#));
    shop.a.act(&filled(r#"[{"update":"client","id":"$2","set":{"name":"Bo Smith"}}]"#));
    shop.a.sync(&mut shop.server);
    shop.b.pull(&shop.server);
    assert!(shown(&mut shop.b, r#""name":"Ann Jones""#));
    shop.upgrade(2);
    shop.b.upgrade(&shop.server);
    assert!(shown(&mut shop.b, r#""first":"Bo","last":"Jones""#), "as the server will have it");
    shop.level();
    assert!(shop.shows(r#""first":"Bo","last":"Jones""#));
}
