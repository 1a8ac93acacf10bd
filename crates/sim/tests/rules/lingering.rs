//! What stays on a device for an own op alone, as its part was unloaded or it lies below a cut-off: it is none of what is compared
//! with the server, and it goes with the verdict, whatever moved meanwhile.

use fieldbook_device_store::{Next, OpState, Pruning, ScopeState};
use fieldbook_model::{Code, Role};
use fieldbook_sim::World;

use crate::tools::{A, B, act, away, back, code, estate_of, estate_with, floor, has, id, shows, state, undo};

/// An estate with the floors `$3` and `$4`. On the ground floor the asset `$5` and the visit `$6` of March. A and B have all of it.
fn house() -> World {
    estate_with(
        r#"[{"insert":"estate","id":"$1","fields":{"name":"estate"}},
            {"insert":"building","id":"$2","fields":{"estate":"$1","name":"house"}},
            {"insert":"floor","id":"$3","fields":{"building":"$2","name":"ground"}},
            {"insert":"floor","id":"$4","fields":{"building":"$2","name":"attic"}},
            {"insert":"asset","id":"$5","fields":{"floor":"$3","name":"pump"}},
            {"insert":"visit","id":"$6","fields":{"floor":"$3","day":"2026-03-01","text":"first"}}]"#,
    )
}

/// B wants to leave out what is older than April, and then nothing: everything comes anew with the next pull.
fn wants_anew(world: &mut World) {
    world.prune(B, &Pruning { before: "2026-04-01".into(), of: None, scope: None }).expect("a cut-off");
    world.unprune(B);
}

/// B pulls and compares, and what it did still waits.
fn compares(world: &mut World) {
    let compared = world.compare(B).expect("a device that may read");
    assert_eq!(compared.next, Next::Nothing, "{:?}", world.differences(B));
}

/// B's pull comes through, and its pushes do not yet.
fn hears(world: &mut World) {
    let (device, wall) = (world.devices[B].id, world.wall());
    let request = world.devices[B].store.pull_request().expect("a request");
    for page in world.server.pull(device, request, wall) {
        world.devices[B].store.incoming_at(&page, wall).expect("a page");
    }
}

/// What an own op would move into a part that is here lies, until that is done, where the server has it: the asset comes from a
/// floor that was unloaded.
#[test]
fn rule_35_what_an_own_op_would_move_counts_where_it_lies() {
    let mut world = house();
    world.load(B, &floor(4), false);
    world.play_for(3_000);
    away(&mut world, B);
    act(&mut world, B, r#"[{"update":"asset","id":"$5","set":{"floor":"$4"}}]"#);
    assert!(world.unload(B, &estate_of(1)));
    wants_anew(&mut world);
    compares(&mut world);
    assert!(shows(&mut world, B, "pump"), "what is not sent stays on the screen");
    back(&mut world, B);
    assert!(has(&mut world, B, id(5)), "it was moved to where B looks");
    world.settle();
}

/// What B added it takes back itself, after A deleted what it was about: where it lay no record leads to any more.
#[test]
fn rule_34_what_was_taken_back_goes_with_its_verdict_though_its_owner_is_gone() {
    let mut world = house();
    let added =
        act(&mut world, B, r#"[{"insert":"remark","id":"$8","fields":{"asset":"$5","text":"drips"}}]"#);
    world.play_for(3_000);
    act(&mut world, A, r#"[{"delete":"asset","id":"$5"}]"#);
    world.play_for(3_000);
    away(&mut world, B);
    undo(&mut world, B, added.seq);
    assert!(world.unload(B, &estate_of(1)));
    back(&mut world, B);
    compares(&mut world);
    world.settle();
}

/// An undo waits that takes a remark off the screen when its part joins; it is not done, as A edited the remark, and the asset is gone
/// by then.
#[test]
fn rule_35_what_joins_under_an_own_op_is_known_to_lie_there() {
    let mut world = house();
    let asset = act(&mut world, B, r#"[{"insert":"asset","id":"$8","fields":{"floor":"$3","name":"fan"}}]"#);
    let remark =
        act(&mut world, B, r#"[{"insert":"remark","id":"$9","fields":{"asset":"$8","text":"loud"}}]"#);
    world.play_for(3_000);
    act(&mut world, A, r#"[{"update":"remark","id":"$9","set":{"text":"quiet"}}]"#);
    world.play_for(3_000);
    assert!(world.unload(B, &estate_of(1)));
    world.load(B, &estate_of(1), true);
    while world.devices[B].store.scopes().expect("scopes")[0].state != ScopeState::Ready {
        world.play_for(1);
    }
    away(&mut world, B);
    undo(&mut world, B, remark.seq);
    undo(&mut world, B, asset.seq);
    hears(&mut world);
    assert_eq!(world.devices[B].store.scopes().expect("scopes")[0].state, ScopeState::Loaded);
    back(&mut world, B);
    compares(&mut world);
    world.settle();
}

/// B's edit of an old visit waits, and the visit is on a floor that is closed to B meanwhile. B asks for everything anew: it does not
/// come, and what was here goes.
#[test]
fn rule_34_what_a_snapshot_of_ones_own_does_not_bring_goes_though_an_op_waits() {
    let mut world = house();
    away(&mut world, B);
    act(&mut world, B, r#"[{"update":"visit","id":"$6","set":{"text":"mine"}}]"#);
    wants_anew(&mut world);
    assert!(shows(&mut world, B, "mine"), "what is not sent stays on the screen");
    world.grants(B, floor(3), Some(Role::Nobody)).expect("a grant");
    compares(&mut world);
    assert!(!has(&mut world, B, id(6)) && !shows(&mut world, B, "mine"));
    back(&mut world, B);
    world.settle();
}

/// B's own op moved an old visit out of what B has, and B learns of that with everything anew.
#[test]
fn rule_34_what_was_moved_away_does_not_stay_where_it_was() {
    let mut world = house();
    world.load(B, &floor(3), false);
    world.play_for(3_000);
    assert!(world.unload(B, &estate_of(1)));
    world.play_for(3_000);
    let head = world.server.head();
    act(&mut world, B, r#"[{"update":"visit","id":"$6","set":{"floor":"$4"}}]"#);
    while world.server.head() == head {
        world.play_for(1);
    }
    // It is done, and B has not heard of it.
    away(&mut world, B);
    wants_anew(&mut world);
    compares(&mut world);
    assert!(!has(&mut world, B, id(6)));
    back(&mut world, B);
    world.settle();
}

/// The floor that B sent to another house of an estate that it unloaded: meanwhile A gave the house in which the floor was to an
/// estate that B has.
#[test]
fn rule_34_what_lingers_goes_though_what_it_lay_in_comes() {
    let mut world = house();
    act(
        &mut world,
        A,
        r#"[{"insert":"building","id":"$9","fields":{"estate":"$1","name":"barn"}},
            {"insert":"estate","id":"$7","fields":{"name":"other"}}]"#,
    );
    world.load(B, &estate_of(7), true);
    world.play_for(3_000);
    away(&mut world, B);
    act(&mut world, B, r#"[{"update":"floor","id":"$4","set":{"building":"$9"}}]"#);
    assert!(world.unload(B, &estate_of(1)));
    wants_anew(&mut world);
    compares(&mut world);
    act(&mut world, A, r#"[{"update":"building","id":"$2","set":{"estate":"$7"}}]"#);
    world.play_for(3_000);
    back(&mut world, B);
    assert!(has(&mut world, B, id(2)) && !has(&mut world, B, id(4)));
    compares(&mut world);
    world.settle();
}

/// A floor that an own op in doubt would make is nowhere: what was put on it is an orphan.
#[test]
fn rule_18_what_an_op_in_doubt_would_make_owns_nothing_that_is_shown() {
    let mut world = house();
    away(&mut world, A);
    act(
        &mut world,
        A,
        r#"[{"update":"asset","id":"$5","set":{"name":"old pump"}},
            {"insert":"floor","id":"$8","fields":{"building":"$2","name":"roof"}}]"#,
    );
    act(&mut world, A, r#"[{"insert":"asset","id":"$9","fields":{"floor":"$8","name":"mast"}}]"#);
    assert!(shows(&mut world, A, "mast"));
    act(&mut world, B, r#"[{"delete":"asset","id":"$5"}]"#);
    world.play_for(3_000);
    world.compare(A).expect("a device that may read");
    assert!(!shows(&mut world, A, "roof") && !shows(&mut world, A, "mast"));
    back(&mut world, A);
    assert!(shows(&mut world, A, "mast"), "the verdict brings both");
    world.settle();
}

/// What stays on a device for an own op, and was moved into a part that is here, lies there from now on: everything anew brings it.
#[test]
fn rule_34_what_was_moved_to_where_its_device_looks_lingers_no_more() {
    let mut world = house();
    world.load(B, &floor(4), false);
    world.play_for(3_000);
    away(&mut world, B);
    act(&mut world, B, r#"[{"update":"asset","id":"$5","set":{"name":"mine"}}]"#);
    assert!(world.unload(B, &estate_of(1)));
    act(&mut world, A, r#"[{"update":"asset","id":"$5","set":{"floor":"$4"}}]"#);
    world.play_for(3_000);
    wants_anew(&mut world);
    compares(&mut world);
    assert!(shows(&mut world, B, "mine"));
    back(&mut world, B);
    assert!(has(&mut world, B, id(5)));
    world.settle();
}

/// B's new building is refused, and a floor in it still waits: the building is nowhere, so the floor is not shown.
#[test]
fn rule_18_what_lies_in_what_was_never_made_is_not_shown() {
    let mut world = house();
    away(&mut world, B);
    // One after the other, since a proxy does not take both at once.
    world.faults.proxy_bytes_max = 1_500;
    let long = "long ".repeat(140);
    let made = act(
        &mut world,
        B,
        &format!(r#"[{{"insert":"building","id":"$7","fields":{{"estate":"$1","name":"{long}"}}}}]"#),
    );
    let upon = act(
        &mut world,
        B,
        &format!(r#"[{{"insert":"floor","id":"$8","fields":{{"building":"$7","name":"loft {long}"}}}}]"#),
    );
    assert!(shows(&mut world, B, "loft"));
    world.grants(B, estate_of(1), Some(Role::Viewer)).expect("a grant");
    world.devices[B].offline_until_ms = 0;
    while matches!(state(&mut world, B, made.seq), OpState::Waiting | OpState::InFlight) {
        world.play_for(1);
    }
    assert_eq!(state(&mut world, B, made.seq), OpState::Answered);
    away(&mut world, B);
    hears(&mut world);
    assert_eq!(state(&mut world, B, made.seq), OpState::Rejected);
    assert!(matches!(state(&mut world, B, upon.seq), OpState::Waiting | OpState::InFlight));
    assert!(!shows(&mut world, B, "loft"), "there is no such building");
    back(&mut world, B);
    world.settle();
}

/// B takes back a floor that it had made, and before that is sent the floor is closed to B, all but what stands on it: what B is
/// taking away is not elsewhere.
#[test]
fn rule_18_what_stands_on_what_is_being_taken_back_stays_hidden() {
    let mut world = house();
    let made =
        act(&mut world, B, r#"[{"insert":"floor","id":"$7","fields":{"building":"$2","name":"loft"}}]"#);
    act(&mut world, B, r#"[{"insert":"asset","id":"$8","fields":{"floor":"$7","name":"fan"}}]"#);
    world.load(B, &floor(7), false);
    world.play_for(3_000);
    away(&mut world, B);
    undo(&mut world, B, made.seq);
    assert!(!shows(&mut world, B, "fan"));
    world.grants(B, floor(7), Some(Role::Member)).expect("a grant");
    world.grants(B, estate_of(1), Some(Role::Nobody)).expect("a grant");
    hears(&mut world);
    assert!(!has(&mut world, B, id(7)) && has(&mut world, B, id(8)), "the floor lies in the estate");
    assert!(!shows(&mut world, B, "fan"), "its floor is to go");
    back(&mut world, B);
    assert!(shows(&mut world, B, "fan"), "the floor stays, where B may not look");
    world.settle();
}

/// What lies below a cut-off and stays on a device for an own op stays for it alone, also when everything came anew meanwhile: it goes
/// with the verdict, though that changes nothing of it.
#[test]
fn rule_34_what_lingers_goes_with_its_verdict_though_all_came_anew_meanwhile() {
    let mut world = house();
    away(&mut world, B);
    let much = r#"{"update":"asset","id":"$5","add":{"count":900000000000000000}}"#;
    act(&mut world, A, &format!("[{much}]"));
    world.play_for(3_000);
    let both = format!(r#"[{much},{{"update":"visit","id":"$6","set":{{"text":"mine"}}}}]"#);
    let mine = act(&mut world, B, &both);
    wants_anew(&mut world);
    world.prune(B, &Pruning { before: "2026-04-01".into(), of: None, scope: None }).expect("a cut-off");
    compares(&mut world);
    assert!(has(&mut world, B, id(6)), "what an op waits on stays");
    back(&mut world, B);
    assert_eq!(code(&mut world, B, mine.seq), Some(Code::OutOfRange));
    assert!(!has(&mut world, B, id(6)));
    world.settle();
}

/// B deletes an asset and takes that back, and before that is sent the asset is moved to where B has nothing: what left does not come
/// back.
#[test]
fn rule_13_what_left_is_not_brought_back_by_an_undo_that_waits() {
    let mut world = house();
    world.load(B, &floor(3), false);
    world.play_for(3_000);
    assert!(world.unload(B, &estate_of(1)));
    world.play_for(3_000);
    away(&mut world, B);
    let deleted = act(&mut world, B, r#"[{"delete":"asset","id":"$5"}]"#);
    undo(&mut world, B, deleted.seq);
    assert!(shows(&mut world, B, "pump"));
    act(&mut world, A, r#"[{"update":"asset","id":"$5","set":{"floor":"$4"}}]"#);
    world.play_for(3_000);
    hears(&mut world);
    assert!(!has(&mut world, B, id(5)) && !shows(&mut world, B, "pump"));
    back(&mut world, B);
    world.settle();
}

/// B deletes a floor, and before that is sent A's news of the floor come: what stands on it stays hidden.
#[test]
fn rule_18_what_stands_on_what_is_being_deleted_stays_hidden_when_news_of_it_come() {
    let mut world = house();
    away(&mut world, B);
    act(&mut world, B, r#"[{"delete":"floor","id":"$3"}]"#);
    assert!(!shows(&mut world, B, "pump"));
    act(&mut world, A, r#"[{"update":"floor","id":"$3","set":{"name":"base"}}]"#);
    world.play_for(3_000);
    hears(&mut world);
    assert!(!shows(&mut world, B, "pump"), "its floor is to go");
    back(&mut world, B);
    world.settle();
}
