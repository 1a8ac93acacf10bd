//! What a server does: it begins, takes pushes, changes members and schemas, forgets, and begins another history.

use fieldbook_model::op::About;
use fieldbook_model::{Limits, Membership, OpId, Role, UserId, Version, WallTime};
use fieldbook_protocol::Standing;
use fieldbook_server_store::{By, MemberRow, Wanted, carry, part};

use super::{again, on_server};
use crate::disk::base::{Making, filled, format, schema};
use crate::disk::script::{Script, Step};
use crate::disk::server::{forget, make, take, upgrade};
use crate::disk::stage::{Base, SERVER, Side};
use crate::pair::{NOW, WORKSPACE, principal};

pub(super) fn all() -> Vec<Script> {
    vec![
        on_server("server-new", nothing, vec![begin(), taken(0..1), taken(1..2)]),
        on_server(
            "server-migrate-4",
            || format(4, Side::Server),
            vec![again(super::super::server::look), backed_up()],
        ),
        on_server(
            "server-migrate-5",
            || format(5, Side::Server),
            vec![again(super::super::server::look), backed_up()],
        ),
        on_server("server-push", sales, vec![taken(0..1), taken(1..2), taken(2..4), taken(4..5)]),
        on_server("server-group-commit", sales, vec![taken(0..5)]),
        on_server("server-conflicts", conflicts, vec![taken(1..2), taken(0..1)]),
        on_server("server-resolves", decisions, vec![taken(0..1), taken(1..2)]),
        on_server("server-members", sales, vec![taken(0..1), members(), taken(1..2)]),
        on_server("server-upgrade", sales, vec![taken(0..1), newer(), taken(1..2)]),
        on_server("server-forgets", deletions, vec![taken(0..2), again(forget), taken(2..3)]),
        on_server("server-backup-mark", sales, vec![taken(0..1), backed_up(), taken(1..2)]),
        on_server("server-new-history", restored, vec![parted(0), parted(1), backed_up()]),
    ]
}

fn begin() -> Step {
    again(|stage| make(stage, &schema(1)))
}

fn taken(which: std::ops::Range<usize>) -> Step {
    again(move |stage| take(stage, which.clone()))
}

fn newer() -> Step {
    again(|stage| upgrade(stage, &schema(2)))
}

fn backed_up() -> Step {
    again(|stage| Ok(stage.server().set_backup_mark(Version(2), WallTime(NOW.0)).map(drop)?))
}

fn parted(which: usize) -> Step {
    again(move |stage| {
        let standing = stage.standings[which].clone();
        Ok(part(stage.server(), &standing, NOW).map(drop)?)
    })
}

fn members() -> Step {
    again(|stage| {
        let row = |n| MemberRow { user: principal(n).user, name: principal(n).name, role: Role::Owner };
        let told = |n: u8, role: Role| Wanted {
            op: OpId::from_bytes([n; 16]),
            workspace: WORKSPACE,
            about: About::Member(Membership {
                user: UserId::from_bytes([n; 16]),
                name: format!("user {n}"),
                role,
            }),
            at: WallTime(NOW.0 + 5),
            by: By::default(),
            rights_of: None,
        };
        let wanted = [told(3, Role::Viewer), told(4, Role::Member)];
        Ok(carry(stage.server(), &Limits::default(), WORKSPACE, &[row(1), row(2)], &wanted).map(drop)?)
    })
}

/// No server yet, and two devices that want to send.
fn nothing() -> Base {
    let mut making = Making::of(&schema(1));
    making.a.act(&filled(r#"[{"insert":"product","id":"$1","fields":{"name":"Tea","stock":10}}]"#));
    making.b.act(&filled(r#"[{"insert":"product","id":"$2","fields":{"name":"Mug"}}]"#));
    let mut base = making.of_server(9);
    base.ill.clear();
    base
}

/// Both devices have sold for a day without a network.
fn sales() -> Base {
    let mut making = Making::shop();
    for n in 1..=9 {
        making.a.act(&filled(&format!(r#"[{{"update":"product","id":"$1","add":{{"stock":-{n}}}}}]"#)));
        making.b.act(&filled(&format!(
            r#"[{{"update":"product","id":"$2","add":{{"stock":{n}}}}},{{"update":"product","id":"$1","add":{{"stock":1}}}}]"#
        )));
    }
    making.of_server(3)
}

fn conflicts() -> Base {
    let mut making = Making::shop();
    for (device, name) in [(&mut making.a, "Chai"), (&mut making.b, "Mate")] {
        device.act(&filled(&format!(r#"[{{"update":"product","id":"$1","set":{{"name":"{name}"}}}}]"#)));
        device.act(&filled(r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#));
    }
    making.of_server(9)
}

fn decisions() -> Base {
    let mut making = super::devices::in_conflict();
    let conflict = super::conflict(&mut making.a.store).expect("BUG: a conflict");
    let moments = [making.a.moment(), making.b.moment()];
    making
        .a
        .store
        .resolve(moments[0], conflict, &fieldbook_device_store::Wish::Mine)
        .expect("BUG: a decision");
    // The second to decide is told so.
    making
        .b
        .store
        .resolve(moments[1], conflict, &fieldbook_device_store::Wish::Theirs)
        .expect("BUG: a decision");
    making.of_server(9)
}

fn deletions() -> Base {
    let mut making = Making::shop();
    making.a.act(&filled(r#"[{"delete":"product","id":"$2"}]"#));
    making.a.act(&filled(r#"[{"delete":"customer","id":"$3"}]"#));
    making.b.act(&filled(r#"[{"update":"product","id":"$2","add":{"stock":4}}]"#));
    making.of_server(1)
}

/// The server came back from a backup, and two devices have seen more.
fn restored() -> Base {
    let (before, mut making) = Making::shop().kept_so_far();
    let stands = |making: &mut Making, second: bool| {
        let device = if second { &mut making.b } else { &mut making.a };
        let request = device.store.pull_request().expect("BUG: a request");
        Standing { cursor: request.cursor, trail: request.trail }
    };
    for n in 1..=3 {
        making.b.act(&filled(&format!(r#"[{{"update":"product","id":"$1","add":{{"stock":-{n}}}}}]"#)));
        making.b.sync(&mut making.server);
    }
    making.a.pull(&making.server);
    let first = stands(&mut making, false);
    making.b.act(&filled(r#"[{"update":"product","id":"$1","add":{"stock":-9}}]"#));
    making.b.sync(&mut making.server);
    let standings = vec![first, stands(&mut making, true)];
    let ill = before.into_iter().filter(|(name, _)| name == SERVER).collect();
    Base { ill, standings, ..Base::default() }
}
