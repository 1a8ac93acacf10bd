//! The shop before the storm: a part of the demo's own data, and a few invoices and tasks that everybody reaches for.

use fieldbook_model::json;
use serde::Deserialize;

/// How many of a type of the demo's records a run takes: enough to meet, few enough to load in a moment.
const TAKEN: [(&str, usize); 5] =
    [("category", 8), ("supplier", 29), ("product", 8), ("customer", 6), ("employee", 9)];

/// How many invoices there are to be paid twice, and how many tasks to be edited and deleted.
const INVOICES: usize = 5;
const TASKS: usize = 5;

/// What the plan may name.
pub struct Shop {
    /// Actions for `fieldbook act -`.
    pub lines: String,
    /// Ids, as all that follow.
    pub products: Vec<String>,
    pub customers: Vec<String>,
    pub employees: Vec<String>,
    pub invoices: Vec<String>,
    pub tasks: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    changes: Vec<Insert>,
}

#[derive(Deserialize)]
struct Insert {
    insert: String,
    id: String,
}

impl Shop {
    /// From what `fieldbook demo` prints.
    pub fn of(demo: &str) -> Self {
        let mut shop = Self {
            lines: String::new(),
            products: Vec::new(),
            customers: Vec::new(),
            employees: Vec::new(),
            invoices: (0..INVOICES).map(|number| id(9, 1, number)).collect(),
            tasks: (0..TASKS).map(|number| id(9, 2, number)).collect(),
        };
        let mut left = TAKEN;
        for line in demo.lines() {
            let Ok(Line { changes }) = json::parse::<Line>(line) else { continue };
            let Some(Insert { insert, id }) = changes.into_iter().next() else { continue };
            let Some((_, left)) = left.iter_mut().find(|(of, left)| *of == insert && *left > 0) else {
                continue;
            };
            *left -= 1;
            shop.lines.push_str(line);
            shop.lines.push('\n');
            match insert.as_str() {
                "product" => shop.products.push(id),
                "customer" => shop.customers.push(id),
                "employee" => shop.employees.push(id),
                _ => {}
            }
        }
        shop.add_what_people_share();
        shop
    }

    fn add_what_people_share(&mut self) {
        for id in &self.invoices {
            self.lines.push_str(&format!(
                r#"{{"type":"invoice.create","changes":[{{"insert":"invoice","id":"{id}","fields":{{"total":"36.00"}}}}]}}"#
            ));
            self.lines.push('\n');
        }
        for (number, id) in self.tasks.iter().enumerate() {
            self.lines.push_str(&format!(
                r#"{{"type":"task.create","changes":[{{"insert":"task","id":"{id}","fields":{{"title":"shelf {number}"}}}}]}}"#
            ));
            self.lines.push('\n');
        }
    }
}

/// An id that nothing else of a run has.
pub fn id(whose: usize, kind: usize, number: usize) -> String {
    format!("0198c0de-7a11-7000-8{whose:01x}{kind:02x}-{number:012x}")
}
