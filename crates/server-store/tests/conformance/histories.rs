//! The history of a record: every change with what it met, oldest first.

use fieldbook_model::{Version, json};
use fieldbook_protocol::history::{HistoryLine, HistoryUnit};

use crate::builder::{Device, add, delete, insert, note, product, record, set};
use crate::world::{Make, World};

/// Each line as `version verb life: units`.
fn told(history: &[HistoryLine]) -> Vec<String> {
    history.iter().map(line).collect()
}

fn line(line: &HistoryLine) -> String {
    let shown = |number: Option<Version>| number.map(|number| number.to_string());
    let unit = |unit: &HistoryUnit| {
        let (before, after) = (json::write(&unit.before), json::write(&unit.after));
        let other = shown(unit.other).unwrap_or_default();
        format!(" {} {before} > {after} {} {other}", unit.field, unit.outcome).trim_end().to_owned()
    };
    let parts = [shown(line.version), Some(line.verb.clone()), line.outcome.clone(), shown(line.other)];
    let units: Vec<_> = line.units.iter().map(unit).collect();
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    format!("{}:{}", parts.join(" "), units.join(";")).replace('"', "")
}

pub fn the_history_names_overwritten_values(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [a.op([product(1, "Chai")]), a.op([set(1, 1, "name", "Tea"), add(1, 1, -2)])];
    let theirs = b.op([set(1, 1, "name", "Coffee"), add(1, 1, -3), product(2, "x")]);
    world.push(&a, &[&ops[0], &ops[1]]);
    world.push(&b, &[&theirs]);
    let history = world.history("product", 1);
    assert_eq!(
        told(&history),
        [
            "1 insert applied: name null > Chai applied; price null > 1.50 applied; stock null > 10 applied",
            "2 update: name Chai > Tea applied",
            "2 update: stock 10 > 8 applied",
            "3 update: name Tea > Coffee over 2",
            "3 update: stock 8 > 5 merged 2",
        ]
    );
    let last = &history[3];
    let who = (last.op_id, &*last.action, last.user, last.device, &*last.name);
    let them = &b.principal;
    assert_eq!(who, (theirs.op.op_id, "edit", them.user, them.device, "user 2"));
    let times = [Some(last.edited_at), last.synced_at].map(|time| time.map(|time| time.to_string()));
    assert_eq!(
        times,
        ["1970-01-01T00:00:01.000Z", "2023-11-14T22:13:20.000Z"].map(|time| Some(time.to_owned()))
    );
    assert_eq!(told(&world.history("product", 2)).len(), 1);
    assert_eq!(world.history("product", 3), []);
    assert_eq!(world.history("nothing", 1), []);
}

pub fn the_history_tells_what_an_insert_left_out(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let op = a.op([insert("product", 1, [("price", "2.5".into())]), note(2, 1, "x")]);
    world.push(&a, &[&op]);
    assert_eq!(
        told(&world.history("product", 1)),
        ["1 insert applied: price null > 2.50 applied; stock null > 0 applied"]
    );
    let note = format!("1 insert applied: product null > {} applied; text null > x applied", record(1));
    assert_eq!(told(&world.history("note", 2)), [note]);
}

pub fn the_history_has_edits_that_a_delete_won_over(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let ops = [a.op([product(1, "Chai")]), a.op([delete(1, 1)]), a.op([set(1, 1, "name", "x")])];
    let theirs = [b.op([set(1, 1, "name", "Tea")]), b.op([add(1, 1, 1)])];
    world.push(&a, &[&ops[0], &ops[1]]);
    world.push(&b, &[&theirs[0], &theirs[1]]);
    world.push(&a, &[&ops[2]]);
    assert_eq!(
        told(&world.history("product", 1))[1..],
        [
            "2 delete applied:",
            "3 update: name Chai > Tea lost-to-delete 2",
            "4 update: stock 10 > 11 applied",
            "5 update: name Chai > x lost-to-delete 2",
        ]
    );
}

pub fn the_history_follows_a_record_through_a_batch(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let mut ops = vec![a.op([product(1, "Chai"), product(2, "Tea")])];
    ops.extend((0..20).map(|n| a.op([add(1 + n % 2, 1, -1)])));
    for part in ops.chunks(7) {
        world.push(&a, &part.iter().collect::<Vec<_>>());
    }
    let versions = |n| {
        let history = world.history("product", n);
        history
            .iter()
            .filter_map(|line| line.version)
            .map(|version| version.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(versions(1), "1 2 4 6 8 10 12 14 16 18 20");
    assert_eq!(versions(2), "1 3 5 7 9 11 13 15 17 19 21");
}

pub fn the_history_names_the_record_that_a_duplicate_stands_for(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let pay = |n| insert("payment", n, [("amount", "9.00".into())]);
    let (first, again) = (a.pays("k", [pay(1)]), b.pays("k", [pay(2)]));
    world.push(&a, &[&first]);
    world.push(&b, &[&again]);
    assert_eq!(world.history("payment", 2), world.history("payment", 1));
    assert_eq!(world.history("payment", 2).len(), 1);
}
