//! Keys that two records may not share.

use fieldbook_device_store::{OpState, Wish};
use fieldbook_model::planted::Defect;

use crate::tools::{A, B, C, act, act_as, away, back, meet, needs, open, resolve, shop, shows, state, undo};

/// Who has seen the first payment takes a second as a part of the sum. Who has not is asked about.
#[test]
fn rule_21_a_knowing_second_is_no_conflict() {
    needs(Defect::UniqueIgnoresSeen, || {
        let mut world = shop();
        act_as(
            &mut world,
            A,
            "bill.create",
            "b",
            r#"[{"insert":"bill","id":"$2","fields":{"total":"9.00"}}]"#,
        );
        world.play_for(3_000);
        let pay = |id: &str| {
            format!(r#"[{{"insert":"payment","id":"{id}","fields":{{"bill":"$2","amount":"3.00"}}}}]"#)
        };
        act_as(&mut world, B, "payment.take", "p3", &pay("$3"));
        world.play_for(3_000);
        let part = act_as(&mut world, C, "payment.take", "p4", &pay("$4"));
        world.play_for(3_000);
        assert_eq!(state(&mut world, C, part.seq), OpState::Committed);
        away(&mut world, A);
        let blind = act_as(&mut world, A, "payment.take", "p5", &pay("$5"));
        act_as(&mut world, B, "payment.take", "p6", &pay("$6"));
        world.play_for(3_000);
        back(&mut world, A);
        assert_eq!(state(&mut world, A, blind.seq), OpState::Conflicted);
        resolve(&mut world, C, blind.op_id, Wish::Mine);
        world.settle();
        assert_eq!(state(&mut world, A, blind.seq), OpState::Committed, "both are kept");
    });
}

/// A key is looked at whenever a record comes to have it: by a restore, an undo, an edit of the key.
#[test]
fn rule_22_a_record_that_comes_back_meets_who_took_its_key() {
    needs(Defect::UniqueAtInsertOnly, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"code":"X","note":"first"}}]"#);
        let end = act(&mut world, A, r#"[{"delete":"customer","id":"$2"}]"#);
        world.play_for(3_000);
        away(&mut world, A);
        let back_again = undo(&mut world, A, end.seq);
        act(&mut world, B, r#"[{"insert":"customer","id":"$3","fields":{"code":"X","note":"second"}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        assert_eq!(state(&mut world, A, back_again.seq), OpState::Conflicted);
        resolve(&mut world, B, back_again.op_id, Wish::Theirs);
        world.settle();
        assert!(shows(&mut world, C, "second") && !shows(&mut world, C, "first"));
    });
}

/// Who decided that a record comes back knows of it, as of all that is decided on the same device.
#[test]
fn rule_21_who_brought_a_payment_back_by_a_decision_has_seen_it() {
    let mut world = shop();
    act_as(&mut world, A, "bill.create", "b", r#"[{"insert":"bill","id":"$2","fields":{"total":"9.00"}}]"#);
    world.play_for(3_000);
    let pay = |id: &str| {
        format!(r#"[{{"insert":"payment","id":"{id}","fields":{{"bill":"$2","amount":"3.00"}}}}]"#)
    };
    act_as(&mut world, B, "payment.take", "p3", &pay("$3"));
    world.play_for(3_000);
    act(&mut world, B, r#"[{"delete":"payment","id":"$3"}]"#);
    world.play_for(3_000);
    away(&mut world, B);
    let blind = act(&mut world, B, r#"[{"restore":"payment","id":"$3"}]"#);
    act_as(&mut world, A, "payment.take", "p4", &pay("$4"));
    world.play_for(3_000);
    back(&mut world, B);
    assert_eq!(state(&mut world, B, blind.seq), OpState::Conflicted);
    world.play_for(3_000);
    resolve(&mut world, A, blind.op_id, Wish::Mine);
    let knowing = act_as(&mut world, A, "payment.take", "p5", &pay("$5"));
    world.settle();
    assert_eq!(state(&mut world, A, knowing.seq), OpState::Committed);
}

/// An edit of a key meets whoever has it; "both" lets the two share it, and a third meets both.
#[test]
fn two_may_share_a_key_when_a_person_says_so() {
    let mut world = shop();
    act(
        &mut world,
        A,
        r#"[{"insert":"customer","id":"$2","fields":{"code":"X"}},{"insert":"customer","id":"$3","fields":{"code":"Y"}}]"#,
    );
    world.play_for(3_000);
    let take = |id: &str| format!(r#"[{{"update":"customer","id":"{id}","set":{{"code":"Z"}}}}]"#);
    let held = meet(&mut world, A, &take("$2"), B, &take("$3"));
    assert_eq!(open(&mut world, C)[0].units[0].kind, "unique");
    resolve(&mut world, C, held.op_id, Wish::Mine);
    world.settle();
    assert!(open(&mut world, C).is_empty());
    away(&mut world, C);
    let third = act(&mut world, C, r#"[{"insert":"customer","id":"$4","fields":{"code":"Z"}}]"#);
    act(&mut world, B, r#"[{"update":"customer","id":"$3","set":{"code":"Z"}}]"#);
    world.play_for(3_000);
    back(&mut world, C);
    world.settle();
    assert_eq!(state(&mut world, C, third.seq), OpState::Conflicted);
}

/// A badge's code may not be used twice, not even by somebody who saw the other.
#[test]
fn a_key_that_is_always_unique_is_asked_about_always() {
    let mut world = shop();
    act(&mut world, A, r#"[{"insert":"badge","id":"$2","fields":{"code":"7"}}]"#);
    world.play_for(3_000);
    let knowing = act(&mut world, B, r#"[{"insert":"badge","id":"$3","fields":{"code":"7"}}]"#);
    world.settle();
    assert_eq!(state(&mut world, B, knowing.seq), OpState::Conflicted);
}
