//! A server that comes back from an old backup: nobody tells it, and nothing is lost by it.

use fieldbook_device_store::OpState;
use fieldbook_model::chain::Hash;
use fieldbook_model::planted::Defect;
use fieldbook_protocol::{Answer, PushReply, Verdict};

use crate::tools::{A, B, act, away, back, entry, needs, open, shop, shows, state, undo};

/// What was acknowledged and is lost is offered again, by whoever has it; nothing is doubled.
#[test]
fn rule_04_what_a_restored_server_has_lost_comes_back() {
    fn history() {
        let mut world = shop();
        world.back_up();
        let sold = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        world.play_for(3_000);
        assert_eq!(state(&mut world, A, sold.seq), OpState::Committed);
        world.restore();
        // The others go on, so that the lost number is given out again before A comes.
        away(&mut world, A);
        act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
        act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        world.settle();
        assert_eq!(state(&mut world, A, sold.seq), OpState::Committed);
        assert!(shows(&mut world, B, r#""stock":7"#), "both sales count, each once");
    }
    needs(Defect::RestoreUnnoticed, history);
}

/// An acknowledgement that the server has lost before the pull that would have named the op: what the pull does not
/// name waits again, and the log says so.
#[test]
fn rule_04_what_a_pull_does_not_name_waits_again() {
    needs(Defect::AcknowledgedForEver, || {
        let mut world = shop();
        away(&mut world, A);
        let sold = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        // The server that said this is gone, and the one in its place has not heard of the op.
        let op_id = entry(&mut world, A, sold.seq).op_id;
        let (head, seq) = (world.server.head(), sold.seq);
        let (version, verdict) = (head.version.next(), Verdict::Committed);
        let reply = PushReply {
            time: world.wall(),
            epoch: head.epoch,
            head: head.version,
            hash: Hash::ZERO,
            answers: vec![Answer { seq, op_id, version, verdict, partly: false }],
            expected: None,
        };
        world.devices[A].store.answers(&reply).expect("an answer");
        assert_eq!(state(&mut world, A, seq), OpState::Answered);
        act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        world.settle();
        assert_eq!(state(&mut world, A, seq), OpState::Committed);
        assert!(shows(&mut world, B, r#""stock":8"#));
    });
}

/// B keeps the first pages of what it has missed, as it was at a head that the server loses: a record that was changed there last is in a
/// page that never came. The rest of the pages is of another history, and what is kept is of no use any more.
#[test]
fn rule_04_kept_pages_are_not_completed_by_a_server_that_lost_the_rest() {
    let mut world = shop();
    away(&mut world, B);
    for product in 2..=9 {
        let made = format!(r#"[{{"insert":"product","id":"${product}","fields":{{"name":"p{product}"}}}}]"#);
        act(&mut world, A, &made);
    }
    world.play_for(3_000);
    world.back_up();
    act(&mut world, A, r#"[{"update":"product","id":"$2","set":{"name":"chai"}}]"#);
    world.play_for(3_000);
    let (id, wall) = (world.devices[B].id, world.wall());
    let request = world.devices[B].store.pull_request().expect("a request");
    let pages = world.server.pull(id, request, wall);
    assert!(pages.len() > 1, "more than one page");
    world.takes_in(B, &pages[..pages.len() - 1]);
    // Nobody else tells the server what it lost.
    (0..world.devices.len()).filter(|device| *device != B).for_each(|device| away(&mut world, device));
    world.restore();
    back(&mut world, B);
    assert!(shows(&mut world, B, r#""name":"p2""#), "it is there as it was before");
    back(&mut world, A);
    world.settle();
    assert!(shows(&mut world, B, r#""name":"chai""#));
}

/// A number of the lost history is no number of this one: what A had seen there it has not seen here.
#[test]
fn rule_03_what_was_seen_in_a_lost_history_was_not_seen() {
    needs(Defect::ForksAreForgotten, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"phone":"1"}}]"#);
        world.play_for(3_000);
        world.back_up();
        // A sees much that will be lost, and acts on it.
        for _ in 0..4 {
            act(&mut world, B, r#"[{"update":"customer","id":"$2","set":{"note":"b"}}]"#);
            world.play_for(2_000);
        }
        away(&mut world, A);
        let late = act(&mut world, A, r#"[{"update":"customer","id":"$2","set":{"phone":"2"}}]"#);
        away(&mut world, B);
        world.restore();
        act(&mut world, crate::tools::C, r#"[{"update":"customer","id":"$2","set":{"phone":"3"}}]"#);
        world.play_for(40_000);
        back(&mut world, A);
        assert_eq!(state(&mut world, A, late.seq), OpState::Conflicted, "nobody is overwritten unseen");
        world.settle();
        assert_eq!(open(&mut world, A).len(), 1);
    });
}

/// A device that was restored goes on in a log of its own. What it did before is its own, what it did after its backup is
/// another's; nothing is offered twice (rule 58).
#[test]
fn rule_23_a_restored_device_does_not_conflict_with_itself() {
    needs(Defect::CopiesAreStrangers, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"phone":"1"}}]"#);
        world.play_for(3_000);
        away(&mut world, A);
        let queued = act(&mut world, A, r#"[{"update":"customer","id":"$2","set":{"phone":"2"}}]"#);
        world.back_up_device(A);
        back(&mut world, A);
        assert_eq!(state(&mut world, A, queued.seq), OpState::Committed);
        act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        world.play_for(3_000);
        away(&mut world, A);
        world.restore_device(A);
        away(&mut world, A);
        let later = act(&mut world, A, r#"[{"update":"customer","id":"$2","set":{"phone":"3"}}]"#);
        back(&mut world, A);
        world.settle();
        assert_eq!(state(&mut world, A, queued.seq), OpState::Committed);
        assert_eq!(state(&mut world, A, later.seq), OpState::Committed, "its own number meets nobody");
        assert!(shows(&mut world, B, r#""phone":"3""#));
        assert!(shows(&mut world, B, r#""stock":8"#), "what it forgot has happened all the same");
    });
}

/// What it did after the backup it has forgotten, and may not overwrite unseen.
#[test]
fn rule_23_a_restored_device_does_not_overwrite_its_lost_self() {
    needs(Defect::CopiesOwnAll, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"phone":"1"}}]"#);
        world.play_for(3_000);
        world.back_up_device(A);
        act(&mut world, A, r#"[{"update":"customer","id":"$2","set":{"phone":"2"}}]"#);
        world.play_for(3_000);
        away(&mut world, A);
        world.restore_device(A);
        away(&mut world, A);
        let later = act(&mut world, A, r#"[{"update":"customer","id":"$2","set":{"phone":"3"}}]"#);
        back(&mut world, A);
        assert_eq!(state(&mut world, A, later.seq), OpState::Conflicted);
        assert_eq!(open(&mut world, A).len(), 1);
        world.settle();
        assert!(shows(&mut world, B, r#""phone":"2""#));
    });
}

/// A device that has nothing to send learns of it by a verdict for an op that is not its own, and what it does then counts.
#[test]
fn rule_23_a_pull_tells_of_the_other_copy() {
    needs(Defect::CopiesStayOne, || {
        let mut world = shop();
        world.back_up_device(A);
        act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        world.play_for(3_000);
        world.restore_device(A);
        world.play_for(40_000);
        assert_ne!(world.devices[A].log, world.devices[A].id, "before it does anything");
        let sold = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-3}}]"#);
        world.settle();
        assert_eq!(state(&mut world, A, sold.seq), OpState::Committed);
        assert!(shows(&mut world, B, r#""stock":5"#));
    });
}

/// What is asked first is what the server has: it is not offered anew, where it would be refused as another op's id.
#[test]
fn rule_58_what_the_server_has_is_not_offered_again() {
    needs(Defect::CopiesOfferAll, || {
        let mut world = shop();
        away(&mut world, A);
        let queued: Vec<_> = (0..3)
            .map(|_| act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#))
            .collect();
        world.back_up_device(A);
        back(&mut world, A);
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
        world.play_for(3_000);
        away(&mut world, A);
        world.restore_device(A);
        away(&mut world, A);
        let later = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        back(&mut world, A);
        world.settle();
        for op in queued.iter().chain([&later]) {
            assert_eq!(state(&mut world, A, op.seq), OpState::Committed);
        }
        assert!(shows(&mut world, B, r#""stock":6"#), "each once");
    });
}

/// Two copies send one op, and the second takes it back: to its log it was a duplicate, which did nothing.
#[test]
fn rule_23_an_undo_of_what_another_copy_had_sent_is_no_other_logs() {
    let mut world = shop();
    world.back_up_device(A);
    act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"chai"}}]"#);
    world.play_for(3_000);
    world.restore_device(A);
    away(&mut world, A);
    let sold = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
    world.back_up_device(A);
    back(&mut world, A);
    world.restore_device(A);
    away(&mut world, A);
    let back_again = undo(&mut world, A, sold.seq);
    back(&mut world, A);
    world.settle();
    assert_eq!(state(&mut world, A, back_again.seq), OpState::Committed);
    assert!(shows(&mut world, B, r#""stock":8"#), "what the other copy sold is sold");
}
