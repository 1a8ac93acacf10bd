//! What can be seen of a device's records at any moment, in one query: what must never be half there, and what must
//! never go once it was there.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::deed::SALE_LINES;
use crate::device::parsed;

/// Products with their stock less all movements; orders with the number of their lines; attendances.
pub const SQL: &str = "select 'p' as k, p.id as id, \
     p.stock - coalesce((select sum(m.count) from stock_movement m where m.product = p.id), 0) as n from product p \
     union all select 'o', o.id, (select count(*) from order_line l where l.sales_order = o.id) from sales_order o \
     union all select 'a', a.id, 1 from attendance a";

#[derive(Deserialize)]
struct Row {
    k: String,
    id: String,
    n: i64,
}

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// For each product the stock that no movement explains.
    pub unexplained: BTreeMap<String, i64>,
    /// The lines of each order.
    pub orders: BTreeMap<String, i64>,
    /// Who was there.
    pub attendances: BTreeSet<String>,
}

impl Look {
    /// From the lines of `fieldbook query --json`.
    pub fn of<'l>(lines: impl IntoIterator<Item = &'l str>) -> Result<Self, String> {
        let mut look = Self::default();
        for line in lines {
            let Row { k, id, n } = parsed(line)?;
            match k.as_str() {
                "p" => drop(look.unexplained.insert(id, n)),
                "o" => drop(look.orders.insert(id, n)),
                _ => drop(look.attendances.insert(id)),
            }
        }
        Ok(look)
    }

    /// What is wrong with it, given what the shop began with and what the same device had shown before.
    pub fn wrong(&self, begin: &Self, before: &Self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (product, n) in &begin.unexplained {
            let now = self.unexplained.get(product);
            if now != Some(n) {
                wrong.push(format!(
                    "the stock of product {product} without its movements is {now:?} and was {n}"
                ));
            }
        }
        for (order, lines) in self.orders.iter().filter(|(_, lines)| **lines != SALE_LINES as i64) {
            wrong.push(format!("sale {order} is shown with {lines} of its {SALE_LINES} lines"));
        }
        let orders: BTreeSet<&String> = self.orders.keys().collect();
        let gone = before.attendances.difference(&self.attendances);
        let gone = gone.chain(before.orders.keys().filter(|order| !orders.contains(order)));
        wrong.extend(gone.map(|id| format!("{id} was shown before and is not any more")));
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: [&str; 1] = [r#"{"k":"p","id":"tea","n":39}"#];
    const LATER: [&str; 3] = [BEGIN[0], r#"{"k":"o","id":"sale","n":2}"#, r#"{"k":"a","id":"ann","n":1}"#];

    fn look(lines: &[&str]) -> Look {
        Look::of(lines.iter().copied()).expect("rows")
    }

    fn check(lines: &[&str], expected: &[&str]) {
        let wrong = look(lines).wrong(&look(&BEGIN), &look(&LATER));
        assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
        for (wrong, expected) in wrong.iter().zip(expected) {
            assert!(wrong.contains(expected), "{wrong}");
        }
    }

    #[test]
    fn what_goes_or_is_half_there_is_seen() {
        check(&LATER, &[]);
        check(&[LATER[0], LATER[1]], &["ann was shown before"]);
        check(&[LATER[0], LATER[2]], &["sale was shown before"]);
        check(&[LATER[0], r#"{"k":"o","id":"sale","n":1}"#, LATER[2]], &["with 1 of its 2 lines"]);
        check(&[r#"{"k":"p","id":"tea","n":37}"#, LATER[1], LATER[2]], &["is Some(37) and was 39"]);
        check(&LATER[1..], &["product tea"]);
    }
}
