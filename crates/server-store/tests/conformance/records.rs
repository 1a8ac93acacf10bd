//! Records: deleted, restored, added to, exported.

use fieldbook_model::{Change, Fields, Json, SealedOp, Version, json};

use crate::builder::{Device, add, delete, end, insert, note, product, record, restore, set};
use crate::world::{Make, World, verdicts};

pub fn a_deleted_record_is_gone_for_who_had_it_and_untold_to_who_starts(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([insert("payment", 1, [("amount", "1".into())])]), a.op([end("payment", 1, 1)])];
    assert_eq!(verdicts(&world.push(&a, &[&ops[0], &ops[1]])), ["committed", "committed"]);
    let page = world.page(&a, 1);
    assert_eq!((page.rows.len(), page.rows[0].values().is_none()), (1, true));
    assert_eq!(world.page(&a, 0).rows, []);
    assert_eq!(world.export(), [""; 0]);
}

pub fn what_a_deleted_record_owns_is_not_shown_and_comes_back_with_it(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai"), note(5, 1, "x")]), a.op([delete(1, 1)]), a.op([restore(1, 2)])];
    world.push(&a, &[&ops[0], &ops[1]]);
    assert_eq!(world.export(), [""; 0]);
    // The note is told, and that its owner is gone, so that a device can tell what to show.
    let told: Vec<_> = world.page(&a, 0).rows.iter().map(|row| row.values().is_some()).collect();
    assert_eq!(told, [true, false]);
    world.push(&a, &[&ops[2]]);
    assert_eq!(world.export().len(), 2);
}

pub fn a_restored_record_comes_back_with_its_values(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([delete(1, 1)]), a.op([restore(1, 2)])];
    world.push(&a, &[&ops[0], &ops[1]]);
    world.push(&a, &[&ops[2]]);
    assert_eq!(world.field("product", 1, "name"), Some("Chai".into()));
    assert_eq!(world.page(&a, 2).rows.len(), 1);
}

pub fn an_addition_to_a_deleted_record_counts(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [a.op([product(1, "Chai")]), a.op([delete(1, 1)])];
    world.push(&a, &[&ops[0], &ops[1]]);
    let sale = b.op([add(1, 1, -2)]);
    assert_eq!(world.verdict(&b, &sale), "committed");
    assert_eq!(world.export(), [""; 0]);
    assert!(world.page(&a, 2).rows[0].values().is_none());
    let back = a.op([restore(1, 3)]);
    world.push(&a, &[&back]);
    assert_eq!(world.field("product", 1, "stock"), Some(8.into()));
}

/// Rule 8, through what the database keeps of stamps.
pub fn an_own_change_does_not_hide_what_another_device_wrote(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [
        a.op([product(1, "Chai")]),
        a.op([set(1, 1, "name", "Chai 2")]),
        a.op([set(1, 1, "name", "Chai 3")]),
    ];
    let theirs = b.op([set(1, 1, "name", "Tea")]);
    world.push(&a, &[&ops[0]]);
    world.push(&b, &[&theirs]);
    world.push(&a, &[&ops[1]]);
    world.push(&a, &[&ops[2]]);
    let last = world.history("product", 1).pop().unwrap();
    let text = r#"{"field":"name","before":"Chai 2","after":"Chai 3","outcome":"over","other":2}"#;
    assert_eq!(json::write(&last.units[0]), text);
}

pub fn the_export_is_sorted_and_exact(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let tags =
        insert("product", 3, [("tags", Json::List(vec!["b".into(), "a".into()])), ("price", 2.into())]);
    let ops = [a.op([product(2, "Tea"), product(1, "Chai")]), a.op([note(9, 2, "hot")]), a.op([tags])];
    world.push(&a, &ops.iter().collect::<Vec<_>>());
    let [one, two, three, nine] = [1, 2, 3, 9].map(record);
    let line = |of: &str, id, version: u32, fields: &str| {
        format!(r#"{{"type":"{of}","id":"{id}","version":{version},"fields":{{{fields}}}}}"#)
    };
    let text = format!(r#""product":"{two}","text":"hot""#);
    assert_eq!(
        world.export(),
        [
            line("note", nine, 2, &text),
            line("product", one, 1, r#""name":"Chai","price":"1.50","stock":10,"tags":null"#),
            line("product", two, 1, r#""name":"Tea","price":"1.50","stock":10,"tags":null"#),
            line("product", three, 3, r#""name":null,"price":"2.00","stock":0,"tags":["a","b"]"#),
        ]
    );
}

pub fn a_small_op_on_large_records_is_refused_before_it_fills_the_history(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let mut large = vec![product(1, "Chai")];
    if let Change::Insert { fields, .. } = &mut large[0] {
        fields.0.push(("tags".into(), Json::List(vec!["x".repeat(200_000).as_str().into()])));
    }
    let ops = [a.op(large), a.op(vec![untagged(1); 700]), a.op([add(1, 1, -1)]), a.op([untagged(1)])];
    let ops: Vec<&SealedOp> = ops.iter().collect();
    let answers = world.push(&a, &ops);
    assert_eq!(verdicts(&answers), ["committed", "too-large", "committed", "committed"]);
}

/// Takes a tag away that is not there.
fn untagged(n: u64) -> Change {
    let none = Fields::default;
    Change::Update {
        of: "product".into(),
        id: record(n),
        base: Version(1),
        set: none(),
        add: none(),
        count: none(),
        include: none(),
        exclude: [("tags", Json::List(vec!["y".into()]))].into(),
        reset: none(),
    }
}
