//! Who is what: rights at any version, and changes of members that an operator wants.

use fieldbook_model::op::About;
use fieldbook_model::{Access, Code, Granting, Limits, Membership, OpId, Role, Scope, UserId, Version};
use fieldbook_server_store::{By, MemberRow, Outcome, Wanted, carry};

use crate::builder::{Device, WORKSPACE, add, product, record};
use crate::world::{Make, NOW, World};

pub fn user(n: u8) -> UserId {
    Device::new(n).principal.user
}

pub fn role(n: u8, role: Role) -> About {
    About::Member(Membership { user: user(n), name: format!("user {n}"), role })
}

pub fn wanted(op: u8, about: About) -> Wanted {
    Wanted {
        op: OpId::from_bytes([op; 16]),
        workspace: WORKSPACE,
        about,
        at: NOW,
        by: By::operator("root"),
        rights_of: None,
    }
}

fn member(n: u8, role: Role) -> MemberRow {
    MemberRow { user: user(n), name: format!("user {n}"), role }
}

/// User 1 is the owner, user 2 a member, as the accounts have it.
pub fn change(world: &mut World, wanted: &[Wanted]) -> Vec<Outcome> {
    let members = [member(1, Role::Owner), member(2, Role::Member)];
    carry(world.store.as_mut(), &Limits::default(), WORKSPACE, &members, wanted).unwrap()
}

fn codes(outcomes: Vec<Outcome>) -> Vec<Option<Code>> {
    outcomes.into_iter().map(|(_, outcome)| outcome.err().map(|refusal| refusal.code)).collect()
}

fn role_at(world: &mut World, n: u8, version: u64) -> Option<(u64, Role)> {
    let found = world.reader().access(user(n), Version(version)).unwrap();
    found.map(|(since, access)| (since.0, access.role))
}

pub fn rights_are_known_at_every_version(make: Make) {
    let (mut world, mut b) = (World::new(make), Device::new(2));
    let ops = [b.op([product(1, "Chai")]), b.op([add(1, 1, -2)])];
    world.push(&b, &[&ops[0]]);
    assert_eq!(role_at(&mut world, 2, 1), None);
    // Those whom the log did not know come first: versions 2 and 3.
    assert_eq!(codes(change(&mut world, &[wanted(1, role(2, Role::Viewer))])), [None]);
    world.push(&b, &[&ops[1]]);
    change(&mut world, &[wanted(2, role(2, Role::Member))]);
    for (version, expected) in [
        (2, None),
        (3, Some((3, Role::Member))),
        (4, Some((4, Role::Viewer))),
        (5, Some((4, Role::Viewer))),
        (6, Some((6, Role::Member))),
        (99, Some((6, Role::Member))),
    ] {
        assert_eq!(role_at(&mut world, 2, version), expected, "at {version}");
    }
    assert_eq!(role_at(&mut world, 1, 99), Some((2, Role::Owner)));
    assert_eq!(role_at(&mut world, 3, 99), None);
}

pub fn an_op_is_judged_by_the_role_at_its_place(make: Make) {
    let (mut world, mut b) = (World::new(make), Device::new(2));
    let ops = [b.op([product(1, "Chai")]), b.op([add(1, 1, -2)]), b.op([add(1, 1, -3)])];
    assert_eq!(world.verdict(&b, &ops[0]), "committed");
    change(&mut world, &[wanted(1, role(2, Role::Nobody))]);
    assert_eq!(world.verdict(&b, &ops[1]), "no-permission");
    change(&mut world, &[wanted(2, role(2, Role::Member))]);
    assert_eq!(world.verdict(&b, &ops[2]), "committed", "an addition stands alone");
    let op = b.op([product(2, "Coffee")]);
    assert_eq!(world.verdict(&b, &op), "committed");
}

pub fn a_change_that_is_carried_again_happens_once(make: Make) {
    let mut world = World::new(make);
    let all = [
        wanted(1, role(1, Role::Member)),
        wanted(2, role(2, Role::Owner)),
        wanted(3, role(1, Role::Member)),
        wanted(4, role(2, Role::App("boss".into()))),
    ];
    let expected = [Some(Code::LastOwner), None, None, Some(Code::WrongValue)];
    assert_eq!(codes(change(&mut world, &all)), expected);
    let (head, lines) = (world.reader().head().unwrap(), world.export());
    assert_eq!(codes(change(&mut world, &all)), expected);
    assert_eq!((world.reader().head().unwrap(), world.export()), (head, lines));
}

pub fn who_is_removed_has_no_grants_left(make: Make) {
    let mut world = World::new(make);
    let scope = Scope { of: "product".into(), id: record(1) };
    let grant = |role| About::Grant(Granting { user: user(2), scope: scope.clone(), role });
    // The shop's products open no scope.
    assert_eq!(
        codes(change(&mut world, &[wanted(1, grant(Some(Role::Owner)))])),
        [Some(Code::UnknownRecord)]
    );
    change(&mut world, &[wanted(2, role(2, Role::Nobody))]);
    let (_, access) = world.reader().access(user(2), Version(99)).unwrap().unwrap();
    assert_eq!(access, Access::everywhere(Role::Nobody));
}
