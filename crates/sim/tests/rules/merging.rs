//! What the history says of writes that met.

use fieldbook_model::planted::Defect;

use crate::tools::{A, B, C, act, id, last_of, needs, shop, shows};

/// A device's own later change does not hide another's that it has not seen.
#[test]
fn rule_08_own_changes_do_not_hide_anothers() {
    needs(Defect::OneStampPerUnit, || {
        let mut world = shop();
        world.offline(A, 600_000);
        // Both of A's edits are made before it hears of B's, which reaches the server first.
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"first"}}]"#);
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"second"}}]"#);
        act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"theirs"}}]"#);
        world.play_for(3_000);
        world.settle();
        let history = last_of(&mut world, "product", id(1));
        assert!(history.contains("second") && history.contains("over"), "{history}");
    });
}

/// An equal write is a change like any: who has not seen it writes over it, and the history says so.
#[test]
fn rule_41_an_equal_write_leaves_its_stamp() {
    needs(Defect::EqualWriteLeavesNoStamp, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"same"}}]"#);
        world.play_for(3_000);
        world.offline(A, 600_000);
        act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"other"}}]"#);
        act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"name":"same"}}]"#);
        world.play_for(3_000);
        world.settle();
        let history = last_of(&mut world, "product", id(1));
        assert!(history.contains("other") && history.contains("over"), "{history}");
    });
}

/// Different fields merge, additions add up, and three devices end with the same rows.
#[test]
fn what_does_not_meet_is_all_there() {
    let mut world = shop();
    for device in [A, B, C] {
        world.offline(device, 600_000);
    }
    act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"green tea"},"add":{"stock":-2}}]"#);
    act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"price":"2.50"},"add":{"stock":-3}}]"#);
    act(&mut world, C, r#"[{"update":"product","id":"$1","include":{"tags":["new"]},"add":{"stock":7}}]"#);
    world.settle();
    for part in ["green tea", r#""price":"2.50""#, r#""stock":12"#, r#"["new"]"#] {
        assert!(shows(&mut world, B, part), "{part}");
    }
}

/// A sale of a product that was deleted meanwhile counts, and is there when the product comes back.
#[test]
fn rule_17_an_addition_reaches_a_deleted_record() {
    needs(Defect::AdditionsMissDeleted, || {
        let mut world = shop();
        world.offline(B, 600_000);
        act(&mut world, B, r#"[{"update":"product","id":"$1","add":{"stock":-2}}]"#);
        act(&mut world, A, r#"[{"delete":"product","id":"$1"}]"#);
        world.play_for(3_000);
        world.settle();
        assert!(!shows(&mut world, B, "tea"));
        act(&mut world, A, r#"[{"restore":"product","id":"$1"}]"#);
        world.settle();
        assert!(shows(&mut world, B, r#""stock":8"#));
    });
}
