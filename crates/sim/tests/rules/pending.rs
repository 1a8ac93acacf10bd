//! What a device shows while its ops are under way.

use fieldbook_device_store::OpState;
use fieldbook_model::Seq;
use fieldbook_model::planted::Defect;

use crate::tools::{A, B, act, last_of, needs, shop, shows, state};

/// Own deltas are never counted twice: an op leaves the pending set with the pull that carries its verdict,
/// whether its push was answered or not.
#[test]
fn rule_01_own_deltas_count_once_on_the_screen() {
    needs(Defect::PendingEndsAtAnswer, || {
        let mut world = shop();
        world.faults.reply_lost = 500;
        for _ in 0..20 {
            act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
            world.play_for(700);
        }
        world.settle();
        assert!(shows(&mut world, A, r#""stock":-30"#));
    });
}

/// An op that does not fit at a rebase is in doubt, not refused: the server commits it, and the edit is in the history.
#[test]
fn rule_02_only_the_server_gives_verdicts() {
    needs(Defect::RebaseGivesVerdicts, || {
        let mut world = shop();
        world.offline(A, 600_000);
        let edit = act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"coffee"}}]"#);
        act(&mut world, B, r#"[{"delete":"product","id":"$1"}]"#);
        world.play_for(3_000);
        // A hears of the delete while its own push does not get through.
        world.faults.commit_fails = 1_000;
        world.devices[A].offline_until_ms = 0;
        world.play_for(60_000);
        assert!(matches!(state(&mut world, A, edit.seq), OpState::Waiting | OpState::InFlight));
        world.settle();
        assert_eq!(state(&mut world, A, edit.seq), OpState::Committed);
        let history = last_of(&mut world, "product", crate::tools::id(1));
        assert!(history.contains("coffee"), "{history}");
    });
}

/// A rebase leaves the base of waiting ops as it was: what the person had not seen stays unseen.
#[test]
fn rule_40_a_rebase_does_not_rewrite_what_the_person_saw() {
    needs(Defect::RebaseRewritesBase, || {
        let mut world = shop();
        world.offline(A, 600_000);
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"mine"}}]"#);
        act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"theirs"}}]"#);
        world.play_for(3_000);
        let theirs = world.server.head().version;
        world.faults.commit_fails = 1_000;
        world.devices[A].offline_until_ms = 0;
        world.play_for(60_000);
        assert!(shows(&mut world, A, "mine"), "own pending on top of theirs");
        world.settle();
        let history = last_of(&mut world, "product", crate::tools::id(1));
        assert!(history.contains("mine") && history.contains(&theirs.to_string()), "{history}");
        assert!(
            history.contains("over"),
            "theirs was overwritten unseen, and the history says so: {history}"
        );
    });
}

/// An op of two records is skipped as a whole when one of them does not fit, and comes back as a whole.
#[test]
fn an_op_in_doubt_shows_nothing_of_itself() {
    let mut world = shop();
    act(&mut world, A, r#"[{"insert":"product","id":"$2","fields":{"name":"jam"}}]"#);
    world.play_for(3_000);
    world.offline(A, 600_000);
    act(
        &mut world,
        A,
        r#"[{"update":"product","id":"$1","set":{"name":"x1"}},{"update":"product","id":"$2","set":{"name":"x2"}}]"#,
    );
    assert!(shows(&mut world, A, "x1") && shows(&mut world, A, "x2"));
    act(&mut world, B, r#"[{"delete":"product","id":"$2"}]"#);
    world.play_for(3_000);
    world.faults.commit_fails = 1_000;
    world.devices[A].offline_until_ms = 0;
    world.play_for(60_000);
    assert!(!shows(&mut world, A, "x1"), "half of an op is shown");
    world.faults.commit_fails = 0;
    world.settle();
    assert!(shows(&mut world, A, "x1"), "the server committed it: the other half was lost to the delete");
    assert_eq!(state(&mut world, A, Seq(3)), OpState::Committed);
}
