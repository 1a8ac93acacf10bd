//! Device and server compare what they hold: exactly the same part of it, at exactly one version, and with an end.

use fieldbook_device_store::{Compared, Damage, Next, Pruning};
use fieldbook_model::RecordId;
use fieldbook_model::planted::Defect;
use fieldbook_sim::World;

use crate::tools::{A, B, act, away, estate_with, id, needs, shop, shows};

/// On the floor `$3` the visit `$5` of March with the finding `$6`, and the visit `$7` of May. Both devices have it; B leaves out
/// what is older than April.
fn pruned() -> World {
    let mut world = estate_with(
        r#"[{"insert":"estate","id":"$1","fields":{"name":"estate"}},
            {"insert":"building","id":"$2","fields":{"estate":"$1","name":"house"}},
            {"insert":"floor","id":"$3","fields":{"building":"$2","name":"ground"}},
            {"insert":"visit","id":"$5","fields":{"floor":"$3","day":"2026-03-01","text":"first"}},
            {"insert":"finding","id":"$6","fields":{"visit":"$5","text":"damp"}},
            {"insert":"visit","id":"$7","fields":{"floor":"$3","day":"2026-05-01","text":"second"}}]"#,
    );
    world.prune(B, &Pruning { before: "2026-04-01".into(), of: None, scope: None }).expect("a cut-off");
    world.play_for(3_000);
    world
}

fn compares(world: &mut World, device: usize) -> Compared {
    world.compare(device).expect("a device that may read")
}

/// What a device leaves out by age is not in the sum that it is compared with; else each comparison would end in a
/// snapshot, which leaves the same out.
#[test]
fn rule_35_a_pruned_part_is_compared_with_as_much_of_the_server() {
    needs(Defect::SumsOfEverything, || {
        let mut world = pruned();
        let compared = compares(&mut world, B);
        assert_eq!((compared.next, compared.parts), (Next::Nothing, 2));
        let whole = compares(&mut world, A);
        assert_eq!(whole.records, compared.records + 2, "the visit of March and its finding");
        world.settle();
    });
}

/// A page that was read before other news is here says what was there then, and nothing about now.
#[test]
fn rule_35_it_is_compared_at_one_version() {
    needs(Defect::SumsOfAnotherVersion, || {
        let mut world = shop();
        away(&mut world, B);
        let (device, wall) = (world.devices[B].id, world.wall());
        world.devices[B].store.want_compare().expect("a store");
        let request = world.devices[B].store.pull_request().expect("a request");
        let early = world.server.pull(device, request.clone(), wall);
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"coffee"}}]"#);
        world.play_for(3_000);
        for page in world.server.pull(device, request, wall) {
            world.devices[B].store.incoming_at(&page, wall).expect("news");
        }
        for page in early {
            // All of it is known, and it is not compared.
            assert!(world.devices[B].store.incoming_at(&page, wall).is_err());
        }
        assert!(world.differences(B).is_empty());
    });
}

/// A server whose sums are wrong whatever the device does: after two snapshots the device says so and stops, with all
/// that it has. A person may ask again.
#[test]
fn rule_35_after_two_repairs_in_vain_it_stops() {
    needs(Defect::RepairsNeverEnd, || {
        let mut world = shop();
        away(&mut world, B);
        act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        let mut ends = Vec::new();
        for _ in 0..4 {
            ends.push(wrongly(&mut world));
        }
        assert_eq!(ends, [Next::Repair, Next::Repair, Next::Stop, Next::Stop]);
        let store = &mut world.devices[B].store;
        assert!(!store.wants_anew().expect("a store") && !store.wants_compare().expect("a store"));
        assert_eq!(store.facts().expect("a store").pending(), 1, "what waits is kept");
        assert!(shows(&mut world, B, r#""stock":9"#));
        world.devices[B].store.want_compare().expect("a store");
        assert_eq!(wrongly(&mut world), Next::Repair, "a person asked again");
        assert_eq!(compares(&mut world, B).next, Next::Nothing);
        assert_eq!(wrongly(&mut world), Next::Repair, "a success ends the row");
    });
}

/// Device B pulls, and what the server says that it has is wrong.
fn wrongly(world: &mut World) -> Next {
    let (device, wall) = (world.devices[B].id, world.wall());
    let mut request = world.devices[B].store.pull_request().expect("a request");
    request.compare = true;
    let pages = world.server.pull(device, request, wall);
    let mut compared = None;
    for page in pages {
        let wrong = page.replace(r#""is":{"rows":"#, r#""is":{"rows":9"#);
        compared = world.devices[B].store.incoming_at(&wrong, wall).expect("a page").compared;
    }
    compared.expect("it was compared").next
}

/// A row of a floor holds something else, is gone, or is one too many: each is found by the next that a person asks for, and
/// fetched again; what waits stays, and is sent.
#[test]
fn what_is_damaged_in_a_part_is_found_and_mended_and_what_waits_is_kept() {
    for damage in [Damage::Gone, Damage::Extra(RecordId::v7(1, [77; 10]))] {
        let mut world = pruned();
        world.devices[B].damaged = true;
        let damaged = world.devices[B].store.damage(damage, Some("visit"), 0).expect("a store");
        assert_eq!(damaged.map(|(_, id)| id), Some(id(7)), "the visit that is not left out");
        act(&mut world, B, r#"[{"update":"estate","id":"$1","set":{"name":"mine"}}]"#);
        world.want_compare(B);
        world.play_for(3_000);
        let found = world.differences(B);
        assert!(!found.is_empty() && found.iter().all(|it| it.next == Next::Repair), "{found:#?}");
        assert!(!world.devices[B].damaged, "it is mended");
        assert!(shows(&mut world, A, "mine"));
        world.settle();
    }
}

/// By itself a device compares after a day, and not again before the next.
#[test]
fn a_device_compares_once_a_day() {
    let mut world = shop();
    let store = &mut world.devices[B].store;
    let first = store.compared().expect("a store").expect("each pull of the world compares").at;
    let after = |ms: i64| fieldbook_model::WallTime(first.0 + ms);
    for (ms, is_due) in [(1_000, false), (86_399_999, false), (86_400_000, true), (-86_400_000, true)] {
        let request = store.pull_request_at(after(ms)).expect("a request");
        assert_eq!(request.compare, is_due, "{ms} ms later");
    }
    assert!(!store.pull_request().expect("a request").compare, "without a clock only who asks");
}
