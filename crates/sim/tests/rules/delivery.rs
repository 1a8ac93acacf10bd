//! Ops on their way: repeated, lost, altered, too large, out of turn.

use fieldbook_device_store::OpState;
use fieldbook_model::planted::Defect;
use fieldbook_model::{Code, OpId, SealedOp, Seq};
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{PushRequest, Verdict};

use crate::tools::{A, B, act, act_as, away, id, needs, shop, shows, state};

/// A push whose reply is lost is sent again, and its effect happens once.
#[test]
fn a_repeated_op_takes_effect_once() {
    needs(Defect::ReplayIsApplied, || {
        let mut world = shop();
        world.faults.reply_cut = 700;
        world.faults.doubled = 500;
        for _ in 0..15 {
            act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
            world.play_for(400);
        }
        world.settle();
        assert!(shows(&mut world, B, r#""stock":-5"#));
    });
}

/// Two tills tell one act, each with records of its own making: one effect, and what the second builds upon
/// its own record reaches the first one's.
#[test]
fn rule_20_a_key_names_the_act_and_not_its_bytes() {
    fn history() {
        let mut world = shop();
        world.offline(A, 600_000);
        world.offline(B, 600_000);
        let sale = |line: &str| {
            format!(
                r#"[{{"insert":"line","id":"{line}","fields":{{"product":"$1","amount":"2"}}}},{{"update":"product","id":"$1","add":{{"stock":-2}}}}]"#
            )
        };
        act_as(&mut world, A, "sale", "sale:7", &sale("$2"));
        let twin = act_as(&mut world, B, "sale", "sale:7", &sale("$3"));
        let after = act(&mut world, B, r#"[{"update":"line","id":"$3","set":{"amount":"5"}}]"#);
        world.devices[A].offline_until_ms = 0;
        world.play_for(40_000);
        world.settle();
        assert_eq!(state(&mut world, B, twin.seq), OpState::Duplicate);
        assert_eq!(state(&mut world, B, after.seq), OpState::Committed);
        assert!(shows(&mut world, A, r#""stock":8"#), "sold once");
        assert!(
            shows(&mut world, A, r#""amount":"5.000""#),
            "the edit of the twin reached the line in force"
        );
    }
    needs(Defect::KeysComparedByBytes, history);
    needs(Defect::DuplicateWithoutIdMap, history);
}

/// The same key for another amount is another act: refused, reported, and kept on the device.
#[test]
fn rule_20_another_act_under_a_used_key_is_refused() {
    let mut world = shop();
    world.offline(A, 600_000);
    world.offline(B, 600_000);
    let sale = |line: &str, amount: u8| {
        format!(r#"[{{"insert":"line","id":"{line}","fields":{{"product":"$1","amount":"{amount}"}}}}]"#)
    };
    act_as(&mut world, A, "sale", "sale:7", &sale("$2", 1));
    let other = act_as(&mut world, B, "sale", "sale:7", &sale("$3", 2));
    let builds = act(&mut world, B, r#"[{"update":"line","id":"$3","set":{"amount":"3"}}]"#);
    let apart = act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
    world.devices[A].offline_until_ms = 0;
    world.play_for(40_000);
    world.settle();
    assert_eq!(state(&mut world, B, other.seq), OpState::Rejected);
    assert_eq!(state(&mut world, B, builds.seq), OpState::Rejected, "parked with what it builds upon");
    assert_eq!(state(&mut world, B, apart.seq), OpState::Committed, "what stands alone flows");
    assert!(world.devices[B].store.op_text(other.seq).expect("a text").is_some(), "its data is kept");
}

/// An op that somebody on the way does not let through gives up its place and no more: those behind it flow.
#[test]
fn rule_29_an_op_too_large_for_the_way_does_not_block() {
    needs(Defect::TooLargeIsRetried, || {
        let mut world = shop();
        world.faults.proxy_bytes_max = 1_500;
        let name = "x".repeat(1_600);
        let large =
            act(&mut world, A, &format!(r#"[{{"update":"product","id":"$1","set":{{"name":"{name}"}}}}]"#));
        let small = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        world.play_for(120_000);
        assert_eq!(state(&mut world, A, small.seq), OpState::Committed);
        assert_eq!(state(&mut world, A, large.seq), OpState::Rejected);
        world.settle();
    });
}

/// An op above the limit that the server advertised is refused when it is made.
#[test]
fn rule_29_act_refuses_what_the_server_would_not_take() {
    let mut world = shop();
    let name = "x".repeat(1_900);
    let changes: Vec<String> = (0..2)
        .map(|_| format!(r#"{{"update":"product","id":"{}","set":{{"name":"{name}"}}}}"#, id(1)))
        .collect();
    let action = fieldbook_sim::people::action(&format!("[{}]", changes.join(",")));
    let refused = world.act(A, action);
    match refused {
        Err(fieldbook_device_store::ActError::Refused(refusal)) => assert_eq!(refusal.code, Code::TooLarge),
        other => panic!("{other:?}"),
    }
    world.settle();
}

/// A live stream that lost an event is noticed by where the next one begins; the rest is pulled.
#[test]
fn rule_36_a_gap_in_the_live_stream_is_noticed() {
    needs(Defect::LiveIgnoresGaps, || {
        let mut world = shop();
        world.faults.stream_skips = 400;
        for n in 0..20 {
            act(&mut world, A, &format!(r#"[{{"update":"product","id":"$1","set":{{"name":"n{n}"}}}}]"#));
            act(
                &mut world,
                B,
                r#"[{"insert":"customer","id":"$4","fields":{}}]"#.replace("$4", &fresh(n)).as_str(),
            );
            world.play_for(300);
        }
        world.settle();
    });
}

fn fresh(number: u8) -> String {
    fieldbook_model::RecordId::v7(2_000, [number; 10]).to_string()
}

/// An op_id that comes again with other content is refused, and the first stands.
#[test]
fn rule_39_an_altered_op_is_not_the_op() {
    needs(Defect::AlteredOpIsAnswered, || {
        let mut world = shop();
        let (_, op) = world.devices[A].promised[0].clone();
        let altered = SealedOp::seal(fieldbook_model::Op { action: "sale".into(), ..(*op).clone() });
        let push = PushRequest {
            standing: op.seen.into(),
            branch: None,
            gap: None,
            ops: vec![Pushed::Whole(Box::new(altered))],
        };
        let id = world.devices[A].id;
        let reply = world.server.push(vec![(id, push)], world.wall(), false).remove(0).expect("a reply");
        match &reply.answers[0].verdict {
            Verdict::Rejected { refusal, .. } => assert_eq!(refusal.code, Code::OpAltered),
            other => panic!("{other:?}"),
        }
    });
}

/// A seq that is left out is asked for.
#[test]
fn a_gap_in_a_log_is_asked_for() {
    needs(Defect::GapsAreAccepted, || {
        let mut world = shop();
        let (_, first) = world.devices[A].promised[0].clone();
        let op_id = OpId::v7(5, [9; 10]);
        let ahead = SealedOp::seal(fieldbook_model::Op {
            seq: Seq(3),
            op_id,
            idempotency_key: op_id.to_string(),
            ..(*first).clone()
        });
        let push = PushRequest {
            standing: first.seen.into(),
            branch: None,
            gap: None,
            ops: vec![Pushed::Whole(Box::new(ahead))],
        };
        let id = world.devices[A].id;
        let reply = world.server.push(vec![(id, push)], world.wall(), false).remove(0).expect("a reply");
        assert_eq!(reply.expected, Some(Seq(2)));
        assert!(reply.answers.is_empty());
    });
}

/// A refused op keeps its place in the chain: the ones behind it are not held up.
#[test]
fn rule_49_a_refused_op_keeps_its_place() {
    needs(Defect::RejectedBreaksChain, || {
        let mut world = shop();
        world.offline(A, 600_000);
        world.offline(B, 600_000);
        act(&mut world, A, r#"[{"insert":"customer","id":"$5","fields":{"note":"a"}}]"#);
        let taken = act(&mut world, B, r#"[{"insert":"customer","id":"$5","fields":{"note":"b"}}]"#);
        let next = act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        world.devices[A].offline_until_ms = 0;
        world.play_for(40_000);
        world.settle();
        assert_eq!(state(&mut world, B, taken.seq), OpState::Rejected);
        assert_eq!(state(&mut world, B, next.seq), OpState::Committed);
    });
}

/// A group of pushes whose commit fails is answered by nobody, and nothing of it is lost.
#[test]
fn rule_51_answers_are_sent_after_the_commit() {
    needs(Defect::AnswersBeforeCommit, || {
        let mut world = shop();
        world.faults.commit_fails = 700;
        for _ in 0..10 {
            act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
            act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
            world.play_for(500);
        }
        world.settle();
        assert!(shows(&mut world, A, r#""stock":-10"#));
    });
}

/// Every fault ends while B still gets, page by page, what the server sent over a slow network. That is no reason to say that it is stuck.
#[test]
fn what_was_sent_slowly_comes_slowly_also_when_faults_end() {
    const SLOW_MS: u64 = 5_000;
    let mut world = shop();
    away(&mut world, B);
    for n in 10..90 {
        let name = "tea ".repeat(480);
        let insert = format!(r#"[{{"insert":"product","id":"{}","fields":{{"name":"{name}"}}}}]"#, id(n));
        act(&mut world, A, &insert);
    }
    world.play_for(3_000);
    world.devices[B].offline_until_ms = 0;
    world.faults.delay_ms_max = SLOW_MS;
    while world.devices[B].store.facts().expect("facts").staged.is_none() {
        world.play_for(SLOW_MS);
    }
    world.settle();
    assert!(shows(&mut world, B, "tea tea"));
}

/// Whoever has a device's token and not its secret pushes nothing: not under another's signature, not without one, and not
/// with a byte more than was signed.
#[test]
fn a_push_in_other_hands_is_turned_away() {
    needs(Defect::UnsignedTaken, || {
        let mut world = shop();
        for _ in 0..30 {
            act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
            world.play_for(400);
        }
        world.settle();
        let checked = world.checks.counted("I7 a push that its device did not sign is turned away");
        assert!(checked > 0, "none was tried");
        assert!(shows(&mut world, B, r#""stock":-20"#));
    });
}
