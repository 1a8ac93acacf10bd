//! The neighbours of each row: two steps swapped, one left out, one repeated, a base older or newer by one, a
//! decision turned round. Nobody wrote down what is right there; the server and the reference have to agree on it.

use fieldbook_model::op::{About, Take};
use fieldbook_model::{Change, Version};

use super::TABLE;
use crate::bench::Bench;
use crate::language::{Step, steps};
use crate::schema::schema;

/// The histories that differ from one in one thing.
fn neighbours(history: &str) -> Vec<(String, Vec<Step>)> {
    let read = || steps(history);
    let len = read().len();
    let mut found = Vec::new();
    for place in 0..len {
        let mut without = read();
        without.remove(place);
        found.push((format!("without step {}", place + 1), without));
        if place + 1 < len && read()[place].device != read()[place + 1].device {
            let mut swapped = read();
            swapped.swap(place, place + 1);
            found.push((format!("steps {} and {} swapped", place + 1, place + 2), swapped));
        }
        // Making a record a second time is an id that is taken, which has rows of its own.
        if !read()[place].changes.iter().any(|change| matches!(change, Change::Insert { .. })) {
            let mut repeated = read();
            repeated.insert(place, read().remove(place));
            found.push((format!("step {} twice", place + 1), repeated));
        }
        for (word, by) in [("older", -1), ("newer", 1)] {
            let mut other = read();
            if shifted(&mut other[place], by) {
                found.push((format!("step {} {word} by one", place + 1), other));
            }
        }
        let mut turned = read();
        if turned_round(&mut turned[place]) {
            found.push((format!("step {} decided the other way", place + 1), turned));
        }
    }
    found
}

fn shifted(step: &mut Step, by: i64) -> bool {
    let Some(seen) = step.seen else { return false };
    let moved = |version: Version| Version(version.0.saturating_add_signed(by));
    step.seen = Some(moved(seen));
    step.changes.iter_mut().for_each(|change| match change {
        Change::Update { base, .. } | Change::Delete { base, .. } | Change::Restore { base, .. } => {
            *base = moved(*base);
        }
        Change::Insert { .. } => {}
    });
    true
}

fn turned_round(step: &mut Step) -> bool {
    let Some(About::Resolves(resolution)) = &mut step.options.about else { return false };
    for choice in &mut resolution.choices {
        choice.take = match choice.take {
            Take::Mine => Take::Theirs,
            Take::Theirs | Take::Value(_) => Take::Mine,
        };
    }
    true
}

#[test]
fn the_neighbours_of_every_row_are_agreed_upon() {
    let (schema, mut tried, mut wrong) = (schema(), 0, Vec::new());
    for (sentence, history, ..) in TABLE.iter().flat_map(|(_, rows)| rows.iter()) {
        for (how, steps) in neighbours(history) {
            let mut bench = Bench::new(&schema);
            tried += 1;
            let differs = steps.iter().find_map(|step| bench.try_step(step).err());
            wrong.extend(differs.map(|differs| format!("{sentence} ({how}): {differs}")));
        }
    }
    assert!(tried > 3_800, "only {tried} neighbours were tried");
    assert!(wrong.is_empty(), "{} of {tried} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}
