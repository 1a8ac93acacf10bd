//! A server forgets what was deleted long ago: nothing of it comes back, and nothing that people did is lost by it.

use fieldbook_device_store::{OpState, Wish};
use fieldbook_model::Code;
use fieldbook_model::planted::Defect;
use fieldbook_sim::World;
use fieldbook_sim::world::Doing;

use crate::tools::{
    A, B, C, act, away, back, code, does, entry, id, needs, open, resolve, shop, shows, state, undo, world,
};

/// B is away while A deletes `$1` of a type, and the server forgets it.
fn forgotten_behind_b(world: &mut World, of: &str) {
    away(world, B);
    act(world, A, &format!(r#"[{{"delete":"{of}","id":"$1"}}]"#));
    world.play_for(3_000);
    world.forgets(0);
}

/// B hears of no deletion, since there is none to hear of any more; but the whole view comes anew, and what B did stays.
#[test]
fn rule_16_who_was_away_for_longer_gets_a_snapshot() {
    needs(Defect::HorizonUnnoticed, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{"note":"stays"}}]"#);
        world.play_for(3_000);
        forgotten_behind_b(&mut world, "product");
        assert!(shows(&mut world, B, "tea"));
        let own = act(&mut world, B, r#"[{"update":"customer","id":"$2","set":{"phone":"1"}}]"#);
        world.leap(400 * 86_400_000);
        back(&mut world, B);
        assert!(!shows(&mut world, B, "tea"));
        assert_eq!(state(&mut world, B, own.seq), OpState::Committed);
        world.settle();
    });
}

/// Within the horizon a deletion is told as ever.
#[test]
fn rule_16_who_was_away_for_a_while_hears_of_the_deletion() {
    let mut world = shop();
    world.forgets(0);
    away(&mut world, B);
    act(&mut world, A, r#"[{"delete":"product","id":"$1"}]"#);
    world.play_for(3_000);
    world.forgets(10_000);
    back(&mut world, B);
    assert!(!shows(&mut world, B, "tea"));
    world.settle();
}

/// What B sold was sold. It waits for somebody, who can give it up and not bring the product back.
#[test]
fn rule_17_what_was_sold_of_something_forgotten_waits() {
    needs(Defect::AdditionsToGoneRejected, || {
        let mut world = shop();
        forgotten_behind_b(&mut world, "product");
        let sale = act(
            &mut world,
            B,
            r#"[{"update":"product","id":"$1","add":{"stock":-2}},
                {"insert":"customer","id":"$2","fields":{"note":"bought two"}}]"#,
        );
        back(&mut world, B);
        assert_eq!(state(&mut world, B, sale.seq), OpState::Conflicted);
        let conflict = open(&mut world, A).remove(0);
        assert_eq!(conflict.id, sale.op_id);
        let mine = resolve(&mut world, A, sale.op_id, Wish::Mine);
        world.play_for(3_000);
        assert_eq!(code(&mut world, A, mine.seq), Some(Code::Gone));
        let theirs = resolve(&mut world, A, sale.op_id, Wish::Theirs);
        world.play_for(3_000);
        assert_eq!(state(&mut world, A, theirs.seq), OpState::Committed);
        assert!(shows(&mut world, C, "bought two"), "the rest of the sale happened (rule 7)");
        world.settle();
    });
}

/// The same, given up as a whole.
#[test]
fn rule_17_what_waits_on_something_forgotten_can_be_discarded() {
    let mut world = shop();
    forgotten_behind_b(&mut world, "product");
    let sale = act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
    back(&mut world, B);
    does(&mut world, B, Doing::Discard(sale.op_id));
    world.play_for(3_000);
    assert_eq!(state(&mut world, B, sale.seq), OpState::Discarded);
    assert!(open(&mut world, A).is_empty());
    world.settle();
}

/// The asset would have nobody to come back with.
#[test]
fn rule_17_what_owns_others_is_not_forgotten_before_them() {
    needs(Defect::OwnersAreForgotten, || {
        let mut world = world();
        act(
            &mut world,
            A,
            r#"[{"insert":"area","id":"$1","fields":{"name":"yard"}},
                {"insert":"asset","id":"$2","fields":{"area":"$1","name":"pump"}}]"#,
        );
        world.play_for(3_000);
        act(&mut world, A, r#"[{"delete":"area","id":"$1"}]"#);
        world.play_for(3_000);
        world.forgets(0);
        assert!(!shows(&mut world, B, "pump"));
        act(&mut world, A, r#"[{"restore":"area","id":"$1"}]"#);
        world.play_for(3_000);
        assert!(shows(&mut world, B, "pump"));
        world.settle();
    });
}

/// Edits, deletes and undos of it are refused with their data, and its id brings nothing back.
#[test]
fn rule_37_what_is_forgotten_is_gone() {
    needs(Defect::GoneIsForgotten, || {
        let mut world = world();
        let made = act(&mut world, B, r#"[{"insert":"customer","id":"$1","fields":{"note":"old"}}]"#);
        world.play_for(3_000);
        away(&mut world, C);
        forgotten_behind_b(&mut world, "customer");
        let edit = act(&mut world, B, r#"[{"update":"customer","id":"$1","set":{"note":"new"}}]"#);
        let back_again = undo(&mut world, B, made.seq);
        let delete = act(&mut world, C, r#"[{"delete":"customer","id":"$1"}]"#);
        back(&mut world, B);
        back(&mut world, C);
        assert_eq!(code(&mut world, B, edit.seq), Some(Code::Gone));
        assert!(matches!(code(&mut world, B, back_again.seq), Some(Code::Gone | Code::DependsOnRejected)));
        assert_eq!(code(&mut world, C, delete.seq), Some(Code::Gone));
        let kept = entry(&mut world, B, edit.seq);
        assert!(kept.words.is_some_and(|words| words.contains("not kept any more")));
        // Who never heard of it may think of the same id.
        let again = act(&mut world, C, r#"[{"insert":"customer","id":"$1","fields":{"note":"again"}}]"#);
        world.play_for(3_000);
        assert_eq!(code(&mut world, C, again.seq), Some(Code::Gone));
        assert!(!shows(&mut world, A, "again"));
        world.settle();
    });
}

/// What is owned by nobody would be seen by nobody.
#[test]
fn rule_37_nothing_is_put_into_what_is_forgotten() {
    let mut world = world();
    act(&mut world, A, r#"[{"insert":"area","id":"$1","fields":{"name":"yard"}}]"#);
    world.play_for(3_000);
    forgotten_behind_b(&mut world, "area");
    let asset = act(&mut world, B, r#"[{"insert":"asset","id":"$2","fields":{"area":"$1","name":"pump"}}]"#);
    back(&mut world, B);
    assert_eq!(code(&mut world, B, asset.seq), Some(Code::Gone));
    world.settle();
}

/// Whoever opens its history reads how it came to be, and that it was deleted.
#[test]
fn rule_37_the_history_of_what_is_forgotten_stays() {
    let mut world = shop();
    forgotten_behind_b(&mut world, "product");
    let history = world.server.reader().history("product", id(1)).expect("a history");
    let verbs: Vec<&str> = history.iter().map(|line| line.verb.as_str()).collect();
    assert_eq!(verbs, ["insert", "delete"]);
    let late = act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"coffee"}}]"#);
    back(&mut world, B);
    assert_eq!(code(&mut world, B, late.seq), Some(Code::Gone));
    let history = world.server.reader().history("product", id(1)).expect("a history");
    assert_eq!(history.len(), 3, "also what was refused");
    world.settle();
}
