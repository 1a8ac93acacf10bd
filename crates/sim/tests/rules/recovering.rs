//! What a server lost when it came back from an old backup: ops that wait for it, and the end of the waiting.

use fieldbook_device_store::{Asks, OpState};
use fieldbook_model::planted::Defect;
use fieldbook_model::{Code, json};
use fieldbook_sim::World;
use fieldbook_sim::world::Doing;

use crate::tools::{
    A, B, C, act, act_as, away, back, code, entry, needs, open, refused, shop, shows, state, undo, world,
};

/// A customer of A's, `$2`, that B and C have seen and the server has lost. All of them are away.
fn lost() -> World {
    let mut world = shop();
    world.back_up();
    let made = act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"phone":"1"}}]"#);
    world.play_for(3_000);
    assert_eq!(state(&mut world, A, made.seq), OpState::Committed);
    (A..=C).for_each(|device| away(&mut world, device));
    world
}

/// B's edit of what A made comes first: it waits, it blocks nothing but what depends on it, and it happens when A comes.
#[test]
fn rule_06_an_edit_of_a_lost_record_waits_for_the_record() {
    fn history() {
        let mut world = lost();
        let edit = act(&mut world, B, r#"[{"update":"customer","id":"$2","set":{"note":"b"}}]"#);
        let upon = act(&mut world, B, r#"[{"update":"customer","id":"$2","set":{"note":"c"}}]"#);
        let sold = act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        world.restore();
        back(&mut world, B);
        for seq in [edit.seq, upon.seq] {
            assert_eq!(state(&mut world, B, seq), OpState::LostBase);
        }
        assert_eq!(state(&mut world, B, sold.seq), OpState::Committed, "it blocks nothing");
        assert_eq!(world.devices[B].store.facts().expect("facts").lost_base, 2);
        assert!(open(&mut world, B).is_empty(), "nobody has to decide");
        world.settle();
        for seq in [edit.seq, upon.seq] {
            assert_eq!(state(&mut world, B, seq), OpState::Committed);
        }
        assert!(shows(&mut world, C, r#""note":"c""#));
    }
    needs(Defect::LostBaseIsRefused, history);
    needs(Defect::LostBaseSleeps, history);
}

/// One that refers to a lost record waits as well, and what builds on what it would make; the record comes last.
#[test]
fn rule_06_a_reference_to_a_lost_record_waits_and_its_chain_follows() {
    needs(Defect::LostBaseIsRefused, || {
        let mut world = world();
        world.back_up();
        act(&mut world, A, r#"[{"insert":"folder","id":"$3","fields":{"name":"a"}}]"#);
        world.play_for(3_000);
        (A..=C).for_each(|device| away(&mut world, device));
        let paper = r#"[{"insert":"paper","id":"$4","fields":{"folder":"$3","text":"b"}}]"#;
        let made = act(&mut world, B, paper);
        let upon = act(&mut world, B, r#"[{"update":"paper","id":"$4","set":{"text":"c"}}]"#);
        world.restore();
        back(&mut world, B);
        for seq in [made.seq, upon.seq] {
            assert_eq!(state(&mut world, B, seq), OpState::LostBase);
        }
        world.settle();
        for seq in [made.seq, upon.seq] {
            assert_eq!(state(&mut world, B, seq), OpState::Committed);
        }
        assert!(shows(&mut world, C, r#""text":"c""#));
    });
}

/// The owner closes the recovery: what still waits is refused, with its data; and what comes later and names what was lost
/// is refused at once.
#[test]
fn rule_06_who_closes_a_recovery_ends_the_waiting() {
    let mut world = lost();
    let edit = act(&mut world, B, r#"[{"update":"customer","id":"$2","set":{"note":"b"}}]"#);
    let late = act(&mut world, C, r#"[{"update":"customer","id":"$2","set":{"note":"c"}}]"#);
    world.restore();
    back(&mut world, B);
    assert_eq!(state(&mut world, B, edit.seq), OpState::LostBase);
    world.close_recovery();
    world.play_for(3_000);
    assert_eq!(state(&mut world, B, edit.seq), OpState::Rejected);
    assert_eq!(code(&mut world, B, edit.seq), Some(Code::UnknownRecord));
    let changes = json::write(&entry(&mut world, B, edit.seq).changes);
    assert!(changes.contains(r#""note":"b""#), "its data is kept");
    back(&mut world, C);
    assert_eq!(code(&mut world, C, late.seq), Some(Code::UnknownRecord));
    world.settle();
    world.check_closed();
}

/// What was saved waits again, and the log says why; it is no longer said when the server has it.
#[test]
fn rule_06_what_waits_again_says_so() {
    let mut world = lost();
    world.restore();
    act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
    back(&mut world, B);
    // A hears that the history began anew, and loses its network before it can offer anything.
    world.devices[A].offline_until_ms = 0;
    world.faults.lost = 1_000;
    world.play_for(3_000);
    world.faults.lost = 0;
    world.settle();
    let made = entry(&mut world, A, fieldbook_model::Seq(2));
    assert_eq!((made.state, made.again), (OpState::Committed, false));
}

/// A device keeps what it was acknowledged until the server says that a backup has it: so a server that comes back from that
/// backup has lost nothing for good.
#[test]
fn rule_05_what_no_backup_has_is_kept() {
    needs(Defect::TextsGoAtOnce, || {
        let mut world = shop();
        world.back_up_and_mark();
        let sold = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        world.play_for(40_000);
        assert!(!entry(&mut world, A, sold.seq).let_go);
        world.restore();
        world.settle();
        assert_eq!(state(&mut world, A, sold.seq), OpState::Committed);
        assert!(shows(&mut world, B, r#""stock":8"#));
    });
}

/// Where nobody makes backups, a device keeps what it was acknowledged for thirty days and no longer.
#[test]
fn rule_05_without_a_backup_texts_are_kept_for_thirty_days() {
    const DAY_MS: u64 = 24 * 3_600_000;
    needs(Defect::TextsGoAtOnce, || {
        let mut world = shop();
        let sold = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        world.play_for(3_000);
        let mut sleep = |days: u64| {
            world.leap(days * DAY_MS);
            // With the next news a device learns how late it is.
            act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
            world.play_for(40_000);
            entry(&mut world, A, sold.seq).let_go
        };
        assert!(!sleep(29), "a backup of yesterday may still be put back");
        assert!(sleep(2), "it does not grow for ever");
        world.settle();
        assert_eq!(state(&mut world, A, sold.seq), OpState::Committed);
    });
}

/// The last backup turns out to be of no use, and an older one is put back: what A had let go of is lost for good. A says so,
/// the server goes on behind it and tells the operator, and what A does next is taken.
#[test]
fn rule_05_what_nobody_has_any_more_is_declared() {
    needs(Defect::GapsAreSilent, || {
        let mut world = shop();
        world.back_up_and_mark();
        let sold = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        world.play_for(3_000);
        world.back_up_and_mark();
        act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
        world.play_for(40_000);
        assert!(entry(&mut world, A, sold.seq).let_go, "a backup has it");
        let kept = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-3}}]"#);
        world.play_for(3_000);
        world.restore_older();
        world.settle();
        assert_eq!(state(&mut world, A, sold.seq), OpState::Lost);
        assert_eq!(state(&mut world, A, kept.seq), OpState::Committed);
        assert!(shows(&mut world, B, r#""stock":7"#), "what is lost counts nowhere, what is kept once");
        let gaps = world.server.recovery().gaps;
        assert_eq!(gaps.iter().map(|gap| (gap.first, gap.last)).collect::<Vec<_>>(), [(sold.seq, sold.seq)]);
    });
}

/// A is a copy, and the server loses the last op that both copies have. It says so, A asks again what both have, and nothing of
/// what the server does have counts as lost though A let go of its text (rules 5, 23 and 58).
#[test]
fn rule_58_a_copy_of_what_was_lost_asks_again() {
    needs(Defect::LostTrunkUnnoticed, || {
        let mut world = shop();
        let first = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        world.play_for(3_000);
        world.back_up_and_mark();
        let common = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        world.play_for(40_000);
        assert!(entry(&mut world, A, first.seq).let_go, "a backup has it");
        world.back_up_device(A);
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
        world.play_for(3_000);
        world.restore_device(A);
        let own = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-3}}]"#);
        world.play_for(40_000);
        assert_eq!(state(&mut world, A, own.seq), OpState::Committed);
        world.restore();
        world.settle();
        for seq in [first.seq, common.seq, own.seq] {
            assert_eq!(state(&mut world, A, seq), OpState::Committed);
        }
        assert!(shows(&mut world, B, r#""stock":4"#), "each counts once");
    });
}

/// A comes back from a backup that still has what its later self had let go of, and what the server has lost for good since. It
/// asks about its whole log, since of what was confirmed any may be lost: what it offers again is just that.
#[test]
fn rule_58_a_copy_asks_about_its_whole_log() {
    let mut world = shop();
    let first = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
    world.play_for(3_000);
    world.back_up_and_mark();
    let lost = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
    world.play_for(3_000);
    world.back_up_device(A);
    world.back_up_and_mark();
    act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
    world.play_for(40_000);
    act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-3}}]"#);
    world.play_for(3_000);
    world.restore_older();
    world.settle();
    assert_eq!(state(&mut world, A, lost.seq), OpState::Lost);
    world.restore_device(A);
    world.settle();
    for seq in [first.seq, lost.seq] {
        assert_eq!(state(&mut world, A, seq), OpState::Committed);
    }
    let branch = world.devices[A].store.live_request().expect("a store in memory").branch;
    assert_eq!(
        branch.map(|branch| branch.from.seq),
        Some(first.seq),
        "what the server has is not offered again"
    );
    assert!(shows(&mut world, B, r#""stock":4"#), "each counts once");
}

/// The secure store knows the last number: a device that comes back from its backup begins a new series before it has met
/// the server.
#[test]
fn rule_30_a_restored_device_gives_no_number_out_again() {
    needs(Defect::SeriesGoesOn, || {
        let mut world = shop();
        world.back_up_device(A);
        let bill = r#"[{"insert":"bill","id":"$2","fields":{}}]"#;
        let printed = act(&mut world, A, bill);
        let number = |world: &mut World, seq| {
            let changes = json::write(&entry(world, A, seq).changes);
            changes
                .split("number\":\"")
                .nth(1)
                .expect("a number")
                .split('"')
                .next()
                .expect("its end")
                .to_owned()
        };
        let first = number(&mut world, printed.seq);
        world.play_for(3_000);
        away(&mut world, A);
        world.restore_device(A);
        away(&mut world, A);
        let again = act(&mut world, A, r#"[{"insert":"bill","id":"$3","fields":{}}]"#);
        assert_ne!(number(&mut world, again.seq), first);
        back(&mut world, A);
        world.settle();
    });
}

/// Two payments wait for one bill, the later of which knew of the earlier; when the bill is there again the first of them to
/// be offered is taken, and the other, which did not know of it, is a conflict.
#[test]
fn rule_06_what_waits_for_a_lost_record_may_clash_when_that_comes() {
    let mut world = world();
    world.play_for(1_000);
    world.back_up();
    let pays = |world: &mut World, device, id: &str| {
        let paid =
            format!(r#"[{{"insert":"payment","id":"{id}","fields":{{"bill":"$2","amount":"4.00"}}}}]"#);
        let acted = act_as(world, device, "payment.take", id, &paid);
        world.play_for(3_000);
        acted
    };
    act_as(&mut world, C, "bill.create", "b", r#"[{"insert":"bill","id":"$2","fields":{"total":"9.00"}}]"#);
    world.play_for(3_000);
    let earlier = pays(&mut world, A, "$3");
    let later = pays(&mut world, B, "$4");
    away(&mut world, A);
    away(&mut world, C);
    world.restore();
    world.play_for(5_000);
    back(&mut world, A);
    assert_eq!(state(&mut world, A, earlier.seq), OpState::LostBase);
    back(&mut world, C);
    world.settle();
    assert_eq!(state(&mut world, B, later.seq), OpState::Committed);
    assert_eq!(state(&mut world, A, earlier.seq), OpState::Conflicted);
}

/// A takes back what the server still has, and hears, before it has sent that, that the history began anew: the undo waits on, and
/// what is undone is not undone twice.
#[test]
fn rule_06_what_is_being_undone_stays_so_when_the_history_begins_anew() {
    let mut world = shop();
    let named = act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
    world.play_for(3_000);
    world.back_up();
    away(&mut world, A);
    let undone = undo(&mut world, A, named.seq);
    act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
    world.play_for(3_000);
    world.restore();
    world.play_for(3_000);
    let (device, wall) = (world.devices[A].id, world.wall());
    let request = world.devices[A].store.pull_request().expect("a request");
    for page in world.server.pull(device, request, wall) {
        world.devices[A].store.incoming_at(&page, wall).expect("a page");
    }
    assert_eq!(state(&mut world, A, named.seq), OpState::Committed);
    assert_eq!(state(&mut world, A, undone.seq), OpState::Waiting);
    let again = Doing::Undo(Some(named.seq), Asks::Anyway);
    assert_eq!(refused(&mut world, A, again), Code::NothingToUndo);
    back(&mut world, A);
    world.settle();
    assert!(shows(&mut world, C, r#""name":"tea""#));
}

/// A copy of A's is older than the verdict on what A had let go of and the server has lost for good since: it is so for the copy too,
/// though that has the text, as what A did next the server has.
#[test]
fn rule_58_what_was_declared_lost_is_so_for_a_copy() {
    let mut world = shop();
    world.back_up_and_mark();
    let lost = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
    while matches!(state(&mut world, A, lost.seq), OpState::Waiting | OpState::InFlight) {
        world.play_for(1);
    }
    assert_eq!(state(&mut world, A, lost.seq), OpState::Answered);
    away(&mut world, A);
    let kept = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-3}}]"#);
    world.back_up_device(A);
    world.back_up_and_mark();
    act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
    back(&mut world, A);
    assert!(entry(&mut world, A, lost.seq).let_go, "a backup has it");
    world.restore_older();
    world.settle();
    assert_eq!(state(&mut world, A, lost.seq), OpState::Lost);
    assert_eq!(state(&mut world, A, kept.seq), OpState::Committed);
    world.restore_device(A);
    world.settle();
    assert_eq!(state(&mut world, A, lost.seq), OpState::Lost);
    assert_eq!(state(&mut world, A, kept.seq), OpState::Committed);
    assert!(shows(&mut world, B, r#""stock":7"#), "what is lost counts nowhere, what is kept once");
}
