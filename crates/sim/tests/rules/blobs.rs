//! Blobs: what records name comes to every device that has them, whatever breaks on the way, and goes with them.

use std::sync::LazyLock;

use fieldbook_device_store::{BlobState, NamedBlob, session};
use fieldbook_device_sync::{Brought, Conditions, Output, Piece};
use fieldbook_model::chain::Hash;
use fieldbook_model::schema::toml;
use fieldbook_model::{Schema, WallTime};
use fieldbook_sim::World;

use crate::tools::{A, B, act, away, back, floor};

/// Floors with plans.
fn schema() -> &'static Schema {
    const TEXT: &str = r#"
schema = "plans"
version = 1

[type.floor]
scope = true
[type.floor.field]
name = { kind = "text" }
plan = { kind = "blob" }

[type.asset]
in = "floor"
[type.asset.field]
floor = { kind = "ref", to = "floor", owner = true, required = true }
photo = { kind = "blob" }
"#;
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| toml::read("plans.toml", TEXT).expect("a schema"));
    &SCHEMA
}

fn bytes(n: u8, count: usize) -> Vec<u8> {
    (0..count).map(|at| (at % 251) as u8 ^ n).collect()
}

/// Two devices that have the floors `$1` and `$2`; the server has a plan of three pieces and a bit for the first.
fn house() -> (World, Hash) {
    let mut world = World::of(schema(), 1, 2, false);
    world.play_for(1_000);
    let sum = world.server.put_blob(bytes(1, (3 << 20) + 70_000));
    let made = format!(
        r#"[{{"insert":"floor","id":"$1","fields":{{"name":"ground","plan":"{sum}"}}}},
            {{"insert":"floor","id":"$2","fields":{{"name":"attic"}}}}]"#
    );
    act(&mut world, A, &made);
    for device in [A, B] {
        world.load(device, &floor(1), true);
        world.load(device, &floor(2), true);
    }
    world.play_for(10_000);
    (world, sum)
}

fn states(world: &mut World, device: usize) -> Vec<BlobState> {
    let named = world.devices[device].store.blobs().expect("a list");
    named.into_iter().map(|NamedBlob { state, .. }| state).collect()
}

fn held(world: &mut World, device: usize, sum: Hash) -> Option<Vec<u8>> {
    world.devices[device].store.blob(sum, 0..u64::MAX).expect("a look")
}

#[test]
fn a_plan_comes_piece_by_piece_to_who_has_its_floor_and_goes_with_it() {
    let (mut world, sum) = house();
    assert_eq!(held(&mut world, B, sum), Some(bytes(1, (3 << 20) + 70_000)));
    let part = world.devices[B].store.blob(sum, 262_100..262_200).expect("a look").expect("a part");
    assert_eq!(part, bytes(1, 262_200)[262_100..]);
    let floors = world.devices[B].store.scopes().expect("scopes");
    assert_eq!((floors[0].blobs.named, floors[0].blobs.here), (1, 1), "{floors:?}");
    world.settle();
    world.devices[B].store.unload(&floor(1)).expect("unloaded");
    assert_eq!(held(&mut world, B, sum), None, "it went with its floor");
    assert!(held(&mut world, A, sum).is_some());
}

#[test]
fn a_cut_in_the_middle_goes_on_where_it_was() {
    let (mut world, _) = house();
    let sum = world.server.put_blob(bytes(2, 4 << 20));
    act(&mut world, A, &format!(r#"[{{"update":"floor","id":"$2","set":{{"plan":"{sum}"}}}}]"#));
    let mut have = 0;
    for _ in 0..2_000 {
        world.play_for(10);
        have = match states(&mut world, B)[1..] {
            [BlobState::NotYet { have }] if have > 0 => have,
            _ => continue,
        };
        break;
    }
    assert!(have > 0 && have < 4 << 20, "it is in the middle: {have}");
    away(&mut world, B);
    world.play_for(60_000);
    // A start anew finds what had come.
    world.kill(B);
    assert!(matches!(states(&mut world, B)[1], BlobState::NotYet { have: now } if now >= have));
    back(&mut world, B);
    assert_eq!(held(&mut world, B, sum), Some(bytes(2, 4 << 20)));
    world.settle();
}

#[test]
fn what_has_another_sum_is_never_kept_and_said() {
    let (mut world, _) = house();
    let sum = world.server.put_blob(bytes(3, 300_000));
    world.server.spoil_blob(sum);
    act(&mut world, A, &format!(r#"[{{"update":"floor","id":"$2","set":{{"plan":"{sum}"}}}}]"#));
    world.play_for(20_000);
    assert_eq!(states(&mut world, B), [BlobState::Here, BlobState::Failed]);
    assert_eq!(held(&mut world, B, sum), None);
    assert_eq!(world.devices[B].store.blobs_to_come().expect("a count"), (0, 0), "nobody hammers");
    // The operator puts it back, and a person asks again.
    world.server.spoil_blob(sum);
    world.kill(B);
    world.play_for(20_000);
    assert_eq!(held(&mut world, B, sum), Some(bytes(3, 300_000)));
}

#[test]
fn what_the_server_has_not_or_what_does_not_fit_is_said_and_holds_nothing_up() {
    let (mut world, _) = house();
    let (small, large) = (world.server.put_blob(bytes(4, 1_000)), world.server.put_blob(bytes(5, 20 << 20)));
    let none = Hash::of(b"nobody ever brought it");
    world.devices[B].store.set_room(Some(8 << 20));
    let made = format!(
        r#"[{{"insert":"asset","id":"$3","fields":{{"floor":"$2","photo":"{large}"}}}},
            {{"insert":"asset","id":"$4","fields":{{"floor":"$2","photo":"{none}"}}}},
            {{"insert":"asset","id":"$5","fields":{{"floor":"$2","photo":"{small}"}}}}]"#
    );
    act(&mut world, A, &made);
    world.play_for(30_000);
    let photos = [BlobState::NoRoom { room: Some(8 << 20) }, BlobState::NotOnServer, BlobState::Here];
    assert_eq!(states(&mut world, B)[..3], photos);
    let named = world.devices[B].store.blobs().expect("a list").swap_remove(0);
    assert_eq!((named.of.as_str(), named.field.as_str(), named.bytes), ("asset", "photo", Some(20 << 20)));
    // With more room it is tried again, and not before.
    act(&mut world, A, r#"[{"update":"floor","id":"$2","set":{"name":"loft"}}]"#);
    world.play_for(30_000);
    assert_eq!(states(&mut world, B)[0], photos[0]);
    world.devices[B].store.set_room(Some(80 << 20));
    act(&mut world, A, r#"[{"update":"floor","id":"$2","set":{"name":"attic"}}]"#);
    world.play_for(30_000);
    assert_eq!(states(&mut world, B)[0], BlobState::Here);
    world.settle();
}

#[test]
fn on_a_metered_network_plans_wait_and_ops_do_not() {
    let (mut world, _) = house();
    world.surround(B, Conditions { metered: true, ..Conditions::default() });
    let sum = world.server.put_blob(bytes(6, 1_000));
    act(&mut world, A, &format!(r#"[{{"update":"floor","id":"$2","set":{{"plan":"{sum}"}}}}]"#));
    world.play_for(20_000);
    assert_eq!(states(&mut world, B), [BlobState::Here, BlobState::NotYet { have: 0 }]);
    world.surround(B, Conditions::default());
    world.play_for(20_000);
    assert_eq!(states(&mut world, B), [BlobState::Here, BlobState::Here]);
    world.settle();
}

#[test]
fn what_an_op_names_that_waits_stays_though_no_record_names_it_any_more() {
    let (mut world, _) = house();
    let now = WallTime(1_900_000_000_000);
    away(&mut world, B);
    let own = world.devices[B].store.put_blob(&bytes(7, 500_000), WallTime(0)).expect("kept");
    act(&mut world, B, &format!(r#"[{{"update":"floor","id":"$2","set":{{"plan":"{own}"}}}}]"#));
    act(&mut world, B, r#"[{"update":"floor","id":"$2","set":{"plan":null}}]"#);
    let other = world.devices[B].store.put_blob(&bytes(8, 9), WallTime(0)).expect("kept");
    // The collection of tomorrow.
    world.devices[B].store.collect_blobs(now).expect("collected");
    assert!(held(&mut world, B, own).is_some(), "an op that waits names it");
    assert!(held(&mut world, B, other).is_none(), "nothing names it, and its day is over");
    world.server.put_blob(bytes(7, 500_000));
    back(&mut world, B);
    world.devices[B].store.collect_blobs(now).expect("collected");
    assert!(held(&mut world, B, own).is_none(), "the op is done, and no record names it");
    world.settle();
}

#[test]
fn pieces_that_end_anywhere_make_the_whole() {
    let (mut world, _) = house();
    let whole = bytes(9, 700_000);
    let sum = world.server.put_blob(whole.clone());
    world.surround(B, Conditions { metered: true, ..Conditions::default() });
    act(&mut world, A, &format!(r#"[{{"update":"floor","id":"$2","set":{{"plan":"{sum}"}}}}]"#));
    world.play_for(20_000);
    let mut first = 0;
    for end in [1, 100_001, 262_144, 262_145, 524_287, 700_000] {
        let bytes = whole[first..end].to_vec();
        let piece = Piece { sum, first: first as u64, total: 700_000, bytes };
        let store = &mut world.devices[B].store;
        session::perform(store, Output::KeepBlob(Brought::Piece(piece)), WallTime(0)).expect("kept");
        first = end;
    }
    assert_eq!(held(&mut world, B, sum), Some(whole));
    world.surround(B, Conditions::default());
    world.settle();
}
