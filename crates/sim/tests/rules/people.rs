//! Who may do what, from which place in the order on.

use fieldbook_device_store::{Acted, Export, OpState, Wish};
use fieldbook_device_sync::{Link, Now, Trouble};
use fieldbook_model::planted::Defect;
use fieldbook_model::{Code, Role, Version, WallTime};
use fieldbook_protocol::ProblemCode;
use fieldbook_sim::World;
use fieldbook_sim::people::action;
use fieldbook_sim::world::Doing;

use crate::tools::{
    A, B, C, act, away, back, code, filled, meet, needs, open, refused, resolve, shows, state, world,
};

const TARIFF: &str = r#"[{"insert":"tariff","id":"$1","fields":{"title":"summer","rate":1}}]"#;

fn rate(number: u8) -> String {
    format!(r#"[{{"update":"tariff","id":"$1","set":{{"rate":{number}}}}}]"#)
}

fn manager() -> Role {
    Role::App("manager".to_owned())
}

/// A tariff that all devices have. A is the owner, C a manager, B a plain member.
fn tariff() -> World {
    let mut world = world();
    world.says(C, manager()).expect("a role");
    act(&mut world, A, TARIFF);
    world.play_for(3_000);
    world
}

/// A manager sets a rate without network and is demoted meanwhile: the rate is refused, and what else was done counts.
#[test]
fn rule_32_a_queued_rate_of_a_demoted_manager_is_refused() {
    needs(Defect::RoleAtWrite, || {
        let mut world = tariff();
        away(&mut world, C);
        let rate = act(&mut world, C, &rate(5));
        let use_ = act(&mut world, C, r#"[{"update":"tariff","id":"$1","add":{"uses":1}}]"#);
        world.says(C, Role::Member).expect("a role");
        back(&mut world, C);
        assert_eq!(state(&mut world, C, rate.seq), OpState::Rejected);
        assert_eq!(code(&mut world, C, rate.seq), Some(Code::NoPermission));
        assert_eq!(state(&mut world, C, use_.seq), OpState::Committed);
        assert!(shows(&mut world, B, r#""rate":1"#) && shows(&mut world, B, r#""uses":1"#));
        world.settle();
    });
}

/// The other way round: who was made a manager before the device was online again may.
#[test]
fn rule_32_a_role_that_came_meanwhile_lets_queued_work_through() {
    let mut world = tariff();
    away(&mut world, C);
    // C's device does not hear of it and lets the person act; a server that took the op now would refuse it.
    world.says(C, Role::Member).expect("a role");
    let first = act(&mut world, C, &rate(5));
    world.says(C, manager()).expect("a role");
    back(&mut world, C);
    assert_eq!(state(&mut world, C, first.seq), OpState::Committed);
    world.settle();
}

/// A tariff whose server has accounts. B is an admin, and C, a manager, has set a rate and counted a use without network.
fn two_who_say() -> (World, [Acted; 2]) {
    let mut world = tariff();
    world.keep_accounts(0);
    world.says(B, Role::Admin).expect("a role");
    world.play_for(3_000);
    away(&mut world, C);
    let rate = act(&mut world, C, &rate(5));
    let use_ = act(&mut world, C, r#"[{"update":"tariff","id":"$1","add":{"uses":1}}]"#);
    (world, [rate, use_])
}

/// An admin demotes a manager before the admin is demoted: both happened, and what waits is judged by the role that came of it.
#[test]
fn i28_an_admin_who_is_demoted_later_was_still_one() {
    needs(Defect::RoleAtWrite, || {
        let (mut world, [rate, use_]) = two_who_say();
        let said = world.say_at_once(&[(B, C, Role::Member), (A, B, Role::Member)]);
        assert!(said.iter().all(Result::is_ok), "{said:?}");
        back(&mut world, C);
        assert_eq!(code(&mut world, C, rate.seq), Some(Code::NoPermission));
        assert_eq!(state(&mut world, C, use_.seq), OpState::Committed);
        world.settle();
        assert!(shows(&mut world, C, r#""rate":1"#) && shows(&mut world, B, r#""uses":1"#));
    });
}

/// The other way round: whoever is no admin any more changes nobody's role, although it was wanted before anybody knew.
#[test]
fn i28_an_admin_who_was_demoted_before_changes_nothing() {
    let (mut world, [rate, use_]) = two_who_say();
    let said = world.say_at_once(&[(A, B, Role::Member), (B, C, Role::Member)]);
    let codes: Vec<_> = said.into_iter().map(|outcome| outcome.err().map(|refusal| refusal.code)).collect();
    assert_eq!(codes, [None, Some(Code::NoPermission)]);
    back(&mut world, C);
    assert_eq!(state(&mut world, C, rate.seq), OpState::Committed);
    assert_eq!(state(&mut world, C, use_.seq), OpState::Committed);
    world.settle();
    assert!(shows(&mut world, B, r#""rate":5"#));
}

/// Two change one person's role at once: the later one holds.
#[test]
fn i28_of_two_who_change_a_role_at_once_the_later_holds() {
    for (first, second, becomes) in
        [(Role::Viewer, manager(), OpState::Committed), (manager(), Role::Viewer, OpState::Rejected)]
    {
        let (mut world, [rate, use_]) = two_who_say();
        let said = world.say_at_once(&[(A, C, first), (B, C, second)]);
        assert!(said.iter().all(Result::is_ok), "{said:?}");
        back(&mut world, C);
        assert_eq!(state(&mut world, C, rate.seq), becomes);
        assert_eq!(state(&mut world, C, use_.seq), becomes);
        world.settle();
    }
}

/// A rate that C has sent, and of which it has heard nothing. It has not reached the server, or the server has decided about it.
fn on_its_way(decided: bool) -> (World, Acted) {
    let mut world = tariff();
    world.keep_accounts(0);
    let before = world.server.head().version;
    let rate = act(&mut world, C, &rate(5));
    let is_there = |world: &mut World| match decided {
        true => world.server.head().version > before,
        false => state(world, C, rate.seq) == OpState::InFlight,
    };
    for _ in 0..5_000 {
        if is_there(&mut world) {
            break;
        }
        world.play_for(1);
    }
    assert_eq!(state(&mut world, C, rate.seq), OpState::InFlight);
    assert_eq!(world.server.head().version > before, decided, "one op is all that happened");
    (world, rate)
}

/// Somebody is made an admin, demotes a manager and is no admin any more, at one place of the order. A push that was on its way
/// and comes behind that place is judged by it; what was decided before stays.
#[test]
fn i28_a_push_on_its_way_is_judged_by_what_was_said_before_it_arrived() {
    needs(Defect::RoleBeforeItsTurn, || {
        for decided in [false, true] {
            let (mut world, rate) = on_its_way(decided);
            let said = world.say_at_once(&[
                (A, B, Role::Admin),
                (B, C, Role::Member),
                (A, B, Role::Member),
                (B, C, manager()),
            ]);
            let codes: Vec<_> = said.into_iter().map(|it| it.err().map(|refusal| refusal.code)).collect();
            assert_eq!(codes, [None, None, None, Some(Code::NoPermission)]);
            world.settle();
            let refused = (!decided).then_some(Code::NoPermission);
            assert_eq!(code(&mut world, C, rate.seq), refused);
            assert!(shows(&mut world, B, if decided { r#""rate":5"# } else { r#""rate":1"# }));
        }
    });
}

/// A person who may not hears it at once, in words that say who may.
#[test]
fn rule_32_a_device_asks_the_member_record_that_it_has() {
    let mut world = tariff();
    assert_eq!(refused(&mut world, B, Doing::Act(action(&filled(&rate(5))))), Code::NoPermission);
    world.says(B, manager()).expect("a role");
    world.play_for(3_000);
    act(&mut world, B, &rate(5));
    world.settle();
}

fn is_told_of_the_removal(world: &mut World, device: usize) -> bool {
    let now = Now { mono_ms: world.now_ms, wall: WallTime(0) };
    let removal = Trouble::Problem { code: ProblemCode::Revoked, retry_after_ms: None };
    world.devices[device].machine.session(now).link == Link::Halted(removal)
}

/// Whoever was removed gets a verdict for what is queued and nothing else. The device keeps what it has.
#[test]
fn rule_33_a_removed_member_pushes_what_is_queued_and_reads_nothing() {
    needs(Defect::RemovedRead, || {
        let mut world = tariff();
        away(&mut world, B);
        let queued = [1, 2, 3].map(|n| {
            let change = format!(r#"[{{"update":"tariff","id":"$1","set":{{"title":"winter {n}"}}}}]"#);
            act(&mut world, B, &change)
        });
        world.says(B, Role::Nobody).expect("a removal");
        act(&mut world, A, &rate(7));
        back(&mut world, B);
        assert!(is_told_of_the_removal(&mut world, B));
        let shown = world.devices[B].store.export(Export::Shown).expect("an export");
        assert!(
            shown.iter().any(|line| line.contains("winter 3")),
            "its own work is on its screen: {shown:?}"
        );
        assert!(!shows(&mut world, B, r#""rate":7"#), "what came after the removal is not for it");
        for acted in &queued {
            assert_eq!(state(&mut world, B, acted.seq), OpState::Answered);
        }
        let kept = world.server.reader().ops(Version(1), u32::MAX).expect("the server's log");
        let refused = kept.iter().filter(|(_, op)| op.contains("winter") && op.contains("no-permission"));
        assert_eq!(refused.count(), queued.len(), "the server keeps what it refused");
        // Let in again, the device hears what became of it.
        world.settle();
        assert_eq!(state(&mut world, B, queued[0].seq), OpState::Rejected);
        assert!(shows(&mut world, B, r#""rate":7"#));
    });
}

/// A conflict about a rate is for those who may set it: also "theirs" is a decision.
#[test]
fn rule_50_a_conflict_is_settled_by_who_may_write_all_of_it() {
    needs(Defect::ResolverNeedNotWrite, || {
        let mut world = tariff();
        let held = meet(&mut world, C, &rate(2), A, &rate(3));
        assert_eq!(open(&mut world, B).len(), 1);
        assert_eq!(
            world.devices[B].store.facts().expect("facts").conflicts,
            0,
            "it asks those who may decide"
        );
        assert_eq!(world.devices[C].store.facts().expect("facts").conflicts, 1);
        let theirs = Doing::Resolve(held.op_id, Wish::Theirs);
        assert_eq!(refused(&mut world, B, theirs), Code::NoPermission);
        resolve(&mut world, C, held.op_id, Wish::Mine);
        world.settle();
        assert!(shows(&mut world, B, r#""rate":2"#));
    });
}
