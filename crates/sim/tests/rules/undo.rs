//! Taking back, and doing again.

use fieldbook_device_store::{Asks, Export, OpState, Wish};
use fieldbook_model::planted::Defect;
use fieldbook_model::{Code, Seq};
use fieldbook_sim::World;
use fieldbook_sim::world::Doing;

use crate::tools::{
    A, B, C, act, act_as, away, back, code, does, id, last_of, meet, needs, open, redo, refused, shop, shows,
    state, undo, world,
};

/// The undo of an op that was refused takes nothing back.
#[test]
fn rule_11_the_undo_of_a_refused_op_does_nothing() {
    needs(Defect::UndoOfNothingCounts, || {
        let mut world = shop();
        away(&mut world, A);
        let sale = act(
            &mut world,
            A,
            r#"[{"insert":"customer","id":"$5","fields":{}},{"update":"product","id":"$1","add":{"stock":-2}}]"#,
        );
        let back_again = undo(&mut world, A, sale.seq);
        act(&mut world, B, r#"[{"insert":"customer","id":"$5","fields":{}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        world.settle();
        assert_eq!(state(&mut world, A, sale.seq), OpState::Rejected);
        assert_eq!(state(&mut world, A, back_again.seq), OpState::Committed);
        assert!(shows(&mut world, C, r#""stock":10"#), "+2 from nothing");
    });
}

/// What another wrote between an op and its undo stays, and the history says that it was not undone.
#[test]
fn rule_12_an_undo_leaves_what_came_in_between() {
    needs(Defect::UndoUnguarded, || {
        let mut world = shop();
        let edit =
            act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"jam"},"add":{"stock":-2}}]"#);
        world.play_for(3_000);
        away(&mut world, A);
        undo(&mut world, A, edit.seq);
        assert!(shows(&mut world, A, "tea") && shows(&mut world, A, r#""stock":10"#));
        act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"salt"}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        world.settle();
        assert!(shows(&mut world, A, "salt") && shows(&mut world, A, r#""stock":10"#));
        assert!(last_of(&mut world, "product", id(1)).contains("not-undone"));
    });
}

/// A movement is written once. Its undo is another that counts against it.
#[test]
fn rule_31_a_record_written_once_is_undone_by_another() {
    needs(Defect::UndoDeletesInsertOnly, || {
        let mut world = shop();
        let moved =
            act(&mut world, A, r#"[{"insert":"movement","id":"$2","fields":{"product":"$1","count":4}}]"#);
        world.play_for(3_000);
        undo(&mut world, A, moved.seq);
        assert!(shows(&mut world, A, r#""count":-4"#), "before anybody answered");
        world.settle();
        assert!(shows(&mut world, B, r#""count":4"#) && shows(&mut world, B, r#""count":-4"#));
        assert!(shows(&mut world, B, &format!(r#""reverses":"{}""#, id(2))));
    });
}

/// An undo gives a unit back as it was: who had seen that value has seen this one.
#[test]
fn rule_42_a_value_that_comes_back_is_not_new() {
    needs(Defect::UndoStampsAnew, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"price":"1.00"}}]"#);
        world.play_for(3_000);
        away(&mut world, B);
        let two = act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"price":"2.00"}}]"#);
        let nine = act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"price":"9.00"}}]"#);
        undo(&mut world, A, nine.seq);
        world.play_for(3_000);
        back(&mut world, B);
        world.settle();
        assert_eq!(state(&mut world, B, two.seq), OpState::Committed, "1.00 was what B saw");
        assert!(shows(&mut world, C, r#""price":"2.00""#));
    });
}

/// Five changes over three types, one of whose fields a teammate changed: the other four go back.
#[test]
fn an_op_over_three_types_goes_back_but_for_what_changed_since() {
    let mut world = shop();
    act(
        &mut world,
        A,
        r#"[{"insert":"product","id":"$2","fields":{"name":"jam"}},{"insert":"customer","id":"$3","fields":{"note":"old"}},
            {"insert":"area","id":"$4","fields":{"name":"hall"}}]"#,
    );
    world.play_for(3_000);
    let five = act(
        &mut world,
        A,
        r#"[{"update":"product","id":"$1","set":{"name":"x1"},"add":{"stock":5}},{"update":"product","id":"$2","set":{"name":"x2"}},
            {"update":"customer","id":"$3","set":{"note":"new"}},{"update":"area","id":"$4","set":{"name":"x4"}},
            {"update":"product","id":"$1","include":{"tags":["t"]}}]"#,
    );
    world.play_for(3_000);
    act(&mut world, B, r#"[{"update":"customer","id":"$3","set":{"note":"B's"}}]"#);
    world.play_for(3_000);
    let asked = Doing::Undo(Some(five.seq), Asks::First);
    assert_eq!(refused(&mut world, A, asked), Code::ChangedSince, "the person is told first");
    undo(&mut world, A, five.seq);
    for _ in 0..2 {
        for part in ["tea", "jam", "hall", "B's", r#""stock":10"#, r#""tags":[]"#] {
            assert!(shows(&mut world, A, part), "{part}");
        }
        world.settle();
    }
}

/// What was done before a kill can be undone after it.
#[test]
fn the_undo_stack_survives_a_kill() {
    let mut world = shop();
    away(&mut world, A);
    let edit = act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"jam"}}]"#);
    world.kill(A);
    let next = world.devices[A].store.undo_stack(1).expect("a stack").remove(0);
    assert_eq!(next.seq, edit.seq);
    undo(&mut world, A, edit.seq);
    world.kill(A);
    assert!(shows(&mut world, A, "tea"));
    redo(&mut world, A);
    world.kill(A);
    assert!(shows(&mut world, A, "jam"));
    world.settle();
    assert!(shows(&mut world, B, "jam"));
}

/// A thousand rows were imported by mistake. All of them go again, and come again.
#[test]
fn an_import_of_a_thousand_rows_is_undone() {
    let mut world = shop();
    away(&mut world, A);
    for batch in 0..50_u8 {
        let row = |n: u8| {
            let id = fieldbook_model::RecordId::v7(3_000, [0, 0, 0, 0, 0, 0, 0, 0, batch, n]);
            format!(r#"{{"insert":"task","id":"{id}","fields":{{"title":"row"}}}}"#)
        };
        let rows: Vec<String> = (0..20).map(row).collect();
        act(&mut world, A, &format!("[{}]", rows.join(",")));
    }
    let rows = |world: &mut World, device: usize| {
        let export = world.devices[device].store.export(Export::Shown).expect("an export");
        export.iter().filter(|line| line.contains(r#""title":"row""#)).count()
    };
    back(&mut world, A);
    assert_eq!(rows(&mut world, B), 1_000);
    for _ in 0..50 {
        world.does(A, Doing::Undo(None, Asks::First)).expect("nobody changed anything");
        world.play_for(200);
    }
    world.settle();
    assert_eq!(rows(&mut world, B), 0);
    redo(&mut world, A);
    world.settle();
    assert_eq!(rows(&mut world, B), 20);
}

/// The delete of an area is undone, and all that stood in it is there again.
#[test]
fn the_undo_of_a_delete_brings_the_children_back() {
    let mut world = shop();
    act(
        &mut world,
        A,
        r#"[{"insert":"area","id":"$2","fields":{"name":"hall"}},{"insert":"asset","id":"$3","fields":{"area":"$2","name":"pump"}},
            {"insert":"remark","id":"$4","fields":{"asset":"$3","text":"leaks"}}]"#,
    );
    world.play_for(3_000);
    let end = act(&mut world, A, r#"[{"delete":"area","id":"$2"}]"#);
    world.play_for(3_000);
    assert!(!shows(&mut world, B, "pump") && !shows(&mut world, B, "leaks"));
    undo(&mut world, A, end.seq);
    assert!(shows(&mut world, A, "pump") && shows(&mut world, A, "leaks"), "before anybody answered");
    world.settle();
    assert!(shows(&mut world, B, "pump") && shows(&mut world, B, "leaks"));
    redo(&mut world, A);
    world.settle();
    assert!(!shows(&mut world, B, "pump"));
}

/// The undo of an op that waits takes it back for good, and its conflict is gone everywhere.
#[test]
fn the_undo_of_a_held_op_withdraws_it() {
    let mut world = shop();
    let held = meet(
        &mut world,
        A,
        r#"[{"update":"product","id":"$1","set":{"price":"2.00"},"add":{"stock":-2}}]"#,
        B,
        r#"[{"update":"product","id":"$1","set":{"price":"3.00"}}]"#,
    );
    away(&mut world, C);
    let late = crate::tools::resolve(&mut world, C, held.op_id, Wish::Mine);
    undo(&mut world, A, held.seq);
    world.play_for(3_000);
    back(&mut world, C);
    world.settle();
    assert_eq!(state(&mut world, A, held.seq), OpState::Withdrawn);
    assert_eq!(code(&mut world, C, late.seq), Some(Code::AlreadyResolved));
    assert!(open(&mut world, B).is_empty() && shows(&mut world, B, r#""stock":10"#));
}

/// A bill is not deleted by an undo: it is voided, and keeps its number.
#[test]
fn a_bill_is_undone_by_its_counter_action() {
    let mut world = shop();
    let bill = act_as(
        &mut world,
        A,
        "bill.create",
        "b1",
        r#"[{"insert":"bill","id":"$2","fields":{"total":"9.00"}}]"#,
    );
    world.play_for(3_000);
    undo(&mut world, A, bill.seq);
    assert!(shows(&mut world, A, r#""status":"void""#), "before anybody answered");
    world.settle();
    assert!(shows(&mut world, B, r#""status":"void""#) && shows(&mut world, B, r#""total":"9.00""#));
    redo(&mut world, A);
    world.settle();
    assert!(shows(&mut world, B, r#""status":"open""#));
    let plain = act(&mut world, A, r#"[{"insert":"bill","id":"$3","fields":{}}]"#);
    world.play_for(3_000);
    let asked = Doing::Undo(Some(plain.seq), Asks::Anyway);
    assert_eq!(refused(&mut world, A, asked), Code::NotUndoable, "a number without a way back");
}

/// A bill that waits with its customer is withdrawn, and made again: the same bill with the same number.
#[test]
fn a_bill_that_was_withdrawn_is_made_again_with_its_number() {
    let mut world = world();
    away(&mut world, A);
    let mine = r#"[{"insert":"customer","id":"$2","fields":{"code":"X"}},
        {"insert":"bill","id":"$3","fields":{"customer":"$2","total":"9.00"}}]"#;
    let held = act_as(&mut world, A, "bill.create", "b1", mine);
    let theirs = act(&mut world, B, r#"[{"insert":"customer","id":"$4","fields":{"code":"X"}}]"#);
    world.play_for(3_000);
    back(&mut world, A);
    assert_eq!(state(&mut world, A, held.seq), OpState::Conflicted);
    let withdrawn = undo(&mut world, A, held.seq);
    world.play_for(3_000);
    undo(&mut world, B, theirs.seq);
    world.play_for(3_000);
    undo(&mut world, A, withdrawn.seq);
    world.settle();
    assert!(shows(&mut world, B, "-000001\""));
}

/// The elements of a set go and come each for itself; where there are none it is empty, in whichever way it came to that.
#[test]
fn a_set_that_was_emptied_is_empty_again_after_undo_and_redo() {
    let mut world = world();
    act(&mut world, A, r#"[{"insert":"gauge","id":"$1","fields":{"name":"boiler","marks":["p"]}}]"#);
    act(&mut world, A, r#"[{"update":"gauge","id":"$1","set":{"marks":null}}]"#);
    world.there_and_back(A, 1);
    assert!(!shows(&mut world, A, r#""marks":["p"]"#));
    undo(&mut world, A, Seq(2));
    world.settle();
    assert!(shows(&mut world, B, r#""marks":["p"]"#));
}

/// A set without elements may be empty or nothing: an undo brings back what it was, and leaves nothing where another put nothing.
#[test]
fn the_undo_on_a_set_without_elements_tells_empty_from_nothing() {
    let mut world = world();
    act(&mut world, A, r#"[{"insert":"gauge","id":"$1","fields":{"name":"boiler","marks":null}}]"#);
    let begun = act(&mut world, A, r#"[{"update":"gauge","id":"$1","set":{"marks":[]}}]"#);
    undo(&mut world, A, begun.seq);
    world.settle();
    assert!(shows(&mut world, B, r#""marks":null"#));
    let put = act(&mut world, A, r#"[{"update":"gauge","id":"$1","include":{"marks":["p"]}}]"#);
    world.play_for(3_000);
    act(&mut world, B, r#"[{"update":"gauge","id":"$1","set":{"marks":null}}]"#);
    world.play_for(3_000);
    undo(&mut world, A, put.seq);
    world.settle();
    assert!(shows(&mut world, B, r#""marks":null"#));
}

/// Where an undo came to nothing, since the record was taken back already, no record is there that a redo could count against.
#[test]
fn the_redo_of_what_an_undo_did_not_do_shows_nothing() {
    let mut world = shop();
    act(
        &mut world,
        B,
        r#"[{"insert":"area","id":"$2","fields":{"name":"hall"}},{"insert":"asset","id":"$3","fields":{"area":"$2","name":"pump"}}]"#,
    );
    let made =
        act(&mut world, B, r#"[{"insert":"remark","id":"$4","fields":{"asset":"$3","text":"leaks"}}]"#);
    undo(&mut world, B, made.seq);
    let again = redo(&mut world, B);
    world.play_for(3_000);
    away(&mut world, B);
    undo(&mut world, B, made.seq);
    let second = undo(&mut world, B, again.seq);
    assert_eq!(remarks(&mut world), 5, "one more for each, until the server says otherwise");
    back(&mut world, B);
    assert_eq!((state(&mut world, B, second.seq), remarks(&mut world)), (OpState::Committed, 4));
    does(&mut world, B, Doing::Redo(Some(again.seq), Asks::Anyway));
    assert_eq!(remarks(&mut world), 4);
    world.settle();
}

/// How many remarks B shows.
fn remarks(world: &mut World) -> usize {
    let shown = world.devices[B].store.export(Export::Shown).expect("an export");
    shown.iter().filter(|line| line.contains("\"remark\"")).count()
}

/// An undo waits, and its author takes the same back once more, having seen what the other did, and then does it again. What the first undo would do is
/// what it was.
#[test]
fn what_a_held_undo_would_do_stays_when_the_same_is_undone_and_done_again() {
    let mut world = shop();
    let made = act_as(
        &mut world,
        A,
        "bill.create",
        "b",
        r#"[{"insert":"bill","id":"$2","fields":{"total":"9.00"}}]"#,
    );
    world.play_for(3_000);
    away(&mut world, A);
    act(&mut world, B, r#"[{"update":"bill","id":"$2","set":{"status":"paid"}}]"#);
    world.play_for(3_000);
    undo(&mut world, A, made.seq);
    redo(&mut world, A);
    let held = undo(&mut world, A, made.seq);
    back(&mut world, A);
    assert_eq!(state(&mut world, A, held.seq), OpState::Conflicted);
    does(&mut world, A, Doing::Undo(None, Asks::Anyway));
    does(&mut world, A, Doing::Redo(None, Asks::Anyway));
    world.settle();
    let unit = open(&mut world, C)[0].units[0].clone();
    assert!(format!("{:?}", unit.mine).contains("void"), "{unit:?}");
}

/// The undo of a first element takes it out, and nobody else's. What is left is a set without elements, as after an `exclude`, and not
/// the absence of one that was there before: who counts its elements sees no difference.
#[test]
fn the_undo_of_a_first_element_takes_it_out_again() {
    let mut world = world();
    act(&mut world, A, r#"[{"insert":"gauge","id":"$1","fields":{"name":"boiler"}}]"#);
    assert!(shows(&mut world, A, r#""marks":null"#));
    let first = act(&mut world, A, r#"[{"update":"gauge","id":"$1","include":{"marks":["p"]}}]"#);
    assert!(shows(&mut world, A, r#""marks":["p"]"#));
    let undone = undo(&mut world, A, first.seq);
    assert!(shows(&mut world, A, r#""marks":[]"#));
    world.settle();
    assert!((A..=C).all(|device| shows(&mut world, device, r#""marks":[]"#)));
    redo(&mut world, A);
    act(&mut world, B, r#"[{"update":"gauge","id":"$1","include":{"marks":["q"]}}]"#);
    world.settle();
    assert!(shows(&mut world, C, r#""marks":["p","q"]"#));
    undo(&mut world, A, first.seq);
    world.settle();
    assert!(shows(&mut world, C, r#""marks":["q"]"#));
    assert_eq!(state(&mut world, A, undone.seq), OpState::Committed);
}
