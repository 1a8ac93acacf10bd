//! Idempotency keys and their duplicates; refused ops and what builds upon them.

use fieldbook_model::Change;
use fieldbook_protocol::Verdict;

use crate::builder::{Device, add, insert, note, product, record, set};
use crate::world::{Make, World, verdict, verdicts};

fn payment(n: u64, amount: &str) -> Change {
    insert("payment", n, [("amount", amount.into())])
}

fn remark(n: u64, base: u64, text: &str) -> Change {
    match set(n, base, "remark", text) {
        Change::Update { id, base, set, add, count, include, exclude, reset, .. } => {
            Change::Update { of: "payment".into(), id, base, set, add, count, include, exclude, reset }
        }
        other => other,
    }
}

pub fn the_same_act_under_one_key_is_a_duplicate_whose_ids_lead_to_the_first(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let first = a.pays("till-7", [payment(1, "9.00")]);
    let (again, later) = (b.pays("till-7", [payment(2, "9.00")]), b.op([remark(2, 0, "cash")]));
    assert_eq!(world.verdict(&a, &first), "committed");
    let answers = world.push(&b, &[&again, &later]);
    assert_eq!(verdicts(&answers), ["duplicate", "committed"]);
    let Verdict::DuplicateOf { op, ids } = &answers[0].verdict else { panic!("{answers:?}") };
    assert_eq!((*op, ids[0].own, ids[0].existing), (first.op.op_id, record(2), record(1)));
    assert_eq!(world.field("payment", 1, "remark"), Some("cash".into()));
    assert_eq!(world.export().len(), 1);
    // In a batch of its own, too, and with the stored answer.
    let more = b.op([remark(2, 0, "card")]);
    assert_eq!(world.push(&b, &[&again])[0], answers[0]);
    assert_eq!(world.verdict(&b, &more), "committed");
    assert_eq!(world.field("payment", 1, "remark"), Some("card".into()));
}

pub fn another_act_under_a_used_key_is_refused(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let (first, other) = (a.pays("till-7", [payment(1, "9.00")]), b.pays("till-7", [payment(2, "8.00")]));
    world.push(&a, &[&first]);
    assert_eq!(world.verdict(&b, &other), "key-reused");
}

pub fn the_key_of_a_refused_op_stays_free(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let wrong = a.pays("till-7", [payment(1, "nine")]);
    let right = a.pays("till-7", [payment(2, "9.00")]);
    assert_eq!(verdicts(&world.push(&a, &[&wrong, &right])), ["wrong-value", "committed"]);
}

pub fn what_builds_upon_a_refused_op_is_refused_with_it(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let wrong = a.op([product(1, "Chai"), insert("product", 2, [("price", "dear".into())])]);
    let upon = [a.op([add(1, 0, -1)]), a.op([note(3, 1, "x")]), a.op([note(4, 3, "x")])];
    let apart = a.op([product(5, "Tea")]);
    let answers = world.push(&a, &[&wrong]);
    let mut later = world.push(&a, &[&upon[0], &upon[1], &upon[2], &apart]);
    assert_eq!(verdict(&answers[0]), "wrong-value");
    assert_eq!(
        verdicts(&later),
        ["depends-on-rejected", "depends-on-rejected", "unknown-reference", "committed"]
    );
    let Verdict::Rejected { depends_on, .. } = later.remove(0).verdict else { panic!("refused") };
    assert_eq!(depends_on, Some(wrong.op.op_id));
    // Another device builds upon nothing.
    let other = b.op([note(6, 1, "x")]);
    assert_eq!(world.verdict(&b, &other), "unknown-reference");
}

pub fn what_knows_of_the_refusal_flows(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops =
        [a.op([product(1, "Chai")]), a.op([set(1, 1, "price", "dear")]), a.op([set(1, 1, "name", "x")])];
    let answers = world.push(&a, &ops.iter().collect::<Vec<_>>());
    assert_eq!(verdicts(&answers), ["committed", "wrong-value", "depends-on-rejected"]);
    let after = a.saw(3).op([set(1, 1, "name", "Tea")]);
    assert_eq!(world.verdict(&a, &after), "committed");
}

pub fn an_addition_does_not_build_upon_a_refused_edit(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([set(1, 1, "price", "dear")]), a.op([add(1, 1, -1)])];
    let answers = world.push(&a, &ops.iter().collect::<Vec<_>>());
    assert_eq!(verdicts(&answers), ["committed", "wrong-value", "committed"]);
}

pub fn a_refused_op_that_makes_and_edits_a_record_parks_it_as_made(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let wrong = a.op([product(1, "Chai"), set(1, 0, "price", "dear")]);
    let upon = [a.op([set(1, 0, "name", "x")]), a.op([add(1, 0, -1)]), a.op([note(2, 1, "x")])];
    let answers = world.push(&a, &[&wrong, &upon[0], &upon[1], &upon[2]]);
    let depends = "depends-on-rejected";
    assert_eq!(verdicts(&answers), ["wrong-value", depends, depends, depends]);
}
