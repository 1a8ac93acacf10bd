//! A device leaves out what is old: what goes, what stays, and what may come back.

use fieldbook_device_store::{Export, Pruned, Pruning};
use fieldbook_model::RecordId;
use fieldbook_model::planted::Defect;
use fieldbook_model::schema::toml;
use fieldbook_server_store::SqliteStore;
use fieldbook_sim::World;
use fieldbook_sim::pair::{Device, WORKSPACE};

use crate::tools::{A, B, act, away, back, estate_with, floor, has, id, needs, shows};

/// Two floors, `$3` and `$4`. On the ground floor the visit `$5` of March with the finding `$6`, and the visit `$7` of May.
/// Both devices have all of it.
fn visits() -> World {
    estate_with(
        r#"[{"insert":"estate","id":"$1","fields":{"name":"estate"}},
            {"insert":"building","id":"$2","fields":{"estate":"$1","name":"house"}},
            {"insert":"floor","id":"$3","fields":{"building":"$2","name":"ground"}},
            {"insert":"floor","id":"$4","fields":{"building":"$2","name":"attic"}},
            {"insert":"visit","id":"$5","fields":{"floor":"$3","day":"2026-03-01","text":"first"}},
            {"insert":"finding","id":"$6","fields":{"visit":"$5","text":"damp"}},
            {"insert":"visit","id":"$7","fields":{"floor":"$3","day":"2026-05-01","text":"second"}}]"#,
    )
}

fn before(day: &str) -> Pruning {
    Pruning { before: day.into(), of: None, scope: None }
}

fn prune(world: &mut World, wish: &Pruning) -> Pruned {
    world.prune(B, wish).expect("a cut-off")
}

#[test]
fn what_is_old_goes_with_what_it_owns_and_is_counted() {
    let mut world = visits();
    let pruned = prune(&mut world, &before("2026-04-01"));
    let counts: Vec<(&str, u64)> = pruned.types.iter().map(|(of, count, _)| (of.as_str(), *count)).collect();
    assert_eq!(counts, [("visit", 1), ("finding", 1)]);
    assert!(!has(&mut world, B, id(5)) && !has(&mut world, B, id(6)) && has(&mut world, B, id(7)));
    let cuts = world.devices[B].store.cut_offs().expect("cut-offs");
    assert_eq!(cuts[0].pruned.values().sum::<u64>(), 2, "the counts stay");
    world.settle();
    world.unprune(B);
    world.play_for(3_000);
    assert!(has(&mut world, B, id(5)) && has(&mut world, B, id(6)), "it is back");
    world.settle();
}

/// Somebody goes on working on what this device left out: neither the live stream, nor a pull after a night, nor a
/// fresh snapshot brings it.
#[test]
fn rule_35_what_was_pruned_does_not_come_back_unasked() {
    needs(Defect::PrunedComesBack, || {
        let mut world = visits();
        prune(&mut world, &before("2026-04-01"));
        world.play_for(3_000);
        act(&mut world, A, r#"[{"update":"visit","id":"$5","set":{"text":"again"}}]"#);
        world.play_for(3_000);
        assert!(!has(&mut world, B, id(5)), "by the live stream");
        away(&mut world, B);
        act(&mut world, A, r#"[{"update":"finding","id":"$6","set":{"text":"wet"}}]"#);
        act(&mut world, A, r#"[{"insert":"finding","id":"$8","fields":{"visit":"$5","text":"mould"}}]"#);
        back(&mut world, B);
        assert!(!has(&mut world, B, id(6)) && !has(&mut world, B, id(8)), "by a pull");
        world.load(B, &floor(4), false);
        world.settle();
        assert!(!has(&mut world, B, id(5)));
    });
}

/// The unsent edit of an old visit stays on the screen until it is done, and is done.
#[test]
fn rule_34_pruning_keeps_what_pending_ops_touch() {
    needs(Defect::PruneDropsPending, || {
        let mut world = visits();
        away(&mut world, B);
        act(&mut world, B, r#"[{"update":"visit","id":"$5","set":{"text":"mine"}}]"#);
        assert_eq!(prune(&mut world, &before("2026-04-01")).stay, 1);
        assert!(shows(&mut world, B, "mine"), "what is not sent stays on the screen");
        assert!(!has(&mut world, B, id(6)));
        back(&mut world, B);
        assert!(!has(&mut world, B, id(5)), "it goes when it is settled");
        assert!(shows(&mut world, A, "mine"));
        world.settle();
    });
}

/// What is deleted here and not sent yet has no row to go. Its deletion brings none back: the pages leave it out.
#[test]
fn rule_34_what_is_deleted_here_goes_with_its_verdict() {
    let mut world = visits();
    away(&mut world, B);
    act(&mut world, B, r#"[{"delete":"visit","id":"$5"}]"#);
    prune(&mut world, &before("2026-04-01"));
    back(&mut world, B);
    assert!(!has(&mut world, B, id(5)) && !has(&mut world, B, id(6)), "with what it owned");
    world.settle();
}

/// A cut-off of one floor follows what moves.
#[test]
fn a_visit_that_moves_below_a_cut_off_goes_and_one_that_moves_away_comes() {
    let mut world = visits();
    let ground = Pruning { scope: Some(floor(3)), ..before("2026-06-01") };
    let pruned = prune(&mut world, &ground);
    assert_eq!((pruned.types[0].0.as_str(), pruned.types[0].1), ("visit", 2));
    act(&mut world, A, r#"[{"update":"visit","id":"$5","set":{"floor":"$4"}}]"#);
    world.play_for(3_000);
    assert!(has(&mut world, B, id(5)) && has(&mut world, B, id(6)), "the attic is here");
    act(&mut world, A, r#"[{"update":"visit","id":"$5","set":{"floor":"$3"}}]"#);
    world.play_for(3_000);
    assert!(!has(&mut world, B, id(5)) && !has(&mut world, B, id(6)));
    world.load(B, &floor(3), true);
    world.settle();
    assert!(has(&mut world, B, id(7)), "whoever loads a floor wants all of it");
}

/// What is made on a device that leaves it out is sent, and goes when it is done.
#[test]
fn an_old_record_that_is_made_here_reaches_the_others() {
    let mut world = visits();
    prune(&mut world, &before("2026-04-01"));
    world.play_for(2_000);
    act(
        &mut world,
        B,
        r#"[{"insert":"visit","id":"$8","fields":{"floor":"$3","day":"2026-01-01","text":"late"}}]"#,
    );
    assert!(shows(&mut world, B, "late"));
    world.settle();
    assert!(shows(&mut world, A, "late") && !has(&mut world, B, id(8)));
}

/// Of 20,000 records on a real, encrypted file one of ten stays.
#[test]
fn the_file_on_disk_gets_smaller() {
    let text = r#"
schema = "readings"
version = 1
[type.reading]
insert-only = true
prune = "n"
[type.reading.field]
n    = { kind = "integer" }
text = { kind = "text" }
"#;
    let schema = toml::read("readings.toml", text).expect("a schema");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("device.db");
    let mut server =
        SqliteStore::create_clear(&folder.path().join("server.db"), &schema, WORKSPACE).expect("a server");
    let mut device = Device::create(&file, 1, &schema);
    for batch in 0..40_u64 {
        let insert = |n: u64| {
            let (id, words) = (
                RecordId::v7(
                    batch + 1,
                    (n * 500 + batch).to_be_bytes().repeat(2)[..10].try_into().expect("ten"),
                ),
                "x".repeat(100),
            );
            format!(
                r#"{{"insert":"reading","id":"{id}","fields":{{"n":{},"text":"{words}"}}}}"#,
                batch * 500 + n
            )
        };
        let inserts: Vec<String> = (0..500).map(insert).collect();
        device.act(&format!("[{}]", inserts.join(",")));
    }
    // A push takes a few of them.
    (0..10).for_each(|_| device.sync(&mut server));
    let large = std::fs::metadata(&file).expect("the file").len();
    let pruned = device.store.prune(&before("18000"), false).expect("a cut-off");
    assert_eq!(pruned.types[0].1, 18_000);
    device.store.shrink().expect("a smaller file");
    let small = std::fs::metadata(&file).expect("the file").len();
    // The log of what was done here stays.
    assert!(small < large * 2 / 3, "{large} bytes, then {small}");
    device.sync(&mut server);
    assert_eq!(device.store.export(Export::Confirmed).expect("an export").len(), 2_000);
}
