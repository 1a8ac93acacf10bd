//! Who sees which conflict, where parts of the workspace are elsewhere or closed.

use fieldbook_device_store::{OpState, Wish};
use fieldbook_model::planted::Defect;
use fieldbook_model::{Code, Role, Scope, Seq};
use fieldbook_sim::World;
use fieldbook_sim::apps::App;
use fieldbook_sim::world::Doing;

use crate::tools::{
    A, B, C, act, away, back, does, floor, id, needs, open, refused, resolve, shows, state, undo,
};

/// An estate of Site's with the floors `$4` and `$5`, and an asset on each: `$6` and `$7`. All three have all of it.
fn plant() -> World {
    let mut world = World::of(App::Site.schema(), 1, 3, false);
    world.play_for(1_000);
    act(
        &mut world,
        A,
        r#"[{"insert":"estate","id":"$1","fields":{"name":"mill"}},
            {"insert":"site","id":"$2","fields":{"estate":"$1","name":"north","postcode":"N1"}},
            {"insert":"building","id":"$3","fields":{"site":"$2","name":"house"}},
            {"insert":"floor","id":"$4","fields":{"building":"$3","name":"ground"}},
            {"insert":"floor","id":"$5","fields":{"building":"$3","name":"attic"}},
            {"insert":"asset","id":"$6","fields":{"floor":"$4","nickname":"pump","kind":"pump"}},
            {"insert":"asset","id":"$7","fields":{"floor":"$5","nickname":"fan","kind":"fan"}}]"#,
    );
    for device in [A, B, C] {
        world.load(device, &Scope { of: "estate".into(), id: id(1) }, true);
    }
    world.play_for(3_000);
    world
}

/// A gives assets serial numbers while B, who is away, gives them others: B's op is held.
fn serials(world: &mut World, assets: &[&str]) {
    away(world, B);
    let all = |by: &str| {
        let one = |asset: &&str| format!(r#"{{"update":"asset","id":"{asset}","set":{{"serial":"{by}"}}}}"#);
        format!("[{}]", assets.iter().map(one).collect::<Vec<_>>().join(","))
    };
    act(world, B, &all("brass"));
    act(world, A, &all("amber"));
    world.play_for(3_000);
    back(world, B);
}

/// Whoever takes the floor off the phone still has to decide about what was written there.
#[test]
fn rule_34_the_conflict_of_an_own_op_stays_when_its_part_goes() {
    needs(Defect::OwnConflictsLeave, || {
        let mut world = plant();
        serials(&mut world, &["$6"]);
        assert_eq!(open(&mut world, B).len(), 1);
        assert!(world.unload(B, &Scope { of: "estate".into(), id: id(1) }));
        world.load(B, &floor(5), false);
        world.play_for(3_000);
        assert_eq!(open(&mut world, B).len(), 1, "it is in no part that the device has");
        let conflict = open(&mut world, B)[0].id;
        resolve(&mut world, B, conflict, Wish::Mine);
        world.play_for(3_000);
        assert!(open(&mut world, B).is_empty() && open(&mut world, A).is_empty());
        world.settle();
    });
}

/// A conflict about records of two floors shows of a closed one nothing, though it lies above both.
#[test]
fn rule_50_a_conflict_shows_nothing_of_a_closed_part() {
    needs(Defect::ConflictsShowClosed, || {
        let mut world = plant();
        world.grants(C, floor(5), Some(Role::Nobody)).expect("a grant");
        serials(&mut world, &["$6", "$7"]);
        assert_eq!(open(&mut world, A)[0].units.len(), 2);
        let seen = open(&mut world, C);
        assert_eq!(seen[0].units.iter().map(|unit| unit.id).collect::<Vec<_>>(), [id(6)]);
        world.settle();
    });
}

/// Whoever may not read the floor any more on which his edit waits learns that it waits in a conflict, and nothing of what
/// it is about. He decides nothing, and may give his edit up.
#[test]
fn rule_50_a_conflict_of_an_own_op_comes_to_who_may_read_nothing_of_it() {
    let mut world = plant();
    serials(&mut world, &["$6"]);
    world.grants(B, floor(4), Some(Role::Nobody)).expect("a grant");
    world.play_for(3_000);
    let seen = open(&mut world, B);
    assert!(seen[0].is_closed_to_reader() && seen[0].label.is_empty() && seen[0].theirs_by.is_empty());
    assert_eq!(state(&mut world, B, Seq(1)), OpState::Conflicted, "it waits for nothing that a server lost");
    assert_eq!(refused(&mut world, B, Doing::Resolve(seen[0].id, Wish::Mine)), Code::NoPermission);
    does(&mut world, B, Doing::Discard(seen[0].id));
    world.play_for(3_000);
    assert!(open(&mut world, A).is_empty() && open(&mut world, B).is_empty());
    world.settle();
}

/// Whoever has the floor to which the asset came sees what is to be decided about it.
#[test]
fn rule_50_a_conflict_moves_with_what_it_is_about() {
    let mut world = plant();
    assert!(world.unload(C, &Scope { of: "estate".into(), id: id(1) }));
    world.load(C, &floor(5), false);
    world.play_for(3_000);
    serials(&mut world, &["$6"]);
    assert!(open(&mut world, C).is_empty());
    act(&mut world, A, r#"[{"update":"asset","id":"$6","set":{"floor":"$5"}}]"#);
    world.play_for(3_000);
    assert_eq!(open(&mut world, C).len(), 1);
    world.settle();
}

/// A conflict about both floors lies in their estate. One floor goes to another estate, and with it what lies on it, which nobody
/// writes again: the conflict lies above both estates then, and whoever has taken the first off the phone has it.
#[test]
fn rule_50_a_conflict_about_two_floors_follows_when_one_of_them_moves() {
    let mut world = plant();
    let other = r#"[{"insert":"estate","id":"$8","fields":{"name":"other"}},
        {"insert":"site","id":"$9","fields":{"estate":"$8","name":"other","postcode":"1"}},
        {"insert":"building","id":"$0","fields":{"site":"$9","name":"other"}}]"#;
    act(&mut world, A, other);
    world.load(A, &Scope { of: "estate".into(), id: id(8) }, true);
    world.play_for(3_000);
    assert!(world.unload(C, &Scope { of: "estate".into(), id: id(1) }));
    world.play_for(3_000);
    serials(&mut world, &["$6", "$7"]);
    assert!(open(&mut world, C).is_empty(), "it lies in what C does not have");
    act(&mut world, A, r#"[{"update":"floor","id":"$4","set":{"building":"$0"}}]"#);
    world.play_for(3_000);
    assert_eq!(open(&mut world, C).len(), 1);
    world.settle();
}

/// Of a conflict about both floors C sees the open one's asset. The other asset comes out of the closed floor, and C sees all
/// there is to decide; it goes back, and C sees no more of it than before. The conflict lies above both all the time.
#[test]
fn rule_50_a_conflict_shows_what_comes_out_of_a_closed_part_and_no_more_what_goes_into_one() {
    let mut world = plant();
    world.grants(C, floor(5), Some(Role::Nobody)).expect("a grant");
    act(&mut world, A, r#"[{"insert":"floor","id":"$8","fields":{"building":"$3","name":"cellar"}}]"#);
    world.play_for(3_000);
    serials(&mut world, &["$6", "$7"]);
    let seen = |world: &mut World| open(world, C)[0].units.iter().map(|unit| unit.id).collect::<Vec<_>>();
    assert_eq!(seen(&mut world), [id(6)]);
    for (floor, sees) in [("$8", [id(6), id(7)].as_slice()), ("$5", &[id(6)])] {
        let moved = format!(r#"[{{"update":"asset","id":"$7","set":{{"floor":"{floor}"}}}}]"#);
        act(&mut world, A, &moved);
        world.play_for(3_000);
        assert_eq!(seen(&mut world), sees, "it lies on {floor}");
    }
    world.settle();
}

/// A floor lies in what is closed to C, and is itself open to C. What goes with it C sees no longer; what comes back with it C
/// sees again. Also after a snapshot.
#[test]
fn rule_18_what_was_given_in_a_closed_part_goes_with_what_owns_it() {
    needs(Defect::GivenScopesStay, || {
        let mut world = plant();
        let estate = Scope { of: "estate".into(), id: id(1) };
        world.grants(C, estate.clone(), Some(Role::Nobody)).expect("a grant");
        world.grants(C, floor(4), Some(Role::App("surveyor".into()))).expect("a grant");
        world.play_for(3_000);
        let (pump, fan) = (r#""nickname":"pump""#, r#""nickname":"fan""#);
        assert!(shows(&mut world, C, pump) && !shows(&mut world, C, fan));
        let gone = act(&mut world, A, r#"[{"delete":"floor","id":"$4"}]"#);
        world.play_for(3_000);
        assert!(!shows(&mut world, C, pump), "it went with its owner");
        assert!(world.unload(C, &estate));
        world.load(C, &floor(4), false);
        world.play_for(3_000);
        assert!(!shows(&mut world, C, pump), "it is not there for who comes later");
        undo(&mut world, A, gone.seq);
        world.play_for(3_000);
        assert!(shows(&mut world, C, pump), "it came back with its owner");
        assert!(world.unload(C, &floor(4)));
        world.load(C, &estate, true);
        world.play_for(3_000);
        assert!(shows(&mut world, C, pump));
        world.settle();
    });
}
