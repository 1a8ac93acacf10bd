//! What was deleted long ago is forgotten, but for its id.

use fieldbook_model::op::Take;
use fieldbook_model::{Change, Cursor, Fields, Version, WallTime};
use fieldbook_protocol::Page;
use fieldbook_protocol::page::{PullRequest, Staged};
use fieldbook_server_store::PageLimit;

use crate::builder::{Device, add, delete, end, insert, note, product, record, restore, set};
use crate::world::{Make, NOW, World, at};

const FEW: PageLimit = PageLimit { rows_max: 1, bytes_max: 1 << 20 };

fn customer(n: u64, phone: &str) -> Change {
    insert("customer", n, [("phone", phone.into())])
}

fn deletes(of: &str, n: u64) -> Change {
    end(of, n, 99)
}

pub fn what_was_deleted_is_forgotten_after_its_time_and_stays_gone(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let made = a.op([product(1, "Chai"), product(2, "Chang")]);
    let ops = [made.clone(), a.op([delete(1, 1)])];
    world.push(&a, &ops.each_ref());
    assert_eq!(world.forget_until(WallTime(NOW.0 - 1)), (0, 1), "not yet");
    assert_eq!(world.verdict(&b, &b.clone().op([set(2, 1, "name", "x")])), "committed");
    b.op([set(2, 1, "name", "x")]);
    assert_eq!(world.forget(), (1, 1));
    assert_eq!(world.forget(), (0, 1), "and once only");
    b.saw(3);
    let gone = [set(1, 3, "name", "y"), delete(1, 3), restore(1, 3), product(1, "again")];
    for (seen, change) in (3..).zip(gone) {
        let op = a.saw(seen).op([change.clone()]);
        assert_eq!(world.verdict(&a, &op), "gone", "{change:?}");
    }
    let undo = a.saw(7).undoes(&ops[1]);
    assert_eq!(world.verdict(&a, &undo), "gone");
    let into = b.op([note(5, 1, "what it would be about")]);
    assert_eq!(world.verdict(&b, &into), "gone");
    assert_eq!(world.export().len(), 1);
}

/// Marks of what is forgotten must not speak of another record.
pub fn a_number_is_not_given_twice(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([delete(1, 1)])];
    world.push(&a, &ops.each_ref());
    assert_eq!(world.forget().0, 1);
    let ops = [a.op([product(2, "Chang")]), a.op([set(2, 3, "name", "Chang!")])];
    world.push(&a, &ops.each_ref());
    assert_eq!(world.history("product", 2).len(), 2);
    assert_eq!(world.history("product", 1).len(), 2);
}

pub fn what_is_owned_keeps_its_owner_until_it_is_forgotten_itself(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai"), note(5, 1, "x")]), a.op([delete(1, 1)])];
    world.push(&a, &ops.each_ref());
    assert_eq!(world.forget().0, 0, "it returns with a restore");
    world.push(&a, &[&a.clone().op([restore(1, 2)])]);
    a.op([restore(1, 2)]);
    assert_eq!(world.export().len(), 2);
    let ops = [a.op([delete(1, 3)]), a.op([deletes("note", 5)])];
    world.push(&a, &ops.each_ref());
    assert_eq!(world.forget().0, 2, "both at once, whichever was deleted first");
}

pub fn what_waits_keeps_what_it_is_about(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    world.push(&a, &[&a.clone().op([customer(1, "1")])]);
    a.op([customer(1, "1")]);
    world.push(&a, &[&a.clone().op([deletes("customer", 1)])]);
    a.op([deletes("customer", 1)]);
    b.saw(1);
    let [add, count, include, exclude, reset] = [const { Fields(Vec::new()) }; 5];
    let phone = Fields::from([("phone", "2".into())]);
    let (of, id, base) = ("customer".into(), record(1), Version(1));
    let held = b.op([Change::Update { of, id, base, set: phone, add, count, include, exclude, reset }]);
    assert_eq!(world.verdict(&b, &held), "conflicted");
    assert_eq!(world.forget().0, 0);
    b.saw(3);
    let theirs = b.resolves(&held, 3, 1, None, Take::Theirs);
    assert_eq!(world.verdict(&b, &theirs), "committed");
    assert_eq!(world.forget().0, 1);
}

pub fn an_addition_to_what_is_forgotten_waits_for_a_person(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [a.op([product(1, "Chai"), product(2, "Chang")]), a.op([delete(1, 1)])];
    world.push(&a, &ops.each_ref());
    assert_eq!(world.forget().0, 1);
    b.saw(1);
    let sale = b.op([add(1, 1, -2), set(2, 1, "name", "sold with it")]);
    assert_eq!(world.verdict(&b, &sale), "conflicted");
    assert!(!world.export().iter().any(|line| line.contains("sold with it")), "whole or not at all");
    assert!(world.export().iter().any(|line| line.contains(r#""mine":{"stock":-2}"#)), "it shows what waits");
    assert_eq!(world.forget().0, 0);
    let discard = b.discards(&sale);
    assert_eq!(world.verdict(&b, &discard), "committed");
}

pub fn a_page_from_below_the_horizon_is_a_snapshot(make: Make) {
    let (mut world, mut a, b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [a.op([product(1, "Chai")]), a.op([product(2, "Chang")]), a.op([delete(1, 1)])];
    world.push(&a, &ops.each_ref());
    assert_eq!(world.page(&b, 2).start.base, Version(2));
    world.forget();
    let page = world.page(&b, 2);
    assert_eq!((page.start.base, page.rows.len()), (Version::ZERO, 1));
    assert_eq!(page.end.horizon, Some(Version(3)));
    assert_eq!(world.page(&b, 3).start.base, Version(3), "who has heard of it goes on");
}

/// Between two pages the deletion that the second would have told of is forgotten (rule 16).
pub fn a_pull_that_was_cut_off_begins_anew_below_the_horizon(make: Make) {
    let (mut world, mut a, b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [
        a.op([product(1, "Chai")]),
        a.op([product(2, "Chang")]),
        a.op([product(3, "Syrup")]),
        a.op([delete(1, 1)]),
        a.op([product(4, "Mix")]),
    ];
    world.push(&a, &ops.each_ref());
    let first = world.page_of(&b, at(2), FEW);
    assert_eq!((first.start.base, first.end.to.version), (Version(2), Version(3)));
    world.forget();
    let next = pull(&world, &b, at(2), staged(&first));
    assert_eq!((next.start.base, next.start.from.version), (Version::ZERO, Version::ZERO));
    assert_ne!(next.start.view, first.start.view, "what is staged does not belong to it");
}

/// A first load over a slow line takes longer than the horizon stays where it is; what is forgotten was never in it.
pub fn a_snapshot_goes_on_while_the_horizon_moves_behind_it(make: Make) {
    let (mut world, mut a, b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [
        a.op([product(1, "Chai")]),
        a.op([product(2, "Chang")]),
        a.op([product(3, "Syrup")]),
        a.op([delete(1, 1)]),
    ];
    world.push(&a, &ops.each_ref());
    let first = world.page_of(&b, at(0), FEW);
    assert_eq!((first.end.to.version, first.end.more), (Version(2), true));
    world.forget();
    let next = pull(&world, &b, at(0), staged(&first));
    assert_eq!((next.start.from.version, &next.start.view), (Version(2), &first.start.view));
    // What was deleted after it began is another matter.
    world.push(&a, &[&a.clone().op([delete(2, 2)])]);
    a.op([delete(2, 2)]);
    world.forget();
    let anew = pull(&world, &b, at(0), staged(&first));
    assert_eq!(anew.start.from.version, Version::ZERO);
}

fn staged(page: &Page) -> Staged {
    Staged { version: page.end.to.version, view: page.start.view.clone() }
}

fn pull(world: &World, device: &Device, from: Cursor, staged: Staged) -> Page {
    let request =
        PullRequest { schema: Some(device.schema), staged: Some(staged), ..PullRequest::since(from) };
    let text = world.reader().page(&request, &device.principal, FEW, NOW).unwrap().expect("a member");
    Page::read(&text).unwrap()
}

pub fn many_are_forgotten_in_parts(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    for n in 0..25 {
        let of = |n: u64| (1 + n * 100)..(101 + n * 100);
        let made: Vec<Change> = of(n).map(|n| product(n, "x")).collect();
        let deleted: Vec<Change> = of(n).map(|n| delete(n, 99)).collect();
        let ops = [a.op(made), a.op(deleted)];
        world.push(&a, &ops.each_ref());
    }
    assert_eq!(world.forget(), (2_500, 3));
    assert_eq!(world.page(&a, 0).rows.len(), 0);
}

pub fn the_history_of_what_is_forgotten_is_told(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai")]), a.op([set(1, 1, "name", "Tea")]), a.op([delete(1, 2)])];
    world.push(&a, &ops.each_ref());
    world.forget();
    assert_eq!(world.verdict(&a, &a.clone().op([set(1, 3, "name", "late")])), "gone");
    let verbs: Vec<String> = world.history("product", 1).into_iter().map(|line| line.verb).collect();
    assert_eq!(verbs, ["insert", "update", "delete", "update"]);
}
