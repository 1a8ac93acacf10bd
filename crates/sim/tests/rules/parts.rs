//! A device holds parts of the workspace: what comes, what goes, and all of it at one version.

use std::sync::LazyLock;

use fieldbook_device_store::{Export, OpState, ScopeState, Wish};
use fieldbook_model::planted::Defect;
use fieldbook_model::schema::toml;
use fieldbook_model::{Code, RecordId, Role, Schema, Scope, Version};
use fieldbook_sim::apps::App;
use fieldbook_sim::estate::estate;
use fieldbook_sim::people::action;
use fieldbook_sim::world::Doing;
use fieldbook_sim::{World, run};

use crate::tools::{
    A, B, act, away, back, estate_of, floor, has, id, meet, needs, open, resolve, shows, state, undo,
};

const ESTATE: u8 = 1;
const GROUND: u8 = 3;
const ATTIC: u8 = 4;

/// An estate with two floors, `$3` and `$4`; on the ground floor the asset `$5` with the remark `$6`. A has all of it,
/// B the ground floor.
fn house() -> World {
    house_of(1)
}

fn house_of(seed: u64) -> World {
    let mut world = World::of(estate(), seed, 2, false);
    world.play_for(1_000);
    act(
        &mut world,
        A,
        r#"[{"insert":"estate","id":"$1","fields":{"name":"estate"}},
            {"insert":"building","id":"$2","fields":{"estate":"$1","name":"house"}},
            {"insert":"floor","id":"$3","fields":{"building":"$2","name":"ground"}},
            {"insert":"floor","id":"$4","fields":{"building":"$2","name":"attic"}},
            {"insert":"asset","id":"$5","fields":{"floor":"$3","name":"pump"}},
            {"insert":"remark","id":"$6","fields":{"asset":"$5","text":"drips"}}]"#,
    );
    world.load(A, &Scope { of: "estate".into(), id: id(ESTATE) }, true);
    world.play_for(3_000);
    world.load(B, &floor(GROUND), false);
    world.play_for(3_000);
    world
}

/// Sixty assets in the attic.
fn furnish(world: &mut World) {
    for n in 0..60_u8 {
        let change = format!(
            r#"[{{"insert":"asset","id":"{}","fields":{{"floor":"$4","name":"n{n}"}}}}]"#,
            RecordId::v7(2_000, [n; 10])
        );
        act(world, A, &change);
    }
    world.play_for(5_000);
}

/// Another estate, `$7`, with the building `$8`.
fn other_estate(world: &mut World) {
    act(
        world,
        A,
        r#"[{"insert":"estate","id":"$7","fields":{"name":"other"}},
            {"insert":"building","id":"$8","fields":{"estate":"$7","name":"barn"}}]"#,
    );
}

fn loaded(world: &mut World, device: usize) -> Vec<ScopeState> {
    world.devices[device].store.scopes().expect("scopes").into_iter().map(|scope| scope.state).collect()
}

#[test]
fn a_floor_comes_with_the_scopes_around_it_and_without_its_neighbour() {
    let mut world = house();
    act(&mut world, A, r#"[{"insert":"asset","id":"$7","fields":{"floor":"$4","name":"fan"}}]"#);
    world.play_for(3_000);
    for (record, here) in
        [(ESTATE, true), (2, true), (GROUND, true), (ATTIC, true), (5, true), (6, true), (7, false)]
    {
        assert_eq!(has(&mut world, B, id(record)), here, "{record}");
    }
    assert_eq!(loaded(&mut world, B), [ScopeState::Loaded]);
    world.settle();
}

/// What went where this device does not look leaves it, and comes to who looks there.
#[test]
fn rule_13_a_record_that_leaves_a_scope_leaves_the_device() {
    needs(Defect::LeaversStay, || {
        let mut world = house();
        act(&mut world, A, r#"[{"update":"asset","id":"$5","set":{"floor":"$4"}}]"#);
        world.play_for(3_000);
        assert!(has(&mut world, A, id(5)) && !has(&mut world, B, id(5)));
        assert!(!has(&mut world, B, id(6)), "what lies with it goes too");
        act(&mut world, A, r#"[{"update":"asset","id":"$5","set":{"floor":"$3"}}]"#);
        world.play_for(3_000);
        assert!(has(&mut world, B, id(5)), "it is back");
        world.settle();
    });
}

/// The remark is not edited by the move, but it has to come to who has the attic only.
#[test]
fn rule_14_what_lies_with_a_record_moves_with_it() {
    needs(Defect::ChildrenStayBehind, || {
        let mut world = house();
        world.load(B, &floor(ATTIC), false);
        world.play_for(3_000);
        assert!(world.unload(B, &floor(GROUND)));
        world.play_for(3_000);
        assert!(!has(&mut world, B, id(6)));
        act(&mut world, A, r#"[{"update":"asset","id":"$5","set":{"floor":"$4"}}]"#);
        world.play_for(3_000);
        assert!(has(&mut world, B, id(5)) && has(&mut world, B, id(6)));
        world.settle();
    });
}

/// One action about both floors, made while the attic is here and not shown yet: it is seen whole or not at all.
#[test]
fn rule_15_a_scope_joins_with_all_that_happened_to_it_meanwhile() {
    needs(Defect::JoinWithoutTail, || {
        let mut world = house();
        act(&mut world, A, r#"[{"insert":"asset","id":"$7","fields":{"floor":"$4","name":"fan"}}]"#);
        furnish(&mut world);
        ready(&mut world, B, &floor(ATTIC));
        act(
            &mut world,
            A,
            r#"[{"update":"asset","id":"$5","set":{"name":"both"}},{"update":"asset","id":"$7","set":{"name":"both"}}]"#,
        );
        world.play_for(3_000);
        back(&mut world, B);
        world.settle();
    });
}

/// A part whose snapshot is here, and waits for a pull to join it.
fn ready(world: &mut World, device: usize, scope: &Scope) {
    world.load(device, scope, false);
    for _ in 0..1_000 {
        if loaded(world, device).contains(&ScopeState::Ready) {
            return away(world, device);
        }
        world.play_for(1);
    }
    panic!("it never came: {:?}", loaded(world, device));
}

/// Between two pages of a snapshot of everything a floor is made that was asked for before: with it come the rows around it, which
/// the pages had left out. They are older than those that have been read, so the snapshot begins anew.
#[test]
fn rule_15_a_part_that_is_made_in_the_middle_of_a_snapshot_comes_with_what_is_around_it() {
    let mut world = house();
    other_estate(&mut world);
    world.load(A, &estate_of(7), true);
    world.load(B, &floor(ATTIC), false);
    world.load(B, &floor(9), false);
    furnish(&mut world);
    away(&mut world, B);
    // Who has another role reads everything anew.
    world.says(B, Role::Viewer).expect("a role");
    world.devices[B].offline_until_ms = 0;
    for _ in 0..60_000 {
        let staged = world.devices[B].store.facts().expect("facts").staged;
        if staged.is_some_and(|staged| staged.version > Version(10)) {
            break;
        }
        world.play_for(1);
    }
    away(&mut world, B);
    let staged = world.devices[B].store.facts().expect("facts").staged;
    assert!(
        staged.is_some_and(|staged| staged.version < world.server.head().version),
        "in the middle: {staged:?}"
    );
    assert!(!has(&mut world, B, id(8)), "the barn is elsewhere");
    act(&mut world, A, r#"[{"insert":"floor","id":"$9","fields":{"building":"$8","name":"loft"}}]"#);
    world.play_for(3_000);
    back(&mut world, B);
    assert!(has(&mut world, B, id(9)) && has(&mut world, B, id(8)), "the loft and its barn");
    world.settle();
}

/// Its snapshot is from before the floor was made: the server joins that to nothing, and it comes anew.
#[test]
fn rule_15_a_part_that_was_made_after_its_snapshot_is_shown() {
    needs(Defect::RefusedStaysReady, || {
        let mut world = house();
        ready(&mut world, B, &floor(7));
        act(
            &mut world,
            A,
            r#"[{"insert":"floor","id":"$7","fields":{"building":"$2","name":"roof"}},
                {"insert":"asset","id":"$8","fields":{"floor":"$7","name":"mast"}}]"#,
        );
        world.play_for(3_000);
        back(&mut world, B);
        assert_eq!(loaded(&mut world, B), [ScopeState::Loaded, ScopeState::Loaded]);
        assert!(has(&mut world, B, id(8)));
        world.settle();
    });
}

/// The attic came to lie in another house after its snapshot was read.
#[test]
fn rule_15_a_part_that_moved_after_its_snapshot_is_shown() {
    let mut world = house();
    ready(&mut world, B, &floor(ATTIC));
    act(
        &mut world,
        A,
        r#"[{"insert":"building","id":"$8","fields":{"estate":"$1","name":"barn"}},
            {"insert":"asset","id":"$7","fields":{"floor":"$4","name":"fan"}}]"#,
    );
    act(&mut world, A, r#"[{"update":"floor","id":"$4","set":{"building":"$8"}}]"#);
    world.play_for(3_000);
    back(&mut world, B);
    assert_eq!(loaded(&mut world, B), [ScopeState::Loaded, ScopeState::Loaded]);
    assert!(has(&mut world, B, id(7)));
    world.settle();
}

/// The floor goes, the unsent work on it does not, and is done.
#[test]
fn rule_34_unloading_keeps_what_pending_ops_touch() {
    needs(Defect::UnloadDropsPending, || {
        let mut world = house();
        away(&mut world, B);
        act(&mut world, B, r#"[{"update":"asset","id":"$5","set":{"name":"mine"}}]"#);
        assert!(world.unload(B, &floor(GROUND)));
        let shown = world.devices[B].store.export(Export::Shown).expect("an export");
        assert!(shown.iter().any(|line| line.contains("mine")), "what is not sent stays on the screen");
        back(&mut world, B);
        assert!(!has(&mut world, B, id(5)), "it goes when it is settled");
        assert!(shows(&mut world, A, "mine"));
        world.settle();
    });
}

/// What a held op of one's own is about stays when its floor goes, until somebody has decided.
#[test]
fn rule_34_unloading_keeps_what_held_ops_touch() {
    needs(Defect::UnloadDropsPending, || {
        let mut world = World::of(manual(), 1, 2, false);
        world.play_for(1_000);
        act(
            &mut world,
            A,
            r#"[{"insert":"floor","id":"$3","fields":{"name":"ground"}},
                {"insert":"asset","id":"$5","fields":{"floor":"$3","name":"pump"}}]"#,
        );
        for device in [A, B] {
            world.load(device, &floor(GROUND), true);
        }
        world.play_for(3_000);
        let mine = r#"[{"update":"asset","id":"$5","set":{"name":"mine"}}]"#;
        let theirs = r#"[{"update":"asset","id":"$5","set":{"name":"theirs"}}]"#;
        let held = meet(&mut world, B, mine, A, theirs);
        assert_eq!(state(&mut world, B, held.seq), OpState::Conflicted);
        assert!(world.unload(B, &floor(GROUND)));
        world.play_for(3_000);
        assert!(shows(&mut world, B, "theirs"), "the record that B is to decide about stays");
        let conflict = open(&mut world, B).remove(0).id;
        resolve(&mut world, B, conflict, Wish::Mine);
        world.play_for(5_000);
        assert!(shows(&mut world, A, "mine"));
        let confirmed = world.devices[B].store.export(Export::Confirmed).expect("an export");
        let goes = !confirmed.iter().any(|line| line.starts_with(r#"{"type":"asset""#));
        assert!(goes, "it goes when that is settled");
        world.settle();
    });
}

fn manual() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
        let text = r#"
            schema = "manual"
            version = 1
            [type.floor]
            scope = true
            [type.floor.field]
            name = { kind = "text" }
            [type.asset]
            in = "floor"
            merge = "manual"
            [type.asset.field]
            floor = { kind = "ref", to = "floor", owner = true, required = true }
            name = { kind = "text" }"#;
        toml::read("manual.toml", text).expect("a schema")
    });
    &SCHEMA
}

/// While a large scope comes, everything else goes on.
#[test]
fn rule_54_a_scope_on_its_way_holds_nothing_up() {
    needs(Defect::LoadsHoldUp, || {
        let mut world = house();
        furnish(&mut world);
        world.load(B, &floor(ATTIC), false);
        // The pull before it is over, and it is on its way.
        world.play_for(80);
        let mut seen = false;
        act(&mut world, A, r#"[{"update":"asset","id":"$5","set":{"name":"news"}}]"#);
        for _ in 0..5_000 {
            world.play_for(1);
            if shows(&mut world, B, "news") {
                seen = loaded(&mut world, B)[1] == ScopeState::Wanted;
                break;
            }
        }
        assert!(seen, "the news came while the attic was still on its way");
        world.settle();
        assert_eq!(loaded(&mut world, B), [ScopeState::Loaded, ScopeState::Loaded]);
    });
}

/// A floor that comes to lie in another estate leaves who has the old one, with all that is on it.
#[test]
fn a_scope_that_moves_takes_everything_along() {
    let mut world = house();
    other_estate(&mut world);
    world.load(A, &Scope { of: "estate".into(), id: id(7) }, false);
    world.play_for(3_000);
    act(&mut world, A, r#"[{"update":"floor","id":"$3","set":{"building":"$8"}}]"#);
    world.play_for(5_000);
    assert!(has(&mut world, A, id(GROUND)), "A has the other estate");
    assert!(!has(&mut world, A, id(5)), "and nothing beneath it");
    assert!(has(&mut world, B, id(5)), "B asked for this floor, wherever it lies");
    world.settle();
}

/// A floor with sixty assets comes to lie in another estate, and A has both. It is told that the floor lies there, and of
/// none of the assets; what it has agrees with the server (which the world checks).
#[test]
fn rule_56_a_scope_that_moves_within_what_a_device_has_brings_nothing_that_lies_in_it() {
    needs(Defect::MovesSendAll, || {
        let mut world = house();
        furnish(&mut world);
        other_estate(&mut world);
        world.load(A, &estate_of(7), true);
        world.load(B, &estate_of(ESTATE), true);
        world.load(B, &estate_of(7), false);
        world.play_for(5_000);
        away(&mut world, A);
        act(&mut world, B, r#"[{"update":"floor","id":"$4","set":{"building":"$8"}}]"#);
        world.play_for(5_000);
        let request = world.devices[A].store.pull_request().expect("a request");
        let pages = world.server.pull(world.devices[A].id, request, world.wall()).concat();
        assert!(pages.contains("attic"), "the floor itself was written");
        assert!(!pages.contains(r#""n7""#), "and nothing on it: {pages}");
        back(&mut world, A);
        assert!(shows(&mut world, A, "n7"), "A has both estates");
        assert!(!shows(&mut world, B, "n7"), "B has nothing beneath the other");
        // It lies there on the device, too.
        assert!(world.unload(A, &estate_of(7)));
        assert!(!shows(&mut world, A, "n7"));
        world.settle();
    });
}

/// The same where a grant closes the estate to which the floor moves: then it does go.
#[test]
fn a_scope_that_moves_to_where_its_reader_reads_nothing_leaves() {
    let mut world = house();
    furnish(&mut world);
    other_estate(&mut world);
    world.load(A, &estate_of(7), true);
    world.load(B, &estate_of(ESTATE), true);
    world.load(B, &estate_of(7), true);
    world.play_for(5_000);
    world.grants(B, estate_of(7), Some(Role::Nobody)).expect("a grant");
    world.play_for(5_000);
    assert!(shows(&mut world, B, "n7"));
    act(&mut world, A, r#"[{"update":"floor","id":"$4","set":{"building":"$8"}}]"#);
    world.play_for(5_000);
    assert!(!shows(&mut world, B, "n7"));
    world.settle();
}

/// The floor that B has moved to where B reads nothing. What was around it before is around it no longer, and goes when it is
/// unloaded.
#[test]
fn what_was_around_a_scope_that_left_goes_by_itself() {
    let mut world = house();
    other_estate(&mut world);
    world.load(A, &estate_of(7), true);
    world.play_for(3_000);
    world.grants(B, estate_of(7), Some(Role::Nobody)).expect("a grant");
    world.play_for(3_000);
    act(&mut world, A, r#"[{"update":"floor","id":"$3","set":{"building":"$8"}}]"#);
    world.play_for(3_000);
    world.load(B, &estate_of(ESTATE), true);
    world.play_for(3_000);
    assert!(has(&mut world, B, id(2)));
    world.unload(B, &estate_of(ESTATE));
    assert!(!has(&mut world, B, id(2)), "the house was around the floor once");
    world.settle();
}

/// What a grant in an estate says holds on its floors, and a floor's own grant comes before it: on the device as on the server.
#[test]
fn rule_32_the_innermost_grant_counts_on_the_device_too() {
    let mut world = house();
    world.says(B, Role::Viewer).expect("a role");
    world.play_for(3_000);
    let rename = r#"[{"update":"asset","id":"$5","set":{"name":"new"}}]"#;
    let refused = |world: &mut World| {
        crate::tools::refused(world, B, Doing::Act(action(&crate::tools::filled(rename))))
    };
    assert_eq!(refused(&mut world), Code::NoPermission);
    world.grants(B, estate_of(ESTATE), Some(Role::Member)).expect("a grant");
    world.play_for(3_000);
    let acted = act(&mut world, B, rename);
    world.play_for(3_000);
    assert_eq!(state(&mut world, B, acted.seq), OpState::Committed);
    world.grants(B, floor(GROUND), Some(Role::Viewer)).expect("a grant");
    world.play_for(3_000);
    assert_eq!(refused(&mut world), Code::NoPermission);
    // It counts where a record is put, too.
    let made = r#"[{"insert":"asset","id":"$8","fields":{"floor":"$3","name":"lamp"}}]"#;
    let made = Doing::Act(action(&crate::tools::filled(made)));
    assert_eq!(crate::tools::refused(&mut world, B, made), Code::NoPermission);
    world.load(B, &floor(ATTIC), false);
    world.play_for(3_000);
    let made = r#"[{"insert":"asset","id":"$7","fields":{"floor":"$4","name":"lamp"}}]"#;
    let made = act(&mut world, B, made);
    let moved = r#"[{"update":"asset","id":"$7","set":{"floor":"$3"}}]"#;
    let moved = Doing::Act(action(&crate::tools::filled(moved)));
    assert_eq!(crate::tools::refused(&mut world, B, moved), Code::NoPermission);
    world.settle();
    assert_eq!(state(&mut world, B, made.seq), OpState::Committed);
}

/// A grant that ends while the stream is open: all of the part goes in one step, with what was loaded of it.
#[test]
fn i29_a_closed_part_leaves_an_open_device() {
    let mut world = house();
    assert!(has(&mut world, B, id(5)) && has(&mut world, B, id(6)));
    world.grants(B, floor(GROUND), Some(Role::Nobody)).expect("a grant");
    act(&mut world, A, r#"[{"insert":"asset","id":"$7","fields":{"floor":"$3","name":"secret"}}]"#);
    world.play_for(1_000);
    for gone in [5, 6, 7] {
        assert!(!has(&mut world, B, id(gone)), "{gone}");
    }
    assert!(has(&mut world, B, id(GROUND)), "the floor itself lies in the estate");
    world.grants(B, floor(GROUND), None).expect("a grant");
    world.play_for(3_000);
    assert!(has(&mut world, B, id(5)) && has(&mut world, B, id(7)));
    world.settle();
}

/// What moves to where somebody may not read leaves that person's device, and comes back with it.
#[test]
fn rule_13_what_moves_into_a_closed_part_leaves() {
    let mut world = house();
    world.load(B, &estate_of(ESTATE), true);
    world.play_for(3_000);
    world.grants(B, floor(ATTIC), Some(Role::Nobody)).expect("a grant");
    world.play_for(3_000);
    for (to, here) in [("$4", false), ("$3", true)] {
        act(&mut world, A, &format!(r#"[{{"update":"asset","id":"$5","set":{{"floor":"{to}"}}}}]"#));
        world.play_for(3_000);
        assert_eq!((has(&mut world, B, id(5)), has(&mut world, B, id(6))), (here, here), "{to}");
    }
    world.settle();
}

/// Unsent work on what was closed meanwhile is refused and kept; the record is off the device.
#[test]
fn rule_34_work_on_what_was_closed_stays_in_the_log() {
    let mut world = house();
    away(&mut world, B);
    let acted = act(&mut world, B, r#"[{"update":"asset","id":"$5","set":{"name":"mine"}}]"#);
    world.grants(B, floor(GROUND), Some(Role::Nobody)).expect("a grant");
    back(&mut world, B);
    assert_eq!(state(&mut world, B, acted.seq), OpState::Rejected);
    assert!(!has(&mut world, B, id(5)));
    let kept = world.devices[B].store.op_text(acted.seq).expect("a log").expect("an op");
    assert!(kept.contains("mine"));
    world.settle();
}

/// What an undo took off the screen and the server left where it is goes with its part like anything else.
#[test]
fn what_a_refused_undo_put_back_goes_with_its_part() {
    let mut world = house();
    let acted = act(&mut world, B, r#"[{"insert":"asset","id":"$7","fields":{"floor":"$3","name":"fan"}}]"#);
    world.play_for(3_000);
    away(&mut world, B);
    let undone = undo(&mut world, B, acted.seq);
    world.grants(B, floor(GROUND), Some(Role::Viewer)).expect("a grant");
    back(&mut world, B);
    assert_eq!(state(&mut world, B, undone.seq), OpState::Rejected);
    assert!(has(&mut world, B, id(7)));
    assert!(world.unload(B, &floor(GROUND)));
    assert!(!has(&mut world, B, id(7)));
    world.settle();
}

/// An edit of what was closed meanwhile is refused, and deletes nothing: what lies there and is open is shown.
#[test]
fn what_is_open_in_a_closed_part_is_shown_after_a_refused_edit() {
    let mut world = house();
    away(&mut world, B);
    let acted = act(&mut world, B, r#"[{"update":"floor","id":"$3","set":{"name":"mine"}}]"#);
    world.grants(B, floor(GROUND), Some(Role::Member)).expect("a grant");
    world.grants(B, estate_of(ESTATE), Some(Role::Nobody)).expect("a grant");
    back(&mut world, B);
    assert_eq!(state(&mut world, B, acted.seq), OpState::Rejected);
    assert!(!has(&mut world, B, id(GROUND)), "the floor lies in the estate");
    assert!(shows(&mut world, B, "pump"));
    world.settle();
}

/// A remark waits on an asset that is not here any more: whether its floor is there, this device cannot know.
#[test]
fn what_waits_on_a_part_that_is_not_here_is_shown() {
    for seed in 1..=10 {
        let mut world = house_of(seed);
        world.load(B, &floor(ATTIC), false);
        world.play_for(3_000);
        away(&mut world, B);
        // One after the other, since a proxy does not take both at once.
        world.faults.proxy_bytes_max = 1_500;
        let long = "long ".repeat(140);
        act(
            &mut world,
            B,
            &format!(r#"[{{"insert":"asset","id":"$7","fields":{{"floor":"$3","name":"{long}"}}}}]"#),
        );
        act(
            &mut world,
            B,
            &format!(r#"[{{"insert":"remark","id":"$8","fields":{{"asset":"$7","text":"{long}"}}}}]"#),
        );
        assert!(world.unload(B, &floor(GROUND)));
        act(&mut world, A, r#"[{"delete":"floor","id":"$3"}]"#);
        world.play_for(3_000);
        back(&mut world, B);
        world.settle();
    }
}

#[test]
fn forty_estates_hold() {
    for seed in 1..=40 {
        run(5 * seed, false);
    }
}

/// What leads from the narrative to its inspection is gone, so that only the device itself knows where it lay.
#[test]
fn what_a_refused_undo_put_back_goes_with_its_part_though_what_owns_it_is_deleted() {
    let mut world = World::of(App::Capture.schema(), 1, 2, false);
    world.play_for(1_000);
    act(
        &mut world,
        A,
        r#"[{"insert":"project","id":"$1","fields":{"name":"house","address":"street"}},
            {"insert":"inspection","id":"$2","fields":{"project":"$1","number":"1"}},
            {"insert":"section","id":"$3","fields":{"inspection":"$2","place":1,"name":"roof"}},
            {"insert":"subsection","id":"$4","fields":{"section":"$3","place":1,"name":"tiles"}}]"#,
    );
    let inspection = Scope { of: "inspection".into(), id: id(2) };
    world.load(A, &inspection, true);
    world.load(B, &inspection, true);
    world.play_for(3_000);
    let made = act(
        &mut world,
        B,
        r#"[{"insert":"narrative","id":"$5","fields":{"subsection":"$4","title":"moss"}}]"#,
    );
    world.play_for(3_000);
    act(&mut world, A, r#"[{"delete":"section","id":"$3"}]"#);
    world.play_for(3_000);
    away(&mut world, B);
    let undone = undo(&mut world, B, made.seq);
    world.grants(B, inspection.clone(), Some(Role::Viewer)).expect("a grant");
    back(&mut world, B);
    assert_eq!(state(&mut world, B, undone.seq), OpState::Rejected);
    assert!(world.unload(B, &inspection));
    assert!(!has(&mut world, B, id(5)), "it went with its part");
    world.settle();
}

/// A floor moves to another estate, of which a device has just that floor, and is deleted there. Another floor of the first
/// estate brings the news that it went, which is older than its end.
#[test]
fn rule_18_what_lies_on_a_deleted_floor_stays_hidden_when_a_part_comes_that_the_floor_had_left() {
    let mut world = house();
    furnish(&mut world);
    other_estate(&mut world);
    world.load(A, &estate_of(7), true);
    world.play_for(3_000);
    act(&mut world, A, r#"[{"update":"floor","id":"$3","set":{"building":"$8"}}]"#);
    world.play_for(3_000);
    assert!(shows(&mut world, B, "pump"), "it moves with what lies on it");
    act(&mut world, A, r#"[{"delete":"floor","id":"$3"}]"#);
    world.play_for(3_000);
    assert!(!shows(&mut world, B, "pump"), "its owner is deleted");
    world.load(B, &floor(ATTIC), false);
    world.play_for(5_000);
    assert_eq!(loaded(&mut world, B), [ScopeState::Loaded, ScopeState::Loaded]);
    assert!(!shows(&mut world, B, "pump"), "its owner is deleted still");
    world.settle();
}
