//! Groups, counts, numbers, and what is no edit.

use fieldbook_device_store::{OpState, Wish};
use fieldbook_model::planted::Defect;
use fieldbook_model::{Fields, Json};
use fieldbook_sim::world::Doing;

use crate::tools::{A, B, C, act, act_as, away, back, does, meet, needs, open, resolve, shop, shows, state};

/// Each number of a series has its record, or stands in the gap list with the reason.
#[test]
fn rule_30_a_number_is_somewhere() {
    needs(Defect::NumbersVanish, || {
        let mut world = shop();
        away(&mut world, A);
        act(
            &mut world,
            A,
            r#"[{"insert":"customer","id":"$2","fields":{"note":"a"}},{"insert":"customer","id":"$5","fields":{}}]"#,
        );
        let refused = act_as(
            &mut world,
            A,
            "bill.create",
            "1",
            r#"[{"insert":"bill","id":"$3","fields":{"customer":"$5"}}]"#,
        );
        let made = act_as(&mut world, A, "bill.create", "2", r#"[{"insert":"bill","id":"$4","fields":{}}]"#);
        act(&mut world, B, r#"[{"insert":"customer","id":"$2","fields":{"note":"b"}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        assert_eq!(state(&mut world, A, refused.seq), OpState::Rejected);
        assert_eq!(state(&mut world, A, made.seq), OpState::Committed);
        does(&mut world, A, Doing::Discard(refused.op_id));
        world.settle();
        assert!(shows(&mut world, B, r#"-000002","customer""#), "the second is a bill");
        assert!(shows(&mut world, B, r#"-000001","reason":"rejected""#), "the first is a gap");
    });
}

/// Half of two addresses is no address: a group is one value, whichever member was said.
#[test]
fn rule_43_a_group_is_one_value() {
    needs(Defect::GroupsTornApart, || {
        let mut world = shop();
        act(
            &mut world,
            A,
            r#"[{"insert":"customer","id":"$2","fields":{"street":"1 High","city":"Ash"}},
                {"insert":"area","id":"$3","fields":{}},{"insert":"asset","id":"$4","fields":{"area":"$3","x":0,"y":0}}]"#,
        );
        world.play_for(3_000);
        let held = meet(
            &mut world,
            A,
            r#"[{"update":"customer","id":"$2","set":{"street":"2 Low"}}]"#,
            B,
            r#"[{"update":"customer","id":"$2","set":{"city":"Elm"}}]"#,
        );
        assert_eq!(state(&mut world, A, held.seq), OpState::Conflicted);
        resolve(&mut world, B, held.op_id, Wish::Mine);
        meet(
            &mut world,
            A,
            r#"[{"update":"asset","id":"$4","set":{"x":5}}]"#,
            B,
            r#"[{"update":"asset","id":"$4","set":{"y":7}}]"#,
        );
        world.settle();
        assert!(shows(&mut world, C, r#""street":"2 Low","city":"Ash""#), "A's address, and no mixture");
        assert!(shows(&mut world, C, r#""x":5,"y":0"#), "A's place, and no mixture");
    });
}

/// What was counted is the addition that leads there. Somebody's sale that was not seen makes it a question.
#[test]
fn rule_44_a_count_adds() {
    needs(Defect::CountSets, || {
        let mut world = shop();
        let count = r#"[{"update":"product","id":"$1","count":{"stock":7}}]"#;
        let held = meet(&mut world, A, count, B, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        assert_eq!(state(&mut world, A, held.seq), OpState::Conflicted);
        act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":5}}]"#);
        world.play_for(3_000);
        resolve(&mut world, C, held.op_id, Wish::Mine);
        assert!(shows(&mut world, C, r#""stock":12"#), "before anybody answered");
        world.settle();
        assert!(
            shows(&mut world, B, r#""stock":12"#),
            "13, and one less than there were 8 when 7 were counted"
        );
        act(&mut world, A, r#"[{"update":"product","id":"$1","count":{"stock":40}}]"#);
        world.settle();
        assert!(shows(&mut world, B, r#""stock":40"#) && open(&mut world, B).is_empty());
    });
}

/// A count that is a question tells what was counted (rule 44), also where another count waits behind it from the beginning: whoever
/// decides for it decides for that number.
#[test]
fn rule_44_a_question_about_a_count_tells_what_was_counted() {
    let mut world = shop();
    away(&mut world, B);
    let price = act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"price":"2.00"}}]"#);
    let counted = act(&mut world, B, r#"[{"update":"product","id":"$1","count":{"stock":8}}]"#);
    act(&mut world, B, r#"[{"update":"product","id":"$1","count":{"stock":5}}]"#);
    act(&mut world, C, r#"[{"update":"product","id":"$1","set":{"price":"3.00"},"add":{"stock":1}}]"#);
    world.play_for(3_000);
    back(&mut world, B);
    // The counts waited because of the price. Both are a question of their own now, at once.
    resolve(&mut world, A, price.op_id, Wish::Theirs);
    world.play_for(3_000);
    let conflict = open(&mut world, A).remove(0);
    assert_eq!((conflict.id, conflict.held, conflict.units[0].kind.as_str()), (counted.op_id, 2, "count"));
    let stock = |side: &Option<Fields>| side.as_ref().and_then(|side| side.find("stock").cloned());
    let unit = &conflict.units[0];
    assert_eq!((stock(&unit.theirs), stock(&unit.mine)), (Some(Json::Int(11)), Some(Json::Int(8))));
    world.settle();
}

/// A delete that had not seen an addition, or an element, is no question: nobody edited anything.
#[test]
fn rule_52_additions_and_elements_are_no_edits() {
    needs(Defect::AdditionsMeetDeletes, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"contract","id":"$2","fields":{"title":"lease"}}]"#);
        world.play_for(3_000);
        let end = r#"[{"delete":"contract","id":"$2"}]"#;
        let adds = r#"[{"update":"contract","id":"$2","add":{"copies":1},"include":{"seals":["red"]}}]"#;
        let deleted = meet(&mut world, A, end, B, adds);
        world.settle();
        assert_eq!(state(&mut world, A, deleted.seq), OpState::Committed);
        assert!(!shows(&mut world, B, "lease"));
    });
}

/// A delete that had not seen an edit is a question, and so is an edit that had not seen the delete.
#[test]
fn a_delete_and_an_edit_of_a_contract_are_a_question() {
    for (mine, theirs, kind) in [
        (
            r#"[{"delete":"contract","id":"$2"}]"#,
            r#"[{"update":"contract","id":"$2","set":{"terms":"new"}}]"#,
            "delete-of-edited",
        ),
        (
            r#"[{"update":"contract","id":"$2","set":{"terms":"new"}}]"#,
            r#"[{"delete":"contract","id":"$2"}]"#,
            "edit-of-deleted",
        ),
    ] {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"contract","id":"$2","fields":{"title":"lease"}}]"#);
        world.play_for(3_000);
        let held = meet(&mut world, B, mine, C, theirs);
        assert_eq!(open(&mut world, A)[0].units[0].kind, kind);
        resolve(&mut world, A, held.op_id, Wish::Mine);
        world.settle();
        assert_eq!(shows(&mut world, C, r#""terms":"new""#), kind == "edit-of-deleted");
    }
}

/// What a delete that is a question comes to is told at the end of its chain, and there the contract is back (rule 9).
#[test]
fn rule_09_a_delete_that_was_taken_back_since_shows_the_record_as_mine() {
    let mut world = shop();
    act(&mut world, A, r#"[{"insert":"contract","id":"$2","fields":{"title":"lease"}}]"#);
    world.play_for(3_000);
    away(&mut world, B);
    let deleted = act(&mut world, B, r#"[{"delete":"contract","id":"$2"}]"#);
    act(&mut world, B, r#"[{"restore":"contract","id":"$2"}]"#);
    act(&mut world, C, r#"[{"update":"contract","id":"$2","set":{"terms":"new"}}]"#);
    world.play_for(3_000);
    back(&mut world, B);
    let conflict = open(&mut world, A).remove(0);
    assert_eq!((conflict.units[0].kind.as_str(), conflict.held), ("delete-of-edited", 2));
    assert!(conflict.units[0].mine.is_some(), "{conflict:?}");
    resolve(&mut world, A, deleted.op_id, Wish::Mine);
    world.settle();
    assert!(shows(&mut world, C, r#""terms":"new""#), "at the end of the chain it is there");
}

/// An edit of a task that did not know of the delete keeps it, whichever comes first.
#[test]
fn an_edit_of_a_task_wins_over_its_delete() {
    let (end, edit) =
        (r#"[{"delete":"task","id":"$2"}]"#, r#"[{"update":"task","id":"$2","set":{"title":"call"}}]"#);
    for (mine, theirs) in [(end, edit), (edit, end)] {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"task","id":"$2","fields":{"title":"ask"}}]"#);
        world.play_for(3_000);
        meet(&mut world, B, mine, C, theirs);
        world.settle();
        assert!(shows(&mut world, A, "call"));
    }
}
