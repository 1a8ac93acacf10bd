//! Pages: whole versions, joined up to the head, with the device's own answers.

use fieldbook_model::{Cursor, Epoch, Version};
use fieldbook_server_store::PageLimit;

use crate::builder::{Device, add, delete, note, product, set};
use crate::world::{ALL, Make, World, at, verdicts};

/// Ten ops of three products each.
fn thirty(make: Make) -> (World, Device) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let trio = |n: u64| [product(3 * n, "x"), product(3 * n + 1, "y"), note(3 * n, 3 * n, "z")];
    let ops: Vec<_> = (0..10).map(|n| a.op(trio(n))).collect();
    world.push(&a, &ops.iter().collect::<Vec<_>>());
    (world, a)
}

fn check_pages(make: Make, limit: PageLimit, pages_expected: usize) {
    let (world, a) = thirty(make);
    let (mut cursor, mut rows, mut answers, mut pages) = (at(0), Vec::new(), Vec::new(), 0);
    loop {
        let page = world.page_of(&a, cursor, limit);
        assert_eq!(page.start.from, cursor);
        assert_eq!(page.end.head, Version(10));
        let versions = cursor.version.0 + 1..=page.end.to.version.0;
        assert!(page.rows.iter().all(|row| versions.contains(&row.version.0)), "{page:?}");
        assert_eq!(page.rows.len() as u64, 3 * (page.end.to.version.0 - cursor.version.0));
        let named =
            |row: &fieldbook_protocol::page::PulledRow| (page.types[row.of].of.clone(), row.id, row.version);
        rows.extend(page.rows.iter().map(named));
        answers.extend(page.answers);
        (cursor, pages) = (page.end.to, pages + 1);
        if !page.end.more {
            break;
        }
    }
    assert_eq!((cursor.version, pages), (Version(10), pages_expected));
    assert!(rows.is_sorted_by_key(|(_, _, version)| *version));
    assert_eq!(rows.iter().filter(|(of, _, _)| of == "note").count(), 10);
    assert_eq!(
        answers.iter().map(|answer| answer.version.0).collect::<Vec<_>>(),
        (1..=10).collect::<Vec<_>>()
    );
}

pub fn a_page_never_cuts_a_version_and_pages_join_up_to_the_head(make: Make) {
    for (rows_max, pages) in [(1, 10), (3, 10), (4, 5), (7, 4), (29, 1), (30, 1), (1000, 1)] {
        check_pages(make, PageLimit { rows_max, ..ALL }, pages);
    }
}

pub fn a_page_of_bytes_ends_with_a_whole_version(make: Make) {
    for (bytes_max, pages) in [(1, 10), (1 << 20, 1)] {
        check_pages(make, PageLimit { bytes_max, ..ALL }, pages);
    }
}

pub fn answers_go_to_their_own_device_only(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [a.op([product(1, "Chai")]), a.op([set(1, 1, "colour", "red")])];
    let theirs = b.op([product(2, "Tea")]);
    let mut answers = world.push(&a, &[&ops[0]]);
    let b_answers = world.push(&b, &[&theirs]);
    answers.extend(world.push(&a, &[&ops[1]]));
    assert_eq!(world.page(&a, 0).answers, answers);
    assert_eq!(world.page(&a, 1).answers, answers[1..]);
    assert_eq!(world.page(&a, 3).answers, []);
    assert_eq!(world.page(&b, 0).answers, b_answers);
    assert_eq!(world.page(&Device::new(3), 0).answers, []);
    assert_eq!(verdicts(&world.page(&a, 2).answers), ["unknown-field"]);
    assert_eq!(world.page(&a, 2).rows, []);
    assert_eq!(world.page(&a, 2).end.to, at(3));
}

pub fn answers_without_rows_fill_pages_too(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let mut ops = vec![a.op([product(1, "Chai")])];
    ops.extend((0..9).map(|_| a.op([add(1, 1, -1)])));
    world.push(&a, &ops.iter().collect::<Vec<_>>());
    let limit = PageLimit { rows_max: 4, ..ALL };
    let (mut cursor, mut answers) = (at(0), Vec::new());
    for (to, rows) in [(4, 0), (8, 0), (10, 1)] {
        let page = world.page_of(&a, cursor, limit);
        assert_eq!((page.end.to, page.rows.len(), page.end.more), (at(to), rows, to < 10));
        answers.extend(page.answers);
        cursor = page.end.to;
    }
    assert_eq!(answers.len(), 10);
}

pub fn a_cursor_of_another_history_starts_again(make: Make) {
    let (world, a) = thirty(make);
    let other = Cursor { epoch: Epoch(7), version: Version(5) };
    for (cursor, from) in [(other, 0), (at(11), 0), (Cursor::default(), 0), (at(10), 10), (at(9), 9)] {
        let page = world.page_of(&a, cursor, ALL);
        assert_eq!((page.start.from, page.end.to, page.end.more), (at(from), at(10), false), "{cursor:?}");
        assert_eq!(page.rows.len() as u64, 3 * (10 - from));
    }
}

pub fn a_record_comes_once_as_it_is_now(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let ops = [a.op([product(1, "Chai"), product(2, "Tea")]), a.op([add(1, 1, -4)]), a.op([delete(2, 1)])];
    world.push(&a, &ops.iter().collect::<Vec<_>>());
    let page = world.page(&a, 1);
    let values = |row: &fieldbook_protocol::page::PulledRow| row.values().map(fieldbook_model::json::write);
    let rows: Vec<_> = page.rows.iter().map(|row| (row.version.0, values(row))).collect();
    assert_eq!(rows, [(2, Some(r#"["Chai","1.50",6,null]"#.to_owned())), (3, None)]);
    assert_eq!(page.types[0].columns, ["name", "price", "stock", "tags"]);
}
