//! Records that own others, and ops that build upon others.

use fieldbook_device_store::{ActError, OpState, Wish};
use fieldbook_model::Code;
use fieldbook_model::planted::Defect;
use fieldbook_sim::World;
use fieldbook_sim::people::action;
use fieldbook_sim::world::Doing;

use crate::tools::{
    A, B, C, act, act_as, away, back, code, does, entry, filled, meet, needs, open, resolve, shop, shows,
    state,
};

/// A hall `$2` with a pump `$3`.
fn hall() -> World {
    let mut world = shop();
    act(
        &mut world,
        A,
        r#"[{"insert":"area","id":"$2","fields":{"name":"hall"}},{"insert":"asset","id":"$3","fields":{"area":"$2","name":"pump"}}]"#,
    );
    world.play_for(3_000);
    world
}

/// Why an act is refused at once.
fn refused(world: &mut World, device: usize, changes: &str) -> Code {
    match world.act(device, action(&filled(changes))) {
        Err(ActError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// What somebody wrote about a pump whose hall was deleted meanwhile is kept, hidden, and comes back with the hall.
#[test]
fn rule_18_a_child_is_shown_with_its_owners_only() {
    needs(Defect::OrphansShow, || {
        let mut world = hall();
        away(&mut world, B);
        let remark =
            act(&mut world, B, r#"[{"insert":"remark","id":"$4","fields":{"asset":"$3","text":"leaks"}}]"#);
        act(&mut world, A, r#"[{"delete":"area","id":"$2"}]"#);
        world.play_for(3_000);
        back(&mut world, B);
        world.settle();
        assert_eq!(state(&mut world, B, remark.seq), OpState::Committed);
        assert!(!shows(&mut world, C, "leaks") && !shows(&mut world, B, "pump"));
        act(&mut world, A, r#"[{"restore":"area","id":"$2"}]"#);
        world.settle();
        assert!(shows(&mut world, C, "leaks") && shows(&mut world, B, "pump"));
    });
}

/// What refers to a record that waits in a conflict waits with it, and follows when it is settled.
#[test]
fn rule_19_what_refers_to_a_held_record_waits_with_it() {
    needs(Defect::ReferencesDependOnNothing, || {
        let mut world = shop();
        away(&mut world, A);
        let held = act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"code":"X"}}]"#);
        let bill = act_as(
            &mut world,
            A,
            "bill.create",
            "b",
            r#"[{"insert":"bill","id":"$3","fields":{"customer":"$2"}}]"#,
        );
        let payment = act_as(
            &mut world,
            A,
            "payment.take",
            "p",
            r#"[{"insert":"payment","id":"$4","fields":{"bill":"$3","amount":"1.00"}}]"#,
        );
        act(&mut world, B, r#"[{"insert":"customer","id":"$5","fields":{"code":"X"}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        for seq in [bill.seq, payment.seq] {
            assert_eq!(state(&mut world, A, seq), OpState::Conflicted);
            assert_eq!(entry(&mut world, A, seq).conflict, Some(held.op_id), "through however many others");
        }
        resolve(&mut world, B, held.op_id, Wish::Mine);
        world.settle();
        for seq in [held.seq, bill.seq, payment.seq] {
            assert_eq!(state(&mut world, A, seq), OpState::Committed);
        }
    });
}

/// "Theirs" about a customer leaves the record unmade, and what needs it is refused with it.
#[test]
fn what_needs_a_record_that_is_not_made_is_refused() {
    let mut world = shop();
    away(&mut world, A);
    let held = act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"code":"X"}}]"#);
    let bill = act_as(
        &mut world,
        A,
        "bill.create",
        "b",
        r#"[{"insert":"bill","id":"$3","fields":{"customer":"$2"}}]"#,
    );
    act(&mut world, B, r#"[{"insert":"customer","id":"$5","fields":{"code":"X"}}]"#);
    world.play_for(3_000);
    back(&mut world, A);
    resolve(&mut world, B, held.op_id, Wish::Theirs);
    world.settle();
    assert_eq!(state(&mut world, A, bill.seq), OpState::Rejected);
    assert!(shows(&mut world, C, r#""type":"gap""#), "the bill's number stands in the gap list");
}

/// What is not shown is not acted upon: a pump in a deleted hall, a customer that waits in a conflict.
#[test]
fn rule_53_nobody_acts_on_what_is_not_shown() {
    needs(Defect::ActsOnHidden, || {
        let mut world = hall();
        act(&mut world, A, r#"[{"delete":"area","id":"$2"}]"#);
        world.play_for(3_000);
        let rename = r#"[{"update":"asset","id":"$3","set":{"name":"x"}}]"#;
        assert_eq!(refused(&mut world, B, rename), Code::NotShown);
        let remark = r#"[{"insert":"remark","id":"$4","fields":{"asset":"$3","text":"leaks"}}]"#;
        assert_eq!(refused(&mut world, B, remark), Code::NotShown);
        let customer = |id: &str| format!(r#"[{{"insert":"customer","id":"{id}","fields":{{"code":"X"}}}}]"#);
        meet(&mut world, A, &customer("$5"), B, &customer("$6"));
        let edit = r#"[{"update":"customer","id":"$5","set":{"note":"x"}}]"#;
        assert_eq!(refused(&mut world, A, edit), Code::NotShown);
        world.settle();
    });
}

/// An area with boxes is not deleted; the device says so, and so does the server to one who had not seen the box.
#[test]
fn an_owner_that_is_needed_stays() {
    let mut world = hall();
    away(&mut world, B);
    let end = act(&mut world, B, r#"[{"delete":"area","id":"$2"}]"#);
    act(&mut world, A, r#"[{"insert":"box","id":"$4","fields":{"area":"$2","name":"crate"}}]"#);
    world.play_for(3_000);
    assert_eq!(refused(&mut world, A, r#"[{"delete":"area","id":"$2"}]"#), Code::HasChildren);
    back(&mut world, B);
    world.settle();
    assert_eq!(code(&mut world, B, end.seq), Some(Code::HasChildren));
    assert!(shows(&mut world, B, "hall") && shows(&mut world, B, "pump"));
}

/// The folders in a deleted folder go to its parent, also one that somebody put there without knowing.
#[test]
fn what_a_deleted_folder_held_goes_to_its_parent() {
    let mut world = shop();
    act(
        &mut world,
        A,
        r#"[{"insert":"folder","id":"$2","fields":{"name":"top"}},{"insert":"folder","id":"$3","fields":{"parent":"$2","name":"mid"}},
            {"insert":"folder","id":"$4","fields":{"parent":"$3","name":"low"}},{"insert":"paper","id":"$5","fields":{"folder":"$3","text":"loose"}}]"#,
    );
    world.play_for(3_000);
    away(&mut world, B);
    act(&mut world, B, r#"[{"insert":"folder","id":"$6","fields":{"parent":"$3","name":"late"}}]"#);
    act(&mut world, A, r#"[{"delete":"folder","id":"$3"}]"#);
    let under_top = format!(r#""parent":"{}""#, crate::tools::id(2));
    let low = format!(r#"{under_top},"name":"low""#);
    assert!(shows(&mut world, A, &low), "before anybody answered");
    world.play_for(3_000);
    back(&mut world, B);
    world.settle();
    for part in [low, format!(r#"{under_top},"name":"late""#), r#""folder":null,"text":"loose""#.to_owned()] {
        assert!(shows(&mut world, C, &part), "{part}");
    }
}

/// A refused op is edited and sent again, and those that were refused because of it follow.
#[test]
fn a_refused_op_is_sent_again_with_its_dependents() {
    let mut world = shop();
    away(&mut world, A);
    let taken = act(
        &mut world,
        A,
        r#"[{"insert":"customer","id":"$2","fields":{"note":"a"}},{"insert":"customer","id":"$3","fields":{"note":"b"}}]"#,
    );
    let bill = act_as(
        &mut world,
        A,
        "bill.create",
        "b",
        r#"[{"insert":"bill","id":"$4","fields":{"customer":"$3"}}]"#,
    );
    act(&mut world, B, r#"[{"insert":"customer","id":"$2","fields":{"note":"B's"}}]"#);
    world.play_for(3_000);
    back(&mut world, A);
    assert_eq!(code(&mut world, A, taken.seq), Some(Code::IdTaken));
    assert_eq!(code(&mut world, A, bill.seq), Some(Code::DependsOnRejected));
    let edited = action(&filled(r#"[{"insert":"customer","id":"$3","fields":{"note":"b"}}]"#)).changes;
    does(&mut world, A, Doing::Retry(taken.seq, Some(edited)));
    world.settle();
    assert_eq!(state(&mut world, A, taken.seq), OpState::Replaced);
    assert_eq!(state(&mut world, A, bill.seq), OpState::Replaced);
    assert!(
        shows(&mut world, C, r#""note":"b""#)
            && shows(&mut world, C, &format!(r#""customer":"{}""#, crate::tools::id(3)))
    );
    assert!(!shows(&mut world, C, r#""type":"gap""#), "the bill has its number after all");
    assert!(open(&mut world, C).is_empty());
}
