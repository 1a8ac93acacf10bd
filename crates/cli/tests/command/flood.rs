//! Ten thousand queued actions, wrong ones among them, flush over a line that loses replies: each right one
//! counts once, each wrong one is parked with its reason and with what depends on it, the rest flow.

use std::fmt::Write;

use crate::proxy::Mode;
use crate::world::{Device, World};

const OPS: usize = 10_000;
/// Of so many actions one is the first of a wrong kind.
const EVERY: usize = 250;

/// What a till's queue should come to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    added: i64,
    committed: usize,
    duplicate: usize,
    rejected: usize,
    dependents: usize,
    key_reused: usize,
    id_taken: usize,
}

#[test]
fn ten_thousand_queued_ops_flush_once_each_over_a_line_that_loses_replies() {
    let world = World::new(7);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let product = id(0, 1);
    a.acts(&format!(
        r#"{{"changes":[{{"insert":"product","id":"{product}","fields":{{"name":"Tea","stock":5}}}}]}}"#
    ))
    .well();
    a.sync();
    b.sync();
    assert_eq!(b.acts(&taken()).lines().len(), 3 * (OPS / EVERY));
    b.sync();

    let (queue, expected) = queue(&product);
    assert_eq!(a.acts(&queue).lines().len(), OPS);
    world.proxy.set(Mode::LoseReplies(30));
    a.sync();
    // A flush takes some dozen replies: with this seed several of them are lost.
    assert!(world.proxy.cut_replies() >= 3, "{} replies lost", world.proxy.cut_replies());
    world.proxy.set(Mode::Open);
    a.sync();
    b.sync();

    for till in [&a, &b] {
        let stock = till.cell("select stock from product where name = 'Tea'");
        assert_eq!(stock, (5 + expected.added).to_string());
    }
    check_log(&a, &expected);
    let shown = world.export();
    assert_eq!(a.export(), shown);
    assert_eq!(b.export(), shown);
}

/// What the other till did first: sales under keys that come again, and customers under ids that come again.
fn taken() -> String {
    let mut lines = String::new();
    for round in 0..OPS / EVERY {
        sale(&mut lines, round, "reused", round as i64, &id(1, round));
        sale(&mut lines, round, "same", round as i64, &id(2, round));
        customer(&mut lines, &id(3, round), "theirs");
    }
    lines
}

/// Right ones, and in each round: a key that was used for another sale, with an edit of what that sale would
/// have made; a key that was used for the same sale; an id that is taken, with an edit of the record.
fn queue(product: &str) -> (String, Expected) {
    let (mut lines, mut expected) = (String::new(), Expected { committed: 1, ..Expected::default() });
    for place in 0..OPS {
        let (round, step) = (place / EVERY, place % EVERY);
        match step {
            10 => sale(&mut lines, round, "reused", -1 - round as i64, &id(4, round)),
            20 => edit(&mut lines, "sales_order", &id(4, round), "ship_name"),
            30 => sale(&mut lines, round, "same", round as i64, &id(5, round)),
            40 => customer(&mut lines, &id(3, round), "mine"),
            50 => edit(&mut lines, "customer", &id(3, round), "note"),
            _ => {
                let _ = writeln!(
                    lines,
                    r#"{{"type":"stock.adjust","changes":[{{"update":"product","id":"{product}","add":{{"stock":{step}}}}}]}}"#
                );
            }
        }
        match step {
            10 => expected.key_reused += 1,
            20 | 50 => expected.dependents += 1,
            30 => expected.duplicate += 1,
            40 => expected.id_taken += 1,
            _ => {
                expected.committed += 1;
                expected.added += step as i64;
            }
        }
    }
    expected.rejected = expected.key_reused + expected.dependents + expected.id_taken;
    (lines, expected)
}

fn check_log(till: &Device, expected: &Expected) {
    let rejected = till.run(&["log", "--json", "--state", "rejected", "--max", "100000"]).lines();
    let of =
        |code: &str| rejected.iter().filter(|line| line.contains(&format!(r#""code":"{code}""#))).count();
    let found = Expected {
        added: expected.added,
        committed: till.count("committed"),
        duplicate: till.count("duplicate"),
        rejected: rejected.len(),
        dependents: of("depends-on-rejected"),
        key_reused: of("key-reused"),
        id_taken: of("id-taken"),
    };
    assert_eq!(&found, expected);
    assert!(rejected.iter().all(|line| line.contains(r#""words":""#)), "each says why");
    let names_another = |line: &&String| line.contains(r#""depends_on":""#);
    assert_eq!(rejected.iter().filter(names_another).count(), expected.dependents);
    assert_eq!(till.count("waiting") + till.count("in-flight") + till.count("answered"), 0);
    assert_eq!(found.committed + found.duplicate + found.rejected, OPS + 1);
}

fn sale(lines: &mut String, round: usize, key: &str, number: i64, id: &str) {
    let _ = writeln!(
        lines,
        r#"{{"type":"pos.sale.create","key":"{key}-{round}","changes":[{{"insert":"sales_order","id":"{id}","fields":{{"number":{number}}}}}]}}"#
    );
}

fn customer(lines: &mut String, id: &str, name: &str) {
    let _ = writeln!(
        lines,
        r#"{{"changes":[{{"insert":"customer","id":"{id}","fields":{{"name":"{name}"}}}}]}}"#
    );
}

fn edit(lines: &mut String, of: &str, id: &str, field: &str) {
    let _ = writeln!(lines, r#"{{"changes":[{{"update":"{of}","id":"{id}","set":{{"{field}":"x"}}}}]}}"#);
}

/// An id that no other pair has.
fn id(kind: u8, number: usize) -> String {
    format!("0198c0de-7a11-7000-8{kind:03x}-{number:012x}")
}
