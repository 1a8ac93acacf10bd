//! What is told of each thing that may be found.

use fieldbook_device::store::Facts;
use fieldbook_device::{Health, HomeFile};
use fieldbook_model::{DeviceId, Seq, UserId, WallTime, WorkspaceId};
use fieldbook_protocol::{Fingerprint, PROTOCOL};
use fieldbook_server_store::{DeviceRow, Stuck, Why};

use super::finding::{Finding, Level};
use super::{data, disk, home};

const NOW: WallTime = WallTime(1_800_000_000_000);
const HOUR: i64 = 3_600_000;

fn at(hours: i64) -> WallTime {
    WallTime(NOW.0 + hours * HOUR)
}

/// Each finding as its level and its name.
fn told(findings: &[Finding]) -> Vec<(Level, &'static str)> {
    findings.iter().map(|finding| (finding.level, finding.check)).collect()
}

fn facts() -> Facts {
    Facts { schema: 1, next: Seq(1), ..Facts::default() }
}

#[test]
fn the_room_on_the_disk_is_told_by_how_much_it_is() {
    let check = |free, expected| assert_eq!(disk::of_room(free).level, expected, "{free}");
    check(0, Level::Fail);
    check((100 << 20) - 1, Level::Fail);
    check(100 << 20, Level::Warn);
    check((1 << 30) - 1, Level::Warn);
    check(1 << 30, Level::Ok);
}

#[test]
fn a_queue_is_worth_a_warning_when_it_waits_for_somebody() {
    let check = |change: fn(&mut Facts), expected: &[(Level, &'static str)]| {
        let mut facts = facts();
        change(&mut facts);
        assert_eq!(told(&home::queue(&facts, NOW)), expected);
    };
    check(|_| {}, &[(Level::Ok, "queue")]);
    check(|facts| (facts.waiting, facts.oldest_waiting) = (2, Some(at(-23))), &[(Level::Ok, "queue")]);
    check(|facts| (facts.waiting, facts.oldest_waiting) = (2, Some(at(-25))), &[(Level::Warn, "queue")]);
    check(
        |facts| (facts.conflicts, facts.rejected, facts.lost_base) = (1, 1, 1),
        &[(Level::Ok, "queue"), (Level::Warn, "conflicts"), (Level::Warn, "refused"), (Level::Warn, "lost")],
    );
}

#[test]
fn a_server_is_looked_at_for_its_clock_its_version_and_the_way_to_it() {
    let check = |server: &str, pinned: Option<Fingerprint>, health: Health, expected: [Level; 3]| {
        let ids = (WorkspaceId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let names = ("shop".to_owned(), "ann".to_owned());
        let device = DeviceId::from_bytes([3; 16]);
        let file = HomeFile::new((server.to_owned(), pinned), (names.0, ids.0), (names.1, ids.1), device);
        let findings = home::server(&file, &health, NOW);
        let [answers, tls, clock, version] = findings.as_slice() else { panic!("{findings:?}") };
        assert_eq!(answers.level, Level::Ok);
        assert_eq!([tls.level, clock.level, version.level], expected, "{findings:?}");
    };
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let well = Health { version, protocol: PROTOCOL, time: NOW, took_ms: 3 };
    let [ok, warn, fail] = [Level::Ok, Level::Warn, Level::Fail];
    check("https://shop.example", None, well.clone(), [ok, ok, ok]);
    check("https://192.0.2.1", Some(Fingerprint::of(b"it")), well.clone(), [ok, ok, ok]);
    check("http://127.0.0.1:4180", None, well.clone(), [ok, ok, ok]);
    check("http://192.0.2.1", None, well.clone(), [warn, ok, ok]);
    check("https://shop.example", None, Health { time: at(1), ..well.clone() }, [ok, warn, ok]);
    check("https://shop.example", None, Health { time: at(-26_280), ..well.clone() }, [ok, warn, ok]);
    check(
        "https://shop.example",
        None,
        Health { version: "9.9.9".to_owned(), ..well.clone() },
        [ok, ok, warn],
    );
    check("https://shop.example", None, Health { protocol: PROTOCOL + 1, ..well }, [ok, ok, fail]);
}

#[test]
fn of_a_workspace_it_is_told_who_is_stuck_and_who_is_away() {
    let stuck = |why, hours| Stuck {
        why,
        device: DeviceId::from_bytes([3; 16]),
        name: "ann".to_owned(),
        ops: 2,
        conflicts: 1,
        since: at(hours),
    };
    let findings = data::waits("shop", &[stuck(Why::Conflict, -48), stuck(Why::LostBase, -1)], NOW);
    assert_eq!(told(&findings), [(Level::Warn, "stuck"), (Level::Ok, "stuck")]);
    assert!(
        findings[0].says.starts_with("shop: 2 actions of ann in conflict, the oldest for 2"),
        "{findings:?}"
    );
    assert!(findings[1].says.contains("for what the server lost"), "{findings:?}");

    let workspace = WorkspaceId::from_bytes([1; 16]);
    let device = |hours, waiting| DeviceRow {
        id: DeviceId::from_bytes([4; 16]),
        user: UserId::from_bytes([2; 16]),
        user_name: "ann".to_owned(),
        name: "till-a".to_owned(),
        workspace,
        signed_in: at(-300),
        last_seen: at(hours),
        waiting,
        session_at: WallTime(0),
        ended_at: None,
    };
    let names = [(workspace, "shop")].into();
    let devices = [device(-200, Some(3)), device(-200, Some(0)), device(-200, None), device(-1, Some(3))];
    let findings = data::away(&devices, &names, NOW);
    assert_eq!(told(&findings), [(Level::Warn, "away")]);
    assert!(findings[0].says.starts_with("shop: till-a of ann had 3 actions to send, 8"), "{findings:?}");

    let level = |backup| data::backed_up("shop", backup, NOW).level;
    assert_eq!(
        [level(None), level(Some(at(-49))), level(Some(at(-1)))],
        [Level::Warn, Level::Warn, Level::Ok]
    );
}

#[test]
fn a_finding_is_one_line_that_ends_with_what_to_do() {
    assert_eq!(Finding::ok("disk", "fine").line(), "ok    disk         fine");
    assert_eq!(Finding::fail("disk", "full\n", "make room").line(), "fail  disk         full⏎: make room");
}
